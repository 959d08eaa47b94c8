package logstore

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// maxResult is the most hits that one search pages to, as index.max_result_window.
const maxResult = 10_000

// search is one compiled search request.
type search struct {
	query   clause
	streams map[*stream]bool // nil for all
	size    int
	from    int
	sort    []sortField
	after   []any
	source  sourceFilter
	track   int // count up to this many, -1 all, 0 not at all
	aggs    []agg
	pit     string
	keep    time.Duration
	typed   bool // names of aggregations carry their type
}

// parseSearch compiles the body of a search.
func (s *Store) parseSearch(body map[string]any) (*search, error) {
	c := &compiler{m: &s.mapping, now: s.opts.Now()}
	out := &search{query: all, size: 10, track: maxResult}
	var err error
	for k, v := range body {
		switch k {
		case "query":
			out.query, err = c.query(v)
		case "size":
			out.size, err = natural(k, v)
		case "from":
			out.from, err = natural(k, v)
		case "sort":
			out.sort, err = c.sort(v)
		case "search_after":
			list, ok := v.([]any)
			if !ok {
				err = refuse("parsing_exception", "[search_after] must be an array")
			}
			out.after = list
		case "_source":
			out.source, err = parseSource(v)
		case "track_total_hits":
			switch {
			case v == true:
				out.track = -1
			case v == false:
				out.track = 0
			default:
				out.track, err = natural(k, v)
			}
		case "aggs", "aggregations":
			out.aggs, err = c.aggs(v, 0)
		case "pit":
			p, _ := v.(map[string]any)
			out.pit = str(p["id"])
			if p["keep_alive"] != nil {
				out.keep, err = parseDuration(str(p["keep_alive"]))
			}
			if out.pit == "" {
				err = refuse("illegal_argument_exception", "[pit] needs an id")
			}
		case "timeout":
			_, err = parseDuration(str(v)) // a search of the store never takes that long
		default:
			err = refuse("parsing_exception", "Unknown key for a search request in [%s], or one that firewatch's embedded log store does not support", short(k))
		}
		if err != nil {
			return nil, err
		}
	}
	if out.from+out.size > maxResult {
		return nil, shardRefusal("illegal_argument_exception", "Result window is too large, from + size must be less than or equal to: [%d] but was [%d]. See the scroll api for a more efficient way to request large data sets.", maxResult, out.from+out.size)
	}
	if out.pit != "" && len(out.sort) > 0 && out.sort[len(out.sort)-1].name != "_shard_doc" {
		out.sort = append(out.sort, sortField{name: "_shard_doc", kind: "long"})
	}
	if out.after != nil {
		switch {
		case out.from > 0:
			return nil, refuse("action_request_validation_exception", "Validation Failed: 1: `from` parameter must be set to 0 when `search_after` is used;")
		case len(out.sort) == 0:
			return nil, shardRefusal("illegal_argument_exception", "Sort must contain at least one field.")
		case len(out.after) != len(out.sort):
			return nil, shardRefusal("illegal_argument_exception", "search_after has %d value(s) but sort has %d.", len(out.after), len(out.sort))
		}
	}
	return out, nil
}

func natural(name string, v any) (int, error) {
	n, err := strconv.Atoi(str(v))
	if err != nil || n < 0 {
		return 0, refuse("illegal_argument_exception", "[%s] parameter cannot be negative and must be a number, found [%s]", name, short(str(v)))
	}
	return n, nil
}

// parseDuration reads a time such as 30s or 2m.
func parseDuration(s string) (time.Duration, error) {
	if d, ok := interval(s); ok {
		return d, nil
	}
	return 0, refuse("illegal_argument_exception", "failed to parse setting with value [%s] as a time value: unit is missing or unrecognized", short(s))
}

