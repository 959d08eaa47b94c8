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
		for l := range strings.SplitSeq(ansi.Wrap(part, w, "/,;&?="), "\n") {
			out = append(out, Cut(strings.TrimRight(l, " "), w))
		}
	}
	return out
}
