//go:build !race

package stack_test

import (
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/alert"
	amconfig "github.com/prometheus/alertmanager/config"
	amcommon "github.com/prometheus/alertmanager/config/common"
	"github.com/prometheus/alertmanager/config/receiver"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/provider/mem"
	amtemplate "github.com/prometheus/alertmanager/template"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"

	"firewatch/stack"
)

// The configuration of Alertmanager is read, routed, inhibited, muted and built
// by Alertmanager's own packages.

type inhibitRule = amcommon.InhibitRule

const (
	demoFile       = "alertmanager/alertmanager.yml"
	productionFile = "alertmanager/production/alertmanager.yml"
)

// load reads one of the files as the server would, with its templates and its
// secrets in a directory of the test's.
func load(t *testing.T, file string) *amconfig.Config {
	t.Helper()
	text, err := stack.Files.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	templates, err := stack.WriteTemplates(filepath.Join(dir, "templates"))
	if err != nil {
		t.Fatal(err)
	}
	moved := strings.ReplaceAll(string(text), "/etc/alertmanager/templates/*.tmpl", templates)
	moved = strings.ReplaceAll(moved, "/etc/alertmanager/secrets/", dir+"/")
	for _, secret := range secretFiles(string(text)) {
		if err := os.WriteFile(filepath.Join(dir, secret), []byte("https://example.com/"+secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "alertmanager.yml")
	if err := os.WriteFile(path, []byte(moved), 0o644); err != nil {
		t.Fatal(err)
	}
	conf, err := amconfig.LoadFile(path)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return conf
}

func secretFiles(text string) (names []string) {
	for _, m := range regexp.MustCompile(`_file: /etc/alertmanager/secrets/([\w-]+)`).FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

func parseTemplates(t *testing.T, conf *amconfig.Config) *amtemplate.Template {
	t.Helper()
	tmpl, err := amtemplate.FromGlobs(conf.Templates)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

// Each receiver can be built, each is reached by a route, and all five kinds of
// channel are there.
func TestReceivers(t *testing.T) {
	for _, file := range []string{demoFile, productionFile} {
		t.Run(file, func(t *testing.T) {
			conf := load(t, file)
			tmpl := parseTemplates(t, conf)
			routed := map[string]bool{}
			dispatch.NewRoute(conf.Route, nil).Walk(func(r *dispatch.Route) { routed[r.RouteOpts.Receiver] = true })
			kinds := map[string]bool{}
			for _, r := range conf.Receivers {
				if !routed[r.Name] {
					t.Errorf("no route leads to %s", r.Name)
				}
				built, err := receiver.BuildReceiverIntegrations(r, tmpl, slog.New(slog.DiscardHandler))
				if err != nil || len(built) == 0 {
					t.Errorf("%s has %d integrations: %v", r.Name, len(built), err)
				}
				for _, integration := range built {
					kinds[integration.Name()] = true
				}
			}
			for _, kind := range []string{"email", "slack", "pagerduty", "opsgenie", "webhook"} {
				if !kinds[kind] {
					t.Errorf("no receiver uses %s", kind)
				}
			}
		})
	}
}

// A secret in the file of production would be everybody's.
func TestProductionHasNoSecrets(t *testing.T) {
	text, err := stack.Files.ReadFile(productionFile)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		if regexp.MustCompile(`\b(password|routing_key|service_key|api_key|api_url|auth_secret|url|app_token): *\S`).MatchString(line) &&
			!strings.HasPrefix(strings.TrimSpace(line), "opsgenie_api_url: https://api.atlassian.com/") {
			t.Errorf("line %d has what looks like a secret: %s", i+1, line)
		}
	}
	if n := len(secretFiles(string(text))); n < 8 {
		t.Errorf("%d secrets come from files", n)
	}
}

func TestRoutes(t *testing.T) {
	type labels = model.LabelSet
	tests := []struct {
		name             string
		labels           labels
		demo, production string // receivers, in their order
	}{
		{"watchdog", labels{"alertname": "Watchdog", "severity": "none", "area": "meta", "team": "platform"}, "deadman", "deadman"},
		{"an outage", labels{"alertname": "VeryHighErrorRate", "severity": "critical", "area": "app", "team": "ml-serving", "service": "fraud-scorer"},
			"pager slack-ops console-inbox", "pager-ml-serving slack-ml-serving inbox"},
		{"errors", labels{"alertname": "HighErrorRate", "severity": "warning", "area": "app", "team": "ml-serving", "service": "fraud-scorer"},
			"slack-ops console-inbox", "slack-ml-serving inbox"},
		{"slow", labels{"alertname": "HighLatencyP99", "severity": "critical", "area": "app", "team": "ml-serving", "service": "fraud-scorer", "env": "prod"},
			"pager slack-ops console-inbox", "pager-ml-serving slack-ml-serving inbox"},
		{"slow in staging", labels{"alertname": "HighLatencyP99", "severity": "critical", "area": "app", "team": "ml-serving", "env": "staging"},
			"pager slack-ops console-inbox", "slack-ml-serving inbox"},
		{"less traffic", labels{"alertname": "TrafficDropped", "severity": "warning", "area": "app", "team": "ml-serving", "service": "fraud-scorer"},
			"slack-ops console-inbox", "slack-ml-serving inbox"},
		{"dead target", labels{"alertname": "TargetDown", "severity": "critical", "area": "infra", "team": "platform", "instance": "web-1:9100"},
			"pager slack-ops console-inbox", "pager-platform slack-platform inbox"},
		{"busy host", labels{"alertname": "HostHighCPU", "severity": "warning", "area": "infra", "team": "platform", "instance": "web-1"},
			"slack-ops console-inbox", "slack-platform inbox"},
		{"full disk", labels{"alertname": "HostFilesystemAlmostFull", "severity": "warning", "area": "infra", "team": "platform"},
			"slack-ops console-inbox", "slack-platform inbox"},
		{"broken GPU", labels{"alertname": "GPUXidError", "severity": "critical", "area": "infra", "team": "platform"},
			"pager slack-ops console-inbox", "pager-platform slack-platform inbox"},
		{"dead model", labels{"alertname": "NoPredictions", "severity": "critical", "area": "ml", "team": "data-science", "model": "fraud"},
			"pager slack-ml console-inbox", "pager-data-science slack-data-science inbox"},
		{"bad model", labels{"alertname": "ModelQualityDrop", "severity": "critical", "area": "ml", "team": "data-science", "model": "fraud", "version": "1.3.0"},
			"pager slack-ml console-inbox", "pager-data-science slack-data-science inbox"},
		{"drift", labels{"alertname": "FeatureDriftSevere", "severity": "warning", "area": "ml", "team": "data-science", "model": "fraud"},
			"slack-ml console-inbox", "slack-data-science inbox"},
		{"some drift", labels{"alertname": "FeatureDriftModerate", "severity": "info", "area": "ml", "team": "data-science", "model": "fraud"},
			"console-inbox", "inbox"},
		{"old model", labels{"alertname": "ModelStale", "severity": "info", "area": "ml", "team": "data-science"}, "console-inbox", "inbox"},
		{"no labels of ours", labels{"alertname": "LabelsStalled", "severity": "warning", "area": "ml", "team": "data-science"},
			"slack-ml console-inbox", "slack-data-science inbox"},
		{"fast burn", labels{"alertname": "SLOErrorBudgetBurn", "severity": "critical", "area": "slo", "team": "ml-serving", "sloth_id": "fraud-scorer-availability", "sloth_severity": "page"},
			"pager slack-ops console-inbox", "pager-ml-serving slack-ml-serving inbox"},
		{"slow burn", labels{"alertname": "SLOErrorBudgetBurn", "severity": "warning", "area": "slo", "team": "ml-serving", "sloth_id": "fraud-scorer-availability", "sloth_severity": "ticket"},
			"slack-ops ticket-mail console-inbox", "slack-ml-serving mail-ml-serving inbox"},
		{"spent budget", labels{"alertname": "SLOErrorBudgetExhausted", "severity": "warning", "area": "slo", "team": "ml-serving"},
			"slack-ops ticket-mail console-inbox", "slack-ml-serving mail-ml-serving inbox"},
		{"budget of another team", labels{"alertname": "SLOErrorBudgetExhausted", "severity": "warning", "area": "slo", "team": "data-science"},
			"slack-ops ticket-mail console-inbox", "slack-data-science mail-platform inbox"},
		{"prometheus is deaf", labels{"alertname": "PrometheusNotIngesting", "severity": "critical", "area": "meta", "team": "platform"},
			"pager slack-ops console-inbox", "pager-platform slack-platform inbox"},
		{"a channel is broken", labels{"alertname": "AlertmanagerNotificationsFailing", "severity": "critical", "area": "meta", "team": "platform", "integration": "slack"},
			"pager slack-ops console-inbox", "pager-platform slack-platform inbox"},
		{"late logs", labels{"alertname": "LogPipelineStalled", "severity": "warning", "area": "meta", "team": "platform"},
			"slack-ops ticket-mail console-inbox", "slack-platform mail-platform inbox"},
		{"no probe of the logs", labels{"alertname": "LogPipelineProbeMissing", "severity": "info", "area": "meta", "team": "platform"}, "console-inbox", "inbox"},
		{"critical without owner or area", labels{"alertname": "Imported", "severity": "critical"},
			"pager slack-ops console-inbox", "pager-platform slack-platform inbox"},
		{"warning without owner or area", labels{"alertname": "Imported", "severity": "warning"}, "slack-ops console-inbox", "slack-platform inbox"},
		{"no severity at all", labels{"alertname": "Imported"}, "slack-ops console-inbox", "slack-platform inbox"},
		{"an unknown severity", labels{"alertname": "Imported", "severity": "page", "area": "ml", "team": "unheard-of"},
			"slack-ml console-inbox", "slack-platform inbox"},
		{"severity none", labels{"alertname": "InfoInhibitor", "severity": "none"}, "console-inbox", "inbox"},
		{"info without area", labels{"alertname": "Imported", "severity": "info"}, "console-inbox", "inbox"},
		{"critical of the dev environment", labels{"alertname": "TargetDown", "severity": "critical", "env": "dev", "team": "platform"},
			"pager slack-ops console-inbox", "slack-platform inbox"},
		{"no labels", labels{}, "slack-ops console-inbox", "slack-platform inbox"},
	}
	demo, production := dispatch.NewRoute(load(t, demoFile).Route, nil), dispatch.NewRoute(load(t, productionFile).Route, nil)
	receivers := func(root *dispatch.Route, l labels) string {
		var names []string
		for _, r := range root.Match(l) {
			names = append(names, r.RouteOpts.Receiver)
		}
		return strings.Join(names, " ")
	}
	for _, tt := range tests {
		if got := receivers(demo, tt.labels); got != tt.demo {
			t.Errorf("demo: %s goes to %q, want %q", tt.name, got, tt.demo)
		}
		if got := receivers(production, tt.labels); got != tt.production {
			t.Errorf("production: %s goes to %q, want %q", tt.name, got, tt.production)
		}
	}
	t.Logf("%d label sets routed by both files", len(tests))
}

// A group that is told of again before it was told of once would never be quiet,
// and the switch must hear the Watchdog before it gives up.
func TestRouteTimes(t *testing.T) {
	for file, patience := range map[string]time.Duration{demoFile: 90 * time.Second, productionFile: 15 * time.Minute} {
		dispatch.NewRoute(load(t, file).Route, nil).Walk(func(r *dispatch.Route) {
			o := r.RouteOpts
			if o.RepeatInterval < o.GroupInterval {
				t.Errorf("%s: %s repeats after %s and looks every %s", file, o.Receiver, o.RepeatInterval, o.GroupInterval)
			}
			if o.Receiver == "deadman" && (o.RepeatInterval+o.GroupInterval)*2 > patience*3/2 {
				t.Errorf("%s: the switch waits %s and is told every %s", file, patience, o.RepeatInterval)
			}
			if _, all := o.GroupBy["alertname"]; !all {
				t.Errorf("%s: %s mixes alerts of different names", file, o.Receiver)
			}
		})
	}
}

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

func TestTimeIntervals(t *testing.T) {
	at := func(text string) time.Time {
		moment, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	office := map[string]bool{ // moment -> a ticket is mailed
		"2026-11-23T06:59:00Z": false, // Monday, 07:59 in winter
		"2026-11-23T07:00:00Z": true,
		"2026-11-23T16:59:00Z": true,
		"2026-11-23T17:00:00Z": false, // 18:00: the end does not belong to it
		"2026-07-06T06:00:00Z": true,  // Monday, 08:00 in summer
		"2026-07-06T05:59:00Z": false,
		"2026-07-06T16:30:00Z": false, // 18:30 in summer
		"2026-11-27T12:00:00Z": true,  // Friday
		"2026-11-28T12:00:00Z": false, // Saturday
		"2026-11-29T12:00:00Z": false, // Sunday
	}
	maintenance := map[string]bool{ // moment -> what informs is muted
		"2026-11-29T01:59:59Z":      false,
		"2026-11-29T02:00:00Z":      true,
		"2026-11-29T03:59:59Z":      true,
		"2026-11-29T04:00:00Z":      false,
		"2026-11-30T03:00:00Z":      false,
		"2026-11-29T03:30:00+05:30": false, // still Saturday in UTC
	}
	for _, file := range []string{demoFile, productionFile} {
		conf := load(t, file)
		named := map[string][]timeinterval.TimeInterval{}
		for _, i := range conf.TimeIntervals {
			named[i.Name] = i.TimeIntervals
		}
		intervals := timeinterval.NewIntervener(named)
		for name, moments := range map[string]map[string]bool{"office-hours": office, "maintenance": maintenance} {
			for moment, want := range moments {
				within, _, err := intervals.Mutes([]string{name}, at(moment))
				if err != nil || within != want {
					t.Errorf("%s: %s within %s is %v (%v), want %v", file, moment, name, within, err, want)
				}
			}
		}
		dispatch.NewRoute(conf.Route, nil).Walk(func(r *dispatch.Route) {
			o := r.RouteOpts
			if mail := strings.Contains(o.Receiver, "mail"); mail != slices.Equal(o.ActiveTimeIntervals, []string{"office-hours"}) {
				t.Errorf("%s: %s is active in %v", file, o.Receiver, o.ActiveTimeIntervals)
			}
			if strings.Contains(r.Key(), `severity="critical"`) && len(o.MuteTimeIntervals)+len(o.ActiveTimeIntervals) > 0 {
				t.Errorf("%s: pages wait for %v", file, o)
			}
			if info := strings.HasSuffix(r.Key(), `{severity="info"}`); info != slices.Equal(o.MuteTimeIntervals, []string{"maintenance"}) {
				t.Errorf("%s: %s is muted in %v", file, r.Key(), o.MuteTimeIntervals)
			}
		})
	}
}

// ruleFiles returns the files below stack/prometheus/rules that have alerts.
func ruleFiles(t *testing.T) (paths []string) {
	t.Helper()
	err := fs.WalkDir(stack.Files, "prometheus/rules", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(path, ".yml") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}
