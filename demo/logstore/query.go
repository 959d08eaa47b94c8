package logstore

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// compiler turns Elasticsearch's query DSL into clauses. What it does not know
// it refuses.
type compiler struct {
	m     *mapping
	now   time.Time
	depth int
}

// query compiles one query object, such as {"term": {...}}.
func (c *compiler) query(v any) (clause, error) {
	o, ok := v.(map[string]any)
	if !ok || len(o) != 1 {
		return nil, refuse("parsing_exception", "[_na] query malformed, an object with one query name is expected")
	}
	if c.depth++; c.depth > 30 {
		return nil, refuse("illegal_argument_exception", "The nested depth of the query exceeds the maximum nested depth for queries set in [indices.query.bool.max_nested_depth]")
	}
	defer func() { c.depth-- }()
	for name, v := range o {
		body, ok := v.(map[string]any)
		if !ok {
			return nil, refuse("parsing_exception", "[%s] query malformed, no start_object after query name", short(name))
		}
		switch name {
		case "match_all":
			return all, known(name, body, "boost", "_name")
		case "match_none":
			return none, known(name, body, "boost", "_name")
		case "bool":
			return c.bool(body)
		case "constant_score":
			if err := known(name, body, "filter", "boost", "_name"); err != nil {
				return nil, err
			}
			return c.query(body["filter"])
		case "exists":
			if err := known(name, body, "field", "boost", "_name"); err != nil {
				return nil, err
			}
			return c.exists(str(body["field"])), nil
		case "ids":
			if err := known(name, body, "values", "boost", "_name"); err != nil {
				return nil, err
			}
			return ids(list(body["values"])), nil
		case "terms":
			return c.terms(body)
		case "multi_match":
			return c.multiMatch(body)
		case "query_string":
			return c.queryString(body)
		case "simple_query_string":
			return c.simpleQueryString(body)
		case "term", "range", "prefix", "wildcard", "match", "match_phrase", "match_phrase_prefix":
			return c.onField(name, body)
		}
		return nil, refuse("parsing_exception", "unknown query [%s], or one that firewatch's embedded log store does not support", short(name))
	}
	panic("unreachable")
}

// onField compiles the queries of the form {name: {field: parameters}}.
func (c *compiler) onField(name string, body map[string]any) (clause, error) {
	if len(body) != 1 {
		return nil, refuse("parsing_exception", "[%s] query doesn't support multiple fields, or none", name)
	}
	for fname, v := range body {
		p, ok := v.(map[string]any)
		if !ok {
			p = map[string]any{map[string]string{"term": "value", "prefix": "value", "wildcard": "value"}[name]: v}
			if strings.HasPrefix(name, "match") {
				p = map[string]any{"query": v}
			}
			if name == "range" {
				return nil, refuse("parsing_exception", "[range] query malformed, no start_object after field name")
			}
		}
		allowed := map[string][]string{
			"term": {"value", "case_insensitive"}, "prefix": {"value", "case_insensitive", "rewrite"}, "wildcard": {"value", "wildcard", "case_insensitive", "rewrite"},
			"range":        {"gte", "gt", "lte", "lt", "format", "relation"},
			"match":        {"query", "operator", "minimum_should_match", "lenient", "zero_terms_query"},
			"match_phrase": {"query", "zero_terms_query"}, "match_phrase_prefix": {"query", "zero_terms_query"},
		}[name]
		if err := known(name, p, append([]string{"boost", "_name"}, allowed...)...); err != nil {
			return nil, err
		}
		switch name {
		case "term":
			return c.term(fname, p["value"], p["case_insensitive"] == true)
		case "range":
			return c.rangeOf(fname, p)
		case "prefix":
			return c.pattern(name, fname, escapeGlob(str(p["value"]))+"*", p["case_insensitive"] == true)
		case "wildcard":
			if p["value"] == nil {
				p["value"] = p["wildcard"]
			}
			return c.pattern(name, fname, str(p["value"]), p["case_insensitive"] == true)
		case "match":
			need, err := minimum(p["minimum_should_match"])
			if err != nil {
				return nil, err
			}
			return c.match(fname, str(p["query"]), strings.EqualFold(str(p["operator"]), "and"), need, p["lenient"] == true, p["zero_terms_query"] == "all")
		default:
			return c.phrase(fname, str(p["query"]), name == "match_phrase_prefix", false)
		}
	}
	panic("unreachable")
}

func (c *compiler) bool(body map[string]any) (clause, error) {
	if err := known("bool", body, "must", "filter", "should", "must_not", "minimum_should_match", "boost", "_name", "adjust_pure_negative"); err != nil {
		return nil, err
	}
	var yes, no, should []clause
	for _, part := range []struct {
		name string
		to   *[]clause
	}{{"must", &yes}, {"filter", &yes}, {"should", &should}, {"must_not", &no}} {
		if body[part.name] == nil {
			continue
		}
		for _, q := range list(body[part.name]) {
			cl, err := c.query(q)
			if err != nil {
				return nil, err
			}
			*part.to = append(*part.to, cl)
		}
	}
	need, err := minimum(body["minimum_should_match"])
	if err != nil {
		return nil, err
	}
	if body["minimum_should_match"] == nil && len(should) > 0 && len(yes) == 0 {
		need = 1
	}
	if need < 0 {
		need = max(0, len(should)+need)
	}
	if need > 0 {
		yes = append(yes, atLeast(need, should))
	}
	out := both(yes)
	if len(no) > 0 {
		out = except(out, either(no))
	}
	return out, nil
}

