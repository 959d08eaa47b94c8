package views

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/incident"
	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

const (
	// timelinePoints is how finely the window is read: an hour by ten seconds.
	timelinePoints = 360
	// together is the span within which alerts that fire or clear are one burst.
	together = 20 * time.Second
)

// timeline is the mode of the alerts tab that lists what happened over the
// window, newest first.
type timeline struct {
	on     bool
	filter string
	sel    ui.Selection
	// unfolded are the bursts that are shown one by one.
	unfolded map[string]bool
	folds    int
	made     timelineKey
	events   []incident.Event
	rows     []timelineRow
	ids      []string
}

// timelineKey says what the rows were made of.
type timelineKey struct {
	alerts, silences, notes, episodes, starts, builds time.Time
	window                                            sources.Window
	filter                                            string
	folds                                             int
}

// timelineRow is a line: an event, a burst of them, or one of a burst that is unfolded.
type timelineRow struct {
	id    string
	event incident.Event
	// burst are the events that the line stands for, when they are several.
	burst []incident.Event
	inner bool
}

// past are the questions about the window.
func past(env *ui.Env) incident.Past { return incident.PastOf(env.Window.Span(), timelinePoints) }

// asks are the questions of the timeline.
func (tl *timeline) asks(env *ui.Env) []sources.Query {
	p := past(env)
	return []sources.Query{firing, silenced, remarked(env), p.Episodes, p.Starts, p.Builds}
}

// update makes the rows anew where an answer or a choice is another.
func (tl *timeline) update(env *ui.Env) {
	p := past(env)
	at := func(q sources.Query) time.Time { return env.Result(q).At }
	key := timelineKey{
		at(firing), at(silenced), at(remarked(env)), at(p.Episodes), at(p.Starts), at(p.Builds), env.Window, tl.filter, tl.folds,
	}
	if key == tl.made {
		return
	}
	tl.made = key
	until := env.Window.End
	if env.Window.Live {
		until = env.Now
	}
	step := sources.At(env.Window.End, env.Window.Span(), timelinePoints, env.Window.Live).Step
	in := incident.Input{
		Since: env.Window.Start, Until: until, Step: step, Alerts: env.Result(firing).Frame.Alerts, Silences: env.Result(silenced).Frame.Silences,
		Remarks: env.Result(remarked(env)).Frame.Remarks, Episodes: incident.Episodes(env.Result(p.Episodes).Frame.Series, step, env.Window.End),
		Builds: env.Result(p.Builds).Frame.Series,
	}
	in.Deploys, in.Restarts = incident.Started(env.Result(p.Starts).Frame)
	tl.events = slices.DeleteFunc(incident.Timeline(in), func(e incident.Event) bool { return !tl.matches(&e) })
	tl.rows, tl.ids = nil, nil
	put := func(r timelineRow) { tl.rows, tl.ids = append(tl.rows, r), append(tl.ids, r.id) }
	for _, burst := range slices.Backward(incident.Bursts(tl.events, together)) {
		first := timelineRow{id: eventID(&burst[0]), event: burst[0]}
		if len(burst) == 1 {
			put(first)
			continue
		}
		first.id, first.burst = "burst "+first.id, burst
		put(first)
		if tl.unfolded[first.id] {
			for _, e := range slices.Backward(burst) {
				put(timelineRow{id: eventID(&e), event: e, inner: true})
			}
		}
	}
}

// eventID is the identity of an event over refreshes: the start of what goes on
// may become more exact, so an alert's own identity is taken where there is one.
func eventID(e *incident.Event) string {
	if e.Kind == incident.Fired && e.Ref != "" {
		return "fired " + e.Ref
	}
	return strings.Join([]string{string(e.Kind), e.At.UTC().Format(time.RFC3339Nano), e.Subject, e.Ref, e.Text}, " ")
}

