package logstore

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxBuckets = 65_536 // as search.max_buckets
	maxAggs    = 5      // levels
)

// selection is some of the documents of a view.
type selection struct {
	segments []*segment
	sets     []*set
}

func (s selection) count() (n int) {
	for _, set := range s.sets {
		n += set.count()
	}
	return n
}

// narrow is the documents of the selection that a clause finds too.
func (s selection) narrow(c clause) selection {
	out := selection{s.segments, make([]*set, len(s.sets))}
	for i, seg := range s.segments {
		out.sets[i] = c(seg)
		out.sets[i].and(s.sets[i])
	}
	return out
}

// each calls f with every value of the field among the documents selected.
func (s selection) each(f *field, do func(segment, at int, v *value)) {
	for i, seg := range s.segments {
		c := seg.columns[f]
		if c == nil {
			continue
		}
		s.sets[i].each(func(at int) { c.each(at, func(o uint32) { do(i, at, &c.values[o]) }) })
	}
}

// agg is one compiled aggregation.
type agg struct {
	name, kind string
	run        func(sel selection, typed bool) (any, error)
}

func runAggs(list []agg, sel selection, typed bool) (map[string]any, error) {
	out := map[string]any{}
	for _, a := range list {
		v, err := a.run(sel, typed)
		if err != nil {
			return nil, err
		}
		name := a.name
		if typed {
			name = a.kind + "#" + name
		}
		out[name] = v
	}
	return out, nil
}

func (c *compiler) aggs(v any, depth int) ([]agg, error) {
	o, ok := v.(map[string]any)
	if !ok || depth >= maxAggs {
		return nil, refuse("parsing_exception", "[aggs] must be an object, nested at most %d deep", maxAggs)
	}
	var out []agg
	for _, name := range slices.Sorted(maps.Keys(o)) {
		body, ok := o[name].(map[string]any)
		if !ok {
			return nil, refuse("parsing_exception", "Found no object for the aggregation [%s]", short(name))
		}
		var kind string
		var p map[string]any
		var subs []agg
		for k, v := range body {
			var err error
			switch k {
			case "aggs", "aggregations":
				subs, err = c.aggs(v, depth+1)
			case "meta":
				err = unsupported("[meta] of an aggregation")
			default:
				if kind != "" {
					err = refuse("parsing_exception", "Found two aggregation type definitions in [%s]: [%s] and [%s]", short(name), kind, short(k))
				}
				kind = k
				p, ok = v.(map[string]any)
				if !ok && err == nil {
					err = refuse("parsing_exception", "[%s] needs an object", short(k))
				}
			}
			if err != nil {
				return nil, err
			}
		}
		a, err := c.agg(kind, p, subs)
		if err != nil {
			return nil, err
		}
		a.name = name
		out = append(out, a)
	}
	return out, nil
}

func (c *compiler) agg(kind string, p map[string]any, subs []agg) (agg, error) {
	switch kind {
	case "terms":
		return c.termsAgg(p, subs)
	case "date_histogram":
		return c.dateHistogram(p, subs)
	case "filter":
		q, err := c.query(p)
		return agg{kind: kind, run: func(sel selection, typed bool) (any, error) { return bucket(sel.narrow(q), subs, typed) }}, err
	case "filters":
		return c.filters(p, subs)
	case "missing":
		if err := known(kind, p, "field"); err != nil {
			return agg{}, err
		}
		q := except(all, c.exists(str(p["field"])))
		return agg{kind: kind, run: func(sel selection, typed bool) (any, error) { return bucket(sel.narrow(q), subs, typed) }}, nil
	case "min", "max", "avg", "sum", "stats", "value_count", "cardinality":
		if len(subs) > 0 {
			return agg{}, refuse("aggregation_initialization_exception", "Aggregator of type [%s] cannot accept sub-aggregations", kind)
		}
		return c.metric(kind, p)
	}
	return agg{}, refuse("parsing_exception", "Unknown aggregation type [%s], or one that firewatch's embedded log store does not support", short(kind))
}