// minimum reads minimum_should_match where it is a whole number.
func minimum(v any) (int, error) {
	if v == nil {
		return 0, nil
	}
	n, err := strconv.Atoi(str(v))
	if err != nil {
		return 0, unsupported("minimum_should_match [" + short(str(v)) + "]")
	}
	return n, nil
}

func ids(values []any) clause {
	want := map[string]bool{}
	for _, v := range values {
		want[str(v)] = true
	}
	return byDoc(func(d *doc) bool { return want[d.id] })
}

func (c *compiler) exists(name string) clause {
	var out []clause
	match := c.m.match(name)
	if f := c.m.field(name); f != nil && len(match) == 0 {
		match = []*field{f}
	}
	if len(match) == 0 {
		match = c.m.match(escapeGlob(name) + ".*")
	}
	for _, f := range match {
		out = append(out, func(s *segment) *set {
			var set set
			if col := s.columns[f]; col != nil {
				for at, o := range col.first {
					if o != 0 {
						set.put(at)
					}
				}
			}
			return &set
		})
	}
	return either(out)
}

func (c *compiler) terms(body map[string]any) (clause, error) {
	var name string
	var wanted []any
	for k, v := range body {
		if k == "boost" || k == "_name" {
			continue
		}
		l, ok := v.([]any)
		if !ok || name != "" {
			return nil, refuse("parsing_exception", "[terms] query requires one field with an array of values")
		}
		name, wanted = k, l
	}
	if f := c.m.field(name); f != nil && f.kind == "keyword" && !f.hidden {
		set := map[string]bool{}
		for _, v := range wanted {
			set[str(v)] = true
		}
		return values(f, func(v *value) bool { return set[v.text] }), nil
	}
	var out []clause
	for _, v := range wanted {
		cl, err := c.term(name, v, false)
		if err != nil {
			return nil, err
		}
		out = append(out, cl)
	}
	return either(out), nil
}

// term is the documents that have exactly this value.
func (c *compiler) term(name string, v any, fold bool) (clause, error) {
	want := str(v)
	switch name {
	case "_id":
		return ids([]any{v}), nil
	case "_index":
		return byDoc(func(d *doc) bool { return glob(want, d.stream.name) }), nil
	}
	f := c.m.field(name)
	switch {
	case f == nil:
		return none, nil
	case f.hidden:
		return nil, shardFailure("Cannot search on field [%s] since it is not indexed nor has doc values.", name)
	case f.kind == "text":
		if fold {
			want = strings.ToLower(want)
		}
		return values(f, func(v *value) bool {
			return hasToken(v.text, strings.ToLower(want), func(t string) bool { return t == want })
		}), nil
	case f.kind == "keyword" && fold:
		return values(f, func(v *value) bool { return strings.EqualFold(v.text, want) }), nil
	case f.kind == "keyword":
		return values(f, func(v *value) bool { return v.text == want }), nil
	case f.kind == "date":
		return c.rangeOf(name, map[string]any{"gte": v, "lte": v})
	case f.kind == "ip" && strings.Contains(want, "/"):
		return network(f, want)
	case f.kind == "long":
		if x, err := strconv.ParseFloat(want, 64); err == nil && x != float64(int64(x)) {
			return none, nil
		}
	}
	lit, err := f.literal(want)
	if err != nil {
		return nil, shardFailure("failed to create query: %v", err)
	}
	return values(f, func(v *value) bool { return v.text == lit.text }), nil
}

// pattern is prefix and wildcard, on whole keywords and on the words of text.
func (c *compiler) pattern(query, name, pattern string, fold bool) (clause, error) {
	f := c.m.field(name)
	if f == nil {
		return none, nil
	}
	if f.kind != "text" && f.kind != "keyword" || f.hidden {
		return nil, shardFailure("Can only use %s queries on keyword, text and wildcard fields - not on [%s] which is of type [%s]", query, name, f.kind)
	}
	if fold {
		pattern = strings.ToLower(pattern)
	}
	if f.kind == "text" {
		part := strings.ToLower(literalPart(pattern))
		return values(f, func(v *value) bool { return hasToken(v.text, part, func(t string) bool { return glob(pattern, t) }) }), nil
	}
	if fold {
		return values(f, func(v *value) bool { return glob(pattern, strings.ToLower(v.text)) }), nil
	}
	return values(f, func(v *value) bool { return glob(pattern, v.text) }), nil
}

// literalPart is the longest part of a pattern without wildcards.
func literalPart(pattern string) string {
	best := ""
	for _, p := range strings.FieldsFunc(pattern, func(r rune) bool { return r == '*' || r == '?' || r == '\\' }) {
		if len(p) > len(best) {
			best = p
		}
	}
	return best
}

func escapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(s)
}

// known refuses parameters that are not in the list.
func known(what string, o map[string]any, names ...string) error {
	for _, k := range slices.Sorted(maps.Keys(o)) {
		if !slices.Contains(names, k) {
			return refuse("parsing_exception", "[%s] query does not support [%s]", what, short(k))
		}
	}
	return nil
}

// str is a scalar of a request as text.
func str(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return string(v)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// list is an array, or one value as an array of it.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// shardFailure is a query that is well formed and cannot be run on the fields.
func shardFailure(format string, args ...any) error {
	return shardRefusal("query_shard_exception", format, args...)
}

func shardRefusal(kind, format string, args ...any) error {
	r := refuse("search_phase_execution_exception", "all shards failed")
	r.cause = refuse(kind, format, args...)
	return r
}
