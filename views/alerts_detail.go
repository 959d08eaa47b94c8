package views

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// openAlert is what the user chose to see of the alert that fills the tab. The
// zero value is its first page.
type openAlert struct {
	pages   pages
	related ui.Selection
	book    runbook
	fields  fieldList
	// trail are the alerts from which related ones were gone to, the oldest first.
	trail []string
	// before is the window that was left for one that holds the alert's start, after
	// the one that it was left for; zero when it was not left.
	before, after sources.Window
	// row is the alert as it was last seen, gone the time since when it is not.
	row  *alertRow
	gone time.Time
}

// Titles of the panels of an open alert; the keys go by the one that has the focus.
const (
	titleLines   = "log lines"
	titleRelated = "related"
	titleTold    = "notified"
	titleHistory = "seven days"
	titleSeries  = "series"
	titleDetails = "details"
	titleRunbook = "runbook"
)

// explain opens an alert, and widens the window where it does not hold the start.
func (v *alerts) explain(env *ui.Env, r *alertRow) {
	v.open, v.scroll, v.opened = r.id, 0, openAlert{}
	w := env.Window
	age := env.Now.Sub(began(r))
	if !w.Live || age+leadIn < w.Span() || age > widest {
		return
	}
	for _, span := range []time.Duration{3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour} {
		if span > w.Span() && age+leadIn < span {
			wider := sources.At(w.End, span, env.W, true)
			v.opened.before, v.opened.after = w, wider
			env.GoTo(wider)
			env.Toast(theme.Info, "window "+draw.Age(span)+", so that the start is in it")
			return
		}
	}
}

// widest is the age up to which the window is widened for an alert's start.
const widest = 23 * time.Hour

// leave goes one level back: out of the runbook or the description, to the alert
// before, to the list. It is false on the list.
func (v *alerts) leave(env *ui.Env) bool {
	o := &v.opened
	switch {
	case v.open == "":
		return false
	case o.book.open:
		o.book.open = false
	case o.fields.open:
		o.fields.open = false
		if o.fields.alone {
			v.open = ""
		}
	case len(o.trail) > 0:
		n := len(o.trail) - 1
		id, trail := o.trail[n], o.trail[:n]
		v.open, v.scroll, v.opened = id, 0, openAlert{trail: trail, before: o.before, after: o.after}
	default:
		// Where the user has gone elsewhere meanwhile the window stays.
		if o.before.Step > 0 && env.Window.Live && env.Window.Span() == o.after.Span() {
			env.GoTo(o.before)
		}
		v.open, v.opened = "", openAlert{}
	}
	return true
}

// goTo opens an alert from another one.
func (v *alerts) goTo(r *alertRow) {
	o := openAlert{trail: append(v.opened.trail, v.open), before: v.opened.before, after: v.opened.after}
	v.open, v.scroll, v.opened = r.id, 0, o
}

// Sizes of the layout: from wideDetail on two panels are beside each other, from
// broadDetail on everything is; tallDetail is the height that more than the
// explanation and its chart need.
const (
	wideDetail, broadDetail, tallDetail = 110, 170, 34
	headShort, headLong                 = 13, 16
)

// detailLayout explains one alert over the whole tab.
func (v *alerts) detailLayout(env *ui.Env, r *alertRow) ui.Node {
	q := questionsOf(r)
	o := &v.opened
	switch {
	case o.fields.open:
		o.pages.n = 1
		return ui.P(v.fieldsPanel(env, r))
	case o.book.open && !env.Wide(broadDetail):
		o.pages.n = 1
		return ui.P(v.runbookPanel(env, r, env.W, env.H))
	}
	head := v.headPanel(env, r, &q)
	lines, history := linesPanel(env, &q), historyPanel(env, r, &q)
	related, told := ui.P(v.relatedPanel(env, r)), ui.P(v.toldPanel(env, r))
	var charts []ui.Node
	for i := range q.left {
		charts = append(charts, ui.P(v.conditionPanel(env, r, &q, i)))
	}
	var left []ui.Panel
	if p, ok := v.seriesPanel(env, r, &q); ok {
		left = append(left, p)
	}
	if len(charts) > 1 {
		left = append(left, v.conditionPanel(env, r, &q, 1))
	}
	left = append(left, v.detailsPanel(env, r))
	// What leads a page says whose it is.
	leads := func(p *ui.Panel, page, of int) {
		p.Note = joined(joined(p.Note, draw.Line(r.alert.Name())), fmt.Sprintf("page %d of %d", page, of))
	}
	column := func() []ui.Node {
		var out []ui.Node
		for _, p := range left {
			out = append(out, ui.P(p))
		}
		return out
	}
	var layout []ui.Node
	switch {
	case env.Wide(broadDetail) && env.H >= tallDetail:
		all := column()
		rest, details := all[:len(all)-1], all[len(all)-1]
		right := slices.Concat(charts[:min(len(charts), 1)], rest)
		if o.book.open {
			right = []ui.Node{ui.P(v.runbookPanel(env, r, env.W/2, env.H))}
		} else {
			right = append(right, ui.P(history), told)
		}
		layout = []ui.Node{ui.Row(ui.Col(ui.P(head).Fix(headLong), ui.P(lines), related, details.AtLeast(5)), ui.Col(right...))}
	case env.Wide(wideDetail) && env.H >= tallDetail:
		first := []ui.Node{ui.P(head).Fix(headShort)}
		first = append(first, charts[:min(len(charts), 1)]...)
		first = append(first, ui.Row(ui.P(lines), related), ui.Row(ui.P(history), told))
		leads(&left[0], 2, 2)
		layout = []ui.Node{ui.Col(first...), ui.Col(column()...)}
	default:
		first := []ui.Node{ui.P(head).Fix(headShort)}
		if len(charts) == 0 {
			first[0] = ui.P(head)
		}
		leads(&lines, 2, 4)
		leads(&history, 3, 4)
		leads(&left[0], 4, 4)
		layout = []ui.Node{ui.Col(append(first, charts[:min(len(charts), 1)]...)...), ui.Col(ui.P(lines), related), ui.Col(ui.P(history), told), ui.Col(column()...)}
	}
	o.pages.n = len(layout)
	o.pages.at = min(max(o.pages.at, 0), len(layout)-1)
	return layout[o.pages.at]
}