// aggField is the field that an aggregation reads; nil when it is not mapped.
func (c *compiler) aggField(p map[string]any) (*field, error) {
	name := str(p["field"])
	if name == "" {
		return nil, refuse("illegal_argument_exception", "Required one of fields [field, script], but none were specified.")
	}
	f := c.m.field(name)
	if f != nil && (f.kind == "text" || f.hidden) {
		return nil, shardRefusal("illegal_argument_exception", "Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead of [%s].", name)
	}
	return f, nil
}

// bucket is a count with what the sub-aggregations make of the documents.
func bucket(sel selection, subs []agg, typed bool) (map[string]any, error) {
	out := map[string]any{}
	if len(subs) > 0 {
		var err error
		if out, err = runAggs(subs, sel, typed); err != nil {
			return nil, err
		}
	}
	out["doc_count"] = sel.count()
	return out, nil
}

func (c *compiler) filters(p map[string]any, subs []agg) (agg, error) {
	named, ok := p["filters"].(map[string]any)
	if err := known("filters", p, "filters"); err != nil || !ok {
		return agg{}, cmp.Or(err, unsupportedError("[filters] without names"))
	}
	queries := map[string]clause{}
	for name, v := range named {
		q, err := c.query(v)
		if err != nil {
			return agg{}, err
		}
		queries[name] = q
	}
	return agg{kind: "filters", run: func(sel selection, typed bool) (any, error) {
		buckets := map[string]any{}
		for name, q := range queries {
			b, err := bucket(sel.narrow(q), subs, typed)
			if err != nil {
				return nil, err
			}
			buckets[name] = b
		}
		return map[string]any{"buckets": buckets}, nil
	}}, nil
}

func unsupportedError(what string) error { return unsupported(what) }

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

// dateHistogram counts documents in intervals of a fixed length.
func (c *compiler) dateHistogram(p map[string]any, subs []agg) (agg, error) {
	if err := known("date_histogram", p, "field", "fixed_interval", "min_doc_count", "extended_bounds", "hard_bounds", "format", "time_zone"); err != nil {
		return agg{}, err
	}
	f, err := c.aggField(p)
	if err != nil {
		return agg{}, err
	}
	if f != nil && f.kind != "date" {
		return agg{}, shardRefusal("illegal_argument_exception", "Field [%s] of type [%s] is not supported for aggregation [date_histogram]", f.name, f.kind)
	}
	if z := str(p["time_zone"]); z != "" && z != "UTC" && z != "Z" {
		return agg{}, unsupported("[time_zone] in a date_histogram")
	}
	if s := str(p["format"]); s != "" && s != "strict_date_optional_time" && s != "epoch_millis" {
		return agg{}, unsupported("the date format [" + short(s) + "]")
	}
	step, ok := interval(str(p["fixed_interval"]))
	if !ok {
		return agg{}, refuse("illegal_argument_exception", "[date_histogram] needs a fixed_interval such as 30s, found [%s]", short(str(p["fixed_interval"])))
	}
	least := 0
	if p["min_doc_count"] != nil {
		if least, err = natural("min_doc_count", p["min_doc_count"]); err != nil {
			return agg{}, err
		}
	}
	ext, err := c.bounds(p["extended_bounds"])
	if err != nil {
		return agg{}, err
	}
	hard, err := c.bounds(p["hard_bounds"])
	if err != nil {
		return agg{}, err
	}
	ms := step.Milliseconds()
	floor := func(t int64) int64 { return t - (t%ms+ms)%ms }
	return agg{kind: "date_histogram", run: func(sel selection, typed bool) (any, error) {
		buckets := map[int64]*selection{}
		low, high := int64(math.MaxInt64), int64(math.MinInt64)
		if f != nil {
			sel.each(f, func(i, at int, v *value) {
				t := floor(v.int)
				if hard != nil && (v.int < hard[0] || v.int > hard[1]) {
					return
				}
				b := buckets[t]
				if b == nil {
					b = &selection{sel.segments, make([]*set, len(sel.segments))}
					buckets[t] = b
					low, high = min(low, t), max(high, t)
				}
				if b.sets[i] == nil {
					b.sets[i] = &set{}
				}
				b.sets[i].put(at)
			})
		}
		if ext != nil && least == 0 {
			low, high = min(low, floor(ext[0])), max(high, floor(ext[1]))
		}
		var keys []int64
		switch {
		case least > 0 || low > high:
			keys = slices.Sorted(maps.Keys(buckets))
		case (high-low)/ms >= maxBuckets:
			return nil, refuse("too_many_buckets_exception", "Trying to create too many buckets. Must be less than or equal to: [%d]. This limit can be set by changing the [search.max_buckets] cluster level setting.", maxBuckets)
		default:
			for t := low; t <= high; t += ms {
				keys = append(keys, t)
			}
		}
		out := []any{}
		nothing := &set{}
		for _, t := range keys {
			b := buckets[t]
			if b == nil {
				b = &selection{}
			}
			for i := range b.sets {
				if b.sets[i] == nil {
					b.sets[i] = nothing
				}
			}
			if least > 0 && b.count() < least {
				continue
			}
			one, err := bucket(*b, subs, typed)
			if err != nil {
				return nil, err
			}
			one["key"], one["key_as_string"] = t, formatDate(t)
			if str(p["format"]) == "epoch_millis" {
				one["key_as_string"] = strconv.FormatInt(t, 10)
			}
			out = append(out, one)
		}
		return map[string]any{"buckets": out}, nil
	}}, nil
}

