package sources

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

type tokenKind int

const (
	end tokenKind = iota
	bare
	quoted
	open
	closing
	colon
	order // < <= > >=
	wrong // something that no filter has, such as a quote that is not closed
)

type token struct {
	kind tokenKind
	text string // without quotes and escapes
	// at and to are the bytes where it begins and ends.
	at, to int
	// plain says that it has no escape, parts are what stands between the
	// wildcards of a bare word that has some.
	plain bool
	parts []string
	// err is what is wrong with a wrong one, for the byte at bad.
	err FilterError
	bad int
}

// keyword is and, or, not, or nothing.
func (t token) keyword() string {
	if t.kind != bare || !t.plain {
		return ""
	}
	for _, w := range [...]string{"and", "or", "not"} {
		if strings.EqualFold(t.text, w) {
			return w
		}
	}
	return ""
}

// wild says that a bare word has a * that is not escaped.
func (t token) wild() bool { return t.parts != nil }

// filterLexer cuts a filter into tokens.
type filterLexer struct {
	text string
	at   int
}

const filterSpace = " \t\r\n"

func (l *filterLexer) next() token {
	for l.at < len(l.text) && strings.IndexByte(filterSpace, l.text[l.at]) >= 0 {
		l.at++
	}
	t := token{at: l.at, to: l.at, plain: true}
	if l.at == len(l.text) {
		return t
	}
	switch c := l.text[l.at]; {
	case c == '"':
		l.quoted(&t)
	case c == '(':
		t.kind, t.to = open, t.at+1
	case c == ')':
		t.kind, t.to = closing, t.at+1
	case c == ':':
		t.kind, t.to = colon, t.at+1
	case c == '<' || c == '>':
		t.kind, t.to = order, t.at+1
		if strings.HasPrefix(l.text[t.to:], "=") {
			t.to++
		}
	case c == '{' || c == '}':
		t.kind, t.to, t.bad = wrong, t.at+1, t.at
		t.err = FilterError{Expected: "no braces", Hint: `nested documents are not looked into; \{ and \} mean the characters`}
	default:
		l.bare(&t)
	}
	l.at = t.to
	if t.kind != bare && t.kind != quoted && t.text == "" {
		t.text = l.text[t.at:t.to]
	}
	return t
}

// fail makes a token a wrong one.
func (t *token) fail(at int, expected, hint string) {
	if t.kind != wrong {
		t.kind, t.bad, t.err = wrong, at, FilterError{Expected: expected, Hint: hint}
	}
}

func (l *filterLexer) quoted(t *token) {
	var b strings.Builder
	t.kind = quoted
	for i := t.at + 1; i < len(l.text); {
		switch c := l.text[i]; {
		case c == '"':
			t.text, t.to = b.String(), i+1
			return
		case c == '\\' && i+1 < len(l.text) && strings.IndexByte(`"\tnru`, l.text[i+1]) >= 0:
			s, n := inQuotes(l.text[i:])
			b.WriteString(s)
			i += n
		default:
			b.WriteByte(c)
			i++
		}
	}
	t.text, t.to = b.String(), len(l.text)
	t.fail(t.to, `a closing "`, "the one that opens is at column "+strconv.Itoa(column(l.text, t.at)))
}

func (l *filterLexer) bare(t *token) {
	t.kind = bare
	var b, part strings.Builder
	i := t.at
	for i < len(l.text) && strings.IndexByte(filterSpace+`():<>"{}`, l.text[i]) < 0 {
		c := l.text[i]
		switch c {
		case '\\':
			s, n := escape(l.text[i:])
			if i == t.at && n == 0 {
				if w := escapedKeyword(l.text[i+1:]); w != "" {
					s, n = w, 1+len(w)
				}
			}
			if n == 0 {
				t.fail(i, "a character that can be escaped", `\\ means a backslash, in quotes one is enough`)
				s, n = `\`, 1
			}
			b.WriteString(s)
			part.WriteString(s)
			t.plain = false
			i += n
		case '*':
			t.parts = append(t.parts, part.String())
			part.Reset()
			b.WriteByte(c)
			i++
		default:
			b.WriteByte(c)
			part.WriteByte(c)
			i++
		}
	}
	if t.parts != nil {
		t.parts = append(t.parts, part.String())
	}
	t.text, t.to = b.String(), i
}

// escape reads an escape and says how many bytes it has, 0 for none: \t \r \n,
// \u and four digits, or \ before what is no letter and no digit.
func escape(s string) (string, int) {
	if len(s) < 2 {
		return "", 0
	}
	switch c := s[1]; {
	case c == 'u':
		r, n := hex4(s)
		if n > 0 && utf16.IsSurrogate(r) {
			low, m := hex4(s[n:])
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				n += m
			}
		}
		return string(r), n
	case escapedKeyword(s[1:]) != "":
		return "", 0
	case c == 't':
		return "\t", 2
	case c == 'r':
		return "\r", 2
	case c == 'n':
		return "\n", 2
	case c >= utf8.RuneSelf || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z':
		return "", 0
	default:
		return s[1:2], 2
	}
}

// inQuotes is [escape] where a backslash that begins none is a backslash.
func inQuotes(s string) (string, int) {
	if escapedKeyword(s[1:]) != "" {
		return "\n", 2
	}
	if t, n := escape(s); n > 0 {
		return t, n
	}
	return `\`, 1
}

func hex4(s string) (rune, int) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, 0
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return 0, 0
	}
	return rune(n), 6
}

// escapedKeyword is the and, or, not that a text begins with, as a word.
func escapedKeyword(s string) string {
	for _, w := range [...]string{"and", "or", "not"} {
		if len(s) >= len(w) && strings.EqualFold(s[:len(w)], w) && (len(s) == len(w) || strings.IndexByte(filterSpace+`():<>"{}`, s[len(w)]) >= 0) {
			return s[:len(w)]
		}
	}
	return ""
}
