package alert

import (
	"fmt"
	"slices"
	"strings"

	"firewatch/signals/silence"
	"firewatch/sources"
)

// Filter picks alerts: matchers on labels, @states, and words that occur in the
// name, the summary or a label; all of them must hold, and ! or - before one
// turns it around. The zero value picks every alert. It is safe for concurrent use.
type Filter struct {
	Text string
	// Not turns the whole filter around.
	Not   bool
	terms []term
}

type term struct {
	not         bool
	set         silence.Set
	state, word string
}

// mine is the state word for what the user holds.
const mine = "mine"

// Parse reads a filter such as `severity=~"critical|warning" team=core !@silenced disk`.
// An empty text is the zero filter. The error says what cannot be read.
func Parse(text string) (Filter, error) {
	f := Filter{Text: strings.TrimSpace(text)}
	terms, err := silence.Terms(text)
	if err != nil {
		return Filter{}, err
	}
	for _, t := range terms {
		own := term{not: t.Not, state: t.State, word: t.Word}
		switch {
		case t.Matcher != nil:
			if own.set, err = silence.Compile([]sources.Matcher{*t.Matcher}); err != nil {
				return Filter{}, err
			}
		case t.Word == "" && !slices.Contains(Words(), t.State):
			return Filter{}, fmt.Errorf("@%s is not a state: one of @%s", t.State, strings.Join(Words(), " @"))
		}
		f.terms = append(f.terms, own)
	}
	return f, nil
}

// Words are what may come after @: the states, and mine for what the user holds.
func Words() []string { return append(silence.States(), mine) }

// String is the filter as a border shows it.
func (f Filter) String() string {
	if f.Not {
		return "not (" + f.Text + ")"
	}
	return f.Text
}

// Match says whether the filter picks an alert with that status, for the user
// whose alerts are @mine.
func (f *Filter) Match(a *sources.Alert, st *silence.Status, user string) bool {
	for i := range f.terms {
		if f.terms[i].match(a, st, user) == f.terms[i].not {
			return f.Not
		}
	}
	return !f.Not || len(f.terms) == 0
}

func (t *term) match(a *sources.Alert, st *silence.Status, user string) bool {
	switch {
	case t.state == mine:
		return st.Who != "" && st.Who == user
	case t.state != "":
		return st.State.String() == t.state
	case t.word == "":
		return t.set.Match(a.Labels)
	}
	if strings.Contains(strings.ToLower(a.Annotations["summary"]), t.word) {
		return true
	}
	for _, v := range a.Labels {
		if strings.Contains(strings.ToLower(v), t.word) {
			return true
		}
	}
	return false
}
