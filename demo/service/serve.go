package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"firewatch/demo/service/fraud"
)

// scorerEndpoints are the routes of the scorer and what they answer.
var scorerEndpoints = []endpoint{
	{"POST", "/predict", []int{200, 400, 500, 503}},
	{"POST", "/predict/batch", []int{200, 400, 500, 503}},
	{"POST", "/feedback", []int{202, 400, 500, 503}},
	{"GET", "/model", []int{200, 500, 503}},
	{"GET", "/", []int{200, 500, 503}},
	{"POST", "/", []int{202, 400, 500, 503}},
	{"GET", "/error", []int{500, 503}},
	{"GET", "/slow", []int{200, 400, 500, 503}},
	{"GET", "/healthz", []int{200}},
	{"GET", "/readyz", []int{200, 503}},
}

const (
	maxBody  = 256 << 10
	maxBatch = 64
	maxID    = 128 // bytes
	maxSlow  = 30 * time.Second
)

// api is the scorer's HTTP interface.
type api struct {
	*scorer
	route func() route
	chaos http.Handler // nil when faults may not be started
	run   uint64       // see newTrace
}

func (a *api) handler() http.Handler {
	mux := http.NewServeMux()
	on := func(pattern string, h http.HandlerFunc) { mux.HandleFunc(pattern, a.instrument(pattern, h)) }
	on("POST /predict", a.handlePredict)
	on("POST /predict/batch", a.handleBatch)
	on("POST /feedback", a.handleFeedback)
	on("GET /model", a.handleModel)
	on("GET /{$}", a.handleIndex)
	on("POST /{$}", a.handleClientLog)
	on("GET /error", a.handleError)
	on("GET /slow", a.handleSlow)
	on("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, map[string]any{"status": "alive"}) })
	on("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, map[string]any{"status": "ready"}) })
	if a.chaos == nil {
		mux.HandleFunc("/-/chaos/", func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, http.StatusForbidden, errors.New("faults are switched off here: start the service with DEMO_CHAOS=1"))
		})
	} else {
		mux.Handle("/-/chaos", a.chaos)
		mux.Handle("/-/chaos/", a.chaos)
	}
	return mux
}

// traced is what a handler knows of its request, and tells of its answer.
type traced struct {
	http.ResponseWriter
	trace  trace
	began  time.Time
	status int
	err    *failure // why the status is what it is, where that is known
	course *course  // nil for a request that is no prediction
}

func (w *traced) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// instrument counts a route's requests and gives each its trace, health checks
// excepted.
func (a *api) instrument(pattern string, h http.HandlerFunc) http.HandlerFunc {
	method, path, _ := strings.Cut(pattern, " ")
	path = strings.TrimSuffix(path, "{$}")
	check := path == "/healthz" || path == "/readyz"
	return func(w http.ResponseWriter, r *http.Request) {
		a.scorer.mu.Lock()
		tr := newTrace(a.rng, a.run)
		a.scorer.mu.Unlock()
		if up := caller(r.Header); up.ID != "" {
			if tr.ID = up.ID; up.Sampled { // else the caller has no span that could be the parent
				tr.Parent, tr.Sampled = up.Span, true
			}
		}
		tr.Sampled = !check && (tr.Sampled || a.sample())
		a.http.active.Inc()
		defer a.http.active.Dec()
		t := &traced{ResponseWriter: w, trace: tr, began: time.Now(), status: http.StatusOK}
		w.Header().Set("Traceresponse", tr.header())
		h(t, r)
		took := time.Since(t.began)
		t.trace.Sampled = !check && (t.trace.Sampled || t.status >= 500 || took > slowRequest)
		a.http.observe(method, path, t.status, took, a.exemplar(t.trace))
		a.spans.answered(t.trace, exchange{method, path, t.status, t.err, t.began, t.began.Add(took)}, t.course)
	}
}

func (a *api) handlePredict(w http.ResponseWriter, r *http.Request) {
	var tx fraud.Transaction
	if err := decode(w, r, &tx); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	a.predictAll(w, r, "/predict", []fraud.Transaction{tx})
}

func (a *api) handleBatch(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Transactions []fraud.Transaction `json:"transactions"`
	}
	err := decode(w, r, &in)
	if err == nil && (len(in.Transactions) == 0 || len(in.Transactions) > maxBatch) {
		err = fmt.Errorf("%d transactions, want 1 to %d", len(in.Transactions), maxBatch)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	a.predictAll(w, r, "/predict/batch", in.Transactions)
}

func (a *api) predictAll(w http.ResponseWriter, r *http.Request, path string, items []fraud.Transaction) {
	t := w.(*traced)
	for i := range items {
		tx := &items[i]
		tx.ID, tx.User = clip(tx.ID, maxID), clip(tx.User, maxID)
		if tx.ID == "" {
			tx.ID = t.trace.Span + "-" + strconv.Itoa(i)
		}
	}
	rq := &request{route: path, items: items, trace: t.trace, began: t.began}
	via := a.route()
	_, rq.remote = via.(across)
	rp := a.predict(r.Context(), rq, via)
	t.trace, t.err, t.course = rq.trace, rp.err, &rq.course
	switch {
	case rp.err != nil:
		refuse(w, rp.status, errors.New(rp.err.Message))
	case path == "/predict":
		answer(w, rp.status, rp.predictions[0])
	default:
		answer(w, rp.status, map[string]any{"predictions": rp.predictions})
	}
	a.logRequest(rq, &rp, time.Since(t.began))
}

