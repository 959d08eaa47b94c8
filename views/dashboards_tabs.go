package views

import (
	"slices"

	"firewatch/signals/grafana"
)

// infrastructureBoard is the infrastructure tab: the hosts, the page of one, and
// what else the catalogue knows of machines.
func infrastructureBoard(instrumentation) grafana.Board {
	hosts := asGrafana.With("node", picked("job"))
	one := asGrafana.With("node", picked("job", "instance"))
	list := tableOf("hosts", hosts, []string{"instance"}, fleet...)
	list.Beside = []string{"nodename"}
	page := grafana.Row{Title: "host $instance", Charts: tileCharts(one, hostStats...)}
	for _, c := range hostCharts {
		if panel(c.ids[0]).Kind == "column" {
			page.Charts = append(page.Charts, tableOf(c.title, one, []string{"mountpoint", "device", "fstype"}, c.ids...))
		} else {
			page.Charts = append(page.Charts, c.on(one))
		}
	}
	return grafana.Board{
		Title: "Infrastructure", About: "Hosts by utilisation, saturation and errors, then GPUs, containers and Kubernetes.",
		Choices: []grafana.Choice{
			{Name: "job", Title: "exporter job", Label: "job", Among: "node_uname_info", Several: true, All: true},
			{Name: "instance", Title: "host", Label: "instance", Among: "node_uname_info{" + picked("job") + "}"},
		},
		Events: []grafana.Event{
			firingWhere(picked("instance")),
			{Name: "boots", Expr: "node_boot_time_seconds{" + one["node"] + "}", Text: "boot of {{instance}}", Color: "blue", Moments: true},
		},
		Rows: []grafana.Row{
			{Title: "hosts", Charts: []grafana.Chart{
				list, courseOf("cpu", hosts, fleetCourses[0], "instance"), courseOf("memory", hosts, fleetCourses[1], "instance"),
			}},
			page,
			group("GPUs", "gpu", asGrafana, "instance", "gpu", "UUID"),
			group("containers", "ctr", asGrafana.With("ctr", `image!=""`), "namespace", "pod", "container", "name"),
			group("Kubernetes", "k8s", asGrafana),
		},
	}
}

// applicationBoard is the application tab: the services, the page of one, and the
// runtimes that a service may have.
func applicationBoard(in instrumentation) grafana.Board {
	scope := picked("job", "service", "env")
	route := in.profile.Route.first(nil)
	boring := interesting(&profile{Route: words{route}})
	own := asGrafana.With("svc", scope)
	listed := in.vars(asGrafana, boring)
	req := in.vars(asGrafana, scope, boring, quoteName(route)+`=~"$route"`)
	counter := selector(in.counter())

	columns := []string{"app.list.up", "app.list.rps", "app.list.errors", in.p95(), "app.list.sat", "app.list.started"}
	list := tableOf("services", listed, serviceBy, slices.DeleteFunc(columns, func(id string) bool { return id == "" })...)
	services := grafana.Row{Title: "services", Charts: []grafana.Chart{
		list, courseOf("requests", listed, "app.list.rps", serviceBy...), courseOf("errors", listed, "app.list.errors", serviceBy...),
		courseOf("firing alerts", listed, "app.list.alerts", "job", "service", "sloth_service"), courseOf("error budget", listed, "app.list.budget", "sloth_service"),
	}}

	page := grafana.Row{Title: "$job $service", Charts: tileCharts(req, requestStats...)}
	if id := in.p95(); id != "" {
		page.Charts = append(page.Charts, stat{id: id, label: "p95", spark: true}.tile(req))
	}
	page.Charts = append(page.Charts, tileCharts(own, slices.Concat(processStats, targetStats)...)...)
	page.Charts = append(page.Charts, in.latencyCharts(req)...)
	traffic := chart{title: "traffic by status", ids: []string{"app.traffic.status"}}
	failed := chart{title: "errors", ids: []string{"app.errors.ratio"}}.on(req)
	failed.Queries[0].Legend = "failed"
	page.Charts = append(page.Charts, traffic.on(req), failed)
	page.Charts = append(page.Charts, chartsOn(req, routeTops)...)
	if c, ok := slowRoutes[in.form]; ok {
		page.Charts = append(page.Charts, c.on(req))
	}
	if req["inflight"] != "" {
		page.Charts = append(page.Charts, inflightChart.on(req))
	}
	page.Charts = append(page.Charts, queueChart.on(own))
	page.Charts = append(page.Charts, chartsOn(own, processCharts)...)

	logs := grafana.Row{Title: "last errors of $service", Charts: []grafana.Chart{{
		ID: "last errors", Title: "last errors", Kind: grafana.Lines,
		Queries: []grafana.Query{{Expr: `log.level:(error OR fatal OR critical) AND service.name:/$service/`}},
	}}}
	board := grafana.Board{
		Title: "Application", About: "The four golden signals of a service: latency, traffic, errors, saturation. Metrics as " + in.profile.Name + " names them.", Logs: true,
		Choices: []grafana.Choice{
			{Name: "job", Label: "job", Among: counter + "}"},
			{Name: "service", Label: "service", Among: counter + picked("job") + "}", All: true},
			{Name: "env", Title: "environment", Label: "env", Among: counter + picked("job", "service") + "}", All: true},
			{Name: "route", Label: route, Among: counter + scope + "," + boring + "}", Several: true, All: true},
		},
		Events: []grafana.Event{
			firingWhere(`job=~"$job|",service=~"$service|",area!~"infra|meta|ml"`),
			starts("starts and loads", scope, "{{instance}} {{model}} {{version}}"),
		},
		Rows: []grafana.Row{services, page, logs},
	}
	for _, r := range catalogue.runtimes {
		row := grafana.Row{Title: "runtime " + r.Name, Folded: true}
		for _, id := range r.Panels {
			row.Charts = append(row.Charts, chart{title: titleOf(panel(id)), ids: []string{id}}.on(own))
		}
		board.Rows = append(board.Rows, row)
	}
	return board
}

