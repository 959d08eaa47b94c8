package draw

import (
	"math"
	"strings"
)

// parts are the block characters that fill a cell from the left by eighths.
var parts = [...]rune{' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'}

// Meter draws a ratio as a horizontal bar in w cells. It is clamped to 0 and 1;
// a NaN is empty. What is above zero shows at least a sliver, and only a whole
// one fills the bar.
func Meter(ratio float64, w int) string {
	if w <= 0 {
		return ""
	}
	n := 0
	switch {
	case ratio >= 1:
		n = 8 * w
	case ratio > 0:
		n = min(max(int(math.Round(ratio*float64(8*w))), 1), 8*w-1)
	}
	full, part := n/8, n%8
	s := strings.Repeat("█", full)
	if part > 0 {
		s += string(parts[part])
		full++
	}
	return s + Spaces(w-full)
}
