package draw

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Wrap breaks s between words into lines of at most w cells; a word longer than
// that is broken inside. Line ends in s are kept. A width below one gives no lines.
func Wrap(s string, w int) []string {
	if w <= 0 {
		return nil
	}
	if plain(s) && len(s) <= w {
		return []string{s}
	}
	lines := strings.Split(ansi.Wrap(s, w, ""), "\n")
	for i, l := range lines {
		lines[i] = Cut(l, w)
	}
	return lines
}
