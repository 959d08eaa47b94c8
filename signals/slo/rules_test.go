package slo_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/signals/slo"
)

func parsed(t *testing.T, text string) slo.Spec {
	t.Helper()
	got, err := slo.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// rulesOf returns the rules by name and sloth_id.
func rulesOf(groups []slo.Group) map[string]slo.Rule {
	out := map[string]slo.Rule{}
	for _, g := range groups {
		for _, r := range g.Rules {
			out[r.Record+r.Alert+r.Labels["sloth_severity"]+" "+r.Labels["sloth_slo"]] = r
		}
	}
	return out
}

func TestQueries(t *testing.T) {
	for name, tc := range map[string]struct {
		sli        slo.SLI
		bad, total string
	}{
		"bad": {
			slo.SLI{Events: &slo.Events{Bad: "sum(rate(e[{{.window}}]))", Total: " sum(rate(a[{{ .window }}]))\n"}},
			"sum(rate(e[2m30s]))", "sum(rate(a[2m30s]))",
		},
		"good": {
			slo.SLI{Events: &slo.Events{Good: "a[{{.window}}] or b", Total: "c[{{.window}}]"}},
			"(c[2m30s]) - (a[2m30s] or b)", "c[2m30s]",
		},
		"dollar": {
			slo.SLI{Events: &slo.Events{Bad: `a{x="$1"}[{{.window}}]`, Total: "c[{{.window}}]"}},
			`a{x="$1"}[2m30s]`, "c[2m30s]",
		},
		"latency": {
			slo.SLI{Latency: &slo.Latency{Histogram: "h", Selector: `a="b",`, Under: 1}},
			`sum(rate(h_count{a="b"}[2m30s])) - sum(rate(h_bucket{a="b", le="1.0"}[2m30s]))`, `sum(rate(h_count{a="b"}[2m30s]))`,
		},
		"latency of all": {
			slo.SLI{Latency: &slo.Latency{Histogram: "h", Under: 0.25}},
			`sum(rate(h_count{}[2m30s])) - sum(rate(h_bucket{le="0.25"}[2m30s]))`, `sum(rate(h_count{}[2m30s]))`,
		},
		"native": {
			slo.SLI{Latency: &slo.Latency{Histogram: "h", Selector: `a="b"`, Under: 2, Native: true}},
			`histogram_fraction(2.0, +Inf, sum(rate(h{a="b"}[2m30s]))) * histogram_count(sum(rate(h{a="b"}[2m30s])))`, `histogram_count(sum(rate(h{a="b"}[2m30s])))`,
		},
	} {
		if bad, total := tc.sli.Queries(150 * time.Second); bad != tc.bad || total != tc.total {
			t.Errorf("%s:\n%s\n%s\nwant\n%s\n%s", name, bad, total, tc.bad, tc.total)
		}
	}
}

// The names and the labels are those that Sloth's dashboards ask for.
func TestRulesHaveSlothsNames(t *testing.T) {
	groups := parsed(t, spec).Rules(slo.Profile{})
	var names []string
	for _, g := range groups {
		names = append(names, g.Name)
	}
	if want := []string{"sloth-slo-sli-recordings-checkout-availability", "sloth-slo-sli-recordings-checkout-speed", "sloth-slo-meta-recordings-checkout", "sloth-slo-alerts"}; !slices.Equal(names, want) {
		t.Errorf("groups are %v", names)
	}
	rules := rulesOf(groups)
	for _, window := range []string{"5m", "30m", "1h", "2h", "6h", "1d", "3d", "4w"} {
		r := rules["slo:sli_error:ratio_rate"+window+" speed"]
		if r.Labels["sloth_window"] != window || r.Labels["sloth_id"] != "checkout-speed" || r.Labels["sloth_service"] != "checkout" || r.Labels["team"] != "shop" {
			t.Errorf("the ratio over %s has the labels %v", window, r.Labels)
		}
	}
	for _, name := range []string{
		"slo:objective:ratio", "slo:error_budget:ratio", "slo:time_period:days", "slo:current_burn_rate:ratio", "slo:period_burn_rate:ratio",
		"slo:period_error_budget_remaining:ratio", "slo:sli_bad:rate5m", "slo:sli_total:rate5m", "slo:period_coverage:ratio",
	} {
		if rules[name+" availability"].Expr == "" || rules[name+" speed"].Expr == "" {
			t.Errorf("%s is missing", name)
		}
	}
	if got := rules["sloth_slo_info availability"].Labels["sloth_objective"]; got != "99.5" {
		t.Errorf("sloth_objective is %q", got)
	}
	for name, want := range map[string]string{
		"slo:objective:ratio speed": "vector(0.95)", "slo:error_budget:ratio availability": "vector(1 - 0.995)", "slo:time_period:days speed": "vector(28)",
		"slo:period_coverage:ratio speed": `count_over_time(slo:sli_total:rate5m{sloth_id="checkout-speed"}[4w:1m]) / 40320`,
	} {
		if got := rules[name].Expr; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

// The factors follow from the share and the period, the windows from the scale.
func TestAlertsOfAProfile(t *testing.T) {
	for name, tc := range map[string]struct {
		scale int
		rule  string
		has   []string
	}{
		"page of 30 days":   {1, "SLOErrorBudgetBurnpage availability", []string{"rate1h{", "rate5m{", "(14.4 * 0.005)", "rate6h{", "rate30m{", "(6 * 0.005)", "[1h:1m]) * 60 > 139", "[6h:1m]) * 60 > 334"}},
		"ticket of 30 days": {1, "SLOErrorBudgetBurnticket availability", []string{"rate1d{", "rate2h{", "(3 * 0.005)", "rate3d{", "rate6h{", "(1 * 0.005)", "[1d:1m]) * 60 > 667", "[3d:1m]) * 60 > 2000"}},
		"page of 28 days":   {1, "SLOErrorBudgetBurnpage speed", []string{"(13.44 * 0.05)", "(5.6 * 0.05)"}},
		"page of the demo":  {12, "SLOErrorBudgetBurnpage availability", []string{"rate5m{", "rate30s{", "(14.4 * 0.005)", "rate30m{", "rate2m30s{", "[5m:1m]) * 60 > 139", "[30m:1m]) * 60 > 334"}},
	} {
		r := rulesOf(parsed(t, spec).Rules(slo.Profile{Scale: tc.scale}))[tc.rule]
		for _, part := range tc.has {
			if !strings.Contains(r.Expr, part) {
				t.Errorf("%s: no %q in\n%s", name, part, r.Expr)
			}
		}
		if strings.Contains(r.Expr, "checkout-speed") && strings.Contains(tc.rule, "availability") {
			t.Errorf("%s looks at another objective:\n%s", name, r.Expr)
		}
	}
	rules := rulesOf(parsed(t, spec).Rules(slo.Profile{Scale: 12, MinEvents: 100}))
	page, ticket, gone := rules["SLOErrorBudgetBurnpage speed"], rules["SLOErrorBudgetBurnticket speed"], rules["SLOErrorBudgetExhausted speed"]
	if page.For != "" || page.KeepFiringFor != "1m" || ticket.For != "30s" || gone.For != "1m" || !strings.Contains(page.Expr, "[5m:1m]) * 60 > 100") ||
		!strings.Contains(page.Expr, "[30m:1m]) * 60 > 100") || !strings.Contains(ticket.Expr, "[2h:1m]) * 60 > 100") || !strings.Contains(ticket.Expr, "[6h:1m]) * 60 > 100") {
		t.Errorf("%+v\n%+v\n%+v", page, ticket, gone)
	}
	if !strings.Contains(page.Annotations["description"], "28 day budget is gone in less than 5 days") {
		t.Error(page.Annotations["description"])
	}
}

// What the file says about alerts comes over what the generator writes.
func TestAlertsOfTheFile(t *testing.T) {
	text := strings.Replace(spec, "slos:", "alerting:\n  labels: {area: slo}\n  annotations: {dashboard: mine}\n  page: {labels: {severity: critical}, annotations: {summary: 'wake up'}}\n  ticket: {labels: {severity: warning}}\nslos:", 1)
	rules := rulesOf(parsed(t, text).Rules(slo.Profile{Runbooks: "https://example.net/"}))
	page, gone := rules["SLOErrorBudgetBurnpage speed"], rules["SLOErrorBudgetExhausted speed"]
	if page.Labels["severity"] != "critical" || page.Labels["area"] != "slo" || page.Labels["service"] != "checkout" || page.Labels["team"] != "shop" {
		t.Errorf("labels are %v", page.Labels)
	}
	if page.Annotations["summary"] != "wake up" || page.Annotations["dashboard"] != "mine" || page.Annotations["runbook_url"] != "https://example.net/SLOErrorBudgetBurn.md" {
		t.Errorf("annotations are %v", page.Annotations)
	}
	if gone.Labels["severity"] != "warning" || gone.Labels["sloth_severity"] != "" || gone.Annotations["runbook_url"] != "https://example.net/SLOErrorBudgetExhausted.md" {
		t.Errorf("%+v", gone)
	}
	if _, ok := rulesOf(parsed(t, spec).Rules(slo.Profile{}))["SLOErrorBudgetBurnpage speed"].Annotations["runbook_url"]; ok {
		t.Error("a runbook is named although there is no place for one")
	}
}
