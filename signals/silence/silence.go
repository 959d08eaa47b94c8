// Package silence is what matchers, silences and acknowledgements mean, as pure
// functions over the types of sources: what a silence mutes, which matchers
// cover a selection and nothing else, what is too wide to send without asking,
// who holds an alert until when, and when a lease is renewed. It does no I/O
// and reads no clock.
package silence

import (
	"fmt"
	"regexp"

	"firewatch/sources"
)

// Set is a list of matchers made ready to be tried on many label sets; all of
// them must hold. An empty set matches nothing, since Alertmanager refuses a
// silence without matchers. It is safe for concurrent use.
type Set struct {
	ms []sources.Matcher
	re []*regexp.Regexp
}

// Compile makes a set of the matchers. A regular expression that does not
// compile is an error that names its label.
func Compile(ms []sources.Matcher) (Set, error) {
	s := Set{ms: ms, re: make([]*regexp.Regexp, len(ms))}
	for i, m := range ms {
		if !m.Regex {
			continue
		}
		re, err := regexp.Compile("^(?:" + m.Value + ")$")
		if err != nil {
			return Set{}, fmt.Errorf("matcher on %s: %q is not a regular expression: %w", m.Name, m.Value, err)
		}
		s.re[i] = re
	}
	return s, nil
}

// Match says whether all matchers hold for the labels, the way Alertmanager
// decides it: a label that is missing counts as empty, expressions are anchored
// at both ends.
func (s Set) Match(labels map[string]string) bool {
	for i := range s.ms {
		if !s.holds(i, labels) {
			return false
		}
	}
	return len(s.ms) > 0
}

func (s Set) holds(i int, labels map[string]string) bool {
	m := &s.ms[i]
	v := labels[m.Name]
	if m.Regex {
		return s.re[i].MatchString(v) == m.Equal
	}
	return (v == m.Value) == m.Equal
}

// misses lists the indices of the matchers that do not hold, up to limit.
func (s Set) misses(labels map[string]string, limit int) []int {
	var out []int
	for i := range s.ms {
		if !s.holds(i, labels) {
			if out = append(out, i); len(out) == limit {
				break
			}
		}
	}
	return out
}

// Matches says whether all matchers hold for the labels; see [Set.Match]. A
// regular expression that does not compile is an error.
func Matches(ms []sources.Matcher, labels map[string]string) (bool, error) {
	s, err := Compile(ms)
	if err != nil {
		return false, err
	}
	return s.Match(labels), nil
}
