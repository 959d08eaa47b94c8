package logstore

import (
	"fmt"
	"strings"
)

// queryString compiles Lucene's query syntax: words, "phrases", field:value,
// field:(a OR b), ranges, wildcards, _exists_:field, AND OR NOT + - and
// parentheses. Fuzzy words, proximity and regular expressions are refused;
// boosts are read and ignored, because nothing is scored.
func (c *compiler) queryString(body map[string]any) (clause, error) {
	if err := known("query_string", body, "query", "default_field", "fields", "default_operator", "lenient", "analyze_wildcard", "allow_leading_wildcard", "boost", "_name"); err != nil {
		return nil, err
	}
	fields := list(body["fields"])
	if d := str(body["default_field"]); d != "" {
		fields = []any{d}
	}
	names, lenient := c.fieldNames(fields)
	p := &lucene{c: c, text: str(body["query"]), fields: names, and: strings.EqualFold(str(body["default_operator"]), "and"), lenient: lenient || body["lenient"] == true}
	out, err := p.group(0)
	if err == nil && p.at < len(p.text) {
		err = p.fail("unexpected [%c]", p.text[p.at])
	}
	return out, err
}

type lucene struct {
	c       *compiler
	text    string
	at      int
	fields  []string
	and     bool // the operator between clauses that have none
	lenient bool
}

func (p *lucene) fail(format string, args ...any) error {
	return shardFailure("Failed to parse query [%s]: %s", short(p.text), fmt.Sprintf(format, args...)+fmt.Sprintf(" at column %d", p.at+1))
}

func (p *lucene) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// take reads one of the tokens if it comes next.
func (p *lucene) take(tokens ...string) string {
	p.space()
	for _, t := range tokens {
		if strings.HasPrefix(p.text[p.at:], t) {
			rest := p.text[p.at+len(t):]
			if wordy(t) && rest != "" && strings.IndexByte(" \t\r\n(", rest[0]) < 0 {
				continue
			}
			p.at += len(t)
			return t
		}
	}
	return ""
}

type occurrence int

const (
	should occurrence = iota
	must
	mustNot
)

// group reads clauses up to a closing parenthesis or the end. How words between
// clauses make them required is Lucene's classic rule, odd as it is: AND makes
// both of its neighbours required, OR none.
func (p *lucene) group(depth int) (clause, error) {
	if depth > 20 {
		return nil, p.fail("too many parentheses")
	}
	type part struct {
		c     clause
		occur occurrence
	}
	var parts []part
	for {
		p.space()
		if p.at == len(p.text) || p.text[p.at] == ')' {
			break
		}
		conj := ""
		if len(parts) > 0 {
			conj = p.take("AND", "OR", "&&", "||")
		}
		occur := should
		switch p.take("NOT", "!", "-", "+") {
		case "NOT", "!", "-":
			occur = mustNot
		case "+":
			occur = must
		}
		c, err := p.clause(depth, conj == "" && occur == should)
		if err != nil {
			return nil, err
		}
		isAnd, isOr := conj == "AND" || conj == "&&", conj == "OR" || conj == "||"
		if n := len(parts); n > 0 && parts[n-1].occur != mustNot {
			switch {
			case isAnd:
				parts[n-1].occur = must
			case isOr && p.and:
				parts[n-1].occur = should
			}
		}
		if occur == should && (p.and && !isOr || isAnd) {
			occur = must
		}
		parts = append(parts, part{c, occur})
	}
	var yes, maybe, no []clause
	for _, x := range parts {
		switch x.occur {
		case must:
			yes = append(yes, x.c)
		case mustNot:
			no = append(no, x.c)
		default:
			maybe = append(maybe, x.c)
		}
	}
	if len(parts) == 0 {
		return none, nil
	}
	if len(yes) == 0 && len(maybe) > 0 {
		yes = []clause{either(maybe)}
	}
	out := both(yes)
	if len(no) > 0 {
		out = except(out, either(no))
	}
	return out, nil
}

// clause reads one condition. With run, bare words that follow each other
// without an operator are one text.
func (p *lucene) clause(depth int, run bool) (clause, error) {
	p.space()
	fields := p.fields
	if name, ok := p.field(); ok {
		if name == "*" && p.take("*") != "" {
			return all, p.boost()
		}
		if name == "_exists_" {
			word, err := p.word()
			if err != nil {
				return nil, err
			}
			return p.c.exists(unescape(word)), p.boost()
		}
		fields, run = []string{name}, false
	}
	if p.take("(") != "" {
		saved := p.fields
		p.fields = fields
		out, err := p.group(depth + 1)
		p.fields = saved
		if err != nil {
			return nil, err
		}
		if p.take(")") == "" {
			return nil, p.fail("expected )")
		}
		return out, p.boost()
	}
	out, err := p.value(fields, run)
	if err != nil {
		return nil, err
	}
	return out, p.boost()
}

// field reads a name and its colon, if they come next.
func (p *lucene) field() (string, bool) {
	start := p.at
	if w, err := p.word(); err == nil && w != "" && p.at < len(p.text) && p.text[p.at] == ':' {
		p.at++
		p.space()
		return unescape(w), true
	}
	p.at = start
	return "", false
}

