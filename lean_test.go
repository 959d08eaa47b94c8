package main_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestConsoleIsLean keeps server code and the typed Elasticsearch API, which
// costs minutes of compile time, out of the console's binary.
func TestConsoleIsLean(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	for _, d := range deps {
		for _, server := range []string{"github.com/prometheus/prometheus", "github.com/prometheus/alertmanager", "github.com/prometheus/node_exporter", "github.com/elastic/go-elasticsearch/v8/typedapi", "firewatch/demo"} {
			if d == server || strings.HasPrefix(d, server+"/") {
				t.Errorf("the console imports %s", d)
			}
		}
	}
	if len(deps) < 100 {
		t.Errorf("go list named only %d packages", len(deps))
	}
}

// TestZonesAreOnBoard wants the time zones in both binaries: $TZ and the time
// intervals of an Alertmanager must mean the same on a system without zone files.
func TestZonesAreOnBoard(t *testing.T) {
	for _, program := range []string{".", "./demo"} {
		out, err := exec.Command("go", "list", "-deps", program).Output()
		if err != nil {
			t.Fatalf("%s: %v", program, err)
		}
		if !slices.Contains(strings.Fields(string(out)), "time/tzdata") {
			t.Errorf("%s has no time zones of its own", program)
		}
	}
}
