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
	"firewatch/ui/theme"
)

// detailLayout is one alert over the whole tab: its details, and the expression
// of its rule over the window.
func (v *alerts) detailLayout(env *ui.Env, r *alertRow) ui.Node {
	ask := []sources.Query{firing, silenced, rules, remarked(env)}
	scroll := v.scroll
	text := ui.P(ui.Panel{Title: r.alert.Name(), Queries: ask, Partial: true, Ticks: true, Note: r.alert.Severity(), Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
		lines := v.lines(env, b, r)
		return draw.Fit(b, lines[min(scroll, max(len(lines)-b.H, 0)):])
	}})
	chart, ok := v.chart(env, r)
	switch {
	case !ok:
		return text
	case env.Wide(140):
		return ui.Row(text.Share(2), ui.P(chart).Share(3))
	}
	return ui.Col(text, ui.P(chart).Fix(env.H*2/5).AtLeast(7))
}

// scrollKeys move through the details of the open alert.
func (v *alerts) scrollKeys(env *ui.Env, r *alertRow) []ui.Key {
	w := env.W - 2
	if env.Wide(140) {
		w = env.W * 2 / 5
	}
	n := len(v.lines(env, draw.Box{W: w, Theme: env.Theme}, r))
	return ui.Cursor(&v.scroll, max(n-env.H/2, 1))
}

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
			out = append(out, draw.Wrap(draw.Line(s), b.W)...)
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
		add("expression", rule.Query)
	} else {
		add("expression", linkedExpr(a))
	}
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
		out = append(out, draw.Pair{Name: short(s.ID), Value: text + " · " + silence.Format(s.Matchers)})
	}
	return out
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
