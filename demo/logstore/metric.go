package logstore

import "math"

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
