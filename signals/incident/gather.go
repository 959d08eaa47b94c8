package incident

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"firewatch/signals/silence"
	"firewatch/sources"
)

// Shift is what a hand-over looks back on: a context of the config, and how far.
// It is comparable, and so are its questions.
type Shift struct {
	Context string
	Length  time.Duration
}

// points is how finely a shift is read: eight hours by the minute.
const points = 720

// asked are the questions, each under what its answer is for.
type asked struct {
	alerts, silences, rules, notes                             sources.Query
	episodes, deploys, restarts, left, before, burn, down, bad sources.Query
}

func (s Shift) asked() asked {
	span := func(expr string) sources.Query { return sources.PromQL{Expr: expr, Span: s.Length, Points: points} }
	now := func(expr string) sources.Query { return sources.Instant{Expr: expr} }
	secs := fmt.Sprintf("%ds", int(max(s.Length, time.Minute).Seconds()))
	return asked{
		alerts: sources.Alerts{}, silences: sources.Silences{}, rules: sources.Rules{}, notes: sources.Notes{Context: s.Context},
		episodes: span(`ALERTS{alertstate="firing"}`),
		deploys:  span(`ml_model_loaded_timestamp_seconds`),
		restarts: span(`process_start_time_seconds`),
		left:     now(`max by (sloth_id) (slo:period_error_budget_remaining:ratio)`),
		before:   now(`max by (sloth_id) (slo:period_error_budget_remaining:ratio offset ` + secs + `)`),
		burn:     now(`max by (sloth_id) (slo:sli_error:ratio_rate1h) / on (sloth_id) max by (sloth_id) (slo:error_budget:ratio)`),
		down:     now(`count by (job) (up == 0)`),
		bad:      now(`sum by (integration) (increase(alertmanager_notifications_failed_total[` + secs + `])) > 0`),
	}
}

// Questions lists what [Shift.Gather] wants to know, each once and always in the
// same order.
func (s Shift) Questions() []sources.Query {
	a := s.asked()
	return []sources.Query{a.alerts, a.silences, a.rules, a.notes, a.episodes, a.deploys, a.restarts, a.left, a.before, a.burn, a.down, a.bad}
}

// Gather is the report up to a moment, by a user, in a zone. Answer gives what
// became of each of [Shift.Questions]; what could not be read is named in the
// report, what is not configured at all is not.
func (s Shift) Gather(by string, until time.Time, loc *time.Location, answer func(sources.Query) (sources.Frame, error)) Report {
	a := s.asked()
	r := Report{Context: s.Context, By: by, Since: until.Add(-s.Length), Until: until, Location: loc}
	read := func(q sources.Query) sources.Frame {
		f, err := answer(q)
		if e := (*sources.Error)(nil); err != nil && !(errors.As(err, &e) && e.Kind == sources.NotConfigured) {
			r.Missing = append(r.Missing, err.Error())
		}
		for _, n := range f.Notes {
			r.Missing = append(r.Missing, q.Source()+": "+n)
		}
		return f
	}
	alerts, rules := read(a.alerts), read(a.rules)
	r.Alerts, r.Silences = alerts.Alerts, read(a.silences).Silences
	step := sources.At(until, s.Length, points, true).Step
	r.Episodes = Episodes(read(a.episodes).Series, step, until)
	r.Events = Timeline(Input{
		Since: r.Since, Until: until, Episodes: r.Episodes, Silences: r.Silences, Remarks: read(a.notes).Remarks,
		Deploys: read(a.deploys).Series, Restarts: read(a.restarts).Series,
	})
	r.Budgets = budgets(read(a.left), read(a.before), read(a.burn))
	r.Problems = problems(alerts, rules, read(a.down), read(a.bad))
	slices.Sort(r.Missing)
	r.Missing = slices.Compact(r.Missing)
	return r
}

// budgets joins the answers by objective, the one with the least left first.
func budgets(left, before, burn sources.Frame) []Budget {
	last := func(f sources.Frame) map[string]float64 {
		out := map[string]float64{}
		for i := range f.Series {
			if v, ok := f.Series[i].Last(); ok {
				out[f.Series[i].Labels["sloth_id"]] = v
			}
		}
		return out
	}
	was, rate := last(before), last(burn)
	value := func(m map[string]float64, k string) float64 {
		if v, ok := m[k]; ok {
			return v
		}
		return math.NaN()
	}
	var out []Budget
	for name, v := range last(left) {
		// A budget of a rolling window also grows, when an old error leaves it.
		spent := value(was, name) - v
		out = append(out, Budget{Name: name, Left: v, Burn: value(rate, name), Spent: max(spent, 0)})
	}
	slices.SortFunc(out, func(a, b Budget) int { return cmp.Or(cmp.Compare(a.Left, b.Left), strings.Compare(a.Name, b.Name)) })
	return out
}

// problems are what is wrong with the monitoring itself.
func problems(alerts, rules, down, bad sources.Frame) []string {
	var out []string
	watched := false
	for i := range rules.Rules {
		r := &rules.Rules[i]
		watched = watched || r.Alerting && r.Name == "Watchdog"
		if r.LastError != "" {
			out = append(out, fmt.Sprintf("rule %s is not evaluated: %s", r.Name, r.LastError))
		}
	}
	if watched && !slices.ContainsFunc(alerts.Alerts, func(a sources.Alert) bool { return silence.Heartbeat(&a) }) {
		out = append(out, "the Watchdog does not fire: alerts may not arrive")
	}
	for _, p := range alerts.Peers {
		if p.Err != "" {
			out = append(out, "Alertmanager "+strings.TrimPrefix(p.Cluster+" "+p.Name, " ")+" does not answer: "+p.Err)
		}
	}
	for i := range down.Series {
		if v, ok := down.Series[i].Last(); ok {
			out = append(out, fmt.Sprintf("%.0f targets of %s are down", v, down.Series[i].Labels["job"]))
		}
	}
	for i := range bad.Series {
		if v, ok := bad.Series[i].Last(); ok {
			out = append(out, fmt.Sprintf("%.0f notifications by %s failed", v, bad.Series[i].Labels["integration"]))
		}
	}
	return out
}
