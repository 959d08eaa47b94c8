package logstore

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"firewatch/sources/datemath"
)

const (
	maxFields  = 2000  // as the template's index.mapping.total_fields.limit
	maxDepth   = 20    // as index.mapping.depth.limit
	maxKeyword = 32766 // bytes, as Lucene's longest term
	maxDynamic = 1024  // characters of a string field that nobody declared, longer ones are not indexed
)

// field is one mapped field; its type is one of text, keyword, long, float,
// date, boolean and ip.
type field struct {
	name, kind string
	declared   bool // by the template rather than by the first document
	hidden     bool // kept in the document only
}

// mapping is the fields by name, and the names that are objects.
type mapping struct {
	fields  map[string]*field
	objects map[string]bool
}

// leaf is one value of one field of a document.
type leaf struct {
	field *field
	value value
}

// template is the mapping that streams begin with: the one that
// stack/elasticsearch installs, where match_only_text is text.
var template = map[string]string{
	"date":    "@timestamp event.created event.ingested",
	"text":    "message error.message error.stack_trace",
	"long":    "log.origin.file.line event.sequence event.duration http.request.body.bytes http.response.status_code http.response.body.bytes",
	"float":   "ml.score",
	"ip":      "client.ip",
	"keyword": "log.level log.logger log.file.path log.origin.file.name log.origin.function ecs.version service.name service.version service.environment service.node.name trace.id span.id transaction.id event.dataset event.kind event.category event.action event.outcome event.id event.original error.type error.code http.request.method http.request.id http.route url.path user.id host.name ml.model.name ml.model.version ml.model.variant ml.predicted ml.actual ml.feature tags",
}

// aliases are further names of fields.
var aliases = map[string]string{"level": "log.level"}

func newMapping() mapping {
	m := mapping{fields: map[string]*field{}, objects: map[string]bool{"labels": true}}
	for kind, names := range template {
		for _, name := range strings.Fields(names) {
			m.declare(&field{name: name, kind: kind, declared: true, hidden: name == "event.original"})
		}
	}
	return m
}

func (m *mapping) declare(f *field) {
	m.fields[f.name] = f
	for i := strings.LastIndexByte(f.name, '.'); i > 0; i = strings.LastIndexByte(f.name[:i], '.') {
		m.objects[f.name[:i]] = true
	}
}

// field is the field of a name or an alias, nil when no document has had it.
func (m *mapping) field(name string) *field {
	if to, ok := aliases[name]; ok {
		name = to
	}
	return m.fields[name]
}

// match is the fields whose name matches a pattern, in order.
func (m *mapping) match(pattern string) (out []*field) {
	for _, name := range slices.Sorted(maps.Keys(m.fields)) {
		if glob(pattern, name) {
			out = append(out, m.fields[name])
		}
	}
	return out
}

// leaves are the values of a document. Fields that are new are mapped by their
// first value, once the whole document is found to fit.
func (m *mapping) leaves(tree map[string]any) ([]leaf, error) {
	w := walk{m: m, fresh: map[string]*field{}, objects: map[string]bool{}}
	if err := w.object("", tree, 1); err != nil {
		return nil, err
	}
	if len(m.fields)+len(w.fresh) > maxFields {
		return nil, refuse("document_parsing_exception", "Limit of total fields [%d] has been exceeded", maxFields)
	}
	for _, f := range w.fresh {
		m.declare(f)
	}
	maps.Copy(m.objects, w.objects)
	return w.out, nil
}

type walk struct {
	m       *mapping
	fresh   map[string]*field
	objects map[string]bool
	out     []leaf
	stamped bool
}

