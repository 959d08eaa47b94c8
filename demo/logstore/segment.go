package logstore

import "math/bits"

const (
	// segmentDocs is the most documents in one segment.
	segmentDocs = 4096
	// segmentShare is the part of the store's bounds after which a segment is
	// full, so that dropping the oldest one never drops much.
	segmentShare = 16
	// maxStreams bounds the names that a careless client can invent.
	maxStreams = 500
)

// A segment is a run of documents with a column for each field. Its documents
// never change; a reader that remembers how many there were has a snapshot.
type segment struct {
	docs    []doc
	base    int64 // number of its first document
	bytes   int64
	columns map[*field]*column
	ids     map[docKey]struct{}
}

// docKey names a document: an _id is unique in its stream.
type docKey struct{ stream, id string }

type doc struct {
	id     string
	stream *stream
	source string
}

// A column holds the values of one field. Every distinct value is kept once, so
// that a condition is tried on each value and not on each document.
type column struct {
	values []value
	first  []uint32         // by document: 1 + index in values, 0 for none
	more   map[int][]uint32 // further values of documents that have several, as first
	known  map[string]uint32
}

// value is one distinct value. Text is its canonical form, which is what term
// conditions compare; int and float are its number where the field has one.
type value struct {
	text  string
	int   int64
	float float64
}

func newSegment(base int64) *segment {
	return &segment{base: base, columns: map[*field]*column{}, ids: map[docKey]struct{}{}}
}

// seal frees what only adding needs.
func (s *segment) seal() {
	for _, c := range s.columns {
		c.known = nil
	}
}

func (s *segment) add(st *stream, d parsed, leaves []leaf) {
	at := len(s.docs)
	s.docs = append(s.docs, doc{id: d.id, stream: st, source: d.source})
	s.ids[docKey{st.name, d.id}] = struct{}{}
	s.bytes += int64(len(d.source)+len(d.id)) + 160
	for _, l := range leaves {
		st.fields[l.field.name] = true
		c := s.columns[l.field]
		if c == nil {
			c = &column{known: map[string]uint32{}}
			s.columns[l.field] = c
		}
		s.bytes += c.add(at, l.value)
	}
}

// add notes a value of the document at a position and returns the memory it took.
func (c *column) add(at int, v value) (bytes int64) {
	ord, ok := c.known[v.text]
	if !ok {
		c.values = append(c.values, v)
		ord = uint32(len(c.values))
		c.known[v.text] = ord
		bytes = int64(len(v.text)) + 48
	}
	for len(c.first) <= at {
		c.first = append(c.first, 0)
		bytes += 4
	}
	if c.first[at] == 0 {
		c.first[at] = ord
		return bytes
	}
	if c.first[at] == ord {
		return bytes
	}
	for _, o := range c.more[at] {
		if o == ord {
			return bytes
		}
	}
	if c.more == nil {
		c.more = map[int][]uint32{}
	}
	c.more[at] = append(c.more[at], ord)
	return bytes + 16
}

// each calls f with the index of every value of the document at a position.
func (c *column) each(at int, f func(i uint32)) {
	if at >= len(c.first) || c.first[at] == 0 {
		return
	}
	f(c.first[at] - 1)
	for _, o := range c.more[at] {
		f(o - 1)
	}
}

// where is the documents with a value that passes.
func (c *column) where(pass func(*value) bool) *set {
	var out set
	hit := make([]bool, len(c.values)+1)
	some := false
	for i := range c.values {
		if pass(&c.values[i]) {
			hit[i+1], some = true, true
		}
	}
	if !some {
		return &out
	}
	for at, o := range c.first {
		if hit[o] {
			out.put(at)
		}
	}
	for at, list := range c.more {
		for _, o := range list {
			if hit[o] {
				out.put(at)
				break
			}
		}
	}
	return &out
}

// A set is some of the documents of one segment, by position.
type set [segmentDocs / 64]uint64

func (s *set) put(at int)      { s[at>>6] |= 1 << (at & 63) }
func (s *set) has(at int) bool { return s[at>>6]&(1<<(at&63)) != 0 }

func (s *set) and(o *set) {
	for i := range s {
		s[i] &= o[i]
	}
}

func (s *set) or(o *set) {
	for i := range s {
		s[i] |= o[i]
	}
}

func (s *set) not(o *set) {
	for i := range s {
		s[i] &^= o[i]
	}
}

func (s *set) count() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

func (s *set) empty() bool { return *s == set{} }

// each calls f with the positions in order.
func (s *set) each(f func(at int)) {
	for i, w := range s {
		for w != 0 {
			f(i<<6 + bits.TrailingZeros64(w))
			w &= w - 1
		}
	}
}

// first is the set of the first n positions.
func first(n int) *set {
	var out set
	for i := 0; i < n>>6; i++ {
		out[i] = ^uint64(0)
	}
	if n&63 != 0 {
		out[n>>6] = 1<<(n&63) - 1
	}
	return &out
}

// A view is a snapshot: the segments and how many documents of each there were.
type view struct {
	segments []*segment
	counts   []int
}

// view is the documents that there are. The store's lock must be held while it
// is read, because the last segment grows.
func (s *Store) view() view {
	v := view{segments: s.segments, counts: make([]int, len(s.segments))}
	for i, seg := range s.segments {
		v.counts[i] = len(seg.docs)
	}
	return v
}
