package service

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strconv"
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
	http    *httpMetrics
	ml      *mlMetrics
	seed    uint64
	drift   *driftWatch
	users   *activeUsers
	pool    *workers

	mu        sync.Mutex // guards what follows
	rng       *rand.Rand
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

// pending is a decision that waits for its label.
type pending struct {
	by     *served
	fraud  bool
	score  float64
	amount float64
	at     time.Time
	trace  trace
	user   string
}

type expiring struct {
	id string
	at time.Time
}

// labelTTL is how long a decision waits for its label, and maxPending how many
// may wait.
const (
	labelTTL   = 2 * time.Minute
	maxPending = 20_000
)

// request is one call of /predict or /predict/batch.
type request struct {
	route string
	items []fraud.Transaction
	trace trace
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
	slow        bool
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

// lookupKey names a profile: of a user, as it was at one transaction.
type lookupKey struct {
	User string `json:"user_id"`
	TX   string `json:"transaction_id"`
}

var errQueueFull = errors.New("inference queue is full")

var (
	backendUnavailable = &failure{Type: "BackendUnavailable", Message: "model backend unavailable", Stack: "model.Predict: rpc to scorer backend\n\tfraud/serve.predict\n\tfraud/serve.handlePredict"}
	queueFull          = &failure{Type: "QueueFull", Message: "inference queue is full"}
	deliberate         = &failure{Type: "DeliberateError", Message: "failed because it was asked to", Stack: "fraud/serve.handleError\n\tnet/http.HandlerFunc.ServeHTTP"}
)

// meanBetweenFailures gives a base failure ratio of 0.02 %. Failures are
// spread evenly rather than at random: a cluster of them would spend the budget
// of a young stack.
const meanBetweenFailures = 5000

// predict carries a request through all stages.
func (s *scorer) predict(ctx context.Context, rq *request, via route) reply {
	var rp reply
	plan := s.plan(len(rq.items))
	keys := make([]lookupKey, len(rq.items))
	for i := range rq.items {
		keys[i] = lookupKey{rq.items[i].User, rq.items[i].ID}
	}
	profiles, looked, err := via.lookup(ctx, rq.trace, keys)
	blind := err != nil
	if blind {
		profiles = make([]fraud.Profile, len(keys))
	}
	var wait time.Duration
	if !plan.fail {
		wait, err = via.infer(ctx, plan.model)
	}
	rp.took = plan.validate + looked + wait + plan.post
	rp.slow = rp.took+plan.model > slowRequest
	switch {
	case plan.fail:
		rp.status, rp.err = 500, backendUnavailable
	case errors.Is(err, errQueueFull):
		rp.status, rp.err = 503, queueFull
	default:
		rp.status = 200
		rp.took += plan.model
	}
	exemplar := s.exemplar(rq.trace, rp.err != nil || rp.slow, plan.sampled)
	for i, d := range []time.Duration{plan.validate, looked, wait, plan.model, plan.post} {
		if rp.err != nil && i > 1 {
			break
		}
		observe(s.ml.stages[plan.by.variant][i], d.Seconds(), exemplar)
	}
	s.slowLookup(rq, looked)
	if rp.err != nil {
		outcome := failed
		if rp.status == 503 {
			outcome = rejected
		}
		plan.by.outcome[outcome].Add(float64(len(rq.items)))
		s.ml.transactions["none"].Add(float64(len(rq.items)))
		return rp
	}
	s.ml.wait.Observe(wait.Seconds())
	observe(plan.by.inference, plan.model.Seconds(), exemplar)
	plan.by.batch.Observe(float64(len(rq.items)))
	how := ok
	if blind || plan.skipModel {
		how = fallback
	}
	rp.predictions = make([]prediction, len(rq.items))
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range rq.items {
		rp.predictions[i] = s.decide(&rq.items[i], &profiles[i], rq, plan.by, how, exemplar)
	}
	return rp
}

// slowRequest is the latency objective; slower requests are always sampled.
const slowRequest = 250 * time.Millisecond

func (s *scorer) exemplar(tr trace, always, sampled bool) prometheus.Labels {
	if s.clock.simulated() || !always && !sampled { // an exemplar carries the time of the wall
		return nil
	}
	return prometheus.Labels{"trace_id": tr.ID, "span_id": tr.Span}
}

// plan is what chance and the active faults have in store for a request.
type plan struct {
	validate, model, post time.Duration
	by                    *served
	fail, sampled         bool
	skipModel             bool
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
		sampled:  s.rng.Float64() < .2,
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

// decide scores one item and counts everything about it. The caller holds mu.
func (s *scorer) decide(tx *fraud.Transaction, profile *fraud.Profile, rq *request, by *served, how int, exemplar prometheus.Labels) prediction {
	skew := s.chaos.Level("skew")
	tx.Amount *= 1 + .35*skew
	stored, row := s.complete(tx, profile, by, rq)
	f, known := fraud.Join(tx, stored)
	if !known {
		s.ml.values[2][valueUnseen].Inc()
	} else {
		s.ml.values[2][valueOK].Inc()
	}
	terms := f.Terms()
	score := by.model.Score(terms)
	if how == fallback {
		score = .1
		if f.Amount > 150 {
			score = .9
		}
	}
	bit := 0
	if score >= fraud.Threshold {
		bit = 1
	}
	features := f.Row(score)
	if row.missingDevice {
		features[5] = math.NaN()
	}
	s.predicted++
	id := "p-" + strconv.FormatUint(s.predicted, 10)
	by.outcome[how].Inc()
	if how == ok {
		for i, v := range features {
			b := by.ref.Bins[i].Of(v)
			by.bins[i][b].Inc()
			if by == s.primary {
				s.drift.count(i, b)
			}
		}
		by.class[bit].Inc()
		observe(by.score, score, exemplar)
		by.confidence.Observe(max(score, 1-score))
		s.compareShadow(terms, bit)
		if s.predicted%5 == 0 {
			s.checkSkew(rq, skew > 0)
		}
	}
	decision := "approve"
	if bit == 1 {
		decision = "decline"
	}
	s.ml.transactions[decision].Inc()
	s.ml.amount[decision].Add(tx.Amount)
	now := s.clock.Now()
	s.users.seen(tx.User, now)
	s.await(id, pending{by: by, fraud: bit == 1, score: score, amount: tx.Amount, at: now, trace: rq.trace, user: tx.User})
	s.logDecision(tx, rq, by, how, score, bit)
	return prediction{
		ID: id, TX: tx.ID, Score: math.Round(score*1e4) / 1e4, Decision: decision, Fraud: bit == 1,
		Version: by.model.Version, Variant: by.variant,
	}
}

type completed struct{ missingDevice bool }

// complete fills what is missing from the medians of training, and counts the
// state of every value.
func (s *scorer) complete(tx *fraud.Transaction, p *fraud.Profile, by *served, rq *request) (st fraud.Stored, c completed) {
	for i, v := range [...]float64{0: tx.Amount, 1: float64(tx.Hour), 3: tx.Distance, 4: 0} {
		switch {
		case i == 2: // the category is counted by whoever joins
		case i == 0 && v <= 0, i == 1 && (v < 0 || v > 23), i == 3 && v < 0:
			s.ml.values[i][valueOutOfRange].Inc()
		default:
			s.ml.values[i][valueOK].Inc()
		}
	}
	tx.Amount, tx.Distance = max(tx.Amount, .01), max(tx.Distance, 0)
	for i, v := range [...]struct {
		from *float64
		to   *float64
	}{{p.DeviceAge, &st.DeviceAge}, {p.TxCount, &st.TxCount}, {p.AccountAge, &st.AccountAge}, {p.Chargeback, &st.Chargeback}} {
		feature := 5 + i
		if v.from != nil {
			*v.to = *v.from
			s.ml.values[feature][valueOK].Inc()
			continue
		}
		*v.to = by.ref.Bins[feature].Median
		s.ml.values[feature][valueMissing].Inc()
		if feature == 5 {
			c.missingDevice = true
			s.logMissing(rq, tx, fraud.Names[feature])
		}
	}
	return st, c
}

func (s *scorer) compareShadow(t *fraud.Terms, bit int) {
	if s.predicted%5 != 0 {
		return
	}
	score := s.shadow.model.Score(t)
	other := 0
	if score >= fraud.Threshold {
		other = 1
	}
	s.shadow.outcome[ok].Inc()
	s.shadow.class[other].Inc()
	s.shadow.score.Observe(score)
	same := 0
	if other == bit {
		same = 1
	}
	s.ml.agree[same].Inc()
}

// checkSkew recomputes the features of a sample the way training did. Serving
// computes only the amount otherwise, and only while it is made to.
func (s *scorer) checkSkew(rq *request, amountDiffers bool) {
	for i := range s.ml.skew {
		s.ml.skew[i][bitOf(i != 0 || !amountDiffers)].Inc()
	}
	if amountDiffers {
		s.logSkew(rq, fraud.Names[0])
	}
}

// await keeps a decision until its label arrives. The caller holds mu.
func (s *scorer) await(id string, p pending) {
	s.pending[id] = p
	s.order = append(s.order, expiring{id, p.at})
	n := 0
	for n < len(s.order) && (p.at.Sub(s.order[n].at) > labelTTL || len(s.order)-n > maxPending) {
		delete(s.pending, s.order[n].id)
		n++
	}
	s.order = s.order[n:]
}

// feedback joins a label to its decision. It returns false when the decision
// is not known, or no longer.
func (s *scorer) feedback(id string, actual bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, known := s.pending[id]
	if !known {
		return false
	}
	delete(s.pending, id)
	now := s.clock.Now()
	s.lastLabel = now
	predicted, label := 0, 0
	if p.fraud {
		predicted = 1
	}
	if actual {
		label = 1
	}
	p.by.feedback[predicted][label].Inc()
	diff := p.score - float64(label)
	p.by.squared.Add(diff * diff)
	s.ml.delay.Observe(now.Sub(p.at).Seconds())
	switch {
	case actual && !p.fraud:
		s.ml.loss.Add(p.amount)
	case !actual && p.fraud:
		s.ml.declined.Add(p.amount)
	}
	s.logFeedback(&p, predicted, label)
	return true
}
