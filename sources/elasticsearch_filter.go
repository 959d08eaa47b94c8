package sources

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// FilterError says where a filter does not parse and what was expected there.
type FilterError struct {
	// Column is the place, in characters from 1.
	Column int
	// Expected is what could have stood there, in words.
	Expected string
	// Found is what stands there as it was typed, empty at the end.
	Found string
	// Hint is what to write instead, empty where nothing is likely.
	Hint string
}

// Error implements error.
func (e *FilterError) Error() string {
	s := fmt.Sprintf("filter, column %d: expected %s", e.Column, e.Expected)
	if e.Found != "" {
		s += ", found " + e.Found
	}
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

const (
	// maxFilterLength bounds a filter, in bytes.
	maxFilterLength = 16 << 10
	// maxFilterDepth bounds parentheses and nots, maxFilterNesting what of them
	// remains in the query: servers refuse more than 30 levels, some of which are
	// those around the filter.
	maxFilterDepth, maxFilterNesting = 50, 24
)

// The syntax tree of a filter is made of these; nil stands for everything.
type (
	allOf  []expr
	anyOf  []expr
	noneOf struct{ expr }
	// holds is a condition on a field: one of its words, the phrase, the
	// pattern, or with a pattern of "*" alone that it is there at all. An empty
	// field is the message.
	holds struct {
		field string
		value term
	}
	// compares is a condition of order: op is gt, gte, lt or lte.
	compares struct {
		field, op string
		value     term
	}
	expr any
	// term is a value without its quotes and escapes.
	term struct {
		kind termKind
		text string
		// parts are what stands between the wildcards of a pattern.
		parts []string
		// at is the byte of the filter where it begins.
		at int
	}
	termKind int
)

const (
	words termKind = iota
	phrase
	pattern
)

// any says whether a pattern has nothing but wildcards.
func (t term) any() bool { return t.kind == pattern && strings.Join(t.parts, "") == "" }

// filter is a parsed filter. Root is nil where it asks for everything, and
// where lucene is the query in the server's own syntax.
type filter struct {
	text   string
	root   expr
	lucene string
}

// readFilter parses what a user typed.
func readFilter(s string) (filter, error) {
	f := filter{text: strings.ToValidUTF8(s, string(utf8.RuneError))}
	if len(s) > maxFilterLength {
		return f, &FilterError{Column: 1, Expected: fmt.Sprintf("at most %d bytes", maxFilterLength), Found: fmt.Sprint(len(s)), Hint: "narrow it"}
	}
	if rest, ok := strings.CutPrefix(strings.TrimSpace(f.text), lucenePrefix); ok {
		f.lucene = strings.TrimSpace(rest)
		return f, nil
	}
	p := &filterParser{lex: filterLexer{text: f.text}}
	p.advance()
	var err error
	if p.token.kind != end {
		f.root, err = p.whole()
	}
	if err == nil && nesting(f.root) > maxFilterNesting {
		err = &FilterError{Column: 1, Expected: fmt.Sprintf("at most %d levels of and, or, not within each other", maxFilterNesting), Hint: "take it apart"}
	}
	return f, err
}

// nesting is the levels of a tree.
func nesting(e expr) int {
	deepest := func(list []expr) (n int) {
		for _, e := range list {
			n = max(n, nesting(e))
		}
		return n + 1
	}
	switch e := e.(type) {
	case allOf:
		return deepest(e)
	case anyOf:
		return deepest(e)
	case noneOf:
		return nesting(e.expr) + 1
	}
	return 0
}

// fields are the fields that a tree names, patterns of names among them.
func (f filter) fields() (out []string) {
	var walk func(e expr)
	walk = func(e expr) {
		switch e := e.(type) {
		case allOf:
			for _, e := range e {
				walk(e)
			}
		case anyOf:
			for _, e := range e {
				walk(e)
			}
		case noneOf:
			walk(e.expr)
		case holds:
			out = append(out, e.field)
		case compares:
			out = append(out, e.field)
		}
	}
	walk(f.root)
	return out
}

// wrong is the error of a value of the filter.
func (f filter) wrong(t term, expected, hint string) error {
	return &FilterError{Column: column(f.text, t.at), Expected: expected, Found: cited(t.text), Hint: hint}
}

// column is the place of a byte, in characters from 1.
func column(s string, at int) int { return utf8.RuneCountInString(s[:at]) + 1 }

// cited is a piece of a filter as an error repeats it.
func cited(s string) string {
	s = Clean(s)
	if r := []rune(s); len(r) > 30 {
		s = string(r[:29]) + "…"
	}
	return "“" + s + "”"
}
