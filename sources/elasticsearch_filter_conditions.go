package sources

import (
	"net/netip"
	"strings"
	"time"

	"firewatch/sources/datemath"
)

// valueTest says whether a value of a field, as text, satisfies a condition.
type valueTest func(value string) bool

// kinds are the types of a field, a guess where it is not known.
func (c compiler) kinds(field string) []string {
	if t := c.types[field]; t != "" {
		return strings.Split(t, ",")
	}
	if place, ok := places[field]; ok && (place.role == messageRole || place.role == stackRole) || strings.HasSuffix(field, "message") {
		return []string{"text"}
	}
	return []string{""}
}

// value is the values that a term finds in a field. Where indices disagree on
// the type it is by any of the types.
func (c compiler) value(field string, v term) (valueTest, error) {
	return c.byKind(field, func(kind string) (valueTest, error) { return c.holdsKind(kind, v) })
}

// order is the values of a field that a comparison finds.
func (c compiler) order(field string, e compares) (valueTest, error) {
	return c.byKind(field, func(kind string) (valueTest, error) { return c.orderKind(kind, e) })
}

func (c compiler) byKind(field string, on func(kind string) (valueTest, error)) (valueTest, error) {
	var list []valueTest
	var failed error
	for _, kind := range c.kinds(field) {
		t, err := on(kind)
		if err != nil {
			failed = err
			continue
		}
		list = append(list, t)
	}
	switch len(list) {
	case 0:
		return nil, failed
	case 1:
		return list[0], nil
	}
	return func(v string) bool {
		for _, t := range list {
			if t(v) {
				return true
			}
		}
		return false
	}, nil
}

func (c compiler) holdsKind(kind string, v term) (valueTest, error) {
	fam := familyOf[kind]
	switch {
	case fam == texts:
		return textTest(v), nil
	case v.kind == pattern:
		return func(s string) bool { return globbed(v.parts, s) }, nil
	case fam == keywords:
		return func(s string) bool { return s == v.text }, nil
	case fam == dates:
		return c.dates(kind, v, "gte", "lte")
	case fam == addresses && isNetwork(v.text):
		net, _ := netip.ParsePrefix(v.text)
		return func(s string) bool {
			a, err := netip.ParseAddr(s)
			return err == nil && net.Contains(a.Unmap())
		}, nil
	case fam == unknown:
		if _, ok := readNumber(v.text); ok {
			kind = "double"
			break
		}
		return func(s string) bool { return s == v.text }, nil
	}
	return c.literals(kind, v, func(order int) bool { return order == 0 })
}

// textTest is the texts that have one of the words, the phrase, or one of the
// patterns that stand between spaces.
func textTest(v term) valueTest {
	switch v.kind {
	case phrase:
		list := wordList(v.text)
		return func(s string) bool { return len(list) > 0 && hasWords(s, list) }
	case words:
		return anyWord(wordList(v.text))
	}
	var plain []string
	var globs [][]string
	for _, piece := range pieces(v.parts) {
		if len(piece) == 1 {
			plain = append(plain, wordList(piece[0])...)
			continue
		}
		for i := range piece {
			piece[i] = strings.ToLower(piece[i])
		}
		globs = append(globs, piece)
	}
	some := anyWord(plain)
	return func(s string) bool {
		for _, g := range globs {
			longest := ""
			for _, p := range g {
				if len(p) > len(longest) {
					longest = p
				}
			}
			if hasWord(s, longest, func(w string) bool { return globbed(g, w) }) {
				return true
			}
		}
		return some(s)
	}
}

func anyWord(list []string) valueTest {
	return func(s string) bool {
		for _, w := range list {
			if hasWord(s, w, func(t string) bool { return t == w }) {
				return true
			}
		}
		return false
	}
}

// pieces cuts a pattern at its spaces; a piece of one part has no wildcard.
func pieces(parts []string) (out [][]string) {
	var piece []string
	done := func() {
		if len(piece) > 1 || len(piece) == 1 && piece[0] != "" {
			out = append(out, piece)
		}
		piece = nil
	}
	for _, part := range parts {
		for i, s := range strings.Split(part, " ") {
			if i > 0 {
				done()
			}
			piece = append(piece, s)
		}
	}
	done()
	return out
}

func (c compiler) orderKind(kind string, e compares) (valueTest, error) {
	switch familyOf[kind] {
	case texts: // of a text it is the words that are ordered
		return func(s string) (found bool) {
			eachWord(s, func(w string) bool { found = holdsOp(e.op, strings.Compare(w, e.value.text)); return !found })
			return found
		}, nil
	case keywords:
		return func(s string) bool { return holdsOp(e.op, strings.Compare(s, e.value.text)) }, nil
	case dates:
		return c.dates(kind, e.value, e.op)
	case unknown:
		if _, ok := readNumber(e.value.text); ok {
			kind = "double"
		} else if t, err := c.dates("date", e.value, e.op); err == nil {
			return t, nil
		} else {
			return func(s string) bool { return holdsOp(e.op, strings.Compare(s, e.value.text)) }, nil
		}
	}
	return c.literals(kind, e.value, func(order int) bool { return holdsOp(e.op, order) })
}

// literals is the values of a type whose order to the filter's passes.
func (c compiler) literals(kind string, v term, pass func(order int) bool) (valueTest, error) {
	want := literal(kind, v.text, true)
	if want == nil {
		return nil, c.f.wrong(v, familyOf[kind].String(), "")
	}
	return func(s string) bool {
		have := literal(kind, s, false)
		return have != nil && pass(compareLiterals(have, want))
	}, nil
}

// dates is the times that satisfy a term by each of the operators.
func (c compiler) dates(kind string, v term, ops ...string) (valueTest, error) {
	unit := time.Millisecond
	if kind == "date_nanos" {
		unit = time.Nanosecond
	}
	var bounds []time.Time
	for _, op := range ops {
		t, err := datemath.Eval(v.text, c.now, op == "gt" || op == "lte")
		if err != nil {
			return nil, c.f.wrong(v, "a time", "such as now-1h, 2026-11-22 or \"2026-11-22T12:00:00Z\"")
		}
		bounds = append(bounds, t.Truncate(unit))
	}
	return func(s string) bool {
		t, _, err := datemath.Parse(s)
		if err != nil {
			return false
		}
		for i, op := range ops {
			if !holdsOp(op, t.Truncate(unit).Compare(bounds[i])) {
				return false
			}
		}
		return true
	}, nil
}
