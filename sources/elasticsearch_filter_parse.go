package sources

import (
	"strconv"
	"strings"
)

// filterParser reads the Kibana Query Language as far as logs need it:
//
//	timeout                         a word of the message
//	"connection refused"            a phrase of the message
//	field: value, field: "phrase"   on a field
//	field: (a or b), field: tim*    several, a pattern; field: * is being there
//	labels.*: value                 on any of the fields
//	field >= 5                      order, also > < <=, on numbers and dates
//	and or not ( )                  in any case, not before and before or
//	\                               before a character that means something
type filterParser struct {
	lex   filterLexer
	token token
	depth int
}

func (p *filterParser) advance() { p.token = p.lex.next() }

// expected is the error at the token that comes next.
func (p *filterParser) expected(what, hint string) error {
	t := p.token
	if t.kind == wrong {
		e := t.err
		e.Column = column(p.lex.text, t.bad)
		if t.bad < len(p.lex.text) {
			e.Found = cited(p.lex.text[t.bad:max(t.to, t.bad)])
		}
		return &e
	}
	e := &FilterError{Column: column(p.lex.text, t.at), Expected: what, Hint: hint}
	if t.kind != end {
		e.Found = cited(p.lex.text[t.at:t.to])
	}
	return e
}

// whole reads a filter to its end.
func (p *filterParser) whole() (expr, error) {
	e, err := p.or(nil)
	if err != nil || p.token.kind == end {
		return e, err
	}
	return nil, p.expected("and, or, or the end", p.between())
}

// between is a hint at what stands between two conditions.
func (p *filterParser) between() string {
	switch p.token.kind {
	case colon, order:
		return `a value that has : < or > goes in quotes`
	case closing:
		return "no ( is open"
	}
	ahead := p.lex
	if k := ahead.next().kind; k == colon || k == order {
		return "conditions are joined by and or or"
	}
	if p.token.kind == bare && strings.Trim(p.token.text, "=!&|") == "" {
		return "it is written field: value, and, or, not"
	}
	return ""
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
	if p.depth++; p.depth > maxFilterDepth {
		return nil, p.expected("fewer parentheses and nots", "")
	}
	if p.token.keyword() == "not" {
		p.advance()
		e, err := p.not(c)
		if twice, ok := e.(noneOf); ok && err == nil {
			return twice.expr, nil
		}
		return noneOf{e}, err
	}
	if p.token.kind == open {
		at := p.token
		p.advance()
		e, err := p.or(c)
		if err == nil && p.token.kind != closing {
			hint := p.between()
			if p.token.kind == end {
				hint = "( is open since column " + strconv.Itoa(column(p.lex.text, at.at))
			}
			err = p.expected("and, or, or )", hint)
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

// valued says whether the token can be a value or the name of a field.
func (p *filterParser) valued() bool {
	return p.token.kind == quoted || p.token.kind == bare && p.token.keyword() == ""
}

const aCondition = "a word, a field or ("

func (p *filterParser) condition() (expr, error) {
	if !p.valued() {
		return nil, p.expected(aCondition, p.missing())
	}
	field := p.token
	ahead := p.lex // a name is known by what follows it
	switch ahead.next().kind {
	case colon:
		p.advance()
		p.advance()
		what := "a value of " + Clean(field.text)
		value := func() (expr, error) { return p.value(field.text, what) }
		if p.token.kind == open {
			return p.not(value)
		}
		return value()
	case order:
		p.advance()
		op := map[string]string{"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}[p.token.text]
		p.advance()
		if !p.valued() || p.token.wild() {
			return nil, p.expected("a number or a time", "")
		}
		v := term{text: p.token.text, at: p.token.at}
		p.advance()
		return compares{field.text, op, v}, nil
	}
	return p.value("", aCondition)
}

// missing is a hint where a condition or a value should begin.
func (p *filterParser) missing() string {
	switch p.token.keyword() {
	case "and", "or", "not":
		return `as a word it is \` + p.token.text + ` or "` + p.token.text + `"`
	}
	switch p.token.kind {
	case colon, order:
		return "the name of a field comes before it"
	case closing:
		return "the parentheses are empty"
	}
	return ""
}

// value reads a phrase, or words that follow each other.
func (p *filterParser) value(field, what string) (expr, error) {
	if !p.valued() {
		hint := p.missing()
		switch p.token.kind {
		case end:
			if field != "" {
				hint = "* is any"
			}
		case order:
			hint = "order is written without the colon"
		}
		return nil, p.expected(what, hint)
	}
	v := term{text: p.token.text, at: p.token.at}
	if p.token.kind == quoted {
		v.kind = phrase
		p.advance()
		return holds{field, v}, nil
	}
	texts, parts := []string{}, []string{""}
	for p.valued() && p.token.kind == bare {
		ahead := p.lex
		if k := ahead.next().kind; len(texts) > 0 && (k == colon || k == order) {
			break // this one is the next condition's field, which and or or must part from this
		}
		if len(texts) > 0 {
			parts[len(parts)-1] += " "
		}
		if p.token.wild() {
			v.kind = pattern
			parts[len(parts)-1] += p.token.parts[0]
			parts = append(parts, p.token.parts[1:]...)
		} else {
			parts[len(parts)-1] += p.token.text
		}
		texts = append(texts, p.token.text)
		p.advance()
	}
	v.text = strings.Join(texts, " ")
	if v.kind == pattern {
		v.parts = parts
	}
	return holds{field, v}, nil
}
