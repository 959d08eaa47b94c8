package views

import (
	"maps"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// detailLayout is one alert over the whole tab: its details, and the expression
// of its rule over the window.
func (v *alerts) detailLayout(env *ui.Env, r *alertRow) ui.Node {
	ask := []sources.Query{firing, silenced, rules}
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

// chart is the expression of an alert's rule: what it measures against the line
// that it must not pass, where that can be told apart.
func (v *alerts) chart(env *ui.Env, r *alertRow) (ui.Panel, bool) {
	expr := linkedExpr(r.alert)
	if r.rule != nil {
		expr = r.rule.Query
	}
	if expr == "" {
		return ui.Panel{}, false
	}
	var thresholds []draw.Threshold
	title, unit := expr, draw.Unit("number")
	if c, ok := compared(expr); ok {
		expr, title, unit = c.Left, c.Left, unitOf(c.Left)
		thresholds = append(thresholds, draw.Threshold{
			Value: c.Value, Level: r.level, Below: c.Op == "<" || c.Op == "<=", Label: c.Op + " " + unit.Format(c.Value),
		})
	}
	var marks []draw.Marker
	if r.active != nil && r.active.State == "firing" && r.active.ActiveAt.Before(r.alert.StartsAt) {
		marks = append(marks, draw.Marker{At: r.active.ActiveAt, Label: "pending"})
	}
	if r.status.State != silence.Pending {
		marks = append(marks, draw.Marker{At: r.alert.StartsAt, Label: "fires"})
	}
	window, loc := env.Window, env.Location()
	return ui.Panel{
		Title: title, Queries: []sources.Query{sources.PromQL{Expr: expr}},
		Blank: "the expression has no series in this window",
		Draw: func(b draw.Box, answers []sources.Frame) draw.Block {
			return draw.Chart{
				Series: ofAlert(frame(answers, 0).Series, r.alert.Labels), Unit: unit, Start: window.Start, End: window.End, Step: window.Step,
				Location: loc, Thresholds: thresholds, Markers: marks, Legend: true,
			}.Draw(b)
		},
	}, true
}

// ofAlert picks the series that an alert comes from, by their labels; all of
// them where none can be told to be its own.
func ofAlert(list []sources.Series, labels map[string]string) []sources.Series {
	var out []sources.Series
	for _, s := range list {
		own := maps.Clone(s.Labels)
		delete(own, "__name__")
		if within(own, labels) {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return list
	}
	return out
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

// lookKeys are what can be seen and copied of an alert without changing anything.
func (v *alerts) lookKeys(r *alertRow) []ui.Key {
	off := ""
	if r == nil {
		off = unselected
	}
	key := func(id, on, help string, hidden bool, run func(*ui.Env) tea.Cmd) ui.Key {
		return ui.Key{ID: id, On: []string{on}, Help: help, Off: off, Hidden: hidden, Run: run}
	}
	return []ui.Key{
		key("logs", "L", "its logs", false, func(env *ui.Env) tea.Cmd { return env.Open("logs", logsOf(r.alert)) }),
		key("describe", "d", "describe", true, func(env *ui.Env) tea.Cmd {
			env.Show(ui.Pager(r.alert.Name(), func(env *ui.Env, w int) []string { return v.lines(env, draw.Box{W: w, Theme: env.Theme}, r) }))
			return nil
		}),
		key("copy", "y", "copy labels", true, func(env *ui.Env) tea.Cmd { return env.Copy(labelText(r.alert.ExactLabels())) }),
		key("copy-as", "Y", "copy as", true, func(env *ui.Env) tea.Cmd { env.Show(ui.Menu("copy", copies(r))); return nil }),
		key("links", "o", "links, runbook", true, func(env *ui.Env) tea.Cmd { env.Show(ui.Menu("links: enter copies", links(r.alert))); return nil }),
	}
}

// copyItem is a menu item that copies text; an empty text says why it cannot.
func copyItem(key, label, text, missing string) ui.Item {
	it := ui.Item{Key: key, Label: label, Note: draw.Line(text), Run: func(env *ui.Env) tea.Cmd { return env.Copy(text) }}
	if text == "" {
		it.Off = missing
	}
	return it
}

func copies(r *alertRow) []ui.Item {
	expr := linkedExpr(r.alert)
	if r.rule != nil {
		expr = r.rule.Query
	}
	return []ui.Item{
		copyItem("l", "labels", labelText(r.alert.ExactLabels()), ""),
		copyItem("f", "fingerprint", r.alert.Fingerprint, "a pending alert has none yet"),
		copyItem("e", "expression", expr, "its rule is not known"),
		copyItem("s", "summary", r.alert.Annotations["summary"], "it has none"),
	}
}

func links(a *sources.Alert) []ui.Item {
	return []ui.Item{
		copyItem("r", "runbook", a.Annotations["runbook_url"], "the alert names none"),
		copyItem("d", "dashboard", a.Annotations["dashboard"], "the alert names none"),
		copyItem("s", "source", a.GeneratorURL, "the alert names none"),
	}
}

// logsOf is the filter that finds an alert's log lines: the one that its rule
// names, else by the labels that logs have too.
func logsOf(a *sources.Alert) string {
	if q := a.Annotations["logs_query"]; q != "" {
		return q
	}
	for _, k := range []string{"service", "sloth_service"} {
		if s := a.Labels[k]; s != "" {
			return `service.name:` + quoteKQL(s)
		}
	}
	if s := a.Labels["instance"]; s != "" {
		host, _, _ := strings.Cut(s, ":")
		return `host.name:` + quoteKQL(host)
	}
	return ""
}

// quoteKQL is s as one phrase of the log filter.
func quoteKQL(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
