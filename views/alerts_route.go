package views

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"firewatch/signals/route"
	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// routes is Alertmanager's configuration, parsed once for each text that comes.
type routes struct {
	config string
	tree   *route.Tree
	err    error
}

// get is the tree of the configuration in force in the alert's cluster, nil with the reason where there
// is none.
func (m *routes) get(env *ui.Env, r *alertRow) (*route.Tree, string) {
	ask := configuredFor(r)
	res := env.Result(ask)
	if why := absence(env, ask); why != "" {
		return nil, why
	}
	if res.Frame.Status == nil || res.Frame.Status.Config == "" {
		return nil, "not known: this Alertmanager does not show its configuration"
	}
	if text := res.Frame.Status.Config; m.config != text || m.tree == nil && m.err == nil {
		m.config = text
		m.tree, m.err = route.Parse(text)
	}
	if m.err != nil {
		return nil, "not known: " + m.err.Error()
	}
	return m.tree, ""
}

// notice is one receiver of an alert and when it was told, as far as the routes
// say: the moments are estimates, since a group may have been open before.
type notice struct {
	route.Route
	first, next time.Time
}

// noticesOf are the receivers of a firing alert.
func noticesOf(tree *route.Tree, r *alertRow, now time.Time) []notice {
	var out []notice
	for _, one := range tree.Match(r.alert.ExactLabels()) {
		n := notice{Route: one, first: r.alert.StartsAt.Add(one.Wait)}
		n.next = n.first
		if one.Repeat > 0 && now.After(n.first) {
			n.next = n.first.Add((now.Sub(n.first)/one.Repeat + 1) * one.Repeat)
		}
		out = append(out, n)
	}
	return out
}

// who is the receiver with what it tells by.
func (n *notice) who() string {
	if len(n.Integrations) == 0 {
		return n.Receiver
	}
	return n.Receiver + " (" + strings.Join(n.Integrations, ", ") + ")"
}

// quietSince is when a silence began to hold the alert, false when none does.
func (v *alerts) quietSince(r *alertRow) (*sources.Silence, bool) {
	held := v.rows.book.Holders(r.alert)
	if len(held) == 0 {
		return nil, false
	}
	first := held[0]
	for _, s := range held {
		if s.StartsAt.Before(first.StartsAt) {
			first = s
		}
	}
	return first, true
}

// hushed says why nobody is told of an alert; empty where somebody is. The text
// goes on after "nobody: ".
func (v *alerts) hushed(env *ui.Env, r *alertRow) string {
	switch r.status.State {
	case silence.Pending:
		return "it does not fire yet"
	case silence.Inhibited:
		return "held back by " + strings.Join(v.inhibitors(env, r), ", ")
	case silence.Muted:
		return "the route is quiet in the interval " + strings.Join(r.alert.MutedBy, ", ")
	case silence.Firing, silence.Acked, silence.Silenced:
	}
	return ""
}

// inhibitors are the alerts that hold another back, each with its rule.
func (v *alerts) inhibitors(env *ui.Env, r *alertRow) []string {
	tree, _ := v.way.get(env, r)
	var out []string
	for _, source := range v.rows.all {
		if source.alert.Cluster != r.alert.Cluster || !slices.Contains(r.alert.InhibitedBy, source.alert.Fingerprint) {
			continue
		}
		text := strings.TrimSpace(source.alert.Name() + " " + where(source.alert.Labels))
		if tree != nil {
			if name, ok := tree.Inhibits(source.alert.ExactLabels(), r.alert.ExactLabels()); ok && name != "" {
				text += " (rule " + name + ")"
			}
		}
		out = append(out, text)
	}
	if len(out) == 0 {
		out = append(out, r.status.Cause)
	}
	return out
}

