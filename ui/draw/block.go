// Package draw holds the widgets: pure functions from data, a box and a theme to
// a block of text. The same input gives the same bytes. A widget accepts empty
// data, NaN, infinities and boxes of any size, zero and below included, and
// always returns exactly the box's lines of exactly the box's cells, so that
// blocks are joined without measuring. It knows nothing of the program.
package draw

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"firewatch/ui/theme"
)

// Box is where a widget draws.
type Box struct {
	// W and H are cells; below zero counts as zero.
	W, H  int
	Theme *theme.Theme
}

// In is the box without n cells on the right and m lines at the bottom.
func (b Box) In(n, m int) Box { return b.Sized(b.W-n, b.H-m) }

// Sized is the box with another size.
func (b Box) Sized(w, h int) Box { return Box{W: max(w, 0), H: max(h, 0), Theme: b.Theme} }

// Block is drawn text: exactly H lines of exactly W cells each.
type Block []string

// Width is the number of cells that s takes, escape sequences not counted.
func Width(s string) int {
	if w, ok := quickWidth(s); ok {
		return w
	}
	return ansi.StringWidth(s)
}

// plain says whether s is printable ASCII, whose width is its length.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Cut is s in at most w cells, with an ellipsis where something was cut off.
func Cut(s string, w int) string {
	switch {
	case w <= 0:
		return ""
	case Width(s) <= w:
		return s
	}
	return ansi.Truncate(s, w, "…")
}

// Pad is s cut or filled on the right to exactly w cells.
func Pad(s string, w int) string {
	s = Cut(s, w)
	return s + Spaces(w-Width(s))
}

// PadLeft is s cut or filled on the left to exactly w cells.
func PadLeft(s string, w int) string {
	s = Cut(s, w)
	return Spaces(w-Width(s)) + s
}

// Spaces is n blanks, none below zero.
func Spaces(n int) string {
	const blanks = "                                                                                                                                "
	if n <= 0 {
		return ""
	}
	if n <= len(blanks) {
		return blanks[:n]
	}
	return strings.Repeat(" ", n)
}

// Fit makes a block of lines: each cut or filled to the width, lines added or
// dropped at the bottom.
func Fit(b Box, lines []string) Block {
	out := make(Block, max(b.H, 0))
	for i := range out {
		if i < len(lines) {
			out[i] = Pad(orderly(lines[i]), b.W)
		} else {
			out[i] = Spaces(b.W)
		}
	}
	return out
}

// Beside joins blocks of equal height from left to right.
func Beside(blocks ...Block) Block {
	if len(blocks) == 0 {
		return nil
	}
	out := make(Block, len(blocks[0]))
	var sb strings.Builder
	for i := range out {
		sb.Reset()
		for _, b := range blocks {
			if i < len(b) {
				sb.WriteString(b[i])
			}
		}
		out[i] = sb.String()
	}
	return out
}

// Above joins blocks of equal width from top to bottom.
func Above(blocks ...Block) Block {
	var out Block
	for _, b := range blocks {
		out = append(out, b...)
	}
	return out
}