// bounds reads {"min": ..., "max": ...} in milliseconds.
func (c *compiler) bounds(v any) (*[2]int64, error) {
	if v == nil {
		return nil, nil
	}
	o, ok := v.(map[string]any)
	if !ok || len(o) != 2 || o["min"] == nil || o["max"] == nil {
		return nil, unsupported("bounds without min and max")
	}
	var out [2]int64
	for i, name := range []string{"min", "max"} {
		t, err := dateMath(str(o[name]), c.now, false)
		if err != nil {
			return nil, refuse("parse_exception", "%v", err)
		}
		out[i] = t.UnixMilli()
	}
	if out[0] > out[1] {
		return nil, refuse("illegal_argument_exception", "[extended_bounds.min][%s] cannot be greater than [extended_bounds.max][%s]",
			time.UnixMilli(out[0]).UTC().Format(time.RFC3339), time.UnixMilli(out[1]).UTC().Format(time.RFC3339))
	}
	return &out, nil
}

// metric is the aggregations that make one number.
func (c *compiler) metric(kind string, p map[string]any) (agg, error) {
	if err := known(kind, p, "field", "precision_threshold"); err != nil {
		return agg{}, err
	}
	f, err := c.aggField(p)
	if err != nil {
		return agg{}, err
	}
	counts := kind == "value_count" || kind == "cardinality"
	if f != nil && !counts && !f.number() {
		return agg{}, shardRefusal("illegal_argument_exception", "Field [%s] of type [%s] is not supported for aggregation [%s]", f.name, f.kind, kind)
	}
	return agg{kind: kind, run: func(sel selection, _ bool) (any, error) {
		n, sum, low, high := 0, 0.0, math.Inf(1), math.Inf(-1)
		distinct := map[string]struct{}{}
		if f != nil {
			sel.each(f, func(_, _ int, v *value) {
				n++
				sum += v.float
				low, high = min(low, v.float), max(high, v.float)
				if kind == "cardinality" {
					distinct[v.text] = struct{}{}
				}
			})
		}
		number := func(v float64) map[string]any {
			if n == 0 {
				return map[string]any{"value": nil}
			}
			out := map[string]any{"value": v}
			if f.kind == "date" {
				out["value_as_string"] = formatDate(int64(v))
			}
			return out
		}
		switch kind {
		case "value_count":
			return map[string]any{"value": n}, nil
		case "cardinality":
			return map[string]any{"value": len(distinct)}, nil
		case "min":
			return number(low), nil
		case "max":
			return number(high), nil
		case "avg":
			return number(sum / float64(n)), nil
		case "sum":
			return map[string]any{"value": sum}, nil
		}
		out := map[string]any{"count": n, "sum": sum, "min": nil, "max": nil, "avg": nil}
		if n > 0 {
			out["min"], out["max"], out["avg"] = low, high, sum/float64(n)
		}
		return out, nil
	}}, nil
}
