package draw

import "github.com/charmbracelet/x/ansi"

// Overlaid is base with top drawn over it at x, y; what reaches outside of base
// is cut off. The styles left and right of top stay as they were, and of a wide
// character that top's edge cuts in half a blank remains.
func Overlaid(base Block, x, y int, top Block) Block {
	out := make(Block, len(base))
	copy(out, base)
	for i, l := range top {
		if y+i < 0 || y+i >= len(out) {
			continue
		}
		out[y+i] = over(out[y+i], x, l)
	}
	return out
}

// over is one line of [Overlaid].
func over(line string, x int, s string) string {
	w, n := Width(line), Width(s)
	if x < 0 {
		s = ansi.TruncateLeft(s, -x, "")
		n += x
		s = PadLeft(s, n)
		x = 0
	}
	if n > w-x {
		n = w - x
		s = Pad(ansi.Truncate(s, max(n, 0), ""), n)
	}
	if n <= 0 {
		return line
	}
	left := ansi.Truncate(line, x, "")
	right := ansi.TruncateLeft(line, x+n, "")
	if Width(right) > w-x-n {
		right = ansi.TruncateLeft(line, x+n+1, "")
	}
	return left + Spaces(x-Width(left)) + s + Spaces(w-x-n-Width(right)) + right
}
