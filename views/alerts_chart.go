package views

import (
	"maps"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
)

// chart is the expression of an alert's rule: what it measures against the line
// that it must not pass, where that can be told apart.
func (v *alerts) chart(env *ui.Env, r *alertRow) (ui.Panel, bool) {
	expr := linkedExpr(r.alert)
	if r.rule != nil {
		expr = r.rule.Query
	}
	if expr == "" {
		return ui.Panel{}, false
	}
	var thresholds []draw.Threshold
	title, unit := expr, draw.Unit("number")
	if c, ok := compared(expr); ok {
		expr, title, unit = c.Left, c.Left, unitOf(c.Left)
		thresholds = append(thresholds, draw.Threshold{
			Value: c.Value, Level: r.level, Below: c.Op == "<" || c.Op == "<=", Label: c.Op + " " + unit.Format(c.Value),
		})
	}
	var marks []draw.Marker
	if r.active != nil && r.active.State == "firing" && r.active.ActiveAt.Before(r.alert.StartsAt) {
		marks = append(marks, draw.Marker{At: r.active.ActiveAt, Label: "pending"})
	}
	if r.status.State != silence.Pending {
		marks = append(marks, draw.Marker{At: r.alert.StartsAt, Label: "fires"})
	}
	window, loc := env.Window, env.Location()
	return ui.Panel{
		Title: title, Queries: []sources.Query{sources.PromQL{Expr: expr}},
		Blank: "the expression has no series in this window",
		Draw: func(b draw.Box, answers []sources.Frame) draw.Block {
			return draw.Chart{
				Series: ofAlert(frame(answers, 0).Series, r.alert.Labels), Unit: unit, Start: window.Start, End: window.End, Step: window.Step,
				Location: loc, Thresholds: thresholds, Markers: marks, Legend: true,
			}.Draw(b)
		},
	}, true
}

// ofAlert picks the series that an alert comes from, by their labels; all of
// them where none can be told to be its own.
func ofAlert(list []sources.Series, labels map[string]string) []sources.Series {
	var out []sources.Series
	for _, s := range list {
		own := maps.Clone(s.Labels)
		delete(own, "__name__")
		if within(own, labels) {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return list
	}
	return out
}
