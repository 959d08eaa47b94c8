package service

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"firewatch/demo/service/chaos"
)

const (
	callerID   = "0af7651916cd43dd8448eb211c80319c"
	callerSpan = "b7ad6b7169203331"
	keep       = "00-" + callerID + "-" + callerSpan + "-01"
	leave      = "00-" + callerID + "-" + callerSpan + "-00"
)

// recorded is a stage whose spans are kept in memory.
func recorded(t *testing.T) (*Demo, *book, *tracetest.InMemoryExporter) {
	t.Helper()
	e := tracetest.NewInMemoryExporter()
	d, b := stage(t, Options{Chaos: true, Spans: sdktrace.NewSimpleSpanProcessor(e)})
	return d, b, e
}

func (d *Demo) call(role int, method, path, body, traceparent string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if traceparent != "" {
		r.Header.Set("Traceparent", traceparent)
	}
	w := httptest.NewRecorder()
	d.roles[role].Handler.ServeHTTP(w, r)
	return w
}

// picture draws a tree of spans with what matters of each.
func picture(spans tracetest.SpanStubs) string {
	slices.SortStableFunc(spans, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	var out strings.Builder
	var draw func(parent string, depth int)
	draw = func(parent string, depth int) {
		for _, s := range spans {
			if s.Parent.SpanID().String() != parent {
				continue
			}
			service, _ := s.Resource.Set().Value("service.name")
			fmt.Fprintf(&out, "%s%s: %s (%s)", strings.Repeat("  ", depth), service.AsString(), s.Name, s.SpanKind)
			if s.Status.Code == codes.Error {
				fmt.Fprintf(&out, " error %q", s.Status.Description)
			}
			for _, e := range s.Events {
				fmt.Fprintf(&out, " [%s %s]", e.Name, e.Attributes[0].Value.AsString())
			}
			out.WriteByte('\n')
			draw(s.SpanContext.SpanID().String(), depth+1)
		}
	}
	draw(callerSpan, 0)
	draw(strings.Repeat("0", 16), 0)
	return out.String()
}

func value1(s tracetest.SpanStub, key attribute.Key) string {
	for _, kv := range s.Attributes {
		if kv.Key == key {
			return kv.Value.String()
		}
	}
	return ""
}

const transaction = `{"transaction_id":"t-1","user_id":"u-1","amount":20,"hour":12,"category":"grocery","distance_km":3}`

func TestSpans(t *testing.T) {
	fault := func(name string, level float64) func(*Demo) {
		return func(d *Demo) {
			if _, err := d.chaos.Start(name, chaos.Request{Intensity: &level}); err != nil {
				panic(err)
			}
		}
	}
	d, b, e := recorded(t)
	const good = `fraud-scorer: POST /predict (server)
  fraud-scorer: validate (internal)
  fraud-scorer: feature_store.get (client)
    feature-store: POST /features (server)
  fraud-scorer: queue.wait (internal)
  fraud-scorer: model.predict (internal)
  fraud-scorer: postprocess (internal)
`
	for _, tt := range []struct {
		name                       string
		before                     func(*Demo)
		method, path, body, header string
		status                     int
		want                       string
	}{
		{"prediction", nil, "POST", "/predict", transaction, keep, 200, good},
		{"batch", nil, "POST", "/predict/batch", `{"transactions":[` + strings.Repeat(transaction+",", 4) + transaction + `]}`, keep, 200,
			strings.NewReplacer("/predict", "/predict/batch", "model.predict (internal)", "model.predict (internal) [shadow.compared fraud]").Replace(good)},
		{"bad request", nil, "POST", "/predict", `{`, keep, 400, "fraud-scorer: POST /predict (server)\n"},
		{"asked to fail", nil, "GET", "/error", "", leave, 500, "fraud-scorer: GET /error (server) error \"failed because it was asked to\" [exception DeliberateError]\n"},
		{"health check", nil, "GET", "/healthz", "", keep, 200, ""},
		{"error-burst", fault("error-burst", 1), "POST", "/predict", transaction, leave, 500, `fraud-scorer: POST /predict (server) error "model backend unavailable"
  fraud-scorer: validate (internal)
  fraud-scorer: feature_store.get (client)
    feature-store: POST /features (server)
  fraud-scorer: queue.wait (internal)
  fraud-scorer: model.predict (internal) error "model backend unavailable" [exception BackendUnavailable]
`},
		{"model-stop", fault("model-stop", 1), "POST", "/predict", transaction, keep, 200, `fraud-scorer: POST /predict (server)
  fraud-scorer: validate (internal)
  fraud-scorer: feature_store.get (client)
    feature-store: POST /features (server)
  fraud-scorer: postprocess (internal)
`},
		{"missing-feature", fault("missing-feature", 1), "POST", "/predict", transaction, keep, 200,
			strings.Replace(good, "validate (internal)", "validate (internal) [feature.invalid device_age_days]", 1)},
		{"latency", fault("latency", 700), "POST", "/predict", transaction, leave, 200, good},
	} {
		d.chaos.Stop("")
		if tt.before != nil {
			tt.before(d)
		}
		b.lines, d.scorer.predicted = nil, 0
		e.Reset()
		w := d.call(0, tt.method, tt.path, tt.body, tt.header)
		if w.Code != tt.status {
			t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
		}
		spans := e.GetSpans()
		if got := picture(spans); got != tt.want {
			t.Errorf("%s:\n%swant\n%s", tt.name, got, tt.want)
		}
		for _, s := range spans {
			if s.SpanContext.TraceID().String() != callerID {
				t.Errorf("%s: %s is in the trace %s", tt.name, s.Name, s.SpanContext.TraceID())
			}
		}
		// The lines of the request name its root.
		root := ""
		for _, s := range spans {
			if s.Name == tt.method+" "+tt.path {
				root = s.SpanContext.SpanID().String()
			}
		}
		for _, l := range b.lines {
			if l["trace.id"] != nil && (l["trace.id"] != callerID || root != "" && l["span.id"] != root) {
				t.Errorf("%s: the line %v names the trace %v and the span %v, not %s", tt.name, l["message"], l["trace.id"], l["span.id"], root)
			}
		}
	}
}

func TestSpanDetails(t *testing.T) {
	d, _, e := recorded(t)
	w := d.call(0, "POST", "/predict", transaction, keep)
	spans := e.GetSpans()
	by := map[string]tracetest.SpanStub{}
	for _, s := range spans {
		by[s.Name] = s
	}
	for _, tt := range []struct{ span, key, want string }{
		{"POST /predict", "http.request.method", "POST"},
		{"POST /predict", "http.route", "/predict"},
		{"POST /predict", "http.response.status_code", "200"},
		{"POST /predict", "error.type", ""},
		{"model.predict", "ml.model.name", "fraud"},
		{"model.predict", "ml.model.version", "1.4.0"},
		{"model.predict", "ml.model.variant", "primary"},
		{"model.predict", "ml.batch.size", "1"},
		{"feature_store.get", "service.peer.name", "feature-store"},
	} {
		if got := value1(by[tt.span], attribute.Key(tt.key)); got != tt.want {
			t.Errorf("%s of %s is %q, want %q", tt.key, tt.span, got, tt.want)
		}
	}
	if score := value1(by["model.predict"], "ml.score"); !strings.Contains(w.Body.String(), `"score":`+score+`,`) {
		t.Errorf("the span has the score %s, the answer is %s", score, w.Body)
	}
	for _, key := range []attribute.Key{"service.version", "service.instance.id", "deployment.environment"} {
		if v, ok := by["POST /features"].Resource.Set().Value(key); !ok || v.AsString() == "" {
			t.Errorf("the resource has no %s", key)
		}
	}
	root := by["POST /predict"]
	for _, s := range spans {
		if parent := by[map[string]string{"POST /features": "feature_store.get"}[s.Name]]; parent.Name != "" && (s.StartTime.Before(parent.StartTime) || s.EndTime.After(parent.EndTime)) {
			t.Errorf("%s is not within %s", s.Name, parent.Name)
		}
		if s.EndTime.Before(s.StartTime) || s.StartTime.Before(root.StartTime) {
			t.Errorf("%s goes from %s to %s, its root from %s", s.Name, s.StartTime, s.EndTime, root.StartTime)
		}
	}

	// A label is a trace of its own that points back.
	e.Reset()
	if w := d.call(0, "POST", "/feedback", `{"prediction_id":"p-1","fraud":true}`, leave); !strings.Contains(w.Body.String(), `"joined":1`) {
		t.Fatalf("the label is not taken: %s", w.Body)
	}
	for _, s := range e.GetSpans() {
		if s.Name != "feedback.join" {
			continue
		}
		if s.Parent.IsValid() || len(s.Links) != 1 || s.Links[0].SpanContext.SpanID() != root.SpanContext.SpanID() || s.Links[0].SpanContext.TraceID() != root.SpanContext.TraceID() {
			t.Errorf("the label is linked to %+v, want %+v", s.Links, root.SpanContext)
		}
		if got := value1(s, "ml.actual"); got != "fraud" {
			t.Errorf("ml.actual is %q", got)
		}
		return
	}
	t.Error("no span of the label")
}

func TestSpansOfFailures(t *testing.T) {
	d, _, e := recorded(t)
	rq := func() *request {
		c := d.traffic.draw()
		for len(c.items) == 0 {
			c = d.traffic.draw()
		}
		return &request{route: c.route, items: c.items, trace: c.trace}
	}
	finish := func(r *request, rp reply) string {
		e.Reset()
		d.scorer.spans.answered(r.trace, exchange{"POST", r.route, rp.status, rp.err, r.at[validating], r.last()}, &r.course)
		_, tree, _ := strings.Cut(picture(e.GetSpans()), "\n")
		return tree
	}
	within := within{d.scorer, d.store}
	r := rq()
	rp := d.scorer.predict(t.Context(), r, lost{within})
	if got := finish(r, rp); rp.status != 200 || !strings.Contains(got, "feature_store.get (client) error \"connection refused\" [exception LookupFailed]\n  fraud-scorer: queue.wait") || !strings.Contains(got, "postprocess") {
		t.Errorf("without a feature store:\n%s", got)
	}
	r = rq()
	rp = d.scorer.predict(t.Context(), r, full{within})
	if got := finish(r, rp); rp.status != 503 || !strings.HasSuffix(got, "  fraud-scorer: queue.wait (internal) error \"inference queue is full\" [exception QueueFull]\n") {
		t.Errorf("with a full queue:\n%s", got)
	}
	r = rq()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	rp = d.scorer.predict(gone, r, within)
	if got := finish(r, rp); rp.status != clientGone || strings.Contains(got, "queue") || !strings.Contains(got, "[exception CallerGone]") {
		t.Errorf("without a caller:\n%s", got)
	}
}

// full is a route with a queue that takes nobody.
type full struct{ within }

func (full) infer(context.Context, time.Duration) (time.Duration, error) { return 0, errQueueFull }

// TestSpansOfHistory wants spans of all failures and of the newest part.
func TestSpansOfHistory(t *testing.T) {
	e := tracetest.NewInMemoryExporter()
	b := &book{}
	d, err := New(Options{Seed: 42, Now: func() time.Time { return noon }, Log: b.add, Spans: sdktrace.NewSimpleSpanProcessor(e)})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.FastForward(noon.Add(-time.Hour), noon, time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	traces := map[string]bool{}
	recent, early, labels := 0, 0, 0
	for _, s := range e.GetSpans() {
		traces[s.SpanContext.TraceID().String()] = true
		switch {
		case s.Name == "feedback.join":
			labels++
		case s.Name != "POST /predict":
		case s.StartTime.After(noon.Add(-tracedPast)):
			recent++
		default:
			early++
			if took := s.EndTime.Sub(s.StartTime); s.Status.Code != codes.Error && took < slowRequest {
				t.Errorf("an early trace of %s without a reason", took)
			}
		}
	}
	t.Logf("%d spans, %d traces, %d of recent and %d of early predictions, %d of labels", len(e.GetSpans()), len(traces), recent, early, labels)
	if recent < 1200 || recent > 2000 || early < 50 || labels < 2000 {
		t.Errorf("%d recent, %d early, %d labels", recent, early, labels)
	}
	failures := 0
	for _, l := range b.lines {
		if l["event"].(map[string]any)["action"] == "request-failed" {
			if failures++; !traces[l["trace.id"].(string)] {
				t.Errorf("the failure at %v has no trace", l["@timestamp"])
			}
		}
	}
	if failures == 0 {
		t.Error("nothing failed")
	}
}

// TestFeatureStoreAlone answers for callers that keep their spans, and for
// those that do not.
func TestFeatureStoreAlone(t *testing.T) {
	e := tracetest.NewInMemoryExporter()
	d := newDemo(t, Options{Seed: 42, Spans: sdktrace.NewSimpleSpanProcessor(e)})
	const keys = `{"keys":[{"user_id":"u-1","transaction_id":"t-1"}]}`
	for range 3 {
		if w := d.call(1, "POST", featuresRoute, keys, leave); w.Code != http.StatusOK {
			t.Fatal(w.Body)
		}
	}
	for _, s := range e.GetSpans() {
		if s.EndTime.Sub(s.StartTime) < slowRequest {
			t.Errorf("a span that nobody keeps: %s", s.Name)
		}
	}
	e.Reset()
	d.call(1, "POST", featuresRoute, keys, keep)
	if got := picture(e.GetSpans()); got != "feature-store: POST /features (server)\n" {
		t.Errorf("got %s", got)
	}
}
