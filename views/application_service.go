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

// open is the row of the service that is open; one that the list does not have,
// or not yet, is a row that only has a name.
func (v *application) open(env *ui.Env) *row {
	rows := v.services(env).all
	for _, name := range []func(*row) string{
		func(r *row) string { return r.key }, serviceName, func(r *row) string { return r.labels["job"] },
	} {
		for _, r := range rows {
			if name(r) == v.service {
				return r
			}
		}
	}
	return &row{key: v.service, labels: map[string]string{"job": v.service}}
}

// openService is what is known of the open service: the matchers that select it, and
// how it is instrumented.
type openService struct {
	row      *row
	matchers string
	instrumentation
	// asks are the queries that told it.
	asks []sources.Query
}

// look finds out how the open service is instrumented: the names of its metrics,
// then the labels of its request counter.
func (v *application) look(env *ui.Env) openService {
	r := v.open(env)
	o := openService{row: r}
	var by []string
	for _, l := range serviceBy {
		if val := r.labels[l]; val != "" {
			by = append(by, is(l, val))
		}
	}
	o.matchers = all(by...)
	names := sources.LabelValues{Label: "__name__", Match: "{" + o.matchers + "}"}
	o.asks = append(o.asks, names)
	o.instrumentation = v.metrics.get(env, o.asks, "", func(answers []sources.Frame) instrumentation {
		return detect(answers[0].Names)
	})
	if c := o.counter(); c != "" {
		labels := sources.LabelNames{Match: selector(c) + o.matchers + "}"}
		o.asks = append(o.asks, labels)
		o.labels = env.Result(labels).Frame.Names
	}
	return o
}

// request are the macros for request metrics; narrowed to the chosen route.
func (v *application) request(o *openService, base Vars) Vars {
	route := ""
	if o.profile != nil && v.route != "" {
		route = is(o.profile.Route.first(o.labels), v.route)
	}
	only := ""
	if o.profile != nil {
		only = interesting(&profile{Route: words{o.profile.Route.first(o.labels)}})
	}
	return o.vars(base, o.matchers, only, route)
}

// serviceLayout shows one service: the four golden signals as numbers above, as
// charts below.
func (v *application) serviceLayout(env *ui.Env) ui.Node {
	list := []sources.Query{whatIsThere, now(latest(env), "app.list.up")}
	if len(v.services(env).all) == 0 {
		// The list says what the service is that was named from outside.
		return ui.P(ui.Panel{Title: v.service, Queries: list, Blank: noServices, Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
			return draw.Fit(b, nil)
		}})
	}
	o := v.look(env)
	var jobs []string
	if j := o.row.labels["job"]; j != "" {
		jobs = append(jobs, j)
	}
	head, tiles := v.head(&o, latest(env, jobs...))
	// What the service is stays known while it is open.
	head.Queries = append(head.Queries, list...)
	return v.pages.layout(env, head, tileLines(env, tiles), v.charts(env, &o, charted(env, jobs...)))
}

// What a service's page shows, by what the service has to export for it.
var (
	// Of every target that is scraped.
	targetStats = []stat{{id: "app.sat.instances", label: "instances up"}}

	// Of requests.
	requestStats = []stat{
		{id: "app.traffic.rps", label: "requests", spark: true},
		{id: "app.errors.ratio", label: "errors", spark: true},
	}
	quantiles  = []struct{ id, quantile string }{{"app.latency.p50", "0.50"}, {"app.latency.p95", "0.95"}, {"app.latency.p99", "0.99"}}
	routeTops  = []chart{{title: "busiest routes", ids: []string{"app.traffic.route"}}, {title: "failing routes", ids: []string{"app.errors.route"}}}
	slowRoutes = map[string]chart{
		classicForm: {title: "slowest routes (p95)", ids: []string{"app.latency.route"}},
		nativeForm:  {title: "slowest routes (p95)", ids: []string{"app.latency.route.native"}},
	}
	inflightChart = chart{title: "in flight", ids: []string{"app.sat.inflight"}}

	// Of a model that is served.
	queueChart = chart{title: "inference queue", ids: []string{"app.sat.queue"}}

	// Of the process itself.
	processStats = []stat{
		{id: "app.sat.memlimit", label: "memory of limit"},
		{id: "app.sat.fds", label: "open files"},
		{id: "app.sat.restarts", label: "restarts"},
		{id: "app.sat.age", label: "started", note: func(sources.Frame) string { return "ago" }},
	}
	processCharts = []chart{
		{title: "cpu", ids: []string{"app.sat.cpu"}},
		{title: "resident memory", ids: []string{"app.sat.rss"}},
		{title: "open files", ids: []string{"app.sat.fdlines"}},
	}
)

