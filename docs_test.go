package main_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// alertRule is what the documents have to agree with, of one alert name.
type alertRule struct {
	name, area string
	severities []string
	teams      []string            // that the rules name; none when the series bring it
	runbooks   []string            // each runbook_url
	waits      map[string][]string // by profile
}

// alertRules reads every rule file of every profile, by alert name.
func alertRules(t *testing.T) map[string]*alertRule {
	t.Helper()
	files, err := filepath.Glob("stack/prometheus/rules/*/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no rule files: %v", err)
	}
	rules := map[string]*alertRule{}
	for _, file := range files {
		profile := filepath.Base(filepath.Dir(file))
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Groups []struct {
				Labels map[string]string
				Rules  []struct {
					Alert, For          string
					Labels, Annotations map[string]string
				}
			}
		}
		if err := yaml.Unmarshal(data, &doc); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, g := range doc.Groups {
			for _, r := range g.Rules {
				if r.Alert == "" {
					continue
				}
				a := rules[r.Alert]
				if a == nil {
					a = &alertRule{name: r.Alert, waits: map[string][]string{}}
					rules[r.Alert] = a
				}
				a.area = cmp.Or(r.Labels["area"], g.Labels["area"])
				a.severities = with(a.severities, cmp.Or(r.Labels["severity"], g.Labels["severity"]))
				if team := cmp.Or(r.Labels["team"], g.Labels["team"]); team != "" {
					a.teams = with(a.teams, team)
				}
				a.runbooks = with(a.runbooks, r.Annotations["runbook_url"])
				a.waits[profile] = with(a.waits[profile], cmp.Or(r.For, "0s"))
			}
		}
	}
	for _, a := range rules {
		slices.SortFunc(a.severities, func(x, y string) int { return severityRank(x) - severityRank(y) })
	}
	return rules
}

func severityRank(s string) int {
	return slices.Index([]string{"critical", "warning", "info", "none"}, s)
}

