package gameday

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Runner plays scenarios on a stack that runs.
type Runner struct {
	At Addresses
	// Patience stretches how long anything may take, for a slow machine; 0 is 1.
	Patience float64
	// Tell is told of what happens when it happens; nil is not.
	Tell func(Event)
	// Hand asks a person to do something and returns when it is done; nil skips
	// what needs a person.
	Hand func(ctx context.Context, scenario, command string) error
}

// Event is something that happened in a game day.
type Event struct {
	Scenario string
	Seconds  int    // since the fault
	State    string // that of a [Check], or "begins", "ends" or "skipped"
	What     string
}

// Result is what came of a scenario.
type Result struct {
	Scenario string    `json:"scenario"`
	State    string    `json:"state"` // "passed", "failed" or "skipped"
	Reason   string    `json:"reason,omitempty"`
	Began    time.Time `json:"began,omitzero"`
	Seconds  int       `json:"seconds"` // that it took
	Checks   []*Check  `json:"checks,omitempty"`
}

// The states of a result.
const (
	passed  = "passed"
	failed  = "failed"
	skipped = "skipped"
)

// Failed tells whether something did not come as it should, or came and should
// not.
func (r *Result) Failed() bool { return r.State == failed }

const (
	// calm bounds the wait for alerts of interest to clear while nothing is played.
	calm = 6 * time.Minute
	// lost bounds how long Prometheus may not answer.
	lost = time.Minute
	// ending bounds the requests that mend what was broken.
	ending = 20 * time.Second
)

// playing is a scenario that has begun.
type playing struct {
	Scenario
	result *Result
	looked time.Time // the last time for what costs a search
	byHand bool
}

// play is one game day.
type play struct {
	*Runner
	stack   *stack
	compose bool
	waits   []Scenario
	runs    []*playing
	results []*Result
	ready   bool      // Prometheus has scraped everything for a few seconds
	settled bool      // and for more than a minute
	stuck   time.Time // since when nothing is played though there is something to play
}

// ErrBusy is wrapped by the error for a stack on which something is broken
// already.
var ErrBusy = errors.New("something is broken there already")

// Play plays scenarios, as many at a time as do not disturb each other, each when
// what it looks at is quiet. It mends what it broke, whatever happens, and returns
// the results in the order of the scenarios. The error says why it could not go
// on; the results are then those that there are.
func (r *Runner) Play(ctx context.Context, list []Scenario) ([]*Result, error) {
	if name := r.At.missing(); name != "" {
		return nil, fmt.Errorf("play a game day: no address for %s", name)
	}
	p := &play{Runner: r, stack: &stack{at: r.At}, waits: slices.Clone(list)}
	defer p.stack.client.CloseIdleConnections()
	faults, err := p.stack.active(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the service for its faults: %w", err)
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("%w: %s; end that with go run ./demo chaos --stop", ErrBusy, strings.Join(faults, ", "))
	}
	// Only where every role is a process of its own have the callers an address.
	roles, err := p.stack.known(ctx, `up{job="traffic"}`)
	if err != nil {
		return nil, fmt.Errorf("ask Prometheus what it scrapes: %w", err)
	}
	p.compose = roles > 0
	err = p.run(ctx)
	if err != nil {
		p.abandon(context.WithoutCancel(ctx))
	}
	slices.SortStableFunc(p.results, func(a, b *Result) int { return place(list, a) - place(list, b) })
	return p.results, err
}

func place(list []Scenario, r *Result) int {
	return slices.IndexFunc(list, func(s Scenario) bool { return s.Name == r.Scenario })
}

