package incident

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"firewatch/signals/watch"
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

// Past are the questions that a timeline is made of besides alerts, silences and
// notes: each is a range over the last Length of the window.
type Past struct{ Episodes, Starts, Builds sources.Query }

// PastOf are the questions about a span, read in so many steps.
func PastOf(span time.Duration, points int) Past {
	ask := func(expr string) sources.Query { return sources.PromQL{Expr: expr, Span: span, Points: points} }
	return Past{
		Episodes: ask(`ALERTS{alertstate="firing",alertname!="Watchdog"}`),
		// What began longer ago is no event, and there may be thousands.
		Starts: ask(fmt.Sprintf(`{__name__=~"process_start_time_seconds|ml_model_loaded_timestamp_seconds"} > time() - %d`, int(span.Seconds()))),
		Builds: ask(`group by (job, service, version) ({__name__=~".+_build_info",version!=""})`),
	}
}

// Started parts the answer to Starts into models that were loaded and processes
// that began.
func Started(f sources.Frame) (deploys, restarts []sources.Series) {
	for _, s := range f.Series {
		if s.Labels["__name__"] == "ml_model_loaded_timestamp_seconds" || s.Labels["model"] != "" {
			deploys = append(deploys, s)
		} else {
			restarts = append(restarts, s)
		}
	}
	return deploys, restarts
}

// budgetQuery asks where all objectives stand that were recorded as Sloth does:
// the label budget says what each series is.
func (s Shift) budgetQuery() sources.Query {
	const (
		bad    = `(max by (sloth_id) (slo:sli_error:ratio_rate5m) >= 0)`
		budget = `max by (sloth_id) (slo:error_budget:ratio)`
	)
	part := func(name, expr string) string { return `label_replace(` + expr + `, "budget", "` + name + `", "", "")` }
	minutes := int(max(s.Length, time.Minute).Minutes())
	return sources.Instant{Expr: strings.Join([]string{
		part("left", `max by (sloth_id) (slo:period_error_budget_remaining:ratio)`),
		part("burn", `avg_over_time(`+bad+`[1h:1m]) / on (sloth_id) `+budget),
		// The sum over the minutes, and not the average: a shift that has data for half
		// of its time spent half as much.
		part("spent", fmt.Sprintf(`sum_over_time(%s[%dm:1m]) / on (sloth_id) (1440 * %s * on (sloth_id) max by (sloth_id) (slo:time_period:days))`, bad, minutes, budget)),
	}, "\nor ")}
}

// Questions lists what [Shift.Gather] wants to know, each once and always in the
// same order.
func (s Shift) Questions() []sources.Query {
	past := PastOf(s.Length, points)
	return append(watch.Questions(), sources.Notes{Context: s.Context}, past.Episodes, past.Starts, past.Builds, s.budgetQuery())
}

// Gather is the report up to a moment, by a user, in a zone. Answer gives what
// became of each of [Shift.Questions]; what could not be read is named in the
// report, what is not configured at all is not. The answers count as those of
// that moment: who has older ones makes the Problems anew by [watch.Look].
func (s Shift) Gather(by string, until time.Time, loc *time.Location, answer func(sources.Query) (sources.Frame, error)) Report {
	r := Report{Context: s.Context, By: by, Since: until.Add(-s.Length), Until: until, Location: loc}
	frames, errs := map[sources.Query]sources.Frame{}, map[sources.Query]error{}
	for _, q := range s.Questions() {
		f, err := answer(q)
		frames[q], errs[q] = f, err
		if e := (*sources.Error)(nil); err != nil && !(errors.As(err, &e) && e.Kind == sources.NotConfigured) {
			r.Missing = append(r.Missing, err.Error())
		}
		for _, n := range f.Notes {
			r.Missing = append(r.Missing, q.Source()+": "+n)
		}
	}
	past := PastOf(s.Length, points)
	step := sources.At(until, s.Length, points, true).Step
	r.Alerts, r.Silences = frames[sources.Alerts{}].Alerts, frames[sources.Silences{}].Silences
	r.Episodes = Episodes(frames[past.Episodes].Series, step, until)
	deploys, restarts := Started(frames[past.Starts])
	r.Events = Timeline(Input{
		Since: r.Since, Until: until, Episodes: r.Episodes, Alerts: r.Alerts, Step: step, Silences: r.Silences,
		Remarks: frames[sources.Notes{Context: s.Context}].Remarks, Deploys: deploys, Restarts: restarts, Builds: frames[past.Builds].Series,
	})
	r.Budgets = budgets(frames[s.budgetQuery()])
	r.Problems = Problems(watch.Look(until, func(q sources.Query) watch.Answer {
		f, ok := frames[q]
		if !ok || errs[q] != nil {
			return watch.Answer{Err: errs[q]}
		}
		return watch.Answer{Frame: f, At: until}
	}))
	slices.Sort(r.Missing)
	r.Missing = slices.Compact(r.Missing)
	return r
}

// Problems are the findings that are not fine, a line each.
func Problems(all []watch.Finding) []string {
	var out []string
	for _, f := range watch.Problems(all) {
		out = append(out, f.Text)
	}
	return out
}

// budgets joins the answer by objective, the one with the least left first.
func budgets(f sources.Frame) []Budget {
	byID := map[string]*Budget{}
	for i := range f.Series {
		l := f.Series[i].Labels
		v, ok := f.Series[i].Last()
		id := l["sloth_id"]
		if !ok || id == "" {
			continue
		}
		b := byID[id]
		if b == nil {
			b = &Budget{Name: id, Left: math.NaN(), Burn: math.NaN(), Spent: math.NaN()}
			byID[id] = b
		}
		switch l["budget"] {
		case "left":
			b.Left = v
		case "burn":
			b.Burn = v
		case "spent":
			b.Spent = v
		}
	}
	var out []Budget
	for _, b := range byID {
		out = append(out, *b)
	}
	slices.SortFunc(out, func(a, b Budget) int {
		return cmp.Or(cmp.Compare(a.Left, b.Left), strings.Compare(a.Name, b.Name))
	})
	return out
}
