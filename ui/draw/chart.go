package draw

import (
	"math"
	"slices"
	"time"

	"firewatch/sources"
	"firewatch/ui/theme"
)

// Threshold is a value that a chart marks with a line.
type Threshold struct {
	Value float64
	Level theme.Level
	// Below says that it is worse below than above.
	Below bool
	// Label is written at the line; empty means the value in the chart's unit.
	Label string
}

// Marker is a moment that a chart marks, such as a deployment.
type Marker struct {
	At    time.Time
	Label string
}

// Chart draws series over time, with axes in units.
type Chart struct {
	Series []sources.Series
	// Names are the series' names in the legend; where one is missing or empty
	// the series' own Legend is taken.
	Names []string
	Unit  Unit
	// Start and End are the ends of the time axis, the data's own when they are not
	// in order; Step is the distance of the
	// samples: where two are further apart than that, the line has a gap. A Step of
	// zero means the smallest distance there is.
	Start, End time.Time
	Step       time.Duration
	// Location is the time axis' zone; nil means UTC.
	Location *time.Location
	// Min and Max are the ends of the value axis when FixMin or FixMax is set;
	// otherwise the data decide.
	Min, Max       float64
	FixMin, FixMax bool
	Thresholds     []Threshold
	Markers        []Marker
	// Spans are marked on the rule of the time axis.
	Spans []Span
	// Cursor is a moment at which the legend reads the values off; zero for none.
	Cursor time.Time
	// Stack fills areas on top of each other instead of drawing lines.
	Stack bool
	// Legend adds the names and values of the series, worst first.
	Legend bool
}

// maxLines bounds the series that are drawn as lines; of more, the worst are,
// and the legend counts the others.
const maxLines = 64

// plotted is one series as the chart draws it.
type plotted struct {
	name string
	ink  ink
	// index is the series' own; round counts how often the colours repeated
	// before it.
	index, round int
	// columns has one value a column, the worst of its samples; NaN is a gap.
	columns []float64
	// now is the newest value or the one at the cursor, peak the worst of all.
	now, peak float64
}

// Draw makes the block. A box too small for axes gets one sparkline a series.
func (c Chart) Draw(b Box) Block {
	b = b.clamped()
	if b.W < 14 || b.H < 3 {
		return c.sparks(b)
	}
	legend := 0
	if c.Legend && b.H >= 6 {
		legend = max(b.H/4, 1)
	}
	if !c.End.After(c.Start) {
		c.Start, c.End = extent(c.Series)
	}
	lines := c.lines(b.look().Hues())
	undrawn := 0
	if !c.Stack && len(lines) > maxLines {
		undrawn = len(lines) - maxLines
		lines = lines[undrawn:]
	}
	var rows []string
	if legend > 0 {
		rows = c.legend(b, lines, undrawn, legend)
		legend = len(rows)
	}
	upper := b.In(0, legend)
	block := c.drawPlot(upper, lines)
	return append(block, rows...)
}

// drawPlot draws everything but the legend.
func (c Chart) drawPlot(b Box, lines []plotted) Block {
	axis := 2
	switch {
	case b.H < 4:
		axis = 0
	case b.H < 7 && (len(c.Spans) == 0 || b.H < 5):
		axis = 1
	}
	h := b.H - axis
	// The width of the labels depends on the scale, the scale on the columns and
	// these on the width: a first pass at full width gives the scale.
	for i := range lines {
		lines[i].columns = c.columns(c.Series[lines[i].index].Points, b.W-9)
	}
	s := c.scale(lines, h)
	s.fill = c.Stack
	gutter := 0
	ticks := s.ticks(h)
	for _, v := range ticks {
		gutter = max(gutter, Width(s.label(v)))
	}
	gutter++
	w := b.W - gutter
	for i := range lines {
		lines[i].columns = c.columns(c.Series[lines[i].index].Points, w)
	}
	cv := newCanvas(b.W, b.H)
	for _, v := range ticks {
		y := h - 1 - s.row(v, h)
		l := s.label(v)
		if !cv.blank(gutter-1, y) {
			continue
		}
		cv.write(gutter-1-Width(l), y, l, gutter-1, inkDim)
		cv.set(gutter-1, y, '┤', inkBorder)
	}
	for y := range h {
		cv.under(gutter-1, y, '│', inkBorder)
	}
	at := area{gutter, 0, w, h}
	t := newTimeAxis(c.Start, c.End, c.Location, w)
	if c.Stack {
		// In the order given: one that follows the values would jump about.
		columns := make([][]float64, len(lines))
		inks := make([]ink, len(lines))
		glyphs := make([]rune, len(lines))
		for _, l := range lines {
			columns[l.index], inks[l.index], glyphs[l.index] = l.columns, l.ink, fills[l.round%len(fills)]
		}
		drawStack(cv, at, s, columns, inks, glyphs)
	} else {
		drawLines(cv, at, s, lines)
	}
	c.drawMarks(cv, at, s, t)
	if !slices.ContainsFunc(lines, plotted.any) {
		none := "no samples in this window"
		cv.write(gutter+max((w-len(none))/2, 0), h/2, none, b.W, inkDim)
	}
	t.draw(cv, gutter, h, axis, c.Cursor)
	if axis > 1 {
		c.drawSpans(cv, gutter, h, w, t)
	}
	return cv.block(b.look())
}

// any says whether there is a value to be drawn.
func (p plotted) any() bool {
	return slices.ContainsFunc(p.columns, func(v float64) bool { return !math.IsNaN(v) })
}

// low says whether low values are the bad ones here.
func (c Chart) low() bool {
	return len(c.Thresholds) > 0 && !slices.ContainsFunc(c.Thresholds, func(t Threshold) bool { return !t.Below })
}

// worse compares two values, the worse one first and a missing one last.
func (c Chart) worse(a, b float64) int {
	switch {
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	case math.IsNaN(b):
		return -1
	case a == b:
		return 0
	case (a < b) == c.low():
		return -1
	}
	return 1
}

// sparks is the chart of a box without room for axes.
func (c Chart) sparks(b Box) Block {
	out := make([]string, 0, b.H)
	for i := range c.Series {
		if len(out) == b.H {
			break
		}
		out = append(out, seriesInk(i).of(b.look()).Render(Spark(c.columns(c.Series[i].Points, b.W), b.W)))
	}
	return Fit(b, out)
}
