package views

import (
	"fmt"

	"firewatch/signals/drift"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// binsPanel shows the bins of the feature under the cursor beside the table.
func (v *models) binsPanel(env *ui.Env, m *served) ui.Panel {
	list := v.drift(env, m)
	f, ok := at(list, v.features.index(featureNames(list)))
	if !ok {
		return ui.Panel{Title: "bins", Queries: v.driftQueries(env, m), Partial: true, Blank: blank(panel("ml.bins.trained")), Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
			return draw.Message(b, theme.None, "no feature is counted in bins")
		}}
	}
	return v.trained(env, m, f, "bins of "+f.name)
}

// trained draws the bins: what was seen in training and what comes in, side by side.
func (v *models) trained(env *ui.Env, m *served, f *feature, title string) ui.Panel {
	return ui.Panel{Title: title, Queries: v.driftQueries(env, m), Partial: true, Note: f.word(), Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
		return f.table().Draw(b)
	}}
}

// word says how the feature stands.
func (f *feature) word() string {
	if !f.enough {
		return "too few values to say"
	}
	own := panel("ml.psi").Thresholds.Level(f.PSI)
	if f.recorded.level() > own {
		return "moved lately"
	}
	return map[theme.Level]string{theme.Good: "stable", theme.Warn: "moved", theme.Crit: "another distribution"}[own]
}

var binTable = []draw.Column{
	{Title: "bin", W: 12},
	{Title: "training", Min: 12},
	{Title: "live", Min: 12},
	{Title: "adds", W: 6, Right: true},
}

// table is one row a bin; all bars are on one scale.
func (f *feature) table() draw.Table {
	var reference, top float64
	for _, b := range f.bins {
		reference += b.Reference
	}
	share := func(v, of float64) float64 {
		if of <= 0 {
			return 0
		}
		return v / of
	}
	for _, b := range f.bins {
		top = max(top, share(b.Reference, reference), share(b.Live, f.samples))
	}
	parts := drift.Parts(f.bins)
	return draw.Table{Columns: binTable, Rows: len(f.bins), Sel: -1, Empty: "no bins", Row: func(i int) []draw.Cell {
		b := f.bins[i]
		bar := func(v float64) draw.Cell {
			return draw.Cell{Text: percent(v), Meter: share(v, top), HasMeter: true}
		}
		adds := draw.Cell{Text: "–", Dim: true}
		if i < len(parts) {
			adds = draw.Cell{Text: fmt.Sprintf("%.3f", parts[i]), Dim: parts[i] < 0.005}
			if f.enough {
				adds.Level = quiet(panel("ml.psi").Thresholds.Level(parts[i]))
			}
		}
		trained, live := bar(share(b.Reference, reference)), bar(share(b.Live, f.samples))
		trained.Dim = true
		return []draw.Cell{{Text: b.Name}, trained, live, adds}
	}}
}

// featureLayout shows one feature of a version: its bins, and how its index and its
// broken values went.
func (v *models) featureLayout(env *ui.Env) ui.Node {
	m := v.opened(env)
	var f *feature
	for _, o := range v.drift(env, m) {
		if o.name == v.feature {
			f = o
		}
	}
	title := m.title() + " " + v.feature
	if f == nil {
		return ui.P(ui.Panel{Title: title, Queries: append(v.queries(env), v.driftQueries(env, m)...), Partial: true, Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
			return draw.Message(b, theme.None, "no feature "+v.feature+" is counted for "+m.title()+" in this window", "esc goes back to the model")
		}})
	}
	long := charted(env, m.jobs()...)
	recorded, values := m.only(long, "model", "version"), m.only(long, "model")
	for _, vars := range []Vars{recorded, values} {
		vars["model"] = all(vars["model"], is("feature", f.name))
	}
	stats := ui.Panel{Title: title, Queries: append(v.queries(env), v.driftQueries(env, m)...), Partial: true, Note: v.span(env, m), Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
		return draw.Stats(b, f.tiles())
	}}
	charts := []ui.Node{ui.P(chartPanel(env, "index over the rules' window", recorded, "ml.psi"))}
	if f.name != scoreFeature {
		charts = append(charts, ui.P(chartPanel(env, "invalid values", values, "ml.invalid")), ui.P(chartPanel(env, "computed otherwise than in training", values, "ml.skew")))
	}
	bins := ui.P(v.trained(env, m, f, "training and live"))
	head := ui.P(stats).Fix(4)
	if env.Wide(2 * panelCells) {
		return ui.Col(head, ui.Row(bins.Share(3), ui.Col(charts...).Share(2)))
	}
	charts[0] = charts[0].AtLeast(panelLines)
	return ui.Col(head, bins.Fix(min(len(f.bins)+3, max(env.H-4, 3))), charts[0])
}

// tiles are the numbers of the table, larger.
func (f *feature) tiles() []draw.Stat {
	labels := []string{"PSI", "JS", "KS", "alert's PSI", "values", "invalid", "skew"}
	cells := f.cells()[2:]
	out := make([]draw.Stat, len(labels))
	for i, l := range labels {
		out[i] = draw.Stat{Label: l, Value: cells[i].Text, Level: cells[i].Level}
	}
	return out
}