// head are the tiles, and how many there are.
func (v *application) head(o *openService, base Vars) (ui.Panel, int) {
	req, own := v.request(o, base), base.With("svc", o.matchers)
	var tiles []stat
	var vars []Vars
	tile := func(v Vars, more ...stat) {
		tiles, vars = append(tiles, more...), append(vars, slices.Repeat([]Vars{v}, len(more))...)
	}
	if o.counter() != "" {
		tile(req, requestStats...)
	}
	if id := o.p95(); id != "" {
		tile(req, stat{id: id, label: "p95", spark: true})
	}
	if o.has("process_cpu_seconds_total") {
		tile(own, processStats...)
	}
	tile(own, targetStats...)
	p := tilesPanel(serviceName(o.row), tiles, vars)
	p.Queries = append(p.Queries, o.asks...)
	switch {
	case o.profile != nil && o.form != noForm:
		p.Note = "as " + o.profile.Name + ", " + o.form
	case o.profile != nil:
		p.Note = "as " + o.profile.Name
	case len(o.names) > 0:
		p.Note = "no request metrics that are known"
	}
	if v.route != "" {
		p.Note = joined("route "+v.route, p.Note)
	}
	if env := o.row.labels["env"]; env != "" {
		p.Note = joined(env, p.Note)
	}
	return p, len(tiles)
}

// charts are the four bands, in the order of reading: latency, traffic, errors,
// saturation.
func (v *application) charts(env *ui.Env, o *openService, base Vars) []ui.Panel {
	req, own := v.request(o, base), base.With("svc", o.matchers)
	deploys := &markers{query: over(own, "app.sat.started"), label: func(s *sources.Series) string {
		if m := s.Labels["model"]; m != "" {
			return m + " " + s.Labels["version"]
		}
		return "start"
	}}
	show := func(v Vars, c chart) ui.Panel {
		return linePanel(env, c.title, v.scale(), deploys, linesOf(v, c.ids...))
	}
	var out []ui.Panel
	if o.form != noForm {
		out = append(out, v.latency(env, o, req, deploys))
	}
	if o.counter() != "" {
		out = append(out, v.traffic(env, req, deploys), v.errors(env, req, deploys))
	}
	if o.form == classicForm || o.form == bothForms || o.form == nativeForm {
		out = append(out, v.heat(env, o, req))
	}
	if o.counter() != "" && req["route"] != "" {
		tops := routeTops
		switch o.form {
		case classicForm, bothForms:
			tops = append(slices.Clone(tops), slowRoutes[classicForm])
		case nativeForm:
			tops = append(slices.Clone(tops), slowRoutes[nativeForm])
		}
		for _, c := range tops {
			out = append(out, topPanel(c.title, req, c.ids[0]))
		}
	}
	out = append(out, v.lastErrors(env, o))
	if req["inflight"] != "" {
		out = append(out, show(req, inflightChart))
	}
	if o.has("ml_inference_queue_depth") {
		out = append(out, show(own, queueChart))
	}
	if o.has("process_cpu_seconds_total") {
		for _, c := range processCharts {
			out = append(out, show(own, c))
		}
	}
	for _, id := range o.runtimePanels() {
		out = append(out, show(own, chart{title: named(panel(id).Title, id), ids: []string{id}}))
	}
	return out
}

// versus adds the window before to the lines when that is chosen.
func (v *application) versus(env *ui.Env, lines []line) []line {
	if !v.compare {
		return lines
	}
	for _, l := range slices.Clone(lines) {
		l.query.Expr = earlier(l.query.Expr, seconds(env.Window.Span()))
		l.query.Legend += " before"
		lines = append(lines, l)
	}
	return lines
}

