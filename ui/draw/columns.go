package draw

import (
	"cmp"
	"math"
	"slices"
	"time"

	"firewatch/sources"
	"firewatch/ui/theme"
)

// Columns draws counts over time as vertical bars, the series stacked, the
// worst level at the bottom, where its height can be read.
type Columns struct {
	// Series are the counts; a point stands at the start of its bucket.
	Series []sources.Series
	// Levels are the series' levels, by index; one without is drawn as None.
	Levels []theme.Level
	// Start and End are the ends of the time axis, the data's own when they are not
	// in order; Step the width of a bucket; a
	// Step of zero means the smallest distance there is.
	Start, End time.Time
	Step       time.Duration
	// Location is the time axis' zone; nil means UTC.
	Location *time.Location
	Unit     Unit
}

// Draw makes the block. The axis says the largest value of a column. A column
// with anything at level Warn or worse shows it by at least one cell.
func (c Columns) Draw(b Box) Block {
	b = b.clamped()
	if b.H == 0 || b.W == 0 {
		return Fit(b, nil)
	}
	if !c.End.After(c.Start) {
		c.Start, c.End = extent(c.Series)
		c.End = c.End.Add(c.Step)
	}
	axis, gutter := 2, 0
	switch {
	case b.H < 3 || b.W < 14:
		axis = 0
	case b.H < 6:
		axis = 1
	}
	h := b.H - axis
	order := make([]int, len(c.Series))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, k int) int { return cmp.Compare(c.level(k), c.level(i)) })
	// The labels' width follows from the counts of a column, and these from the
	// width that is left.
	var s scale
	var counts [][]float64
	for {
		counts, s = c.stacks(order, b.W-gutter)
		need := Width(c.Unit.Format(s.hi)) + 1
		if b.W < 24 || need <= gutter {
			break
		}
		gutter = need
	}
	cv := newCanvas(b.W, b.H)
	at := area{gutter, 0, b.W - gutter, h}
	if gutter > 0 {
		top := c.Unit.Format(s.hi)
		for y := range h {
			cv.set(gutter-1, y, '│', inkBorder)
		}
		cv.write(gutter-1-Width(top), 0, top, gutter-1, inkDim)
		cv.set(gutter-1, 0, '┤', inkBorder)
		if h > 1 {
			cv.write(gutter-2, h-1, "0", gutter-1, inkDim)
			cv.set(gutter-1, h-1, '┤', inkBorder)
		}
	}
	c.fill(cv, at, s, order, counts, b.look().Plain)
	newTimeAxis(c.Start, c.End, c.Location, at.w).draw(cv, gutter, h, axis, time.Time{})
	return cv.block(b.look())
}

// stacks are the counts of the series on w columns, and the scale to their largest sum.
func (c Columns) stacks(order []int, w int) ([][]float64, scale) {
	var counts [][]float64
	sums := make([]float64, w)
	top := 0.0
	for _, i := range order {
		n := c.counts(c.Series[i].Points, w)
		counts = append(counts, n)
		for x, v := range n {
			sums[x] = min(sums[x]+v, huge)
			top = max(top, sums[x])
		}
	}
	if top == 0 {
		top = 1
	}
	return counts, scale{hi: top, step: top, unit: c.Unit}
}

// fill draws the bars.
func (c Columns) fill(cv *canvas, at area, s scale, order []int, counts [][]float64, plain bool) {
	inks := make([]ink, len(order))
	glyphs := make([]rune, len(order))
	for k, i := range order {
		l := c.level(i)
		inks[k], glyphs[k] = levelInk(l), fills[0]
		if plain {
			glyphs[k] = fills[min(int(theme.Crit-l), len(fills)-1)]
		}
		if l == theme.None {
			inks[k] = inkDim
		}
	}
	drawStack(cv, at, s, counts, inks, glyphs)
	for x := range at.w {
		y := at.y + at.h - 1
		for k, i := range order {
			if c.level(i) < theme.Warn || counts[k][x] <= 0 || y < at.y {
				continue
			}
			for line := range at.h {
				if n := (at.y+line)*cv.w + at.x + x; cv.inks[n] == inks[k] && cv.runes[n] != 0 {
					y = at.y + line
				}
			}
			if n := y*cv.w + at.x + x; cv.inks[n] != inks[k] {
				r := glyphs[k]
				if r == fills[0] && cv.runes[n] != 0 {
					r = cv.runes[n]
				}
				cv.set(at.x+x, y, r, inks[k])
			}
			y--
		}
	}
}

// level is the level of series i.
func (c Columns) level(i int) theme.Level {
	if i < len(c.Levels) {
		return max(min(c.Levels[i], theme.Crit), theme.None)
	}
	return theme.None
}

// counts spreads buckets over w columns: one wider than a column fills several,
// several that share one are added up.
func (c Columns) counts(points []sources.Point, w int) []float64 {
	out := make([]float64, max(w, 0))
	first, last := c.Start.UnixMilli(), c.End.UnixMilli()
	if w < 1 || last <= first {
		return out
	}
	step := max(spacing(points, c.Step), 1)
	// Bars of as many buckets each as it takes: columns that hold one bucket more
	// than their neighbours would make a pattern that is not in the data.
	bar := step * ((last - first + step*int64(w) - 1) / (step * int64(w)))
	column := func(n int64) int { return int(math.Round(float64(n*bar) / float64(last-first) * float64(w))) }
	for _, p := range points {
		if p.T+step <= first || p.T >= last || !(p.V > 0) {
			continue
		}
		n := max(p.T-first, 0) / bar
		from := min(column(n), w-1)
		for x := from; x < min(max(column(n+1), from+1), w); x++ {
			out[x] = min(out[x]+p.V, huge)
		}
	}
	return out
}
