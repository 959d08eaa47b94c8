package draw

import (
	"strings"

	"firewatch/ui/theme"
)

// plainTheme serves a box without a theme.
var plainTheme, _ = theme.New("mono")

// look is the box's theme, or the colourless one.
func (b Box) look() *theme.Theme {
	if b.Theme == nil {
		return plainTheme
	}
	return b.Theme
}

// rule is a horizontal line of n cells.
func rule(n int) string { return strings.Repeat("─", max(n, 0)) }

// Line is s as one line of text that every terminal measures alike: tabs and
// line ends become blanks, other controls are dropped.
func Line(s string) string {
	if plain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0xfe0f || r == 0x200d:
			return -1
		}
		return r
	}, s)
}