// with appends what is not there yet.
func with(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func sortedNames(rules map[string]*alertRule) []string {
	names := make([]string, 0, len(rules))
	for n := range rules {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// runbookSections is what every runbook has, in this order.
var runbookSections = []string{
	"Means", "Impact", "First five minutes", "Decide", "Mitigate", "Verify", "Escalate", "False alarms", "After",
}

// runbook is a file of docs/runbooks, taken apart.
type runbook struct {
	Alert    string
	Severity words
	Area     string
	Team     string
	Updated  string
	Related  []string

	text     string
	order    []string
	sections map[string]string
}

// words is one word or a list of them.
type words []string

func (w *words) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = words{n.Value}
		return nil
	}
	return n.Decode((*[]string)(w))
}

func runbookPath(alert string) string { return "docs/runbooks/" + alert + ".md" }

func readRunbook(path string) (*runbook, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	front, body, found := strings.Cut(strings.TrimPrefix(string(data), "---\n"), "\n---\n")
	if !found {
		return nil, fmt.Errorf("%s has no front matter", path)
	}
	rb := &runbook{text: string(data), sections: map[string]string{}}
	if err := yaml.Unmarshal([]byte(front), rb); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if !strings.HasPrefix(body, "# "+rb.Alert+"\n") {
		return nil, fmt.Errorf("%s does not begin with its name", path)
	}
	for _, part := range strings.Split(body, "\n## ")[1:] {
		title, text, _ := strings.Cut(part, "\n")
		rb.order = append(rb.order, title)
		rb.sections[title] = strings.TrimSpace(text)
	}
	return rb, nil
}

// waitsLine says how long a rule waits in each profile, as its runbook prints it.
func waitsLine(a *alertRule) string {
	text := "Waits"
	for i, p := range []string{"demo", "production"} {
		if len(a.waits[p]) > 0 {
			text += []string{" ", "; "}[i] + strings.Join(a.waits[p], " or ") + " in " + []string{"the demo", "production"}[i]
		}
	}
	return text + "."
}

var waits = regexp.MustCompile(`(?m)^Waits .*\.$`)

// TestRunbooks: every alert has its runbook and every runbook an alert, they
// agree, and a tired reader finds the same sections in each.
func TestRunbooks(t *testing.T) {
	rules := alertRules(t)
	files, _ := filepath.Glob("docs/runbooks/*.md")
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".md"); rules[name] == nil {
			t.Errorf("%s is for an alert that no rule raises", file)
		}
	}
	keys := consoleKeys(t)
	for _, name := range sortedNames(rules) {
		a, path := rules[name], runbookPath(name)
		for _, u := range a.runbooks {
			if !strings.HasSuffix(u, "/"+name+".md") {
				t.Errorf("%s: runbook_url is %q, want one that ends in /%s.md", name, u, name)
			}
		}
		if demo := "runbooks/" + name + ".md"; !slices.Contains(a.runbooks, demo) {
			t.Errorf("%s: runbook_url is %q, want %s in the demo", name, a.runbooks, demo)
		}
		rb, err := readRunbook(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if rb.Alert != name || rb.Area != a.area || !slices.Equal([]string(rb.Severity), a.severities) {
			t.Errorf("%s says %s %s %s, the rule %s %s %s", path, rb.Alert, rb.Area, rb.Severity, name, a.area, a.severities)
		}
		if len(a.teams) > 0 && !slices.Contains(a.teams, rb.Team) || rb.Team == "" {
			t.Errorf("%s: team is %q, the rule says %q", path, rb.Team, a.teams)
		}
		if !regexp.MustCompile(`^20\d\d-\d\d-\d\d$`).MatchString(rb.Updated) {
			t.Errorf("%s: updated is %q", path, rb.Updated)
		}
		if len(rb.Related) == 0 {
			t.Errorf("%s is related to nothing", path)
		}
		for _, other := range rb.Related {
			if rules[other] == nil || other == name {
				t.Errorf("%s is related to %s, which is no other alert", path, other)
			}
		}
		if !slices.Equal(rb.order, runbookSections) {
			t.Errorf("%s has the sections %q, want %q", path, rb.order, runbookSections)
			continue
		}
		checkSections(t, path, rb)
		checkPresses(t, path, rb.sections["First five minutes"], keys)
		if want := waitsLine(a); !strings.Contains(rb.sections["Means"], want) {
			if !*update {
				t.Errorf("%s does not say %q: run make readme", path, want)
				continue
			}
			means := strings.TrimSpace(waits.ReplaceAllString(rb.sections["Means"], "")) + "\n\n" + want
			text := strings.Replace(rb.text, rb.sections["Means"], means, 1)
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// checkSections asks of each section what its reader needs from it.
func checkSections(t *testing.T, path string, rb *runbook) {
	t.Helper()
	for _, title := range runbookSections {
		if len(rb.sections[title]) < 5 {
			t.Errorf("%s: %s is empty", path, title)
		}
	}
	first := rb.sections["First five minutes"]
	if n := len(regexp.MustCompile(`(?m)^\d\. `).FindAllString(first, -1)); n < 3 || n > 6 {
		t.Errorf("%s: %d steps in the first five minutes, want 3 to 6", path, n)
	}
	if len(blocks(first, "promql")) == 0 {
		t.Errorf("%s: no query in the first five minutes", path)
	}
	if n := len(regexp.MustCompile(`(?m)^\| .* \| .* \|$`).FindAllString(rb.sections["Decide"], -1)); n < 3 {
		t.Errorf("%s: %d ways to decide, want two and more below the heading", path, n-1)
	}
	if len(blocks(rb.sections["Mitigate"], "sh")) == 0 {
		t.Errorf("%s: no command to mitigate with", path)
	}
	if len(blocks(rb.sections["Verify"], "promql")) == 0 {
		t.Errorf("%s: no query to verify with", path)
	}
	if n := strings.Count(rb.text, "\n"); n > 130 {
		t.Errorf("%s has %d lines: nobody reads that at night", path, n)
	}
}

var fence = regexp.MustCompile("(?ms)^[ ]*```(\\w+)\n(.*?)^[ ]*```$")

// blocks are the fenced blocks of a language.
func blocks(text, language string) []string {
	var out []string
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		if m[1] == language {
			out = append(out, strings.TrimSpace(m[2]))
		}
	}
	return out
}

// TestRunbookIndex: RUNBOOK.md lists each alert once, by area, worst first.
func TestRunbookIndex(t *testing.T) {
	const file, begin, end = "docs/RUNBOOK.md", "<!-- alerts:begin -->\n", "<!-- alerts:end -->"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has lost the marks around its index", file)
	}
	want := before + begin + runbookIndex(t) + end + after
	if string(data) == want {
		return
	}
	if !*update {
		t.Fatalf("the index of %s is stale: run make readme", file)
	}
	if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func runbookIndex(t *testing.T) string {
	t.Helper()
	rules := alertRules(t)
	var out strings.Builder
	for _, area := range []struct{ name, title string }{
		{"infra", "Infrastructure"}, {"app", "Application"}, {"ml", "Models"}, {"slo", "Objectives"}, {"meta", "The monitoring itself"},
	} {
		names := slices.DeleteFunc(sortedNames(rules), func(n string) bool { return rules[n].area != area.name })
		slices.SortStableFunc(names, func(a, b string) int {
			return severityRank(rules[a].severities[0]) - severityRank(rules[b].severities[0])
		})
		fmt.Fprintf(&out, "\n### %s\n\n| alert | severity | means |\n|---|---|---|\n", area.title)
		for _, n := range names {
			rb, err := readRunbook(runbookPath(n))
			if err != nil {
				t.Fatal(err)
			}
			means, _, _ := strings.Cut(rb.sections["Means"], "\n\n")
			first, _, more := strings.Cut(strings.Join(strings.Fields(means), " "), ". ")
			if more {
				first += "."
			}
			fmt.Fprintf(&out, "| [%s](runbooks/%s.md) | %s | %s |\n", n, n, strings.Join(rules[n].severities, ", "), first)
		}
	}
	return out.String() + "\n"
}
