package views

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"firewatch/signals/incident"
	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// chart is what an alert's rule measures: the expression of its first condition
// against the line that it must not pass. It is false where there is none.
func (v *alerts) chart(env *ui.Env, r *alertRow) (ui.Panel, bool) {
	q := questionsOf(r)
	if len(q.left) == 0 {
		return ui.Panel{}, false
	}
	// In passing only the measured expression is asked for.
	return v.conditionPanel(env, r, &questions{expr: q.expr, conds: q.conds, left: q.left, right: q.right}, 0), true
}

// conditionPanel draws the i-th condition over the window: its series, its limit
// as a line, and on the time axis when the alert was pending and fired.
func (v *alerts) conditionPanel(env *ui.Env, r *alertRow, q *questions, i int) ui.Panel {
	c := q.conds[i]
	unit := unitOf(c.Left)
	p := ui.Panel{Title: c.Left, Queries: []sources.Query{q.left[i]}, Partial: true}
	if limit := limitText(&c); limit != "" {
		p.Note = limit
	}
	if c.Joint != "" {
		p.Title = c.Joint + " " + c.Left
	}
	if c.Op != "absent" {
		p.Blank = "the expression has no series in this window"
	}
	asked := 1
	if q.right[i] != nil {
		p.Queries = append(p.Queries, q.right[i])
		asked++
	}
	marks := startMarks(r)
	if q.changes != nil {
		p.Queries = append(p.Queries, q.changes)
		for _, one := range changesIn(env.Result(q.changes).Frame.Series, env.Window) {
			marks = append(marks, draw.Marker{At: one.at, Label: one.text})
		}
	}
	var spans []draw.Span
	if q.episodes != nil {
		p.Queries = append(p.Queries, q.episodes)
		spans = firingSpans(r, env.Result(q.episodes).Frame.Series, env.Window)
	}
	slices.SortStableFunc(marks, func(a, b draw.Marker) int { return a.At.Compare(b.At) })
	var thresholds []draw.Threshold
	if c.fixed() {
		thresholds = append(thresholds, draw.Threshold{Value: c.Value, Level: r.level, Below: c.below(), Label: c.Op + " " + unit.Format(c.Value)})
	}
	w, loc := env.Window, env.Location()
	p.Draw = func(b draw.Box, answers []sources.Frame) draw.Block {
		series := mine(frame(answers, 0).Series, r.alert.Labels)
		var names []string
		if q.right[i] != nil {
			limits := mine(frame(answers, 1).Series, r.alert.Labels)
			names = make([]string, len(series), len(series)+len(limits))
			for range limits {
				names = append(names, "limit "+c.Op+" "+c.Right)
			}
			series = append(slices.Clone(series), limits...)
		}
		if len(series) == 0 && c.Op == "absent" {
			return draw.Message(b, r.level, "nothing reports "+c.Left, "that is what the alert is about")
		}
		return draw.Chart{
			Series: series, Names: names, Unit: unit, Start: w.Start, End: w.End, Step: w.Step,
			Location: loc, Thresholds: thresholds, Markers: marks, Spans: spans, Legend: true,
		}.Draw(b)
	}
	return p
}

// startMarks are when the alert became pending and when it fired.
func startMarks(r *alertRow) []draw.Marker {
	var out []draw.Marker
	if r.active != nil && r.active.State == "firing" && r.active.ActiveAt.Before(r.alert.StartsAt) {
		out = append(out, draw.Marker{At: r.active.ActiveAt, Label: "pending"})
	}
	if r.status.State != silence.Pending {
		out = append(out, draw.Marker{At: r.alert.StartsAt, Label: "fires"})
	}
	return out
}

// firingSpans are the stretches of the window in which the alert was pending and
// in which it fired.
func firingSpans(r *alertRow, series []sources.Series, w sources.Window) []draw.Span {
	var out []draw.Span
	for _, state := range []string{"pending", "firing"} {
		for _, e := range episodesIn(r, series, state, w) {
			out = append(out, draw.Span{From: e.Start, To: e.End, Level: max(r.level, theme.Info), Faint: state == "pending"})
		}
	}
	return out
}

// episodesIn is episodesOf for either state, up to the end of the window where
// one goes on.
func episodesIn(r *alertRow, series []sources.Series, state string, w sources.Window) []incident.Episode {
	list := episodesOf(r, series, state, w)
	for i := range list {
		if list[i].Open {
			list[i].End = w.End
		}
	}
	return list
}

// mine picks the series that an alert comes from, by their labels; all of them
// where none can be told to be its own.
func mine(list []sources.Series, labels map[string]string) []sources.Series {
	var out []sources.Series
	for i := range list {
		if ofAlert(&list[i], labels) {
			out = append(out, list[i])
		}
	}
	if len(out) == 0 {
		return list
	}
	return out
}

// ofAlert says whether an alert with these labels may come from a series.
func ofAlert(s *sources.Series, labels map[string]string) bool {
	own := maps.Clone(s.Labels)
	delete(own, "__name__")
	return within(own, labels)
}

var standingColumns = []draw.Column{
	{Title: "", W: 1}, {Title: "series", Min: 24}, {Title: "now", W: 9, Right: true}, {Title: "limit", W: 10, Right: true}, {Title: "window", W: 12, Drop: 1},
}

// seriesPanel lists the series of the first condition that is compared, those
// that pass the limit first.
func (v *alerts) seriesPanel(env *ui.Env, r *alertRow, q *questions) (ui.Panel, bool) {
	i := slices.IndexFunc(q.conds[:len(q.left)], func(c condition) bool { return c.Op != "" && c.Op != "absent" })
	if i < 0 {
		return ui.Panel{}, false
	}
	m := stands(env, r, q, i)
	slices.SortStableFunc(m.series, func(a, b standing) int {
		rank := func(s standing) int {
			switch {
			case s.own:
				return 0
			case s.breaker:
				return 1
			}
			return 2
		}
		c := descending(a.value, b.value)
		if m.cond.below() {
			c = descending(-a.value, -b.value)
		}
		return cmp.Or(cmp.Compare(rank(a), rank(b)), c)
	})
	p := ui.Panel{Title: titleSeries, Queries: []sources.Query{q.left[i]}, Partial: true, Blank: "the expression has no series in this window"}
	if q.right[i] != nil {
		p.Queries = append(p.Queries, q.right[i])
	}
	if m.of > 0 {
		p.Note = fmt.Sprintf("%d of %d pass the limit", m.breach, m.of)
	}
	table := draw.Table{Columns: standingColumns, Rows: len(m.series), Sel: -1, Row: func(k int) []draw.Cell {
		s := &m.series[k]
		level, glyph := theme.None, " "
		if s.breaker {
			level, glyph = r.level, r.level.Glyph()
		}
		name := s.series.Legend
		if s.own {
			name = "→ " + name
		}
		return []draw.Cell{
			{Text: glyph, Level: level}, {Text: name, Dim: !s.breaker}, {Text: m.unit.Format(s.value), Dim: !s.breaker},
			{Text: m.cond.Op + " " + m.unit.Format(s.limit), Dim: true}, {Spark: s.series.Values()},
		}
	}}
	p.Draw = func(b draw.Box, _ []sources.Frame) draw.Block { return table.Draw(b) }
	return p, true
}
