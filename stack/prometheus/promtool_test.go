//go:build !race

package prometheus_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// promtool is Prometheus's own checker, built from the module that is pinned.
var promtool = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "promtool")
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "promtool")
	build := exec.Command("go", "build", "-tags", "remove_all_sd", "-o", name, "github.com/prometheus/prometheus/cmd/promtool")
	if out, err := build.CombinedOutput(); err != nil {
		return string(out), err
	}
	return name, nil
})

// check runs promtool and fails the test when it finds something.
func check(t *testing.T, args ...string) string {
	t.Helper()
	name, err := promtool()
	if err != nil {
		t.Fatalf("build promtool: %v: %s", err, name)
	}
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// glob returns the files that a pattern matches; none is an error.
func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s matches nothing (%v)", pattern, err)
	}
	return files
}

// TestPromtool has Prometheus's own code check the configurations and the rules,
// and run the unit tests of the alerts.
func TestPromtool(t *testing.T) {
	if testing.Short() {
		t.Skip("building promtool and running its tests takes a minute")
	}
	t.Cleanup(func() {
		if name, err := promtool(); err == nil {
			os.RemoveAll(filepath.Dir(name))
		}
	})
	t.Run("config", func(t *testing.T) {
		t.Parallel()
		out := check(t, append([]string{"check", "config", "--lint=all"}, glob(t, "prometheus*.yml")...)...)
		// Those are written by a deployment.
		for line := range strings.Lines(strings.ReplaceAll(out, `"alertmanagers/*.yml"`, "")) {
			if strings.Contains(line, `file "targets`) {
				t.Error(line)
			}
		}
		check(t, append([]string{"check", "config", "--syntax-only"}, glob(t, "examples/*.yml")...)...)
	})
	t.Run("rules", func(t *testing.T) {
		t.Parallel()
		check(t, append([]string{"check", "rules", "--lint=all", "--lint-fatal"}, glob(t, "rules/*/*.yml")...)...)
	})
	for _, file := range glob(t, "tests/*/*_test.yml") {
		t.Run(filepath.ToSlash(file), func(t *testing.T) {
			t.Parallel()
			check(t, "test", "rules", file)
		})
	}
}
