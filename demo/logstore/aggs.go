package logstore

import (
	"cmp"
	"maps"
	"slices"
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
	for i := range s.sets {
		if s.sets[i].empty() { // most are, in a bucket of a histogram
			out.sets[i] = &nothing
			continue
		}
		out.sets[i] = c(s.segments[i])
		out.sets[i].and(s.sets[i])
	}
	return out
}

// nothing is the empty set; selections share it and never change a set.
var nothing set

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
