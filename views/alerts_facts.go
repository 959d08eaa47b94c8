package views

import (
	"maps"
	"slices"
	"strings"
	"time"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/markdown"
	"firewatch/ui/theme"
)

// said are the annotations that the details show by other means.
var said = []string{"summary", "description"}

// lines are the details of an alert, most useful first.
func (v *alerts) lines(env *ui.Env, b draw.Box, r *alertRow) []string {
	a, t := r.alert, b.Theme
	out := []string{
		t.Level(r.level).Render(r.level.Glyph()+" "+a.Severity()) + " " + t.Strong.Render(draw.Line(a.Name())) + t.Dim.Render(" · ") + v.stateText(env, r, t),
	}
	for _, k := range said {
		if s := a.Annotations[k]; s != "" {
			out = append(out, markdown.ParseNote(s).Layout(t, b.W, -1).Lines...)
		}
	}
	out = append(out, "")
	out = append(out, draw.Pairs(b, v.facts(env, r))...)
	section := func(title string, pairs []draw.Pair) {
		if len(pairs) > 0 {
			out = append(out, "", t.Title.Render(title))
			out = append(out, draw.Pairs(b, pairs)...)
		}
	}
	section("silences", v.silencePairs(env, r))
	section("notes", v.notePairs(env, r))
	section("labels", sortedPairs(a.Labels, nil))
	section("annotations", sortedPairs(a.Annotations, said))
	section("identity", []draw.Pair{{Name: "fingerprint", Value: orNone(a.Fingerprint)}, {Name: "source", Value: orNone(a.GeneratorURL)}})
	return out
}

func orNone(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func (v *alerts) stateText(env *ui.Env, r *alertRow, t *theme.Theme) string {
	s := draw.Line(r.status.Text(func(t time.Time) string { return clockOf(env, t) }))
	if r.status.State == silence.Firing {
		return t.Level(max(r.level, theme.Info)).Render(s)
	}
	return t.Text.Render(s)
}

// facts are what is known of an alert besides its labels.
func (v *alerts) facts(env *ui.Env, r *alertRow) []draw.Pair {
	a := r.alert
	pairs := []draw.Pair{{Name: "since", Value: env.Moment(a.StartsAt) + " · for " + draw.Age(env.Now.Sub(a.StartsAt))}}
	add := func(name, value string) {
		if value != "" {
			pairs = append(pairs, draw.Pair{Name: name, Value: value})
		}
	}
	if r.active != nil {
		add("value", draw.Unit("number").Format(r.active.Value))
	}
	if rule := r.rule; rule != nil {
		add("rule", rule.Group+" every "+draw.Age(rule.Interval)+" · "+ruleWait(rule))
		if rule.Health != "ok" && rule.LastError != "" {
			pairs = append(pairs, draw.Pair{Name: "rule error", Value: rule.LastError, Level: theme.Crit})
		}
	}
	add("expression", exprOf(r))
	add("receivers", strings.Join(a.Receivers, ", "))
	add("why quiet", v.why(r))
	return pairs
}

func ruleWait(r *sources.Rule) string {
	if r.For == 0 {
		return "fires at once"
	}
	out := "fires after " + draw.Age(r.For)
	if r.KeepFiringFor > 0 {
		out += ", keeps firing " + draw.Age(r.KeepFiringFor)
	}
	return out
}

// why explains a quiet alert beyond its state.
func (v *alerts) why(r *alertRow) string {
	switch r.status.State {
	case silence.Inhibited:
		return "an inhibition rule holds it back while " + r.status.Cause + " fires"
	case silence.Muted:
		return "its route does not notify in the interval " + r.status.Cause
	case silence.Pending:
		return "its rule has not held long enough to fire"
	case silence.Firing, silence.Acked, silence.Silenced:
	}
	return ""
}

func (v *alerts) silencePairs(env *ui.Env, r *alertRow) []draw.Pair {
	var out []draw.Pair
	for _, s := range v.rows.book.Holders(r.alert) {
		out = append(out, draw.Pair{Name: short(s.ID), Value: v.silenceText(env, s) + " · " + silence.Format(s.Matchers)})
	}
	return out
}

// silenceText is a silence or an acknowledgement in words.
func (v *alerts) silenceText(env *ui.Env, s *sources.Silence) string {
	kind := "silence"
	if silence.IsAck(s) {
		kind = "ack"
	}
	text := kind + " by " + silence.Owner(s) + " until " + clockOf(env, s.EndsAt)
	if _, ours := v.leases[s.ID]; ours {
		text += ", renewed while this console runs"
	}
	if c := silence.Reason(s); c != "" {
		text += " · " + c
	}
	return text
}

// short is the beginning of an id, enough to recognise it.
func short(id string) string {
	head, _, _ := strings.Cut(id, "-")
	return draw.Cut(head, 8)
}

func sortedPairs(m map[string]string, without []string) []draw.Pair {
	var out []draw.Pair
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(without, k) {
			out = append(out, draw.Pair{Name: k, Value: m[k]})
		}
	}
	return out
}