// latencyCharts are the quantiles and the durations, by the form of the histogram.
func (in *instrumentation) latencyCharts(req Vars) []grafana.Chart {
	heat := chart{title: "durations", ids: []string{"app.latency.heat"}}
	latency := grafana.Chart{ID: "latency", Title: "latency", Kind: grafana.TimeSeries, Unit: "seconds", Limits: limitsOf("app.latency.p95")}
	for _, q := range quantiles {
		asks := asked(req, q.id)
		if in.form == nativeForm {
			asks.Expr = asked(req.With("q", q.quantile), "app.latency.q.native").Expr
		}
		latency.Queries = append(latency.Queries, asks)
	}
	switch in.form {
	case noForm:
		return nil
	case nativeForm:
		heat.ids = []string{"app.latency.heat.native"}
	}
	return []grafana.Chart{latency, heat.on(req)}
}

// modelsBoard is the models tab: the versions that are served, the page of what is
// picked, its features, and the servers of language models.
func modelsBoard(instrumentation) grafana.Board {
	by := func(labels ...string) Vars { return asGrafana.With("model", picked(labels...)) }
	everything, exact := asGrafana.With("model", ""), by(modelBy...)

	page := grafana.Row{Title: "$model $version $variant", Charts: tileCharts(exact, versionStats...)}
	for i, s := range versionStats {
		if slices.Contains(modelWide, s.id) {
			page.Charts[i] = s.tile(by("model"))
		}
	}
	for _, c := range versionCharts {
		page.Charts = append(page.Charts, c.on(by(c.by...)))
	}
	quality := grafana.Chart{ID: "quality", Title: "quality", Kind: grafana.TimeSeries, Unit: "ratio"}
	for _, s := range qualityLines {
		q := asked(exact, s.id)
		q.Legend = s.label + " {{version}} {{variant}}"
		quality.Queries = append(quality.Queries, q)
	}
	base := asked(asGrafana.With("model", all(picked("model", "version"), is("metric", "f1"))), "ml.baseline")
	base.Legend = "F1 in training {{version}}"
	quality.Queries = append(quality.Queries, base)
	page.Charts = append(page.Charts, quality, matrixOf("predicted and actual", exact, "ml.feedback", "predicted", "actual"))

	features := tableOf("features", by("model"), []string{"model", "feature"}, tableIDs("ml.features")...)
	bins := grafana.Chart{ID: "bins", Title: "bins of $feature", Kind: grafana.Bins, Unit: "ratio", Keys: []string{"bin"}}
	for _, b := range []stat{{id: "ml.bins.reference", label: "training"}, {id: "ml.bins.current", label: "live"}} {
		q := asked(by("model", "feature"), b.id)
		q.Name = b.label
		bins.Queries = append(bins.Queries, q)
	}
	drift := grafana.Row{Title: "drift of $model", Charts: []grafana.Chart{
		features, bins, courseOf("index over the rules' window", by("model"), "ml.psi", "feature"),
		courseOf("invalid values", by("model"), "ml.invalid", "feature"), courseOf("computed otherwise than in training", by("model"), "ml.skew", "feature"),
	}}
	canary := group("canary of $model", "ml.canary", by("model"))
	canary.Folded = false
	return grafana.Board{
		Title: "ML Models", About: "What serves predictions: traffic, quality against training, drift, canary. Metrics as the model contract names them.",
		Choices: []grafana.Choice{
			{Name: "model", Label: "model", Among: "ml_model_info"},
			{Name: "version", Label: "version", Among: "ml_model_info{" + picked("model") + "}", Several: true, All: true},
			{Name: "variant", Label: "variant", Among: "ml_model_info{" + picked("model", "version") + "}", Several: true, All: true},
			{Name: "feature", Label: "feature", Among: "ml_feature_reference_ratio{" + picked("model") + "}"},
		},
		Events: []grafana.Event{
			firingWhere(picked("model")),
			{Name: "loads", Expr: panel("ml.loaded").Expr(by("model")), Text: "{{model}} {{version}} {{variant}}", Color: "blue", Moments: true},
		},
		Rows: []grafana.Row{
			{Title: "models", Charts: []grafana.Chart{
				tableOf("models", everything, modelBy, append(slices.Clone(modelColumns), "ml.list.rate", "ml.replicas")...),
				courseOf("predictions", everything, "ml.list.rate", modelBy...), courseOf("quality (F1)", everything, "ml.f1", modelBy...),
			}},
			page, drift, canary, group("language models", "llm", asGrafana),
		},
	}
}

