package draw

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Wrap breaks plain text between words into lines of at most w cells; a word
// longer than that is broken inside. Line ends in s are kept. A width below one
// gives no lines.
func Wrap(s string, w int) []string {
	if w <= 0 {
		return nil
	}
	if plain(s) && len(s) <= w {
		return []string{s}
	}
	var out []string
	for part := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		part = Line(part)
		if Width(part) <= w {
			out = append(out, part)
			continue
		}
		for _, l := range broken(part, w) {
			out = append(out, Cut(strings.TrimRight(l, " "), w))
		}
	}
	return out
}

// broken is a line in lines of w cells. Breaking after a character may leave that
// character beyond the width; then the lines are made one cell shorter, and what
// is still too wide is broken anywhere, so that nothing is cut off.
func broken(s string, w int) []string {
	const after = "/,;&?="
	fits := func(text string) bool {
		for l := range strings.SplitSeq(text, "\n") {
			if Width(l) > w {
				return false
			}
		}
		return true
	}
	text := ansi.Wrap(s, w, after)
	if !fits(text) && w > 1 {
		text = ansi.Wrap(s, w-1, after)
	}
	if !fits(text) {
		text = ansi.Hardwrap(s, w, true)
	}
	return strings.Split(text, "\n")
}
