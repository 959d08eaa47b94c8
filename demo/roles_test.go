package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// process is a role that runs.
type process struct {
	*exec.Cmd
	url, log string
	said     chan string // the rest of its standard error, when it has ended
}

// startRole runs a role in a process and waits for the line that says where.
func startRole(t *testing.T, dir, name string, args ...string) *process {
	t.Helper()
	p, line := tryRole(t, dir, name, args...)
	if p == nil {
		t.Fatalf("%s starts with %q", name, line)
	}
	return p
}

// tryRole is startRole, but for a role that does not start it returns no process
// and what it said instead.
func tryRole(t *testing.T, dir, name string, args ...string) (p *process, line string) {
	t.Helper()
	p = &process{log: filepath.Join(dir, name+".log"), said: make(chan string, 1)}
	p.Cmd = exec.Command(os.Args[0], append([]string{name, "--log", p.log}, args...)...)
	p.Env = append(os.Environ(), "DEMO_CHAOS=1")
	pipe, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill(); _ = p.Wait() })
	errs := bufio.NewReader(pipe)
	line, err = errs.ReadString('\n')
	found := regexp.MustCompile(`listens on (http://[^,\s]+)`).FindStringSubmatch(line)
	if err != nil || found == nil {
		return nil, line
	}
	p.url = found[1]
	go func() { rest, _ := io.ReadAll(errs); p.said <- string(rest) }()
	return p, line
}

// startPair starts a scorer and a feature store that know of each other, the
// store first: the scorer's port is chosen before anybody listens on it, so when
// somebody else took it meanwhile another one is tried.
func startPair(t *testing.T, dir string) (serve, store *process) {
	t.Helper()
	for attempt := 1; ; attempt++ {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		at := free.Addr().String()
		_ = free.Close()
		store = startRole(t, dir, "featurestore", "--listen", "127.0.0.1:0", "--chaos", "http://"+at)
		serve, line := tryRole(t, dir, "serve", "--listen", at, "--features", store.url)
		if serve != nil {
			return serve, store
		}
		if attempt == 3 || !strings.Contains(line, "somebody else does") {
			t.Fatalf("serve starts with %q", line)
		}
		_ = store.Process.Kill()
	}
}

// end stops a role as an init system does.
func (p *process) end(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	said := <-p.said
	if err := p.Wait(); err != nil || said != "" {
		t.Errorf("%s ends with %v and says %q", p.url, err, said)
	}
}

// metric sums the samples of /metrics whose line begins with one of the prefixes,
// -1 without any.
func metric(url, prefix string) float64 {
	resp, err := http.Get(url + "/metrics")
	if err != nil {
		return -1
	}
	defer resp.Body.Close()
	sum, found := 0.0, false
	for in := bufio.NewScanner(resp.Body); in.Scan(); {
		rest, ok := strings.CutPrefix(in.Text(), prefix)
		if !ok {
			continue
		}
		fields := strings.Fields(rest)
		if v, err := strconv.ParseFloat(fields[len(fields)-1], 64); err == nil {
			sum, found = sum+v, true
		}
	}
	if !found {
		return -1
	}
	return sum
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not happen within 30 s", what)
		}
	}
}

