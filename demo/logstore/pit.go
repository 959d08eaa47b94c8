package logstore

import (
	"encoding/base64"
	"maps"
	"time"
)

const (
	maxPits = 100
	maxKeep = 24 * time.Hour // as point_in_time.max_keep_alive
)

// pits are the open points in time, by id.
type pits map[string]*pit

// pit is a snapshot that searches can page through while documents arrive. It
// holds on to its segments, so those outlive the store's bounds until it ends.
type pit struct {
	view    view
	streams map[*stream]bool
	ends    time.Time
}

// openPit makes a snapshot of some streams. The lock must be held for writing.
func (s *Store) openPit(streams map[*stream]bool, keep time.Duration) (string, error) {
	now := s.opts.Now()
	maps.DeleteFunc(s.pits, func(_ string, p *pit) bool { return now.After(p.ends) })
	switch {
	case keep > maxKeep:
		return "", refuse("illegal_argument_exception", "Keep alive for request (%s) is too large. It must be less than (24h).", keep)
	case len(s.pits) >= maxPits:
		return "", failure(429, "es_rejected_execution_exception", "Trying to create too many points in time: close some, or wait until they expire")
	}
	if s.pits == nil {
		s.pits = pits{}
	}
	id := newID()
	s.pits[id] = &pit{view: s.view(), streams: streams, ends: now.Add(keep)}
	return id, nil
}

// pit is the snapshot of an id, kept for longer when the search asks so.
func (s *Store) pit(id string, keep time.Duration) (*pit, error) {
	if b, err := base64.RawURLEncoding.DecodeString(id); err != nil || len(b) != idBytes {
		return nil, refuse("illegal_argument_exception", "invalid id: [%s]", short(id))
	}
	p := s.pits[id]
	now := s.opts.Now()
	if p == nil || now.After(p.ends) {
		r := failure(404, "search_phase_execution_exception", "all shards failed")
		r.cause = failure(404, "search_context_missing_exception", "No search context found for id ["+short(id)+"]")
		return nil, r
	}
	if keep > 0 {
		p.ends = now.Add(min(keep, maxKeep))
	}
	return p, nil
}
