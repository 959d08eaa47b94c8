package service

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// book collects log lines.
type book struct {
	mu    sync.Mutex
	lines []map[string]any
	texts []string
}

func (b *book) add(doc []byte) {
	var l map[string]any
	if json.Unmarshal(doc, &l) != nil {
		panic("not JSON: " + string(doc))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines, b.texts = append(b.lines, l), append(b.texts, string(doc))
}

// actions returns the event.action values seen, in order.
func (b *book) actions() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, l := range b.lines {
		out = append(out, l["event"].(map[string]any)["action"].(string))
	}
	return out
}

// stage is a demo on a clock of the test's own: the simulated time keeps it
// from waiting.
func stage(t *testing.T, o Options) (*Demo, *book) {
	t.Helper()
	b := &book{}
	o.Seed, o.Log, o.Now = 42, b.add, func() time.Time { return noon }
	d := newDemo(t, o)
	d.clock.set(noon)
	return d, b
}

func (d *Demo) ask(role int, method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	d.roles[role].Handler.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w
}

const payment = `{"transaction_id":"t-1","user_id":"u-0007","amount":812.5,"hour":3,"merchant_category":"gaming","distance_km":420,"is_foreign":true}`

func TestAPI(t *testing.T) {
	batch := func(n int) string {
		return `{"transactions":[` + strings.TrimSuffix(strings.Repeat(payment+",", n), ",") + `]}`
	}
	tests := []struct {
		method, path, body string
		status             int
		want               string // in the body
	}{
		{"POST", "/predict", payment, 200, `"decision":"decline"`},
		{"POST", "/predict", `{"user_id":"u-1","amount":9,"hour":12,"merchant_category":"grocery","distance_km":1}`, 200, `"decision":"approve"`},
		{"POST", "/predict", `{"amount":-5,"hour":99,"merchant_category":"spaceships"}`, 200, `"prediction_id"`},
		{"POST", "/predict", `{"user_id":"` + strings.Repeat("u", 1000) + `","amount":1e308,"distance_km":1e308,"hour":3}`, 200, `"decision":"decline"`},
		{"POST", "/predict", ``, 400, "body is empty"},
		{"POST", "/predict", `{"amount":"much"}`, 400, "not the JSON expected"},
		{"POST", "/predict", payment + payment, 400, "more than one"},
		{"POST", "/predict", `{"user_id":"` + strings.Repeat("x", maxBody) + `"}`, 400, "larger than 262144 bytes"},
		{"GET", "/predict", ``, 405, ""},
		{"POST", "/predict/batch", batch(3), 200, `"predictions":[`},
		{"POST", "/predict/batch", batch(0), 400, "0 transactions"},
		{"POST", "/predict/batch", batch(maxBatch + 1), 400, "want 1 to 64"},
		{"POST", "/feedback", `{"prediction_id":"p-1","fraud":true}`, 202, `"joined":1`},
		{"POST", "/feedback", `{"prediction_id":"p-1","fraud":true}`, 202, `"unknown":1`},
		{"POST", "/feedback", `{"labels":[{"prediction_id":"p-2"},{"prediction_id":"never"}]}`, 202, `"joined":1,"unknown":1`},
		{"POST", "/feedback", `{}`, 400, "no label"},
		{"GET", "/model", ``, 200, `"version":"1.4.0","variant":"primary"`},
		{"GET", "/", ``, 200, `"simulated":true`},
		{"GET", "/nowhere", ``, 404, ""},
		{"GET", "/error", ``, 500, "asked to"},
		{"GET", "/slow?ms=0", ``, 200, `"slept_ms":0`},
		{"GET", "/slow?ms=soon", ``, 400, "want 0 to 30000"},
		{"GET", "/slow?ms=-1", ``, 400, "want 0 to 30000"},
		{"GET", "/slow?ms=99999999999999", ``, 400, "want 0 to 30000"},
		{"GET", "/healthz", ``, 200, "alive"},
		{"GET", "/readyz", ``, 200, "ready"},
		{"GET", "/-/chaos", ``, 200, `"active":[]`},
		{"POST", "/-/chaos/latency", ``, 200, `"intensity":700`},
		{"DELETE", "/-/chaos", ``, 200, `"ended":1`},
	}
	d, _ := stage(t, Options{Chaos: true})
	for _, tt := range tests {
		w := d.ask(0, tt.method, tt.path, tt.body)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s %s %.60q = %d %s, want %d with %q", tt.method, tt.path, tt.body, w.Code, w.Body, tt.status, tt.want)
		}
		if w.Code >= 400 && tt.want != "" && !strings.Contains(w.Body.String(), `"error":"`) {
			t.Errorf("%s %s: the error has no shape: %s", tt.method, tt.path, w.Body)
		}
	}
	// Each answer is counted under its route and status.
	for series, want := range map[httpSeries]float64{
		{"POST", "/predict", 200}: 4, {"POST", "/predict", 400}: 4, {"GET", "/error", 500}: 1, {"GET", "/slow", 400}: 3,
	} {
		got := sample(t, d, 0, "http_server_request_duration_seconds", map[string]string{
			"http_request_method": series.method, "http_route": series.route, "http_response_status_code": fmt.Sprint(series.status),
		})
		if got != want {
			t.Errorf("%v was counted %g times, want %g", series, got, want)
		}
	}
	if got := sample(t, d, 0, "business_transaction_amount_euros_total", map[string]string{"decision": "decline"}); got > 2e6 {
		t.Errorf("one absurd amount makes %g euros", got)
	}
	closed, _ := stage(t, Options{})
	if w := closed.ask(0, "POST", "/-/chaos/latency", ""); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "DEMO_CHAOS") {
		t.Errorf("with faults switched off: %d %s", w.Code, w.Body)
	}
}

