package sources

import (
	"fmt"
	"strings"
	"time"
)

// Alerts asks Alertmanager for all alerts, suppressed ones included; the answer
// is in Frame.Alerts, worst severity first, then oldest first.
type Alerts struct{}

// Source implements [Query].
func (Alerts) Source() string { return "alertmanager" }

// String implements [Query].
func (Alerts) String() string { return "/api/v2/alerts" }

// Groups asks for the alerts as Alertmanager routes them; the answer is in Frame.Groups.
type Groups struct{}

// Source implements [Query].
func (Groups) Source() string { return "alertmanager" }

// String implements [Query].
func (Groups) String() string { return "/api/v2/alerts/groups" }

// Silences asks for all silences, the expired ones that the server still
// remembers included; the answer is in Frame.Silences, active first, then
// pending, then expired; the first two by their end, the expired ones latest first.
type Silences struct{}

// Source implements [Query].
func (Silences) Source() string { return "alertmanager" }

// String implements [Query].
func (Silences) String() string { return "/api/v2/silences" }

// AlertmanagerStatus asks for version, cluster and configuration; the answer is in Frame.Status.
//
// In a context with several clusters one status stands for all, the worst: a
// Cluster asks for that one's own. With one cluster it has no name.
type AlertmanagerStatus struct{ Cluster string }

// Source implements [Query].
func (AlertmanagerStatus) Source() string { return "alertmanager" }

// String implements [Query].
func (q AlertmanagerStatus) String() string {
	if q.Cluster != "" {
		return "/api/v2/status of " + q.Cluster
	}
	return "/api/v2/status"
}

// SetSilence creates a silence, or with an ID changes the one that has it. The
// server keeps the id only if the matchers are the same in the same order and
// an active silence keeps its start; otherwise it expires the old one and the
// receipt's Note says so. Undo expires it, or restores what it was before.
//
// A start that is zero or past means now by the server's clock. With an ID, a
// zero time, no matchers and nil annotations mean those that it has; a text
// that is the cleaned form of what the server has is sent back as the server
// has it.
type SetSilence struct{ Silence Silence }

// Source implements [Action].
func (SetSilence) Source() string { return "alertmanager" }

// String implements [Action].
func (a SetSilence) String() string {
	s := &a.Silence
	what := "silence " + matchersText(s.Matchers)
	if s.ID != "" {
		what = "change silence " + Clean(s.ID) + " " + matchersText(s.Matchers)
	}
	if !s.StartsAt.IsZero() {
		what += " from " + s.StartsAt.UTC().Format(time.RFC3339)
	}
	if !s.EndsAt.IsZero() {
		what += " until " + s.EndsAt.UTC().Format(time.RFC3339)
	}
	if s.CreatedBy != "" {
		what += " by " + Clean(s.CreatedBy)
	}
	if s.Comment != "" {
		what += ": " + Clean(s.Comment)
	}
	return what
}

// Brief implements [Briefer].
func (a SetSilence) Brief(now time.Time, done bool) string {
	s := &a.Silence
	verb, what := tense(done, "silencing", "silenced"), subject(s, "")
	switch {
	case s.ID != "":
		verb, what = tense(done, "changing", "changed"), "silence "+subject(s, Clean(s.ID))
	case s.acks():
		verb = tense(done, "acking", "acked")
	}
	if s.EndsAt.IsZero() {
		return verb + " " + what
	}
	end, layout := s.EndsAt.In(now.Location()), "Mon 2 Jan 15:04 MST"
	if end.Format(time.DateOnly) == now.Format(time.DateOnly) {
		layout = "15:04 MST"
	}
	return verb + " " + what + " until " + end.Format(layout)
}

// ExpireSilence ends a silence now. Undo makes it again for the rest of its time.
type ExpireSilence struct{ Silence Silence }

// Source implements [Action].
func (ExpireSilence) Source() string { return "alertmanager" }

// String implements [Action].
func (a ExpireSilence) String() string {
	return "expire silence " + Clean(a.Silence.ID) + " " + matchersText(a.Silence.Matchers)
}

// Brief implements [Briefer].
func (a ExpireSilence) Brief(_ time.Time, done bool) string {
	s := &a.Silence
	if s.acks() {
		return tense(done, "un-acking ", "un-acked ") + subject(s, Clean(s.ID))
	}
	return tense(done, "expiring silence ", "expired silence ") + subject(s, Clean(s.ID))
}

func tense(done bool, now, past string) string {
	if done {
		return past
	}
	return now
}

// acks says whether a silence is an acknowledgement, by the marks that tools
// leave on one.
func (s *Silence) acks() bool {
	return strings.HasPrefix(s.Comment, "ACK!") || s.Annotations["ack"] == "true"
}

// subject is what a silence is about in a few words: the alert that it names, if
// it names one, and how many matchers it has; without any it is id.
func subject(s *Silence, id string) string {
	n := len(s.Matchers)
	count := fmt.Sprintf("%d matchers", n)
	if n == 1 {
		count = "1 matcher"
	}
	for _, m := range s.Matchers {
		switch {
		case m.Name != "alertname" || m.Regex || !m.Equal:
		case n == 1 || s.acks():
			return Clean(m.Value)
		default:
			return Clean(m.Value) + " (" + count + ")"
		}
	}
	if n == 0 && id != "" {
		return id
	}
	return count
}

// matchersText lists matchers as amtool takes them.
func matchersText(ms []Matcher) string {
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = m.String()
	}
	return "{" + strings.Join(out, ", ") + "}"
}
