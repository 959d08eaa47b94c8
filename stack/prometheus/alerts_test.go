// Package prometheus_test checks the files of this folder with the code of
// Prometheus and against what the rest of the stack expects of alerts.
package prometheus_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// alert is a rule that alerts, with the labels of its group.
type alert struct {
	Alert         string
	Expr          string
	For           string
	KeepFiringFor string `yaml:"keep_firing_for"`
	Labels        map[string]string
	Annotations   map[string]string
	file          string
}

// alertsOf reads the alerts of a profile.
func alertsOf(t *testing.T, profile string) (list []alert, records int) {
	t.Helper()
	files, err := filepath.Glob("rules/" + profile + "/*.yml")
	if err != nil || len(files) != 6 {
		t.Fatalf("profile %s has the files %v (%v)", profile, files, err)
	}
	for _, file := range files {
		var doc struct {
			Groups []struct {
				Name     string
				Interval string
				Labels   map[string]string
				Rules    []alert
			}
		}
		unmarshal(t, file, &doc)
		for _, g := range doc.Groups {
			if g.Interval == "" {
				t.Errorf("%s: group %s has no interval", file, g.Name)
			}
			for _, a := range g.Rules {
				if a.Alert == "" {
					records++
					continue
				}
				all := maps.Clone(g.Labels)
				if all == nil {
					all = map[string]string{}
				}
				maps.Copy(all, a.Labels)
				a.Labels, a.file = all, filepath.Base(file)
				list = append(list, a)
			}
		}
	}
	return list, records
}

func unmarshal(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

var profiles = map[string]string{"demo": "runbooks/", "production": "https://runbooks.example.net/"}

// sudden are alerts on something that has happened: waiting would not make it surer.
var sudden = []string{"Watchdog", "HostOOMKill", "GPUXidError", "ModelRolledBack", "PrometheusTSDBTrouble", "SLOErrorBudgetBurn"}

// hostAlerts are about a machine, which may run several services or none.
var hostAlerts = regexp.MustCompile(`^(Host|GPU)`)

// TestConventions holds every alert to what the console, the routes and whoever
// is called in the night rely on.
func TestConventions(t *testing.T) {
	names := map[string][]string{}
	for profile, runbooks := range profiles {
		list, records := alertsOf(t, profile)
		t.Logf("%s: %d alerts, %d recording rules", profile, len(list), records)
		for _, a := range list {
			bad := func(what string) { t.Errorf("%s/%s: %s %s", profile, a.file, a.Alert, what) }
			names[profile] = append(names[profile], a.Alert)
			area := strings.TrimSuffix(a.file, ".yml")
			if a.Labels["area"] != area {
				bad("is of area " + a.Labels["area"])
			}
			if !slices.Contains([]string{"critical", "warning", "info", "none"}, a.Labels["severity"]) {
				bad("has the severity " + a.Labels["severity"])
			}
			if a.Labels["team"] == "" {
				bad("has no team")
			}
			// The series of the application carry their service; whole hosts are of none.
			fromSeries := area == "app" && strings.Contains(a.Expr, "service") || a.Alert == "TargetDown" || hostAlerts.MatchString(a.Alert)
			if a.Labels["service"] == "" && !fromSeries {
				bad("has no service")
			}
			for k, v := range a.Labels {
				if strings.Contains(v, "$value") {
					bad("has a value in the label " + k + ", which makes another alert of each")
				}
			}
			if a.For == "" && !slices.Contains(sudden, a.Alert) {
				bad("has no for")
			}
			if a.For == "" && a.KeepFiringFor == "" && slices.Contains([]string{"HostOOMKill", "GPUXidError"}, a.Alert) {
				bad("comes and goes: it needs keep_firing_for")
			}
			for _, note := range []string{"summary", "description", "dashboard"} {
				if a.Annotations[note] == "" {
					bad("has no " + note)
				}
			}
			if strings.ContainsRune(a.Annotations["summary"], '\n') {
				bad("has a summary of several lines")
			}
			if !strings.HasPrefix(a.Annotations["dashboard"], "view=") {
				bad("has the dashboard " + a.Annotations["dashboard"])
			}
			if got := a.Annotations["runbook_url"]; got != runbooks+a.Alert+".md" {
				bad("has the runbook " + got)
			}
			if area == "app" && a.Annotations["logs_query"] == "" {
				bad("has no logs_query")
			}
		}
		slices.Sort(names[profile])
		names[profile] = slices.Compact(names[profile])
	}
	if !slices.Equal(names["demo"], names["production"]) {
		t.Errorf("the profiles differ:\n%v\n%v", names["demo"], names["production"])
	}
}

// TestEveryAlertIsTested reads the unit tests: each alert has a case where it does
// not fire, then does, then does not any more.
func TestEveryAlertIsTested(t *testing.T) {
	for profile := range profiles {
		files, err := filepath.Glob("tests/" + profile + "/*_test.yml")
		if err != nil || len(files) != 5 {
			t.Fatalf("profile %s has the tests %v (%v)", profile, files, err)
		}
		seen := map[string]string{}
		cases, checks := 0, 0
		for _, file := range files {
			var doc struct {
				Tests []struct {
					Checks []struct {
						Alert string `yaml:"alertname"`
						Exp   []any  `yaml:"exp_alerts"`
					} `yaml:"alert_rule_test"`
				}
			}
			unmarshal(t, file, &doc)
			for _, test := range doc.Tests {
				cases++
				states := map[string]string{}
				for _, c := range test.Checks {
					checks++
					state := "."
					if len(c.Exp) > 0 {
						state = "!"
					}
					states[c.Alert] += state
				}
				for name, got := range states {
					if seen[name] != "fires and ends" && regexp.MustCompile(`\..*!.*\.`).MatchString(got) {
						seen[name] = "fires and ends"
					} else if seen[name] == "" && strings.Contains(got, "!") {
						seen[name] = "fires"
					}
				}
			}
		}
		t.Logf("%s: %d cases with %d checks", profile, cases, checks)
		list, _ := alertsOf(t, profile)
		for _, a := range list {
			want := "fires and ends"
			if a.Alert == "Watchdog" {
				want = "fires" // for ever
			}
			if seen[a.Alert] != want {
				t.Errorf("%s: the tests show that %s %q, want %q", profile, a.Alert, seen[a.Alert], want)
			}
		}
	}
}
