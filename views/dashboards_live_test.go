//go:build !race

package views_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"firewatch/demo/embedded"
	"firewatch/views"
)

// demoVars are what a reader would pick on the demo.
var demoVars = map[string]map[string]string{
	"infrastructure": {"job": "node|hostsim", "instance": ".+"},
	"application":    {"job": "fraud-scorer", "service": ".*", "env": ".*", "route": ".*"},
	"models":         {"model": "fraud", "version": ".*", "variant": ".*", "feature": "amount"},
	"slo":            {"objective": ".*"},
}

// TestDashboardsRun has a real server of the demo run every query of the
// dashboards. It refuses none of them; how many have data so soon is logged.
func TestDashboardsRun(t *testing.T) {
	s, err := embedded.Start(t.Context(), embedded.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	ask := func(expr string) (int, error) {
		resp, err := http.Get(s.URLs.Prometheus + "/api/v1/query?" + url.Values{"query": {expr}}.Encode())
		if err != nil {
			return 0, err
		}
		defer resp.Body.Close()
		var body struct {
			Status, Error string
			Data          struct{ Result []json.RawMessage }
		}
		if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
			return 0, err
		}
		if body.Status != "success" {
			return 0, fmt.Errorf("status %d: %s", resp.StatusCode, body.Error)
		}
		return len(body.Data.Result), nil
	}
	for _, there := range []string{
		`rate(http_server_request_duration_seconds_count{job="fraud-scorer"}[20s])`, `rate(node_cpu_seconds_total[20s])`,
	} {
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			if n, err := ask(there); err == nil && n > 0 {
				break
			}
		}
	}
	for _, name := range views.Dashboards() {
		_, d := dashboard(t, name, views.Export{})
		total, filledIn := 0, 0
		for _, expr := range asks(d) {
			n, err := ask(filled(expr, demoVars[name]))
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, expr)
			}
			total++
			if n > 0 {
				filledIn++
			}
		}
		t.Logf("%s: %d of %d queries have data", name, filledIn, total)
		if filledIn == 0 {
			t.Errorf("%s: none of %d queries has data", name, total)
		}
	}
}
