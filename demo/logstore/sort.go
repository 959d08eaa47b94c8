package logstore

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"firewatch/sources/datemath"
)

// sortField is one element of the sort. Field is nil for _doc and _shard_doc,
// which are the order of arrival, and for an unmapped field.
type sortField struct {
	name  string
	field *field
	kind  string
	desc  bool
	first bool // documents without the field come first
}

// key is a document's place by one sort field.
type key struct {
	int   int64
	float float64
	text  string
	none  bool
}

func (c *compiler) sort(v any) ([]sortField, error) {
	var out []sortField
	for _, e := range list(v) {
		spec, ok := e.(map[string]any)
		if !ok {
			spec = map[string]any{str(e): map[string]any{}}
		}
		if len(spec) != 1 || len(out) >= 8 {
			return nil, refuse("parsing_exception", "[sort] elements must name one field each, at most 8 of them")
		}
		for name, p := range spec {
			f, err := c.sortField(name, p)
			if err != nil {
				return nil, err
			}
			out = append(out, f)
		}
	}
	return out, nil
}

func (c *compiler) sortField(name string, p any) (sortField, error) {
	f := sortField{name: name}
	o, ok := p.(map[string]any)
	if !ok {
		o = map[string]any{"order": p}
	}
	if err := known("sort", o, "order", "missing", "unmapped_type", "mode"); err != nil {
		return f, err
	}
	switch str(o["order"]) {
	case "", "asc":
	case "desc":
		f.desc = true
	default:
		return f, refuse("illegal_argument_exception", "No enum constant for the sort order [%s]", short(str(o["order"])))
	}
	switch str(o["missing"]) {
	case "", "_last":
	case "_first":
		f.first = true
	default:
		return f, unsupported("a sort value for documents without the field")
	}
	if m := str(o["mode"]); m != "" && m != map[bool]string{false: "min", true: "max"}[f.desc] {
		return f, unsupported("the sort mode [" + short(m) + "]")
	}
	switch name {
	case "_doc", "_shard_doc":
		f.kind = "long"
		return f, nil
	case "_score":
		return f, unsupported("sorting by _score: nothing is scored, it")
	}
	f.field = c.m.field(name)
	switch {
	case f.field == nil && o["unmapped_type"] == nil:
		return f, shardFailure("No mapping found for [%s] in order to sort on", short(name))
	case f.field == nil:
		f.kind = str(o["unmapped_type"])
	case f.field.kind == "text" || f.field.hidden:
		return f, shardRefusal("illegal_argument_exception", "Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead of [%s].", name)
	default:
		f.kind = f.field.kind
	}
	return f, nil
}

func (f *sortField) integer() bool {
	return f.kind == "long" || f.kind == "date" || f.kind == "boolean" || f.kind == "integer"
}

// key is the place of the document at a position; of several values the one
// that comes first counts.
func (f *sortField) key(c *column, at int, seq int64) key {
	if f.field == nil && strings.HasSuffix(f.name, "_doc") {
		return key{int: seq}
	}
	var best key
	best.none = true
	if c != nil {
		c.each(at, func(i uint32) {
			v := &c.values[i]
			k := key{int: v.int, float: v.float, text: v.text}
			if best.none || f.compare(k, best) < 0 {
				best = k
			}
		})
	}
	if best.none && f.integer() { // Elasticsearch gives such documents a number, and search_after brings it back
		best = key{int: math.MaxInt64}
		if f.desc != f.first {
			best.int = math.MinInt64
		}
	} else if best.none && f.kind == "float" {
		best = key{float: math.Inf(1)}
		if f.desc != f.first {
			best.float = math.Inf(-1)
		}
	}
	return best
}

// compare orders two keys as the sort wants them.
func (f *sortField) compare(a, b key) int {
	if a.none || b.none {
		switch {
		case a.none && b.none:
			return 0
		case a.none == f.first:
			return -1
		default:
			return 1
		}
	}
	var c int
	switch {
	case f.integer():
		c = cmp.Compare(a.int, b.int)
	case f.kind == "float":
		c = cmp.Compare(a.float, b.float)
	default:
		c = strings.Compare(a.text, b.text)
	}
	if f.desc {
		return -c
	}
	return c
}

// append writes a key as the answer's sort value.
func (f *sortField) append(b []byte, k key) []byte {
	switch {
	case k.none:
		return append(b, "null"...)
	case f.integer():
		return strconv.AppendInt(b, k.int, 10)
	case f.kind == "float" && math.IsInf(k.float, 1):
		return append(b, `"Infinity"`...)
	case f.kind == "float" && math.IsInf(k.float, -1):
		return append(b, `"-Infinity"`...)
	case f.kind == "float":
		return strconv.AppendFloat(b, k.float, 'g', -1, 32)
	}
	return appendJSON(b, k.text)
}

// afterKeys reads search_after back into keys.
func (q *search) afterKeys() ([]key, error) {
	if q.after == nil {
		return nil, nil
	}
	out := make([]key, len(q.after))
	for i, v := range q.after {
		f := &q.sort[i]
		var err error
		switch s := str(v); {
		case v == nil:
			out[i].none = true
		case f.integer():
			out[i].int, err = strconv.ParseInt(s, 10, 64)
			if t, _, bad := datemath.Parse(s); err != nil && f.kind == "date" && bad == nil {
				out[i].int, err = t.UnixMilli(), nil
			}
		case f.kind == "float":
			out[i].float, err = strconv.ParseFloat(s, 32)
		default:
			out[i].text = s
		}
		if err != nil {
			return nil, refuse("illegal_argument_exception", "Failed to parse search_after value for field [%s].", f.name)
		}
	}
	return out, nil
}
