package views

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"firewatch/signals/slo"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// burnRates are the recorded error ratios of Pyrra and of kubernetes-mixin, whose
// names end with their windows.
const burnRates = `{__name__=~".+:burnrate[0-9].*"}`

// recorded are the objectives that are found by their rules: those of Sloth's form
// have series that tell everything, the others have not.
func (v *objectives) recorded(env *ui.Env) []slo.Found {
	return v.found.get(env, []sources.Query{rules}, "", func(answers []sources.Frame) []slo.Found {
		return slices.DeleteFunc(slo.Recognise(frame(answers, 0).Rules), func(f slo.Found) bool {
			return f.Family == slo.FamilySloth || len(f.Ratios) == 0
		})
	})
}

// recordedQueries ask for what the rules of others record. Without such rules
// nothing is asked.
func recordedQueries(found []slo.Found) []sources.Query {
	if len(found) == 0 {
		return nil
	}
	out := []sources.Query{
		sources.Instant{Expr: "max by (slo, __name__) (" + burnRates + ")"},
		sources.Instant{Expr: `max by (slo, severity) (ALERTS{alertstate="firing",slo!="",long!=""})`},
		sources.Instant{Expr: "group by (slo) (" + burnRates + " offset 27d)"},
	}
	if left := budgetsOf(found); left != "" {
		out = append(out, sources.Instant{Expr: left}, sources.PromQL{Expr: left, Span: budgetSpan})
	}
	return out
}

// budgetsOf is what is left of each budget, as one expression.
func budgetsOf(found []slo.Found) string {
	var each []string
	for _, f := range found {
		if f.OverPeriod != "" && f.Target > 0 {
			each = append(each, `label_replace(`+leftOf(f)+`, "slo", `+strconv.Quote(strings.ReplaceAll(f.ID, "$", "$$"))+`, "", "")`)
		}
	}
	return strings.Join(each, " or ")
}

func leftOf(f slo.Found) string {
	return "1 - (" + f.OverPeriod + ") / (1 - " + strconv.FormatFloat(f.Target, 'g', -1, 64) + ")"
}

var burnRateName = regexp.MustCompile(`^(.+):burnrate(\d\w*)$`)

// recordedIn joins the answers to recordedQueries.
func recordedIn(found []slo.Found, answers []sources.Frame) []*objective {
	out := make([]*objective, len(found))
	byID := map[string]*objective{}
	for i, f := range found {
		o := &objective{
			id: f.ID, name: f.Name, Objective: f.Objective, left: math.NaN(), burn: math.NaN(),
			errors: map[time.Duration]float64{}, conditions: f.Rows, young: true, from: f,
		}
		if f.Target == 0 {
			o.Target = math.NaN()
		}
		out[i], byID[f.ID] = o, o
	}
	each := func(i int, take func(*objective, *sources.Series, float64)) {
		f := frame(answers, i)
		for k := range f.Series {
			s := &f.Series[k]
			id := s.Labels["slo"]
			if m := burnRateName.FindStringSubmatch(s.Labels["__name__"]); m != nil && id == "" {
				id = m[1]
			}
			if o := byID[id]; o != nil {
				if v, ok := s.Last(); ok {
					take(o, s, v)
				}
			}
		}
	}
	each(0, func(o *objective, s *sources.Series, v float64) {
		if m := burnRateName.FindStringSubmatch(s.Labels["__name__"]); m != nil {
			if d, ok := promDuration(m[2]); ok {
				o.errors[d] = v
			}
		}
	})
	each(1, func(o *objective, s *sources.Series, _ float64) {
		severity := "ticket"
		if s.Labels["severity"] == "critical" {
			severity = "page"
		}
		o.firing = append(o.firing, severity)
	})
	each(2, func(o *objective, _ *sources.Series, _ float64) { o.young = false })
	each(3, func(o *objective, _ *sources.Series, v float64) { o.left = v })
	each(4, func(o *objective, s *sources.Series, _ float64) { o.course = s.Values() })
	for _, o := range out {
		if windows := o.from.Windows(); len(windows) > 0 {
			if e, ok := o.errors[windows[0]]; ok {
				o.burn = o.Burn(e)
			}
		}
	}
	return out
}

// recordedCharts are the panels of an objective that others' rules record.
func recordedCharts(env *ui.Env, o *objective) (out []ui.Panel) {
	add := func(title, expr string, limit float64, label string) {
		w, loc := env.Window, env.Location()
		out = append(out, ui.Panel{Title: title, Queries: []sources.Query{sources.PromQL{Expr: expr, Legend: title}}, Draw: func(b draw.Box, answers []sources.Frame) draw.Block {
			c := draw.Chart{Series: frame(answers, 0).Series, Names: []string{title}, Unit: "ratio", Start: w.Start, End: w.End, Step: w.Step, Location: loc, Legend: true}
			if !math.IsNaN(limit) {
				c.Thresholds = []draw.Threshold{{Value: limit, Level: theme.Warn, Label: label}}
			}
			return c.Draw(b)
		}})
	}
	if o.from.OverPeriod != "" && o.from.Target > 0 {
		add("budget left", leftOf(o.from), 0, "gone")
	}
	if windows := o.from.Windows(); len(windows) > 0 {
		add("error ratio over "+draw.Age(windows[0]), "max("+o.from.Ratios[windows[0]]+")", o.Budget(), "budget")
	}
	return out
}
