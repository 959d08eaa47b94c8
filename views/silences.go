package views

import (
	"fmt"
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

var _ = add(65, func() ui.View { return &silences{} })

// silencesName is the tab of the silences.
const silencesName = "silences"

// silences lists who has muted what until when, the next to end first; Enter
// opens one. The expired ones that the server still remembers are shown on
// request, to be made again.
type silences struct {
	set    silence.Settings
	sel    ui.Selection
	filter silence.Filter
	// past shows the expired ones too.
	past bool
	// open is the silence that fills the tab, empty for the list; scroll is the
	// first line of its details.
	open   string
	scroll int
	// marks are those chosen by hand, last the line that was marked last.
	marks map[string]bool
	last  string
	rows  silenceRows
}

// use takes the configuration over.
func (v *silences) use(o Options) { v.set = o.Silence.Complete() }

// Name implements [ui.View].
func (v *silences) Name() string { return silencesName }

// Layout implements [ui.View].
func (v *silences) Layout(env *ui.Env) ui.Node {
	v.update(env)
	ask := []sources.Query{silenced, firing}
	if r := v.rows.byID[v.open]; r != nil {
		scroll := v.scroll
		return ui.P(ui.Panel{Title: "silence " + short(r.s.ID), Queries: ask, Partial: true, Ticks: true, Note: r.s.State, Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
			lines := v.lines(env, b, r)
			return draw.Fit(b, lines[min(scroll, max(len(lines)-b.H, 0)):])
		}})
	}
	rows := v.rows.shown
	list := ui.P(ui.Panel{
		Title: silencesName, Queries: ask, Partial: true, Ticks: true, Note: v.note(),
		Draw: func(b draw.Box, _ []sources.Frame) draw.Block { return v.table(env, rows).Draw(b) },
		Click: func(_ *ui.Env, b draw.Box, _, y int) tea.Cmd {
			if i := v.table(env, rows).At(b, y); i >= 0 {
				v.sel.Set(rows[i].id)
			}
			return nil
		},
	})
	if env.H < 30 {
		return list
	}
	detail := ui.P(ui.Panel{Title: "details", Queries: ask, Partial: true, Ticks: true, Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
		if r, ok := at(rows, v.sel.Index(v.rows.ids)); ok {
			return draw.Fit(b, v.lines(env, b, r))
		}
		return draw.Fit(b, nil)
	}})
	if env.Wide(160) {
		return ui.Row(list.Share(3), detail.Share(2))
	}
	return ui.Col(list.Share(3), detail.Share(2))
}

// note is what the border says: what is marked, the filter, how many, and that
// there are expired ones.
func (v *silences) note() string {
	var out []string
	if n := len(v.marks); n > 0 {
		out = append(out, fmt.Sprintf("%d marked", n))
	}
	if v.filter.Text != "" {
		out = append(out, draw.Line(v.filter.Text))
	}
	out = append(out, fmt.Sprint(len(v.rows.shown)))
	if n := v.rows.expired; n > 0 && !v.past {
		out = append(out, fmt.Sprintf("%d expired: E shows them", n))
	}
	return strings.Join(out, " · ")
}

// Back implements [ui.Backer].
func (v *silences) Back(*ui.Env) bool {
	switch {
	case v.open != "":
		v.open = ""
	case v.filter.Text != "":
		v.filter = silence.Filter{}
	case v.past:
		v.past = false
	default:
		return false
	}
	return true
}

// allWord shows the expired silences too, before a filter.
const allWord = "@all"

// Open implements [ui.Opener]: arg is a filter as `/` takes it, after @all with
// the expired ones.
func (v *silences) Open(_ *ui.Env, arg string) error {
	text, past := strings.CutPrefix(strings.TrimSpace(arg), allWord)
	f, err := silence.ParseFilter(text)
	if err != nil {
		return err
	}
	v.filter, v.past, v.open = f, past, ""
	return nil
}

// Complete implements [ui.Completer].
func (v *silences) Complete(_ *ui.Env, arg string) []string {
	start := strings.LastIndexAny(arg, " ,") + 1
	var out []string
	for _, w := range append(silence.ShelfWords(), strings.TrimPrefix(allWord, "@")) {
		if strings.HasPrefix("@"+w, strings.TrimPrefix(arg[start:], "!")) {
			out = append(out, arg[:start]+"@"+w)
		}
	}
	return out
}

// Badge implements [ui.Badger]: how many silences end soon under which something
// is quiet. Acknowledgements are short by their nature and not counted.
func (v *silences) Badge(env *ui.Env) (string, theme.Level) {
	v.update(env)
	n := 0
	for _, r := range v.rows.all {
		if r.endsSoon(env.Now) {
			n++
		}
	}
	if n == 0 {
		return "", theme.None
	}
	return fmt.Sprintf("%s%d", theme.Warn.Glyph(), n), theme.Warn
}

// Pinned implements [ui.Badger].
func (v *silences) Pinned() []sources.Query { return []sources.Query{firing, silenced} }