// interval reads a whole number with a unit of fixed length.
func interval(s string) (time.Duration, bool) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, err := strconv.Atoi(s[:i])
	unit, ok := map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[s[i:]]
	if err != nil || !ok || n <= 0 || n > 1_000_000_000 || time.Duration(n) > 100*365*24*time.Hour/unit {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

// found is what a search yields, before it is written out.
type found struct {
	hits  []hit
	total int
	aggs  map[string]any
}

// A hit is one document of the answer with its sort keys.
type hit struct {
	doc  *doc
	seq  int64
	keys []key
}

// run searches a view. The store's lock must be held.
func (q *search) run(v view) (*found, error) {
	after, err := q.afterKeys()
	if err != nil {
		return nil, err
	}
	top := &top{fields: q.sort, limit: q.from + q.size, after: after}
	out := &found{}
	matched := make([]*set, len(v.segments))
	for i := len(v.segments) - 1; i >= 0; i-- { // newest first: what a log wants is found early
		seg := v.segments[i]
		m := q.query(seg)
		m.and(first(v.counts[i]))
		if q.streams != nil {
			m.and(byDoc(func(d *doc) bool { return q.streams[d.stream] })(seg))
		}
		matched[i] = m
		out.total += m.count()
		if top.limit > 0 {
			top.collect(seg, m)
		}
	}
	hits := top.sorted()
	out.hits = hits[min(q.from, len(hits)):]
	if len(q.aggs) > 0 {
		out.aggs, err = runAggs(q.aggs, selection{v.segments, matched}, q.typed)
	}
	return out, err
}

// top keeps the first documents in the order of the sort.
type top struct {
	fields []sortField
	limit  int
	after  []key
	hits   []hit
}

// Len, Less, Swap, Push and Pop make top a heap with the last of the hits at its root.
func (t *top) Len() int           { return len(t.hits) }
func (t *top) Less(i, j int) bool { return t.before(t.hits[j], t.hits[i]) }
func (t *top) Swap(i, j int)      { t.hits[i], t.hits[j] = t.hits[j], t.hits[i] }
func (t *top) Push(x any)         { t.hits = append(t.hits, x.(hit)) }
func (t *top) Pop() any {
	x := t.hits[len(t.hits)-1]
	t.hits = t.hits[:len(t.hits)-1]
	return x
}

// before says whether a comes before b. Without a sort the newest document
// comes first; with one, ties are broken by age.
func (t *top) before(a, b hit) bool {
	for i := range t.fields {
		if c := t.fields[i].compare(a.keys[i], b.keys[i]); c != 0 {
			return c < 0
		}
	}
	if len(t.fields) == 0 {
		return a.seq > b.seq
	}
	return a.seq < b.seq
}

func (t *top) collect(seg *segment, matched *set) {
	columns := make([]*column, len(t.fields))
	for i, f := range t.fields {
		if f.field != nil {
			columns[i] = seg.columns[f.field]
		}
	}
	scratch := make([]key, len(t.fields))
	matched.each(func(at int) {
		h := hit{doc: &seg.docs[at], seq: seg.base + int64(at), keys: scratch}
		for i := range t.fields {
			scratch[i] = t.fields[i].key(columns[i], at, h.seq)
			if i == 0 && len(t.hits) == t.limit && t.fields[0].compare(scratch[0], t.hits[0].keys[0]) > 0 {
				return
			}
		}
		if t.after != nil && !t.isAfter(scratch) {
			return
		}
		if len(t.hits) < t.limit {
			h.keys = slices.Clone(scratch)
			heap.Push(t, h)
		} else if t.before(h, t.hits[0]) {
			h.keys = append(t.hits[0].keys[:0], scratch...)
			t.hits[0] = h
			heap.Fix(t, 0)
		}
	})
}

func (t *top) isAfter(keys []key) bool {
	for i := range t.fields {
		if c := t.fields[i].compare(keys[i], t.after[i]); c != 0 {
			return c > 0
		}
	}
	return false
}

func (t *top) sorted() []hit {
	slices.SortFunc(t.hits, func(a, b hit) int {
		if t.before(a, b) {
			return -1
		}
		return 1
	})
	return t.hits
}

// write renders the answer as Elasticsearch does.
func (q *search) write(f *found, took time.Duration, shards int, pit string) ([]byte, error) {
	b := fmt.Appendf(nil, `{"took":%d,"timed_out":false,"_shards":%s,"hits":{`, took.Milliseconds(), shardsJSON(shards))
	if pit != "" {
		b = fmt.Appendf(nil, `{"pit_id":%q,%s`, pit, b[1:])
	}
	switch {
	case q.track < 0 || q.track > 0 && f.total <= q.track:
		b = fmt.Appendf(b, `"total":{"value":%d,"relation":"eq"},`, f.total)
	case q.track > 0:
		b = fmt.Appendf(b, `"total":{"value":%d,"relation":"gte"},`, q.track)
	}
	b = append(b, `"max_score":null,"hits":[`...)
	for i, h := range f.hits {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"_index":`...)
		b = appendJSON(b, h.doc.stream.name)
		b = append(b, `,"_id":`...)
		b = appendJSON(b, h.doc.id)
		b = append(b, `,"_score":null`...)
		source, ok, err := q.source.apply(h.doc.source)
		if err != nil {
			return nil, err
		}
		if ok {
			b = append(b, `,"_source":`...)
			b = append(b, source...)
		}
		if len(q.sort) > 0 {
			b = append(b, `,"sort":[`...)
			for j := range q.sort {
				if j > 0 {
					b = append(b, ',')
				}
				b = q.sort[j].append(b, h.keys[j])
			}
			b = append(b, ']')
		}
		b = append(b, '}')
	}
	b = append(b, `]}`...)
	if f.aggs != nil {
		aggs, err := json.Marshal(f.aggs)
		if err != nil {
			return nil, err
		}
		b = append(append(b, `,"aggregations":`...), aggs...)
	}
	return append(b, '}'), nil
}

func shardsJSON(n int) string {
	return fmt.Sprintf(`{"total":%d,"successful":%d,"skipped":0,"failed":0}`, n, n)
}
