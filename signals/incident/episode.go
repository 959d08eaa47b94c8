// Package incident is what happened while somebody was on call, as pure
// functions: when each alert fired, by Prometheus's own record of it; a timeline
// of alerts, silences, deploys and notes; how noisy an alert is; and the
// hand-over to whoever is next. It does no I/O and reads no clock.
package incident

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"firewatch/sources"
)

// Episode is one stretch in which an alert fired without a break.
type Episode struct {
	// Labels are the alert's own, without alertstate; Exact to the step of the
	// series that it was read from.
	Labels     map[string]string
	Start, End time.Time
	// Open is true while it goes on at the end of the series.
	Open bool
}

// Length is how long it lasted.
func (e *Episode) Length() time.Duration { return e.End.Sub(e.Start) }

// Name is the alertname.
func (e *Episode) Name() string { return e.Labels["alertname"] }

// Episodes reads them out of ALERTS{alertstate="firing"} over a window with the
// given step, by start and then by name. Samples more than two steps apart are
// two episodes. Series of other states are left out; until is the window's end.
func Episodes(series []sources.Series, step time.Duration, until time.Time) []Episode {
	var out []Episode
	gap := 2 * step
	for i := range series {
		s := &series[i]
		if state, ok := s.Labels["alertstate"]; ok && state != "firing" {
			continue
		}
		labels := map[string]string{}
		for k, v := range s.Labels {
			if k != "alertstate" && k != "__name__" {
				labels[k] = v
			}
		}
		var e *Episode
		for _, p := range s.Points {
			if p.V != 1 { // ALERTS is 1 where it is, and stale else
				continue
			}
			at := time.UnixMilli(p.T).UTC()
			if e == nil || at.Sub(e.End) > gap {
				out = append(out, Episode{Labels: labels, Start: at})
				e = &out[len(out)-1]
			}
			e.End = at
		}
		if e != nil {
			e.Open = until.Sub(e.End) <= gap
		}
	}
	slices.SortStableFunc(out, func(a, b Episode) int {
		return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.Name(), b.Name()))
	})
	return out
}
