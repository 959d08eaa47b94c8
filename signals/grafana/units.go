package grafana

import "math"

// units are Grafana's names of the catalogue's units.
var units = map[string]string{
	"":         "",
	"ratio":    "percentunit",
	"times":    "suffix:x",
	"number":   "none",
	"count":    "short",
	"ops":      "ops",
	"rps":      "reqps",
	"bytes":    "bytes",
	"Bps":      "binBps",
	"seconds":  "s",
	"duration": "dtdurations",
	"celsius":  "celsius",
	"watts":    "watt",
	"hertz":    "hertz",
	"cores":    "suffix: cores",
	"bool":     "bool_yes_no",
	"code":     "none",
	"euro":     "currencyEUR",
	// Axes of histograms may count in what the server stores.
	"milliseconds": "ms",
}

// The colours of the three levels.
const (
	good = "green"
	warn = "yellow"
	crit = "red"
)

// steps are the thresholds from the lowest value up. Where low values are the
// bad ones, the worst colour comes first.
func (l Limits) steps() *Thresholds {
	at := func(color string, limit *Limit) Step {
		v := limit.Value
		if limit.Strict {
			// A step begins at its value; this is the next number that a screen tells apart.
			v += math.Max(math.Abs(v), 1) * 1e-9
		}
		return Step{Color: color, Value: &v}
	}
	out := &Thresholds{Mode: "absolute"}
	below := l.Warn != nil && l.Warn.Below || l.Crit != nil && l.Crit.Below
	switch {
	case !below:
		out.Steps = []Step{{Color: good}}
		if l.Warn != nil {
			out.Steps = append(out.Steps, at(warn, l.Warn))
		}
		if l.Crit != nil {
			out.Steps = append(out.Steps, at(crit, l.Crit))
		}
	case l.Crit == nil:
		out.Steps = []Step{{Color: warn}, at(good, l.Warn)}
	case l.Warn == nil:
		out.Steps = []Step{{Color: crit}, at(good, l.Crit)}
	default:
		out.Steps = []Step{{Color: crit}, at(warn, l.Crit), at(good, l.Warn)}
	}
	return out
}
