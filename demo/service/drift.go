package service

import (
	"fmt"
	"strconv"
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
