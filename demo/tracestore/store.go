// Package tracestore is a small trace store in memory: spans come in by
// OTLP/HTTP and go out by the query interface of Jaeger v2 (/api/v3). It is not
// Jaeger and says so at GET /: the oldest traces are dropped at the bounds, and
// there is no page to look at. It imports nothing of this module; the demo and
// external tests may import it.
package tracestore

import (
	"bytes"
	"cmp"
	"slices"
	"sync"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Options bound a [Store]. The zero value keeps a hundred thousand spans or
// 64 MiB of them, whichever is reached first.
type Options struct {
	// MaxSpans bounds the spans kept and MaxBytes what they take as protobuf
	// messages; their index comes on top, some 100 bytes a span. The oldest
	// traces are dropped first, whole. 0 means 100,000 and 64 MiB.
	MaxSpans int
	MaxBytes int
}

// maxTraceShare is the part of the store, one in so many, that a single trace
// may take: beyond it its spans are refused.
const maxTraceShare = 10

// Store keeps traces and answers requests about them. It is safe for concurrent
// use.
type Store struct {
	opts Options

	mu      sync.RWMutex
	traces  map[pcommon.TraceID]*trace
	order   []*trace // by arrival of the first span, oldest first
	spans   int
	bytes   int
	dropped int // traces
}

// trace is what has arrived of a trace so far. Chunks are only appended and
// never change.
type trace struct {
	id     pcommon.TraceID
	chunks []chunk
	spans  int
	bytes  int
}

// New makes an empty store.
func New(o Options) *Store {
	o.MaxSpans, o.MaxBytes = cmp.Or(max(o.MaxSpans, 0), 100_000), cmp.Or(max(o.MaxBytes, 0), 64<<20)
	return &Store{opts: o, traces: map[pcommon.TraceID]*trace{}}
}

// Stats are the figures of a store.
type Stats struct {
	Traces int `json:"traces"`
	Spans  int `json:"spans"`
	Bytes  int `json:"bytes"`
	// Dropped counts the traces that had to go since the store was made.
	Dropped int `json:"dropped_traces"`
}

// Stats returns the figures of this moment.
func (s *Store) Stats() Stats {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return Stats{Traces: len(s.order), Spans: s.spans, Bytes: s.bytes, Dropped: s.dropped}
}

// add takes in a part of a trace; false is a trace that is too large.
func (s *Store) add(id pcommon.TraceID, c chunk) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.traces[id]
	if t == nil {
		t = &trace{id: id}
	}
	if t.spans+len(c.spans) > max(1, s.opts.MaxSpans/maxTraceShare) || t.bytes+len(c.data) > s.opts.MaxBytes/maxTraceShare {
		return false
	}
	if len(t.chunks) == 0 {
		s.traces[id] = t
		s.order = append(s.order, t)
	}
	t.chunks = append(t.chunks, c)
	t.spans += len(c.spans)
	t.bytes += len(c.data)
	s.spans += len(c.spans)
	s.bytes += len(c.data)
	s.evict()
	return true
}

func (s *Store) evict() {
	for len(s.order) > 1 && (s.spans > s.opts.MaxSpans || s.bytes > s.opts.MaxBytes) {
		old := s.order[0]
		s.order[0] = nil // so that the part of the array before the slice holds nothing
		s.order = s.order[1:]
		delete(s.traces, old.id)
		s.spans -= old.spans
		s.bytes -= old.bytes
		s.dropped++
	}
}

// trace returns what has arrived of a trace, nil when it is not known.
func (s *Store) trace(id pcommon.TraceID) []chunk {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if t := s.traces[id]; t != nil {
		return t.chunks
	}
	return nil
}

// find returns the traces with a span that meets all conditions, the latest
// arrival first.
func (s *Store) find(q *query) (found []*trace, err error) {
	if len(q.attributes) == 0 {
		s.mu.RLock()
		defer s.mu.RUnlock()
		for _, t := range slices.Backward(s.order) {
			if len(found) == q.depth {
				break
			}
			if slices.ContainsFunc(t.chunks, q.mayMatch) {
				found = append(found, t.copy())
			}
		}
		return found, nil
	}
	for _, t := range s.candidates(q) {
		if len(found) == q.depth {
			break
		}
		ok, err := q.matches(t)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, t)
		}
	}
	return found, nil
}

// candidates are the traces that may match, to be decoded without the lock.
func (s *Store) candidates(q *query) (list []*trace) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, t := range slices.Backward(s.order) {
		if slices.ContainsFunc(t.chunks, q.mayMatch) {
			list = append(list, t.copy())
		}
	}
	return list
}

// copy is the trace as it is at this moment.
func (t *trace) copy() *trace { c := *t; return &c }

// services returns the names of all services, sorted.
func (s *Store) services() []string {
	names := map[string]bool{}
	s.mu.RLock()
	for _, t := range s.order {
		for _, c := range t.chunks {
			names[c.service.Value()] = true
		}
	}
	s.mu.RUnlock()
	return sorted(names, cmp.Compare[string])
}

// operation is a span name with its kind, "server" for example; the kind is
// "internal" when the span does not say.
type operation struct {
	Name string `json:"name"`
	Kind string `json:"spanKind"`
}

// operations returns the operations of a service, of all kinds when kind is
// empty, sorted.
func (s *Store) operations(service, kind string) []operation {
	found := map[operation]bool{}
	s.mu.RLock()
	for _, t := range s.order {
		for _, c := range t.chunks {
			if c.service.Value() != service {
				continue
			}
			for i := range c.spans {
				if e := &c.spans[i]; kind == "" || kind == kindName(e.kind) {
					found[operation{e.name.Value(), cmp.Or(kindName(e.kind), "internal")}] = true
				}
			}
		}
	}
	s.mu.RUnlock()
	return sorted(found, func(a, b operation) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
	})
}

func sorted[T comparable](set map[T]bool, by func(a, b T) int) []T {
	list := make([]T, 0, len(set))
	for v := range set {
		list = append(list, v)
	}
	slices.SortFunc(list, by)
	return list
}

// join is the message of all chunks together: protobuf merges repeated fields
// when messages are put one after the other.
func join(chunks []chunk) []byte {
	parts := make([][]byte, len(chunks))
	for i, c := range chunks {
		parts[i] = c.data
	}
	return bytes.Join(parts, nil)
}
