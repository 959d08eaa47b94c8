package views

import (
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/alert"
	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
)

// alertFilter is the filter of the list.
type alertFilter struct{ alert.Filter }

func parseAlertFilter(text string) (alertFilter, error) {
	f, err := alert.Parse(text)
	return alertFilter{f}, err
}

func (f *alertFilter) match(r *alertRow, user string) bool { return f.Match(r.alert, &r.status, user) }

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
	for _, w := range alert.Words() {
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
