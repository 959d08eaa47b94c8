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
}

// Error implements error.
func (e *FilterError) Error() string {
	return fmt.Sprintf("filter, column %d: expected %s", e.Column, e.Expected)
}

// The syntax tree of a filter is made of these.
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
	term struct {
		text string // without quotes and escapes
		kind termKind
	}
	termKind int
)

const (
	words termKind = iota
	phrase
	pattern // text keeps the escapes of what is no wildcard
)

// maxFilterDepth bounds parentheses and nots.
const maxFilterDepth = 50

// parseFilter reads the Kibana Query Language as far as logs need it:
//
//	timeout                         a word of the message
//	"connection refused"            a phrase of the message
//	field: value, field: "phrase"   on a field
//	field: (a or b), field: tim*    several, a pattern; field: * is being there
//	field >= 5                      order, also > < <=, on numbers and dates
//	and or not ( )                  in any case, not before and before or
//	\                               before a character that means something
//
// Nil stands for everything.
func parseFilter(s string) (expr, error) {
	p := &filterParser{lex: filterLexer{text: s}}
	p.advance()
	if p.token.kind == end {
		return nil, nil
	}
	e, err := p.or(nil)
	if err == nil && p.token.kind != end {
		err = p.expected("and, or, or the end")
	}
	return e, err
}

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
	text string
	at   int // byte where it starts
	// wild says that a bare word has a * that is not escaped; raw keeps the escapes.
	wild bool
	raw  string
}

// keyword is and, or, not, or nothing.
func (t token) keyword() string {
	if t.kind != bare || t.raw != t.text {
		return ""
	}
	switch w := strings.ToLower(t.text); w {
	case "and", "or", "not":
		return w
	}
	return ""
}

type filterLexer struct {
	text string
	at   int
}

func (l *filterLexer) next() token {
	for l.at < len(l.text) && strings.IndexByte(" \t\r\n", l.text[l.at]) >= 0 {
		l.at++
	}
	t := token{at: l.at}
	if l.at == len(l.text) {
		return t
	}
	one := func(k tokenKind, n int) token {
		t.kind, t.text = k, l.text[l.at:l.at+n]
		l.at += n
		return t
	}
	switch c := l.text[l.at]; c {
	case '(':
		return one(open, 1)
	case ')':
		return one(closing, 1)
	case ':':
		return one(colon, 1)
	case '<', '>':
		if strings.HasPrefix(l.text[l.at+1:], "=") {
			return one(order, 2)
		}
		return one(order, 1)
	case '{', '}':
		return one(wrong, 1)
	case '"':
		return l.quoted(t)
	}
	return l.bare(t)
}

func (l *filterLexer) quoted(t token) token {
	var b strings.Builder
	for l.at++; l.at < len(l.text); l.at++ {
		switch c := l.text[l.at]; {
		case c == '"':
			l.at++
			t.kind, t.text = quoted, b.String()
			return t
		case c == '\\' && l.at+1 < len(l.text):
			l.at++
			b.WriteString(escapedText(l.text[l.at]))
		default:
			b.WriteByte(c)
		}
	}
	t.kind, t.at = wrong, l.at
	return t
}

func (l *filterLexer) bare(t token) token {
	var text, raw strings.Builder
	for l.at < len(l.text) && strings.IndexByte(" \t\r\n():<>\"{}", l.text[l.at]) < 0 {
		c := l.text[l.at]
		if c == '\\' && l.at+1 < len(l.text) {
			l.at++
			text.WriteString(escapedText(l.text[l.at]))
			raw.WriteByte('\\')
			raw.WriteByte(l.text[l.at])
		} else {
			t.wild = t.wild || c == '*'
			text.WriteByte(c)
			raw.WriteByte(c)
		}
		l.at++
	}
	t.kind, t.text, t.raw = bare, text.String(), raw.String()
	return t
}

func escapedText(c byte) string {
	switch c {
	case 't':
		return "\t"
	case 'n':
		return "\n"
	case 'r':
		return "\r"
	}
	return string([]byte{c})
}

