package service

import "time"

// pending is a decision that waits for its label.
type pending struct {
	by     *served // nil when no model was asked
	fraud  bool
	score  float64
	amount float64
	at     time.Time
	trace  trace
	user   string
}

type expiring struct {
	id string
	at time.Time
}

// labelTTL is how long a decision waits for its label, and maxPending how many
// may wait.
const (
	labelTTL   = 2 * time.Minute
	maxPending = 20_000
)

// await keeps a decision until its label arrives. The caller holds mu.
func (s *scorer) await(id string, p pending) {
	s.pending[id] = p
	s.order = append(s.order, expiring{id, p.at})
	n := 0
	for n < len(s.order) && (p.at.Sub(s.order[n].at) > labelTTL || len(s.order)-n > maxPending) {
		delete(s.pending, s.order[n].id)
		n++
	}
	s.order = s.order[n:]
}

// feedback joins a label to its decision. It returns false when the decision
// is not known, or no longer.
func (s *scorer) feedback(id string, actual bool) bool {
	began := s.clock.Now()
	p, known := s.join(id, actual)
	if known && p.by != nil {
		s.spans.joined(&p, id, bitOf(actual), began, s.clock.Now())
	}
	return known
}

func (s *scorer) join(id string, actual bool) (p pending, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, known = s.pending[id]; !known {
		return p, false
	}
	delete(s.pending, id)
	now := s.clock.Now()
	s.lastLabel = now
	predicted, label := bitOf(p.fraud), bitOf(actual)
	switch {
	case actual && !p.fraud:
		s.ml.loss.Add(p.amount)
	case !actual && p.fraud:
		s.ml.declined.Add(p.amount)
	}
	if p.by == nil {
		return p, true
	}
	p.by.feedback[predicted][label].Inc()
	diff := p.score - float64(label)
	p.by.squared.Add(diff * diff)
	s.ml.delay.Observe(now.Sub(p.at).Seconds())
	s.logFeedback(&p, predicted, label)
	return p, true
}
