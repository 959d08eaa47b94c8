package sources

import (
	"bytes"
	"cmp"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// family is the types of fields that are compared alike.
type family int

const (
	unknown family = iota
	keywords
	texts
	integers
	floats
	dates
	booleans
	addresses
)

func (f family) String() string {
	return [...]string{"a value", "a value", "words", "a whole number", "a number", "a time", "true or false", "an address"}[f]
}

var familyOf = map[string]family{
	"keyword": keywords, "constant_keyword": keywords, "wildcard": keywords, "version": unknown,
	"text": texts, "match_only_text": texts,
	"long": integers, "integer": integers, "short": integers, "byte": integers, "unsigned_long": integers,
	"double": floats, "float": floats, "half_float": floats, "scaled_float": floats,
	"date": dates, "date_nanos": dates, "boolean": booleans, "ip": addresses,
}

// number is a value of a number's field: the whole part is exact where it is a
// whole one.
type number struct {
	exact int64
	whole bool
	float float64
}

func (a number) compare(b number) int {
	if a.whole && b.whole {
		return cmp.Compare(a.exact, b.exact)
	}
	return cmp.Compare(a.float, b.float)
}

// literal reads a value of a type, asked for in a filter or found in a document,
// which two differ in what becomes of a fraction where whole numbers are kept.
// It is nil for what is none; [compareLiterals] orders the others.
func literal(kind, s string, asked bool) any {
	switch familyOf[kind] {
	case integers, floats:
		n, ok := readNumber(s)
		if !ok {
			return nil
		}
		switch {
		case familyOf[kind] == integers && !asked && !n.whole:
			n.float = math.Trunc(n.float)
			n.exact, n.whole = int64(n.float), math.Abs(n.float) < 1<<62
		case kind == "float":
			n.float = float64(float32(n.float))
			n.whole = false
		case familyOf[kind] == floats:
			n.whole = false
		}
		return n
	case booleans:
		switch s {
		case "true":
			return true
		case "false", "":
			return false
		}
	case addresses:
		if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
			return a.Unmap()
		}
	}
	return nil
}

func readNumber(s string) (number, bool) {
	s = strings.TrimSpace(s)
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return number{i, true, float64(i)}, true
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || strings.ContainsAny(s, "xXpP_") {
		return number{}, false
	}
	if x == math.Trunc(x) && math.Abs(x) < 1<<62 {
		return number{int64(x), true, x}, true
	}
	return number{float: x}, true
}

// compareLiterals orders two values that [literal] read of one type.
func compareLiterals(a, b any) int {
	switch a := a.(type) {
	case number:
		return a.compare(b.(number))
	case bool:
		switch {
		case a == b.(bool):
			return 0
		case a:
			return 1
		}
		return -1
	case netip.Addr:
		x, y := a.As16(), b.(netip.Addr).As16()
		return bytes.Compare(x[:], y[:])
	}
	panic("sources: no such literal")
}

func isNetwork(s string) bool { _, err := netip.ParsePrefix(s); return err == nil }

// holdsOp says whether a comparison's result satisfies gt, gte, lt or lte.
func holdsOp(op string, c int) bool {
	switch op {
	case "gt":
		return c > 0
	case "gte":
		return c >= 0
	case "lt":
		return c < 0
	}
	return c <= 0
}