// headPanel is the explanation in one look.
func (v *alerts) headPanel(env *ui.Env, r *alertRow, q *questions) ui.Panel {
	note := ""
	if o := &v.opened; o.pages.n > 1 {
		note = fmt.Sprintf("page %d of %d", o.pages.at+1, o.pages.n)
	}
	return ui.Panel{Title: r.alert.Name(), Note: note, Queries: q.all(), Partial: true, Ticks: true, Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
		out := []string{draw.Cut(v.headline(env, r, b.Theme), b.W)}
		return draw.Fit(b, append(out, packed(b, v.explained(env, r, q), b.H-1)...))
	}}
}

// packed lays the facts out in n lines: one for each, and what is left to those
// that have more to say, in the order of urgent.
func packed(b draw.Box, facts []fact, n int) []string {
	room := make([]int, len(facts))
	for i := range facts {
		room[i] = 1
	}
	more := func(i int) bool {
		return room[i] < 4 && len(facts[i].lines(b.Theme, b.W, room[i]+1)) > room[i]
	}
	for spare := n - len(facts); spare > 0; {
		before := spare
		for _, name := range urgent {
			i := slices.IndexFunc(facts, func(f fact) bool { return f.name == name })
			if i >= 0 && spare > 0 && more(i) {
				room[i]++
				spare--
			}
		}
		if spare == before {
			break
		}
	}
	var out []string
	for i := range facts {
		out = append(out, facts[i].lines(b.Theme, b.W, room[i])...)
	}
	return out
}

// urgent are the facts by what may not be cut off.
var urgent = []string{"costs", "held by", "logs", "broke", "told", "measures", "changed"}

// detailsPanel is the description and everything that the alert says of itself.
func (v *alerts) detailsPanel(env *ui.Env, r *alertRow) ui.Panel {
	scroll := v.scroll
	return ui.Panel{Title: titleDetails, Queries: []sources.Query{firing, silenced, rules, remarked(env)}, Partial: true, Ticks: true, Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
		lines := v.lines(env, b, r)
		return draw.Fit(b, lines[min(scroll, max(len(lines)-b.H, 0)):])
	}}
}

// detailKeys move through what is open: the runbook, the fields, the related
// alerts where they have the focus, else the details.
func (v *alerts) detailKeys(env *ui.Env, r *alertRow) []ui.Key {
	o := &v.opened
	switch {
	case o.book.open:
		return ui.Cursor(&o.book.top, o.book.lines())
	case o.fields.open:
		return o.fields.sel.Keys(fieldIDs(v.fields(env, r)))
	case env.Focus == titleRelated:
		return o.related.Keys(relatedIDs(relatedTo(r, v.rows.all)))
	}
	n := len(v.lines(env, draw.Box{W: env.W - 2, Theme: env.Theme}, r))
	return ui.Cursor(&v.scroll, max(n-env.H/2, 1))
}

// enterKey is what enter does: it opens the alert under the cursor, and in an
// open one what is under the cursor there. Listed is nil without an alert under
// the cursor of the list, r without an open one.
func (v *alerts) enterKey(env *ui.Env, listed, r *alertRow) ui.Key {
	k := ui.Key{ID: "open", On: []string{"enter"}, Help: "open"}
	switch {
	case r == nil && listed == nil:
		k.Off = unselected
	case r == nil:
		k.Run = func(env *ui.Env) tea.Cmd { v.explain(env, listed); return nil }
	case v.opened.book.open:
		return v.runKey(env, r)
	case v.opened.fields.open:
		return v.fieldKey(env, r)
	case env.Focus == titleRelated:
		list := relatedTo(r, v.rows.all)
		one, ok := at(list, v.opened.related.Index(relatedIDs(list)))
		k.Help, k.Off = "go there", unless(ok, "no other alert is on the same thing")
		k.Run = func(*ui.Env) tea.Cmd { v.goTo(one.row); return nil }
	default:
		k.Off, k.Hidden = "it is open: tab goes to the related alerts", true
	}
	return k
}