func (w *walk) object(path string, tree map[string]any, depth int) error {
	if depth > maxDepth {
		return refuse("document_parsing_exception", "Limit of mapping depth [%d] has been exceeded due to object field [%s]", maxDepth, short(path))
	}
	for name, v := range tree {
		if strings.Trim(name, ". ") == "" || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, "..") {
			return refuse("document_parsing_exception", "field name [%s] is empty or has an empty part", short(name))
		}
		if path != "" {
			name = path + "." + name
		}
		if err := w.value(name, v, depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) value(name string, v any, depth int) error {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		for _, e := range v {
			if err := w.value(name, e, depth); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		if w.m.field(name) != nil || w.fresh[name] != nil {
			return refuse("document_parsing_exception", "failed to parse field [%s]: it is a value in other documents and an object in this one", name)
		}
		w.objects[name] = true
		return w.object(name, v, depth+1)
	}
	if aliases[name] != "" {
		return refuse("document_parsing_exception", "Cannot write to a field alias [%s].", name)
	}
	f := w.m.fields[name]
	if f == nil {
		f = w.fresh[name]
	}
	if f == nil {
		if w.m.objects[name] || w.objects[name] {
			return refuse("document_parsing_exception",
				"object mapping for [%s] tried to parse field [%s] as object, but found a concrete value", name, name)
		}
		f = &field{name: name, kind: dynamic(v)}
		w.fresh[name] = f
		for i := strings.LastIndexByte(name, '.'); i > 0; i = strings.LastIndexByte(name[:i], '.') {
			if o := name[:i]; w.m.fields[o] != nil || w.fresh[o] != nil {
				return refuse("document_parsing_exception", "failed to parse field [%s]: [%s] is a value in other documents", name, o)
			}
			w.objects[name[:i]] = true
		}
	}
	if f.hidden {
		return nil
	}
	if name == "@timestamp" {
		if w.stamped {
			return refuse("document_parsing_exception", "data stream timestamp field [@timestamp] encountered multiple values")
		}
		w.stamped = true
	}
	val, ok, err := f.read(v)
	if err != nil {
		return refuse("document_parsing_exception", "failed to parse field [%s] of type [%s]: %v", name, f.kind, err)
	}
	if ok {
		w.out = append(w.out, leaf{f, val})
	}
	return nil
}

// dynamic is the type that a field gets from its first value.
func dynamic(v any) string {
	switch v := v.(type) {
	case bool:
		return "boolean"
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return "float"
		}
		return "long"
	}
	return "keyword"
}

// read converts a value of a document; it is false for one that is not indexed.
func (f *field) read(v any) (value, bool, error) {
	text := ""
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		text = string(v)
	case bool:
		if f.kind != "boolean" && f.kind != "keyword" && f.kind != "text" {
			return value{}, false, fmt.Errorf("a boolean")
		}
		text = strconv.FormatBool(v)
	}
	switch f.kind {
	case "text":
		return value{text: text}, true, nil
	case "keyword":
		if !f.declared && len(text) > maxDynamic {
			return value{}, false, nil
		}
		if len(text) > maxKeyword {
			return value{}, false, fmt.Errorf("immense term of %d bytes", len(text))
		}
		return value{text: text}, true, nil
	}
	if text == "" && f.kind != "boolean" {
		return value{}, false, fmt.Errorf("cannot parse empty value")
	}
	val, err := f.literal(text)
	return val, err == nil, err
}

// literal reads a value of a field that is no string, in a document or in a query.
func (f *field) literal(s string) (value, error) {
	switch f.kind {
	case "long":
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return longValue(n), nil
		}
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(x) || math.Abs(x) >= 1<<63 {
			return value{}, fmt.Errorf("for input string: %q", short(s))
		}
		return longValue(int64(x)), nil
	case "float":
		x, err := strconv.ParseFloat(s, 32) // the type has 32 bits
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return value{}, fmt.Errorf("for input string: %q", short(s))
		}
		return value{text: strconv.FormatFloat(x, 'g', -1, 32), float: x}, nil
	case "date":
		t, _, err := datemath.Parse(s)
		if err != nil {
			return value{}, err
		}
		return longValue(t.UnixMilli()), nil
	case "boolean":
		switch s {
		case "true":
			return value{text: s, int: 1, float: 1}, nil
		case "false", "":
			return value{text: "false"}, nil
		}
		return value{}, fmt.Errorf("can't parse boolean value [%s], expected [true] or [false]", short(s))
	case "ip":
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return value{}, fmt.Errorf("'%s' is not an IP string literal.", short(s))
		}
		return value{text: a.Unmap().String()}, nil
	}
	return value{text: s}, nil
}

func longValue(n int64) value {
	return value{text: strconv.FormatInt(n, 10), int: n, float: float64(n)}
}

// number says whether the field's values are ordered by number.
func (f *field) number() bool {
	return f.kind == "long" || f.kind == "float" || f.kind == "date" || f.kind == "boolean"
}
