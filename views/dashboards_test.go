package views_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"firewatch/signals/grafana"
	"firewatch/views"
)

// dashboard is a tab written out, as bytes and as the model.
func dashboard(t *testing.T, name string, x views.Export) ([]byte, grafana.Dashboard) {
	t.Helper()
	b, _, err := views.Dashboard(name, x)
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.Dashboard()
	if err != nil {
		t.Fatal(err)
	}
	text, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text, d
}

// TestDashboardFiles has the files of the stack be what the command writes, and
// be what the schema allows.
func TestDashboardFiles(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../signals/grafana/testdata/dashboard.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range views.Dashboards() {
		want, _ := dashboard(t, name, views.Export{})
		got, err := os.ReadFile("../stack/grafana/dashboards/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("stack/grafana/dashboards/%s.json is stale: run go generate ./views", name)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(want))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	files, err := os.ReadDir("../stack/grafana/dashboards")
	if err != nil || len(files) != len(views.Dashboards()) {
		t.Errorf("%d files in stack/grafana/dashboards (%v), %d dashboards", len(files), err, len(views.Dashboards()))
	}
}

// asks are the PromQL expressions of a dashboard, of folded rows and annotations too.
func asks(d grafana.Dashboard) []string {
	var out []string
	for _, p := range d.Panels {
		for _, p := range append(slices.Clone(p.Panels), p) {
			for _, t := range p.Targets {
				if t.Expr != "" {
					out = append(out, t.Expr)
				}
			}
		}
	}
	for _, a := range d.Annotations.List {
		out = append(out, a.Expr)
	}
	return out
}

var (
	variable = regexp.MustCompile(`\$(\w+)`)
	values   = regexp.MustCompile(`^label_values\((.*), ([^ ]+)\)$`)
)

// filled replaces Grafana's own words and the variables.
func filled(s string, vars map[string]string) string {
	return variable.ReplaceAllStringFunc(s, func(v string) string {
		switch v {
		case "$__rate_interval":
			return "20s"
		case "$__range":
			return "3600s"
		}
		return vars[v[1:]]
	})
}

// TestDashboardQueries has the server's own parser read every query of every
// dashboard, for every way to name request metrics, and looks for words that
// nothing replaces.
func TestDashboardQueries(t *testing.T) {
	p := parser.NewParser(parser.Options{})
	n := 0
	for _, name := range views.Dashboards() {
		for _, profile := range views.Profiles() {
			for _, native := range []bool{false, true} {
				if name != "application" && (native || profile != views.Profiles()[0]) {
					continue
				}
				_, d := dashboard(t, name, views.Export{Profile: profile, Native: native})
				vars := map[string]string{"__rate_interval": "", "__range": ""}
				exprs := asks(d)
				for _, v := range d.Templating.List {
					vars[v.Name] = "x"
					if m := values.FindStringSubmatch(v.Definition); m != nil {
						exprs = append(exprs, m[1])
					}
				}
				for _, expr := range exprs {
					n++
					for _, m := range variable.FindAllStringSubmatch(expr, -1) {
						if _, ok := vars[m[1]]; !ok {
							t.Errorf("%s, %s: no variable %s for %s", name, profile, m[0], expr)
						}
					}
					if _, err := p.ParseExpr(filled(expr, vars)); err != nil {
						t.Errorf("%s, %s: %v\n%s", name, profile, err, expr)
					}
				}
			}
		}
	}
	if n < 1000 {
		t.Errorf("only %d queries were read", n)
	}
}

// TestDashboardsShowTheTabs holds against what the tabs are known to show.
func TestDashboardsShowTheTabs(t *testing.T) {
	for name, want := range map[string][]string{
		"infrastructure": {"cpu by mode", "filesystems", "cores", "pressure", "fullest disk", "network throughput", "GPUs", "containers", "Kubernetes"},
		"application":    {"latency", "durations", "traffic by status", "errors", "busiest routes", "slowest routes (p95)", "open files", "last errors", "runtime go"},
		"models":         {"throughput by outcome", "quality", "features", "bins of $feature", "scores", "canary p95", "shadow agrees"},
		"slo":            {"budget left", "burn over each window", "transactions", "SLA 30d", "error ratio over 5m", "burn rate"},
	} {
		_, d := dashboard(t, name, views.Export{})
		var titles []string
		for _, p := range d.Panels {
			for _, p := range append(slices.Clone(p.Panels), p) {
				titles = append(titles, p.Title)
			}
		}
		for _, w := range want {
			if !slices.Contains(titles, w) {
				t.Errorf("%s has no panel %q", name, w)
			}
		}
	}
	text, _ := dashboard(t, "application", views.Export{Profile: "otel-http-old"})
	if !bytes.Contains(text, []byte(`)) * 0.001"`)) || !bytes.Contains(text, []byte(`"unit": "ms"`)) {
		t.Error("milliseconds are not brought to seconds")
	}
	text, _ = dashboard(t, "application", views.Export{Native: true})
	if bytes.Contains(text, []byte("_bucket{")) {
		t.Error("a dashboard for native histograms asks for classic buckets")
	}
	for _, c := range []struct {
		name string
		x    views.Export
		want string
	}{
		{"alerts", views.Export{}, `no dashboard "alerts": known are infrastructure, application, models, slo`},
		{"application", views.Export{Profile: "cobol"}, `no metric profile "cobol": known are otel-http`},
	} {
		if _, _, err := views.Dashboard(c.name, c.x); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// TestDashboardUnits has every unit of the catalogue mean something to Grafana.
func TestDashboardUnits(t *testing.T) {
	for _, u := range views.Units {
		c := grafana.Chart{ID: "a", Kind: grafana.Stat, Unit: string(u), Queries: []grafana.Query{{Expr: "up"}}}
		if _, err := (grafana.Board{Rows: []grafana.Row{{Charts: []grafana.Chart{c}}}}).Dashboard(); err != nil {
			t.Error(err)
		}
	}
}

// TestDashboardIsJSON has nothing escaped that a person wants to read.
func TestDashboardIsJSON(t *testing.T) {
	text, _ := dashboard(t, "infrastructure", views.Export{})
	if !json.Valid(text) || bytes.Contains(text, []byte(`\u003e`)) {
		t.Error("the text is no JSON, or has escapes for signs that need none")
	}
}
