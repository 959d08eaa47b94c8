package service

import (
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"time"

	"firewatch/demo/service/fraud"
)

// thin says which part of the frequent lines is written: one in so many. The
// history is thinner than the present, so that hours of it stay readable.
type thin struct{ completed, mismatch, match, decision, client uint64 }

var (
	liveThin    = thin{completed: 2, mismatch: 1, match: 10, decision: 8, client: 1}
	historyThin = thin{completed: 20, mismatch: 4, match: 200, decision: 200, client: 4}
)

func (s *scorer) thin() thin {
	if s.clock.simulated() {
		return historyThin
	}
	return liveThin
}

// logRequest writes the line of an answered prediction request. Failures and
// slow ones always get theirs.
func (s *scorer) logRequest(rq *request, rp *reply, took time.Duration) {
	s.mu.Lock()
	s.completed++
	n, by := s.completed, s.primary
	s.mu.Unlock()
	slow := took > slowRequest
	if rp.err == nil && !slow && n%s.thin().completed != 0 {
		return
	}
	l := &line{
		Level: "info", Event: event{Dataset: inference, Category: []string{"web"}, Action: "request-completed", Duration: int64(took)},
		Trace: rq.trace.ID, Span: rq.trace.Span, Root: rq.trace.Span,
		HTTP: &httpField{httpRequest{"POST", "r-" + strconv.FormatUint(n, 10)}, httpResponse{rp.status}, rq.route},
		URL:  &urlField{rq.route}, Error: rp.err,
	}
	if len(rq.items) > 0 {
		l.User, l.Client = &user{rq.items[0].User}, &client{address(rq.items[0].User)}
	}
	switch {
	case rp.status == 503:
		l.Level, l.Event.Action, l.Message = "error", "request-rejected", "request rejected: "+rp.err.Message
	case rp.err != nil:
		l.Level, l.Event.Action, l.Message = "error", "request-failed", "request failed: "+rp.err.Message
	default:
		if slow {
			l.Level = "warn"
		}
		l.Message = fmt.Sprintf("scored %d in %s", len(rp.predictions), took.Round(100*time.Microsecond))
		if len(rp.predictions) == 1 {
			p := &rp.predictions[0]
			l.ML = &ml{Model: &mlModel{fraud.Name, p.Version, p.Variant}, Score: &p.Score, Predicted: classes[bitOf(p.Fraud)]}
		}
	}
	if rp.err != nil {
		l.ML = &ml{Model: &mlModel{fraud.Name, by.model.Version, by.variant}}
		if fault := s.cause(rp.status); fault != "" {
			l.Labels = labels{"chaos": fault}
		}
	}
	s.journal.write(l)
}

// cause names the fault behind a failure, if there is one.
func (s *scorer) cause(status int) string {
	names := []string{"error-burst"}
	if status == 503 {
		names = []string{"queue", "latency"}
	}
	for _, n := range names {
		if s.chaos.Level(n) > 0 {
			return n
		}
	}
	return ""
}

// address makes up a client address that stays the same for a user.
func address(user string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(user))
	v := h.Sum32()
	return fmt.Sprintf("10.1.%d.%d", v>>8&63, 1+v%250)
}

func (s *scorer) slowLookup(rq *request, took time.Duration) {
	if took < slowRequest {
		return
	}
	s.journal.write(&line{
		Level: "warn", Message: fmt.Sprintf("feature lookup took %s", took.Round(time.Millisecond)),
		Event: event{Dataset: inference, Category: []string{"web"}, Action: "feature-lookup-slow", Duration: int64(took)},
		Trace: rq.trace.ID, Span: rq.trace.Span, Root: rq.trace.Span,
	})
}

func (s *scorer) logMissing(rq *request, tx *fraud.Transaction, feature string) {
	rq.invalid(rq.trace.Sampled, feature, valueState[valueMissing])
	s.journal.write(&line{
		Level: "warn", Message: "feature " + feature + " is missing, median used instead",
		Event: event{Dataset: inference, Action: "feature-invalid", Outcome: "unknown"},
		Trace: rq.trace.ID, Span: rq.trace.Span, Root: rq.trace.Span, User: &user{tx.User},
		ML: &ml{Feature: feature}, Labels: labels{"feature": feature, "status": valueState[valueMissing]},
	})
}

func (s *scorer) logSkew(rq *request, feature string) {
	rq.invalid(rq.trace.Sampled, feature, "skewed")
	s.journal.write(&line{
		Level: "warn", Message: "feature " + feature + " differs from what training computes",
		Event: event{Dataset: inference, Action: "skew-detected", Outcome: "failure"},
		Trace: rq.trace.ID, Span: rq.trace.Span, Root: rq.trace.Span,
		ML: &ml{Feature: feature}, Labels: labels{"feature": feature},
	})
}

func (s *scorer) logDecision(rq *request, tx *fraud.Transaction, by *served, how int, score float64, bit int) {
	blind := (how == fallback || how == unasked) && s.predicted%8 == 0
	if !blind && s.predicted%s.thin().decision != 0 {
		return
	}
	l := &line{
		Level: "debug", Message: fmt.Sprintf("scored %.3f: %s", score, classes[bit]),
		Event: event{Dataset: inference, Action: "prediction-made"},
		Trace: rq.trace.ID, Span: rq.trace.Span, Root: rq.trace.Span, User: &user{tx.User},
		ML: &ml{Model: &mlModel{fraud.Name, by.model.Version, by.variant}, Score: rounded(score), Predicted: classes[bit]},
	}
	if blind {
		l.Level, l.Event.Action, l.Message = "warn", "prediction-fallback", "prediction with features assumed, the store did not give them"
	}
	if how == unasked {
		l.ML.Model, l.Message = nil, "decision by rule of thumb, the model was not asked"
	}
	s.journal.write(l)
}

func (s *scorer) logFeedback(p *pending, predicted, actual int) {
	s.joined++
	every := s.thin().match
	if predicted != actual {
		every = s.thin().mismatch
	}
	if s.joined%every != 0 {
		return
	}
	l := &line{
		Level: "debug", Message: "label confirms " + classes[predicted],
		Event: event{Dataset: inference, Action: "feedback-joined"},
		Trace: p.trace.ID, User: &user{p.user},
		ML: &ml{Model: &mlModel{fraud.Name, p.by.model.Version, p.by.variant}, Score: rounded(p.score), Predicted: classes[predicted], Actual: classes[actual]},
	}
	if predicted != actual {
		l.Level, l.Message = "info", fmt.Sprintf("label says %s, predicted %s", classes[actual], classes[predicted])
	}
	s.journal.write(l)
}

func bitOf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// rounded keeps four digits of a score, as the API does.
func rounded(score float64) *float64 {
	score = math.Round(score*1e4) / 1e4
	return &score
}
