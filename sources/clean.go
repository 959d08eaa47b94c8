package sources

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxLine and maxText are the bytes that Clean and CleanLines keep.
	maxLine = 16 << 10
	maxText = 256 << 10
	// maxMarks is how many combining marks may stack on one character.
	maxMarks = 4
)

// Clean makes text of a server safe for one line of a terminal. Control
// sequences (CSI, OSC, DCS, APC, PM, SOS and short escapes, in 7 and 8 bits) are
// removed; so are control characters, bidirectional overrides and everything
// else that draws nothing. A tab is a space, a line break inside the text is
// "⏎" and at its end nothing, a run of bytes that is no UTF-8 is one U+FFFD,
// and what passes 16 KiB ends in "…". A control sequence that does not end
// loses only its introducer, so that it cannot hide the text behind it. Text
// that needs none of this is returned as it is, without an allocation.
func Clean(s string) string { return clean(s, maxLine, false) }

// CleanLines is [Clean] for text of several lines, such as a stack trace: line
// breaks stay, as "\n", tabs are four spaces, and the bound is 256 KiB.
func CleanLines(s string) string { return clean(s, maxText, true) }

func clean(s string, limit int, lines bool) string {
	dirty := firstDirty(s, lines)
	if dirty == len(s) && len(s) <= limit {
		return s
	}
	cut := len(s) > limit
	if cut {
		for back := 1; back < utf8.UTFMax && !utf8.RuneStart(s[limit]); back++ {
			limit--
		}
		s = s[:limit]
	} else if s = strings.TrimRight(s, "\r\n"); dirty >= len(s) {
		return s
	}
	dirty = min(dirty, len(s))

	var b strings.Builder
	b.Grow(len(s) + len("…"))
	b.WriteString(s[:dirty])
	tab, marks, broken := " ", 0, false
	if lines {
		tab = "    "
	}
	if dirty == 0 || s[dirty-1] == '\n' {
		marks = maxMarks // A mark at the start would join the cell before the text.
	}
	for i := dirty; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 && s[i] >= 0x80 && s[i] <= 0x9f {
			r = rune(s[i]) // A bare C1 byte, as an 8-bit terminal reads it.
			if end := sequenceEnd(s, i+n, r); end > i+n {
				i = end
				continue
			}
			r = utf8.RuneError
		}
		i += n
		bad := r == utf8.RuneError && n == 1
		switch {
		case r >= ' ' && r < 0x7f:
			marks = 0
			b.WriteByte(byte(r))
		case bad:
			if !broken {
				b.WriteRune(utf8.RuneError)
			}
			marks = 0
		case r == '\t':
			marks = 0
			b.WriteString(tab)
		case r == '\r' && i < len(s) && s[i] == '\n':
		case breaksLine(r):
			if lines {
				b.WriteByte('\n')
				marks = maxMarks
			} else {
				b.WriteString("⏎")
				marks = 0
			}
		case r == 0x1b || r >= 0x80 && r <= 0x9f:
			i = sequenceEnd(s, i, r)
		case invisible(r):
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks < maxMarks {
				b.WriteRune(r)
			}
			marks++
		default:
			marks = 0
			b.WriteRune(r)
		}
		broken = bad
	}
	if cut {
		b.WriteString("…")
	}
	return strings.TrimRight(b.String(), "\n")
}

// firstDirty is the index of the first byte that clean may have to change, or
// len(s). A combining mark counts, because marks are counted from there on.
func firstDirty(s string, lines bool) int {
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f || lines && c == '\n' {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			return i
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || breaksLine(r) || invisible(r) || unicode.In(r, unicode.Mn, unicode.Me) {
			return i
		}
		i += n
	}
	return len(s)
}

// breaksLine says whether r ends a line for some terminal or editor: CR and LF,
// vertical tab, form feed, NEL and the two separators of Unicode.
func breaksLine(r rune) bool {
	return r >= '\n' && r <= '\r' || r == 0x85 || r == 0x2028 || r == 0x2029
}

// invisible says whether r draws nothing of its own: controls, formats (bidi
// overrides and isolates, joiners, tags, soft hyphen), variation selectors and
// fillers. Such runes hide, reorder or widen the text beside them.
func invisible(r rune) bool {
	if r < 0x80 {
		return r < ' ' || r == 0x7f
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// sequenceEnd is the index after the control sequence whose introducer, ESC or
// a C1 character, ends at i; it is i itself when no whole sequence follows.
func sequenceEnd(s string, i int, introducer rune) int {
	kind, at := introducer, i
	if introducer == 0x1b {
		if i == len(s) {
			return i
		}
		kind, at = rune(s[i])+0x40, i+1 // ESC [ is CSI, and so on.
	}
	switch kind {
	case 0x9b: // CSI
		for at < len(s) && s[at] >= 0x20 && s[at] <= 0x3f {
			at++
		}
		if at < len(s) && s[at] >= 0x40 && s[at] <= 0x7e {
			return at + 1
		}
	case 0x90, 0x98, 0x9d, 0x9e, 0x9f: // DCS, SOS, OSC, PM, APC
		if end := stringEnd(s, at); end > 0 {
			return end
		}
	default:
		if introducer != 0x1b {
			return i
		}
		for at = i; at < len(s) && s[at] >= 0x20 && s[at] <= 0x2f; {
			at++
		}
		if at < len(s) && s[at] >= 0x30 && s[at] <= 0x7e {
			return at + 1
		}
		return i
	}
	// It has no end: the introducer goes, and what follows stays to be read.
	if introducer == 0x1b {
		return i + 1
	}
	return i
}

// stringEnd is the index after the terminator of a control string whose body
// starts at i, or 0 when something else comes first. Stopping at any other
// control keeps the whole scan linear.
func stringEnd(s string, i int) int {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			r = rune(s[i])
		}
		switch {
		case r == 0x07 || r == 0x9c:
			return i + n
		case r == 0x1b:
			if strings.HasPrefix(s[i:], "\x1b\\") {
				return i + 2
			}
			return 0
		case r < ' ' || r >= 0x80 && r <= 0x9f:
			return 0
		}
		i += n
	}
	return 0
}

// cleanAll is m with its names and values cleaned; m itself when they are clean.
func cleanAll(m map[string]string) map[string]string {
	dirty := false
	for k, v := range m {
		if Clean(k) != k || Clean(v) != v {
			dirty = true
			break
		}
	}
	if !dirty {
		return m
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[Clean(k)] = Clean(v)
	}
	return out
}
