//go:build !race

package stack_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/alert"
	amcommon "github.com/prometheus/alertmanager/config/common"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
)

type inhibitRule = amcommon.InhibitRule

func TestInhibitRules(t *testing.T) {
	type labels = model.LabelSet
	tests := []struct {
		name   string
		source labels // fires
		target labels
		by     string // the rule that mutes the target, "" none; "demo|production" where they differ
	}{
		{"what a dead target warns of", labels{"alertname": "TargetDown", "severity": "critical", "instance": "web-1"},
			labels{"alertname": "HostHighCPU", "severity": "warning", "instance": "web-1"}, "target-down-mutes-instance"},
		{"what a dead target informs of", labels{"alertname": "TargetDown", "instance": "web-1"},
			labels{"alertname": "ModelStale", "severity": "info", "instance": "web-1"}, "target-down-mutes-instance"},
		{"another instance", labels{"alertname": "TargetDown", "instance": "web-1"}, labels{"alertname": "HostHighCPU", "severity": "warning", "instance": "db-1"}, ""},
		{"a page of a dead target", labels{"alertname": "TargetDown", "instance": "web-1"}, labels{"alertname": "GPUXidError", "severity": "critical", "instance": "web-1"}, ""},
		{"a dead target does not mute itself", labels{"alertname": "TargetDown", "severity": "critical", "instance": "web-1"},
			labels{"alertname": "TargetDown", "severity": "warning", "instance": "web-1", "job": "other"}, ""},
		{"no instance on either side", labels{"alertname": "TargetDown"}, labels{"alertname": "FeatureDriftSevere", "severity": "warning", "model": "fraud"}, ""},
		{"no instance on the target", labels{"alertname": "TargetDown", "instance": "web-1"}, labels{"alertname": "FeatureDriftSevere", "severity": "warning"}, ""},

		{"what runs on a dead host", labels{"alertname": "TargetDown", "job": "node", "host": "h1", "instance": "h1:9100"},
			labels{"alertname": "TargetDown", "job": "fraud-scorer", "severity": "critical", "host": "h1", "instance": "h1:5000"}, "host-down-mutes-host"},
		{"a service of another host", labels{"alertname": "TargetDown", "job": "node", "host": "h1"}, labels{"alertname": "TargetDown", "job": "fraud-scorer", "host": "h2", "instance": "h2:5000"}, ""},
		{"a dead service leaves its host", labels{"alertname": "TargetDown", "job": "fraud-scorer", "host": "h1", "instance": "h1:5000"},
			labels{"alertname": "TargetDown", "job": "node", "host": "h1", "instance": "h1:9100"}, ""},
		{"nobody knows the host", labels{"alertname": "TargetDown", "job": "node", "instance": "h1:9100"},
			labels{"alertname": "VeryHighErrorRate", "severity": "critical", "service": "fraud-scorer"}, ""},

		{"a volume that is as good as full", labels{"alertname": "HostFilesystemAlmostFull", "severity": "critical", "instance": "db-1", "mountpoint": "/data"},
			labels{"alertname": "HostFilesystemAlmostFull", "severity": "warning", "instance": "db-1", "mountpoint": "/data"}, "full-mutes-nearly-full"},
		{"another volume", labels{"alertname": "HostFilesystemAlmostFull", "severity": "critical", "instance": "db-1", "mountpoint": "/data"},
			labels{"alertname": "HostFilesystemFillingUp", "severity": "warning", "instance": "db-1", "mountpoint": "/"}, ""},
		{"a volume that is nearly full", labels{"alertname": "HostFilesystemAlmostFull", "severity": "warning", "instance": "db-1", "mountpoint": "/data"},
			labels{"alertname": "HostFilesystemFillingUp", "severity": "warning", "instance": "db-1", "mountpoint": "/data"}, ""},

		{"errors of an outage", labels{"alertname": "VeryHighErrorRate", "service": "fraud-scorer", "env": "demo"},
			labels{"alertname": "HighErrorRate", "service": "fraud-scorer", "env": "demo"}, "outage-mutes-errors"},
		{"errors of another service", labels{"alertname": "VeryHighErrorRate", "service": "fraud-scorer"}, labels{"alertname": "HighErrorRate", "service": "feature-store"}, ""},
		{"errors of another environment", labels{"alertname": "VeryHighErrorRate", "service": "fraud-scorer", "env": "staging"},
			labels{"alertname": "HighErrorRate", "service": "fraud-scorer", "env": "prod"}, ""},
		{"errors of nobody", labels{"alertname": "VeryHighErrorRate"}, labels{"alertname": "HighErrorRate"}, ""},
		{"an outage is not muted by errors", labels{"alertname": "HighErrorRate", "service": "s"}, labels{"alertname": "VeryHighErrorRate", "service": "s"}, ""},

		{"p95 beside p99", labels{"alertname": "HighLatencyP99", "service": "s"}, labels{"alertname": "HighLatencyP95", "service": "s"}, "p99-mutes-p95"},
		{"p95 of nobody", labels{"alertname": "HighLatencyP99"}, labels{"alertname": "HighLatencyP95"}, ""},

		{"the ticket of a page", labels{"alertname": "SLOErrorBudgetBurn", "sloth_severity": "page", "sloth_id": "a"},
			labels{"alertname": "SLOErrorBudgetBurn", "sloth_severity": "ticket", "sloth_id": "a"}, "page-mutes-ticket"},
		{"the ticket of another objective", labels{"alertname": "SLOErrorBudgetBurn", "sloth_severity": "page", "sloth_id": "a"},
			labels{"alertname": "SLOErrorBudgetBurn", "sloth_severity": "ticket", "sloth_id": "b"}, ""},
		{"objectives without names", labels{"alertname": "SLOErrorBudgetBurn", "sloth_severity": "page"}, labels{"alertname": "SLOErrorBudgetBurn", "sloth_severity": "ticket"}, ""},
		{"the page itself", labels{"alertname": "SLOErrorBudgetBurn", "sloth_severity": "ticket", "sloth_id": "a"},
			labels{"alertname": "SLOErrorBudgetBurn", "sloth_severity": "page", "sloth_id": "a"}, ""},

		{"some drift beside much", labels{"alertname": "FeatureDriftSevere", "model": "fraud", "version": "1.4.0", "feature": "amount"},
			labels{"alertname": "FeatureDriftModerate", "model": "fraud", "version": "1.4.0", "feature": "hour"}, "severe-drift-mutes-moderate"},
		{"some drift of another version", labels{"alertname": "FeatureDriftSevere", "model": "fraud", "version": "1.4.0"},
			labels{"alertname": "FeatureDriftModerate", "model": "fraud", "version": "1.3.0"}, ""},
		{"drift of no model", labels{"alertname": "FeatureDriftSevere"}, labels{"alertname": "FeatureDriftModerate"}, ""},

		{"a model without traffic", labels{"alertname": "TrafficDropped", "service": "fraud-scorer"}, labels{"alertname": "NoPredictions", "severity": "critical", "model": "fraud"}, "no-traffic-mutes-model|"},
		{"its labels", labels{"alertname": "TrafficDropped", "service": "fraud-scorer"}, labels{"alertname": "LabelsStalled", "model": "fraud"}, "no-traffic-mutes-model|no-traffic-mutes-labels"},
		{"the labels of another model", labels{"alertname": "TrafficDropped", "service": "fraud-scorer"}, labels{"alertname": "LabelsStalled", "model": "churn"}, ""},
		{"a model of another service", labels{"alertname": "TrafficDropped", "service": "fraud-scorer"}, labels{"alertname": "NoPredictions", "model": "churn"}, ""},
		{"traffic of another service", labels{"alertname": "TrafficDropped", "service": "feature-store"}, labels{"alertname": "NoPredictions", "model": "fraud"}, ""},
		{"a model that is gone", labels{"alertname": "TrafficDropped", "service": "fraud-scorer"}, labels{"alertname": "NoPredictions"}, ""},
	}
	for _, file := range []string{demoFile, productionFile} {
		rules := load(t, file).InhibitRules
		seen := map[string]bool{}
		for _, tt := range tests {
			by, production, differ := strings.Cut(tt.by, "|")
			if differ && file == productionFile {
				by = production
			}
			muted := map[string]bool{}
			for _, rule := range rules {
				if rule.Name == "" {
					t.Fatalf("%s has a rule without a name", file)
				}
				if mutes(t, []inhibitRule{rule}, tt.source, tt.target) {
					muted[rule.Name], seen[rule.Name] = true, true
				}
			}
			if len(muted) > 1 || (by != "") != (len(muted) == 1) || by != "" && !muted[by] {
				t.Errorf("%s: %s is muted by %v, want %q", file, tt.name, muted, by)
			}
		}
		for _, rule := range rules {
			if !seen[rule.Name] {
				t.Errorf("%s: no case shows what %s mutes", file, rule.Name)
			}
		}
	}
	t.Logf("%d pairs of alerts", len(tests))
}

