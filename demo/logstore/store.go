// Package logstore is a small log store in memory that speaks enough of
// Elasticsearch 8's REST interface for the official client to work unchanged.
// It is not Elasticsearch and says so at GET /: documents are only appended,
// the oldest are dropped at the bounds, nothing is scored, and whatever is not
// supported is refused with an error in Elasticsearch's shape rather than
// answered wrongly. It imports nothing of this module; the demo and external
// tests may import it.
package logstore

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Options bound a [Store]. The zero value keeps a hundred thousand documents or
// 256 MiB, whichever is reached first, and no file.
type Options struct {
	// MaxDocs bounds the documents kept and MaxBytes the memory that they take,
	// indexes included; the oldest are dropped first, some hundreds at a time. 0
	// means 100,000 and 256 MiB.
	MaxDocs  int
	MaxBytes int64
	// File keeps the documents across restarts, one JSON object a line; empty
	// keeps them in memory only. It is rewritten when it holds twice MaxDocs lines.
	File string
	// Now is the clock; nil means [time.Now].
	Now func() time.Time
}

// Store keeps log documents in streams and answers Elasticsearch requests about
// them. It is safe for concurrent use.
type Store struct {
	opts Options

	mu       sync.RWMutex
	closed   bool
	segments []*segment // oldest first; the last one takes new documents
	streams  map[string]*stream
	mapping  mapping
	docs     int
	bytes    int64
	next     int64 // number of the next document since the store was made
	dropped  int64
	pits     pits
	journal  *journal
}

// stream is one named log, such as logs-app-default.
type stream struct {
	name   string
	docs   int
	fields map[string]bool // the fields that its documents have had
}

// New opens a store and reads back what its file holds. A file that cannot be
// read or written is an error; a line in it that does not decode is skipped,
// because a crash may have cut the last one.
func New(o Options) (*Store, error) {
	if o.MaxDocs <= 0 {
		o.MaxDocs = 100_000
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 256 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{opts: o, streams: map[string]*stream{}, mapping: newMapping()}
	if o.File == "" {
		return s, nil
	}
	var err error
	if s.journal, err = openJournal(o.File, s.replay); err != nil {
		return nil, fmt.Errorf("log store: %w", err)
	}
	return s, nil
}

// Close writes out what the file still lacks. Requests and writes after it are refused.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.journal.close()
}

// Add takes one JSON document into a stream through the pipeline: dotted keys
// are expanded, event.ingested is stamped, level becomes log.level in lower case
// and defaults to info, event.id becomes the _id. A document without @timestamp,
// one whose fields contradict the mapping, and a second one with the same _id
// are errors.
func (s *Store) Add(stream string, doc []byte) error {
	_, err := s.put(stream, "", doc, true)
	return err
}

var errClosed = errors.New("the log store is closed")

// put takes in one document and returns its _id.
func (s *Store) put(name, id string, raw []byte, pipeline bool) (string, error) {
	if err := checkName(name); err != nil {
		return id, err
	}
	if int64(len(raw)) > s.opts.MaxBytes/segmentShare {
		return id, failure(413, "illegal_argument_exception", fmt.Sprintf(
			"the document has %d bytes, the log store takes at most %d", len(raw), s.opts.MaxBytes/segmentShare))
	}
	d, err := parse(id, raw, pipeline, s.opts.Now)
	if err != nil {
		return d.id, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return d.id, errClosed
	}
	return d.id, s.insert(name, d, true)
}

// replay takes in one document of the file.
func (s *Store) replay(name, id string, raw []byte) {
	d, err := parse(id, raw, false, s.opts.Now)
	if err == nil {
		_ = s.insert(name, d, false) // a duplicate or a contradiction was one when it was written
	}
}

// lines calls f for all documents kept, oldest first.
func (s *Store) lines(f func(name, id, source string) error) error {
	for _, seg := range s.segments {
		for _, d := range seg.docs {
			if err := f(d.stream.name, d.id, d.source); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) insert(name string, d parsed, keep bool) error {
	for _, seg := range s.segments {
		if _, ok := seg.ids[docKey{name, d.id}]; ok {
			return conflict(d.id)
		}
	}
	leaves, err := s.mapping.leaves(d.tree)
	if err != nil {
		return err
	}
	st := s.streams[name]
	if st == nil {
		if len(s.streams) >= maxStreams {
			return failure(400, "validation_exception", fmt.Sprintf("the log store keeps at most %d streams", maxStreams))
		}
		st = &stream{name: name, fields: map[string]bool{}}
		s.streams[name] = st
	}
	if keep {
		if err := s.journal.append(name, d.id, d.source); err != nil {
			return err
		}
	}
	seg := s.active()
	before := seg.bytes
	seg.add(st, d, leaves)
	s.next++
	s.docs++
	st.docs++
	s.bytes += seg.bytes - before
	s.evict()
	if keep && s.journal.long(2*s.opts.MaxDocs) {
		return s.journal.rewrite(s.lines)
	}
	return nil
}

// active is the segment that takes the next document.
func (s *Store) active() *segment {
	if n := len(s.segments); n > 0 {
		last := s.segments[n-1]
		if len(last.docs) < min(segmentDocs, max(1, s.opts.MaxDocs/segmentShare)) && last.bytes < s.opts.MaxBytes/segmentShare {
			return last
		}
		last.seal()
	}
	s.segments = append(s.segments, newSegment(s.next))
	return s.segments[len(s.segments)-1]
}

// evict drops the oldest segments until the bounds hold. The one that takes new
// documents stays.
func (s *Store) evict() {
	for len(s.segments) > 1 && (s.docs > s.opts.MaxDocs || s.bytes > s.opts.MaxBytes) {
		old := s.segments[0]
		s.segments = slices.Clone(s.segments[1:])
		s.docs -= len(old.docs)
		s.bytes -= old.bytes
		s.dropped += int64(len(old.docs))
		for i := range old.docs {
			old.docs[i].stream.docs--
		}
	}
}
