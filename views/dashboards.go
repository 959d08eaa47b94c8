package views

import (
	"fmt"
	"slices"
	"strings"

	"firewatch/signals/grafana"
)

//go:generate go run firewatch dashboards --dir ../stack/grafana/dashboards

// Export says how the services are instrumented that a dashboard is for: a
// terminal finds that out, a dashboard has to be told. The zero value is the
// first profile with classic histograms.
type Export struct {
	// Profile is one of [Profiles].
	Profile string
	// Native reads native histograms.
	Native bool
}

// board is a tab as a dashboard.
type board struct {
	name string
	make func(instrumentation) grafana.Board
	// left is what only a terminal draws.
	left []string
}

// boards are the tabs that can be written out.
var boards = []board{
	{"infrastructure", infrastructureBoard, nil},
	{"application", applicationBoard, []string{"the window before beside the present one"}},
	{"models", modelsBoard, []string{
		"PSI, JS and KS of any window, worked out from the bins",
		"quality over the window with its standard error",
		"what the numbers add up to in a sentence",
	}},
	{"slo", objectivesBoard, []string{"the burn table with the state of each pair of windows"}},
}

// Dashboards are the names of the tabs that [Dashboard] writes out.
func Dashboards() []string {
	out := make([]string, len(boards))
	for i, b := range boards {
		out[i] = b.name
	}
	return out
}

// Profiles are the names of the known ways to name request metrics.
func Profiles() []string {
	out := make([]string, len(profiles))
	for i, p := range profiles {
		out[i] = p.Name
	}
	return out
}

// Dashboard is a tab as a dashboard, made of the panels that the tab itself
// shows, and what of the tab a dashboard cannot show. Of what a tab decides by
// the data at hand it has all, folded. An unknown name or profile is an error
// that names the known ones.
func Dashboard(name string, x Export) (grafana.Board, []string, error) {
	in := instrumentation{profile: &profiles[0], form: classicForm}
	if x.Profile != "" {
		i := slices.Index(Profiles(), x.Profile)
		if i < 0 {
			return grafana.Board{}, nil, fmt.Errorf("no metric profile %q: known are %s", x.Profile, strings.Join(Profiles(), ", "))
		}
		in.profile = &profiles[i]
	}
	switch {
	case in.profile.Lat == "":
		in.form = noForm
	case x.Native:
		in.form = nativeForm
	}
	in.names = append([]string{in.profile.Req}, in.profile.Inflight...)
	for _, b := range boards {
		if b.name == name {
			out := b.make(in)
			out.UID, out.Tags = "firewatch-"+name, []string{"firewatch"}
			return out, b.left, nil
		}
	}
	return grafana.Board{}, nil, fmt.Errorf("no dashboard %q: known are %s", name, strings.Join(Dashboards(), ", "))
}

// asGrafana are the durations that Grafana fills in. An increase per step is over
// the rate interval: a step of it may hold a single sample.
var asGrafana = Vars{"ri": "$__rate_interval", "step": "$__rate_interval", "range": "$__range"}

// picked matches the values of a variable that is named as the label, or after "=".
func picked(labels ...string) string {
	var out []string
	for _, l := range labels {
		label, variable, other := strings.Cut(l, "=")
		if !other {
			variable = label
		}
		out = append(out, quoteName(label)+`=~"$`+variable+`"`)
	}
	return all(out...)
}

// asked is the entry as one query, in the unit of the entry.
func asked(v Vars, id string) grafana.Query {
	e := panel(id)
	q := grafana.Query{Expr: e.Expr(v), Legend: e.legend(v), Mirror: e.Mirror, Limit: e.Kind == "threshold-line"}
	if e.Unit == "seconds" && v.scale() != 1 {
		q.Expr = "(" + q.Expr + ") * " + v["scale"]
	}
	q.Exemplars = strings.Contains(e.Query, "_bucket{") || strings.Contains(e.Query, "$lat{")
	return q
}

// limitsOf are the thresholds of the first entry that has some: one chart has one set.
func limitsOf(ids ...string) grafana.Limits {
	limit := func(l *Limit) *grafana.Limit {
		if l == nil {
			return nil
		}
		return &grafana.Limit{Value: l.Value, Below: l.Below, Strict: l.Strict}
	}
	for _, id := range ids {
		if l := panel(id).Thresholds; l.Warn != nil || l.Crit != nil {
			return grafana.Limits{Warn: limit(l.Warn), Crit: limit(l.Crit)}
		}
	}
	return grafana.Limits{}
}

// plain is a chart of entries with what they say themselves.
func plain(kind, title string, v Vars, ids ...string) grafana.Chart {
	e := panel(ids[0])
	c := grafana.Chart{ID: ids[0], Title: title, Note: e.Note, Kind: kind, Unit: string(e.Unit), Limits: limitsOf(ids...), Max: e.Max}
	for _, id := range ids {
		c.Queries = append(c.Queries, asked(v, id))
	}
	return c
}

// tile is a tile of a page: of several series the worst, or their sum.
func (t stat) tile(v Vars) grafana.Chart {
	kind := grafana.Stat
	if panel(t.id).Kind == grafana.Gauge && !t.spark {
		kind = grafana.Gauge
	}
	c := plain(kind, t.label, v, t.id)
	c.ID, c.Spark = "tile "+t.id, t.spark
	q, worse := &c.Queries[0], c.Limits.Crit
	if worse == nil {
		worse = c.Limits.Warn
	}
	switch {
	case t.pick != nil:
		q.Expr = "sum(" + q.Expr + ")"
	case worse != nil && worse.Below:
		q.Expr = "min(" + q.Expr + ")"
	case worse != nil:
		q.Expr = "max(" + q.Expr + ")"
	}
	q.Legend = t.label
	return c
}

