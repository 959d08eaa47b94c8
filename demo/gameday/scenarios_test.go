package gameday

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"firewatch/demo/service/chaos"
	"firewatch/demo/service/sink"
	configs "firewatch/stack"
)

var update = flag.Bool("update", false, "write the tables of docs/GAMEDAY.md")

// alertNames are the alerts of the demo's rules, by name, with their areas.
func alertNames(t *testing.T) map[string]string {
	t.Helper()
	files, err := fs.Glob(configs.Files, "prometheus/rules/demo/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, file := range files {
		text, err := configs.Files.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Groups []struct {
				Labels map[string]string
				Rules  []struct {
					Alert  string
					Labels map[string]string
				}
			}
		}
		if err := yaml.Unmarshal(text, &doc); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, g := range doc.Groups {
			for _, r := range g.Rules {
				if r.Alert != "" {
					names[r.Alert] = g.Labels["area"]
				}
			}
		}
	}
	if len(names) < 40 {
		t.Fatalf("only %d alerts are in the rules", len(names))
	}
	return names
}

// unprovoked are the alerts that no scenario makes fire.
func unprovoked(t *testing.T) []string {
	t.Helper()
	names := alertNames(t)
	for _, s := range Scenarios() {
		for _, a := range s.Alerts {
			delete(names, a.Name)
		}
	}
	var list []string
	for name := range names {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// The scenarios name faults, alerts and channels that there are, and every fault
// has a scenario.
func TestScenarios(t *testing.T) {
	alerts, used, names := alertNames(t), map[string]bool{}, map[string]bool{}
	for _, s := range Scenarios() {
		if names[s.Name] {
			t.Errorf("there are two scenarios %s", s.Name)
		}
		names[s.Name] = true
		if !slices.Contains(Areas, s.Area) || s.Breaks == "" || len(s.Alerts) == 0 || len(s.Name) > 26 {
			t.Errorf("%s has no area, no description or no alert, or a name that is too long", s.Name)
		}
		if (len(s.Do) == 0) != (s.Place == Compose) || (s.Hand.Break == "") != (s.Hand.Mend == "") {
			t.Errorf("%s cannot be played", s.Name)
		}
		if !slices.Contains(s.Disturbs, "") && len(s.Disturbs) == 0 {
			t.Errorf("%s says that it disturbs nothing", s.Name)
		}
		if got := s.longest(); got+30 > 30*60 {
			t.Errorf("%s lasts %d s, longer than a fault may", s.Name, got)
		}
		for _, step := range s.Do {
			if step.Fault == "" {
				continue
			}
			used[step.Fault] = true
			i := slices.IndexFunc(chaos.Faults, func(f chaos.Fault) bool { return f.Name == step.Fault })
			if i < 0 || step.Intensity < 0 || step.Intensity > chaos.Faults[i].Max {
				t.Errorf("%s asks for %s at %g", s.Name, step.Fault, step.Intensity)
			} else if chaos.Faults[i].Embedded && s.Place != Embedded {
				t.Errorf("%s does not say that %s is only for the demo in one process", s.Name, step.Fault)
			}
		}
		for _, a := range slices.Concat(s.Alerts, s.Never, s.Inhibited) {
			if _, ok := alerts[a.Name]; !ok {
				t.Errorf("%s names the alert %s, which no rule has", s.Name, a.Name)
			}
		}
		for _, a := range s.Alerts {
			if a.After == 0 {
				t.Errorf("%s does not say how soon %s fires", s.Name, a.Name)
			}
		}
		for _, d := range s.Told {
			if !slices.Contains(sink.Channels, d.Channel) || !slices.ContainsFunc(s.Alerts, func(a Alert) bool { return a.Name == d.Alert }) {
				t.Errorf("%s wants %s, which is no channel or no alert of its own", s.Name, d)
			}
		}
	}
	for _, name := range chaos.Names() {
		if !used[name] {
			t.Errorf("no scenario plays the fault %s", name)
		}
	}
	for _, name := range unprovoked(t) {
		if !slices.Contains([]string{"meta", ""}, alerts[name]) { // objectives have no area of the group
			t.Errorf("no scenario makes %s fire", name)
		}
	}
}

func TestFind(t *testing.T) {
	list, err := Find("oom", "drift")
	if err != nil || len(list) != 2 || list[0].Name != "oom" || list[1].Name != "drift" {
		t.Errorf("Find gives %v, %v", list, err)
	}
	if _, err := Find("drift", "meteor"); err == nil || !strings.Contains(err.Error(), `"meteor": there are drift, `) {
		t.Errorf("an unknown name: %v", err)
	}
}

// Which scenarios may be played at the same time.
func TestDisturbs(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"drift", "concept-drift", true}, // each would spoil what the other must not do
		{"drift", "gpu-hot", false},
		{"disk-fill", "disk-full", true},
		{"rule-broken", "version-skew", true}, // which needs a reload
		{"logs-stop", "oom", true},            // whose line would be late
		{"logs-stop", "gpu-hot", false},
		{"notify-fail", "clock-skew", true},
		{"canary", "missing-feature", false},
		{"traffic-stop", "canary", true},
	} {
		list, err := Find(tt.a, tt.b)
		if err != nil {
			t.Fatal(err)
		}
		if got, back := list[0].disturbs(&list[1]), list[1].disturbs(&list[0]); got != tt.want || back != tt.want {
			t.Errorf("%s and %s disturb each other: %v and %v, want %v", tt.a, tt.b, got, back, tt.want)
		}
	}
}

// TestDocument holds the tables of docs/GAMEDAY.md to the scenarios.
func TestDocument(t *testing.T) {
	const file, begin, end = "../../docs/GAMEDAY.md", "<!-- scenarios:begin -->\n", "<!-- scenarios:end -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has lost the marks around its tables", file)
	}
	var others []string
	for _, name := range unprovoked(t) {
		others = append(others, fmt.Sprintf("[%s](runbooks/%s.md)", name, name))
	}
	want := before + begin + Markdown() + "No scenario makes these fire; the unit tests of the rules do: " + strings.Join(others, ", ") + ".\n\n" + end + after
	if string(text) == want {
		return
	}
	if !*update {
		t.Fatalf("%s is stale: run go test ./demo/gameday -run TestDocument -update", file)
	}
	if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Whatever is printed fits 100 columns.
func TestWidth(t *testing.T) {
	var results []*Result
	for _, s := range Scenarios() {
		r := &Result{Scenario: s.Name, State: failed, Reason: s.Hand.Break, Seconds: 123, Checks: s.checks()}
		for i, c := range r.Checks {
			c.State, c.Seconds = []string{fine, missing, unwanted}[i%3], 100+i
			e := Event{s.Name, c.Seconds, c.State, c.Kind + " " + c.What}
			if n := len([]rune(e.String())); n > width {
				t.Errorf("%d columns: %s", n, e)
			}
		}
		results = append(results, r)
	}
	var b strings.Builder
	if err := WriteTable(&b, results); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > width {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if !strings.Contains(b.String(), "MISSING") || !strings.HasSuffix(b.String(), fmt.Sprintf("0 passed, %d failed, 0 skipped\n", len(results))) {
		t.Errorf("the table is\n%s", &b)
	}
}
