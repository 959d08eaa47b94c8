package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestComposeCommands holds the commands that compose.yaml gives to the demo's
// image against the flags of the roles, and its health checks against healthcheck.
func TestComposeCommands(t *testing.T) {
	text, err := os.ReadFile("../stack/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var compose struct {
		Services map[string]struct {
			Image       string
			Command     []string
			HealthCheck struct{ Test []string }
			Environment map[string]string
		}
	}
	if err := yaml.Unmarshal(text, &compose); err != nil {
		t.Fatal(err)
	}
	var run, scorers, called []string
	nodes := map[string]string{} // by name in the log lines
	for name, s := range compose.Services {
		if !strings.HasPrefix(s.Image, "firewatch-demo:") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			if len(s.Command) == 0 {
				t.Fatal("no command")
			}
			r := roleNamed(s.Command[0])
			if r == nil {
				t.Fatalf("%q is no role", s.Command[0])
			}
			run = append(run, r.name)
			var v roleFlags
			flags := r.flagSet(&v)
			if err := flags.Parse(s.Command[1:]); err != nil {
				t.Fatal(err)
			}
			if flags.NArg() > 0 {
				t.Errorf("unexpected %q", flags.Args())
			}
			if v.log != "/var/log/mldemo/"+name+".log" {
				t.Errorf("logs to %q", v.log)
			}
			// One scorer has the faults, and all else follows them, other scorers too:
			// their lines name them and callers call them.
			first := name == "fraud-scorer"
			if first != (s.Environment["DEMO_CHAOS"] == "1") {
				t.Errorf("DEMO_CHAOS is %q", s.Environment["DEMO_CHAOS"])
			}
			if want := map[bool]string{false: "http://fraud-scorer:5000"}[first]; v.chaos != want {
				t.Errorf("follows the faults of %q, want %q", v.chaos, want)
			}
			if r.name == "serve" {
				scorers = append(scorers, "http://"+name+v.listen)
				nodes[v.node] = name
			}
			called = append(called, v.targets...)
			check := regexp.MustCompile(`^CMD /demo healthcheck http://127\.0\.0\.1` + v.listen + `/(healthz|readyz)$`)
			if got := strings.Join(s.HealthCheck.Test, " "); !check.MatchString(got) {
				t.Errorf("health check %q, want %s", got, check)
			}
		})
	}
	slices.Sort(scorers)
	slices.Sort(called)
	if len(scorers) < 2 || len(nodes) != len(scorers) || !slices.Equal(called, scorers) {
		t.Errorf("callers call %v of the scorers %v, which go by %v", called, scorers, nodes)
	}
	slices.Sort(run)
	run = slices.Compact(run)
	var want []string
	for _, r := range roles {
		want = append(want, r.name)
	}
	slices.Sort(want)
	if !slices.Equal(run, want) {
		t.Errorf("compose.yaml runs the roles %v, there are %v", run, want)
	}
}
