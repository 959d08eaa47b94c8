package silence

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"firewatch/sources"
)

// Expiring is how long before its end a silence counts as expiring, where nobody
// says otherwise.
const Expiring = 15 * time.Minute

// Shelf is what a filter of silences looks at beside the silence.
type Shelf struct {
	Now  time.Time
	User string
	// Within is how soon an expiring silence ends; 0 means [Expiring].
	Within time.Duration
	// Unused are the ids, behind their cluster and a slash where there is one, of
	// active silences that match no alert.
	Unused map[string]bool
}

// NewShelf is the shelf for the alerts and silences of a moment.
func NewShelf(alerts []sources.Alert, silences []sources.Silence, user string, now time.Time) Shelf {
	out := Shelf{Now: now, User: user, Unused: map[string]bool{}}
	for _, s := range NewBook(alerts, silences, now).Unused(alerts) {
		out.Unused[s.Cluster+"/"+s.ID] = true
	}
	return out
}

// shelved are the words that may come after @ for a silence.
var shelved = map[string]func(*sources.Silence, *Shelf) bool{
	"active":  func(s *sources.Silence, _ *Shelf) bool { return s.State == "active" },
	"pending": func(s *sources.Silence, _ *Shelf) bool { return s.State == "pending" },
	"expired": func(s *sources.Silence, _ *Shelf) bool { return s.State == "expired" },
	"acks":    func(s *sources.Silence, _ *Shelf) bool { return IsAck(s) },
	"mine":    func(s *sources.Silence, x *Shelf) bool { return Owner(s) == x.User },
	"unused":  func(s *sources.Silence, x *Shelf) bool { return x.Unused[s.Cluster+"/"+s.ID] },
	"expiring": func(s *sources.Silence, x *Shelf) bool {
		within := x.Within
		if within == 0 {
			within = Expiring
		}
		return s.State == "active" && s.EndsAt.Sub(x.Now) <= within
	},
}

// ShelfWords are what may come after @ in a filter of silences.
func ShelfWords() []string {
	return []string{"active", "pending", "expired", "expiring", "unused", "mine", "acks"}
}

// Filter picks silences: matchers, @words of [ShelfWords] and words that occur in
// the id, the creator, the comment, an annotation or the matchers; all must hold.
// A matcher such as service=api picks the silences that have one on service
// which lets api through; with another operator it is held against the value
// that the silence names. The zero value picks every silence that has not expired.
type Filter struct {
	Text    string
	terms   []Term
	sets    []Set
	expired bool
}

// ParseFilter reads a filter of silences. The error says what cannot be read.
func ParseFilter(text string) (Filter, error) {
	f := Filter{Text: strings.TrimSpace(text)}
	var err error
	if f.terms, err = Terms(text); err != nil {
		return Filter{}, err
	}
	f.sets = make([]Set, len(f.terms))
	for i, t := range f.terms {
		switch {
		case t.Matcher != nil:
			if f.sets[i], err = Compile([]sources.Matcher{*t.Matcher}); err != nil {
				return Filter{}, err
			}
		case t.State == "expired" && !t.Not:
			f.expired = true
		case t.State != "" && shelved[t.State] == nil, t.Word == "" && t.State == "":
			return Filter{}, fmt.Errorf("@%s is not a state of silences: one of @%s", t.State, strings.Join(ShelfWords(), " @"))
		}
	}
	return f, nil
}

// Match says whether the filter picks the silence. One that has expired is
// picked only by a filter that names @expired.
func (f *Filter) Match(s *sources.Silence, x *Shelf) bool {
	if s.State == "expired" && !f.expired {
		return false
	}
	for i, t := range f.terms {
		holds := false
		switch {
		case t.Matcher != nil:
			holds = slices.ContainsFunc(s.Matchers, func(m sources.Matcher) bool { return lets(m, *t.Matcher, f.sets[i]) })
		case t.State != "":
			holds = shelved[t.State](s, x)
		default:
			holds = mentions(s, t.Word)
		}
		if holds == t.Not {
			return false
		}
	}
	return true
}

// lets says whether a matcher of a silence agrees with one of a filter.
func lets(m, want sources.Matcher, set Set) bool {
	if m.Name != want.Name {
		return false
	}
	if want.Equal && !want.Regex {
		own, err := Compile([]sources.Matcher{m})
		return err == nil && own.Match(map[string]string{m.Name: want.Value})
	}
	return set.Match(map[string]string{m.Name: m.Value})
}

func mentions(s *sources.Silence, word string) bool {
	for _, text := range []string{s.ID, s.CreatedBy, s.Comment, Format(s.Matchers)} {
		if strings.Contains(strings.ToLower(text), word) {
			return true
		}
	}
	for _, v := range s.Annotations {
		if strings.Contains(strings.ToLower(v), word) {
			return true
		}
	}
	return false
}
