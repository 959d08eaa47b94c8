package draw

import (
	"math"
	"slices"
	"strings"
	"time"

	"firewatch/sources"
)

// lines are the series in the order of drawing, the worst last and so on top.
func (c Chart) lines(hues int) []plotted {
	out := make([]plotted, len(c.Series))
	for i := range c.Series {
		s := &c.Series[i]
		p := plotted{name: s.Legend, ink: seriesInk(i), index: i, round: i / hues, now: math.NaN(), peak: math.NaN()}
		if i < len(c.Names) && c.Names[i] != "" {
			p.name = c.Names[i]
		}
		p.name = Line(p.name)
		first, last := c.Start.UnixMilli(), c.End.UnixMilli()
		for _, v := range s.Points {
			if v.T < first || v.T > last {
				continue
			}
			if c.worse(v.V, p.peak) < 0 {
				p.peak = v.V
			}
			if c.Cursor.IsZero() {
				p.now = v.V
			}
		}
		if !c.Cursor.IsZero() {
			p.now = c.value(s.Points, c.Cursor)
		}
		out[i] = p
	}
	slices.SortStableFunc(out, func(a, b plotted) int {
		if n := c.worse(b.now, a.now); n != 0 {
			return n
		}
		if n := c.worse(b.peak, a.peak); n != 0 {
			return n
		}
		return strings.Compare(b.name, a.name)
	})
	return out
}

// value is the sample nearest to a moment, within one step of it; NaN when there is none.
func (c Chart) value(points []sources.Point, at time.Time) float64 {
	t := at.UnixMilli()
	i, _ := slices.BinarySearchFunc(points, t, func(p sources.Point, t int64) int { return int(max(min(p.T-t, 1), -1)) })
	best, v := max(c.Step.Milliseconds(), 1000), math.NaN()
	for _, k := range []int{i - 1, i} {
		if k < 0 || k >= len(points) {
			continue
		}
		if d := max(points[k].T-t, t-points[k].T); d <= best {
			best, v = d, points[k].V
		}
	}
	return v
}

// columns spreads samples over w columns. A column keeps the worst of its
// samples, so that no peak is lost; columns between two neighbouring samples are
// interpolated; where samples are missing the columns are NaN.
func (c Chart) columns(points []sources.Point, w int) []float64 {
	out := make([]float64, max(w, 0))
	for i := range out {
		out[i] = math.NaN()
	}
	first, last := c.Start.UnixMilli(), c.End.UnixMilli()
	if w < 1 || last <= first {
		return out
	}
	// From one and a half steps on a sample is missing.
	gap := spacing(points, c.Step) * 3 / 2
	prev, prevX := math.NaN(), 0
	var prevT int64
	for _, p := range points {
		if p.T < first || p.T > last {
			continue
		}
		if math.IsNaN(p.V) {
			prev = p.V
			continue
		}
		x := int(math.Round(float64(p.T-first) / float64(last-first) * float64(w-1)))
		if c.worse(p.V, out[x]) < 0 {
			out[x] = p.V
		}
		if !math.IsNaN(prev) && p.T-prevT <= gap {
			for i := prevX + 1; i < x; i++ {
				f := float64(i-prevX) / float64(x-prevX)
				out[i] = prev*(1-f) + p.V*f
			}
		}
		prev, prevX, prevT = p.V, x, p.T
	}
	return out
}

// spacing is the distance of samples in milliseconds: the step, or without one
// the smallest distance that there is.
func spacing(points []sources.Point, step time.Duration) int64 {
	ms := step.Milliseconds()
	if ms <= 0 {
		for i := 1; i < len(points); i++ {
			if d := points[i].T - points[i-1].T; d > 0 && (ms <= 0 || d < ms) {
				ms = d
			}
		}
	}
	return ms
}

// scale is the value axis for what is drawn on h lines. It starts at zero unless
// the values are far from it, and reaches to a threshold only where the data
// still fill a good part of it.
func (c Chart) scale(lines []plotted, h int) scale {
	lo, hi := math.Inf(1), math.Inf(-1)
	put := func(v float64) {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if c.Stack {
		sums := stacked(lines)
		put(0)
		for _, v := range sums {
			put(v)
		}
	} else {
		for _, l := range lines {
			for _, v := range l.columns {
				put(v)
			}
		}
	}
	if lo > hi {
		lo, hi = 0, 0
	}
	if lo > 0 && lo < hi*3/4 || lo == hi && lo > 0 {
		lo = 0
	}
	if hi < 0 && hi > lo*3/4 || lo == hi && hi < 0 {
		hi = 0
	}
	for _, t := range c.Thresholds {
		if near(t.Value, lo, hi) {
			put(t.Value)
		}
	}
	if c.FixMin && !math.IsNaN(c.Min) {
		lo = c.Min
		hi = max(hi, lo)
	}
	if c.FixMax && !math.IsNaN(c.Max) {
		hi = c.Max
		lo = min(lo, hi)
	}
	return newScale(c.Unit, lo, hi, c.FixMin, c.FixMax, h)
}

// near says whether an axis from lo to hi can be made to show v and still give
// the data a third of its height.
func near(v, lo, hi float64) bool {
	span := hi/2 - lo/2
	return v/2 <= hi/2+2*span && v/2 >= lo/2-2*span || span == 0 && lo == 0
}

// stacked is the sum of the lines, column by column.
func stacked(lines []plotted) []float64 {
	var out []float64
	for _, l := range lines {
		if out == nil {
			out = make([]float64, len(l.columns))
		}
		for x, v := range l.columns {
			if v > 0 {
				out[x] = min(out[x]+v, huge)
			}
		}
	}
	return out
}

// extent is from the first to the last sample of all series.
func extent(series []sources.Series) (start, end time.Time) {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for i := range series {
		if p := series[i].Points; len(p) > 0 {
			first, last = min(first, p[0].T), max(last, p[len(p)-1].T)
		}
	}
	if first > last {
		return time.Time{}, time.Time{}
	}
	return time.UnixMilli(first), time.UnixMilli(last)
}
