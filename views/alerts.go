package views

import (
	"errors"
	"fmt"
	"slices"
	"strings"

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
	// opened is what is seen of it, way who is told.
	opened openAlert
	way    routes
	// by is what the list is grouped by, label the label that it was last grouped by.
	by, label string
	// unfolded are the open groups, by grouping and key; folds changes with it.
	unfolded map[string]bool
	folds    int
	// history are the filters of this session, oldest first; saved those of the
	// config, by name.
	history []string
	saved   map[string]string
	offers  alertOffers
	// leases are this console's acknowledgements, by silence.
	leases map[string]lease
	rows   alertRows
	list   alertList
	marks  alertMarks
	noise  alertNoise
	routes inhibitors
	// incidents are the timeline, and the pages that the shell was told of.
	incidents incidents
}

// unselected says why nothing can be done to an alert.
const unselected = "no alert is selected"

var (
	firing   = sources.Alerts{}
	silenced = sources.Silences{}
	rules    = sources.Rules{}
)

// use takes the configuration over.
func (v *alerts) use(o Options) { v.set, v.saved = o.Silence.Complete(), o.Saved[v.Name()] }

// Name implements [ui.View].
func (v *alerts) Name() string { return "alerts" }

// Layout implements [ui.View].
func (v *alerts) Layout(env *ui.Env) ui.Node {
	v.refresh(env)
	if r := v.openRow(); r != nil {
		return v.detailLayout(env, r)
	}
	if v.incidents.timeline.on {
		return v.incidents.timeline.layout(env)
	}
	return ui.Col(v.listLayout(env), watchStrip(env))
}

// listLayout is the list beside the details of what is under the cursor.
func (v *alerts) listLayout(env *ui.Env) ui.Node {
	ask := there(env, []sources.Query{firing, silenced, rules, remarked(env)})
	list := ui.P(ui.Panel{
		Title: "alerts", Queries: v.asks(env, ask), Partial: true, Ticks: true, Note: v.note(),
		Draw: func(b draw.Box, _ []sources.Frame) draw.Block { return v.table(env, b.W).Draw(b) },
		Click: func(env *ui.Env, b draw.Box, _, y int) tea.Cmd {
			if i := v.table(env, b.W).At(b, y); i >= 0 {
				v.sel.Set(v.list.ids[i])
			}
			return nil
		},
	})
	detail := ui.P(ui.Panel{Title: "details", Queries: ask, Partial: true, Ticks: true, Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
		l, ok := at(v.list.lines, v.sel.Index(v.list.ids))
		switch {
		case !ok:
			return draw.Fit(b, nil)
		case l.row == nil:
			return draw.Fit(b, v.groupLines(env, b, l.group))
		}
		return draw.Fit(b, v.lines(env, b, l.row))
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

// asks are the questions of the list besides ask, for what it shows at the moment.
func (v *alerts) asks(env *ui.Env, ask []sources.Query) []sources.Query {
	out := append(slices.Clone(ask), v.noiseQuery())
	if v.by == byRoute {
		out = append(out, notified)
	}
	if v.rows.inhibited {
		out = append(out, configured)
	}
	return there(env, out)
}

// there leaves out the questions to sources that the context does not have: a
// context without Prometheus has its alerts all the same, and that is no fault.
func there(env *ui.Env, asks []sources.Query) []sources.Query {
	return slices.DeleteFunc(asks, func(q sources.Query) bool {
		var e *sources.Error
		return q != firing && errors.As(env.Result(q).Err, &e) && e.Kind == sources.NotConfigured
	})
}

// withChart adds the rule of the alert under the cursor below its details, where
// there is room.
func (v *alerts) withChart(env *ui.Env, detail ui.Node) ui.Node {
	l, ok := at(v.list.lines, v.sel.Index(v.list.ids))
	if !ok || l.row == nil || env.H < 40 {
		return detail
	}
	chart, ok := v.chart(env, l.row)
	if !ok {
		return detail
	}
	return ui.Col(detail.Share(3), ui.P(chart).Share(2))
}

// Back implements [ui.Backer]: out of the details first, then out of the filter.
func (v *alerts) Back(env *ui.Env) bool {
	switch {
	case v.leave(env):
	case v.incidents.timeline.back():
	case v.filter.Text != "":
		v.filter = alertFilter{}
	default:
		return false
	}
	return true
}

// Badge implements [ui.Badger]: what is loud, by severity.
func (v *alerts) Badge(env *ui.Env) (string, theme.Level) {
	v.rows.update(env)
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

// empty says why there is no row.
func (v *alerts) empty() string {
	switch {
	case !v.rows.ready:
		return "waiting for Alertmanager"
	case len(v.rows.all) > 0:
		return fmt.Sprintf("none of %d alerts matches %s: esc shows all", len(v.list.base), v.filter)
	}
	return "no alerts, and no Watchdog either: check that Prometheus has rules and sends to this Alertmanager"
}

// Keys implements [ui.View].
func (v *alerts) Keys(env *ui.Env) []ui.Key {
	v.refresh(env)
	var keys []ui.Key
	r := v.openRow()
	open := v.enterKey(env, nil, r)
	if r != nil {
		keys = v.detailKeys(env, r)
	} else {
		keys = v.sel.Keys(v.list.ids)
		l, ok := at(v.list.lines, v.sel.Index(v.list.ids))
		r = l.row
		open = v.enterKey(env, r, nil)
		if ok && r == nil {
			open.Off, open.Run = "", func(*ui.Env) tea.Cmd { v.fold(!l.group.open, l.group); return nil }
		}
	}
	keys = append(keys, open)
	keys = append(keys, v.markKeys()...)
	keys = append(keys, v.actKeys(env)...)
	keys = append(keys, v.lookKeys(env, r)...)
	keys = append(keys, v.groupKeys()...)
	saved := ""
	if len(v.saved) == 0 {
		saved = "the config has no views.alerts"
	}
	keys = append(keys, v.incidentKeys(env, r)...)
	keys = append(keys,
		ui.Key{ID: "filter", On: []string{"/"}, Help: "filter", Run: func(env *ui.Env) tea.Cmd { env.Show(v.filterPrompt()); return nil }},
		ui.Key{ID: "invert", On: []string{"!"}, Help: "invert the filter", Hidden: true, Run: func(*ui.Env) tea.Cmd { v.filter.Not = !v.filter.Not; return nil }},
		ui.Key{ID: "saved", On: []string{"V"}, Help: "saved views", Off: saved, Hidden: true, Run: func(env *ui.Env) tea.Cmd { env.Show(v.savedMenu()); return nil }},
	)
	if v.incidents.timeline.on && v.openRow() == nil {
		keys = v.timelineKeys(env, keys)
	}
	return keys
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
