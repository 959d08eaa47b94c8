package ui

import (
	"errors"
	"slices"
	"time"

	"firewatch/sources"
)

const (
	// maxProbe bounds the wait between two probes of a dead source: short, since
	// one small request is all that it costs.
	maxProbe = 10 * time.Second
	// deaf is how many time-outs in a row make a source dead; one may be the query's fault.
	deaf = 3
	// suspect is how often in a row a query may be the one that finds its source
	// dead before the fault is taken to be its own.
	suspect = 2
)

// health is what is known of one source.
type health struct {
	// err is why the source is dead; nil while it answers.
	err error
	// fails counts probes, timeouts the time-outs in a row.
	fails, timeouts int
	// until is when the next probe may go; since is the serial that was current
	// when the source was found dead: later requests are probes.
	until  time.Time
	since  uint64
	flying int
	// took is the time of the last answer; answered is false before the first.
	took     time.Duration
	answered bool
}

// dead says that the source as a whole does not answer.
func (h *health) dead() bool { return h.err != nil }

// admits says whether one more request may go to the source: one at a time, and
// not before its wait is over, while it is dead.
func (h *health) admits(now time.Time) bool {
	if h.dead() {
		return h.flying == 0 && !now.Before(h.until)
	}
	return h.flying < slotsEach
}

func (s *scheduler) healthOf(source string) *health {
	h := s.health[source]
	if h == nil {
		h = &health{}
		s.health[source] = h
	}
	return h
}

// judge learns from an answer how its source is. A query that again and again
// fails on a source which answers others is at fault itself: it waits for its own
// back-off and says nothing about the source.
func (s *scheduler) judge(now time.Time, e *entry, m resultMsg) {
	h := s.healthOf(m.q.Source())
	switch k := kindOf(m.err); {
	case m.err == nil:
		h.took, h.answered, h.timeouts = m.took, true, 0
		s.revive(h, m)
	case k == sources.Timeout:
		if h.timeouts++; h.timeouts >= deaf || h.dead() {
			s.bury(h, now, m)
		}
	case k == sources.Unreachable, k == sources.NotConfigured, k == sources.NotThis, k == sources.Busy:
		if !h.dead() {
			if e.alone++; e.alone > suspect {
				return
			}
		}
		s.bury(h, now, m)
	default:
		// It answered, if only to refuse this question.
		h.timeouts = 0
		s.revive(h, m)
	}
}

// bury marks a source dead, with the reason on everything that waits for it.
func (s *scheduler) bury(h *health, now time.Time, m resultMsg) {
	wait := maxProbe
	if kindOf(m.err) == sources.NotConfigured {
		wait = keep
	} else if h.fails < 8 {
		wait = min(maxProbe, time.Second<<h.fails)
	}
	h.fails++
	if !h.dead() {
		h.since = s.serial
	}
	h.err, h.until = apart(m.err), now.Add(wait)
	for q, e := range s.entries {
		if q.Source() == m.q.Source() && e.cancel == nil && q != m.q {
			e.Err, e.wait = h.err, 0
			s.version(e)
		}
	}
}

// revive marks a source alive. When a probe found it so, what it owes is asked at
// once. An answer to a request that was on its way before only contradicts the
// burial: the one query that failed waits for its own back-off, and nothing is
// asked early, or a server that sheds load would be asked without end.
func (s *scheduler) revive(h *health, m resultMsg) {
	if !h.dead() {
		return
	}
	h.err, h.fails = nil, 0
	if m.serial > h.since {
		s.againOf(m.q.Source())
		return
	}
	for q, e := range s.entries {
		if q.Source() == m.q.Source() && e.cancel == nil && e.fails == 0 && e.Err != nil && q != m.q {
			e.Err = nil
			s.version(e)
		}
	}
}

// beats are the cheapest question to each kind of source.
var beats = map[string]sources.Query{
	"prometheus":    sources.PrometheusStatus{},
	"alertmanager":  sources.AlertmanagerStatus{},
	"elasticsearch": sources.LogStatus{},
}

// pulses adds to asks one cheap question to each source that nothing on the
// screen asks, so that the header knows how it is.
func (s *Shell) pulses(asks []sources.Query) []sources.Query {
	for _, k := range s.cfg.Kinds {
		q := beats[k]
		if q != nil && !slices.ContainsFunc(asks, func(a sources.Query) bool { return a.Source() == k }) {
			asks = append(asks, q)
		}
	}
	return asks
}

// apart is an error without the request that met it, for whatever else waits for
// the same source.
func apart(err error) error {
	var e *sources.Error
	if !errors.As(err, &e) || e.What == "" {
		return err
	}
	plain := *e
	plain.What = ""
	return &plain
}

// kindOf is the kind of a source's error; Failed for any other.
func kindOf(err error) sources.Kind {
	var e *sources.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return sources.Failed
}
