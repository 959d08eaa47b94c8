package main_test

import (
	"os/exec"
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
