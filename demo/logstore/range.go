package logstore

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"firewatch/sources/datemath"
)

// rangeOf compiles {"gte": ..., "lt": ...} on a field.
func (c *compiler) rangeOf(name string, p map[string]any) (clause, error) {
	f := c.m.field(name)
	if f == nil {
		return none, nil
	}
	var bounds []func(*value) bool
	for _, op := range []string{"gt", "gte", "lt", "lte"} {
		if p[op] == nil {
			continue
		}
		b, err := c.bound(f, op, str(p[op]), str(p["format"]))
		if err != nil {
			return nil, err
		}
		bounds = append(bounds, b)
	}
	within := func(v *value) bool {
		for _, b := range bounds {
			if !b(v) {
				return false
			}
		}
		return true
	}
	if f.kind == "text" { // one of its words is
		return values(f, func(v *value) bool {
			return hasToken(v.text, "", func(t string) bool { return within(&value{text: t}) })
		}), nil
	}
	return values(f, within), nil
}

// bound is one side of a range.
func (c *compiler) bound(f *field, op, s, format string) (func(*value) bool, error) {
	var compare func(*value) int // of the value with the bound
	switch {
	case f.hidden:
		return nil, shardFailure("range queries on [%s], which is of type [%s], are not supported by firewatch's embedded log store", f.name, f.kind)
	case f.kind == "keyword" || f.kind == "text":
		compare = func(v *value) int { return strings.Compare(v.text, s) }
	case f.kind == "ip":
		want, err := netip.ParseAddr(s)
		if err != nil {
			return nil, shardFailure("failed to create query: '%s' is not an IP string literal.", short(s))
		}
		compare = func(v *value) int { return netip.MustParseAddr(v.text).Compare(want.Unmap()) }
	case f.kind == "date":
		switch format {
		case "", "strict_date_optional_time", "epoch_millis", "strict_date_optional_time||epoch_millis", "date_time":
		default:
			return nil, unsupported("the date format [" + short(format) + "]")
		}
		var t time.Time
		var err error
		if t, err = datemath.Eval(s, c.now, op == "gt" || op == "lte"); err != nil {
			return nil, shardRefusal("parse_exception", "%v", err)
		}
		ms := t.UnixMilli()
		compare = func(v *value) int { return sign(v.int, ms) }
	case f.kind == "long":
		lit, err := f.literal(s)
		if err != nil {
			return nil, shardFailure("failed to create query: %v", err)
		}
		if x := (&field{kind: "float"}); strings.ContainsAny(s, ".eE") {
			if lit, err = x.literal(s); err == nil {
				compare = func(v *value) int { return sign(v.float, lit.float) }
				break
			}
		}
		compare = func(v *value) int { return sign(v.int, lit.int) }
	default:
		lit, err := f.literal(s)
		if err != nil {
			return nil, shardFailure("failed to create query: %v", err)
		}
		compare = func(v *value) int { return sign(v.float, lit.float) }
	}
	switch op {
	case "gt":
		return func(v *value) bool { return compare(v) > 0 }, nil
	case "gte":
		return func(v *value) bool { return compare(v) >= 0 }, nil
	case "lt":
		return func(v *value) bool { return compare(v) < 0 }, nil
	case "lte":
		return func(v *value) bool { return compare(v) <= 0 }, nil
	}
	panic(fmt.Sprintf("logstore: no such bound %q", op))
}

func sign[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// network is the documents whose address lies in a CIDR block.
func network(f *field, s string) (clause, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return nil, shardFailure("failed to create query: '%s' is not an IP string literal.", short(s))
	}
	return values(f, func(v *value) bool { return p.Contains(netip.MustParseAddr(v.text)) }), nil
}
