package draw

import (
	"math"
	"time"
)

// Heat draws one row of shaded cells a series over time: the larger, the denser.
type Heat struct {
	// Rows are the names, Values one line of numbers a row, oldest first and
	// spread evenly from Start to End. The lines share one scale, on which a density
	// goes with the square root, so that the few beside the many are seen.
	Rows   []string
	Values [][]float64
	// Top is the value of the densest shade; 0 means the largest one.
	Top        float64
	Start, End time.Time
	// Location is the time axis' zone; nil means UTC.
	Location *time.Location
}

// shades are the cells of a heat map, from nothing to the largest value.
var shades = [...]rune{'·', '░', '▒', '▓', '█'}

// Draw makes the block. Rows that do not fit are left out at the bottom and
// counted. A cell that stands for several values has the largest.
func (h Heat) Draw(b Box) Block {
	b = b.clamped()
	if b.H == 0 || b.W == 0 {
		return Fit(b, nil)
	}
	axis := 0
	if b.H >= 3 && b.W >= 24 && !h.Start.IsZero() {
		axis = 1
	}
	rows := min(len(h.Values), b.H-axis)
	gutter := 0
	for i := range rows {
		gutter = max(gutter, Width(h.name(i)))
	}
	gutter = min(gutter, b.W/3)
	if gutter > 0 {
		gutter++
	}
	w := b.W - gutter
	cells := make([][]float64, rows)
	top := max(h.Top, 0)
	for i := range cells {
		cells[i] = make([]float64, w)
		stretch(cells[i], h.Values[i])
		for _, v := range cells[i] {
			if v > top {
				top = v
			}
		}
	}
	c := newCanvas(b.W, b.H)
	for y, row := range cells {
		c.write(0, y, h.name(y), max(gutter-1, 0), inkDim)
		for x, v := range row {
			switch {
			case math.IsNaN(v):
			case v <= 0 || top <= 0:
				c.set(gutter+x, y, shades[0], inkDim)
			default:
				n := int(math.Ceil(math.Sqrt(v/top) * float64(len(shades)-1)))
				c.set(gutter+x, y, shades[max(min(n, len(shades)-1), 1)], inkSeries)
			}
		}
	}
	newTimeAxis(h.Start, h.End, h.Location, w).draw(c, gutter, rows, axis, time.Time{})
	return c.block(b.look())
}

func (h Heat) name(i int) string {
	if i < len(h.Rows) {
		return Line(h.Rows[i])
	}
	return ""
}

// stretch spreads values over all cells, each the largest of those that fall
// into it; infinities count as missing.
func stretch(cells, values []float64) {
	n, w := len(values), len(cells)
	for x := range cells {
		cells[x] = math.NaN()
		from, to := x*n/w, max((x+1)*n/w, x*n/w+1)
		for _, v := range values[from:min(to, n)] {
			if !math.IsInf(v, 0) && !(v <= cells[x]) {
				cells[x] = v
			}
		}
	}
}
