//go:build !race

// The race detector would have the servers compiled once more.

package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"firewatch/demo/embedded/alertserver"
	"firewatch/demo/embedded/promserver"
	"firewatch/signals/silence"
)

// real is the commands against a real Alertmanager and a real Prometheus.
type real struct {
	*testing.T
	dir, config  string
	alertmanager string
	// writes counts the requests that change Alertmanager.
	writes *atomic.Int64
	tune   func(*silence.Settings)
}

const realConfig = `
context: demo
audit: %[3]s/audit.jsonl
silence:
  templates: [{name: deploy, matchers: "service=~\"api|web\"", for: 30m, comment: a deploy}]
contexts:
  demo: {user: dana, refresh: 1s, sources: {alertmanager: {url: %[1]q}, prometheus: {url: %[2]q}}}
  prod: {user: dana, prod: true, sources: {alertmanager: {url: %[1]q}}}
  locked: {user: dana, readonly: true, sources: {alertmanager: {url: %[1]q}}}
  pair: {user: dana, sources: {alertmanager: {clusters: {eu: {url: %[1]q}, us: {url: %[1]q}}}}}
  gone: {user: dana, sources: {alertmanager: {url: "http://127.0.0.1:1"}}}
`

const realRules = `
groups:
  - name: g
    interval: 1s
    rules:
      - {alert: Watchdog, expr: "vector(1)", labels: {severity: none}}
      - {alert: Soon, expr: "vector(1)", for: 1h, labels: {severity: warning, service: db}}
      - {record: "slo:period_error_budget_remaining:ratio", expr: "vector(0.25)", labels: {sloth_id: api-availability}}
`

