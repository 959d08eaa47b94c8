//go:build !race

package main_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"firewatch/sources"
)

// serverMetrics are those that neither a rule nor a panel reads. What the
// servers have is asked of them in TestDocumentQueriesRun.
var serverMetrics = []string{
	"alertmanager_alerts_received_total", "alertmanager_config_hash",
	"alertmanager_config_last_reload_success_timestamp_seconds", "alertmanager_http_request_duration_seconds_bucket",
	"http_request_duration_seconds_bucket", "ml_inference_stage_duration_seconds_bucket", "node_procs_blocked",
	"node_procs_running", "prometheus_config_last_reload_success_timestamp_seconds", "prometheus_engine_queries",
	"prometheus_engine_queries_concurrent_max", "prometheus_notifications_dropped_total",
	"prometheus_notifications_queue_capacity", "prometheus_notifications_queue_length",
	"prometheus_rule_group_interval_seconds", "prometheus_rule_group_last_duration_seconds",
	"prometheus_rule_group_last_evaluation_timestamp_seconds", "prometheus_target_scrape_pool_targets",
	"prometheus_target_scrapes_sample_duplicate_timestamp_total", "prometheus_target_scrapes_sample_out_of_bounds_total",
	"prometheus_tsdb_compactions_total", "prometheus_tsdb_exemplar_exemplars_in_storage",
	"prometheus_tsdb_exemplar_series_with_exemplars_in_storage", "prometheus_tsdb_head_chunks_storage_size_bytes",
	"prometheus_tsdb_head_series", "prometheus_tsdb_head_series_created_total", "prometheus_tsdb_lowest_timestamp",
	"prometheus_tsdb_retention_limit_seconds", "prometheus_tsdb_size_retentions_total",
	"prometheus_tsdb_storage_blocks_bytes", "prometheus_tsdb_wal_fsync_duration_seconds_count",
	"prometheus_tsdb_wal_fsync_duration_seconds_sum", "prometheus_tsdb_wal_storage_size_bytes",
	"prometheus_tsdb_wal_writes_failed_total", "scrape_duration_seconds", "scrape_samples_scraped", "sink_deadman_silent",
}

// TestDocumentQueries: every query in a document parses, and asks for metrics
// that somebody writes.
func TestDocumentQueries(t *testing.T) {
	known := knownMetrics(t)
	for file, text := range documents(t) {
		for _, q := range blocks(text, "promql") {
			names, err := metricsOf(q)
			if err != nil {
				t.Errorf("%s: %s: %v", file, q, err)
			}
			for _, n := range names {
				if !known[n] && !slices.Contains(serverMetrics, n) {
					t.Errorf("%s asks for %s, which no rule, no panel and no server has", file, n)
				}
			}
		}
		for _, q := range blocks(text, "kql") {
			if _, err := sources.Filter(q); err != nil {
				t.Errorf("%s: %s: %v", file, q, err)
			}
		}
	}
}

// metricsOf parses an expression and returns the metrics that it selects by name.
func metricsOf(expr string) ([]string, error) {
	matchers, err := nameMatchers(expr)
	var names []string
	for _, m := range matchers {
		if m.Type == labels.MatchEqual {
			names = append(names, m.Value)
		}
	}
	return names, err
}

// nameMatchers parses an expression and returns what it asks of names of metrics.
func nameMatchers(expr string) ([]*labels.Matcher, error) {
	e, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		return nil, err
	}
	var out []*labels.Matcher
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if v, ok := n.(*parser.VectorSelector); ok {
			for _, m := range v.LabelMatchers {
				if m.Name == labels.MetricName {
					out = append(out, m)
				}
			}
		}
		return nil
	})
	return out, nil
}

// TestRunbookQueriesInBothProfiles: what a runbook asks of recorded metrics is
// recorded in the demo and in production, whose windows and so names differ.
func TestRunbookQueriesInBothProfiles(t *testing.T) {
	records := map[string][]string{}
	everyRule(t, func(profile, record, _ string) {
		if record != "" {
			records[profile] = append(records[profile], record)
		}
	})
	if len(records) < 2 {
		t.Fatalf("there are rules of %d profiles", len(records))
	}
	asked := 0
	for file, text := range documents(t) {
		if !strings.Contains(file, "runbooks/") && file != "docs/RUNBOOK.md" {
			continue
		}
		for _, q := range blocks(text, "promql") {
			matchers, _ := nameMatchers(q)
			for _, m := range matchers {
				var in []string
				for profile, names := range records {
					if slices.ContainsFunc(names, m.Matches) {
						in = append(in, profile)
					}
				}
				if len(in) > 0 && len(in) < len(records) {
					t.Errorf("%s asks for %s, which only the profile %s records", file, m, in)
				}
				asked += min(len(in), 1)
			}
		}
	}
	if asked == 0 {
		t.Error("no runbook asks for a recorded metric")
	}
}