// told says who was notified and when again, or why nobody was.
func (v *alerts) told(env *ui.Env, r *alertRow) fact {
	f := fact{name: "told"}
	if why := v.hushed(env, r); why != "" {
		f.say(theme.None, "nobody: %s", why)
		if r.status.State == silence.Pending {
			v.saidRoutes(env, r, &f, "then ")
		}
		return f
	}
	tree, why := v.way.get(env, r)
	if tree == nil {
		if len(r.alert.Receivers) > 0 {
			f.say(theme.None, "%s", strings.Join(r.alert.Receivers, ", "))
		}
		f.aside("when is %s", why)
		return f
	}
	hold, quiet := v.quietSince(r)
	list := noticesOf(tree, r, env.Now)
	if quiet && !slices.ContainsFunc(list, func(n notice) bool { return n.first.Before(hold.StartsAt) }) {
		f.say(theme.None, "nobody: %s by %s before the first notice", r.status.State, silence.Owner(hold))
	}
	for i := range list {
		n := &list[i]
		switch {
		case quiet && !n.first.Before(hold.StartsAt):
		case quiet:
			f.say(theme.None, "%s ~%s, quiet since %s", n.who(), stampOf(env, n.first), stampOf(env, hold.StartsAt))
		case n.first.After(env.Now):
			f.say(theme.None, "%s about to be, ~%s", n.who(), stampOf(env, n.first))
		default:
			f.say(theme.None, "%s ~%s, again ~%s", n.who(), stampOf(env, n.first), stampOf(env, n.next))
		}
	}
	return f
}

// saidRoutes adds the receivers of an alert that does not fire yet.
func (v *alerts) saidRoutes(env *ui.Env, r *alertRow, f *fact, lead string) {
	tree, _ := v.way.get(env, r)
	if tree == nil {
		return
	}
	for _, n := range noticesOf(tree, r, env.Now) {
		f.aside("%s%s", lead, n.who())
	}
}

var toldColumns = []draw.Column{
	{Title: "receiver", Min: 14}, {Title: "told", W: 10, Right: true}, {Title: "again", W: 10, Right: true, Drop: 1},
	{Title: "wait", W: 5, Right: true, Drop: 2}, {Title: "group", W: 6, Right: true, Drop: 3}, {Title: "repeat", W: 6, Right: true, Drop: 2}, {Title: "grouped by", Min: 18, Drop: 4},
}

// toldPanel is the way that the alert takes: each receiver with its times.
func (v *alerts) toldPanel(env *ui.Env, r *alertRow) ui.Panel {
	p := ui.Panel{Title: titleTold, Queries: []sources.Query{configuredFor(r)}, Partial: true, Ticks: true, Note: "~ estimated from the routes"}
	tree, why := v.way.get(env, r)
	p.Draw = func(b draw.Box, _ []sources.Frame) draw.Block {
		t := b.Theme
		if tree == nil {
			return draw.Message(b, theme.None, "receivers: "+orNone(strings.Join(r.alert.Receivers, ", ")), why)
		}
		list := noticesOf(tree, r, env.Now)
		hold, quiet := v.quietSince(r)
		table := draw.Table{Columns: toldColumns, Rows: len(list), Sel: -1, Row: func(i int) []draw.Cell {
			n := &list[i]
			told, again := "~"+stampOf(env, n.first), "~"+stampOf(env, n.next)
			switch {
			case v.hushed(env, r) != "" || quiet && !n.first.Before(hold.StartsAt):
				told, again = "no", "–"
			case quiet:
				again = "–"
			case n.first.After(env.Now):
				again = "–"
			}
			return []draw.Cell{
				{Text: n.who()}, {Text: told}, {Text: again}, {Text: draw.Age(n.Wait), Dim: true}, {Text: draw.Age(n.Interval), Dim: true},
				{Text: draw.Age(n.Repeat), Dim: true}, {Text: strings.Join(n.GroupBy, " "), Dim: true},
			}
		}}
		var text []string
		if why := v.hushed(env, r); why != "" {
			text = append(text, t.Text.Render("nobody is told: "+why))
		} else if quiet {
			text = append(text, t.Text.Render(fmt.Sprintf("quiet since %s, by %s", stampOf(env, hold.StartsAt), silence.Owner(hold))))
		}
		for i := range list {
			n := &list[i]
			path := "the root route"
			if len(n.Path) > 0 {
				path = strings.Join(n.Path, " → ")
			}
			line := n.Receiver + ": " + path
			if len(n.Mute) > 0 {
				line += ", not in " + strings.Join(n.Mute, ", ")
			}
			if len(n.Active) > 0 {
				line += ", only in " + strings.Join(n.Active, ", ")
			}
			for _, l := range draw.Wrap(line, b.W) {
				text = append(text, t.Dim.Render(l))
			}
		}
		block := table.Draw(b.Sized(b.W, min(len(list)+1, b.H)))
		return draw.Fit(b, append(block, text...))
	}
	return p
}
