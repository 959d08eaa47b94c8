package service

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"firewatch/demo/service/chaos"
	"firewatch/demo/service/fraud"
)

// scorer is the fraud detector without its transport: the same code answers
// real requests and writes the simulated history. It is safe for concurrent
// use.
type scorer struct {
	clock   *clock
	chaos   *chaos.Controller
	journal *journal
	spans   *spans // nil when none are made
	http    *httpMetrics
	ml      *mlMetrics
	seed    uint64
	follows bool // a further replica
	users   *activeUsers
	changes sync.Mutex // one change of models at a time
	pool    *workers

	mu        sync.Mutex // guards what follows
	rng       *rand.Rand
	drift     *driftWatch
	primary   *served
	shadow    *served
	canary    *served // nil while there is none
	pending   map[string]pending
	order     []expiring // pending, oldest first
	predicted uint64
	completed uint64
	joined    uint64
	lastLabel time.Time
	lastStall time.Time
	untilFail int // requests until the next failure that no fault causes
}

// served is a loaded model.
type served struct {
	model   *fraud.Model
	ref     *fraud.Reference
	variant string
	*modelSeries
}

// request is one call of /predict or /predict/batch.
type request struct {
	route string
	items []fraud.Transaction
	trace trace
	began time.Time // zero for the moment that predict is called
	course
}

// prediction is the answer for one item.
type prediction struct {
	ID       string  `json:"prediction_id"`
	TX       string  `json:"transaction_id"`
	Score    float64 `json:"score"`
	Decision string  `json:"decision"`
	Fraud    bool    `json:"fraud"`
	Version  string  `json:"model_version"`
	Variant  string  `json:"model_variant"`
}

// reply is the outcome of a request.
type reply struct {
	status      int
	predictions []prediction
	took        time.Duration // as the stages add up
	err         *failure
}

// route leads a request to the feature store and to a worker, over the network
// and in real time or within the process and in simulated time.
type route interface {
	// lookup fetches one profile per key and says how long that took.
	lookup(ctx context.Context, tr trace, keys []lookupKey) ([]fraud.Profile, time.Duration, error)
	// infer occupies a worker for a while and says how long it waited for it.
	infer(ctx context.Context, d time.Duration) (wait time.Duration, err error)
}

// clientGone is the status of a call whose caller did not wait for the answer.
const clientGone = 499

// lookupKey names a profile: of a user, as it was at one transaction.
type lookupKey struct {
	User string `json:"user_id"`
	TX   string `json:"transaction_id"`
}

var errQueueFull = errors.New("inference queue is full")

var (
	backendUnavailable = &failure{Type: "BackendUnavailable", Message: "model backend unavailable", Stack: "model.Predict: rpc to scorer backend\n\tfraud/serve.predict\n\tfraud/serve.handlePredict"}
	queueFull          = &failure{Type: "QueueFull", Message: "inference queue is full"}
	callerGone         = &failure{Type: "CallerGone", Message: "caller did not wait for the answer"}
	deliberate         = &failure{Type: "DeliberateError", Message: "failed because it was asked to", Stack: "fraud/serve.handleError\n\tnet/http.HandlerFunc.ServeHTTP"}
)

// meanBetweenFailures gives a base failure ratio of 0.02 %. Failures are
// spread evenly rather than at random: a cluster of them would spend the budget
// of a young stack.
const meanBetweenFailures = 5000

