package sources

import (
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
type AlertmanagerStatus struct{}

// Source implements [Query].
func (AlertmanagerStatus) Source() string { return "alertmanager" }

// String implements [Query].
func (AlertmanagerStatus) String() string { return "/api/v2/status" }

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

// ExpireSilence ends a silence now. Undo makes it again for the rest of its time.
type ExpireSilence struct{ Silence Silence }

// Source implements [Action].
func (ExpireSilence) Source() string { return "alertmanager" }

// String implements [Action].
func (a ExpireSilence) String() string {
	return "expire silence " + Clean(a.Silence.ID) + " " + matchersText(a.Silence.Matchers)
}

// matchersText lists matchers as amtool takes them.
func matchersText(ms []Matcher) string {
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = m.String()
	}
	return "{" + strings.Join(out, ", ") + "}"
}
