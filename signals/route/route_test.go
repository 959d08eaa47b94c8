//go:build !race

// The race detector would have the server's packages compiled once more.

package route_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/matcher/compat"
	"github.com/prometheus/common/model"

	"firewatch/signals/route"
)

const tangled = `
route:
  receiver: root
  group_by: [alertname]
  routes:
    - {receiver: a, matchers: ['severity="critical"'], continue: true, group_wait: 1s, routes: [{matchers: [team=~"x|y"], repeat_interval: 1d, receiver: ax}]}
    - {match: {team: x}, mute_time_intervals: [nights], routes: [{receiver: deep, match_re: {service: "a.*"}, continue: true}, {receiver: deeper, matchers: ['service!=""', 'env!~"p.*"']}]}
    - {matchers: ['"utf8 名"="ü"'], receiver: utf, group_by: ['...']}
    - {matchers: ['{severity="none",team!="x"}'], receiver: two}
receivers: [{name: root}, {name: a, webhook_configs: [{url: "http://x/"}], slack_configs: [{api_url: "http://y/", channel: c}]}, {name: ax}, {name: deep}, {name: deeper}, {name: utf}, {name: two}]
time_intervals: [{name: nights, time_intervals: [{times: [{start_time: "00:00", end_time: "06:00"}]}]}]
`

// TestAgreesWithAlertmanager routes random alerts here and by the server's own code.
func TestAgreesWithAlertmanager(t *testing.T) {
	compat.InitFromFlags(slog.New(slog.DiscardHandler), featurecontrol.NoopFlags{})
	shipped, err := os.ReadFile("../../stack/alertmanager/alertmanager.yml")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"tangled": tangled, "shipped": withoutTemplates(string(shipped))} {
		t.Run(name, func(t *testing.T) {
			conf, err := config.Load(text)
			if err != nil {
				t.Fatal(err)
			}
			theirs := dispatch.NewRoute(conf.Route, nil)
			ours, err := route.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			pick := func(values ...string) string { return values[rng.IntN(len(values))] }
			reached := map[string]bool{}
			for range 5000 {
				labels := map[string]string{}
				for k, v := range map[string]string{
					"severity": pick("critical", "warning", "info", "none", ""), "team": pick("x", "y", "z", ""), "service": pick("api", "b", ""),
					"env": pick("prod", "demo", ""), "utf8 名": pick("ü", ""), "alertname": pick("Watchdog", "TargetDown", "HighErrorRate", "SLOErrorBudgetBurn", "X"),
					"area": pick("ml", "slo", "meta", "infra", "app", ""),
				} {
					if v != "" {
						labels[k] = v
					}
				}
				set := model.LabelSet{}
				for k, v := range labels {
					set[model.LabelName(k)] = model.LabelValue(v)
				}
				var want, got []string
				for _, r := range theirs.Match(set) {
					o := r.RouteOpts
					by := []string{}
					for l := range o.GroupBy {
						by = append(by, string(l))
					}
					slices.Sort(by)
					if o.GroupByAll {
						by = []string{"..."}
					}
					want = append(want, fmt.Sprint(o.Receiver, by, o.GroupWait, o.GroupInterval, o.RepeatInterval, o.MuteTimeIntervals, o.ActiveTimeIntervals))
				}
				for _, r := range ours.Match(labels) {
					reached[r.Receiver] = true
					by := slices.Clone(r.GroupBy)
					slices.Sort(by)
					got = append(got, fmt.Sprint(r.Receiver, by, r.Wait, r.Interval, r.Repeat, r.Mute, r.Active))
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%v:\n%s\nthe server says\n%s", labels, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			}
			if len(reached) < 4 {
				t.Errorf("only %v were reached", reached)
			}
		})
	}
}

// withoutTemplates drops the line that names files of another place.
func withoutTemplates(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "templates:") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

func TestReceivers(t *testing.T) {
	tree, err := route.Parse(tangled)
	if err != nil {
		t.Fatal(err)
	}
	got := tree.Match(map[string]string{"severity": "critical"})
	if len(got) != 1 || got[0].Receiver != "a" || !slices.Equal(got[0].Integrations, []string{"slack", "webhook"}) || got[0].Wait != time.Second || len(got[0].Path) != 1 || got[0].Path[0] != `{severity="critical"}` {
		t.Errorf("%+v", got)
	}
}

func TestInhibits(t *testing.T) {
	tree, err := route.Parse(`
route: {receiver: r}
inhibit_rules:
  - {name: dead host, source_matchers: [alertname="TargetDown"], target_matchers: [severity=~"warning|info"], equal: [instance]}
  - {source_match: {severity: critical}, target_match_re: {severity: "warning|critical"}, equal: [service]}
`)
	if err != nil {
		t.Fatal(err)
	}
	type labels = map[string]string
	for _, tt := range []struct {
		name           string
		source, target labels
		by             string
		ok             bool
	}{
		{"same host", labels{"alertname": "TargetDown", "instance": "a"}, labels{"severity": "info", "instance": "a"}, "dead host", true},
		{"other host", labels{"alertname": "TargetDown", "instance": "a"}, labels{"severity": "info", "instance": "b"}, "", false},
		{"both without an instance", labels{"alertname": "TargetDown"}, labels{"severity": "info"}, "dead host", true},
		{"no rule's source", labels{"alertname": "X"}, labels{"severity": "info"}, "", false},
		{"a rule without a name", labels{"severity": "critical", "service": "s"}, labels{"severity": "warning", "service": "s"}, "", true},
		{"both sides of one rule", labels{"severity": "critical", "service": "s"}, labels{"severity": "critical", "service": "s"}, "", false},
	} {
		by, ok := tree.Inhibits(tt.source, tt.target)
		if by != tt.by || ok != tt.ok {
			t.Errorf("%s: %q, %t", tt.name, by, ok)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "receivers: []", "route: {receiver: r, matchers: ['=x'], routes: []}", "route: {routes: [{matchers: ['a=~\"(\"']}]}", "route: [", "inhibit_rules: [{equal: 3}]"} {
		if _, err := route.Parse(text); err == nil || !strings.Contains(err.Error(), "Alertmanager's configuration") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
