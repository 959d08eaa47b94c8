package sources

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	// lucenePrefix marks a filter in the server's own query_string syntax.
	lucenePrefix = "lucene:"
	// maxLike is the fields that a pattern of names is taken apart into; one
	// that more match is left to the server, as far as it can.
	maxLike = 100
)

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

// filter is [Filter] for the fields that an index pattern has: a value that its
// field cannot have is an error too.
func (sc schema) filter(s string) (object, error) {
	f, err := readFilter(s)
	if err != nil {
		return nil, err
	}
	if f.lucene != "" {
		return object{"query_string": object{"query": f.lucene, "fields": sc.messages(), "lenient": true, "analyze_wildcard": true}}, nil
	}
	return translation{sc, f}.dsl(f.root)
}

// translation makes the query of a filter.
type translation struct {
	schema
	f filter
}

func (t translation) dsl(e expr) (object, error) {
	switch e := e.(type) {
	case nil:
		return object{"match_all": object{}}, nil
	case allOf:
		list, err := t.each(e)
		return object{"bool": object{"filter": list}}, err
	case anyOf:
		list, err := t.each(e)
		return anyObject(list), err
	case noneOf:
		list, err := t.each([]expr{e.expr})
		return object{"bool": object{"must_not": list}}, err
	case holds:
		return t.holds(e)
	case compares:
		return t.compares(e)
	}
	panic("sources: no such expression")
}

func anyObject(list []object) object {
	if len(list) == 1 {
		return list[0]
	}
	return object{"bool": object{"should": list, "minimum_should_match": 1}}
}

func (t translation) each(list []expr) (out []object, err error) {
	for _, e := range list {
		o, err := t.dsl(e)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

func (t translation) holds(m holds) (object, error) {
	field, text := t.known(m.field), m.value.text
	if m.value.any() {
		if field == "" || strings.Trim(field, "*") == "" {
			return object{"match_all": object{}}, nil
		}
		return object{"exists": object{"field": field}}, nil
	}
	wild := strings.Contains(field, "*")
	fields, lenient := []string{field}, wild || field == ""
	if field == "" {
		fields = t.messages()
	}
	if !lenient {
		if err := t.fits(field, m.value, false); err != nil {
			return nil, err
		}
	}
	switch {
	case m.value.kind == pattern:
		if some := t.like(field, func(f string) bool { return t.is(f, strung...) }); wild && len(some) > 0 && len(some) <= maxLike {
			fields = some
		}
		return t.patterns(fields, m.value, lenient), nil
	case lenient && m.value.kind == phrase:
		return object{"multi_match": object{"query": text, "fields": fields, "type": "phrase", "lenient": true}}, nil
	case lenient:
		return object{"multi_match": object{"query": text, "fields": fields, "type": "best_fields", "lenient": true}}, nil
	case m.value.kind == phrase:
		return object{"match_phrase": object{field: text}}, nil
	default:
		return object{"match": object{field: text}}, nil
	}
}

// patterns looks for a pattern in any of some fields: in the whole of a
// keyword, in each word of a text. Where it is not known which of the two a
// field is, it is taken for text.
func (t translation) patterns(fields []string, v term, lenient bool) object {
	var out []object
	var texts []string
	for _, f := range fields {
		if t.whole(f) {
			out = append(out, object{"wildcard": object{f: object{"value": wildcard(v.parts)}}})
		} else {
			texts = append(texts, f)
		}
	}
	if texts != nil {
		out = append(out, object{"query_string": object{"query": lucenePattern(v.parts), "fields": texts, "lenient": lenient}})
	}
	return anyObject(out)
}

// wildcard writes a pattern for a wildcard query.
func wildcard(parts []string) string {
	escaped := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`)
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = escaped.Replace(p)
	}
	return strings.Join(out, "*")
}

// lucenePattern writes a pattern so that query_string sees nothing in it but
// words and wildcards.
func lucenePattern(parts []string) string {
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteByte('*')
		}
		for j := 0; j < len(part); j++ {
			if strings.IndexByte(`+-=&|!(){}[]^"~*?:/<>\`, part[j]) >= 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(part[j])
		}
	}
	words := strings.Split(b.String(), " ")
	for i, w := range words { // query_string has its own and, or, not
		if w == "AND" || w == "OR" || w == "NOT" || w == "TO" {
			words[i] = `\` + w
		}
	}
	return strings.Join(words, " ")
}

func (t translation) compares(c compares) (object, error) {
	if some, ok := compared(c); ok {
		return t.levels(some), nil
	}
	field := t.known(c.field)
	between := func(f string) object { return object{"range": object{f: object{c.op: c.value.text}}} }
	if !strings.Contains(field, "*") {
		return between(field), t.fits(field, c.value, true)
	}
	some := t.like(field, func(f string) bool { return t.fits(f, c.value, true) == nil })
	if len(some) > maxLike {
		return nil, t.f.wrong(c.value, fmt.Sprintf("at most %d fields to compare", maxLike), fmt.Sprintf("%s is %d", Clean(c.field), len(some)))
	}
	var out []object
	for _, f := range some {
		out = append(out, between(f))
	}
	if out == nil {
		out = []object{between(field)}
	}
	return anyObject(out), nil
}

// compared is the levels that a condition on a level's field means, if it is one.
func compared(c compares) ([]string, bool) {
	i := slices.Index(Levels, canonical(c.value.text))
	if i < 0 || !slices.Contains(candidates[levelRole], c.field) {
		return nil, false
	}
	switch c.op {
	case "gte":
		return Levels[i:], true
	case "gt":
		return Levels[i+1:], true
	case "lte":
		return Levels[:i+1], true
	}
	return Levels[:i], true
}

// like is the fields whose name matches a pattern and that pass, in order.
func (sc schema) like(pattern string, pass func(field string) bool) (out []string) {
	parts := strings.Split(pattern, "*")
	for _, f := range slices.Sorted(maps.Keys(sc.types)) {
		if globbed(parts, f) && pass(f) {
			out = append(out, f)
		}
	}
	return out
}

// whole says whether the values of a field are compared as they are rather
// than word by word.
func (sc schema) whole(field string) bool {
	for k := range strings.SplitSeq(sc.types[field], ",") {
		if familyOf[k] != keywords {
			return false
		}
	}
	return true
}

// fits is the error of a value that a field cannot have. Of dates the server
// says it, who knows their format.
func (t translation) fits(field string, v term, compared bool) error {
	kind := t.types[field]
	fam := familyOf[kind]
	switch {
	case fam == unknown || fam == texts || fam == keywords || fam == dates && v.kind != pattern:
		return nil
	case v.kind == pattern:
		return t.f.wrong(v, fmt.Sprintf("%s, %s is of type %s", fam, Clean(field), kind), "patterns are for text")
	}
	if literal(kind, v.text, true) == nil && !(fam == addresses && !compared && isNetwork(v.text)) {
		hint := ""
		if len(strings.Fields(v.text)) > 1 {
			hint = "several are written " + Clean(field) + ": (a or b)"
		}
		return t.f.wrong(v, fmt.Sprintf("%s, %s is of type %s", fam, Clean(field), kind), hint)
	}
	return nil
}
