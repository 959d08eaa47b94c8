package embedded_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"firewatch/demo/embedded"
)

const patience = 30 * time.Second

// TestStack runs one stack with a history through what everything else relies
// on, in order, because a start costs seconds.
func TestStack(t *testing.T) {
	before := runtime.NumGoroutine()
	began := time.Now()
	var parts []string
	s, err := embedded.Start(t.Context(), embedded.Options{
		Seed: 42, History: 6 * time.Hour,
		Progress: func(part string, _ time.Duration) { parts = append(parts, part) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("ready after %s", time.Since(began).Round(time.Millisecond))
	defer s.Stop()
	if len(parts) < 5 {
		t.Errorf("progress names %q", parts)
	}

	t.Run("history", func(t *testing.T) {
		for _, expr := range []string{
			"service:http_requests:rate1m", "slo:period_error_budget_remaining:ratio", "slo:sli_error:ratio_rate6h",
			"histogram_quantile(0.99, sum(rate(http_server_request_duration_seconds[2m])))", "model_feature:ml_feature_psi:2m", `up{job="fraud-scorer"}`,
		} {
			if n := points(t, s, expr, 5*time.Hour+50*time.Minute, time.Minute); n < 300 {
				t.Errorf("%s has %d of 350 points in the last six hours", expr, n)
			}
		}
		// Six hours are all there is: what they spent of the budget is what the
		// period has spent.
		for _, slo := range []string{"availability", "latency"} {
			ratio := func(window string) string {
				return fmt.Sprintf(`last_over_time(slo:sli_error:ratio_rate%s{sloth_slo=%q}[1m])`, window, slo)
			}
			eventually(t, "the ratios of "+slo, func() bool { return value(t, s, ratio("6h")) > 0 && value(t, s, ratio("30d")) > 0 })
			hours, period := value(t, s, ratio("6h")), value(t, s, ratio("30d"))
			if math.Abs(period-hours) > .2*hours {
				t.Errorf("%s: the error ratio over the period is %v, over all there is %v", slo, period, hours)
			}
		}
	})

	t.Run("targets", func(t *testing.T) {
		var jobs []string
		eventually(t, "all targets up", func() bool {
			var answer struct {
				Data struct {
					ActiveTargets []struct {
						Labels            map[string]string
						Health, LastError string
					}
				}
			}
			get(t, s.URLs.Prometheus+"/api/v1/targets", &answer)
			jobs = jobs[:0]
			for _, target := range answer.Data.ActiveTargets {
				jobs = append(jobs, target.Labels["job"])
				if target.Health == "down" {
					t.Fatalf("%s is down: %s", target.Labels["job"], target.LastError)
				}
				if target.Health != "up" {
					return false
				}
			}
			return len(jobs) >= 8
		})
		for _, job := range []string{"grafana", "jaeger"} {
			if strings.Contains(strings.Join(jobs, " "), job) {
				t.Errorf("there is a job %s and nothing for it to scrape", job)
			}
		}
	})

	t.Run("the live series continue the past", func(t *testing.T) {
		const live = `max_over_time(demo_history_until_timestamp_seconds[10s])`
		eventually(t, "a live sample", func() bool { return value(t, s, live) > 0 })
		eventually(t, "two live samples", func() bool {
			return value(t, s, `count_over_time(ml_predictions_total{variant="primary",outcome="ok"}[12s])`) >= 2
		})
		// A second series beside that of the past, or a reset between them, would
		// show as a count of two or as a rate of thousands.
		if n := value(t, s, `count(last_over_time(ml_predictions_total{variant="primary",outcome="ok"}[6h]))`); n != 1 {
			t.Errorf("%v series of predictions, want 1", n)
		}
		const recorded = `{__name__=~"(service|slo|model.*):.+"}`
		eventually(t, "the rules to go on with the series of the past", func() bool {
			return value(t, s, `count(last_over_time(`+recorded+`[6h]))`) == value(t, s, `count(`+recorded+`)`)
		})
		if n := value(t, s, `sum(resets(http_server_request_duration_seconds_count[6h]))`); n != 0 {
			t.Errorf("%v counter resets", n)
		}
		if n := value(t, s, `max(rate(http_server_request_duration_seconds_count[1m]))`); n <= 0 || n > 100 {
			t.Errorf("requests come at %v a second", n)
		}
		if n := value(t, s, `count(count by (job, instance) (up))`); n != value(t, s, `count(up)`) {
			t.Error("a target has two series of up")
		}
	})

	t.Run("rules", func(t *testing.T) {
		var answer struct {
			Data struct {
				Groups []struct {
					Rules []struct{ Name, Health, LastError string }
				}
			}
		}
		get(t, s.URLs.Prometheus+"/api/v1/rules", &answer)
		count := 0
		for _, g := range answer.Data.Groups {
			for _, r := range g.Rules {
				count++
				if r.Health == "err" {
					t.Errorf("%s: %s", r.Name, r.LastError)
				}
			}
		}
		if count < 90 {
			t.Errorf("%d rules are loaded", count)
		}
	})

	t.Run("an alert arrives", func(t *testing.T) {
		eventually(t, "Watchdog in Alertmanager", func() bool {
			var alerts []struct{ Labels map[string]string }
			get(t, s.URLs.Alertmanager+"/api/v2/alerts?filter=alertname=Watchdog", &alerts)
			return len(alerts) == 1
		})
	})

	t.Run("a posted line is found", func(t *testing.T) {
		resp, err := http.Post(s.URLs.Service+"/", "application/json", strings.NewReader(`{"level":"error","message":"needle in the demo"}`))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusAccepted {
			t.Fatalf("the service answers %s", resp.Status)
		}
		eventually(t, "the line", func() bool {
			var answer struct {
				Hits struct{ Total struct{ Value int } }
			}
			get(t, s.URLs.Elasticsearch+"/_search?q="+url.QueryEscape("level:error AND message:needle"), &answer)
			return answer.Hits.Total.Value == 1
		})
		var past struct {
			Hits struct{ Total struct{ Value int } }
		}
		get(t, s.URLs.Elasticsearch+"/_search?q=labels.simulated:history", &past)
		if past.Hits.Total.Value < 1000 {
			t.Errorf("%d lines of the past", past.Hits.Total.Value)
		}
	})

	t.Run("an outage", func(t *testing.T) {
		if err := s.StopPrometheus(); err != nil {
			t.Fatal(err)
		}
		if _, err := http.Get(s.URLs.Prometheus + "/-/ready"); err == nil {
			t.Error("Prometheus answers after it was stopped")
		}
		if err := s.StartPrometheus(); err != nil {
			t.Fatal(err)
		}
		if n := points(t, s, "service:http_requests:rate1m", 5*time.Hour, time.Minute); n < 280 {
			t.Errorf("%d points are left after a restart", n)
		}
	})

	for part, url := range map[string]string{
		"prometheus": s.URLs.Prometheus, "alertmanager": s.URLs.Alertmanager, "elasticsearch": s.URLs.Elasticsearch,
	} {
		if text, _ := os.ReadFile(s.ConfigPath); !strings.Contains(string(text), url) {
			t.Errorf("the console is not told where %s is:\n%s", part, text)
		}
	}
	if err := s.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if err := s.StartPrometheus(); err == nil {
		t.Error("a part starts after Stop")
	}
	for _, u := range []string{s.URLs.Prometheus, s.URLs.Alertmanager, s.URLs.Elasticsearch, s.URLs.Service} {
		if _, err := net.Dial("tcp", strings.TrimPrefix(u, "http://")); err == nil {
			t.Errorf("somebody still listens on %s", u)
		}
	}
	if _, err := os.Stat(s.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", s.Dir, err)
	}
	http.DefaultClient.CloseIdleConnections()
	leaked(t, before)
}

func TestTwoStacksAndKeptData(t *testing.T) {
	dir := t.TempDir()
	first, err := embedded.Start(t.Context(), embedded.Options{Dir: dir, History: 10 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	second, err := embedded.Start(t.Context(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if first.URLs.Prometheus == second.URLs.Prometheus {
		t.Error("two stacks share a port")
	}
	if n := points(t, second, "up", time.Hour, time.Minute); n > 1 {
		t.Errorf("%d points of a past that was not asked for", n)
	}
	if err := errors.Join(second.Stop(), first.Stop()); err != nil {
		t.Fatal(err)
	}
	// What was kept is there again, and no second past is put over it.
	again, err := embedded.Start(t.Context(), embedded.Options{Dir: dir, History: 10 * time.Minute, Progress: func(part string, _ time.Duration) {
		if part == "history" {
			t.Error("a history is written over data that was kept")
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Stop()
	if n := points(t, again, "service:http_requests:rate1m", 9*time.Minute, 30*time.Second); n < 15 {
		t.Errorf("%d points are kept", n)
	}
	var answer struct{ Count int }
	get(t, again.URLs.Elasticsearch+"/_count", &answer)
	if answer.Count == 0 {
		t.Error("no log line is kept")
	}
}

func TestPorts(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	number := taken.Addr().(*net.TCPAddr).Port

	_, err = embedded.Start(t.Context(), embedded.Options{Ports: embedded.Ports{"prometheus": {Number: number, Exact: true}}})
	if err == nil || !strings.Contains(err.Error(), "listen for prometheus") || !strings.Contains(err.Error(), strconv.Itoa(number)) {
		t.Errorf("a port that is taken: %v", err)
	}
	s, err := embedded.Start(t.Context(), embedded.Options{Ports: embedded.Ports{"prometheus": {Number: number}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	u, _ := url.Parse(s.URLs.Prometheus)
	if next, _ := strconv.Atoi(u.Port()); next <= number || next > number+99 {
		t.Errorf("instead of %d it took %s", number, u.Port())
	}
}

func TestStartCancelled(t *testing.T) {
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	_, err := embedded.Start(ctx, embedded.Options{Progress: func(string, time.Duration) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	leaked(t, before)
}

// TestUnfinishedHistory cuts a start off after its past was simulated and before
// its metrics were kept: the next start must not add a second past to the log.
func TestUnfinishedHistory(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "logs.ndjson")
	kept := `{"_index":"logs-x-default","_id":"kept","_source":{"@timestamp":"2026-01-02T03:04:05Z","message":"kept"}}` + "\n"
	if err := os.WriteFile(file, []byte(kept), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	o := embedded.Options{Dir: dir, History: 20 * time.Minute, Logger: slog.New(onMessage{"history is simulated", cancel})}
	_, err := embedded.Start(ctx, o)
	if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "query") {
		t.Fatalf("got %v", err)
	}
	lines := func() []string {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return strings.SplitAfter(string(text), "\n")
	}
	cut := lines()
	if len(cut) < 100 || cut[0] != kept {
		t.Fatalf("%d lines are in the log, the first %s", len(cut), cut[0])
	}
	o.Logger = nil
	s, err := embedded.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if n := points(t, s, "service:http_requests:rate1m", 19*time.Minute, 30*time.Second); n < 35 {
		t.Errorf("%d points of a past", n)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	now := lines()
	if now[0] != kept || slices.Contains(now, cut[1]) || len(now) < len(cut)/2 {
		t.Errorf("of %d lines there are %d, among them those of the past that was cut off", len(cut), len(now))
	}
	if _, err := os.Stat(filepath.Join(dir, "history.unfinished")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the mark is still there: %v", err)
	}
}

// onMessage is a log that calls do at one message.
type onMessage struct {
	text string
	do   func()
}

func (h onMessage) Enabled(context.Context, slog.Level) bool { return true }
func (h onMessage) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h onMessage) WithGroup(string) slog.Handler            { return h }
func (h onMessage) Handle(_ context.Context, r slog.Record) error {
	if r.Message == h.text {
		h.do()
	}
	return nil
}

// points counts the samples of the first series that an expression gives over
// the last stretch of time.
func points(t *testing.T, s *embedded.Stack, expr string, over, step time.Duration) int {
	t.Helper()
	now := time.Now()
	var answer struct {
		Data struct{ Result []struct{ Values []any } }
	}
	get(t, fmt.Sprintf("%s/api/v1/query_range?query=%s&start=%d&end=%d&step=%s", s.URLs.Prometheus, url.QueryEscape(expr),
		now.Add(-over).Unix(), now.Unix(), step), &answer)
	if len(answer.Data.Result) == 0 {
		return 0
	}
	return len(answer.Data.Result[0].Values)
}

// value is the number that an expression gives now, -1 without one.
func value(t *testing.T, s *embedded.Stack, expr string) float64 {
	t.Helper()
	var answer struct {
		Data struct{ Result []struct{ Value [2]any } }
	}
	get(t, s.URLs.Prometheus+"/api/v1/query?query="+url.QueryEscape(expr), &answer)
	if len(answer.Data.Result) != 1 {
		return -1
	}
	v, err := strconv.ParseFloat(answer.Data.Result[0].Value[1].(string), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func get(t *testing.T, url string, into any) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v in %.300s", url, err, text)
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not happen within %s", what, patience)
		}
	}
}

// leaked fails when there are more goroutines than before, after those that are
// on their way out had time to go.
func leaked(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
		}
	}
}
