package silence

import (
	"errors"
	"regexp"
	"strings"

	"firewatch/sources"
)

// Term is one part of a filter: a matcher, a state behind @, or a word in lower
// case. Not turns it around.
type Term struct {
	Not         bool
	Matcher     *sources.Matcher
	State, Word string
}

// matcherAhead recognises a matcher by its operator.
var matcherAhead = regexp.MustCompile("^(\"(?:[^\"\\\\]|\\\\.)*\"|[^\\s{}!=~,\\\\\"'`@]+)\\s*(=~|!~|!=|=)")

// Terms reads a filter such as `severity=~"critical|warning" team=core !@silenced disk`:
// terms separated by blanks or commas, with or without braces around them. The
// error says what cannot be read; a state is not checked.
func Terms(text string) ([]Term, error) {
	s := strings.TrimSpace(text)
	s = strings.TrimSuffix(strings.TrimPrefix(s, "{"), "}")
	var out []Term
	for {
		if s = strings.TrimLeft(s, " \t,"); s == "" {
			return out, nil
		}
		var t Term
		if s[0] == '!' || s[0] == '-' {
			t.Not, s = true, s[1:]
		}
		if matcherAhead.MatchString(s) {
			m, rest, err := ParseOne(s)
			if err != nil {
				return nil, err
			}
			t.Matcher, s = &m, rest
			out = append(out, t)
			continue
		}
		word := s
		if i := strings.IndexAny(s, " \t,"); i >= 0 {
			word = s[:i]
		}
		s = s[len(word):]
		var state bool
		if t.State, state = strings.CutPrefix(word, "@"); !state {
			t.State = ""
			if t.Word = strings.ToLower(strings.Trim(word, `"`)); t.Word == "" {
				return nil, errors.New("after ! or - comes a matcher, a @state or a word")
			}
		}
		out = append(out, t)
	}
}
