package sources

import (
	"encoding/json"
	"slices"
	"strings"
)

// lucenePrefix marks a filter in the server's own query_string syntax.
const lucenePrefix = "lucene:"

// Filter translates what a user typed into Elasticsearch's query DSL: the
// Kibana Query Language as far as logs need it (words, "phrases", field: value,
// field: (a or b), patterns with *, field >= 5, and, or, not, parentheses), or
// after "lucene:" the query_string syntax, which the server parses. Words that
// name no field are looked for in the message. "level >= warn" means that level
// and worse. The empty filter matches everything. An error is a *[FilterError].
func Filter(s string) (json.RawMessage, error) {
	q, err := schema{}.filter(s)
	if err != nil {
		return nil, err
	}
	return json.Marshal(q)
}

// filter is [Filter] for the fields that an index pattern has.
func (sc schema) filter(s string) (object, error) {
	if rest, ok := strings.CutPrefix(strings.TrimSpace(s), lucenePrefix); ok {
		if strings.TrimSpace(rest) == "" {
			return object{"match_all": object{}}, nil
		}
		return object{"query_string": object{"query": rest, "fields": sc.messages(), "lenient": true, "analyze_wildcard": true}}, nil
	}
	e, err := parseFilter(s)
	if err != nil {
		return nil, err
	}
	return sc.dsl(e), nil
}

// dsl is the query of a syntax tree.
func (sc schema) dsl(e expr) object {
	switch e := e.(type) {
	case nil:
		return object{"match_all": object{}}
	case allOf:
		return object{"bool": object{"filter": sc.each(e)}}
	case anyOf:
		return object{"bool": object{"should": sc.each(e), "minimum_should_match": 1}}
	case noneOf:
		return object{"bool": object{"must_not": []object{sc.dsl(e.expr)}}}
	case holds:
		return sc.matches(e)
	case compares:
		return sc.compares(e)
	}
	panic("sources: no such expression")
}

func (sc schema) each(list []expr) (out []object) {
	for _, e := range list {
		out = append(out, sc.dsl(e))
	}
	return out
}

func (sc schema) matches(m holds) object {
	field := sc.known(m.field)
	text := m.value.text
	switch wild := strings.Contains(field, "*"); {
	case m.value.kind == pattern && text == "*":
		if field == "" || field == "*" {
			return object{"match_all": object{}}
		}
		return object{"exists": object{"field": field}}
	case m.value.kind == pattern:
		fields := sc.messages()
		if field != "" {
			fields = []string{field}
		}
		return object{"query_string": object{"query": lucenePattern(text), "fields": fields, "analyze_wildcard": true, "lenient": field == "" || wild}}
	case field == "" || wild:
		fields, kind := sc.messages(), "best_fields"
		if wild {
			fields = []string{field}
		}
		if m.value.kind == phrase {
			kind = "phrase"
		}
		return object{"multi_match": object{"query": text, "fields": fields, "type": kind, "lenient": true}}
	case m.value.kind == phrase:
		return object{"match_phrase": object{field: text}}
	default:
		return object{"match": object{field: text}}
	}
}

// lucenePattern writes a pattern so that query_string sees nothing in it but
// words and wildcards.
func lucenePattern(raw string) string {
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '\\' && i+1 < len(raw) {
			i++
			c = raw[i]
			b.WriteByte('\\')
		} else if strings.IndexByte(`+-=&|!(){}[]^"~?:/<>\`, c) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	words := strings.Fields(b.String())
	for i, w := range words { // query_string has its own and, or, not
		if w == "AND" || w == "OR" || w == "NOT" || w == "TO" {
			words[i] = `\` + w
		}
	}
	return strings.Join(words, " ")
}

func (sc schema) compares(c compares) object {
	i := slices.Index(Levels, canonical(c.value.text))
	if i < 0 || !slices.Contains(candidates[levelRole], c.field) {
		return object{"range": object{sc.known(c.field): object{c.op: c.value.text}}}
	}
	var some []string
	switch c.op {
	case "gte":
		some = Levels[i:]
	case "gt":
		some = Levels[i+1:]
	case "lte":
		some = Levels[:i+1]
	case "lt":
		some = Levels[:i]
	}
	return sc.levels(some)
}

// levels is the lines that have one of some levels, by whatever name.
func (sc schema) levels(some []string) object {
	var names []string
	for _, l := range some {
		for _, n := range levels[l] {
			names = append(names, spellings(n)...)
		}
	}
	var fields []object
	for _, f := range sc.levelFields() {
		fields = append(fields, object{"terms": object{f: names}})
	}
	return object{"bool": object{"should": fields, "minimum_should_match": 1}}
}

// query is the lines that match a filter and a level threshold, and whatever else.
func (sc schema) query(filter, level string, also ...object) (object, error) {
	q, err := sc.filter(filter)
	if err != nil {
		return nil, err
	}
	all := append([]object{q}, also...)
	if i := slices.Index(Levels, canonical(level)); i >= 0 {
		all = append(all, sc.levels(Levels[i:]))
	}
	return object{"bool": object{"filter": all}}, nil
}
