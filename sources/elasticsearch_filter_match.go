package sources

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// ErrServerOnly is the error of [NewPredicate] for a filter in the server's own
// syntax, which nothing here can evaluate.
var ErrServerOnly = errors.New("a filter after lucene: is evaluated by the server only")

// A Predicate is a filter that is evaluated here, on lines that are held,
// with the meaning that it has on the server. It is immutable: many may use it
// at once.
type Predicate struct {
	test leafTest
	// names are the leaves that the filter looks at, under the objects that they
	// lie in; every says that it may look at any.
	names, under map[string]bool
	every        bool
}

// leafTest says whether the leaves of a document satisfy a condition.
type leafTest func(leaves []Field) bool

// NewPredicate compiles a filter as [Filter] takes it. Types are the types of
// the fields by name, as [Fields] says them; without them a field's type is
// guessed from its name and its values. Times such as now-1h are relative to
// now. The error is a *[FilterError] or [ErrServerOnly].
func NewPredicate(filter string, types map[string]string, now time.Time) (*Predicate, error) {
	f, err := readFilter(filter)
	if err != nil {
		return nil, err
	}
	if f.lucene != "" {
		return nil, ErrServerOnly
	}
	c := compiler{translation{schema{types}, f}, now, &Predicate{names: map[string]bool{}, under: map[string]bool{}}}
	if c.p.test, err = c.compile(f.root); err != nil {
		return nil, err
	}
	for name := range c.p.names {
		for at := strings.LastIndexByte(name, '.'); at > 0; at = strings.LastIndexByte(name[:at], '.') {
			c.p.under[name[:at]] = true
		}
	}
	return c.p, nil
}

// Match says whether a document with these leaves is one that the filter finds.
// Of an array each value is a leaf of its own, and null is none.
func (p *Predicate) Match(leaves []Field) bool { return p.test(leaves) }

// MatchLog is [Predicate.Match] for a line. Of one whose document was too large
// to keep only what a line shows is looked at.
func (p *Predicate) MatchLog(l *Log) bool {
	var buf [16]Field
	leaves := buf[:0]
	s := scan{b: l.Raw}
	var path [128]byte
	if len(l.Raw) > 0 && p.leaves(&s, path[:0], 0, &leaves) == nil {
		return p.test(leaves)
	}
	leaves = leaves[:0]
	for _, f := range []Field{
		{"message", l.Message}, {"log.level", l.Level}, {"service.name", l.Service}, {"host.name", l.Host},
		{"trace.id", l.TraceID}, {"span.id", l.SpanID}, {"error.type", l.ErrorType}, {"error.stack_trace", l.Stack},
	} {
		if f.Value != "" {
			leaves = append(leaves, f)
		}
	}
	if !l.Time.IsZero() {
		leaves = append(leaves, Field{"@timestamp", stamp(l.Time)})
	}
	return p.test(leaves)
}

// leaves collects the leaves of the next object that the filter looks at.
func (p *Predicate) leaves(s *scan, path []byte, depth int, out *[]Field) error {
	base := len(path)
	return s.object(func(key []byte) error {
		path = path[:base]
		if base > 0 {
			path = append(path, '.')
		}
		if slices.Contains(key, '\\') {
			path = append(path, unescaped(key)...)
		} else {
			path = append(path, key...)
		}
		return p.leaf(s, path, depth, out)
	})
}

func (p *Predicate) leaf(s *scan, path []byte, depth int, out *[]Field) error {
	switch c := s.next(); {
	case depth >= maxNesting:
	case c == '{' && (p.every || p.under[string(path)]):
		return p.leaves(s, path, depth+1, out)
	case c == '[' && (p.every || p.names[string(path)] || p.under[string(path)]):
		return s.array(func() error { return p.leaf(s, path, depth+1, out) })
	case c != '{' && c != '[' && (p.every || p.names[string(path)]):
		v, err := s.value()
		if err == nil && string(v) != "null" {
			*out = append(*out, Field{string(path), unquoted(v)})
		}
		return err
	}
	_, err := s.value()
	return err
}

// compiler makes the tests of a filter's conditions.
type compiler struct {
	translation
	now time.Time
	p   *Predicate
}

func (c compiler) compile(e expr) (leafTest, error) {
	switch e := e.(type) {
	case nil:
		return func([]Field) bool { return true }, nil
	case allOf:
		list, err := c.each(e)
		return func(leaves []Field) bool {
			for _, t := range list {
				if !t(leaves) {
					return false
				}
			}
			return true
		}, err
	case anyOf:
		list, err := c.each(e)
		return anyTest(list), err
	case noneOf:
		t, err := c.compile(e.expr)
		return func(leaves []Field) bool { return !t(leaves) }, err
	case holds:
		return c.holds(e)
	case compares:
		return c.compares(e)
	}
	panic("sources: no such expression")
}