func TestClientLog(t *testing.T) {
	long := strings.Repeat("é", maxLabel)
	tests := []struct {
		body, level, message string
		labels               map[string]string
	}{
		{`{"level":"error","message":"Test error"}`, "error", "Test error", nil},
		{`{"level":"WARNING","msg":"hot","cpu":{"n":3},"ok":true,"n":1.5,"none":null}`, "warn", "hot",
			map[string]string{"cpu": `{"n":3}`, "ok": "true", "n": "1.5", "none": ""}},
		{`{"level":"loud","message":7,"a.b":"c"}`, "info", "7", map[string]string{"a_b": "c"}},
		{`{"x":"` + long + `"}`, "info", "(no message)", map[string]string{"x": strings.Repeat("é", maxLabel/2)}},
		{`{"message":"\u001b[31mred\u0000"}`, "info", "\x1b[31mred\x00", nil},
	}
	for _, tt := range tests {
		d, b := stage(t, Options{})
		if w := d.ask(0, "POST", "/", tt.body); w.Code != http.StatusAccepted {
			t.Errorf("%.60s: %d %s", tt.body, w.Code, w.Body)
			continue
		}
		l := b.lines[len(b.lines)-1]
		if l["log.level"] != tt.level || l["message"] != tt.message || b.actions()[len(b.lines)-1] != "client-log" {
			t.Errorf("%.60s became %.300s", tt.body, b.texts[len(b.texts)-1])
		}
		for k, v := range tt.labels {
			if got := l["labels"].(map[string]any)[k]; got != v {
				t.Errorf("%.60s: label %s is %.80q, want %.80q", tt.body, k, got, v)
			}
		}
	}
	d, b := stage(t, Options{})
	before := len(b.lines)
	for _, body := range []string{"", "no json", `[1,2]`, `"text"`, `{"a":1}{"b":2}`, `{"a":"` + strings.Repeat("x", maxBody) + `"}`} {
		if w := d.ask(0, "POST", "/", body); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"error"`) {
			t.Errorf("%.40q: %d %s", body, w.Code, w.Body)
		}
	}
	if len(b.lines) != before {
		t.Errorf("a refused line was logged: %s", b.texts[len(b.texts)-1])
	}
}

// TestLineSchema checks every line an hour of the demo writes.
func TestLineSchema(t *testing.T) {
	d, b := stage(t, Options{Chaos: true})
	if err := d.FastForward(noon.Add(-time.Hour), noon, time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	levels := []string{"trace", "debug", "info", "warn", "error", "fatal"}
	known := []string{
		"request-completed", "request-failed", "request-rejected", "feature-lookup-slow", "feature-invalid", "skew-detected",
		"prediction-made", "prediction-fallback", "feedback-joined", "feedback-stalled", "model-loaded", "drift-report", "client-log",
		"chaos-started", "chaos-ended", "heartbeat",
	}
	id := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{26}$`)
	lastID, lastSequence, seen := "", 0.0, map[string]bool{}
	for i, l := range b.lines {
		e := l["event"].(map[string]any)
		at, err := time.Parse(time.RFC3339, l["@timestamp"].(string))
		action, sequence := e["action"].(string), e["sequence"].(float64)
		service := l["service"].(map[string]any)
		switch {
		case err != nil || at.Before(noon.Add(-time.Hour)) || at.After(noon):
		case !slices.Contains(levels, l["log.level"].(string)), l["ecs.version"] != "8.17.0", l["message"] == "":
		case !id.MatchString(e["id"].(string)), e["id"].(string)[:10] < lastID, sequence != lastSequence+1:
		case !slices.Contains(known, action), e["kind"] != "event":
		case !slices.Contains([]string{"mldemo.inference", "mldemo.client", "mldemo.app"}, e["dataset"].(string)):
		case !slices.Contains([]string{"success", "failure", "unknown"}, e["outcome"].(string)):
		case service["environment"] != "demo", service["node"].(map[string]any)["name"] != "demo-1":
		case !hexes(l["trace.id"], 32), !hexes(l["span.id"], 16):
		case at.After(noon.Add(-time.Hour)) && l["labels"].(map[string]any)["simulated"] != "history":
		default:
			lastID, lastSequence, seen[action] = e["id"].(string)[:10], sequence, true
			continue
		}
		t.Fatalf("line %d: %s", i, b.texts[i])
	}
	for _, a := range []string{"request-completed", "feature-lookup-slow", "prediction-made", "feedback-joined", "client-log", "drift-report", "chaos-started", "chaos-ended"} {
		if !seen[a] {
			t.Errorf("no line of %s among %d", a, len(b.lines))
		}
	}
}

// hexes tells whether v is absent or n hex digits.
func hexes(v any, n int) bool {
	s, ok := v.(string)
	return v == nil || ok && len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}
