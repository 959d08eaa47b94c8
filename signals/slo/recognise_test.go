package slo_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"firewatch/signals/slo"
	"firewatch/sources"
)

// rulesIn are the rules of a file, as a server lists them.
func rulesIn(t *testing.T, file string) (out []sources.Rule) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var f struct{ Groups []slo.Group }
	if err := yaml.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	for _, g := range f.Groups {
		for _, r := range g.Rules {
			out = append(out, sources.Rule{Group: g.Name, Name: r.Record + r.Alert, Query: r.Expr, Labels: r.Labels, Alerting: r.Alert != ""})
		}
	}
	return out
}

// told are the windows, the conditions and the rest in short.
func told(f slo.Found) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %v %v |", f.Family, f.ID, f.Target, f.Period)
	for _, w := range f.Windows() {
		fmt.Fprintf(&b, " %v", w)
	}
	b.WriteString(" |")
	for _, r := range f.Rows {
		fmt.Fprintf(&b, " %s %v/%v x%.4g", r.Severity, r.Long, r.Short, r.Factor(f.Period))
	}
	return b.String()
}

func TestRecognise(t *testing.T) {
	for file, want := range map[string][4]string{
		"testdata/pyrra-rules.yaml": {
			"pyrra api-errors 0.999 672h0m0s | 5m0s 30m0s 1h0m0s 2h0m0s 6h0m0s 24h0m0s 96h0m0s | page 1h0m0s/5m0s x14 page 6h0m0s/30m0s x7 ticket 24h0m0s/2h0m0s x2 ticket 96h0m0s/6h0m0s x1",
			`sum(rate(http_requests_total{code=~"5..",job="api"}[{{.window}}]))`, `sum(rate(http_requests_total{job="api"}[{{.window}}]))`,
			`(sum(http_requests:increase4w{code=~"5..",job="api",slo="api-errors"}) or vector(0)) / sum(http_requests:increase4w{job="api",slo="api-errors"})`,
		},
		"testdata/sloth-rules.yaml": {
			"sloth api-errors 0.999 720h0m0s | 5m0s 30m0s 1h0m0s 2h0m0s 6h0m0s 24h0m0s 72h0m0s 720h0m0s | page 1h0m0s/5m0s x14.4 page 6h0m0s/30m0s x6 ticket 24h0m0s/2h0m0s x3 ticket 72h0m0s/6h0m0s x1",
			`sum(rate(http_requests_total{code=~"5..",job="api"}[{{.window}}]))`, `sum(rate(http_requests_total{job="api"}[{{.window}}]))`, "",
		},
	} {
		all := slo.Recognise(rulesIn(t, file))
		if len(all) != 1 {
			t.Errorf("%s: %d objectives", file, len(all))
			continue
		}
		f := all[0]
		if told(f) != want[0] || f.Bad != want[1] || f.Total != want[2] || f.OverPeriod != want[3] || len(f.Unknown) > 0 {
			t.Errorf("%s:\n%s\n%s\n%s\n%s\n%q\nwant %q", file, told(f), f.Bad, f.Total, f.OverPeriod, f.Unknown, want)
		}
	}
}

// The console's own rules are recognised as what they were made from.
func TestRecogniseOwn(t *testing.T) {
	for _, profile := range []string{"demo", "production"} {
		all := slo.Recognise(rulesIn(t, "../../stack/prometheus/rules/"+profile+"/slo.yml"))
		if len(all) != 2 || all[0].Target != 0.999 || all[1].Target != 0.99 || all[0].Period != 30*day || len(all[0].Rows) != 4 || all[1].Total == "" {
			t.Errorf("%s: %+v", profile, all)
		}
	}
}

