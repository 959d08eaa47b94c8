package service

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"firewatch/demo/service/chaos"
	"firewatch/demo/service/fraud"
)

// store is the feature store. Its metrics have the classic names on purpose, so
// that a console meets both conventions. It is safe for concurrent use.
type store struct {
	clock   *clock
	chaos   *chaos.Controller
	journal *journal
	spans   *spans // nil when none are made
	seed    uint64

	requests map[int]prometheus.Counter // by status
	duration prometheus.Observer
	inflight prometheus.Gauge
	rows     [2]prometheus.Counter // found, missing

	mu  sync.Mutex
	rng *rand.Rand
}

const (
	featuresRoute = "/features"
	maxKeys       = 64
)

func newStore(reg prometheus.Registerer, c *clock, faults *chaos.Controller, j *journal, seed uint64) *store {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total", Help: "HTTP requests answered."}, []string{"method", "route", "status"})
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_request_duration_seconds", Help: "Duration of HTTP requests.", Buckets: secondsBuckets,
	}, []string{"method", "route"})
	inflight := prometheus.NewGauge(prometheus.GaugeOpts{Name: "http_requests_in_flight", Help: "HTTP requests under way."})
	rows := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "feature_store_rows_total", Help: "Profiles read."}, []string{"result"})
	reg.MustRegister(requests, duration, inflight, rows)
	s := &store{
		clock: c, chaos: faults, journal: j, seed: seed, inflight: inflight,
		requests: map[int]prometheus.Counter{}, duration: duration.WithLabelValues("POST", featuresRoute),
		rows: [2]prometheus.Counter{rows.WithLabelValues("complete"), rows.WithLabelValues("incomplete")},
		rng:  rand.New(rand.NewPCG(seed, 0x5702e)),
	}
	for _, status := range []int{200, 400, 500, 503} {
		s.requests[status] = requests.WithLabelValues("POST", featuresRoute, fmt.Sprint(status))
	}
	return s
}

// storedFor is what the store knows of a transaction: always the same for the
// same seed and key.
func storedFor(seed uint64, k lookupKey) (s fraud.Stored, missing bool, chance float64) {
	h := uint64(14695981039346656037) // FNV-1a, on the stack
	for _, part := range [2]string{k.User, k.TX} {
		for i := range len(part) {
			h = (h ^ uint64(part[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211
	}
	var pcg rand.PCG
	pcg.Seed(seed, h)
	r := rand.New(&pcg)
	s = fraud.DrawStored(r)
	return s, fraud.Missing(r), r.Float64()
}

// read looks profiles up and counts them.
func (s *store) read(keys []lookupKey) []fraud.Profile {
	lost := s.chaos.Level("missing-feature")
	out := make([]fraud.Profile, len(keys))
	for i, k := range keys {
		v, missing, chance := storedFor(s.seed, k)
		out[i] = fraud.Profile{DeviceAge: &v.DeviceAge, TxCount: &v.TxCount, AccountAge: &v.AccountAge, Chargeback: &v.Chargeback}
		if missing || chance < lost {
			out[i].DeviceAge = nil
			s.rows[1].Inc()
		} else {
			s.rows[0].Inc()
		}
	}
	return out
}

// latency draws how long a lookup takes: lognormal with a median of 6 ms, and
// 0.2 % above a quarter of a second.
func (s *store) latency() time.Duration {
	late := min(s.chaos.Level("latency"), 1000)
	s.mu.Lock()
	defer s.mu.Unlock()
	seconds := .006 * math.Exp(.45*s.rng.NormFloat64())
	if s.rng.Float64() < .002 {
		seconds = .26 + .34*s.rng.Float64()
	}
	if late > 0 {
		seconds += late / 1000 * (.9 + .2*s.rng.Float64())
	}
	return time.Duration(seconds * 1e9)
}

// done counts an answered request.
func (s *store) done(status int, took time.Duration) {
	s.requests[status].Inc()
	s.duration.Observe(took.Seconds())
}

// ServeHTTP answers POST /features: {"keys":[{"user_id","transaction_id"}]}
// with {"profiles":[...]} in the same order.
func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	s.inflight.Inc()
	defer s.inflight.Dec()
	status := s.lookup(w, r)
	took := time.Since(began)
	if status != clientGone {
		s.done(status, took)
	}
	up := caller(r.Header)
	s.spans.lookedUp(trace{ID: up.ID, Parent: up.Span, Sampled: up.Sampled || took > slowRequest},
		exchange{method: http.MethodPost, route: featuresRoute, status: status, began: began, ended: began.Add(took)})
}

// lookup answers a request and returns the status of the answer.
func (s *store) lookup(w http.ResponseWriter, r *http.Request) int {
	var in struct {
		Keys []lookupKey `json:"keys"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in)
	if err == nil && (len(in.Keys) == 0 || len(in.Keys) > maxKeys) {
		err = fmt.Errorf("%d keys, want 1 to %d", len(in.Keys), maxKeys)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, fmt.Errorf("reading the keys: %w", err))
		return http.StatusBadRequest
	}
	if sleep(r.Context(), s.latency()) != nil {
		return clientGone
	}
	answer(w, http.StatusOK, map[string]any{"profiles": s.read(in.Keys)})
	return http.StatusOK
}

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
