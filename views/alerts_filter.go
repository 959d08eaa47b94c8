package views

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/alert"
	"firewatch/ui"
)

// alertFilter is what the list is asked for: a filter, and besides its words
// @flapping, which takes Prometheus's record to decide, and @by:LABEL, which
// groups the list and is not kept in the text.
type alertFilter struct {
	// Text is what was typed.
	Text string
	// Not turns the whole filter around.
	Not  bool
	pick alert.Filter
	// flapping is 1 for those alone that flap, -1 for those that do not.
	flapping int
	// by is the grouping that was asked for; grouped says whether one was.
	by      string
	grouped bool
}

const (
	flapping = "flapping"
	byWord   = "by:"
)

func parseAlertFilter(text string) (alertFilter, error) {
	var f alertFilter
	var kept, picked []string
	for _, term := range filterTerms(text) {
		word := strings.TrimLeft(term, "!-")
		by, grouped := strings.CutPrefix(word, "@"+byWord)
		switch {
		case word == "@"+flapping:
			f.flapping = 1
			if word != term {
				f.flapping = -1
			}
			kept = append(kept, term)
		case grouped && word == term:
			f.by, f.grouped = grouping(by), true
		default:
			kept, picked = append(kept, term), append(picked, term)
		}
	}
	f.Text = strings.Join(kept, " ")
	if !f.grouped && f.flapping == 0 {
		f.Text, picked = strings.TrimSpace(text), []string{text} // as it was typed
	}
	var err error
	f.pick, err = alert.Parse(strings.Join(picked, " "))
	return f, err
}

// filterTerms cuts a text at blanks and commas outside of quotes.
func filterTerms(text string) []string {
	var out []string
	begin, quoted := 0, false
	for i := 0; i <= len(text); i++ {
		switch {
		case i == len(text), !quoted && strings.IndexByte(" \t,", text[i]) >= 0:
			if i > begin {
				out = append(out, text[begin:i])
			}
			begin = i + 1
		case text[i] == '\\' && quoted:
			i = min(i+1, len(text)-1)
		case text[i] == '"':
			quoted = !quoted
		}
	}
	return out
}

// String is the filter as the border shows it.
func (f alertFilter) String() string {
	if f.Not && f.Text != "" {
		return "not (" + f.Text + ")"
	}
	return f.Text
}

// noisy says that the noise of the alerts decides about them.
func (f *alertFilter) noisy() bool { return f.flapping != 0 }

// match says whether the filter lets an alert through.
func (f *alertFilter) match(r *alertRow, user string) bool {
	if f.Text == "" {
		return true
	}
	ok := f.pick.Match(r.alert, &r.status, user)
	if f.noisy() {
		ok = ok && (r.noise != nil && r.noise.Flaps()) == (f.flapping > 0)
	}
	return ok != f.Not
}

// filterPrompt asks for a filter; it shows while it is typed.
func (v *alerts) filterPrompt() ui.Overlay {
	return ui.Prompt(ui.PromptSpec{
		Title: "filter alerts", Initial: v.filter.Text, Hint: `severity=critical  team=~"core|x"  !@silenced  @flapping  words · up: earlier ones`,
		History:  v.history,
		Complete: func(_ *ui.Env, text string) []string { return v.completeFilter(text) },
		Check:    func(text string) error { _, err := parseAlertFilter(text); return err },
		Live:     func(_ *ui.Env, text string) { v.show(text) },
		Done: func(_ *ui.Env, text string) tea.Cmd {
			v.show(text)
			v.remember(text)
			return nil
		},
	})
}

// filters bounds the filters that are remembered.
const filters = 50

// remember keeps a filter for the up key of the prompt.
func (v *alerts) remember(text string) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	v.history = append(slices.DeleteFunc(v.history, func(s string) bool { return s == text }), text)
	v.history = v.history[max(len(v.history)-filters, 0):]
}

// show filters by text, as long as it can be read.
func (v *alerts) show(text string) {
	f, err := parseAlertFilter(text)
	if err != nil {
		return
	}
	if f.grouped && f.by != v.by {
		v.groupBy(f.by)
	}
	v.filter = f
}

// filterName is the filter as the border names it: by its name where it is a saved one.
func (v *alerts) filterName() string {
	for name, text := range v.saved {
		if !v.filter.Not && v.filter.Text != "" && savedText(text) == v.filter.Text {
			return name + ": " + text
		}
	}
	return v.filter.String()
}

// savedText is the part of a saved filter that is kept as the filter.
func savedText(text string) string {
	f, _ := parseAlertFilter(text)
	return f.Text
}

// Open implements [ui.Opener]: arg is the name of a saved view, or a filter as `/`
// takes it.
func (v *alerts) Open(_ *ui.Env, arg string) error {
	text := arg
	if saved, ok := v.saved[strings.TrimSpace(arg)]; ok {
		text = saved
	}
	if _, err := parseAlertFilter(text); err != nil {
		return err
	}
	v.open = ""
	v.show(text)
	return nil
}

// savedMenu offers the views that the config has saved.
func (v *alerts) savedMenu() ui.Overlay {
	var items []ui.Item
	for i, name := range v.savedNames() {
		key := ""
		if i < 9 {
			key = fmt.Sprint(i + 1)
		}
		items = append(items, ui.Item{Key: key, Label: name, Note: v.saved[name], Run: func(env *ui.Env) tea.Cmd {
			v.show(v.saved[name])
			return nil
		}})
	}
	return ui.Menu("saved views", items)
}
