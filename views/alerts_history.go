package views

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"firewatch/signals/incident"
	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// episodesOf are the stretches in which the alert was in a state, firing or
// pending, by Prometheus's own record of it.
func episodesOf(r *alertRow, series []sources.Series, state string, w sources.Window) []incident.Episode {
	var own []sources.Series
	for _, s := range series {
		labels := maps.Clone(s.Labels)
		if labels == nil || labels["alertstate"] != state {
			continue
		}
		delete(labels, "alertstate")
		delete(labels, "__name__")
		if within(labels, r.alert.Labels) {
			s.Labels = labels
			own = append(own, s)
		}
	}
	return incident.Episodes(own, w.Step, w.End)
}

// lastWeek is the window of the history.
func lastWeek(env *ui.Env) sources.Window { return env.Window.Last(weekSpan, weekPoints) }

// pastOf is how an alert has behaved over seven days.
func pastOf(env *ui.Env, r *alertRow, q *questions) ([]incident.Episode, incident.Noise) {
	list := episodesOf(r, env.Result(q.week).Frame.Series, "firing", lastWeek(env))
	// What began within the last step is not in the record yet, and of what is there
	// the alert knows its start better than the record's steps.
	open := len(list) > 0 && list[len(list)-1].Open
	if e := len(list) - 1; open && env.Window.Live && list[e].Start.Sub(r.alert.StartsAt).Abs() <= 2*lastWeek(env).Step {
		list[e].Start, list[e].End = r.alert.StartsAt, env.Now
	}
	if a := r.alert; !open && env.Window.Live && r.status.State != silence.Pending && env.Now.Sub(a.StartsAt) < weekSpan && env.Result(q.week).Ready() && r.active != nil {
		list = append(list, incident.Episode{Labels: a.Labels, Start: a.StartsAt, End: env.Now, Open: true})
	}
	return list, incident.Measure(list, weekSpan)
}

// often says how often the alert has fired.
func often(env *ui.Env, r *alertRow, q *questions) []part {
	var f fact
	if q.week == nil {
		return nil
	}
	if why := absence(env, q.week); why != "" {
		f.aside("history: %s", why)
		return f.parts
	}
	list, n := pastOf(env, r, q)
	over := incident.Measure(slices.DeleteFunc(slices.Clone(list), func(e incident.Episode) bool { return e.Open }), weekSpan)
	switch {
	case n.Fires == 0 && r.status.State == silence.Pending:
		f.aside("never fired in 7 days")
	case n.Fires == 0:
		f.aside("Prometheus has no record of it")
	case n.Fires == 1:
		f.aside("the first time in 7 days")
	case over.Fires == 0:
		f.say(theme.None, "%d times in 7 days, none of them over", n.Fires)
	default:
		f.say(theme.None, "%d times in 7 days, half of them over within %s", n.Fires, draw.Age(over.Median))
	}
	switch {
	case n.AlwaysOn():
		f.say(theme.Info, "fires %s of the time", percent(n.Share))
	case n.Flaps():
		f.say(theme.Warn, "flaps")
	}
	return f.parts
}

// patient are the waits that are tried on a rule.
var patient = []time.Duration{time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour}

// hint says what a longer wait would have spared, for the shortest one that
// spares at least a third; empty where none of them does.
func hint(rule *sources.Rule, list []incident.Episode) string {
	if rule == nil || len(list) < 3 {
		return ""
	}
	for _, wait := range patient {
		if wait <= rule.For {
			continue
		}
		// An episode lasts while the condition holds less the wait, and is kept on a
		// little longer.
		left := incident.WouldFire(list, wait-rule.For+rule.KeepFiringFor)
		if spared := len(list) - left; spared*3 >= len(list) {
			now := "none"
			if rule.For > 0 {
				now = draw.Age(rule.For)
			}
			return fmt.Sprintf("with for: %s (now %s) it would have fired %s instead of %d", draw.Age(wait), now, times(left), len(list))
		}
	}
	return ""
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// historyPanel is seven days as a strip, and the last episodes.
func historyPanel(env *ui.Env, r *alertRow, q *questions) ui.Panel {
	p := ui.Panel{Title: titleHistory, Ticks: true}
	if q.week == nil {
		p.Draw = func(b draw.Box, _ []sources.Frame) draw.Block {
			return draw.Message(b, theme.None, "it has no alertname to be looked up by")
		}
		return p
	}
	list, noise := pastOf(env, r, q)
	w, loc := lastWeek(env), env.Location()
	stamp := func(t time.Time) string { return stampOf(env, t) }
	p.Queries = []sources.Query{q.week}
	if noise.Fires > 0 {
		p.Note = fmt.Sprintf("%s · %s of the time", times(noise.Fires), percent(noise.Share))
	}
	p.Draw = func(b draw.Box, _ []sources.Frame) draw.Block {
		t := b.Theme
		strip := draw.Heat{Rows: []string{"fired"}, Values: [][]float64{cells(list, w, max(b.W-8, 8))}, Top: 1, Start: w.Start, End: w.End, Location: loc}
		block := strip.Draw(b.Sized(b.W, min(3, b.H))) // two lines are used: a row and the axis
		block = block[:min(len(block), 2)]
		var f fact
		f.parts = often(env, r, q)
		if h := hint(r.rule, list); h != "" {
			f.say(theme.Info, "%s", h)
		}
		var text []string
		for _, one := range f.parts {
			for _, l := range draw.Wrap(one.text, b.W) {
				text = append(text, one.style(t).Render(l))
			}
		}
		for i := len(list) - 1; i >= 0; i-- {
			e := &list[i]
			end := "for " + draw.Age(e.Length())
			if e.Open {
				end = "goes on"
			}
			text = append(text, t.Dim.Render("last ")+t.Text.Render(stamp(e.Start)+"  "+end))
		}
		return draw.Fit(b, append(block, text...))
	}
	return p
}

// cells is the part of each of n cells of the window in which it fired; the
// shortest episode counts.
func cells(list []incident.Episode, w sources.Window, n int) []float64 {
	out := make([]float64, n)
	cell := w.Span() / time.Duration(n)
	for i := range list {
		e := &list[i]
		for k := range out {
			from := w.Start.Add(cell * time.Duration(k))
			a, b := e.Start, e.End
			if a.Before(from) {
				a = from
			}
			if to := from.Add(cell); b.After(to) {
				b = to
			}
			if !b.Before(a) && !e.Start.After(from.Add(cell)) && !e.End.Before(from) {
				out[k] = math.Min(out[k]+math.Max(float64(b.Sub(a))/float64(cell), .02), 1)
			}
		}
	}
	return out
}

// stampOf prints a moment of the last days as short as it is clear.
func stampOf(env *ui.Env, t time.Time) string {
	local, now := t.In(env.Location()), env.Now.In(env.Location())
	switch d := now.Sub(local).Abs(); {
	case d < 24*time.Hour && local.YearDay() == now.YearDay():
		return local.Format("15:04:05")
	case d < 6*24*time.Hour:
		return local.Format("Mon 15:04")
	}
	return local.Format("2 Jan 15:04")
}
