package service

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"firewatch/demo/service/fraud"
)

// driftWatch keeps the bins of the last two minutes of primary traffic, in
// slices of ten seconds. The scorer's lock guards it.
type driftWatch struct {
	slices [12][][]uint32 // by feature and bin
	at     int
	turned time.Time
	looked time.Time
	told   time.Time
}

func newDriftWatch(ref *fraud.Reference) *driftWatch {
	w := &driftWatch{}
	for i := range w.slices {
		w.slices[i] = make([][]uint32, len(ref.Bins))
		for f, b := range ref.Bins {
			w.slices[i][f] = make([]uint32, max(len(b.Labels), 12))
		}
	}
	return w
}

func (w *driftWatch) count(feature, bin int) { w.slices[w.at][feature][bin]++ }

// window sums the slices of a feature.
func (w *driftWatch) window(feature, bins int) (counts []uint32, n uint32) {
	counts = make([]uint32, bins)
	for i := range w.slices {
		for b := range counts {
			counts[b] += w.slices[i][feature][b]
			n += w.slices[i][feature][b]
		}
	}
	return counts, n
}

// turn begins a new slice when ten seconds are over.
func (w *driftWatch) turn(now time.Time) {
	if now.Sub(w.turned) < 10*time.Second {
		return
	}
	w.turned = now
	w.at = (w.at + 1) % len(w.slices)
	for _, bins := range w.slices[w.at] {
		clear(bins)
	}
}

// minSamples is how many values a drift figure needs: with fewer, chance alone
// looks like drift.
const minSamples = 900

// watch does what the service does by itself, about once a second: it reports
// drift, and labels that stopped coming.
func (s *scorer) watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	s.drift.turn(now)
	every := time.Minute
	if s.clock.simulated() {
		every = 5 * time.Minute
	}
	if now.Sub(s.drift.looked) >= 30*time.Second {
		s.drift.looked = now
		if s.reportDrift(now.Sub(s.drift.told) >= every) {
			s.drift.told = now
		}
	}
	stalled := now.Sub(s.lastLabel)
	if !s.lastLabel.IsZero() && stalled > 30*time.Second && len(s.order) > 0 && now.Sub(s.order[len(s.order)-1].at) < 10*time.Second &&
		now.Sub(s.lastStall) > 30*time.Second {
		s.lastStall = now
		s.journal.write(&line{
			Level: "warn", Message: fmt.Sprintf("no label for %s, %d decisions wait for theirs", stalled.Round(time.Second), len(s.pending)),
			Event: event{Dataset: inference, Action: "feedback-stalled", Outcome: "failure"},
		})
	}
}

// reportDrift writes one line per feature that has moved; when none has, one
// line for all if asked for. It returns whether it wrote.
func (s *scorer) reportDrift(calm bool) bool {
	wrote, most, which := false, 0.0, ""
	for i := range s.primary.ref.Bins {
		b := &s.primary.ref.Bins[i]
		counts, n := s.drift.window(i, len(b.Labels))
		if n < minSamples {
			return false
		}
		psi := b.PSI(counts)
		if psi > most {
			most, which = psi, b.Feature
		}
		if psi > .1 {
			s.writeDrift("warn", fmt.Sprintf("feature %s has drifted: PSI %.2f over %d values", b.Feature, psi, n), b.Feature, psi)
			wrote = true
		}
	}
	if !wrote && calm {
		s.writeDrift("info", fmt.Sprintf("no feature has drifted: highest PSI %.3f (%s)", most, which), which, most)
		wrote = true
	}
	return wrote
}

func (s *scorer) writeDrift(level, message, feature string, psi float64) {
	s.journal.write(&line{
		Level: level, Message: message, Event: event{Dataset: inference, Action: "drift-report"},
		ML:     &ml{Model: &mlModel{fraud.Name, s.primary.model.Version, s.primary.variant}, Feature: feature},
		Labels: labels{"feature": feature, "psi": strconv.FormatFloat(psi, 'f', 3, 64)},
	})
}

// activeUsers counts the distinct users of the last five minutes. It is safe for
// concurrent use.
type activeUsers struct {
	mu   sync.Mutex
	last map[string]time.Time
}

const maxUsers = 10_000

func (u *activeUsers) seen(id string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, known := u.last[id]; known || len(u.last) < maxUsers {
		u.last[id] = now
	}
}

func (u *activeUsers) active(now time.Time) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id, at := range u.last {
		if now.Sub(at) > 5*time.Minute {
			delete(u.last, id)
		}
	}
	return len(u.last)
}

// workers are the model's workers and the bounded queue before them. It is
// safe for concurrent use.
type workers struct {
	mu       sync.Mutex
	busy     int
	waiting  []chan struct{}
	capacity int
}

const (
	workerCount   = 8
	queueCapacity = 32
)

// acquire waits for one of at most limit workers, first come, first served.
func (w *workers) acquire(ctx context.Context, limit int) error {
	w.mu.Lock()
	if w.busy < limit && len(w.waiting) == 0 {
		w.busy++
		w.mu.Unlock()
		return nil
	}
	if len(w.waiting) >= w.capacity {
		w.mu.Unlock()
		return errQueueFull
	}
	turn := make(chan struct{})
	w.waiting = append(w.waiting, turn)
	w.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		w.mu.Lock()
		defer w.mu.Unlock()
		for i, t := range w.waiting {
			if t == turn {
				w.waiting = append(w.waiting[:i], w.waiting[i+1:]...)
				return ctx.Err()
			}
		}
		w.busy-- // the turn had come at the same moment
		return ctx.Err()
	}
}

// release gives the worker back, to those who wait as far as the limit allows.
func (w *workers) release(limit int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy--
	for w.busy < limit && len(w.waiting) > 0 {
		w.busy++
		close(w.waiting[0])
		w.waiting = w.waiting[1:]
	}
}

func (w *workers) depth() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}
