package slo_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/signals/slo"
)

func filesOf(t *testing.T, names ...string) (out []slo.File) {
	t.Helper()
	for _, n := range names {
		text, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, slo.File{Name: n, Text: text})
	}
	return out
}

func TestReadFiles(t *testing.T) {
	for _, tc := range []struct {
		file string
		want []string
	}{
		{"../../stack/slo/slo.yaml", []string{"fraud-scorer-availability 99.9 30d events", "fraud-scorer-latency 99 30d latency"}},
		{"testdata/openslo.yaml", []string{
			"fraud-scorer-availability 99.9 30d events", "fraud-scorer-latency 99 30d events", "fraud-scorer-fraud-model-drift 98 28d slices",
		}},
		{"testdata/openslo-more.yaml", []string{
			"shop-payments-most 99 4w events", "shop-payments-all-of-them 99.9 4w events", "shop-raw 99 30d ratio", "shop-slices 99 30d slices",
			"shop-points 95 30d gauge", "shop-month 99 1M calendar events: its period follows the calendar", "shop-elsewhere 99 30d events: its source is Datadog",
			"shop-hours 99 30d slices: its slices of 1h are longer than the shortest window, 5m",
		}},
		{"testdata/sloth.yaml", []string{"fraud-scorer-availability 99.9 30d events"}},
		{"testdata/sloth-more.yaml", []string{"Shop-raw 99.9 30d ratio", "Shop-plugged 99 30d plugin: its queries are made by the plugin example.net/availability"}},
		{"testdata/pyrra.yaml", []string{"fraud-scorer-availability 99.9 4w events"}},
		{"testdata/pyrra-more.yaml", []string{
			"api-speed 99 30d latency", "api-native 99.5 2w native latency", "up-up 95 4w gauge", "api-each 95 4w events: it is one objective for each value of handler",
			"api-year 95 52w events: its period of 52w is not between 7d and 90d",
		}},
	} {
		all, err := slo.ReadFiles(filesOf(t, tc.file))
		if err != nil {
			t.Errorf("%s: %v", tc.file, err)
		}
		if len(all) != len(tc.want) {
			t.Errorf("%s has %d objectives, want %d", tc.file, len(all), len(tc.want))
			continue
		}
		for i, d := range all {
			got := fmt.Sprintf("%s %v %s %s", d.ID, d.Percent, d.Window, d.Kind)
			if d.Unsupported != "" {
				got += ": " + d.Unsupported
			}
			if !strings.HasPrefix(got, tc.want[i]) || !strings.Contains(tc.want[i], ": ") && d.Unsupported != "" || d.File != tc.file || d.Line == 0 {
				t.Errorf("%s:%d: %s, want %s", d.File, d.Line, got, tc.want[i])
			}
		}
	}
}