func TestRecogniseOthers(t *testing.T) {
	record := func(name, query string, labels ...string) sources.Rule {
		r := sources.Rule{Name: name, Query: query, Labels: map[string]string{}}
		for i := 0; i+1 < len(labels); i += 2 {
			r.Labels[labels[i]] = labels[i+1]
		}
		return r
	}
	alert := func(name, query string, labels ...string) sources.Rule {
		r := record(name, query, labels...)
		r.Alerting = true
		return r
	}
	for name, tc := range map[string]struct {
		rules []sources.Rule
		want  string
		has   string
	}{
		"windows of 30 days": {[]sources.Rule{
			record("m:burnrate32m", `sum(rate(m_total{code="5"}[32m])) / sum(rate(m_total[32m]))`, "slo", "x"),
			record("m:burnrate6h26m", `sum(rate(m_total{code="5"}[6h26m])) / sum(rate(m_total[6h26m]))`, "slo", "x"),
			record("m:increase30d", "sum(increase(m_total[30d]))", "slo", "x"),
			alert("Burn", `m:burnrate32m{slo="x"} > (7 * (1-0.95)) and m:burnrate6h26m{slo="x"} > (7 * (1-0.95))`, "slo", "x", "severity", "critical"),
		}, "pyrra x 0.95 720h0m0s | 32m0s 6h26m0s | page 6h26m0s/32m0s x7", ""},
		"latency": {[]sources.Rule{
			record("t:burnrate5m", `(sum(rate(t_count[5m])) - sum(rate(t_bucket{le="1"}[5m]))) / sum(rate(t_count[5m]))`, "slo", "x"),
			record("t:increase4w", "sum(increase(t_count[4w]))", "slo", "x"),
		}, "pyrra x 0 672h0m0s | 5m0s |", `1 - sum(t:increase4w{le="1",slo="x"}) / sum(t:increase4w{le="",slo="x"})`},
		"native": {[]sources.Rule{
			record("t:burnrate5m", `1 - histogram_fraction(0, 0.25, sum(rate(t[5m])))`, "slo", "x"),
			record("t:increase4w", "histogram_count(sum(increase(t[4w])))", "slo", "x"),
		}, "pyrra x 0 672h0m0s | 5m0s |", `1 - sum(t:increase4w{le="0.25",slo="x"}) / sum(t:increase4w{le="",slo="x"})`},
		"gauge": {[]sources.Rule{
			record("up:burnrate5m", `(sum(count_over_time(up[5m])) - sum(sum_over_time(up[5m]))) / sum(count_over_time(up[5m]))`, "slo", "x"),
			record("up:count4w", "sum(count_over_time(up[4w]))", "slo", "x"), record("up:sum4w", "sum(sum_over_time(up[4w]))", "slo", "x"),
		}, "pyrra x 0 672h0m0s | 5m0s |", `1 - sum(up:sum4w{slo="x"}) / sum(up:count4w{slo="x"})`},
		"grouped": {[]sources.Rule{record("m:burnrate5m", "sum by (route) (rate(e[5m])) / sum by (route) (rate(a[5m]))", "slo", "x")},
			"pyrra x 0 0s | 5m0s |", "one objective for each value of route"},
		"kubernetes": {[]sources.Rule{
			record("apiserver_request:burnrate5m", "no / quotient / here[5m]"), record("apiserver_request:burnrate1h", "x[1h]"),
			record("apiserver_request:burnrate30m", "x"), record("apiserver_request:burnrate6h", "x"), record("apiserver_request:burnrate2h", "x"), record("apiserver_request:burnrate1d", "x"), record("apiserver_request:burnrate3d", "x"),
			alert("KubeAPIErrorBudgetBurn", "sum by (cluster) (apiserver_request:burnrate1h) > (14.40 * 0.01000) and on (cluster) sum by (cluster) (apiserver_request:burnrate5m) > (14.40 * 0.01000)", "severity", "critical"),
			alert("KubeAPIErrorBudgetBurn", "sum(apiserver_request:burnrate6h) > (6.00 * 0.01000) and sum(apiserver_request:burnrate30m) > (6.00 * 0.01000)", "severity", "critical"),
			alert("KubeAPIErrorBudgetBurn", "sum(apiserver_request:burnrate1d) > (3.00 * 0.01000) and sum(apiserver_request:burnrate2h) > (3.00 * 0.01000)", "severity", "warning"),
			alert("KubeAPIErrorBudgetBurn", "sum(apiserver_request:burnrate3d) > (1.00 * 0.01000) and sum(apiserver_request:burnrate6h) > (1.00 * 0.01000)", "severity", "warning"),
		}, "kubernetes-mixin apiserver_request 0.99 720h0m0s | 5m0s 30m0s 1h0m0s 2h0m0s 6h0m0s 24h0m0s 72h0m0s | page 1h0m0s/5m0s x14.4 page 6h0m0s/30m0s x6 ticket 24h0m0s/2h0m0s x3 ticket 72h0m0s/6h0m0s x1", "the recorded expression is no quotient"},
		"by hand": {[]sources.Rule{alert("Mine", `sum(rate(e[1h])) / sum(rate(a[1h])) > 0.01 and sum(rate(e[5m])) / sum(rate(a[5m])) > 0.01`)},
			"unrecognised burn alert Mine 0 0s | |", "two windows of one metric"},
	} {
		all := slo.Recognise(tc.rules)
		if len(all) != 1 {
			t.Errorf("%s: %+v", name, all)
			continue
		}
		f := all[0]
		if told(f) != tc.want || tc.has != "" && !strings.Contains(f.OverPeriod+strings.Join(f.Unknown, " "), tc.has) {
			t.Errorf("%s:\n%s\n%s %q\nwant\n%s\n%s", name, told(f), f.OverPeriod, f.Unknown, tc.want, tc.has)
		}
	}
	plain := []sources.Rule{alert("Down", "up == 0"), alert("Two", "rate(a[5m]) > 1 and rate(b[5m]) > 1"), record("job:x:rate5m", "rate(x[5m])"), alert("Broken", `a{b="`), record("", "", "slo", "")}
	if all := slo.Recognise(plain); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}
