package silence

import (
	"slices"
	"strings"
	"time"

	"firewatch/sources"
)

// State is what an alert is in, for the one who looks at it.
type State int

// The states, from loudest to quietest.
const (
	Firing State = iota
	Pending
	Acked
	Silenced
	Inhibited
	Muted
)

// String is the state in a word.
func (s State) String() string {
	return [...]string{"firing", "pending", "acked", "silenced", "inhibited", "muted"}[s]
}

// States are the words of all states, in order.
func States() []string {
	var out []string
	for s := Firing; s <= Muted; s++ {
		out = append(out, s.String())
	}
	return out
}

// Status is an alert's state with its reason.
type Status struct {
	State State
	// Who holds it and until when, for an acked or silenced alert; By is the silence.
	Who   string
	Until time.Time
	By    *sources.Silence
	// Cause names the inhibiting alerts, the time intervals or a silence that is
	// not on the list.
	Cause string
	// Settling is true while Alertmanager's own mark on the alert does not show
	// yet what its silences say.
	Settling bool
}

// Text is the state in words, such as "acked by dana until 14:20"; moment
// prints a time.
func (s Status) Text(moment func(time.Time) string) string {
	out := s.State.String()
	if s.Who != "" {
		out += " by " + s.Who
	}
	switch {
	case s.Cause == "":
	case s.State == Muted:
		out += " by interval " + s.Cause
	case s.State == Silenced:
		out += " by silence " + s.Cause
	default:
		out += " by " + s.Cause
	}
	if !s.Until.IsZero() {
		out += " until " + moment(s.Until)
	}
	if s.Settling {
		out += ", taking effect"
	}
	return out
}

// Book answers who holds what, for one list of alerts and one of silences. Make
// it anew when either changes. The zero value knows no silence.
type Book struct {
	active []entry
	byID   map[string]*sources.Silence
	index  index
	// alerts are those that it was made for; names are their alertnames by
	// fingerprint, made when the first is asked for.
	alerts []sources.Alert
	names  map[string]string
}

type entry struct {
	silence *sources.Silence
	set     Set
}

// holds says whether the silence mutes the alert; it does so only in its own cluster.
func (e *entry) holds(a *sources.Alert) bool {
	return e.silence.Cluster == a.Cluster && e.set.Match(a.ExactLabels())
}

// NewBook makes a book of the silences that are active now. It points into its
// arguments. A silence whose expressions do not compile matches nothing.
func NewBook(alerts []sources.Alert, silences []sources.Silence, now time.Time) *Book {
	b := &Book{byID: map[string]*sources.Silence{}, alerts: alerts}
	for i := range silences {
		s := &silences[i]
		b.byID[s.ID] = s
		if s.State != "active" || !s.EndsAt.After(now) {
			continue
		}
		if set, err := Compile(s.Matchers); err == nil {
			b.active = append(b.active, entry{s, set})
		}
	}
	b.index = newIndex(b.active, alerts)
	return b
}

// Holders lists the active silences that match the alert: acknowledgements
// first, then the one that lasts longest.
func (b *Book) Holders(a *sources.Alert) []*sources.Silence {
	var out []*sources.Silence
	for _, i := range b.index.of(a.ExactLabels()) {
		if b.active[i].holds(a) {
			out = append(out, b.active[i].silence)
		}
	}
	slices.SortStableFunc(out, func(x, y *sources.Silence) int {
		if ax, ay := IsAck(x), IsAck(y); ax != ay {
			if ax {
				return -1
			}
			return 1
		}
		return y.EndsAt.Compare(x.EndsAt)
	})
	return out
}

// Status is the alert's state. Silences count by what they match, not only by
// the marks that Alertmanager has put on the alert so far, so that a write shows
// at once; Settling says where the two differ.
func (b *Book) Status(a *sources.Alert) Status {
	if held := b.Holders(a); len(held) > 0 {
		s := held[0]
		st := Status{State: Silenced, Who: Owner(s), Until: s.EndsAt, By: s, Settling: !slices.Contains(a.SilencedBy, s.ID)}
		if IsAck(s) {
			st.State = Acked
		}
		return st
	}
	var st Status
	if len(a.SilencedBy) > 0 {
		id := a.SilencedBy[0]
		if s := b.byID[id]; s == nil {
			return Status{State: Silenced, Cause: id}
		}
		// The silence is over, the mark is not yet.
		st.Settling = true
	}
	switch {
	case len(a.InhibitedBy) > 0:
		st.State, st.Cause = Inhibited, b.inhibitors(a.InhibitedBy)
	case len(a.MutedBy) > 0:
		st.State, st.Cause = Muted, strings.Join(a.MutedBy, ", ")
	}
	return st
}

func (b *Book) inhibitors(fingerprints []string) string {
	var out []string
	if b.names == nil {
		b.names = make(map[string]string, len(b.alerts))
		for i := range b.alerts {
			b.names[b.alerts[i].Fingerprint] = b.alerts[i].Name()
		}
	}
	for _, f := range fingerprints {
		name := b.names[f]
		if name == "" {
			name = f
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ", ")
}

// Unused lists the active silences that no alert of their cluster matches.
func (b *Book) Unused(alerts []sources.Alert) []*sources.Silence {
	var out []*sources.Silence
	for i := range b.active {
		if !slices.ContainsFunc(alerts, func(a sources.Alert) bool { return b.active[i].holds(&a) }) {
			out = append(out, b.active[i].silence)
		}
	}
	return out
}