// The queries of the other formats as they go into the rules.
func TestQueriesOfFormats(t *testing.T) {
	files := filesOf(t, "testdata/openslo.yaml", "testdata/openslo-more.yaml", "testdata/sloth-more.yaml", "testdata/pyrra-more.yaml")
	all, err := slo.ReadFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]slo.Definition{}
	for _, d := range all {
		byID[d.ID] = d
	}
	for id, want := range map[string][2]string{
		"fraud-scorer-fraud-model-drift": {
			"(1 - avg_over_time(((avg_over_time(((max(model_feature:ml_feature_psi:2m)) < bool 0.25)[5m:])) >= bool 1)[1h:5m])) >= 0",
			"((1 - avg_over_time(((avg_over_time(((max(model_feature:ml_feature_psi:2m)) < bool 0.25)[5m:])) >= bool 1)[1h:5m])) >= 0) * 0 + 1",
		},
		"shop-payments-most": {`(sum(rate(paid_total[1h]))) - (sum(rate(paid_total{status="ok"}[1h])))`, "sum(rate(paid_total[1h]))"},
		"shop-raw":           {`(1 - (avg(avg_over_time(up{job="shop"}[1h])))) >= 0`, `((1 - (avg(avg_over_time(up{job="shop"}[1h])))) >= 0) * 0 + 1`},
		"shop-slices": {
			`(1 - avg_over_time((((sum(rate(paid_total{status="ok"}[1m]))) / (sum(rate(paid_total[1m])))) >= bool 0.95)[1h:1m])) >= 0`,
			`((1 - avg_over_time((((sum(rate(paid_total{status="ok"}[1m]))) / (sum(rate(paid_total[1m])))) >= bool 0.95)[1h:1m])) >= 0) * 0 + 1`,
		},
		"shop-points": {"(1 - avg_over_time(((max(queue_length)) <= bool 100)[1h:])) >= 0", "((1 - avg_over_time(((max(queue_length)) <= bool 100)[1h:])) >= 0) * 0 + 1"},
		"Shop-raw":    {"(avg(avg_over_time(down[1h]))) >= 0", "((avg(avg_over_time(down[1h]))) >= 0) * 0 + 1"},
		"api-speed":   {`(sum(rate(took_seconds_count{job="api"}[1h]))) - (sum(rate(took_seconds_bucket{job="api",le="1.0"}[1h])))`, `sum(rate(took_seconds_count{job="api"}[1h]))`},
		"up-up":       {"(sum(count_over_time(up[1h])) > bool 0) - (sum(sum_over_time(up[1h])) / (sum(count_over_time(up[1h]))))", "sum(count_over_time(up[1h])) > bool 0"},
	} {
		d, ok := byID[id]
		if !ok {
			t.Errorf("no %s", id)
			continue
		}
		if bad, total := d.SLI().Queries(time.Hour); bad != want[0] || total != want[1] {
			t.Errorf("%s:\n%s\n%s\nwant\n%s\n%s", id, bad, total, want[0], want[1])
		}
	}
}

// What a file asks of its alerts is done, or said.
func TestAlertsOfFormats(t *testing.T) {
	all, err := slo.ReadFiles(filesOf(t, "testdata/sloth-more.yaml", "testdata/pyrra-more.yaml", "testdata/openslo.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	groups, err := slo.RulesOf(all, slo.Profile{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Alert != "" {
				got = append(got, strings.TrimSpace(r.Labels["sloth_id"]+" "+r.Alert+" "+r.Labels["sloth_severity"]+" "+r.Labels["severity"]+r.Labels["tier"]+r.Labels["team"]))
			}
		}
	}
	for _, want := range []string{"Shop-raw ShopRaw ticket low1", "api-native ApiSlow page", "fraud-scorer-availability SLOErrorBudgetBurn page 1ml-serving"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	for _, line := range got {
		if strings.HasPrefix(line, "Shop-raw ShopRaw page") || strings.HasPrefix(line, "api-speed") {
			t.Errorf("%s, which the file turns off", line)
		}
	}
	names := map[string]bool{}
	for _, g := range groups {
		if names[g.Name] {
			t.Errorf("two groups are called %s", g.Name)
		}
		names[g.Name] = true
	}
	notes := fmt.Sprint(all[len(all)-3].Notes)
	if !strings.Contains(notes, "alert policy google-sre-mwmb is in none of these files") {
		t.Error(notes)
	}
}

// The stack's rules are the same whichever way they are made.
func TestRulesOfStack(t *testing.T) {
	files := filesOf(t, stackFiles[0])
	all, err := slo.ReadFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	p := slo.Profile{Scale: 12, MinEvents: 100}
	got, err := slo.RulesOf(all, p)
	if err != nil {
		t.Fatal(err)
	}
	var a, b strings.Builder
	if err := slo.WriteRules(&a, got); err != nil {
		t.Fatal(err)
	}
	if err := slo.WriteRules(&b, parsed(t, string(files[0].Text)).Rules(p)); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() {
		t.Errorf("%s\n\nis not\n\n%s", a.String(), b.String())
	}
}