// matches says whether an event has every word of the filter.
func (tl *timeline) matches(e *incident.Event) bool {
	text := strings.ToLower(strings.Join([]string{string(e.Kind), e.Subject, e.Who, e.Text, e.Severity}, " "))
	for _, word := range strings.Fields(strings.ToLower(tl.filter)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// glyphs are the kinds as one character.
var glyphs = map[incident.Kind]rune{
	incident.Resolved: '●', incident.Acked: '◆', incident.Lapsed: '◇', incident.Silenced: '■', incident.Unmuted: '□',
	incident.Deployed: '►', incident.Restarted: '↻', incident.Noted: '✎',
}

// mark is an event as a glyph with its level.
func mark(e *incident.Event) (rune, theme.Level) {
	switch e.Kind {
	case incident.Fired:
		level := max(theme.Severity(e.Severity), theme.Info)
		return []rune(level.Glyph())[0], level
	case incident.Resolved:
		return glyphs[e.Kind], theme.Good
	case incident.Acked, incident.Lapsed, incident.Silenced, incident.Unmuted, incident.Deployed, incident.Restarted, incident.Noted:
	}
	return glyphs[e.Kind], theme.None
}

// lanes are the events by what they are, over the window.
func (tl *timeline) lanes(env *ui.Env) draw.Lanes {
	out := draw.Lanes{Start: env.Window.Start, End: env.Window.End, Location: env.Location()}
	lanes := []draw.Lane{{Name: "fired"}, {Name: "cleared"}, {Name: "held"}, {Name: "changed"}, {Name: "notes"}}
	for i := range tl.events {
		e := &tl.events[i]
		lane := 2
		switch e.Kind {
		case incident.Fired:
			lane = 0
		case incident.Resolved:
			lane = 1
		case incident.Deployed, incident.Restarted:
			lane = 3
		case incident.Noted:
			lane = 4
		case incident.Acked, incident.Lapsed, incident.Silenced, incident.Unmuted:
		}
		glyph, level := mark(e)
		at := e.At
		if at.After(out.End) { // since the last whole step
			at = out.End
		}
		lanes[lane].Marks = append(lanes[lane].Marks, draw.LaneMark{At: at, Glyph: glyph, Level: level})
	}
	out.Lanes = lanes
	if i := tl.sel.Index(tl.ids); i >= 0 {
		out.Cursor = tl.rows[i].event.At
	}
	return out
}

// layout is the list, and the events on the axis of the window below it.
func (tl *timeline) layout(env *ui.Env) ui.Node {
	tl.update(env)
	note := fmt.Sprintf("newest first · %d", len(tl.events))
	if tl.filter != "" {
		note = tl.filter + " · " + note
	}
	asks := tl.asks(env)
	list := ui.P(ui.Panel{
		Title: "timeline", Queries: asks, Partial: true, Ticks: true, Note: note,
		Draw: func(b draw.Box, _ []sources.Frame) draw.Block { return tl.table(env).Draw(b) },
		Click: func(env *ui.Env, b draw.Box, _, y int) tea.Cmd {
			if i := tl.table(env).At(b, y); i >= 0 {
				tl.sel.Set(tl.ids[i])
			}
			return nil
		},
	})
	axis := ui.P(ui.Panel{Title: "over the window", Queries: asks, Partial: true, Draw: func(b draw.Box, _ []sources.Frame) draw.Block { return tl.lanes(env).Draw(b) }})
	if env.H < 18 {
		return list
	}
	return ui.Col(list, axis.Fix(8))
}

func (tl *timeline) table(env *ui.Env) draw.Table {
	wide := 4
	for _, i := range []int{0, len(tl.rows) - 1} {
		if r, ok := at(tl.rows, i); ok {
			wide = max(wide, draw.Width(env.Moment(r.event.At)))
		}
	}
	columns := []draw.Column{
		{Title: "when", W: wide + 1}, {Title: "what", W: 16}, {Title: "severity", W: 9, Drop: 3}, {Title: "subject", Min: 20}, {Title: "who", W: 12, Drop: 2}, {Title: "text", Min: 16, Drop: 1},
	}
	empty := "nothing happened in this window: - makes it longer, { goes back"
	if tl.filter != "" {
		empty = "nothing in this window has " + tl.filter + ": esc shows all"
	}
	return draw.Table{Columns: columns, Rows: len(tl.rows), Sel: tl.sel.Index(tl.ids), Empty: empty, Row: func(i int) []draw.Cell {
		return tl.cells(env, &tl.rows[i])
	}}
}

func (tl *timeline) cells(env *ui.Env, r *timelineRow) []draw.Cell {
	e := r.event
	glyph, level := mark(&e)
	what, who, subject, text, said := string(e.Kind), e.Who, e.Subject, e.Text, e.Severity
	if r.inner {
		subject = "  " + subject
	}
	if len(r.burst) > 0 {
		fold := "▸"
		if tl.unfolded[r.id] {
			fold = "▾"
		}
		for i := range r.burst {
			if g, l := mark(&r.burst[i]); l > level {
				glyph, level, said = g, l, r.burst[i].Severity
			}
		}
		took := r.burst[len(r.burst)-1].At.Sub(e.At)
		text = subjects(r.burst)
		subject = fmt.Sprintf("%s %d alerts at once", fold, len(r.burst))
		if took >= time.Second {
			subject = fmt.Sprintf("%s %d alerts within %s", fold, len(r.burst), length(took))
		}
	}
	if e.Kind == incident.Noted && e.Subject == "" {
		subject = tl.about(env, e.Ref)
	}
	dim := e.Kind == incident.Resolved || e.Kind == incident.Lapsed || e.Kind == incident.Unmuted
	return []draw.Cell{
		{Text: env.Moment(e.At), Dim: true}, {Text: string(glyph) + " " + what, Level: level}, {Text: said, Dim: dim},
		{Text: subject, Dim: dim}, {Text: who, Dim: dim}, {Text: text, Dim: dim},
	}
}

// subjects are the alertnames of a burst.
func subjects(burst []incident.Event) string {
	var names []string
	for i := range burst {
		name, _, _ := strings.Cut(burst[i].Subject, " ")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// about names what a note is on, as far as it still fires.
func (tl *timeline) about(env *ui.Env, ref string) string {
	if ref == "" {
		return "–"
	}
	alerts := env.Result(firing).Frame.Alerts
	for i := range alerts {
		if alerts[i].Fingerprint == ref {
			return incident.About(alerts[i].Labels)
		}
	}
	return "an alert that is over"
}

// timelineKeys are the keys of the tab while the timeline is on: those that act
// on rows of the list are off.
func (v *alerts) timelineKeys(env *ui.Env, keys []ui.Key) []ui.Key {
	tl := &v.incidents.timeline
	tl.update(env)
	moves := tl.sel.Keys(tl.ids)
	r, ok := at(tl.rows, tl.sel.Index(tl.ids))
	for i := range keys {
		k := &keys[i]
		if m := slices.IndexFunc(moves, func(m ui.Key) bool { return m.ID == k.ID }); m >= 0 {
			*k = moves[m]
			continue
		}
		switch k.ID {
		case "open":
			*k = v.openEvent(env, *k, &r, ok)
		case "filter":
			k.Run = func(env *ui.Env) tea.Cmd { env.Show(tl.prompt()); return nil }
		case "note", "timeline", "handover", "watch":
		default:
			k.Off, k.Hidden = "not in the timeline: I goes back to the list", true
		}
	}
	return keys
}

// openEvent is what enter does on a line.
func (v *alerts) openEvent(env *ui.Env, k ui.Key, r *timelineRow, ok bool) ui.Key {
	tl := &v.incidents.timeline
	k.Off = ""
	switch e := r.event; {
	case !ok:
		k.Off = "nothing happened"
	case len(r.burst) > 0:
		k.Help = "unfold"
		k.Run = func(*ui.Env) tea.Cmd {
			if tl.unfolded == nil {
				tl.unfolded = map[string]bool{}
			}
			tl.unfolded[r.id] = !tl.unfolded[r.id]
			tl.folds++
			return nil
		}
	case e.Kind == incident.Fired || e.Kind == incident.Noted:
		row := v.rows.byPrint(e.Ref)
		if row == nil {
			k.Off = "there is no alert to open any more"
		}
		k.Run = func(*ui.Env) tea.Cmd { v.open, v.scroll = row.id, 0; return nil }
	case e.Kind == incident.Deployed || e.Kind == incident.Restarted || e.Kind == incident.Resolved:
		k.Off = "there is nothing to open"
	default:
		k.Run = func(env *ui.Env) tea.Cmd { v.openSilence(env, e.Ref); return nil }
	}
	return k
}

// byPrint is the first row of that fingerprint, nil if there is none.
func (t *alertRows) byPrint(fingerprint string) *alertRow {
	for _, r := range t.all {
		if fingerprint != "" && r.alert.Fingerprint == fingerprint {
			return r
		}
	}
	return nil
}

// openSilence shows a silence of the timeline.
func (v *alerts) openSilence(env *ui.Env, id string) {
	i := slices.IndexFunc(v.rows.silences, func(s sources.Silence) bool { return s.ID == id })
	if i < 0 {
		env.Toast(theme.Warn, "Alertmanager does not remember this silence any more")
		return
	}
	s := v.rows.silences[i]
	env.Show(ui.Pager("silence "+short(s.ID), func(env *ui.Env, w int) []string {
		return draw.Pairs(draw.Box{W: w, Theme: env.Theme}, []draw.Pair{
			{Name: "matchers", Value: silence.Format(s.Matchers)}, {Name: "state", Value: s.State}, {Name: "by", Value: silence.Owner(&s)},
			{Name: "comment", Value: s.Comment}, {Name: "from", Value: clockOf(env, s.StartsAt)}, {Name: "until", Value: clockOf(env, s.EndsAt)}, {Name: "id", Value: s.ID},
		})
	}))
}

// prompt asks for the filter, which shows while it is typed.
func (tl *timeline) prompt() ui.Overlay {
	set := func(text string) { tl.filter = strings.TrimSpace(text) }
	return ui.Prompt(ui.PromptSpec{Title: "filter the timeline", Initial: tl.filter, Hint: "words that an event has: fired, note, a name, who",
		Live: func(_ *ui.Env, text string) { set(text) },
		Done: func(_ *ui.Env, text string) tea.Cmd { set(text); return nil }})
}

// back leaves the filter, then the timeline, and says whether it was on.
func (tl *timeline) back() bool {
	switch {
	case !tl.on:
		return false
	case tl.filter != "":
		tl.filter = ""
	default:
		tl.on = false
	}
	return true
}
