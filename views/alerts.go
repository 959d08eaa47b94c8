package views

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/alert"
	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

var _ = add(50, func() ui.View { return &alerts{} })

// alerts lists what fires and who has it, worst first, beside the details of the
// alert under the cursor; Enter opens one with the expression of its rule.
type alerts struct {
	set    silence.Settings
	sel    ui.Selection
	filter alertFilter
	// open is the alert that fills the tab, empty for the list; scroll is the
	// first line of its details.
	open   string
	scroll int
	// leases are this console's acknowledgements, by silence.
	leases map[string]lease
	rows   alertRows
	list   alertList
	marks  alertMarks
}

// unselected says why nothing can be done to an alert.
const unselected = "no alert is selected"

var (
	firing   = sources.Alerts{}
	silenced = sources.Silences{}
	rules    = sources.Rules{}
)

// use takes the configuration over.
func (v *alerts) use(o Options) { v.set = o.Silence.Complete() }

// Name implements [ui.View].
func (v *alerts) Name() string { return "alerts" }

// Layout implements [ui.View].
func (v *alerts) Layout(env *ui.Env) ui.Node {
	v.refresh(env)
	if r := v.rows.byID(v.open); r != nil {
		return v.detailLayout(env, r)
	}
	ask := []sources.Query{firing, silenced, rules}
	now, rows := env.Now, v.list.shown
	list := ui.P(ui.Panel{
		Title: "alerts", Queries: ask, Partial: true, Ticks: true, Note: v.note(),
		Draw: func(b draw.Box, _ []sources.Frame) draw.Block { return v.table(rows, now).Draw(b) },
		Click: func(_ *ui.Env, b draw.Box, _, y int) tea.Cmd {
			if i := v.table(rows, now).At(b, y); i >= 0 {
				v.sel.Set(rows[i].id)
			}
			return nil
		},
	})
	detail := ui.P(ui.Panel{Title: "details", Queries: ask, Partial: true, Ticks: true, Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
		if r, ok := at(rows, v.sel.Index(v.list.ids)); ok {
			return draw.Fit(b, v.lines(env, b, r))
		}
		return draw.Fit(b, nil)
	}})
	switch {
	case env.Wide(160):
		return ui.Row(list.Share(3), v.withChart(env, detail).Share(2))
	case env.H >= 30:
		return ui.Col(list.Share(3), detail.Share(2))
	}
	// A list of no row would leave the keys with nothing to act on that is seen.
	return ui.Col(list.AtLeast(6), detail.Fix(6))
}

// withChart adds the rule of the alert under the cursor below its details, where
// there is room.
func (v *alerts) withChart(env *ui.Env, detail ui.Node) ui.Node {
	r, ok := at(v.list.shown, v.sel.Index(v.list.ids))
	if !ok || env.H < 40 {
		return detail
	}
	chart, ok := v.chart(env, r)
	if !ok {
		return detail
	}
	return ui.Col(detail.Share(3), ui.P(chart).Share(2))
}

// note is what the border says: the filter, how many are shown of how many, and
// that the alert is missing which shows that alerting works.
func (v *alerts) note() string {
	out := fmt.Sprint(len(v.rows.all))
	if v.filter.Text != "" {
		out = fmt.Sprintf("%s · %d of %d", v.filter, len(v.list.shown), len(v.rows.all))
	}
	if v.rows.mute {
		out = theme.Crit.Glyph() + " the Watchdog is missing · " + out
	}
	return out
}

// Complete implements [ui.Completer].
func (v *alerts) Complete(env *ui.Env, arg string) []string {
	v.refresh(env)
	return v.completeFilter(arg)
}

// Back implements [ui.Backer]: out of the details first, then out of the filter.
func (v *alerts) Back(*ui.Env) bool {
	switch {
	case v.open != "":
		v.open = ""
	case v.filter.Text != "":
		v.filter = alertFilter{}
	default:
		return false
	}
	return true
}

// Open implements [ui.Opener]: arg is a filter as `/` takes it.
func (v *alerts) Open(_ *ui.Env, arg string) error {
	f, err := parseAlertFilter(arg)
	if err != nil {
		return err
	}
	v.filter, v.open = f, ""
	return nil
}

