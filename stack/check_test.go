//go:build !race

package stack_test

import (
	"context"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"firewatch/demo/embedded"
)

// The script that proves a stack to work is run on one that does, and on one
// that does not.
func TestCheck(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits more than a minute for alerts, notifications and a silence")
	}
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("stack/check needs %s: %v", tool, err)
		}
	}
	s, err := embedded.Start(t.Context(), embedded.Options{Seed: 42})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	check := func(args ...string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		args = append([]string{"check",
			"--prometheus", s.URLs.Prometheus, "--alertmanager", s.URLs.Alertmanager, "--elasticsearch", s.URLs.Elasticsearch,
			"--service", s.URLs.Service, "--sink", s.URLs.Sink}, args...)
		out, err := exec.CommandContext(ctx, "bash", args...).CombinedOutput()
		return string(out), err
	}
	out, err := check()
	t.Logf("\n%s", out)
	if err != nil || !strings.Contains(out, "9 of 9 checks passed") || regexp.MustCompile(`(?m)^(FAIL|.*: line \d+:)`).MatchString(out) {
		t.Fatalf("the stack is not as it should be: %v", err)
	}

	if err := s.StopAlertmanager(); err != nil {
		t.Fatal(err)
	}
	out, err = check("--only", "silence,metrics", "--patience", "3")
	t.Logf("without Alertmanager:\n%s", out)
	if err == nil || !strings.Contains(out, "1 of 2 checks passed") || !regexp.MustCompile(`(?m)^FAIL silence .*`+regexp.QuoteMeta(s.URLs.Alertmanager)).MatchString(out) {
		t.Errorf("a dead Alertmanager is not told of: %v", err)
	}
}

// Mistakes in the flags are told before anything is asked.
func TestCheckFlags(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skipf("stack/check needs bash: %v", err)
	}
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--help"}, 0, "usage: stack/check"},
		{[]string{"--list"}, 0, "targets\nmetrics\n"},
		{[]string{"--only", "targets,coffee"}, 2, "no check coffee"},
		{[]string{"--speed", "9"}, 2, "unknown flag --speed"},
		{[]string{"--patience", "long"}, 2, "not a number of seconds"},
		{[]string{"--sink"}, 2, "--sink is unknown or wants a value"},
		{[]string{"--demo", "nowhere.json"}, 2, "cannot read nowhere.json"},
		{[]string{"--demo", "check_test.go"}, 2, "no address for prometheus"},
	} {
		cmd := exec.Command("bash", append([]string{"check"}, tt.args...)...)
		out, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != tt.code || !strings.Contains(string(out), tt.want) {
			t.Errorf("%q ends with %d and\n%s\nwant %d and %q", tt.args, cmd.ProcessState.ExitCode(), out, tt.code, tt.want)
		}
	}
}
