package views

import (
	"fmt"
	"math"
	"strings"
	"time"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// part is a piece of what is said, not broken into lines where it fits in one.
type part struct {
	text  string
	level theme.Level
	dim   bool
}

// fact is one line of the explanation: its name and what is known, the most
// important part first.
type fact struct {
	name  string
	parts []part
}

// say adds a part; an empty one is left out.
func (f *fact) say(level theme.Level, format string, args ...any) {
	if s := fmt.Sprintf(format, args...); s != "" {
		f.parts = append(f.parts, part{text: s, level: level})
	}
}

// aside adds a part that may be overlooked.
func (f *fact) aside(format string, args ...any) {
	f.parts = append(f.parts, part{text: fmt.Sprintf(format, args...), dim: true})
}

// factName is the width of the names.
const factName = 8

// lines are the parts after each other, packed into at most n lines of w cells.
func (f *fact) lines(t *theme.Theme, w, n int) []string {
	room := max(w-factName-1, 1)
	const gap = " · "
	var out []string
	line, used := "", 0
	end := func() {
		name := ""
		if len(out) == 0 {
			name = f.name
		}
		out = append(out, t.Title.Render(draw.Pad(name, factName))+" "+line)
		line, used = "", 0
	}
	for i, p := range f.parts {
		text := draw.Line(p.text)
		if p.level >= theme.Warn {
			text = p.level.Glyph() + " " + text
		}
		width := draw.Width(text)
		switch {
		case used == 0:
		case used+len(gap)-1+width <= room:
			line += t.Dim.Render(gap)
			used += draw.Width(gap)
		case len(out)+1 >= n:
			if rest := room - used - draw.Width(gap); rest > 12 {
				line += t.Dim.Render(gap) + p.style(t).Render(draw.Cut(text, rest))
			}
			end()
			return out
		default:
			end()
		}
		// A part that no line holds goes over several where it may.
		if width > room && len(out)+1 < n {
			pieces := draw.Wrap(text, room)
			for len(pieces) > 1 && len(out)+1 < n {
				line = p.style(t).Render(pieces[0])
				end()
				pieces = pieces[1:]
			}
			text = strings.Join(pieces, " ")
			width = draw.Width(text)
		}
		text = draw.Cut(text, room-used)
		line += p.style(t).Render(text)
		used += draw.Width(text)
		if i == len(f.parts)-1 {
			end()
		}
	}
	if len(f.parts) == 0 {
		line = t.Dim.Render("–")
		end()
	}
	return out
}

func (p *part) style(t *theme.Theme) theme.Style {
	switch {
	case p.dim:
		return t.Dim
	case p.level != theme.None:
		return t.Level(p.level)
	}
	return t.Text
}

// headline is the state of an alert and its summary.
func (v *alerts) headline(env *ui.Env, r *alertRow, t *theme.Theme) string {
	out := t.Level(r.level).Render(r.level.Glyph()+" "+r.alert.Severity()) + t.Dim.Render(" · ") + v.stateText(env, r, t)
	if s := r.alert.Annotations["summary"]; s != "" {
		out += t.Dim.Render(" · ") + t.Strong.Render(draw.Line(s))
	}
	return out
}

// facts explain an open alert: what its rule measures, when it broke, what
// changed, which log lines are new, what it costs, who was told and who has it.
func (v *alerts) explained(env *ui.Env, r *alertRow, q *questions) []fact {
	return []fact{
		v.measures(env, r, q), v.broke(env, r, q), changed(env, r, q), newLines(env, r, q), costs(env, r, q), v.told(env, r), v.held(env, r),
	}
}

// measures says what is measured, how it stands to its limit and for how long it
// has to.
func (v *alerts) measures(env *ui.Env, r *alertRow, q *questions) fact {
	f := fact{name: "measures"}
	if q.expr == "" {
		f.say(theme.Warn, "%s", v.noRule(env, r))
		return f
	}
	if r.rule != nil && r.rule.Health == "err" {
		f.say(theme.Crit, "the rule fails: %s", r.rule.LastError)
	}
	for i, c := range q.conds[:len(q.left)] {
		joint := c.Joint
		if joint != "" {
			joint += " "
		}
		if why := absence(env, q.left[i]); why != "" {
			f.aside("%s%s %s: %s", joint, c.Left, limitText(&c), why)
			continue
		}
		m := stands(env, r, q, i)
		f.say(m.level(r), "%s%s", joint, m.text())
	}
	for _, c := range q.conds[len(q.left):] {
		f.aside("%s %s %s", c.Joint, c.Left, limitText(&c))
	}
	if r.rule != nil {
		f.aside("%s", ruleWait(r.rule))
	} else {
		f.aside("by the alert's link: Prometheus lists no such rule")
	}
	return f
}

// noRule says why there is nothing to measure.
func (v *alerts) noRule(env *ui.Env, r *alertRow) string {
	if why := absence(env, rules); why != "" && r.alert.GeneratorURL == "" {
		return "the rule is " + why
	}
	if r.alert.GeneratorURL == "" {
		return "no rule of this name, and the alert names no source: it was not made by this Prometheus"
	}
	return "no rule of this name here, and its link has no expression: " + r.alert.GeneratorURL
}

// broke says when it began and how often it has before.
func (v *alerts) broke(env *ui.Env, r *alertRow, q *questions) fact {
	f := fact{name: "broke"}
	a := r.alert
	switch {
	case r.status.State == silence.Pending:
		f.say(theme.None, "pending since %s", env.Moment(a.StartsAt))
		if r.rule != nil {
			f.say(theme.Warn, "fires in %s if it lasts", draw.Age(max(r.rule.For-env.Now.Sub(a.StartsAt), 0)))
		}
	default:
		f.say(theme.None, "firing since %s, for %s", stampOf(env, a.StartsAt), draw.Age(env.Now.Sub(a.StartsAt)))
		if at := pendingSince(r); !at.IsZero() {
			f.aside("pending since %s", stampOf(env, at))
		}
	}
	f.parts = append(f.parts, often(env, r, q)...)
	return f
}

// pendingSince is when the condition began to hold, as far as Prometheus tells.
func pendingSince(r *alertRow) time.Time {
	if r.active != nil && r.active.ActiveAt.Before(r.alert.StartsAt) {
		return r.active.ActiveAt
	}
	return time.Time{}
}

// held says who has it.
func (v *alerts) held(env *ui.Env, r *alertRow) fact {
	f := fact{name: "held by"}
	for _, s := range v.rows.book.Holders(r.alert) {
		kind := "silence"
		if silence.IsAck(s) {
			kind = "ack"
		}
		text := fmt.Sprintf("%s (%s) until %s", silence.Owner(s), kind, stampOf(env, s.EndsAt))
		if _, ours := v.leases[s.ID]; ours {
			text += ", renewed while this console runs"
		}
		if c := silence.Reason(s); c != "" {
			text += ": " + c
		}
		f.say(theme.Good, "%s", text)
	}
	switch {
	case len(f.parts) > 0:
	case r.status.State == silence.Firing && silence.Heartbeat(r.alert):
		f.aside("nobody, as it should be: it fires to prove that alerting works")
	case r.status.State == silence.Firing:
		f.say(theme.Warn, "nobody: a takes it")
	case r.status.State == silence.Pending:
		f.aside("nobody yet")
	default:
		f.aside("nobody: %s", v.why(r))
	}
	return f
}

// measurement is one condition as it stands.
type measurement struct {
	cond  *condition
	unit  draw.Unit
	value float64
	limit float64
	// own says that value is the alert's own series; breach and of count those of
	// all series that pass the limit.
	own        bool
	breach, of int
	series     []standing
}

// standing is one series of a condition and whether it passes its limit.
type standing struct {
	series  *sources.Series
	value   float64
	limit   float64
	own     bool
	breaker bool
}

// stands reads the i-th condition off its answers.
func stands(env *ui.Env, r *alertRow, q *questions, i int) measurement {
	m := measurement{cond: &q.conds[i], unit: unitOf(q.conds[i].Left), value: math.NaN(), limit: q.conds[i].Value}
	list := env.Result(q.left[i]).Frame.Series
	var limits []sources.Series
	if q.right[i] != nil {
		limits = env.Result(q.right[i]).Frame.Series
	}
	own := map[*sources.Series]bool{}
	for k := range list {
		own[&list[k]] = ofAlert(&list[k], r.alert.Labels)
	}
	for k := range list {
		s := &list[k]
		last, ok := s.Last()
		if !ok {
			continue
		}
		st := standing{series: s, value: last, limit: m.cond.Value, own: own[s]}
		if q.right[i] != nil {
			st.limit = limitFor(s, limits)
		}
		st.breaker = m.cond.breached(last, st.limit)
		m.of++
		if st.breaker {
			m.breach++
		}
		m.series = append(m.series, st)
		if st.own && (!m.own || st.breaker) || m.of == 1 && !m.own {
			m.value, m.limit, m.own = last, st.limit, st.own
		}
	}
	// The rule knows its own value as of its last evaluation; the samples end with
	// the last whole step of the window.
	if i == 0 && r.active != nil && m.cond.Op != "" && m.cond.Op != "absent" && !strings.Contains(q.expr, " or ") {
		m.value, m.own, m.of = r.active.Value, true, max(m.of, 1)
		for k := range m.series {
			if s := &m.series[k]; s.own && !s.breaker && m.cond.breached(m.value, s.limit) {
				s.value, s.breaker = m.value, true
				m.breach++
			}
		}
	}
	return m
}

// limitFor is the limit of a series: the one with the most labels in common.
func limitFor(s *sources.Series, limits []sources.Series) float64 {
	best, most := math.NaN(), -1
	for i := range limits {
		common, apart := 0, false
		for k, v := range limits[i].Labels {
			switch {
			case k == "__name__":
			case s.Labels[k] == v:
				common++
			case s.Labels[k] != "":
				apart = true
			}
		}
		if last, ok := limits[i].Last(); ok && !apart && common > most {
			best, most = last, common
		}
	}
	return best
}

// level grades a measurement: as bad as the alert where the limit is passed. What
// comes after and or unless only narrows the first.
func (m *measurement) level(r *alertRow) theme.Level {
	first := m.cond.Joint == "" || m.cond.Joint == "or"
	if first && (m.cond.Op == "absent" && m.of == 0 || m.cond.Op != "" && m.cond.breached(m.value, m.limit)) {
		return r.level
	}
	return theme.None
}

// text is the value, its limit, what was measured, and how many others pass it.
func (m *measurement) text() string {
	c := m.cond
	switch {
	case c.Op == "absent" && m.of == 0:
		return "nothing reports " + c.Left
	case c.Op == "absent":
		return fmt.Sprintf("%s is back: %s", c.Left, draw.Count(m.of, "series"))
	case m.of == 0:
		return fmt.Sprintf("no samples of %s, limit %s", c.Left, limitText(c))
	case c.Op == "":
		return fmt.Sprintf("%s of %s", m.unit.Format(m.value), c.Left)
	}
	out := fmt.Sprintf("%s %s %s  %s", m.unit.Format(m.value), c.Op, m.unit.Format(m.limit), c.Left)
	if c.Op != "" && !c.breached(m.value, m.limit) {
		out = fmt.Sprintf("%s, not %s %s  %s", m.unit.Format(m.value), c.Op, m.unit.Format(m.limit), c.Left)
	}
	if m.of > 1 {
		out += fmt.Sprintf(" (%d of %d series)", m.breach, m.of)
	}
	return out
}

// limitText is the limit as a person says it.
func limitText(c *condition) string {
	switch {
	case c.Op == "absent":
		return "is absent"
	case c.Op == "":
		return ""
	case c.fixed():
		return c.Op + " " + unitOf(c.Left).Format(c.Value)
	}
	return c.Op + " " + c.Right
}