func (p *lucene) value(fields []string, run bool) (clause, error) {
	p.space()
	if p.at == len(p.text) {
		return nil, p.fail("expected a value")
	}
	switch p.text[p.at] {
	case '"':
		s, err := p.quoted()
		if err != nil {
			return nil, err
		}
		return p.each(fields, func(name string) (clause, error) { return p.c.phrase(name, s, false, p.lenient) })
	case '[', '{':
		return p.interval(fields)
	case '/':
		return nil, unsupported("a regular expression in query_string")
	case '<', '>':
		op := map[string]string{">=": "gte", "<=": "lte", ">": "gt", "<": "lt"}[p.take(">=", "<=", ">", "<")]
		s, err := p.operand()
		if err != nil {
			return nil, err
		}
		return p.each(fields, func(name string) (clause, error) { return p.c.rangeOf(name, map[string]any{op: s}) })
	}
	w, err := p.word()
	if err != nil {
		return nil, err
	}
	if w == "*" {
		return p.each(fields, func(name string) (clause, error) { return p.c.exists(name), nil })
	}
	if strings.ContainsAny(strings.NewReplacer(`\*`, "", `\?`, "", `\\`, "").Replace(w), "*?") {
		return p.each(fields, func(name string) (clause, error) {
			pattern := w
			if f := p.c.m.field(name); f != nil && f.kind == "text" {
				pattern = strings.ToLower(w)
			}
			return p.c.pattern("wildcard", name, pattern, false)
		})
	}
	text := unescape(w)
	for run {
		next, ok := p.bare()
		if !ok {
			break
		}
		text += " " + next
	}
	return p.each(fields, func(name string) (clause, error) { return p.c.match(name, text, p.and, 0, p.lenient, false) })
}

// bare reads a further plain word, one that no operator or colon follows.
func (p *lucene) bare() (string, bool) {
	start := p.at
	p.space()
	w, err := p.word()
	ok := err == nil && w != "" && w != "AND" && w != "OR" && w != "NOT" && w != "&&" && w != "||" && !strings.ContainsAny(w, "*?") && w[0] != '+' && w[0] != '-' && w[0] != '!'
	if ok {
		after := p.at
		ok = p.at == len(p.text) || strings.IndexByte(" \t\r\n)", p.text[p.at]) >= 0
		if ok && p.take("AND", "OR", "&&", "||") != "" {
			ok = false
		}
		p.at = after
	}
	if !ok {
		p.at = start
		return "", false
	}
	return unescape(w), true
}

// each tries a condition on several fields, any of which will do.
func (p *lucene) each(fields []string, f func(name string) (clause, error)) (clause, error) {
	var out []clause
	for _, name := range fields {
		c, err := f(name)
		if err != nil {
			if p.lenient {
				continue
			}
			return nil, err
		}
		out = append(out, c)
	}
	return either(out), nil
}

// interval reads [a TO b] and its open forms.
func (p *lucene) interval(fields []string) (clause, error) {
	bounds := map[string]any{}
	low, high := "gte", "lte"
	if p.take("[", "{") == "{" {
		low = "gt"
	}
	from, err := p.operand()
	if err != nil {
		return nil, err
	}
	if p.take("TO") == "" {
		return nil, p.fail("expected TO")
	}
	to, err := p.operand()
	if err != nil {
		return nil, err
	}
	switch p.take("]", "}") {
	case "":
		return nil, p.fail("expected ] or }")
	case "}":
		high = "lt"
	}
	if from != "*" {
		bounds[low] = from
	}
	if to != "*" {
		bounds[high] = to
	}
	return p.each(fields, func(name string) (clause, error) { return p.c.rangeOf(name, bounds) })
}

// operand is a word or a quoted text that bounds a range; a date has colons.
func (p *lucene) operand() (string, error) {
	p.space()
	if p.at < len(p.text) && p.text[p.at] == '"' {
		return p.quoted()
	}
	start := p.at
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n]})(", p.text[p.at]) < 0 {
		p.at++
	}
	if start == p.at {
		return "", p.fail("expected a value")
	}
	return unescape(p.text[start:p.at]), nil
}

func (p *lucene) quoted() (string, error) {
	start := p.at + 1
	for i := start; i < len(p.text); i++ {
		switch p.text[i] {
		case '\\':
			i++
		case '"':
			p.at = i + 1
			return unescape(p.text[start:i]), nil
		}
	}
	return "", p.fail("the quote is not closed")
}

// word reads up to a character that means something, with its escapes.
func (p *lucene) word() (string, error) {
	start := p.at
	for p.at < len(p.text) {
		ch := p.text[p.at]
		if ch == '\\' {
			if p.at+1 == len(p.text) {
				return "", p.fail("nothing follows the escape")
			}
			p.at += 2
			continue
		}
		if strings.IndexByte(" \t\r\n()[]{}:\"^~", ch) >= 0 {
			break
		}
		p.at++
	}
	if start == p.at && p.at < len(p.text) {
		return "", p.fail("unexpected [%c]", p.text[p.at])
	}
	return p.text[start:p.at], nil
}

// boost reads ^2 after a clause and refuses ~.
func (p *lucene) boost() error {
	if p.at >= len(p.text) {
		return nil
	}
	switch p.text[p.at] {
	case '~':
		return unsupported("a fuzzy word or proximity (~) in query_string")
	case '^':
		p.at++
		start := p.at
		for p.at < len(p.text) && (p.text[p.at] >= '0' && p.text[p.at] <= '9' || p.text[p.at] == '.') {
			p.at++
		}
		if start == p.at {
			return p.fail("expected a number after ^")
		}
	}
	return nil
}

func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