func tileCharts(v Vars, tiles ...stat) []grafana.Chart {
	var out []grafana.Chart
	for _, t := range tiles {
		out = append(out, t.tile(v))
	}
	return out
}

// on is a chart of a page. One entry brings its overlays and its stack along.
func (c chart) on(v Vars) grafana.Chart {
	ids, e := c.ids, panel(c.ids[0])
	if len(ids) == 1 {
		ids = family(ids[0])
	}
	kind := grafana.TimeSeries
	switch {
	case slices.Contains([]string{grafana.Heatmap, grafana.Heatrow, grafana.Toplist, grafana.Bars}, e.Kind):
		kind = e.Kind
	case e.Stacked():
		kind = grafana.Area
	}
	out := plain(kind, c.title, v, ids...)
	if kind == grafana.Heatmap {
		out.Unit = "number"
		if strings.Contains(e.Query, "$lat") {
			out.Unit = map[bool]string{true: "seconds", false: "milliseconds"}[v.scale() == 1]
		}
	}
	return out
}

func chartsOn(v Vars, list []chart) []grafana.Chart {
	var out []grafana.Chart
	for _, c := range list {
		out = append(out, c.on(v))
	}
	return out
}

// courseOf is a column of a list over time, with a line for each row.
func courseOf(title string, v Vars, id string, keys ...string) grafana.Chart {
	c := plain(grafana.TimeSeries, title, v, id)
	c.ID = "course " + id
	if !strings.Contains(c.Queries[0].Legend, "{{") {
		c.Queries[0].Legend = "{{" + strings.Join(keys, "}} {{") + "}}"
	}
	return c
}

// tableOf is a list: the first entry says which rows there are when it has no unit
// and no thresholds, the others are columns.
func tableOf(title string, v Vars, keys []string, ids ...string) grafana.Chart {
	c := plain(grafana.Table, title, v, ids...)
	c.ID, c.Keys, c.Unit, c.Limits, c.Max, c.Note = "table "+ids[0], keys, "", grafana.Limits{}, nil, ""
	for i, id := range ids {
		e, q := panel(id), &c.Queries[i]
		q.Legend, q.Exemplars = "", false
		if i == 0 && e.Unit == "" {
			continue
		}
		q.Name, q.Unit, q.Limits, q.Max = columnName(id), string(e.Unit), limitsOf(id), e.Max
	}
	return c
}

// columnName is the word of an ID that says what a column tells.
func columnName(id string) string {
	parts := strings.Split(id, ".")
	name := parts[len(parts)-1]
	if (name == nativeForm || name == summaryForm) && len(parts) > 1 {
		name = parts[len(parts)-2]
	}
	return strings.ReplaceAll(name, "_", " ")
}

// matrixOf is the entry with one label down and one across.
func matrixOf(title string, v Vars, id, down, across string) grafana.Chart {
	c := plain(grafana.Matrix, title, v, id)
	c.Keys = []string{down, across}
	return c
}

// group is a folded row of all entries whose IDs begin with the family: the
// columns in one table, the others as charts. A mirrored entry is the other half
// of the one before it.
func group(title, name string, v Vars, keys ...string) grafana.Row {
	row := grafana.Row{Title: title, Folded: true}
	var table []string
	for _, e := range catalogue.Entries() {
		switch {
		case !strings.HasPrefix(e.ID, name+"."), e.Overlay != "":
		case e.Kind == "column":
			table = append(table, e.ID)
		case e.Mirror && len(row.Charts) > 0:
			c := &row.Charts[len(row.Charts)-1]
			c.Queries = append(c.Queries, asked(v, e.ID))
		case e.Kind == grafana.Stat || e.Kind == grafana.Gauge:
			row.Charts = append(row.Charts, stat{id: e.ID, label: titleOf(e), spark: e.Spark}.tile(v))
		default:
			row.Charts = append(row.Charts, chart{title: titleOf(e), ids: []string{e.ID}}.on(v))
		}
	}
	slices.SortStableFunc(row.Charts, func(a, b grafana.Chart) int { return small(a) - small(b) })
	if len(table) > 0 {
		row.Charts = append([]grafana.Chart{tableOf(title, v, keys, table...)}, row.Charts...)
	}
	return row
}

// small is 0 for a tile: those stand together, in front.
func small(c grafana.Chart) int {
	if c.Kind == grafana.Stat || c.Kind == grafana.Gauge {
		return 0
	}
	return 1
}

// titleOf is the entry's title, or the words of its ID after the family.
func titleOf(e *Entry) string {
	_, rest, _ := strings.Cut(e.ID, ".")
	return named(e.Title, strings.NewReplacer(".", " ", "_", " ").Replace(rest))
}

// starts are the moments at which something was started or loaded.
func starts(name, matchers, text string) grafana.Event {
	return grafana.Event{Name: name, Expr: panel("app.sat.started").Expr(Vars{"svc": matchers}), Text: text, Color: "blue", Moments: true}
}

// firingWhere marks while alerts fire.
func firingWhere(matchers string) grafana.Event {
	return grafana.Event{
		Name: "firing alerts", Expr: `ALERTS{` + all(`alertstate="firing"`, matchers) + `}`,
		Text: "{{alertname}}", About: "{{severity}} {{instance}} {{service}} {{model}}", Color: "red",
	}
}

// budget is the share of events that an objective lets fail, as a line.
func budget(v Vars) grafana.Query {
	return grafana.Query{Expr: "1 - " + panel("slo.objective").Expr(v), Legend: "budget", Limit: true}
}
