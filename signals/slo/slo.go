// Package slo is the arithmetic of objectives: error ratios, burn rates, budgets
// and the multi-window multi-burn-rate conditions of Google's SRE workbook
// (chapter 5). Its functions are pure; ratios are 0..1, and what cannot be known
// is NaN, never a guess.
package slo

import (
	"math"
	"time"
)

// Objective is what was promised: the share of good events over a period.
type Objective struct {
	// Target is the promised share, above 0 and below 1, such as 0.999.
	Target float64
	// Period is the length of the rolling window that the budget is for.
	Period time.Duration
}

// Budget is the share of events that may fail; NaN for a target outside (0, 1).
func (o Objective) Budget() float64 {
	if !(o.Target > 0 && o.Target < 1) {
		return math.NaN()
	}
	return 1 - o.Target
}

// Burn is the burn rate of an error ratio: 1 spends the budget exactly by the end
// of the period.
func (o Objective) Burn(errorRatio float64) float64 { return errorRatio / o.Budget() }

// Left is the share of the budget that is left after an error ratio over the
// whole period; it is negative when more than the budget is spent.
func (o Objective) Left(errorRatio float64) float64 { return 1 - o.Burn(errorRatio) }

// Spent is the share of the period's budget that a burn rate takes in a window,
// for even traffic.
func (o Objective) Spent(burn float64, window time.Duration) float64 {
	return burn * float64(window) / float64(o.Period)
}

// Exhaustion is the time until the budget is gone if the burn rate stays. It is
// false when that never happens on a rolling window: the burn is at most 1 and
// something is left, or the burn is unknown. Nothing left is 0.
func (o Objective) Exhaustion(left, burn float64) (time.Duration, bool) {
	switch {
	case math.IsNaN(left) || math.IsNaN(burn):
		return 0, false
	case left <= 0:
		return 0, true
	case burn <= 1:
		return 0, false
	}
	d := left * float64(o.Period) / burn
	if d > float64(math.MaxInt64) {
		return 0, false
	}
	return time.Duration(d), true
}

// Window is one row of the burn table: the condition that raises a page or a
// ticket when both windows burn faster than the factor.
type Window struct {
	// Severity is page or ticket.
	Severity    string
	Long, Short time.Duration
	// Share is the part of the budget that may go in Long before somebody is told.
	Share float64
}

// Factor is the burn rate that spends Share of the budget within Long: 14.4 for
// 2 % in an hour of 30 days.
func (w Window) Factor(period time.Duration) float64 {
	return w.Share * float64(period) / float64(w.Long)
}

// Windows are the workbook's four conditions for a period of 30 days, with their
// windows divided by scale: 1 for production, 12 for the demo, whose factors
// stay the same because the shares shrink with the windows. Short windows are
// rounded to half a minute, which several scrapes fit in.
func Windows(scale int) []Window {
	s := time.Duration(max(scale, 1))
	rows := []Window{
		{"page", time.Hour, 5 * time.Minute, 0.02},
		{"page", 6 * time.Hour, 30 * time.Minute, 0.05},
		{"ticket", 24 * time.Hour, 2 * time.Hour, 0.10},
		{"ticket", 72 * time.Hour, 6 * time.Hour, 0.10},
	}
	for i := range rows {
		rows[i].Long /= s
		rows[i].Short = (rows[i].Short / s).Round(30 * time.Second)
		rows[i].Share /= float64(s)
	}
	return rows
}

// Condition is the state of one row of the burn table.
type Condition struct {
	Window
	// Threshold is the factor; LongBurn and ShortBurn are NaN without data.
	Threshold, LongBurn, ShortBurn float64
}

// Fires says whether both windows burn faster than the threshold.
func (c Condition) Fires() bool { return c.LongBurn > c.Threshold && c.ShortBurn > c.Threshold }

// State says in words where the condition stands: "fires", "ending" when only the
// long window is over, "starting" when only the short one is, "ok",
// or "no data".
func (c Condition) State() string {
	switch {
	case math.IsNaN(c.LongBurn) && math.IsNaN(c.ShortBurn):
		return "no data"
	case c.Fires():
		return "fires"
	case c.LongBurn > c.Threshold:
		return "ending"
	case c.ShortBurn > c.Threshold:
		return "starting"
	}
	return "ok"
}

// Conditions evaluates the burn table: burn maps a window's length to the burn
// rate over it, and a length that is missing is unknown.
func (o Objective) Conditions(rows []Window, burn map[time.Duration]float64) []Condition {
	at := func(d time.Duration) float64 {
		if v, ok := burn[d]; ok {
			return v
		}
		return math.NaN()
	}
	out := make([]Condition, len(rows))
	for i, w := range rows {
		out[i] = Condition{Window: w, Threshold: w.Factor(o.Period), LongBurn: at(w.Long), ShortBurn: at(w.Short)}
	}
	return out
}

// Table is the burn table for the windows that burn knows: the standard one, or
// that of the demo, whose windows are a twelfth of it, where more of those are known.
func (o Objective) Table(burn map[time.Duration]float64) []Condition {
	best, most := Windows(1), -1
	for _, scale := range []int{1, 12} {
		known := 0
		rows := Windows(scale)
		for _, w := range rows {
			for _, d := range []time.Duration{w.Long, w.Short} {
				if _, ok := burn[d]; ok {
					known++
				}
			}
		}
		if known > most {
			best, most = rows, known
		}
	}
	return o.Conditions(best, burn)
}

// LowTraffic is the number of events in a window below which a single failure
// already reaches the factor, so that an alert on it means little.
func (o Objective) LowTraffic(factor float64) float64 { return 1 / (factor * o.Budget()) }
