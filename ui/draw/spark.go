package draw

import (
	"math"
	"strings"
)

// eighths are the block characters that fill a cell from below, from nothing to all of it.
var eighths = [...]rune{' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'}

// Spark draws values as a line of w block characters, the newest at the right.
// More values than cells are put together by their peak; a NaN is a gap. The
// scale starts at zero, or at the minimum when there are values below zero.
func Spark(values []float64, w int) string { return SparkUpTo(values, w, 0) }

// SparkUpTo is Spark on a scale that ends at top, so that lines can be compared;
// it ends at the largest value where that is larger.
func SparkUpTo(values []float64, w int, top float64) string {
	if w <= 0 {
		return ""
	}
	cells := make([]float64, 0, 64)
	if w > cap(cells) {
		cells = make([]float64, w)
	}
	cells = cells[:w]
	squeeze(cells, values)
	lo, hi := 0.0, math.Inf(-1)
	if top > 0 && !math.IsInf(top, 0) {
		hi = top
	}
	for _, v := range cells {
		if !math.IsNaN(v) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	var sb strings.Builder
	sb.Grow(3 * w)
	for _, v := range cells {
		switch {
		case math.IsNaN(v):
			sb.WriteByte(' ')
		case hi <= lo:
			sb.WriteRune(eighths[1])
		default:
			sb.WriteRune(eighths[1+int(math.Round((v-lo)/(hi-lo)*7))])
		}
	}
	return sb.String()
}

// squeeze spreads values over the cells from the right, each the value of the
// largest magnitude of those that fall into it; infinities and empty cells are NaN.
func squeeze(cells, values []float64) {
	n, w := len(values), len(cells)
	for i := range cells {
		from, to := n-w+i, n-w+i+1
		if n > w {
			from, to = i*n/w, (i+1)*n/w
		}
		cells[i] = math.NaN()
		for _, v := range values[max(from, 0):max(to, 0)] {
			if math.IsInf(v, 0) || math.IsNaN(v) {
				continue
			}
			v = max(min(v, huge), -huge)
			if math.IsNaN(cells[i]) || math.Abs(v) > math.Abs(cells[i]) {
				cells[i] = v
			}
		}
	}
}
