package grafana

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// The data sources: variables, so that a dashboard fits any installation. Their
// first values are the uids that the stack provisions.
var (
	prometheus    = Datasource{Type: "prometheus", UID: "${datasource}"}
	elasticsearch = Datasource{Type: "elasticsearch", UID: "${logs}"}
)

// Dashboard is the board as Grafana's model. An unknown kind or unit, a chart
// without queries or without the keys that it needs, and two charts of one ID in
// a row are errors that name the chart.
func (b Board) Dashboard() (Dashboard, error) {
	d := Dashboard{
		UID: b.UID, Title: b.Title, Description: b.About, Tags: slices.Concat([]string{}, b.Tags), SchemaVersion: schemaVersion, Version: 1,
		Editable: true, GraphTooltip: 1, Refresh: "30s", Time: TimeRange{From: "now-1h", To: "now"}, Timezone: "browser",
		Links: []Link{}, Annotations: Annotations{List: []Annotation{}}, Panels: []Panel{},
	}
	if len(b.Tags) > 0 {
		d.Links = append(d.Links, Link{Title: "other dashboards", Type: "dashboards", Icon: "dashboard", Tags: b.Tags[:1], KeepTime: true})
	}
	d.Templating.List = b.variables()
	for _, e := range b.Events {
		d.Annotations.List = append(d.Annotations.List, e.annotation())
	}
	g := grid{ids: map[int]bool{}}
	for _, r := range b.Rows {
		panels, err := g.row(r)
		if err != nil {
			return Dashboard{}, fmt.Errorf("dashboard %s: row %s: %w", b.UID, r.Title, err)
		}
		d.Panels = append(d.Panels, panels...)
	}
	return d, nil
}

// variables are the data sources and the choices.
func (b Board) variables() []Variable {
	source := func(name, title, kind string) Variable {
		return Variable{Name: name, Label: title, Type: "datasource", Query: kind, Refresh: 1, Current: &Option{Text: title, Value: kind}, Options: []Option{}}
	}
	out := []Variable{source("datasource", "Prometheus", "prometheus")}
	if b.Logs {
		out = append(out, source("logs", "Elasticsearch", "elasticsearch"))
	}
	for _, c := range b.Choices {
		query := fmt.Sprintf("label_values(%s, %s)", c.Among, c.Label)
		v := Variable{
			Name: c.Name, Label: c.Title, Type: "query", Datasource: &prometheus, Definition: query, Query: VariableQuery{Query: query, RefID: c.Name},
			Refresh: 2, Sort: 1, Multi: c.Several, IncludeAll: c.All, Options: []Option{},
		}
		if c.All {
			// A series without the label is one of all.
			v.AllValue = ".*"
			v.Current = &Option{Selected: true, Text: "All", Value: "$__all"}
			if c.Several {
				v.Current = &Option{Selected: true, Text: []string{"All"}, Value: []string{"$__all"}}
			}
		}
		out = append(out, v)
	}
	return out
}

// annotation is the event as Grafana asks it.
func (e Event) annotation() Annotation {
	a := Annotation{
		Name: e.Name, Datasource: prometheus, Enable: !e.Off, IconColor: e.Color, Expr: e.Expr, Step: "60s",
		TitleFormat: e.Text, TextFormat: e.About, UseValueForTime: e.Moments,
	}
	if e.Moments {
		a.Expr = "(" + e.Expr + ") * 1000"
	}
	return a
}

// columns is the width of the grid.
const columns = 24

// grid places panels and numbers them.
type grid struct {
	y   int
	ids map[int]bool
}

// number is the panel's own number, made of its name; the next free one when
// another name has it already.
func (g *grid) number(name string) int {
	const most = 999_983
	h := fnv.New32a()
	h.Write([]byte(name))
	n := int(h.Sum32()%most) + 1
	for g.ids[n] {
		n = n%most + 1
	}
	g.ids[n] = true
	return n
}

// row is the heading and its charts, which are within it when it is folded.
func (g *grid) row(r Row) ([]Panel, error) {
	head := Panel{ID: g.number("row " + r.Title), Type: "row", Title: r.Title, Collapsed: &r.Folded, Panels: []Panel{}, GridPos: GridPos{H: 1, W: columns, Y: g.y}}
	g.y++
	top := g.y
	var panels []Panel
	seen := map[string]bool{}
	for _, c := range r.Charts {
		if seen[c.ID] {
			return nil, fmt.Errorf("chart %s is there twice", c.ID)
		}
		seen[c.ID] = true
		p, err := c.panel()
		if err != nil {
			return nil, fmt.Errorf("chart %s: %w", c.ID, err)
		}
		p.ID = g.number(r.Title + "/" + c.ID)
		panels = append(panels, p)
	}
	g.place(panels)
	if r.Folded {
		// A folded row takes one line; its charts keep the places that they have below it.
		head.Panels, g.y = panels, top
		return []Panel{head}, nil
	}
	return append([]Panel{head}, panels...), nil
}

// place fills lines from left to right with panels of one height, and shares out
// what is left of a line, but not to one or two tiles.
func (g *grid) place(panels []Panel) {
	for i := 0; i < len(panels); {
		h, x, n := panels[i].GridPos.H, 0, 0
		for i+n < len(panels) && panels[i+n].GridPos.H == h && x+panels[i+n].GridPos.W <= columns {
			p := &panels[i+n].GridPos
			p.X, p.Y = x, g.y
			x += p.W
			n++
		}
		if x < columns && (n > 2 || panels[i].GridPos.W >= columns/3) {
			for k := range n {
				p := &panels[i+k].GridPos
				p.W, p.X = columns/n, k*(columns/n)
			}
		}
		i += n
		g.y += h
	}
}

// ref is the name of the i-th query of a panel: A to Z, then AA.
func ref(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return ref(i/26-1) + ref(i%26)
}

// check says what a chart lacks.
func (c Chart) check() error {
	keys := map[string]int{Table: 1, Bins: 1, Matrix: 2}
	if len(c.Queries) == 0 {
		return fmt.Errorf("it has no queries")
	}
	if len(c.Keys) < keys[c.Kind] {
		return fmt.Errorf("a %s needs %d keys", c.Kind, keys[c.Kind])
	}
	for _, u := range append([]string{c.Unit}, unitsOf(c.Queries)...) {
		if _, ok := units[u]; !ok {
			return fmt.Errorf("unknown unit %q", u)
		}
	}
	for _, q := range c.Queries {
		if strings.TrimSpace(q.Expr) == "" {
			return fmt.Errorf("a query is empty")
		}
	}
	return nil
}

func unitsOf(queries []Query) []string {
	out := make([]string, len(queries))
	for i, q := range queries {
		out[i] = q.Unit
	}
	return out
}