var silenceColumns = []draw.Column{
	{Title: "state", W: 9}, {Title: "ends in", W: 10, Right: true}, {Title: "creator", W: 12, Drop: 2}, {Title: "mutes", W: 5, Right: true},
	{Title: "matchers", Min: 20}, {Title: "comment", Min: 12, Drop: 1},
}

func (v *silences) table(env *ui.Env, rows []*silenceRow) draw.Table {
	return draw.Table{Columns: silenceColumns, Rows: len(rows), Sel: v.sel.Index(v.rows.ids), Empty: v.empty(), Marked: v.marked(rows), Row: func(i int) []draw.Cell {
		r := rows[i]
		quiet := r.s.State == "expired"
		state, level := r.s.State, theme.None
		if silence.IsAck(r.s) && !quiet {
			state = "ack"
		}
		mutes := fmt.Sprint(len(r.mutes))
		switch {
		case r.endsSoon(env.Now):
			level = theme.Warn
		case r.s.State == "active" && len(r.mutes) == 0:
			mutes = "none"
		}
		if quiet {
			mutes = ""
		}
		return []draw.Cell{
			{Text: state, Dim: quiet},
			{Text: endText(r.s, env.Now), Level: level, Dim: quiet},
			{Text: silence.Owner(r.s), Dim: quiet},
			{Text: mutes, Dim: quiet || len(r.mutes) == 0},
			{Text: inCluster(r.s.Cluster) + silence.Format(nameFirst(r.s.Matchers)), Dim: quiet},
			{Text: silence.Reason(r.s), Dim: quiet},
		}
	}}
}

// nameFirst are the matchers with the one that names the alert first: by it a
// silence is known where the others are cut off.
func nameFirst(ms []sources.Matcher) []sources.Matcher {
	named := func(m sources.Matcher) bool { return m.Name == "alertname" }
	at := slices.IndexFunc(ms, named)
	if at <= 0 {
		return ms
	}
	return slices.Concat([]sources.Matcher{ms[at]}, ms[:at], ms[at+1:])
}

// endText is how long a silence still holds, when it will begin, or how long ago
// it ended.
func endText(s *sources.Silence, now time.Time) string {
	switch s.State {
	case "pending":
		return "from " + draw.Age(s.StartsAt.Sub(now))
	case "expired":
		return "−" + draw.Age(now.Sub(s.EndsAt))
	}
	return draw.Age(max(s.EndsAt.Sub(now), 0))
}

// empty says why there is no row.
func (v *silences) empty() string {
	switch {
	case !v.rows.ready:
		return "waiting for Alertmanager"
	case v.filter.Text != "":
		return fmt.Sprintf("none of %s matches %s: esc shows all", draw.Count(len(v.rows.all), "silence"), draw.Line(v.filter.Text))
	case v.rows.expired > 0:
		return "nothing is silenced: E shows what was"
	}
	return "nothing is silenced"
}

// Keys implements [ui.View].
func (v *silences) Keys(env *ui.Env) []ui.Key {
	v.update(env)
	open := ui.Key{ID: "open", On: []string{"enter"}, Help: "open"}
	var keys []ui.Key
	r := v.rows.byID[v.open]
	if r != nil {
		open.Off, open.Hidden = "it is open", true
		keys = ui.Cursor(&v.scroll, max(len(v.lines(env, draw.Box{W: env.W - 2, Theme: env.Theme}, r))-env.H/2, 1))
	} else {
		keys = v.sel.Keys(v.rows.ids)
		var ok bool
		if r, ok = at(v.rows.shown, v.sel.Index(v.rows.ids)); !ok {
			open.Off = noSilence
		}
	}
	open.Run = func(*ui.Env) tea.Cmd { v.open, v.scroll = r.id, 0; return nil }
	past := "show the expired ones"
	if v.past {
		past = "hide the expired ones"
	}
	keys = append(append(keys, open), v.markKeys()...)
	keys = append(keys, v.actKeys(env, r)...)
	return append(keys,
		ui.Key{ID: "filter", On: []string{"/"}, Help: "filter", Run: func(env *ui.Env) tea.Cmd { env.Show(v.filterPrompt()); return nil }},
		ui.Key{ID: "expired", On: []string{"E"}, Help: past, Hidden: true, Run: func(*ui.Env) tea.Cmd { v.past = !v.past; return nil }},
	)
}

// noSilence says why nothing can be done to one.
const noSilence = "no silence is selected"

func (v *silences) filterPrompt() ui.Overlay {
	show := func(text string) {
		if f, err := silence.ParseFilter(text); err == nil {
			v.filter = f
		}
	}
	return ui.Prompt(ui.PromptSpec{
		Title: "filter silences", Initial: v.filter.Text, Hint: "@mine  @expiring  @unused  @acks  @expired  service=api  words",
		Complete: v.Complete,
		Check:    func(text string) error { _, err := silence.ParseFilter(text); return err },
		Live:     func(_ *ui.Env, text string) { show(text) },
		Done:     func(_ *ui.Env, text string) tea.Cmd { show(text); return nil },
	})
}