type filterParser struct {
	lex   filterLexer
	token token
	depth int
}

func (p *filterParser) advance() { p.token = p.lex.next() }

func (p *filterParser) expected(what string) error {
	if p.token.kind == wrong && p.token.at == len(p.lex.text) {
		what = `a closing "`
	}
	return &FilterError{utf8.RuneCountInString(p.lex.text[:p.token.at]) + 1, what}
}

// deeper counts a level in and is undone by the caller.
func (p *filterParser) deeper() error {
	if p.depth++; p.depth > maxFilterDepth {
		return p.expected("fewer parentheses")
	}
	return nil
}

// A condition parses what stands between and, or, not and parentheses. In a
// field's own parentheses that is one of its values.
type condition func() (expr, error)

func (p *filterParser) or(c condition) (expr, error) {
	list, err := p.chain("or", func() (expr, error) { return p.and(c) })
	if len(list) == 1 || err != nil {
		return first(list), err
	}
	return anyOf(list), nil
}

func (p *filterParser) and(c condition) (expr, error) {
	list, err := p.chain("and", func() (expr, error) { return p.not(c) })
	if len(list) == 1 || err != nil {
		return first(list), err
	}
	return allOf(list), nil
}

func (p *filterParser) chain(word string, part func() (expr, error)) ([]expr, error) {
	var list []expr
	for {
		e, err := part()
		if err != nil {
			return nil, err
		}
		list = append(list, e)
		if p.token.keyword() != word {
			return list, nil
		}
		p.advance()
	}
}

func first(list []expr) expr {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

func (p *filterParser) not(c condition) (expr, error) {
	defer func() { p.depth-- }()
	if err := p.deeper(); err != nil {
		return nil, err
	}
	if p.token.keyword() == "not" {
		p.advance()
		e, err := p.not(c)
		return noneOf{e}, err
	}
	if p.token.kind == open {
		p.advance()
		e, err := p.or(c)
		if err == nil && p.token.kind != closing {
			err = p.expected("and, or, or )")
		}
		if err == nil {
			p.advance()
		}
		return e, err
	}
	if c != nil {
		return c()
	}
	return p.condition()
}

func (p *filterParser) condition() (expr, error) {
	if p.token.keyword() != "" || p.token.kind != bare && p.token.kind != quoted {
		return nil, p.expected("a word, a field or (")
	}
	field := p.token
	ahead := p.lex // a name is known by what follows it
	switch ahead.next().kind {
	case colon:
		p.advance()
		p.advance()
		value := func() (expr, error) { return p.value(field.text, "a value of "+field.text) }
		if p.token.kind == open {
			return p.not(value)
		}
		return value()
	case order:
		p.advance()
		op := map[string]string{"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}[p.token.text]
		p.advance()
		if p.token.kind != bare && p.token.kind != quoted || p.token.wild {
			return nil, p.expected("a number or a time")
		}
		v := term{text: p.token.text, kind: words}
		p.advance()
		return compares{field.text, op, v}, nil
	}
	return p.value("", "a word, a field or (")
}

// value reads a phrase, or words that follow each other.
func (p *filterParser) value(field, what string) (expr, error) {
	if p.token.keyword() != "" || p.token.kind != bare && p.token.kind != quoted {
		return nil, p.expected(what)
	}
	if p.token.kind == quoted {
		v := term{p.token.text, phrase}
		p.advance()
		return holds{field, v}, nil
	}
	var texts, raws []string
	wild := false
	for p.token.kind == bare && p.token.keyword() == "" {
		ahead := p.lex
		if k := ahead.next().kind; len(texts) > 0 && (k == colon || k == order) {
			break // this one is the next condition's field, which and or or must part from this
		}
		texts, raws, wild = append(texts, p.token.text), append(raws, p.token.raw), wild || p.token.wild
		p.advance()
	}
	if wild {
		return holds{field, term{strings.Join(raws, " "), pattern}}, nil
	}
	return holds{field, term{strings.Join(texts, " "), words}}, nil
}