// TestRoles runs every role in a process of its own, as containers do.
func TestRoles(t *testing.T) {
	var searches atomic.Int64
	elasticsearch := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		searches.Add(1)
		fmt.Fprintf(w, `{"hits":{"hits":[{"_source":{"@timestamp":%q}}]}}`, time.Now().Format(time.RFC3339Nano))
	}))
	defer elasticsearch.Close()
	var spans atomic.Int64
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); r.URL.Path == "/v1/traces" && len(body) > 0 {
			spans.Add(1)
		}
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	dir := t.TempDir()
	serve, store := startPair(t, dir)
	scorer := serve.url
	anywhere := []string{"--listen", "127.0.0.1:0", "--chaos", scorer}
	with := func(more ...string) []string { return append(anywhere[:4:4], more...) }
	replica := startRole(t, dir, "serve", with("--features", store.url, "--node", "demo-2", "--log", filepath.Join(dir, "replica.log"))...)
	load := startRole(t, dir, "load", with("--target", scorer+","+replica.url)...)
	hosts := startRole(t, dir, "hostsim", anywhere...)
	sink := startRole(t, dir, "sink", with("--smtp", "127.0.0.1:0")...)
	probe := startRole(t, dir, "probe", with("--elasticsearch", elasticsearch.URL)...)

	const predicted = `ml_predictions_total{model="fraud",outcome="ok",variant="primary"`
	grows := func(p *process, prefix string) {
		t.Helper()
		was := metric(p.url, prefix)
		until(t, prefix+" to grow", func() bool { return metric(p.url, prefix) > max(was, 0) })
	}
	grows(serve, predicted)
	grows(replica, predicted)
	grows(store, `http_requests_total{method="POST",route="/features",status="200"}`)
	grows(load, `traffic_calls_total{outcome="answered"`)
	grows(serve, "ml_feedback_total")
	grows(replica, "ml_feedback_total")
	for _, c := range []struct {
		p        *process
		has, not string
	}{
		{serve, "process_cpu_seconds_total", "http_requests_total"}, {store, "process_cpu_seconds_total", "ml_"},
		{load, "go_goroutines", "http_"}, {hosts, "node_load1", "ml_"}, {sink, "sink_deliveries_total", "ml_"},
		{probe, "log_pipeline_lag_seconds", "ml_"}, {serve, "demo_chaos_active", "node_"}, {replica, "ml_model_info", "demo_chaos_active"},
	} {
		if metric(c.p.url, c.has) < 0 || metric(c.p.url, c.not) >= 0 {
			t.Errorf("%s: %s is %g and %s is %g", c.p.Args[1], c.has, metric(c.p.url, c.has), c.not, metric(c.p.url, c.not))
		}
	}
	for _, p := range []*process{serve, store, load, hosts, sink, probe} {
		if code, _, errs := command("healthcheck", p.url+"/healthz"); code != ok {
			t.Errorf("%s is not well: %s", p.Args[1], errs)
		}
	}

	chaos := func(method, path, body string) {
		t.Helper()
		req, _ := http.NewRequest(method, serve.url+"/-/chaos"+path, strings.NewReader(body))
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %s", method, path, text)
		}
	}
	slack := func() int {
		resp, err := http.Post(sink.url+"/slack", "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	for _, fault := range []string{"node-down", "traffic-stop", "probe-stop", "notify-fail", "version-skew", "oom"} {
		chaos("POST", "/"+fault, "")
	}
	hostsUp := func() float64 { return metric(hosts.url, `up{`) }
	until(t, "a host to be down", func() bool { return hostsUp() == 2 })
	until(t, "the sink to refuse", func() bool { return slack() == http.StatusInternalServerError })
	until(t, "the probe to hang up", func() bool { return metric(probe.url, "log_pipeline_lag_seconds") < 0 })
	oldModel := regexp.MustCompile(`ml_model_info\{[^}]*variant="primary",version="1.3.0"`)
	answers := func(p *process) string {
		resp, err := http.Get(p.url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return string(text)
	}
	until(t, "the replica to fall behind", func() bool { return oldModel.MatchString(answers(replica)) })
	if oldModel.MatchString(answers(serve)) {
		t.Error("the first replica falls behind as well")
	}
	const calls = `traffic_calls_total{outcome="answered"`
	quiet := time.Now()
	last := metric(load.url, calls)
	until(t, "the callers to stop", func() bool {
		if n := metric(load.url, calls); n != last {
			last, quiet = n, time.Now()
		}
		return time.Since(quiet) > 2*time.Second
	})
	chaos("DELETE", "", "")
	until(t, "all hosts to be up", func() bool { return hostsUp() == 3 })
	until(t, "the sink to take", func() bool { return slack() == http.StatusOK })
	grows(load, calls)
	until(t, "the probe to have searched", func() bool { return searches.Load() > 0 })

	until(t, "spans to be sent", func() bool { return spans.Load() > 2 })

	// A fault ends at its time though the one who started it is gone.
	chaos("POST", "/node-down", `{"duration":"4s"}`)
	until(t, "a host to be down", func() bool { return hostsUp() == 2 })
	serve.end(t)
	if code, _, _ := command("healthcheck", serve.url+"/healthz"); code != failed {
		t.Errorf("who is gone is well: %d", code)
	}
	until(t, "the host to be up again", func() bool { return hostsUp() == 3 })
	until(t, "callers to fail", func() bool { return metric(load.url, `traffic_calls_total{outcome="failed"`) > 0 })

	for _, p := range []*process{replica, load, hosts, sink, probe, store} {
		p.end(t)
	}
	for _, c := range []struct{ file, has string }{
		{"serve.log", "chaos-started"}, {"serve.log", "request-completed"}, {"replica.log", `"name":"demo-2"`}, {"replica.log", "model-loaded"},
		{"hostsim.log", "Out of memory: Killed process"}, {"sink.log", "delivery-refused"}, {"probe.log", "heartbeat"},
		{"load.log", "chaos-unreachable"}, {"featurestore.log", "role-stopped"}, {"load.log", "role-started"},
	} {
		text, err := os.ReadFile(filepath.Join(dir, c.file))
		if err != nil || !bytes.Contains(text, []byte(c.has)) {
			t.Errorf("%s does not have %s: %v\n%.2000s", c.file, c.has, err, text)
		}
		for line := range bytes.Lines(text) {
			if !json.Valid(line) {
				t.Errorf("%s has %s", c.file, line)
			}
		}
	}
}

func TestRoleMisuse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	nowhere := filepath.Join(t.TempDir(), "no", "where")
	for _, c := range []struct {
		args, says string
		code       int
	}{
		{"serve --help", "DEMO_CHAOS=1", ok},
		{"sink --help", "--smtp", ok},
		{"load --target scorer:5000", `--target "scorer:5000" is not a URL such as`, misused},
		{"load --target http://a,ftp://b", `--target "ftp://b" is not a URL`, misused},
		{"serve --target http://a", "unknown flag: --target", misused},
		{"probe now", `unexpected argument "now"`, misused},
		{"serve --listen " + taken.Addr().String(), "somebody else does: stop that one, or name another address", failed},
		{"hostsim --listen here", "want an address such as :5000", failed},
		{"sink --log " + nowhere, "make its directory first", failed},
		{"healthcheck", "want one URL", misused},
		{"healthcheck 127.0.0.1:5000", "is not a URL", misused},
		{"healthcheck http://" + taken.Addr().String(), "deadline exceeded", failed},
	} {
		code, out, errs := command(strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("%s: %d %s%s, want %d and %q", c.args, code, out, errs, c.code, c.says)
		}
	}
}

// TestLines rotates and truncates a log under the feet of who writes it.
func TestLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	var errs bytes.Buffer
	l, err := openLines(path, nil, &errs)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	add := func(text string) { l.looked = time.Time{}; l.write([]byte(text)) }
	has := func(path, want string) {
		t.Helper()
		if text, err := os.ReadFile(path); string(text) != want {
			t.Errorf("%s has %q, want %q: %v", path, text, want, err)
		}
	}
	add("one")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	add("two")
	has(path+".1", "one\n")
	has(path, "two\n")
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	add("three")
	has(path, "three\n")
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	add("four")
	add("five")
	if n := strings.Count(errs.String(), "log lines are lost"); n != 1 {
		t.Errorf("the loss is told %d times: %s", n, &errs)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	add("six")
	has(path, "six\n")
}
