package logstore

import (
	"cmp"
	"slices"
	"strings"
)

// termsAgg counts documents by value: the most frequent first, or by key.
func (c *compiler) termsAgg(p map[string]any, subs []agg) (agg, error) {
	if err := known("terms", p, "field", "size", "shard_size", "order", "min_doc_count", "missing", "include", "show_term_doc_count_error", "execution_hint", "collect_mode"); err != nil {
		return agg{}, err
	}
	f, err := c.aggField(p)
	if err != nil {
		return agg{}, err
	}
	size, least := 10, 1
	if p["size"] != nil {
		if size, err = natural("size", p["size"]); err != nil || size == 0 {
			return agg{}, cmp.Or(err, error(refuse("x_content_parse_exception", "[size] must be greater than 0.")))
		}
	}
	if p["min_doc_count"] != nil {
		if least, err = natural("min_doc_count", p["min_doc_count"]); err != nil || least == 0 {
			return agg{}, cmp.Or(err, unsupportedError("[min_doc_count] of 0 in a terms aggregation"))
		}
	}
	byKey, desc, err := termsOrder(p["order"])
	if err != nil {
		return agg{}, err
	}
	include, err := termsInclude(p["include"])
	if err != nil {
		return agg{}, err
	}
	fallback := ""
	if p["missing"] != nil {
		if fallback = str(p["missing"]); f == nil || f.kind != "keyword" || len(subs) > 0 {
			return agg{}, unsupported("[missing] in a terms aggregation that is not on a keyword or has others inside")
		}
	}
	kind := "sterms"
	switch {
	case f == nil:
		kind = "umterms"
	case f.kind == "float":
		kind = "dterms"
	case f.number():
		kind = "lterms"
	}
	return agg{kind: kind, run: func(sel selection, typed bool) (any, error) {
		type count struct {
			value value
			n     int
		}
		found := map[string]*count{}
		total, with := 0, 0
		if f != nil {
			for i, seg := range sel.segments {
				col := seg.columns[f]
				if col == nil {
					continue
				}
				counts := make([]int, len(col.values))
				sel.sets[i].each(func(at int) {
					if at < len(col.first) && col.first[at] != 0 {
						with++
					}
					col.each(at, func(o uint32) { counts[o]++ })
				})
				for o, n := range counts {
					if n == 0 {
						continue
					}
					v := col.values[o]
					if !include(v.text) {
						continue
					}
					if found[v.text] == nil {
						found[v.text] = &count{value: v}
					}
					found[v.text].n += n
				}
			}
		}
		if n := sel.count() - with; p["missing"] != nil && n > 0 {
			if found[fallback] == nil {
				found[fallback] = &count{value: value{text: fallback}}
			}
			found[fallback].n += n
		}
		var order []*count
		for _, x := range found {
			if x.n >= least {
				total += x.n
				order = append(order, x)
			}
		}
		slices.SortFunc(order, func(a, b *count) int {
			byName := strings.Compare(a.value.text, b.value.text)
			if f.number() {
				byName = cmp.Compare(a.value.float, b.value.float)
			}
			if byKey {
				if desc {
					return -byName
				}
				return byName
			}
			n := cmp.Compare(a.n, b.n)
			if desc {
				n = -n
			}
			return cmp.Or(n, byName)
		})
		order = order[:min(size, len(order))]
		buckets := make([]any, len(order))
		for i, x := range order {
			b := map[string]any{}
			if len(subs) > 0 {
				var err error
				part := sel.narrow(values(f, func(v *value) bool { return v.text == x.value.text }))
				if b, err = bucket(part, subs, typed); err != nil {
					return nil, err
				}
			}
			b["doc_count"] = x.n
			total -= x.n
			switch f.kind {
			case "date":
				b["key"], b["key_as_string"] = x.value.int, formatDate(x.value.int)
			case "boolean":
				b["key"], b["key_as_string"] = x.value.int, x.value.text
			case "long":
				b["key"] = x.value.int
			case "float":
				b["key"] = x.value.float
			default:
				b["key"] = x.value.text
			}
			buckets[i] = b
		}
		return map[string]any{"doc_count_error_upper_bound": 0, "sum_other_doc_count": total, "buckets": buckets}, nil
	}}, nil
}

func termsOrder(v any) (byKey, desc bool, err error) {
	o, ok := v.(map[string]any)
	if v == nil {
		return false, true, nil
	}
	if ok && len(o) == 1 {
		for k, dir := range o {
			if d := str(dir); (k == "_key" || k == "_count") && (d == "asc" || d == "desc") {
				return k == "_key", d == "desc", nil
			}
		}
	}
	return false, false, unsupported("this [order] of a terms aggregation")
}

// termsInclude reads include: exact values, or the one regular expression that
// clients complete with, a literal prefix and .*
func termsInclude(v any) (func(string) bool, error) {
	switch v := v.(type) {
	case nil:
		return func(string) bool { return true }, nil
	case []any:
		want := map[string]bool{}
		for _, e := range v {
			want[str(e)] = true
		}
		return func(s string) bool { return want[s] }, nil
	case string:
		prefix, ok := strings.CutSuffix(v, ".*")
		if ok && !strings.ContainsAny(prefix, `.?+*|{}[]()"\#@&<>~`) {
			return func(s string) bool { return strings.HasPrefix(s, prefix) }, nil
		}
	}
	return nil, unsupported("this regular expression in [include]")
}
