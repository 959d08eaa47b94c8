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

	amconfig "github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/config/receiver"
	"github.com/prometheus/alertmanager/dispatch"
	amtemplate "github.com/prometheus/alertmanager/template"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/common/model"

	"firewatch/stack"
)

// The configuration of Alertmanager is read, routed, inhibited, muted and built
// by Alertmanager's own packages.

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