func startReal(t *testing.T) *real {
	r := &real{T: t, dir: t.TempDir(), writes: new(atomic.Int64)}
	write := func(name, text string) string {
		path := filepath.Join(r.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	am, err := alertserver.Start(alertserver.Options{
		ConfigFile: write("am.yml", "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"), DataDir: filepath.Join(r.dir, "am"), Listener: listen(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(am.Stop)
	r.alertmanager = am.URL()
	target, err := neturl.Parse(am.URL())
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method != http.MethodGet {
			r.writes.Add(1)
		}
		forward.ServeHTTP(w, req)
	}))
	t.Cleanup(proxy.Close)
	write("rules.yml", realRules)
	prom, err := promserver.Start(promserver.Options{
		ConfigFile: write("prom.yml", "global: {evaluation_interval: 1s}\nrule_files: [rules.yml]\n"), DataDir: filepath.Join(r.dir, "prom"), Listener: listen(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = prom.Stop() })
	r.config = write("config.yaml", fmt.Sprintf(realConfig, proxy.URL, prom.URL(), r.dir))
	return r
}

// run runs the program and gives its exit code and what it printed.
func (r *real) run(args ...string) (code int, out, errs string) {
	r.Helper()
	return r.runFor(r.Context(), args...)
}

func (r *real) runFor(ctx context.Context, args ...string) (code int, out, errs string) {
	r.Helper()
	var o, e bytes.Buffer
	p := &program{out: &o, err: &e, now: time.Now, tune: r.tune}
	code = p.run(ctx, append([]string{"--config", r.config}, args...))
	return code, o.String(), e.String()
}

// want runs the program and holds it to an exit code.
func (r *real) want(code int, args ...string) string {
	r.Helper()
	got, out, errs := r.run(args...)
	if got != code {
		r.Fatalf("firewatch %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, out, errs)
	}
	return out + errs
}

// fire sends an alert that lasts until the given time.
func (r *real) fire(until time.Duration, labels ...string) {
	r.Helper()
	set := map[string]string{}
	for i := 0; i < len(labels); i += 2 {
		set[labels[i]] = labels[i+1]
	}
	body, err := json.Marshal([]any{map[string]any{
		"labels": set, "annotations": map[string]string{"summary": "It burns,\nbadly."},
		"startsAt": time.Now().Add(-time.Minute), "endsAt": time.Now().Add(until),
	}})
	if err != nil {
		r.Fatal(err)
	}
	resp, err := http.Post(r.alertmanager+"/api/v2/alerts", "application/json", bytes.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		r.Fatalf("fire: %s %s", resp.Status, text)
	}
}

// ids runs a command that writes and gives what it wrote.
func (r *real) ids(args ...string) []string {
	r.Helper()
	var receipts []receipt
	code, out, errs := r.run(append(args, "-o", "json")...)
	if err := json.Unmarshal([]byte(out), &receipts); err != nil || code != ok {
		r.Fatalf("firewatch %s: %d, %v\n%s%s", strings.Join(args, " "), code, err, out, errs)
	}
	var ids []string
	for _, one := range receipts {
		ids = append(ids, one.ID)
	}
	return ids
}

// silence is what Alertmanager has under an id.
func (r *real) silence(id string) (s struct {
	ID, EndsAt, Comment, CreatedBy string
	Annotations                    map[string]string
	Status                         struct{ State string }
}) {
	r.Helper()
	resp, err := http.Get(r.alertmanager + "/api/v2/silence/" + id)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		r.Fatal(err)
	}
	return s
}

func (r *real) end(id string) time.Time {
	r.Helper()
	end, err := time.Parse(time.RFC3339, r.silence(id).EndsAt)
	if err != nil {
		r.Fatal(err)
	}
	return end
}

// contains holds a text to what has to be in it.
func (r *real) contains(text string, wants ...string) {
	r.Helper()
	for _, w := range wants {
		if !strings.Contains(text, w) {
			r.Errorf("%q is missing in\n%s", w, text)
		}
	}
}

func TestCommandsOnRealServers(t *testing.T) {
	t.Setenv("TZ", "UTC")
	r := startReal(t)
	r.fire(time.Hour, "alertname", "DiskFull", "severity", "critical", "service", "db", "instance", "db-1:9100", "path", `/x "y"`)
	r.fire(time.Hour, "alertname", "DiskFull", "severity", "critical", "service", "db", "instance", "db-2:9100")
	r.fire(time.Hour, "alertname", "Slow", "severity", "warning", "service", "api", "instance", "api-1")
	r.fire(time.Hour, "alertname", "Watchdog", "severity", "none")
	for i := range 12 {
		r.fire(time.Hour, "alertname", "Noise", "severity", "info", "service", "batch", "instance", fmt.Sprintf("b-%02d", i))
	}
	for range 100 { // until the rules were evaluated
		if strings.Contains(r.want(ok, "alerts"), "Soon") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	// Each story leaves no silence behind.
	for _, story := range []struct {
		name string
		tell func(*real)
	}{
		{"alerts", alertsStory}, {"silences", silencesStory}, {"guards", guardsStory}, {"clusters", clustersStory}, {"ack", ackStory}, {"hold", holdStory},
		{"watch", watchStory}, {"notes", notesStory},
	} {
		t.Run(story.name, func(t *testing.T) {
			story.tell(&real{T: t, dir: r.dir, config: r.config, alertmanager: r.alertmanager, writes: r.writes})
		})
	}
}

// records runs a command and reads its CSV.
func (r *real) records(args ...string) [][]string {
	r.Helper()
	records, err := csv.NewReader(strings.NewReader(r.want(ok, args...))).ReadAll()
	if err != nil {
		r.Fatal(err)
	}
	return records
}

// buffer is a stream that may be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// background runs the program until it ends, and gives what it printed so far.
func (r *real) background(ctx context.Context, args ...string) (printed *buffer, done chan int) {
	printed, done = &buffer{}, make(chan int, 1)
	p := &program{out: printed, err: printed, now: time.Now, tune: r.tune}
	go func() { done <- p.run(ctx, append([]string{"--config", r.config}, args...)) }()
	return printed, done
}

// until waits for a text in what is printed.
func (r *real) until(printed *buffer, want string) {
	r.Helper()
	for range 200 {
		if strings.Contains(printed.String(), want) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	r.Fatalf("%q does not come:\n%s", want, printed)
}

func (r *real) ended(done chan int, printed *buffer, code int) {
	r.Helper()
	select {
	case got := <-done:
		if got != code {
			r.Errorf("exit code %d, want %d:\n%s", got, code, printed)
		}
	case <-time.After(15 * time.Second):
		r.Fatalf("it does not end:\n%s", printed)
	}
}
