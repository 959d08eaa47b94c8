package logstore

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"firewatch/sources/datemath"
)

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
	return agg{kind: "date_histogram", run: func(sel selection, typed bool) (any, error) {
		b := bins{sel: sel, step: ms, parts: map[int64]*selection{}}
		if f != nil {
			sel.each(f, func(i, at int, v *value) {
				if hard == nil || v.int >= hard[0] && v.int <= hard[1] {
					b.put(i, at, v.int)
				}
			})
		}
		keys := slices.Sorted(maps.Keys(b.parts))
		if least == 0 { // the gaps count too
			if ext != nil {
				keys = append([]int64{b.floor(ext[0])}, append(keys, b.floor(ext[1]))...)
			}
			if len(keys) > 0 {
				low, high := slices.Min(keys), slices.Max(keys)
				if (high-low)/ms >= maxBuckets {
					return nil, refuse("too_many_buckets_exception", "Trying to create too many buckets. Must be less than or equal to: [%d]. This limit can be set by changing the [search.max_buckets] cluster level setting.", maxBuckets)
				}
				keys = keys[:0]
				for t := low; t <= high; t += ms {
					keys = append(keys, t)
				}
			}
		}
		out := []any{}
		for _, t := range keys {
			part := b.part(t)
			if least > 0 && part.count() < least {
				continue
			}
			one, err := bucket(part, subs, typed)
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

// bins sorts documents into intervals of step milliseconds.
type bins struct {
	sel   selection
	step  int64
	parts map[int64]*selection
	last  *selection // the one that took the last document, which began at begin
	begin int64
}

func (b *bins) floor(t int64) int64 { return t - (t%b.step+b.step)%b.step }

func (b *bins) put(segment, at int, t int64) {
	if b.last == nil || t < b.begin || t >= b.begin+b.step { // logs come nearly in order: seldom
		b.begin = b.floor(t)
		if b.last = b.parts[b.begin]; b.last == nil {
			b.last = &selection{b.sel.segments, make([]*set, len(b.sel.segments))}
			b.parts[b.begin] = b.last
		}
	}
	if b.last.sets[segment] == nil {
		b.last.sets[segment] = &set{}
	}
	b.last.sets[segment].put(at)
}

// part is the documents of the interval that begins at t.
func (b *bins) part(t int64) selection {
	p := b.parts[t]
	if p == nil {
		return selection{}
	}
	for i := range p.sets {
		if p.sets[i] == nil {
			p.sets[i] = &nothing
		}
	}
	return *p
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
		t, err := datemath.Eval(str(o[name]), c.now, false)
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

func formatDate(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