// Badge implements [ui.Badger]: what is loud, by severity.
func (v *alerts) Badge(env *ui.Env) (string, theme.Level) {
	v.refresh(env)
	var out []string
	level := theme.None
	for _, l := range []theme.Level{theme.Crit, theme.Warn} {
		if n := v.rows.loud[l]; n > 0 {
			out = append(out, fmt.Sprintf("%s%d", l.Glyph(), n))
			level = worst(level, l)
		}
	}
	return strings.Join(out, " "), level
}

// Pinned implements [ui.Badger].
func (v *alerts) Pinned() []sources.Query { return []sources.Query{firing, silenced} }

var alertColumns = []draw.Column{
	{Title: "severity", W: 10}, {Title: "alert", W: 24}, {Title: "state", W: 9}, {Title: "for", W: 5, Right: true},
	{Title: "who", W: 11, Drop: 2}, {Title: "where", W: 20, Drop: 3}, {Title: "summary", Min: 12, Drop: 1},
}

func (v *alerts) table(rows []*alertRow, now time.Time) draw.Table {
	return draw.Table{Columns: alertColumns, Rows: len(rows), Sel: v.sel.Index(v.list.ids), Empty: v.empty(), Marked: v.marked(rows), Row: func(i int) []draw.Cell {
		r := rows[i]
		quiet := r.quiet()
		level := r.level
		if quiet {
			level = theme.None
		}
		state := r.status.State.String()
		if r.status.Settling {
			state += "…"
		}
		return []draw.Cell{
			{Text: r.level.Glyph() + " " + r.alert.Severity(), Level: level, Dim: quiet},
			{Text: r.alert.Name(), Dim: quiet},
			{Text: state, Dim: quiet},
			{Text: draw.Age(now.Sub(r.alert.StartsAt)), Dim: quiet},
			{Text: r.who(), Dim: quiet},
			{Text: where(r.alert.Labels), Dim: quiet},
			{Text: r.alert.Annotations["summary"], Dim: quiet},
		}
	}}
}

// empty says why there is no row.
func (v *alerts) empty() string {
	switch {
	case !v.rows.ready:
		return "waiting for Alertmanager"
	case len(v.rows.all) > 0:
		return fmt.Sprintf("none of %d alerts matches %s: esc shows all", len(v.rows.all), v.filter)
	}
	return "no alerts, and no Watchdog either: check that Prometheus has rules and sends to this Alertmanager"
}

// Keys implements [ui.View].
func (v *alerts) Keys(env *ui.Env) []ui.Key {
	v.refresh(env)
	open := ui.Key{ID: "open", On: []string{"enter"}, Help: "open"}
	var keys []ui.Key
	r := v.rows.byID(v.open)
	if r != nil {
		keys = v.scrollKeys(env, r)
		open.Off, open.Hidden = "it is open", true
	} else {
		keys = v.sel.Keys(v.list.ids)
		if r, _ = at(v.list.shown, v.sel.Index(v.list.ids)); r == nil {
			open.Off = unselected
		}
	}
	open.Run = func(*ui.Env) tea.Cmd {
		v.open, v.scroll = r.id, 0
		return nil
	}
	keys = append(keys, open)
	keys = append(keys, v.markKeys()...)
	keys = append(keys, v.actKeys(env, r)...)
	keys = append(keys, v.lookKeys(r)...)
	return append(keys,
		ui.Key{ID: "filter", On: []string{"/"}, Help: "filter", Run: func(env *ui.Env) tea.Cmd { env.Show(v.filterPrompt()); return nil }},
		ui.Key{ID: "invert", On: []string{"!"}, Help: "invert the filter", Hidden: true, Run: func(*ui.Env) tea.Cmd { v.filter.Not = !v.filter.Not; return nil }},
	)
}

// where is what an alert is on.
func where(labels map[string]string) string { return alert.Where(labels) }

func (r *alertRow) who() string {
	if r.status.Who != "" {
		return r.status.Who
	}
	return r.status.Cause
}

func (r *alertRow) quiet() bool {
	return r.status.State > silence.Pending || r.level < theme.Info || silence.Heartbeat(r.alert)
}