// handleFeedback takes one label, or a list under "labels".
func (a *api) handleFeedback(w http.ResponseWriter, r *http.Request) {
	type truth struct {
		ID    string `json:"prediction_id"`
		Fraud bool   `json:"fraud"`
	}
	var in struct {
		truth
		Labels []truth `json:"labels"`
	}
	if err := decode(w, r, &in); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	if in.ID != "" {
		in.Labels = append(in.Labels, in.truth)
	}
	if len(in.Labels) == 0 {
		refuse(w, http.StatusBadRequest, errors.New(`no label: send {"prediction_id":"p-1","fraud":true} or {"labels":[...]}`))
		return
	}
	joined := 0
	for _, l := range in.Labels {
		joined += bitOf(a.feedback(l.ID, l.Fraud))
	}
	answer(w, http.StatusAccepted, map[string]any{"joined": joined, "unknown": len(in.Labels) - joined})
}

func (a *api) handleModel(w http.ResponseWriter, _ *http.Request) {
	a.scorer.mu.Lock()
	defer a.scorer.mu.Unlock()
	type loaded struct {
		Version string        `json:"version"`
		Variant string        `json:"variant"`
		Stage   string        `json:"stage"`
		Offline fraud.Quality `json:"offline"`
	}
	var list []loaded
	for _, s := range []*served{a.primary, a.canary, a.shadow} {
		if s != nil {
			list = append(list, loaded{s.model.Version, s.variant, s.model.Stage, s.ref.Quality})
		}
	}
	answer(w, http.StatusOK, map[string]any{"model": fraud.Name, "threshold": fraud.Threshold, "loaded": list})
}

func (a *api) handleIndex(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"service": scorerOrigin.Name, "version": scorerOrigin.Version, "simulated": true,
		"routes": []string{
			"POST /predict", "POST /predict/batch", "POST /feedback", "GET /model", "GET /error", "GET /slow?ms=",
			"POST /", "GET /metrics", "GET /healthz", "GET /readyz", "GET /-/chaos", "POST /-/chaos/{fault}",
		},
	})
}

func (a *api) handleError(w http.ResponseWriter, _ *http.Request) {
	t := w.(*traced)
	t.err = deliberate
	refuse(w, http.StatusInternalServerError, errors.New(deliberate.Message))
	took := time.Since(t.began)
	a.journal.write(&line{
		Level: "error", Message: "request failed: " + deliberate.Message,
		Event: event{Dataset: inference, Category: []string{"web"}, Action: "request-failed", Duration: int64(took)},
		Trace: t.trace.ID, Span: t.trace.Span, Root: t.trace.Span,
		HTTP: &httpField{httpRequest{Method: "GET"}, httpResponse{500}, "/error"}, URL: &urlField{"/error"}, Error: deliberate,
	})
}

func (a *api) handleSlow(w http.ResponseWriter, r *http.Request) {
	d := time.Second
	if text := r.URL.Query().Get("ms"); text != "" {
		ms, err := strconv.Atoi(text)
		if d = time.Duration(ms) * time.Millisecond; err != nil || d < 0 || d > maxSlow {
			refuse(w, http.StatusBadRequest, fmt.Errorf("ms is %q, want 0 to %d", text, maxSlow.Milliseconds()))
			return
		}
	}
	if sleep(r.Context(), d) == nil {
		answer(w, http.StatusOK, map[string]any{"slept_ms": d.Milliseconds()})
	}
}

// handleClientLog takes any JSON object as a log line of a client.
func (a *api) handleClientLog(w http.ResponseWriter, r *http.Request) {
	var in map[string]any
	if err := decode(w, r, &in); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	a.logClient(in, w.(*traced).trace)
	answer(w, http.StatusAccepted, map[string]any{"accepted": 1})
}

// decode reads one JSON value of bounded size, and says what was wrong.
func decode(w http.ResponseWriter, r *http.Request, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	err := d.Decode(into)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fmt.Errorf("body is larger than %d bytes", large.Limit)
	case errors.Is(err, io.EOF):
		return errors.New("body is empty, want a JSON object")
	case err != nil:
		return fmt.Errorf("body is not the JSON expected: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("body holds more than one JSON value")
	}
	return nil
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client is gone if this fails
}

func refuse(w http.ResponseWriter, status int, err error) {
	answer(w, status, map[string]any{"error": err.Error()})
}

// within leads requests through the process itself, with latencies drawn and,
// in real time, waited for.
type within struct {
	*scorer
	store *store
}

func (v within) lookup(ctx context.Context, _ trace, keys []lookupKey) ([]fraud.Profile, time.Duration, error) {
	took := v.store.latency()
	if !v.clock.simulated() {
		if err := sleep(ctx, took); err != nil {
			return nil, took, err
		}
	}
	v.store.done(http.StatusOK, took)
	return v.store.read(keys), took, nil
}

func (v within) infer(ctx context.Context, d time.Duration) (time.Duration, error) {
	if v.clock.simulated() {
		return 20 * time.Microsecond, nil
	}
	return v.work(ctx, d)
}

// work occupies one of the workers for a while.
func (s *scorer) work(ctx context.Context, d time.Duration) (time.Duration, error) {
	began := time.Now()
	if err := s.pool.acquire(ctx, s.limit()); err != nil {
		return 0, err
	}
	defer func() { s.pool.release(s.limit()) }()
	wait := time.Since(began)
	return wait, sleep(ctx, d)
}

// limit is how many workers there are.
func (s *scorer) limit() int {
	if s.chaos.Level("queue") > 0 {
		return 1
	}
	return workerCount
}
