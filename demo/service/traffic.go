package service

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"firewatch/demo/service/chaos"
	"firewatch/demo/service/fraud"
)

// traffic draws who calls when, with what, and which label follows. It is not
// safe for concurrent use: one goroutine draws.
type traffic struct {
	rng   *rand.Rand
	zipf  *rand.Zipf
	chaos *chaos.Controller
	seed  uint64
	run   uint64 // see newTrace
	count uint64
	users [userCount]string
}

// userCount is how many users there are; the first ones call most.
const userCount = 2000

// call is one request of the callers.
type call struct {
	method, route string
	items         []fraud.Transaction
	labels        []label // of the items, in their order; without an id yet
	trace         trace
	body          map[string]any // of a client line
}

// label is a ground truth on its way. Delay is negative for the few decisions
// that never get one.
type label struct {
	id     string
	to     string // base URL of who predicted
	actual bool
	delay  time.Duration
}

const (
	meanRate = 10.0
	peakRate = 1.4 * meanRate
	cycle    = 10 * time.Minute
)

func newTraffic(seed uint64, faults *chaos.Controller) *traffic {
	r := rand.New(rand.NewPCG(seed, 0x70ad))
	t := &traffic{rng: r, zipf: rand.NewZipf(r, 1.1, 1, userCount-1), chaos: faults, seed: seed}
	for i := range t.users {
		t.users[i] = fmt.Sprintf("u-%04d", i+1)
	}
	return t
}

// rate is the mean number of requests a second at a moment: a day of callers
// passes in ten minutes.
func rate(now time.Time) float64 {
	phase := 2 * math.Pi * float64(now.UnixMilli()%cycle.Milliseconds()) / float64(cycle.Milliseconds())
	return meanRate * (1 + .4*math.Sin(phase))
}

// next is the moment of the next candidate after t: Poisson at the peak rate.
func (t *traffic) next(after time.Time) time.Time {
	return after.Add(time.Duration(t.rng.ExpFloat64() / peakRate * 1e9))
}

// accepted thins the candidates down to the rate of their moment.
func (t *traffic) accepted(at time.Time) bool {
	return t.rng.Float64() < rate(at)/peakRate && t.chaos.Level("traffic-stop") == 0
}

// draw draws one call: 82 % single predictions, 10 % batches, the rest looks
// around and logs.
func (t *traffic) draw() call {
	c := call{method: "POST", trace: newTrace(t.rng, t.run)}
	switch u := t.rng.Float64(); {
	case u < .82:
		c.route = "/predict"
		t.fill(&c, 1)
	case u < .92:
		c.route = "/predict/batch"
		t.fill(&c, 4+t.rng.IntN(13))
	case u < .95:
		c.method, c.route = "GET", "/model"
	case u < .97:
		c.method, c.route = "GET", "/"
	default:
		c.route = "/"
		c.body = t.clientLine()
	}
	return c
}

func (t *traffic) fill(c *call, n int) {
	shift := fraud.Shift{Drift: t.chaos.Level("drift"), Concept: t.chaos.Level("concept-drift")}
	c.items, c.labels = make([]fraud.Transaction, n), make([]label, n)
	for i := range n {
		t.count++
		tx := fraud.DrawTransaction(t.rng, shift)
		tx.ID, tx.User = "t-"+strconv.FormatUint(t.count, 10), t.user()
		stored, _, _ := storedFor(t.seed, lookupKey{tx.User, tx.ID})
		f, _ := fraud.Join(&tx, stored)
		l := label{actual: t.rng.Float64() < fraud.Truth(f.Terms(), shift)}
		l.delay = min(time.Duration(t.rng.ExpFloat64()*10e9), 45*time.Second)
		if t.rng.Float64() >= .98 {
			l.delay = -1
		}
		c.items[i], c.labels[i] = tx, l
	}
}

func (t *traffic) user() string { return t.users[t.zipf.Uint64()] }

var clientEvents = []struct{ level, message string }{
	{"info", "checkout completed"}, {"info", "payment page shown"}, {"info", "card stored"},
	{"debug", "retrying after a slow answer"}, {"warn", "payment page took longer than 3 s"},
}

func (t *traffic) clientLine() map[string]any {
	e := clientEvents[t.rng.IntN(len(clientEvents))]
	return map[string]any{"level": e.level, "message": e.message, "user": t.user(), "app": []string{"web", "ios", "android"}[t.rng.IntN(3)]}
}

// labelQueue holds the labels on their way, in one slot per second. The zero
// value is empty.
type labelQueue struct {
	slots [64][]label // by the second they are due; more than the longest delay
	taken int64       // the last second that was emptied
}

// add queues the labels of answered predictions.
func (q *labelQueue) add(labels []label, predictions []prediction, now time.Time) {
	for i, p := range predictions {
		if l := labels[i]; l.delay >= 0 {
			l.id = p.ID
			slot := &q.slots[max(now.Add(l.delay).Unix(), q.taken)%int64(len(q.slots))]
			*slot = append(*slot, l)
		}
	}
}

// due takes out the labels whose second has begun.
func (q *labelQueue) due(now time.Time) (out []label) {
	to := now.Unix()
	for s := max(q.taken, to-int64(len(q.slots))+1); s <= to; s++ {
		slot := &q.slots[s%int64(len(q.slots))]
		out = append(out, *slot...)
		*slot = (*slot)[:0]
	}
	q.taken = to
	return out
}
