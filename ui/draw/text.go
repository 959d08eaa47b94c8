package draw

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

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

// clamped is the box without negative sides.
func (b Box) clamped() Box { return b.Sized(b.W, b.H) }

// single says whether r is one of the single-width characters that the widgets
// themselves draw, which need no table look-up to be measured.
func single(r rune) bool {
	switch r {
	case '–', '…', '°', 'µ', '€', '∞', '●', '○', '▲', '▼', '✗', '✓', '←', '↑', '→', '↓', '┊':
		return true
	}
	return r >= 0x2500 && r < 0x25a0 || r >= 0x2800 && r < 0x2900
}

// quickWidth is the width of text made of printable ASCII, the widgets' own
// characters and escape sequences that end in a letter; false for any other.
func quickWidth(s string) (int, bool) {
	w := 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= ' ' && c <= '~':
			w++
			i++
		case c == 0x1b && i+1 < len(s) && s[i+1] == '[':
			for i += 2; i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == ';' || s[i] == ':'); i++ {
			}
			if i == len(s) || s[i] != 'm' {
				return 0, false
			}
			i++
		case c >= 0xc2:
			r, n := utf8.DecodeRuneInString(s[i:])
			if !single(r) {
				return 0, false
			}
			w++
			i += n
		default:
			return 0, false
		}
	}
	return w, true
}

// Line is s as one line of text on whose width all terminals agree. Line ends
// and tabs become blanks; escape sequences, controls and invisible characters
// go; a cluster that some terminals draw wider than others (joined emoji,
// conjuncts, variation selectors) and bytes that are no text become U+FFFD.
func Line(s string) string {
	if strings.IndexByte(s, 0x1b) >= 0 {
		s = ansi.Strip(s)
	}
	if _, ok := quickWidth(s); ok && strings.IndexByte(s, 0x1b) < 0 {
		return s
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0 || unicode.Is(unicode.Cf, r) || r >= 0xfe00 && r <= 0xfe0f:
			return -1
		}
		return r
	}, s)
	var out []byte
	for i := 0; i < len(s); {
		cluster, w := ansi.FirstGraphemeCluster(s[i:], ansi.GraphemeWidth)
		_, first := utf8.DecodeRuneInString(cluster)
		good := w > 0 && w == ansi.StringWidthWc(cluster) && w == ansi.StringWidthWc(cluster[:first])
		switch {
		case !good && out == nil:
			out = append(append(out, s[:i]...), "\ufffd"...)
		case !good:
			out = append(out, "\ufffd"...)
		case out != nil:
			out = append(out, cluster...)
		}
		i += len(cluster)
	}
	if out == nil {
		return s
	}
	return string(out)
}

// orderly is a line that was made with styles, without the controls that would
// break it into several.
func orderly(s string) string {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != 0x1b || c == 0x7f {
			return strings.Map(func(r rune) rune {
				switch {
				case r == '\t' || r == '\n' || r == '\r':
					return ' '
				case r < ' ' && r != 0x1b || r == 0x7f:
					return -1
				}
				return r
			}, s)
		}
	}
	return s
}

// Count is a number with its noun, in the plural where it is not one.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
