package gameday

import (
	"context"
	"slices"
	"time"
)

// Check is one thing that must happen, or must not, and what came of it.
type Check struct {
	Kind  string `json:"kind"` // "alert", "inhibited", "line", "span" or "told"
	What  string `json:"what"`
	Never bool   `json:"never,omitempty"` // it must not happen
	// State is "waiting", "ok", "missing", or "unwanted" for what must not happen
	// and did.
	State string `json:"state"`
	// Seconds from the fault to when it was seen, 0 for what never was.
	Seconds int    `json:"seconds,omitempty"`
	Note    string `json:"note,omitempty"`

	within  int  // seconds that it may take; 0 for what must not happen
	seldom  bool // costs a search, so it is made every few seconds
	atEnd   bool // says nothing before the end
	happens func(context.Context, *sight) (bool, error)
}

// The states of a check.
const (
	waiting  = "waiting"
	fine     = "ok"
	missing  = "missing"
	unwanted = "unwanted"
)

// sight is what there is to be seen at a moment, each thing asked for once.
type sight struct {
	*stack
	began  time.Time // of the scenario
	firing []alarm   // in Prometheus

	heldBack []alarm
	took     []delivery
	asked    struct{ held, took bool }
}

func (v *sight) fires(a Alert) bool {
	return slices.ContainsFunc(v.firing, func(f alarm) bool { return f.State == "firing" && a.is(f.Labels) })
}

func (v *sight) inhibited(ctx context.Context, a Alert) (bool, error) {
	if !v.asked.held {
		list, err := v.held(ctx)
		if err != nil {
			return false, err
		}
		v.heldBack, v.asked.held = list, true
	}
	return slices.ContainsFunc(v.heldBack, func(h alarm) bool { return len(h.Status.InhibitedBy) > 0 && a.is(h.Labels) }), nil
}

// told tells whether a channel, or any for "", got an alert.
func (v *sight) told(ctx context.Context, channel, alert string) (bool, error) {
	if !v.asked.took {
		list, err := v.deliveries(ctx, v.began)
		if err != nil {
			return false, err
		}
		v.took, v.asked.took = list, true
	}
	return slices.ContainsFunc(v.took, func(d delivery) bool {
		return d.Alert == alert && (channel == "" || d.Channel == channel)
	}), nil
}

const (
	shortest = 120 // seconds that anything may take at least
	notified = 60  // seconds from an alert to its notification, at most
	// holdOff is how long after the fault the last line or span of what went well
	// before it may be written.
	holdOff = 15 * time.Second
)

// within is how many seconds something may take that was measured to take some.
func within(after int) int { return max(2*after, shortest) }

// checks are what a scenario has to be watched for.
func (s *Scenario) checks() (list []*Check) {
	add := func(kind, what string, c Check, happens func(context.Context, *sight) (bool, error)) {
		c.Kind, c.What, c.State, c.happens = kind, what, waiting, happens
		c.Never = c.within == 0
		list = append(list, &c)
	}
	slowest := shortest
	for _, a := range s.Alerts {
		slowest = max(slowest, within(a.After))
		add("alert", a.String(), Check{within: within(a.After)}, func(_ context.Context, v *sight) (bool, error) { return v.fires(a), nil })
	}
	for _, a := range s.Never {
		add("alert", a.String(), Check{}, func(_ context.Context, v *sight) (bool, error) { return v.fires(a), nil })
	}
	for _, a := range s.Inhibited {
		add("inhibited", a.String(), Check{within: slowest + notified, seldom: true}, func(ctx context.Context, v *sight) (bool, error) { return v.inhibited(ctx, a) })
	}
	for _, l := range s.Lines {
		c := Check{within: within(l.After), seldom: true}
		if l.Absent {
			c = Check{atEnd: true}
		}
		add("line", Line{Query: l.Query, Count: l.Count}.String(), c, func(ctx context.Context, v *sight) (bool, error) {
			since := v.began
			if l.Absent {
				since = since.Add(holdOff)
			}
			n, err := v.lines(ctx, l.Query, since)
			return n >= max(l.Count, 1), err
		})
	}
	for _, p := range s.Spans {
		c := Check{within: within(p.After), seldom: true}
		if p.Absent {
			c = Check{atEnd: true}
		}
		present := p
		present.Absent = false
		add("span", present.String(), c, func(ctx context.Context, v *sight) (bool, error) {
			since := v.began
			if p.Absent {
				since = since.Add(holdOff)
			}
			return v.found(ctx, p, since)
		})
	}
	for _, d := range s.Told {
		add("told", d.String(), Check{within: slowest + notified, seldom: true}, func(ctx context.Context, v *sight) (bool, error) { return v.told(ctx, d.Channel, d.Alert) })
	}
	for _, name := range s.Untold {
		add("told", name, Check{seldom: true}, func(ctx context.Context, v *sight) (bool, error) { return v.told(ctx, "", name) })
	}
	return list
}

// longest is how many seconds a scenario lasts at most.
func (s *Scenario) longest() int {
	seconds := s.Watch
	for _, c := range s.checks() {
		seconds = max(seconds, c.within)
	}
	return seconds
}