// Slices of time that are longer than a window have no value in it.
func TestSlicesNeedLongWindows(t *testing.T) {
	all, err := slo.ReadFiles(filesOf(t, "testdata/openslo.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := slo.RulesOf(all, slo.Profile{Scale: 12}); err == nil || !strings.Contains(err.Error(), "openslo.yaml:73: fraud-scorer-fraud-model-drift: its slices of 5m do not fit into a window of 30s") {
		t.Error(err)
	}
}

// Every error has the file, the line, the field and what to do.
func TestWrongFiles(t *testing.T) {
	open := func(spec string) string {
		return "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n  service: s\n  timeWindow: [{duration: 30d, isRolling: true}]\n" + spec
	}
	ratio := "  indicator: {metadata: {name: i}, spec: {ratioMetric: {counter: true, bad: {metricSource: {spec: {query: 'e'}}}, total: {metricSource: {spec: {query: 'a'}}}}}}\n"
	pyrra := func(spec string) string {
		return "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: a}\nspec:\n" + spec
	}
	for name, tc := range map[string]struct{ text, want string }{
		"empty":            {"# nothing\n", "f:1: the file is empty: it needs version: firewatch/v1"},
		"broken":           {"a: [\n", "f:1: did not find expected node content"},
		"unknown":          {"\nversion: openslo/v9\n", `f:2: version: "openslo/v9" is not known: write version: firewatch/v1, `},
		"rules":            {"groups: []\n", "f:1: these are rules and no objectives: name the file that they are made from"},
		"alpha":            {"apiVersion: openslo/v1alpha\nkind: SLO\n", `f:1: apiVersion: "openslo/v1alpha" is not known: write it as openslo/v1`},
		"kubernetes":       {"apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\n", "f:1: apiVersion: this is Sloth's form for Kubernetes: give what is below spec as a document with version: prometheus/v1"},
		"windows":          {"apiVersion: sloth.slok.dev/v1\nkind: AlertWindows\n", "f:2: kind: windows of alerts are no objectives"},
		"second document":  {"version: prometheus/v1\nservice: s\nslos: []\n---\nversion: x\n", `f:5: version: "x" is not known`},
		"own":              {"version: firewatch/v1\nservice: S!\nslos: []\n", `f:2: service: "S!" is no name: use lower case letters`},
		"own field":        {"version: firewatch/v1\nservices: a\n", `f:2: "services" is not a field here: it may have version, service`},
		"sloth field":      {"version: prometheus/v1\nservice: s\nslos:\n  - name: a\n    target: 3\n", `f:5: "target" is not a field here: it may have name, description, objective, labels, plugins, sli, alerting`},
		"sloth none":       {"version: prometheus/v1\nservice: s\nslos: []\n", "f:3: slos: there is none: add one with name, objective and sli"},
		"sloth range":      {"version: prometheus/v1\nservice: s\nslos:\n  - name: a\n    objective: 99\n    sli:\n      events:\n        error_query: rate(e[5m])\n        total_query: a[{{.window}}]\n", "f:8: slos[0].sli.events.error_query: it has no range: write [{{.window}}] where"},
		"sloth promise":    {"version: prometheus/v1\nservice: s\nslos: [{name: a, objective: 100, sli: {raw: {error_ratio_query: 'e[{{.window}}]'}}}]\n", "f:3: slos[0].objective: 100 % is not between 0 and 100 %"},
		"sloth label":      {"version: prometheus/v1\nservice: s\nlabels: {sloth_id: x}\nslos: [{name: a, objective: 99, sli: {raw: {error_ratio_query: 'e[{{.window}}]'}}}]\n", "f:3: labels.sloth_id: this label name cannot be used"},
		"sloth two":        {"version: prometheus/v1\nservice: s\nslos: [{name: a, objective: 99, sli: {raw: {}, events: {}}}]\n", "f:3: slos[0].sli: give it one of events, raw and plugin"},
		"open kind":        {"apiVersion: openslo/v1\nkind: SLA\nmetadata: {name: a}\n", `f:2: kind: "SLA" is not a kind of openslo/v1: it may be SLO, SLI`},
		"open name":        {"apiVersion: openslo/v1\nkind: SLO\nmetadata: {}\n", "f:3: metadata.name: it is missing: give the document a name"},
		"open reference":   {open("  indicatorRef: gone\n  budgetingMethod: Occurrences\n  objectives: [{target: 0.9}]\n"), `f:7: spec.indicatorRef: no SLI is called "gone" in these files: name the file that has it too`},
		"open nothing":     {open("  budgetingMethod: Occurrences\n  objectives: [{target: 0.9}]\n"), "f:4: spec: it says nothing of what is measured"},
		"open method":      {open(ratio + "  budgetingMethod: Counting\n  objectives: [{target: 0.9}]\n"), `f:8: spec.budgetingMethod: "Counting" is not known: write Occurrences, Timeslices or RatioTimeslices`},
		"open target":      {open(ratio + "  budgetingMethod: Occurrences\n  objectives:\n    - {target: 99.9}\n"), "f:10: spec.objectives[0].target: 9990 % is not between 0 and 100 %"},
		"open both":        {open(ratio + "  budgetingMethod: Occurrences\n  objectives:\n    - {target: 0.9, targetPercent: 90}\n"), "f:10: spec.objectives[0]: give it either target, a share such as 0.999, or targetPercent"},
		"open slices":      {open(ratio + "  budgetingMethod: Timeslices\n  objectives:\n    - {target: 0.9, timeSliceWindow: soon}\n"), `f:10: spec.objectives[0].timeSliceWindow: "soon" is not a length of time`},
		"open slice share": {open(ratio + "  budgetingMethod: Timeslices\n  objectives:\n    - {target: 0.9, timeSliceWindow: 1m}\n"), "f:10: spec.objectives[0].timeSliceTarget: it is missing or not a share"},
		"open query":       {open(strings.Replace(ratio, "'e'", "''", 1) + "  budgetingMethod: Occurrences\n  objectives: [{target: 0.9}]\n"), "f:7: spec.indicator.spec.ratioMetric.bad.metricSource.spec: it has no query: write one in PromQL"},
		"open ranges":      {open(strings.Replace(ratio, "'e'", "'sum(rate(a[5m])) - sum(rate(b[1h]))'", 1) + "  budgetingMethod: Occurrences\n  objectives: [{target: 0.9}]\n"), "bad.metricSource.spec.query: it has ranges of 5m and 1h: write [{{.window}}] for the one that follows the window"},
		"open subquery":    {open(strings.Replace(ratio, "'e'", "'max_over_time(a[5m:1m])'", 1) + "  budgetingMethod: Occurrences\n  objectives: [{target: 0.9}]\n"), "it has a subquery"},
		"open window":      {strings.Replace(open(ratio+"  budgetingMethod: Occurrences\n  objectives: [{target: 0.9}]\n"), "30d", "month", 1), `f:6: spec.timeWindow[0].duration: "month" is not a length of time`},
		"open twice":       {open(ratio+"  budgetingMethod: Occurrences\n  objectives: [{target: 0.9}]\n") + "---\n" + open(ratio+"  budgetingMethod: Occurrences\n  objectives: [{target: 0.9}]\n"), `"s-a" is already in f:9: give one of them another name`},
		"pyrra target":     {pyrra("  target: most\n  window: 4w\n  indicator: {bool_gauge: {metric: up}}\n"), `f:5: spec.target: "most" is no number: write a percentage such as "99.9"`},
		"pyrra window":     {pyrra("  target: '9'\n  window: 1 month\n  indicator: {bool_gauge: {metric: up}}\n"), `f:6: spec.window: "1 month" is not a length of time`},
		"pyrra metric":     {pyrra("  target: '9'\n  window: 4w\n  indicator:\n    bool_gauge:\n      metric: sum(up)\n"), `f:9: spec.indicator.bool_gauge.metric: "sum(up)" is not one selector: write a metric with its matchers and nothing else`},
		"pyrra none":       {pyrra("  target: '9'\n  window: 4w\n  indicator: {}\n"), "f:7: spec.indicator: give it one of ratio, latency, latencyNative and bool_gauge"},
		"pyrra field":      {pyrra("  target: '9'\n  window: 4w\n  indicator: {gauge: {}}\n"), `f:7: "gauge" is not a field here: it may have ratio, latency, latencyNative, bool_gauge`},
	} {
		all, err := slo.ReadFiles([]slo.File{{Name: "f", Text: []byte(tc.text)}})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v\nwant %s\n(%d objectives)", name, err, tc.want, len(all))
		}
	}
}