// objectivesBoard is the SLO tab: the objectives, what the business sees, and the
// page of one objective.
func objectivesBoard(instrumentation) grafana.Board {
	everything, one := asGrafana.With("bw", "1h"), asGrafana.With("slo", picked("sloth_id=objective"))
	list := tableOf("objectives", everything, []string{"sloth_id"}, "slo.objective", "slo.sli.now", "slo.remaining", "slo.burn.now", "slo.eta", "slo.period", "slo.alerts")
	title := []string{"sloth_service", "sloth_slo"}
	page := grafana.Row{Title: "objective $objective", Charts: chartsOn(one, objectiveCharts)}
	for i := range page.Charts {
		if page.Charts[i].ID == "slo.errors" {
			page.Charts[i].Queries = append(page.Charts[i].Queries, budget(one))
		}
	}
	return grafana.Board{
		Title: "Business SLO", About: "Objectives with their budgets and burn rates, and what the business sees: transactions, money, users.",
		Choices: []grafana.Choice{{Name: "objective", Label: "sloth_id", Among: "slo:objective:ratio"}},
		Events: []grafana.Event{
			firingWhere(picked("sloth_id=objective")),
			starts("starts and loads", "", "{{instance}} {{model}} {{version}}"),
		},
		Rows: []grafana.Row{
			{Title: "business", Charts: append(tileCharts(asGrafana, businessStats...), chart{title: "transactions by decision", ids: []string{"biz.outcome"}}.on(asGrafana))},
			{Title: "objectives", Charts: []grafana.Chart{
				list, courseOf("budget left", everything, "slo.remaining", title...), matrixOf("burn over each window", everything, "slo.burn.any", "sloth_id", "sloth_window"),
			}},
			page,
		},
	}
}

// tableIDs are the columns that say themselves that they are of the table.
func tableIDs(name string) []string {
	var out []string
	for _, e := range catalogue.Entries() {
		if e.Table == name {
			out = append(out, e.ID)
		}
	}
	return out
}