func anyTest(list []leafTest) leafTest {
	return func(leaves []Field) bool {
		for _, t := range list {
			if t(leaves) {
				return true
			}
		}
		return false
	}
}

func (c compiler) each(list []expr) (out []leafTest, err error) {
	for _, e := range list {
		t, err := c.compile(e)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func (c compiler) holds(h holds) (leafTest, error) {
	field := c.known(h.field)
	wild := strings.Contains(field, "*")
	switch {
	case h.value.any() && strings.Trim(field, "*") == "":
		return func([]Field) bool { return true }, nil
	case h.value.any() && wild:
		return c.named(field, func(string) (valueTest, error) { return func(string) bool { return true }, nil })
	case h.value.any():
		return c.there(field), nil
	case wild:
		return c.named(field, func(name string) (valueTest, error) {
			if h.value.kind == pattern && c.types[name] != "" && !c.is(name, strung...) {
				return nil, nil
			}
			return c.value(name, h.value)
		})
	case field == "":
		var list []leafTest
		for _, f := range c.messages() {
			if t, err := c.value(f, h.value); err == nil && t != nil {
				list = append(list, c.on(f, t))
			}
		}
		return anyTest(list), nil
	}
	if err := c.fits(field, h.value, false); err != nil {
		return nil, err
	}
	t, err := c.value(field, h.value)
	return c.on(field, t), err
}

// leaf is the name that a field has in documents, and another one where that is
// missing: a field within a field has the value of the whole, an alias that of
// what it stands for.
func (c compiler) leafOf(field string) (name, instead string) {
	if at := strings.LastIndexByte(field, '.'); at > 0 && c.types[field] != "" && familyOf[c.types[field[:at]]] != unknown {
		return field, field[:at]
	}
	if field == "level" {
		return field, c.levelFields()[0]
	}
	return field, field
}

// on is the documents that have a value of a field that passes.
func (c compiler) on(field string, pass valueTest) leafTest {
	name, instead := c.leafOf(field)
	c.p.names[name], c.p.names[instead] = true, true
	return func(leaves []Field) bool {
		for _, n := range [...]string{name, instead} {
			has := false
			for i := range leaves {
				if leaves[i].Name == n {
					has = true
					if pass(leaves[i].Value) {
						return true
					}
				}
			}
			if has {
				return false
			}
		}
		return false
	}
}

// there is the documents that have a field, or anything in it.
func (c compiler) there(field string) leafTest {
	name, instead := c.leafOf(field)
	if c.types[field] == "" { // it may be an object
		c.p.every = true
	}
	c.p.names[name], c.p.names[instead] = true, true
	return func(leaves []Field) bool {
		for i := range leaves {
			n := leaves[i].Name
			if n == name || n == instead || len(n) > len(name) && n[len(name)] == '.' && n[:len(name)] == name {
				return true
			}
		}
		return false
	}
}

// named is the documents that have a value that passes, of a field whose name
// matches a pattern.
func (c compiler) named(field string, on func(name string) (valueTest, error)) (leafTest, error) {
	c.p.every = true
	var list []leafTest
	known := map[string]bool{}
	for _, name := range c.like(field, func(string) bool { return true }) {
		known[name] = true
		if pass, err := on(name); err == nil && pass != nil {
			list = append(list, c.on(name, pass))
		}
	}
	among := anyTest(list)
	if c.types != nil {
		return among, nil
	}
	parts := strings.Split(field, "*")
	pass, err := on(field)
	return func(leaves []Field) bool {
		for i := range leaves {
			if globbed(parts, leaves[i].Name) && pass(leaves[i].Value) {
				return true
			}
		}
		return false
	}, err
}

func (c compiler) compares(e compares) (leafTest, error) {
	if some, ok := compared(e); ok {
		return c.level(some), nil
	}
	field := c.known(e.field)
	if strings.Contains(field, "*") {
		return c.named(field, func(name string) (valueTest, error) {
			if err := c.fits(name, e.value, true); err != nil {
				return nil, err
			}
			return c.order(name, e)
		})
	}
	if err := c.fits(field, e.value, true); err != nil {
		return nil, err
	}
	t, err := c.order(field, e)
	return c.on(field, t), err
}

// level is the documents that have one of some levels, by whatever name.
func (c compiler) level(some []string) leafTest {
	names := map[string]bool{}
	for _, l := range some {
		for _, n := range levels[l] {
			for _, s := range spellings(n) {
				names[s] = true
			}
		}
	}
	var list []leafTest
	for _, f := range c.levelFields() {
		list = append(list, c.on(f, func(v string) bool { return names[v] }))
	}
	return anyTest(list)
}
