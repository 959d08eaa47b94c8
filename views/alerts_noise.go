package views

import (
	"fmt"
	"time"

	"firewatch/signals/incident"
	"firewatch/sources"
	"firewatch/ui"
)

const (
	// noiseSpan is what the marks in the list look back on, noisePoints about how
	// many points that is cut into.
	noiseSpan   = 24 * time.Hour
	noisePoints = 720
	// noiseMost is the number of alerts from which on one series a name has to do:
	// one for each would be too much to ask for.
	noiseMost = 200
)

// alertNoise is how often the alerts of the list have fired, from Prometheus's
// own record of them.
type alertNoise struct {
	at   time.Time
	rows uint64
	// version changes when a row may have another noise.
	version uint64
	// known are the series that were measured, by alertname.
	known map[string][]measured
}

type measured struct {
	labels map[string]string
	noise  incident.Noise
}

// noiseQuery asks for when the alerts of the list fired: one question for all.
func (v *alerts) noiseQuery() sources.PromQL {
	q := sources.PromQL{Expr: `ALERTS{alertstate="firing"}`, Legend: "{{alertname}}", Span: noiseSpan, Points: noisePoints}
	if len(v.rows.all) > noiseMost {
		q.Expr = `max by (alertname) (` + q.Expr + `)`
	}
	return q
}

// listen gives each row the noise of its alert, as far as that is known.
func (v *alerts) listen(env *ui.Env) {
	n := &v.noise
	res := env.Result(v.noiseQuery())
	if n.at.Equal(res.At) && n.rows == v.rows.version {
		return
	}
	if !n.at.Equal(res.At) {
		n.at, n.known = res.At, measure(res.Frame.Series)
	}
	n.rows = v.rows.version
	n.version++
	if len(n.known) == 0 {
		return
	}
	for _, r := range v.rows.all {
		r.noise = nil
		known := n.known[r.alert.Name()]
		for i := range known {
			// Alertmanager's alert has the external labels as well.
			if within(known[i].labels, r.alert.ExactLabels()) {
				r.noise = &known[i].noise
				break
			}
		}
	}
}

// measure takes the series of ALERTS apart.
func measure(series []sources.Series) map[string][]measured {
	out := map[string][]measured{}
	step := sources.At(time.Unix(0, 0), noiseSpan, noisePoints, true).Step
	var until time.Time
	for i := range series {
		if n := len(series[i].Points); n > 0 {
			if t := time.UnixMilli(series[i].Points[n-1].T); t.After(until) {
				until = t
			}
		}
	}
	for i := range series {
		if episodes := incident.Episodes(series[i:i+1], step, until); len(episodes) > 0 {
			m := measured{episodes[0].Labels, incident.Measure(episodes, noiseSpan)}
			name := m.labels["alertname"]
			out[name] = append(out[name], m)
		}
	}
	return out
}

// flapGlyph marks an alert that comes and goes too often to be read.
const flapGlyph = "≈"

// noiseText is the noise of an alert in a cell: how often it fires a day.
func noiseText(n *incident.Noise) string {
	switch {
	case n == nil:
		return ""
	case n.Flaps():
		return fmt.Sprintf("%s%.0f/d", flapGlyph, n.PerDay)
	case n.AlwaysOn():
		return "always"
	}
	return fmt.Sprintf("%.0f/d", n.PerDay)
}
