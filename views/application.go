package views

import (
	"fmt"
	"slices"
	"strings"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

var _ = add(20, func() ui.View { return &application{} })

// application lists the services with their golden signals, worst first; enter
// opens one.
type application struct {
	sel    cursor
	filter string
	// order is how the list is sorted: an index of serviceOrders.
	order int
	// service is the key of the row that is open, or a name of it from outside;
	// empty shows the list.
	service string
	// route narrows an open service to one route; empty is all.
	route string
	// compare adds the window before to the charts.
	compare bool
	pages   pages
	census  memo[census]
	memo    memo[services]
	// metrics is how the open service is instrumented.
	metrics memo[instrumentation]
}

// services are the rows of the list.
type services struct {
	// all are in no order; shown are those that the filter leaves, in the order of the list.
	all, shown []*row
	keys       []string
}

// serviceOrders are the ways to sort the list: by what, and the entry of it.
var serviceOrders = []struct{ help, id string }{
	{"worst first", ""},
	{"by errors", "app.list.errors"},
	{"by latency", "app.list.p95"},
	{"by traffic", "app.list.rps"},
	{"by saturation", "app.list.sat"},
}

// serviceBy are the labels that make a service.
var serviceBy = []string{"job", "service", "env"}

// graded are the columns that make a service look bad.
var graded = []string{"app.list.up", "app.list.errors", "app.list.p95", "app.list.sat", "app.list.budget"}

// noServices is what to do when there are none.
const noServices = "no scraped target and no request metrics: see Prometheus' scrape_configs"

// Name implements [ui.View].
func (v *application) Name() string { return "application" }

// Short implements [ui.Shortener].
func (v *application) Short() string { return "app" }

// Layout implements [ui.View].
func (v *application) Layout(env *ui.Env) ui.Node {
	if v.service != "" {
		return v.serviceLayout(env)
	}
	s := v.services(env)
	t := v.table(s)
	asks := v.asks(env)
	var charts []ui.Panel
	for _, c := range []struct{ title, id string }{{"requests", "app.list.rps"}, {"errors", "app.list.errors"}} {
		if q, ok := queryOf(asks.ids, asks.queries, c.id); ok {
			charts = append(charts, coursePanel(c.title+", last "+draw.Age(recent), c.id, q, serviceBy, s.shown, v.sel.ID(), serviceName))
		}
	}
	list := listPanel("services", asks.queries, v.note(s), noServices, t, &v.sel, s.keys)
	if len(charts) == 0 {
		return ui.P(list)
	}
	return overview(env, list, len(s.shown), charts...)
}

// census is the services with request metrics, and what is asked about them.
type census struct {
	list []*service
	// ids are the entries of the columns, queries theirs and then those of what is
	// joined by hand: alerts, budgets, and what is there.
	ids     []string
	queries []sources.Query
}

// asks says what is asked. Request metrics are asked for when it is known which
// services have them, and by which names; of traffic and errors the recent
// course, whose last value is the column's.
func (v *application) asks(env *ui.Env) census {
	vars := latest(env)
	return v.census.get(env, []sources.Query{whatIsThere}, vars["ri"], func(answers []sources.Frame) census {
		f := census{list: servicesIn(answers[0]), ids: []string{"app.list.up", "app.list.sat", "app.list.started"}}
		f.queries = columnsOf(vars, f.ids...)
		exprs := listExprs(f.list, vars)
		for i, id := range []string{"app.list.rps", "app.list.errors", "app.list.p95"} {
			switch {
			case exprs[i] == "":
				continue
			case i < 2:
				f.queries = append(f.queries, sources.PromQL{Expr: exprs[i], Span: recent})
			default:
				f.queries = append(f.queries, sources.Instant{Expr: exprs[i]})
			}
			f.ids = append(f.ids, id)
		}
		f.queries = append(f.queries, now(vars, "app.list.alerts"), now(vars, "app.list.budget"), whatIsThere)
		return f
	})
}

// services are the rows from the answers so far.
func (v *application) services(env *ui.Env) services {
	f := v.asks(env)
	return v.memo.get(env, f.queries, fmt.Sprint(v.order, " ", v.filter), func(answers []sources.Frame) services {
		return v.make(f.ids, answers)
	})
}

// make joins the answers: those of the columns, then alerts and budgets.
func (v *application) make(ids []string, answers []sources.Frame) services {
	var s services
	for _, r := range join(serviceBy, false, ids, answers) {
		// A job without the label is a service when it has requests; others, such as
		// exporters, are of the other tabs.
		_, busy := r.get("app.list.rps")
		if r.labels["service"] != "" || busy {
			s.all = append(s.all, r)
		}
	}
	count(s.all, answers[len(ids)].Series)
	for _, b := range answers[len(ids)+1].Series {
		if left, ok := b.Last(); ok {
			for _, r := range s.all {
				if serviceName(r) == b.Labels["sloth_service"] {
					r.values["app.list.budget"] = left
				}
			}
		}
	}
	s.shown = slices.Clone(matching(s.all, v.filter))
	by := serviceOrders[v.order].id
	byScore(s.shown, func(r *row) float64 {
		if by != "" {
			val, ok := r.get(by)
			if !ok {
				return -1
			}
			return val
		}
		alerts, _ := r.get("app.list.alerts")
		return r.score(graded...) + min(alerts, 5)
	})
	s.keys = keys(s.shown)
	return s
}

// count adds firing alerts to the services that they are about: a rule may have
// aggregated some of the labels away, those that are left have to agree. Rules of
// objectives name the service in a label of their own.
func count(rows []*row, alerts []sources.Series) {
	for _, a := range alerts {
		n, ok := a.Last()
		about := [...]string{a.Labels["job"], named(a.Labels["service"], a.Labels["sloth_service"]), a.Labels["env"]}
		if !ok || about[0] == "" && about[1] == "" {
			continue
		}
		for _, r := range rows {
			same := true
			for i, l := range serviceBy {
				val := about[i]
				same = same && (val == "" || val == r.labels[l] || l == "service" && val == serviceName(r))
			}
			if same {
				r.values["app.list.alerts"] += n
			}
		}
	}
}

// serviceName is the label, or the job where there is none.
func serviceName(r *row) string { return named(r.labels["service"], r.labels["job"]) }

var serviceTable = []draw.Column{
	{Title: "", W: 1},
	{Title: "service", Min: 14},
	{Title: "job", W: 16, Drop: 8},
	{Title: "env", W: 8, Drop: 5},
	{Title: "rps", W: 8, Right: true},
	{Title: "rps 30m", W: 14, Drop: 6},
	{Title: "errors", W: 7, Right: true},
	{Title: "errors 30m", W: 14, Drop: 7},
	{Title: "p95", W: 7, Right: true},
	{Title: "sat", W: 6, Right: true, Drop: 2},
	{Title: "budget", W: 7, Right: true, Drop: 3},
	{Title: "deployed", W: 8, Right: true, Drop: 4},
	{Title: "alerts", W: 6, Right: true, Drop: 1},
}

// table draws the rows.
func (v *application) table(s services) draw.Table {
	return draw.Table{
		Columns: serviceTable, Rows: len(s.shown), Sel: v.sel.index(s.keys), Empty: "no service matches " + v.filter,
		Sorted: []int{0, 7, 9, 5, 10}[v.order], Desc: true,
		Row: func(i int) []draw.Cell {
			r := s.shown[i]
			level := max(r.level(graded...), theme.Good)
			name := draw.Cell{Text: serviceName(r), Match: strings.TrimPrefix(v.filter, "!")}
			if up, ok := r.get("app.list.up"); ok && up == 0 {
				name.Text, name.Level = name.Text+" down", theme.Crit
			} else if ok && up < 1 {
				name.Text += fmt.Sprintf(" %.0f%% up", up*100)
			}
			alerts := r.cell("app.list.alerts")
			if n, ok := r.get("app.list.alerts"); ok && n > 0 {
				alerts.Level, level = theme.Crit, max(level, theme.Warn)
			}
			return []draw.Cell{
				{Text: level.Glyph(), Level: level}, name, {Text: r.labels["job"], Dim: true}, {Text: r.labels["env"], Dim: true},
				r.cell("app.list.rps"), r.spark("app.list.rps"), r.cell("app.list.errors"), r.spark("app.list.errors"),
				r.cell("app.list.p95"), r.cell("app.list.sat"), r.cell("app.list.budget"), r.cell("app.list.started"), alerts,
			}
		},
	}
}

// note is what the border says: the filter, the numbers and the order.
func (v *application) note(s services) string {
	if len(s.all) == 0 {
		return ""
	}
	note := fmt.Sprint(len(s.all))
	if v.filter != "" {
		note = fmt.Sprintf("%s · %d of %d", v.filter, len(s.shown), len(s.all))
	}
	return joined(note, serviceOrders[v.order].help)
}

// Back implements [ui.Backer]: out of the route first, then the service, then the filter.
func (v *application) Back(*ui.Env) bool {
	switch {
	case v.service != "" && v.route != "":
		v.route = ""
	case v.service != "":
		v.service = ""
	case v.filter != "":
		v.filter = ""
	default:
		return false
	}
	return true
}

// Open implements [ui.Opener]: arg is a service's or a job's name; none is the list.
func (v *application) Open(_ *ui.Env, arg string) error {
	v.service, v.route, v.pages = strings.TrimSpace(arg), "", pages{}
	return nil
}

// Complete implements [ui.Completer].
func (v *application) Complete(env *ui.Env, arg string) []string {
	var names []string
	for _, r := range v.services(env).all {
		names = append(names, serviceName(r))
	}
	return beginning(arg, names)
}
