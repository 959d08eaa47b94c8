package draw

import (
	"math"
	"strconv"
)

// scale is a value axis: its ends and the distance of its ticks.
type scale struct {
	lo, hi, step float64
	unit         Unit
	// fill says that values are heights of filled cells, which end at the upper
	// edge of a line, not points in the middle of one.
	fill bool
}

// huge bounds the values of an axis, so that differences stay finite.
const huge = 1e300

// newScale makes an axis for values between lo and hi on rows lines. An end that
// is not fixed moves out to a tick. A NaN or crossed pair becomes 0 to 1.
func newScale(u Unit, lo, hi float64, fixLo, fixHi bool, rows int) scale {
	lo, hi = max(min(lo, huge), -huge), max(min(hi, huge), -huge)
	if math.IsNaN(lo) || math.IsNaN(hi) || lo > hi {
		lo, hi = 0, 1
	}
	if least := max(math.Abs(lo), math.Abs(hi), 1e-290) * 1e-9; hi-lo < least {
		hi = lo + max(math.Abs(lo)*1e-3, least)
		if lo == 0 {
			hi = 1
		}
	}
	s := scale{lo: lo, hi: hi, unit: u}
	n := rows / 3
	if rows <= 7 {
		n = rows / 2
	}
	s.step = u.nice((hi - lo) / float64(min(max(n, 1), 8)))
	if !fixLo {
		s.lo = math.Floor(lo/s.step+1e-9) * s.step
	}
	if !fixHi {
		s.hi = math.Ceil(hi/s.step-1e-9) * s.step
	}
	if !(s.hi > s.lo) {
		s.lo, s.hi = lo, hi
	}
	return s
}

// minutes are the steps of a time axis from a minute on, in seconds.
var minutes = []float64{60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000}

// nice is the smallest round step of at least v: 1, 2 or 5 times a power of
// ten; for bytes powers of two, so that the labels of the multiples are whole;
// for times from a minute on what a clock has.
func (u Unit) nice(v float64) float64 {
	switch u {
	case "bytes", "Bps":
		return max(math.Exp2(math.Ceil(math.Log2(v)-1e-9)), 1)
	case "seconds", "duration":
		for _, m := range minutes {
			if v > 30 && v <= m {
				return m
			}
		}
	case "count", "bool", "code":
		v = max(v, 1)
	}
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if v <= m*p*(1+1e-9) {
			return m * p
		}
	}
	return 10 * p
}

// at is where v lies between the ends, 0 to 1, clamped.
func (s scale) at(v float64) float64 {
	return max(min((max(min(v, huge), -huge)-s.lo)/(s.hi-s.lo), 1), 0)
}

// row is the line of v on an axis of h lines, 0 the lowest.
func (s scale) row(v float64, h int) int {
	if s.fill {
		return max(int(math.Round(s.at(v)*float64(h)))-1, 0)
	}
	return int(math.Round(s.at(v) * float64(h-1)))
}

// ticks are the round values within the ends, at most n.
func (s scale) ticks(n int) []float64 {
	var out []float64
	for i, first := 0.0, math.Ceil(s.lo/s.step-1e-9); int(i) < n; i++ {
		v := (first + i) * s.step
		if v > s.hi+s.step*1e-6 {
			break
		}
		out = append(out, v)
	}
	return out
}

// label is a tick's value: all of an axis share one multiple and as many
// decimals as tell them apart.
func (s scale) label(v float64) string {
	if math.Abs(v) < s.step/1e6 {
		v = 0
	}
	m := max(math.Abs(s.lo), math.Abs(s.hi))
	switch s.unit {
	case "seconds", "duration":
		if m >= 120 {
			return s.moment(v)
		}
	case "bool", "code":
		return s.unit.Format(v)
	}
	f, suffix := s.unit.scale(m)
	if v == 0 {
		if s.unit == "ratio" || s.unit == "celsius" {
			return "0" + suffix
		}
		return "0"
	}
	text := strconv.FormatFloat(math.Abs(v)/f, 'f', decimals(s.step/f), 64)
	if len(text) > 8 {
		text = three(math.Abs(v) / f)
	}
	return s.unit.prefix(v) + text + suffix
}

// moment is the label of a tick on an axis of minutes and more: in units down to
// the one that the ticks are apart.
func (s scale) moment(v float64) string {
	if v == 0 {
		return "0"
	}
	if math.Abs(v) > 1e8 {
		return span(v)
	}
	rest := int64(math.Round(math.Abs(v)))
	text := s.unit.prefix(v)
	for _, u := range []struct {
		name    string
		seconds int64
	}{{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}} {
		if n := rest / u.seconds; n > 0 || u.seconds == 1 && rest > 0 {
			text += strconv.FormatInt(n, 10) + u.name
			rest %= u.seconds
		}
	}
	return text
}

// decimals are those that multiples of a step need: to be exact if two do, else
// to be told apart.
func decimals(step float64) int {
	x := step
	for n := range 3 {
		if math.Abs(x-math.Round(x)) < 1e-6*x {
			return n
		}
		x *= 10
	}
	return max(int(math.Ceil(-math.Log10(step)-1e-9)), 0)
}
