package promserver_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"firewatch/demo/embedded/promserver"
)

const patience = 15 * time.Second

func TestLifecycle(t *testing.T) {
	before := runtime.NumGoroutine()
	target := newTarget(t)
	dir := t.TempDir()
	conf := write(t, dir, "prometheus.yml", config(target.Addr()))
	start := func(address string) *promserver.Server {
		t.Helper()
		s, err := promserver.Start(promserver.Options{ConfigFile: conf, DataDir: filepath.Join(dir, "data"), Listener: listen(t, address)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}

	s := start("127.0.0.1:0")
	if got := body(t, s.URL()+"/-/ready"); !strings.Contains(got, "Ready") {
		t.Errorf("ready says %q", got)
	}
	for _, page := range []string{"/", "/graph", "/alerts"} {
		if got := body(t, s.URL()+page); !strings.Contains(got, "The API is at /api/v1/") {
			t.Errorf("%s says %q", page, got)
		}
	}
	var info struct {
		Data struct{ Version string }
	}
	get(t, s.URL()+"/api/v1/status/buildinfo", &info)
	if info.Data.Version != promserver.Version {
		t.Errorf("version is %q", info.Data.Version)
	}
	eventually(t, "a scrape", func() bool { return value(t, s.URL(), `orders_total`) == "7" })
	eventually(t, "a native histogram", func() bool { return value(t, s.URL(), `histogram_count(took_seconds)`) == "1" })
	eventually(t, "the classic form beside it", func() bool { return value(t, s.URL(), `took_seconds_count`) == "1" })
	// The counter was born with 7: only an injected zero gives it an increase.
	eventually(t, "an increase from the created timestamp", func() bool { return value(t, s.URL(), `increase(orders_total[5m]) > bool 0`) == "1" })
	if got := body(t, s.URL()+"/metrics"); !strings.Contains(got, `prometheus_build_info{goversion=`) || !strings.Contains(got, "prometheus_config_last_reload_successful 1") {
		t.Error("the metrics of the server itself are incomplete")
	}
	var exemplars struct {
		Data []struct {
			Exemplars []struct{ Labels map[string]string }
		}
	}
	eventually(t, "an exemplar", func() bool {
		get(t, s.URL()+"/api/v1/query_exemplars?query=took_seconds_bucket&start=0&end=9999999999", &exemplars)
		return len(exemplars.Data) > 0 && exemplars.Data[0].Exemplars[0].Labels["trace_id"] == "abc"
	})

	// The same port and the same data, as under a console that stays open.
	address := strings.TrimPrefix(s.URL(), "http://")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := net.DialTimeout("tcp", address, time.Second); err == nil {
		t.Error("somebody still listens after Stop")
	}
	s = start(address)
	if got := value(t, s.URL(), `last_over_time(orders_total[1m])`); got != "7" {
		t.Errorf("after a restart the data says %q", got)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Errorf("a second Stop: %v", err)
	}
	target.Close()
	http.DefaultClient.CloseIdleConnections()
	leaked(t, before)
}

func TestReload(t *testing.T) {
	dir := t.TempDir()
	conf := write(t, dir, "prometheus.yml", config("127.0.0.1:1"))
	s, err := promserver.Start(promserver.Options{ConfigFile: conf, DataDir: filepath.Join(dir, "data"), Listener: listen(t, "127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()

	write(t, dir, "prometheus.yml", "scrape_configs: [{job_nam: x}]")
	if code, text := post(t, s.URL()+"/-/reload"); code != 500 || !strings.Contains(text, "job_nam") {
		t.Errorf("a typo is answered with %d %q", code, text)
	}
	if got := body(t, s.URL()+"/metrics"); !strings.Contains(got, "prometheus_config_last_reload_successful 0") {
		t.Error("the failed reload is not in the metrics")
	}
	write(t, dir, "prometheus.yml", strings.Replace(config("127.0.0.1:1"), "job_name: test", "job_name: other", 1))
	if code, text := post(t, s.URL()+"/-/reload"); code != 200 {
		t.Errorf("a good file is answered with %d %q", code, text)
	}
	var conf2 struct{ Data struct{ YAML string } }
	get(t, s.URL()+"/api/v1/status/config", &conf2)
	if !strings.Contains(conf2.Data.YAML, "job_name: other") {
		t.Errorf("the configuration in use is\n%s", conf2.Data.YAML)
	}
}

func TestTwoInOneProcess(t *testing.T) {
	var urls []string
	for range 2 {
		dir := t.TempDir()
		conf := write(t, dir, "prometheus.yml", config("127.0.0.1:1"))
		s, err := promserver.Start(promserver.Options{ConfigFile: conf, DataDir: filepath.Join(dir, "data"), Listener: listen(t, "127.0.0.1:0")})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Stop()
		urls = append(urls, s.URL())
	}
	// Only the first is asked this, so only its own counter may know.
	for range 3 {
		value(t, urls[0], "vector(1)")
	}
	const series = `prometheus_http_requests_total{code="200",handler="/api/v1/query"} `
	if a, b := body(t, urls[0]+"/metrics"), body(t, urls[1]+"/metrics"); !strings.Contains(a, series+"3") || strings.Contains(b, series+"3") {
		t.Error("two servers share their metrics")
	}
}

func TestStartFails(t *testing.T) {
	for name, text := range map[string]string{
		"typo":              "scrape_configs: [{job_nam: x}]",
		"remote write":      "remote_write: [{url: 'http://127.0.0.1:1/'}]",
		"unknown discovery": "scrape_configs: [{job_name: x, kubernetes_sd_configs: [{role: pod}]}]",
	} {
		t.Run(name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			dir := t.TempDir()
			l := listen(t, "127.0.0.1:0")
			_, err := promserver.Start(promserver.Options{ConfigFile: write(t, dir, "prometheus.yml", text), DataDir: filepath.Join(dir, "data"), Listener: l})
			if err == nil {
				t.Fatal("it started")
			}
			if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
				t.Error("the listener is still open")
			}
			leaked(t, before)
		})
	}
}

func config(target string) string {
	return `
global: {scrape_interval: 1s, scrape_timeout: 500ms, scrape_native_histograms: true, always_scrape_classic_histograms: true}
scrape_configs:
  - job_name: test
    static_configs: [{targets: ['` + target + `']}]
`
}

// newTarget serves a counter that is born with a value and a histogram with
// both forms and an exemplar.
func newTarget(t *testing.T) *targetServer {
	reg := prometheus.NewRegistry()
	f := promauto.With(reg)
	f.NewCounter(prometheus.CounterOpts{Name: "orders_total", Help: "Orders."}).Add(7)
	h := f.NewHistogram(prometheus.HistogramOpts{Name: "took_seconds", Help: "Time.", Buckets: []float64{.1, 1}, NativeHistogramBucketFactor: 1.1})
	h.(prometheus.ExemplarObserver).ObserveWithExemplar(.3, prometheus.Labels{"trace_id": "abc"})
	l := listen(t, "127.0.0.1:0")
	s := &http.Server{Handler: promhttp.HandlerFor(reg, promhttp.HandlerOpts{EnableOpenMetrics: true})}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return &targetServer{s, l}
}

type targetServer struct {
	*http.Server
	l net.Listener
}

func (s *targetServer) Addr() string { return s.l.Addr().String() }

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func body(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func post(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Post(url, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

func get(t *testing.T, url string, into any) {
	t.Helper()
	if text := body(t, url); json.Unmarshal([]byte(text), into) != nil {
		t.Fatalf("%s answers %s", url, text)
	}
}

// value is the value of the only series that an expression gives now, or "".
func value(t *testing.T, base, expr string) string {
	t.Helper()
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	get(t, base+"/api/v1/query?query="+url.QueryEscape(expr), &answer)
	if len(answer.Data.Result) != 1 {
		return ""
	}
	return fmt.Sprint(answer.Data.Result[0].Value[1])
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(50 * time.Millisecond) {
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
