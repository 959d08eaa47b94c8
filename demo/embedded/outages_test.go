package embedded_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"firewatch/demo/embedded"
)

// TestOutages starts and ends the faults that break servers, and stops the demo
// while one is under way.
func TestOutages(t *testing.T) {
	before := runtime.NumGoroutine()
	s, err := embedded.Start(t.Context(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	ask := func(method, fault string) {
		t.Helper()
		req, _ := http.NewRequest(method, s.URLs.Service+"/-/chaos/"+fault, nil)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %s", method, fault, resp.Status)
		}
	}
	says := func(url, metric string) func() bool {
		return func() bool {
			resp, err := http.Get(url + "/metrics")
			if err != nil {
				return false
			}
			defer resp.Body.Close()
			text, _ := io.ReadAll(resp.Body)
			return strings.Contains(string(text), "\n"+metric+"\n")
		}
	}
	ready := func() bool {
		resp, err := http.Get(s.URLs.Alertmanager + "/-/ready")
		if err == nil {
			_ = resp.Body.Close()
		}
		return err == nil
	}
	targets := func() int {
		var answer struct {
			Data struct {
				ActiveTargets []struct{ Labels map[string]string }
			}
		}
		get(t, s.URLs.Prometheus+"/api/v1/targets?scrapePool=fraud-scorer", &answer)
		return len(answer.Data.ActiveTargets)
	}
	const rules, route = "prometheus_config_last_reload_successful", "alertmanager_config_last_reload_successful"
	for _, c := range []struct {
		fault        string
		broken, well func() bool
	}{
		{"rule-broken", says(s.URLs.Prometheus, rules+" 0"), says(s.URLs.Prometheus, rules+" 1")},
		{"alertmanager-config-broken", says(s.URLs.Alertmanager, route+" 0"), says(s.URLs.Alertmanager, route+" 1")},
		{"alertmanager-stop", func() bool { return !ready() }, ready},
		{"version-skew", func() bool { return targets() == 2 }, func() bool { return targets() == 1 }},
	} {
		ask(http.MethodPost, c.fault)
		eventually(t, c.fault, c.broken)
		ask(http.MethodDelete, c.fault)
		eventually(t, "the end of "+c.fault, c.well)
	}
	if left, _ := filepath.Glob(filepath.Join(s.Dir, "rules", "broken.yml")); len(left) > 0 {
		t.Error("the broken rules are still there")
	}
	if text, err := os.ReadFile(filepath.Join(s.Dir, "alertmanager.yml")); err != nil || strings.Contains(string(text), "nowhere") {
		t.Errorf("the route to nowhere is still there: %v", err)
	}
	ask(http.MethodPost, "version-skew")
	eventually(t, "version-skew", func() bool { return targets() == 2 })
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	http.DefaultClient.CloseIdleConnections()
	leaked(t, before)
}
