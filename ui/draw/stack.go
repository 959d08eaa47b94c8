package draw

import "math"

// fills are the full cells of areas, the next one for each round of the theme's
// colours.
var fills = [...]rune{'█', '▓', '▒', '░'}

// drawStack fills areas on top of each other, the first at the bottom. The top
// ends at an eighth of a cell; a cell that two areas share goes to the one with
// the larger part. Values below zero and gaps count as nothing. Each area has
// its ink and the character of a full cell.
func drawStack(c *canvas, at area, s scale, columns [][]float64, inks []ink, glyphs []rune) {
	tops := make([]float64, len(columns))
	for x := range at.w {
		sum := 0.0
		for i, col := range columns {
			if v := col[x]; v > 0 {
				sum = min(sum+v, huge)
			}
			tops[i] = s.at(sum) * float64(at.h) * 8
		}
		if !(sum > 0) {
			continue
		}
		// What is there at all is seen.
		top := max(int(math.Round(tops[len(tops)-1])), 1)
		for y := 0; y*8 < top; y++ {
			i := owner(tops, float64(y*8), float64(min(y*8+8, top)))
			r := glyphs[i]
			if n := top - y*8; n < 8 && r == fills[0] {
				r = eighths[n]
			}
			c.set(at.x+x, at.y+at.h-1-y, r, inks[i])
		}
	}
}

// owner is the area with the largest part between two heights.
func owner(tops []float64, from, to float64) int {
	best, most, low := 0, -1.0, 0.0
	for i, t := range tops {
		if part := min(t, to) - max(low, from); part > most && t > low {
			best, most = i, part
		}
		low = t
	}
	return best
}