func (p *play) run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	heard := time.Now()
	for len(p.waits)+len(p.runs) > 0 {
		firing, err := p.stack.alerts(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			heard = time.Now()
			if err := p.turn(ctx, firing); err != nil {
				return err
			}
		case time.Since(heard) > lost:
			return fmt.Errorf("ask Prometheus for its alerts: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// turn looks at what is played, ends what is over and begins what can begin.
func (p *play) turn(ctx context.Context, firing []alarm) error {
	for _, x := range slices.Clone(p.runs) {
		if !p.look(ctx, x, firing) {
			continue
		}
		p.runs = slices.DeleteFunc(p.runs, func(y *playing) bool { return x == y })
		if err := p.end(ctx, x); err != nil {
			return err
		}
	}
	// An alert on a change needs to have seen what was before.
	p.ready = p.ready || p.ran(ctx, "15s")
	p.settled = p.settled || p.ready && p.ran(ctx, "80s")
	for _, s := range slices.Clone(p.waits) {
		if err := p.consider(ctx, s, firing); err != nil {
			return err
		}
	}
	return p.unstick(firing)
}

// ran tells whether Prometheus scraped itself so long ago. When it does not answer,
// what waits for it goes on waiting.
func (p *play) ran(ctx context.Context, ago string) bool {
	n, err := p.stack.known(ctx, `up{job="prometheus"} offset `+ago)
	return err == nil && n > 0
}

// consider begins a scenario if it can be played at this moment, and drops it if
// it cannot at all.
func (p *play) consider(ctx context.Context, s Scenario, firing []alarm) error {
	byHand := s.Place == Embedded && p.compose || s.Place == Compose
	switch {
	case s.Place == Compose && !p.compose:
		p.drop(s, skipped, "only on compose")
		return nil
	case byHand && s.Hand.Break == "":
		p.drop(s, skipped, "only on the demo in one process")
		return nil
	case byHand && p.Hand == nil:
		p.drop(s, skipped, "needs you: "+s.Hand.Break)
		return nil
	case byHand && len(p.runs) > 0: // a person takes the time that he takes
		return nil
	case slices.ContainsFunc(p.runs, func(x *playing) bool { return x.byHand || x.disturbs(&s) }):
		return nil
	case noisy(&s, firing) != "" || !p.ready || s.Settled && !p.settled:
		return nil
	}
	return p.begin(ctx, s, byHand)
}

// noisy names an alert of interest that a scenario would have to wait for.
func noisy(s *Scenario, firing []alarm) string {
	for _, a := range s.interest() {
		if slices.ContainsFunc(firing, func(f alarm) bool { return a.is(f.Labels) }) {
			return a.String()
		}
	}
	return ""
}

// drop takes a scenario off the list without playing it.
func (p *play) drop(s Scenario, state, reason string) {
	p.take(s)
	p.results = append(p.results, &Result{Scenario: s.Name, State: state, Reason: reason})
	p.tell(Event{s.Name, 0, state, reason})
}

func (p *play) take(s Scenario) {
	p.waits = slices.DeleteFunc(p.waits, func(w Scenario) bool { return w.Name == s.Name })
}

func (p *play) tell(e Event) {
	if p.Tell != nil {
		p.Tell(e)
	}
}

// stretched is so many seconds as long as the patience is.
func (p *play) stretched(seconds int) time.Duration {
	return time.Duration(float64(seconds) * max(p.Patience, 1) * float64(time.Second))
}

func (p *play) begin(ctx context.Context, s Scenario, byHand bool) error {
	p.take(s)
	x := &playing{Scenario: s, byHand: byHand, result: &Result{Scenario: s.Name, Began: time.Now(), Checks: s.checks()}}
	p.results, p.runs = append(p.results, x.result), append(p.runs, x)
	if byHand {
		if err := p.Hand(ctx, s.Name, s.Hand.Break); err != nil {
			return fmt.Errorf("%s: wait for a person: %w", s.Name, err)
		}
		x.result.Began = time.Now()
		p.tell(Event{s.Name, 0, "begins", s.Breaks})
		return nil
	}
	p.tell(Event{s.Name, 0, "begins", s.Breaks})
	last := min(p.stretched(s.longest()+30), 30*time.Minute)
	for _, step := range s.Do {
		if err := p.stack.take(ctx, step, last); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

// often is how often what costs a search is looked for.
const often = 3 * time.Second

// look sees what has come of a scenario, and tells whether it is over.
func (p *play) look(ctx context.Context, x *playing, firing []alarm) (over bool) {
	since := time.Since(x.result.Began)
	search := time.Since(x.looked) >= often
	if search {
		x.looked = time.Now()
	}
	v := &sight{stack: p.stack, began: x.result.Began, firing: firing}
	over = since >= time.Duration(x.Watch)*time.Second
	for _, c := range x.result.Checks {
		if c.State != waiting || c.atEnd {
			continue
		}
		late := !c.Never && since > p.stretched(c.within)
		if !c.seldom || search || late {
			happens, err := c.happens(ctx, v)
			switch {
			case err != nil:
				c.Note = err.Error()
			case happens && c.Never:
				p.settle(x, c, unwanted)
			case happens:
				p.settle(x, c, fine)
			}
		}
		if c.State == waiting && late {
			p.settle(x, c, missing)
		}
		over = over && (c.Never || c.State != waiting)
	}
	return over
}

// settle says what came of a check.
func (p *play) settle(x *playing, c *Check, state string) {
	c.State = state
	seconds := int(math.Ceil(time.Since(x.result.Began).Seconds()))
	if state == fine && !c.Never || state == unwanted {
		c.Seconds, c.Note = seconds, ""
	}
	what := c.Kind + " " + c.What
	if c.Never {
		what = "not: " + what
	}
	if c.Note != "" {
		what += " (" + c.Note + ")"
	}
	p.tell(Event{x.Name, seconds, state, what})
}

// end settles what only the end tells, and mends what is broken.
func (p *play) end(ctx context.Context, x *playing) error {
	v := &sight{stack: p.stack, began: x.result.Began}
	for _, c := range x.result.Checks {
		if c.State != waiting {
			continue
		}
		state := fine
		if c.atEnd {
			happens, err := c.happens(ctx, v)
			switch {
			case err != nil:
				state, c.Note = missing, err.Error()
			case happens:
				state = unwanted
			}
		}
		p.settle(x, c, state)
	}
	err := p.mend(ctx, x)
	x.result.Seconds = int(time.Since(x.result.Began).Seconds())
	x.result.State = passed
	for _, c := range x.result.Checks {
		if c.State != fine {
			x.result.State = failed
		}
	}
	p.tell(Event{x.Name, x.result.Seconds, "ends", x.result.State})
	return err
}

// mend ends what a scenario broke.
func (p *play) mend(ctx context.Context, x *playing) error {
	if x.byHand {
		if err := p.Hand(ctx, x.Name, x.Scenario.Hand.Mend); err != nil {
			return fmt.Errorf("%s: wait for a person to mend it with %s: %w", x.Name, x.Scenario.Hand.Mend, err)
		}
		return nil
	}
	var err error
	for _, step := range x.Do {
		err = errors.Join(err, p.stack.undo(ctx, step))
	}
	if err != nil {
		return fmt.Errorf("%s: mend it: %w", x.Name, err)
	}
	return nil
}

// abandon mends what is broken when a game day cannot go on.
func (p *play) abandon(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, ending)
	defer cancel()
	for _, x := range p.runs {
		x.result.State, x.result.Reason = failed, "the game day was cut off"
		if x.byHand {
			x.result.Reason += "; mend it with " + x.Scenario.Hand.Mend
		} else if err := p.mend(ctx, x); err != nil {
			x.result.Reason += "; " + err.Error()
		}
	}
	p.runs = nil
}

// unstick gives up what waits for alerts that do not clear.
func (p *play) unstick(firing []alarm) error {
	if len(p.runs) > 0 || len(p.waits) == 0 {
		p.stuck = time.Time{}
		return nil
	}
	if p.stuck.IsZero() {
		p.stuck = time.Now()
	}
	if time.Since(p.stuck) < time.Duration(float64(calm)*max(p.Patience, 1)) {
		return nil
	}
	for _, s := range slices.Clone(p.waits) {
		why := "Prometheus has not scraped itself for a while"
		if name := noisy(&s, firing); name != "" {
			why = name + " fires all the time"
		}
		p.drop(s, failed, why)
	}
	return nil
}
