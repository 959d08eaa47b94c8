package views

import (
	"slices"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

const (
	// tableFrame is what a table has besides its rows: borders and header.
	tableFrame = 3
	// overviewLines is what charts below a list need to be worth their room.
	overviewLines = 10
	// overviewRows is how many rows of a list have a line in its charts.
	overviewRows = 8
)

// overview puts charts below a list that leaves room for them. A list without
// rows says alone why it has none.
func overview(env *ui.Env, list ui.Panel, rows int, charts ...ui.Panel) ui.Node {
	high := max(rows, 3) + tableFrame
	if rows == 0 || env.H-high < overviewLines {
		return ui.P(list)
	}
	if !env.Wide(2 * panelCells) {
		charts = charts[:1]
	}
	kids := make([]ui.Node, len(charts))
	for i, c := range charts {
		kids[i] = ui.P(c)
	}
	return ui.Col(ui.P(list).Fix(high), ui.Row(kids...))
}

// coursePanel draws the recent course of a column for the first rows of a list
// and the one under the cursor: the answer is the one that the list's sparklines
// are made of, so that it costs no request.
func coursePanel(title, id string, q sources.Query, on []string, shown []*row, selected string, name func(*row) string) ui.Panel {
	e := panel(id)
	lines := map[string]*row{}
	for i, r := range shown {
		if i < overviewRows || r.key == selected {
			lines[r.key] = r
		}
	}
	return ui.Panel{Title: title, Queries: []sources.Query{q}, Blank: blank(e), Draw: func(b draw.Box, answers []sources.Frame) draw.Block {
		c := draw.Chart{Unit: e.Unit, Legend: true}
		for _, s := range frame(answers, 0).Series {
			if r := lines[keyOf(on, s.Labels)]; r != nil {
				c.Series = append(c.Series, s)
				c.Names = append(c.Names, name(r))
			}
		}
		if len(c.Series) == 0 {
			return draw.Message(b, theme.None, "nothing that the filter leaves has a course")
		}
		c.Thresholds = limitLines([]*Entry{e})
		axis(&c, e)
		return c.Draw(b)
	}}
}

// queryOf is the query of a column, and false when it is not asked.
func queryOf(ids []string, queries []sources.Query, id string) (sources.Query, bool) {
	return at(queries, slices.Index(ids, id))
}
