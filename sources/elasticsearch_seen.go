package sources

import "time"

// maxSeen is how many lines a tail knows again.
const maxSeen = 50_000

// seen knows the last maxSeen lines again. The zero value is ready.
type seen struct {
	ids  map[string]int // place in ring
	ring []sighting
	next int
}

type sighting struct {
	id string
	at int64 // arrival in milliseconds
}

// add notes a line and says whether it is a new one.
func (s *seen) add(id string, at time.Time) bool {
	if _, ok := s.ids[id]; ok {
		return false
	}
	if s.ids == nil {
		s.ids = map[string]int{}
	}
	if len(s.ring) < maxSeen {
		s.ring = append(s.ring, sighting{})
	} else {
		delete(s.ids, s.ring[s.next].id)
	}
	s.ring[s.next] = sighting{id, at.UnixMilli()}
	s.ids[id] = s.next
	s.next = (s.next + 1) % maxSeen
	return true
}

// between counts the lines that arrived in a span, both ends included.
func (s *seen) between(from, to time.Time) (n int) {
	low, high := from.UnixMilli(), to.UnixMilli()
	for i := range s.ring {
		if s.ring[i].at >= low && s.ring[i].at <= high {
			n++
		}
	}
	return n
}
