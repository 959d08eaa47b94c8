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
		s = behind(s, -x)
		n += x
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
	return left + Spaces(x-Width(left)) + s + behind(line, x+n)
}

// behind is s without its first n cells, in the style that it has there.
func behind(s string, n int) string {
	w := max(Width(s)-n, 0)
	rest := ansi.TruncateLeft(s, n, "")
	if Width(rest) > w {
		// The first character was cut in half.
		rest = ansi.TruncateLeft(s, n+1, "")
	}
	return PadLeft(rest, w)
}
