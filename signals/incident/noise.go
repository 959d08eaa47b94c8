package incident

import (
	"slices"
	"time"
)

// Noise is how one alert has behaved over a span.
type Noise struct {
	// Fires counts the episodes, PerDay is their rate, Median how long half of
	// them lasted at most; an episode that goes on counts with its length so far.
	Fires  int
	PerDay float64
	Median time.Duration
	// Short counts the episodes that were over within shortLived.
	Short int
	// Share is the part of the span in which it fired, from 0 to 1.
	Share float64
}

// shortLived is the length below which an episode was over before anybody could
// have done something about it.
const shortLived = 5 * time.Minute

// Thresholds of what is worth a mark: more than three episodes a day that are
// over within ten minutes flap; firing more than half of the time is a state,
// not an alert.
const (
	flapsPerDay = 3
	flapsWithin = 10 * time.Minute
	alwaysOn    = .5
)

// Measure is the noise of one alert from its own episodes over a span.
func Measure(episodes []Episode, span time.Duration) Noise {
	n := Noise{Fires: len(episodes)}
	if n.Fires == 0 || span <= 0 {
		return n
	}
	lengths := make([]time.Duration, n.Fires)
	var total time.Duration
	for i := range episodes {
		lengths[i] = episodes[i].Length()
		total += lengths[i]
		if lengths[i] < shortLived && !episodes[i].Open {
			n.Short++
		}
	}
	slices.Sort(lengths)
	n.Median = lengths[(n.Fires-1)/2]
	// A span of minutes says nothing of days: an hour is the least that is scaled.
	n.PerDay = float64(n.Fires) * float64(24*time.Hour) / float64(max(span, time.Hour))
	n.Share = min(float64(total)/float64(span), 1)
	return n
}

// Flaps says whether the alert comes and goes too often to be read.
func (n Noise) Flaps() bool {
	return n.Fires > 2 && n.PerDay > flapsPerDay && n.Median < flapsWithin
}

// AlwaysOn says whether it fires most of the time.
func (n Noise) AlwaysOn() bool { return n.Share > alwaysOn }

// WouldFire is how many of the episodes would have been with a longer wait
// before firing: those that lasted longer than the difference.
func WouldFire(episodes []Episode, longer time.Duration) int {
	count := 0
	for i := range episodes {
		if episodes[i].Length() > longer {
			count++
		}
	}
	return count
}