// earlier is the expression as it was that long ago. It is of the catalogue, where
// every range stands right behind its selector.
func earlier(expr, ago string) string {
	return strings.ReplaceAll(expr, "s])", "s] offset "+ago+")")
}

// latency are the quantiles: from the native histogram where there is one, and
// from the classic one where and when there is none.
func (v *application) latency(env *ui.Env, o *openService, req Vars, deploys *markers) ui.Panel {
	var lines []line
	if o.form == summaryForm {
		lines = linesOf(req, "app.latency.summary")
	}
	for _, q := range quantiles {
		if o.form == summaryForm || v.compare && q.quantile == "0.50" {
			continue
		}
		l := line{panel(q.id), over(req, q.id)}
		exact := panel("app.latency.q.native").Expr(req.With("q", q.quantile))
		switch o.form {
		case nativeForm:
			l.query.Expr = exact
		case bothForms:
			l.query.Expr = union([]string{exact, l.query.Expr})
		}
		lines = append(lines, l)
	}
	p := linePanel(env, "latency", req.scale(), deploys, v.versus(env, lines))
	if o.form == summaryForm {
		p.Note = "worst instance"
	}
	return p
}

// traffic is by status, or in total beside the window before.
func (v *application) traffic(env *ui.Env, req Vars, deploys *markers) ui.Panel {
	if v.compare || req["status"] == "" {
		total := over(req, "app.traffic.rps")
		total.Legend = "requests"
		return linePanel(env, "traffic", 1, deploys, v.versus(env, []line{{panel("app.traffic.rps"), total}}))
	}
	return linePanel(env, "traffic by status", 1, deploys, linesOf(req, "app.traffic.status"))
}

// errors are the failed share.
func (v *application) errors(env *ui.Env, req Vars, deploys *markers) ui.Panel {
	ratio := over(req, "app.errors.ratio")
	ratio.Legend = "failed"
	return linePanel(env, "errors", 1, deploys, v.versus(env, []line{{panel("app.errors.ratio"), ratio}}))
}

// exemplars asks for the traces of requests of the open service.
func exemplars(o *openService, req Vars) sources.Exemplars {
	name := o.profile.Lat
	if o.form != nativeForm {
		name += "_bucket"
	}
	return sources.Exemplars{Expr: selector(name) + req["svc"] + "}"}
}

// heat is where the requests' durations lie over time.
func (v *application) heat(env *ui.Env, o *openService, req Vars) ui.Panel {
	id := "app.latency.heat"
	if o.form == nativeForm {
		id = "app.latency.heat.native"
	}
	p := heatPanel(env, "durations", req, id, "seconds")
	ex := exemplars(o, req)
	p.Queries = append(p.Queries, ex)
	p.Partial = true
	if n := len(env.Result(ex).Frame.Exemplars); n > 0 {
		p.Note = fmt.Sprintf("%d exemplars: x", n)
	}
	return p
}

// lastErrors are the newest error lines of the same service.
func (v *application) lastErrors(env *ui.Env, o *openService) ui.Panel {
	name := serviceName(o.row)
	return ui.Panel{
		Title: "last errors", Ticks: true, Blank: "no error line of " + name + " in this window",
		Queries: []sources.Query{sources.Lines{Filter: phrase("service.name", name), Level: "error", Limit: 50}},
		Draw: func(b draw.Box, answers []sources.Frame) draw.Block {
			logs := frame(answers, 0).Logs
			return draw.Table{
				Columns: []draw.Column{{Title: "when", W: 9}, {Title: "message", Min: 20}, {Title: "type", W: 18, Drop: 1}},
				Rows:    len(logs), Sel: -1, Empty: "none",
				Row: func(i int) []draw.Cell {
					l := logs[len(logs)-1-i]
					return []draw.Cell{{Text: env.Moment(l.Time), Dim: true}, {Text: l.Message, Level: theme.Crit}, {Text: l.ErrorType, Dim: true}}
				},
			}.Draw(b)
		},
	}
}
