package service

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"firewatch/demo/service/chaos"
)

// incident is a fault of the past, so many minutes before the history ends.
type incident struct {
	before, lasted time.Duration
	fault          string
	intensity      float64
}

// incidents give the charts of a fresh demo something to show. They are small:
// most of the error budget is left, and no alert still fires at the end.
var incidents = []incident{
	{5*time.Hour + 10*time.Minute, 3 * time.Minute, "missing-feature", .08},
	{2*time.Hour + 5*time.Minute, 2 * time.Minute, "error-burst", .05},
	{52 * time.Minute, 3 * time.Minute, "latency", 220},
}

// deployment is how long before the end of the history the model was loaded
// anew.
const deployment = 3*time.Hour + 20*time.Minute

// FastForward runs the traffic from one moment to another without waiting for
// anything, and calls at after each step so that the roles can be gathered as
// of that moment. It stops at the first error of at. Call it at most once,
// before Start, with from before to.
func (d *Demo) FastForward(from, to time.Time, step time.Duration, at func(now time.Time) error) error {
	if step <= 0 || !from.Before(to) {
		return fmt.Errorf("history from %s to %s in steps of %s cannot be written: want from before to and a positive step", from, to, step)
	}
	if d.scorer == nil || d.store == nil || d.traffic == nil {
		return errors.New("history cannot be written: it takes the roles serve, featurestore and load in one process")
	}
	defer d.clock.release()
	d.clock.set(from)
	d.age.mu.Lock()
	d.age.born = from
	d.age.mu.Unlock()
	d.scorer.relocate()
	run := d.newRun(from, to)
	for now := from; now.Before(to); {
		end := now.Add(step)
		if end.After(to) {
			end = to
		}
		run.until(end)
		d.scorer.spans.flush(context.Background())
		d.history.Set(float64(end.Unix()))
		if at != nil {
			if err := at(end); err != nil {
				return err
			}
		}
		now = end
	}
	d.chaos.Stop("")
	d.reached = to
	return nil
}

// run is the past being simulated.
type run struct {
	*Demo
	to       time.Time
	arrival  time.Time // of the next call
	tick     time.Time // of the next second
	planned  []incident
	deployed bool
	clients  uint64    // lines of clients
	traced   time.Time // from when on sampled requests have spans; others have them always
}

// tracedPast is how much of the history has the spans of sampled requests.
const tracedPast = 15 * time.Minute

func (d *Demo) newRun(from, to time.Time) *run {
	r := &run{Demo: d, to: to, arrival: d.traffic.next(from), tick: from, deployed: to.Add(-deployment).Before(from), traced: to.Add(-tracedPast)}
	for _, i := range incidents {
		if !to.Add(-i.before).Before(from) {
			r.planned = append(r.planned, i)
		}
	}
	return r
}

// until simulates everything up to a moment.
func (r *run) until(end time.Time) {
	for {
		if r.tick.Before(r.arrival) {
			if r.tick.After(end) {
				break
			}
			r.clock.set(r.tick)
			r.second()
			r.tick = r.tick.Add(time.Second)
			continue
		}
		if r.arrival.After(end) {
			break
		}
		r.clock.set(r.arrival)
		if r.traffic.accepted(r.arrival) {
			r.answer(r.traffic.draw())
		}
		r.arrival = r.traffic.next(r.arrival)
	}
	r.clock.set(end)
}

// second does what happens beside the calls.
func (r *run) second() {
	due := r.labels.due(r.tick)
	if r.chaos.Level("labels-stop") == 0 {
		for _, l := range due {
			r.scorer.feedback(l.id, l.actual)
		}
	}
	if len(r.planned) > 0 && !r.tick.Before(r.to.Add(-r.planned[0].before)) {
		i := r.planned[0]
		r.planned = r.planned[1:]
		_, _ = r.chaos.Start(i.fault, chaos.Request{Intensity: &i.intensity, Duration: i.lasted}) // the table is valid
	}
	if !r.deployed && !r.tick.Before(r.to.Add(-deployment)) {
		r.deployed = true
		r.scorer.reload()
	}
	r.scorer.http.observe("POST", "/feedback", http.StatusAccepted, 400*time.Microsecond, nil)
	r.chaos.Expire()
	r.scorer.watch()
}

// answer does what the HTTP layer does with a call, without HTTP.
func (r *run) answer(c call) {
	s := r.scorer
	switch {
	case len(c.items) > 0:
		rq := &request{route: c.route, items: c.items, trace: c.trace}
		rq.trace.Sampled = s.sample() && !r.arrival.Before(r.traced)
		rp := s.predict(context.Background(), rq, within{s, r.store})
		s.logRequest(rq, &rp, rp.took)
		s.spans.answered(rq.trace, exchange{c.method, c.route, rp.status, rp.err, rq.at[validating], rq.last()}, &rq.course)
		s.http.observe(c.method, c.route, rp.status, rp.took, nil)
		r.labels.add(c.labels, rp.predictions, r.clock.Now())
	case c.body != nil:
		r.clients++
		if r.clients%s.thin().client == 0 {
			s.logClient(c.body, c.trace)
		}
		s.http.observe(c.method, c.route, http.StatusAccepted, 300*time.Microsecond, nil)
	default:
		s.http.observe(c.method, c.route, http.StatusOK, 200*time.Microsecond, nil)
	}
}
