package logstore

import "strings"

// simpleQueryString compiles the basics of simple_query_string: words,
// "phrases", + | - and a trailing *. Parentheses, fuzzy words and proximity are
// refused.
func (c *compiler) simpleQueryString(body map[string]any) (clause, error) {
	if err := known("simple_query_string", body, "query", "fields", "default_operator", "lenient", "analyze_wildcard", "boost", "_name"); err != nil {
		return nil, err
	}
	text := str(body["query"])
	if strings.ContainsAny(text, "()~\\") {
		return nil, unsupported("grouping, escaping or fuzziness in simple_query_string")
	}
	names, lenient := c.fieldNames(list(body["fields"]))
	lenient = lenient || body["lenient"] == true
	and := strings.EqualFold(str(body["default_operator"]), "and")
	word := func(w string, phrase bool) (clause, error) {
		var out []clause
		for _, name := range names {
			var cl clause
			var err error
			head, isPrefix := strings.CutSuffix(w, "*")
			f := c.m.field(name)
			switch {
			case phrase:
				cl, err = c.phrase(name, w, false, lenient)
			case isPrefix && f != nil && (f.kind == "text" || f.kind == "keyword"):
				if f.kind == "text" {
					head = strings.ToLower(head)
				}
				cl, err = c.pattern("prefix", name, escapeGlob(head)+"*", false)
			case isPrefix:
				continue
			default:
				cl, err = c.match(name, w, and, 0, lenient, false)
			}
			if err != nil {
				return nil, err
			}
			out = append(out, cl)
		}
		return either(out), nil
	}
	// The operators bind the whole of what is left of them, as the original's do.
	var out clause
	join, negate := byte(0), false
	for text != "" {
		switch text[0] {
		case ' ', '\t', '\n', '\r':
			text = text[1:]
			continue
		case '+', '|':
			join, text = text[0], text[1:]
			continue
		case '-':
			negate, text = true, text[1:]
			continue
		}
		var w string
		phrase := text[0] == '"'
		if phrase {
			var closed bool
			if w, text, closed = strings.Cut(text[1:], `"`); !closed {
				phrase = false
			}
		} else {
			end := strings.IndexAny(text, " \t\r\n+|\"")
			if end < 0 {
				end = len(text)
			}
			w, text = text[:end], text[end:]
		}
		cl, err := word(w, phrase)
		if err != nil {
			return nil, err
		}
		if negate {
			cl = except(all, cl)
		}
		switch {
		case out == nil:
			out = cl
		case join == '+' || join == 0 && and:
			out = both([]clause{out, cl})
		default:
			out = either([]clause{out, cl})
		}
		join, negate = 0, false
	}
	if out == nil {
		return none, nil
	}
	return out, nil
}