// knownMetrics are those that rules record and read, and those of the panels.
func knownMetrics(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	everyRule(t, func(_, record, expr string) {
		names, err := metricsOf(expr)
		if err != nil {
			t.Fatalf("%s: %v", expr, err)
		}
		for _, n := range append(names, record) {
			known[n] = true
		}
	})
	panels, _ := filepath.Glob("views/panels/*.yaml")
	for _, file := range panels {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range regexp.MustCompile(`[A-Za-z_][\w:]*`).FindAllString(string(data), -1) {
			known[word] = true
		}
	}
	return known
}

// everyRule calls f for every rule of every profile; record is empty for an alert.
func everyRule(t *testing.T, f func(profile, record, expr string)) {
	t.Helper()
	files, _ := filepath.Glob("stack/prometheus/rules/*/*.yml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Groups []struct {
				Rules []struct{ Record, Expr string }
			}
		}
		if err := yaml.Unmarshal(data, &doc); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, g := range doc.Groups {
			for _, r := range g.Rules {
				f(filepath.Base(filepath.Dir(file)), r.Record, r.Expr)
			}
		}
	}
}

// TestDocumentQueriesRun: the servers of the demo answer every query and every
// filter, and have every metric that is asked for or told to instrument.
func TestDocumentQueriesRun(t *testing.T) {
	s := servers(t)
	asked, filtered, wanted := map[string]string{}, map[string]string{}, map[string]string{}
	for file, text := range documents(t) {
		for _, q := range blocks(text, "promql") {
			asked[q] = file
			names, _ := metricsOf(q)
			for _, n := range names {
				wanted[n] = file
			}
		}
		for _, q := range blocks(text, "kql") {
			filtered[q] = file
		}
	}
	for _, n := range contractMetrics(t) {
		wanted[n] = contractFile
	}
	if s.URLs.Node == "" { // a system whose collectors are not there
		maps.DeleteFunc(wanted, func(n, _ string) bool { return regexp.MustCompile(`^(node|process)_`).MatchString(n) })
	}
	// The servers are asked about themselves a while after their start.
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(500 * time.Millisecond) {
		var listed struct{ Data []string }
		get(t, s.URLs.Prometheus+"/api/v1/label/__name__/values", &listed)
		maps.DeleteFunc(wanted, func(n, _ string) bool { return slices.Contains(listed.Data, n) })
		if len(wanted) == 0 || time.Now().After(deadline) {
			break
		}
	}
	for n, file := range wanted {
		t.Errorf("%s asks for %s, which the demo does not have", file, n)
	}
	post := func(file, q, to, kind string, body []byte) {
		resp, err := http.Post(to, kind, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s: %s", file, q, answer)
		}
	}
	for q, file := range asked {
		post(file, q, s.URLs.Prometheus+"/api/v1/query", "application/x-www-form-urlencoded", []byte(url.Values{"query": {q}}.Encode()))
	}
	for q, file := range filtered {
		dsl, err := sources.Filter(q)
		if err != nil {
			continue // the other test says so
		}
		body, _ := json.Marshal(map[string]any{"query": dsl, "size": 1})
		post(file, q, s.URLs.Elasticsearch+"/logs-*/_search", "application/json", body)
	}
	t.Logf("%d queries and %d filters answered", len(asked), len(filtered))
}

const contractFile = "docs/SETUP.md"

// contractMetrics are the names that users are told to instrument, as Prometheus
// stores them.
func contractMetrics(t *testing.T) []string {
	t.Helper()
	_, table, _ := strings.Cut(documents(t)[contractFile], "<!-- contract:begin -->")
	table, _, _ = strings.Cut(table, "<!-- contract:end -->")
	var names []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (\\w+)").FindAllStringSubmatch(table, -1) {
		if m[2] == "histogram" {
			m[1] += "_bucket"
		}
		names = append(names, m[1])
	}
	if len(names) < 20 {
		t.Fatalf("%s has lost the metric contract: %q", contractFile, names)
	}
	return names
}