// predict carries a request through all stages. The trace of the request is
// sampled afterwards when it turned out to be worth it.
func (s *scorer) predict(ctx context.Context, rq *request, via route) reply {
	plan := s.plan(len(rq.items))
	rq.at[validating] = rq.began
	if rq.began.IsZero() {
		rq.at[validating] = s.clock.Now()
	}
	// Who is asked must know now what is kept, so failures that can be foreseen count.
	rq.trace.Sampled = rq.trace.Sampled || plan.fail || s.pool.depth() > 0
	rq.course.items, rq.by, rq.course.lookup = len(rq.items), plan.by, s.spans.id()
	keys := make([]lookupKey, len(rq.items))
	for i := range rq.items {
		keys[i] = lookupKey{rq.items[i].User, rq.items[i].ID}
	}
	rq.end(s.clock, plan.validate)
	profiles, looked, err := via.lookup(ctx, rq.asking(), keys)
	rq.end(s.clock, looked)
	how := ok
	if err != nil {
		profiles, how = make([]fraud.Profile, len(keys)), fallback
		if ctx.Err() == nil {
			rq.unfound = &failure{Type: "LookupFailed", Message: err.Error()}
		}
	}
	if plan.skipModel {
		how, rq.by = unasked, nil
	}
	var wait time.Duration
	err = ctx.Err()
	gone := err != nil
	if !gone && !plan.fail && how != unasked {
		wait, err = via.infer(ctx, plan.model)
	}
	took := []time.Duration{plan.validate, looked, wait, plan.model, plan.post}
	rp := reply{status: http.StatusOK}
	switch {
	case plan.fail:
		rp.status, rp.err, how = http.StatusInternalServerError, backendUnavailable, failed
	case errors.Is(err, errQueueFull):
		rp.status, rp.err, how = http.StatusServiceUnavailable, queueFull, rejected
	case err != nil:
		rp.status, rp.err, how = clientGone, callerGone, failed
	}
	if rp.err != nil || how == unasked {
		took = took[:2]
	}
	for _, d := range took {
		rp.took += d
	}
	rq.err = rp.err
	switch {
	case gone:
	case err != nil && wait == 0: // refused, or left while waiting
		rq.end(s.clock, 0)
	default:
		rq.waited(wait)
		rq.end(s.clock, plan.modelTime(how))
	}
	rq.trace.Sampled = rq.trace.Sampled || rp.err != nil || rq.unfound != nil || rp.took > slowRequest
	exemplar := s.exemplar(rq.trace)
	for i, d := range took {
		observe(plan.by.stages[i], d.Seconds(), exemplar)
	}
	s.slowLookup(rq, looked)
	if rp.err != nil {
		plan.by.outcome[how].Add(float64(len(rq.items)))
		s.ml.transactions["none"].Add(float64(len(rq.items)))
		return rp
	}
	if how != unasked {
		s.ml.wait.Observe(wait.Seconds())
		observe(plan.by.inference, plan.model.Seconds(), exemplar)
		plan.by.batch.Observe(float64(len(rq.items)))
	}
	rp.predictions = make([]prediction, len(rq.items))
	s.mu.Lock()
	for i := range rq.items {
		rp.predictions[i] = s.decide(rq, &rq.items[i], &profiles[i], plan.by, how, exemplar)
		rq.score += rp.predictions[i].Score / float64(len(rq.items))
	}
	s.mu.Unlock()
	rq.end(s.clock, plan.post)
	return rp
}

// asking is the trace context for the feature store.
func (rq *request) asking() trace {
	t := rq.trace
	if rq.course.lookup != "" {
		t.Span = rq.course.lookup
	}
	return t
}

// slowRequest is the latency objective; slower requests are always sampled.
const slowRequest = 250 * time.Millisecond

// exemplar is nil for a request that is not sampled.
func (s *scorer) exemplar(tr trace) prometheus.Labels {
	if s.clock.simulated() || !tr.Sampled { // an exemplar carries the time of the wall
		return nil
	}
	return prometheus.Labels{"trace_id": tr.ID, "span_id": tr.Span}
}

// sample decides by chance whether a request is sampled.
func (s *scorer) sample() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rng.Float64() < sampledShare
}

// plan is what chance and the active faults have in store for a request.
type plan struct {
	validate, model, post time.Duration
	by                    *served
	fail, skipModel       bool
}

// modelTime is how long the model works on a request.
func (p *plan) modelTime(how int) time.Duration {
	switch how {
	case unasked:
		return 0
	case failed:
		return time.Millisecond // until its backend says that it cannot
	}
	return p.model
}

func (s *scorer) plan(items int) plan {
	burst, queue, late := s.chaos.Level("error-burst"), s.chaos.Level("queue"), s.chaos.Level("latency")
	canary, stop := s.chaos.Level("canary"), s.chaos.Level("model-stop")
	s.mu.Lock()
	defer s.mu.Unlock()
	p := plan{
		validate: time.Duration(40e3 + 60e3*s.rng.Float64()), // nanoseconds
		post:     time.Duration(30e3 + 40e3*s.rng.Float64()),
		model:    time.Duration((1 + .03*float64(items-1)) * 8e6 * math.Exp(.35*s.rng.NormFloat64())),
		by:       s.primary,
	}
	if late > 1000 {
		p.model += time.Duration((late - 1000) * 1e6)
	}
	p.model += time.Duration(queue * 300e6)
	if s.canary != nil && s.rng.Float64() < canary {
		p.by = s.canary
	}
	s.untilFail--
	if s.untilFail <= 0 {
		s.untilFail = int(meanBetweenFailures * (.85 + .3*s.rng.Float64()))
		p.fail = true
	}
	p.fail = p.fail || s.rng.Float64() < burst
	p.skipModel = stop > 0
	return p
}