// mutes asks an inhibitor that has one source alert about a target.
func mutes(t *testing.T, rules []inhibitRule, source, target model.LabelSet) bool {
	t.Helper()
	now := time.Now()
	var events eventrecorder.Recorder
	log := slog.New(slog.DiscardHandler)
	alerts, err := mem.NewAlerts(t.Context(), time.Hour, 0, nil, log, events, prometheus.NewRegistry(), featurecontrol.NoopFlags{})
	if err != nil {
		t.Fatal(err)
	}
	defer alerts.Close()
	fires := &alert.Alert{Alert: model.Alert{Labels: source, StartsAt: now.Add(-time.Minute), EndsAt: now.Add(time.Hour)}, UpdatedAt: now}
	if err := alerts.Put(t.Context(), fires); err != nil {
		t.Fatal(err)
	}
	i := inhibit.NewInhibitor(alerts, rules, log, events)
	done := make(chan struct{})
	go func() { defer close(done); i.Run() }()
	i.WaitForLoading()
	defer func() { i.Stop(); <-done }()
	return i.Mutes(t.Context(), target)
}

// Rules that compare a label must want it on both sides: two alerts that lack it
// would count as equal.
func TestInhibitRulesCompareWhatIsThere(t *testing.T) {
	files := map[string][]inhibitRule{demoFile: load(t, demoFile).InhibitRules, productionFile: load(t, productionFile).InhibitRules}
	for file, rules := range files {
		for _, r := range rules {
			if len(r.Equal) == 0 {
				continue
			}
			for side, matchers := range map[string]amcommon.Matchers{"source": r.SourceMatchers, "target": r.TargetMatchers} {
				wanted := 0
				for _, m := range matchers {
					if slices.Contains(r.Equal, m.Name) && !m.Matches("") {
						wanted++
					}
				}
				if wanted == 0 {
					t.Errorf("%s: the %s of %s may lack all of %v", file, side, r.Name, r.Equal)
				}
			}
		}
	}
	// In production a page stays loud where the demo mutes it with its warning.
	for i, r := range files[demoFile] {
		want := strings.Replace(r.Name, "no-traffic-mutes-model", "no-traffic-mutes-labels", 1)
		if other := files[productionFile]; i >= len(other) || other[i].Name != want {
			t.Errorf("the files differ from %s on", r.Name)
			break
		}
	}
}
