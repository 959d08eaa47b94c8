package views

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"firewatch/signals/slo"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/theme"
)

// objective is one SLO with what is known of it; what is not is NaN.
type objective struct {
	id, service, name string
	slo.Objective
	// left is the share of the budget, burn the rate now.
	left, burn float64
	// errors is the error ratio over each recorded window.
	errors map[time.Duration]float64
	// course is the budget over the last hours.
	course []float64
	// young is true when the period reaches back further than the data.
	young bool
	// firing are the severities of its firing alerts: page, ticket.
	firing []string
	// conditions are the rows of its burn table where its rules tell them, from what
	// was found of rules that are not of Sloth's form.
	conditions []slo.Window
	from       slo.Found
}

// objectiveColumns are the entries that make the list. They are series of Sloth's
// form; the first says which objectives there are.
var objectiveColumns = []string{"slo.objective", "slo.period", "slo.remaining", "slo.burn.now", "slo.windows", "slo.alerts", "slo.old"}

// budgetSpan is the span of the budget's sparkline: a budget moves in hours.
const budgetSpan = 6 * time.Hour

// objectiveQueries ask for the objectives that the matchers select; empty is all.
func objectiveQueries(env *ui.Env, matchers string) []sources.Query {
	v := latest(env).With("slo", matchers)
	return append(columnsOf(v, objectiveColumns...), course(v, "slo.remaining", budgetSpan))
}

// objectivesIn joins the answers to objectiveQueries by sloth_id, worst first.
func objectivesIn(answers []sources.Frame) []*objective {
	var out []*objective
	byID := map[string]*objective{}
	for _, s := range frame(answers, 0).Series {
		target, ok := s.Last()
		id := s.Labels["sloth_id"]
		if !ok || id == "" || byID[id] != nil {
			continue
		}
		o := &objective{
			id: id, service: s.Labels["sloth_service"], name: s.Labels["sloth_slo"],
			Objective: slo.Objective{Target: target, Period: 30 * 24 * time.Hour},
			left:      math.NaN(), burn: math.NaN(), errors: map[time.Duration]float64{}, young: true,
		}
		byID[id] = o
		out = append(out, o)
	}
	each := func(i int, take func(*objective, *sources.Series, float64)) {
		f := frame(answers, i)
		for k := range f.Series {
			s := &f.Series[k]
			if o := byID[s.Labels["sloth_id"]]; o != nil {
				if v, ok := s.Last(); ok {
					take(o, s, v)
				}
			}
		}
	}
	each(1, func(o *objective, _ *sources.Series, days float64) {
		if days > 0 {
			o.Period = time.Duration(days * 24 * float64(time.Hour))
		}
	})
	each(2, func(o *objective, _ *sources.Series, v float64) { o.left = v })
	each(3, func(o *objective, _ *sources.Series, v float64) { o.burn = v })
	each(4, func(o *objective, s *sources.Series, v float64) {
		if d, ok := promDuration(s.Labels["sloth_window"]); ok {
			o.errors[d] = v
		}
	})
	each(5, func(o *objective, s *sources.Series, _ float64) {
		if sev := s.Labels["sloth_severity"]; sev != "" && !slices.Contains(o.firing, sev) {
			o.firing = append(o.firing, sev)
		}
	})
	each(6, func(o *objective, _ *sources.Series, _ float64) { o.young = false })
	each(7, func(o *objective, s *sources.Series, _ float64) { o.course = s.Values() })
	byBadness(out)
	return out
}

func byBadness(list []*objective) {
	slices.SortStableFunc(list, func(a, b *objective) int {
		if c := descending(a.badness(), b.badness()); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
}

// rows is the burn table over the windows that are recorded.
func (o *objective) rows() []slo.Condition {
	burn := map[time.Duration]float64{}
	for d, e := range o.errors {
		burn[d] = o.Burn(e)
	}
	if len(o.conditions) > 0 {
		return o.Conditions(o.conditions, burn)
	}
	return o.Table(burn)
}

// burning is the severity of the worst condition that fires, by its own
// arithmetic or by an alert; empty when none does.
func (o *objective) burning() string {
	out := ""
	for _, c := range o.rows() {
		if c.Fires() && out != "page" {
			out = c.Severity
		}
	}
	for _, f := range o.firing {
		if f == "page" || out == "" {
			out = f
		}
	}
	return out
}

// state is where the objective stands, in words, and how bad that is.
func (o *objective) state() (string, theme.Level) {
	switch burning := o.burning(); {
	case burning == "page":
		return "burning: page", theme.Crit
	case o.left <= 0:
		return "exhausted", theme.Crit
	case burning != "":
		return "burning: " + burning, theme.Warn
	case math.IsNaN(o.left) && math.IsNaN(o.burn):
		return "no data", theme.Warn
	case o.burn > 1:
		return "spending", theme.Info
	}
	return "ok", theme.Good
}

// badness sorts the list: the state first, then the budget that is spent.
func (o *objective) badness() float64 {
	_, level := o.state()
	spent := 1 - o.left
	if math.IsNaN(spent) {
		spent = 0
	}
	return float64(level)*1000 + min(spent, 100)
}

// sli is the share of good events over the shortest window that smooths a little:
// five minutes, or the nearest that is recorded.
func (o *objective) sli() float64 {
	if e, ok := o.errors[5*time.Minute]; ok {
		return 1 - e
	}
	best, found := math.NaN(), time.Duration(0)
	for d, e := range o.errors {
		if found == 0 || (d-5*time.Minute).Abs() < (found-5*time.Minute).Abs() {
			best, found = 1-e, d
		}
	}
	return best
}

// promDuration reads a duration as Prometheus writes it: 5m, 2m30s, 1d, 30d. It
// is false for what is none, and for zero.
func promDuration(s string) (time.Duration, bool) {
	d, err := model.ParseDuration(s)
	return time.Duration(d), err == nil && d > 0
}
