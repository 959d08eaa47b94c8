package logstore

import (
	"slices"
	"strings"
)

// match is the documents whose field has the words of a text: all of them, or
// at least need of them, or one.
func (c *compiler) match(name, text string, and bool, need int, lenient, emptyMatches bool) (clause, error) {
	f := c.m.field(name)
	if f == nil {
		return none, nil
	}
	if f.kind != "text" {
		cl, err := c.term(name, text, false)
		if err != nil && lenient {
			return none, nil
		}
		return cl, err
	}
	words := tokenList(text)
	if len(words) == 0 {
		if emptyMatches {
			return all, nil
		}
		return none, nil
	}
	var out []clause
	slices.Sort(words)
	for _, w := range slices.Compact(words) {
		out = append(out, values(f, func(v *value) bool { return hasToken(v.text, w, func(t string) bool { return t == w }) }))
	}
	if and {
		return both(out), nil
	}
	if need < 0 {
		need = len(out) + need
	}
	return atLeast(max(need, 1), out), nil
}

// phrase is the documents whose field has the words of a text in order.
func (c *compiler) phrase(name, text string, prefix, lenient bool) (clause, error) {
	f := c.m.field(name)
	if f == nil {
		return none, nil
	}
	if f.kind != "text" {
		if prefix && f.kind == "keyword" {
			return nil, unsupported("match_phrase_prefix on a keyword field")
		}
		return c.match(name, text, false, 0, lenient, false)
	}
	words := tokenList(text)
	if len(words) == 0 {
		return none, nil
	}
	return values(f, func(v *value) bool { return hasPhrase(v.text, words, prefix) }), nil
}

func (c *compiler) multiMatch(body map[string]any) (clause, error) {
	if err := known("multi_match", body, "query", "fields", "type", "operator", "lenient", "minimum_should_match", "tie_breaker", "boost", "_name"); err != nil {
		return nil, err
	}
	need, err := minimum(body["minimum_should_match"])
	if err != nil {
		return nil, err
	}
	text, kind := str(body["query"]), str(body["type"])
	names, lenient := c.fieldNames(list(body["fields"]))
	lenient = lenient || body["lenient"] == true
	var out []clause
	for _, name := range names {
		var cl clause
		var err error
		switch kind {
		case "", "best_fields", "most_fields":
			cl, err = c.match(name, text, strings.EqualFold(str(body["operator"]), "and"), need, lenient, false)
		case "phrase":
			cl, err = c.phrase(name, text, false, lenient)
		default:
			return nil, unsupported("multi_match of type [" + short(kind) + "]")
		}
		if err != nil {
			return nil, err
		}
		out = append(out, cl)
	}
	return either(out), nil
}

// fieldNames resolves patterns and drops boosts; without any it is all fields,
// and values that do not fit a field are to be forgiven.
func (c *compiler) fieldNames(patterns []any) (out []string, lenient bool) {
	if len(patterns) == 0 {
		patterns = []any{"*"}
	}
	for _, p := range patterns {
		name, _, _ := strings.Cut(str(p), "^")
		if !strings.Contains(name, "*") {
			out = append(out, name)
			continue
		}
		lenient = true
		for _, f := range c.m.match(name) {
			if !f.hidden {
				out = append(out, f.name)
			}
		}
	}
	return out, lenient
}
