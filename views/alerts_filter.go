package views

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
)

// alertFilter picks alerts: matchers on labels, @states, and words that occur in
// the name, the summary or a label; all of them must hold, and ! or - before one
// turns it around.
type alertFilter struct {
	Text string
	// Not turns the whole filter around.
	Not   bool
	terms []alertTerm
}

type alertTerm struct {
	not         bool
	set         silence.Set
	state, word string
}

// matcherAhead recognises a matcher by its operator.
var matcherAhead = regexp.MustCompile("^(\"(?:[^\"\\\\]|\\\\.)*\"|[^\\s{}!=~,\\\\\"'`@]+)\\s*(=~|!~|!=|=)")

// mine is the state word for what the user holds.
const mine = "mine"

func parseAlertFilter(text string) (alertFilter, error) {
	f := alertFilter{Text: strings.TrimSpace(text)}
	s := strings.TrimSuffix(strings.TrimPrefix(f.Text, "{"), "}")
	for {
		if s = strings.TrimLeft(s, " \t,"); s == "" {
			return f, nil
		}
		var t alertTerm
		if s[0] == '!' || s[0] == '-' {
			t.not, s = true, s[1:]
		}
		if matcherAhead.MatchString(s) {
			m, rest, err := silence.ParseOne(s)
			if err == nil {
				t.set, err = silence.Compile([]sources.Matcher{m})
			}
			if err != nil {
				return alertFilter{}, err
			}
			f.terms, s = append(f.terms, t), rest
			continue
		}
		word := s
		if i := strings.IndexAny(s, " \t,"); i >= 0 {
			word = s[:i]
		}
		s = s[len(word):]
		if state, ok := strings.CutPrefix(word, "@"); ok {
			if !slices.Contains(stateWords(), state) {
				return alertFilter{}, fmt.Errorf("@%s is not a state: one of @%s", state, strings.Join(stateWords(), " @"))
			}
			t.state = state
		} else if t.word = strings.ToLower(strings.Trim(word, `"`)); t.word == "" {
			return alertFilter{}, fmt.Errorf("after ! or - comes a matcher, a @state or a word")
		}
		f.terms = append(f.terms, t)
	}
}

func stateWords() []string { return append(silence.States(), mine) }

// String is the filter as the border shows it.
func (f alertFilter) String() string {
	if f.Not {
		return "not (" + f.Text + ")"
	}
	return f.Text
}

func (f *alertFilter) match(r *alertRow, user string) bool {
	for i := range f.terms {
		if f.terms[i].match(r, user) == f.terms[i].not {
			return f.Not
		}
	}
	return !f.Not || len(f.terms) == 0
}

func (t *alertTerm) match(r *alertRow, user string) bool {
	switch {
	case t.state == mine:
		return r.status.Who != "" && r.status.Who == user
	case t.state != "":
		return r.status.State.String() == t.state
	case t.word == "":
		return t.set.Match(r.alert.Labels)
	}
	if strings.Contains(strings.ToLower(r.alert.Annotations["summary"]), t.word) {
		return true
	}
	for _, v := range r.alert.Labels {
		if strings.Contains(strings.ToLower(v), t.word) {
			return true
		}
	}
	return false
}

// filterPrompt asks for a filter, completing states, labels and their values.
func (v *alerts) filterPrompt() ui.Overlay {
	return ui.Prompt(ui.PromptSpec{
		Title: "filter alerts", Initial: v.filter.Text, Hint: `severity=critical  team=~"core|x"  !@silenced  words`,
		Complete: func(_ *ui.Env, text string) []string { return v.completeFilter(text) },
		Check:    func(text string) error { _, err := parseAlertFilter(text); return err },
		Live:     func(_ *ui.Env, text string) { v.show(text) },
		Done:     func(_ *ui.Env, text string) tea.Cmd { v.show(text); return nil },
	})
}

// show filters by text, as long as it can be read.
func (v *alerts) show(text string) {
	if f, err := parseAlertFilter(text); err == nil {
		v.filter = f
	}
}

// completeFilter lists whole texts that continue the last term of text.
func (v *alerts) completeFilter(text string) []string {
	start := strings.LastIndexAny(text, " ,") + 1
	head, last := text[:start], text[start:]
	last, bang := strings.CutPrefix(last, "!")
	if bang {
		head += "!"
	}
	seen := map[string]bool{}
	name, part, isValue := strings.Cut(last, "=")
	for _, r := range v.rows.all {
		for k, value := range r.alert.Labels {
			switch {
			case !isValue:
				seen[k+"="] = true
			case k == name:
				if p := strings.TrimPrefix(part, `"`); strings.HasPrefix(value, p) {
					seen[silence.Format([]sources.Matcher{{Name: k, Value: value, Equal: true}})] = true
				}
			}
		}
	}
	for _, w := range stateWords() {
		seen["@"+w] = true
	}
	var out []string
	for _, c := range slices.Sorted(maps.Keys(seen)) {
		if isValue && strings.HasPrefix(c, name+"=") || strings.HasPrefix(c, last) {
			out = append(out, head+c)
		}
	}
	return out
}
