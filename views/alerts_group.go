package views

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
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

// What the alerts of the list are put together by; anything else is a label.
const (
	byNone     = ""
	bySeverity = "severity"
	byRoute    = "route"
)

// notified asks for the groups as Alertmanager notifies of them.
var notified = sources.Groups{}

// alertGroup is a heading and the alerts below it, as far as the filter shows them.
type alertGroup struct {
	key, name string
	rows      []*alertRow
	// muted are the time intervals that keep the group from notifying.
	muted []string
	open  bool
	// worst is the worst of those that nobody has, of all where somebody has each;
	// level is its level.
	level  theme.Level
	worst  *alertRow
	counts [silence.Muted + 1]int
	oldest time.Time
}

func (g *alertGroup) add(r *alertRow) {
	g.rows = append(g.rows, r)
	g.counts[r.status.State]++
	if g.oldest.IsZero() || r.alert.StartsAt.Before(g.oldest) {
		g.oldest = r.alert.StartsAt
	}
}

// finish works out the level, once all rows are there.
func (g *alertGroup) finish() {
	loud := g.counts[silence.Firing] > 0
	for _, r := range g.rows {
		if (!loud || r.status.State == silence.Firing) && (g.worst == nil || r.level > g.level) {
			g.level, g.worst = r.level, r
		}
	}
}

// worstGroup orders those with something loud first, by level and by how much of
// it there is, then by name.
func worstGroup(a, b *alertGroup) int {
	quiet := func(g *alertGroup) int { return min(g.counts[silence.Firing], 1) }
	return cmp.Or(
		-cmp.Compare(quiet(a), quiet(b)), -cmp.Compare(a.level, b.level),
		-cmp.Compare(a.counts[silence.Firing], b.counts[silence.Firing]), strings.Compare(a.name, b.name), strings.Compare(a.key, b.key),
	)
}

// title is the heading: the name, how many, and what is quiet among them.
func (g *alertGroup) title(marks *alertMarks) string {
	fold := "▸ "
	if g.open {
		fold = "▾ "
	}
	out := fmt.Sprintf("%s%s · %d", fold, g.name, len(g.rows))
	for s := silence.Silenced; s <= silence.Muted; s++ {
		if n := g.counts[s]; n > 0 {
			out += fmt.Sprintf(" · %d %s", n, s)
		}
	}
	if n := g.counts[silence.Pending]; n > 0 {
		out += fmt.Sprintf(" · %d pending", n)
	}
	if len(g.muted) > 0 {
		out += " · quiet in " + strings.Join(g.muted, ", ")
	}
	if len(marks.names) > 0 {
		n := 0
		for _, r := range g.rows {
			if marks.has(r.id) {
				n++
			}
		}
		if n > 0 && n < len(g.rows) {
			out += fmt.Sprintf(" · %d marked", n)
		}
	}
	return out
}

// tail is what all headings say in the same places: how many are loud, how many
// of those to be handled somebody has, and the age of the oldest.
func (g *alertGroup) tail(now time.Time) string {
	acked, total := g.counts[silence.Acked], g.counts[silence.Acked]+g.counts[silence.Firing]
	held := ""
	if acked > 0 {
		held = fmt.Sprintf("%d of %d acked", acked, total)
	}
	loud := fmt.Sprintf("%d firing", g.counts[silence.Firing])
	if g.counts[silence.Firing] == 0 {
		loud = "quiet"
	}
	return draw.PadLeft(loud, 11) + "  " + draw.Pad(held, 13) + draw.PadLeft(draw.Age(now.Sub(g.oldest)), 5)
}

// group puts the rows together; each alert is in the groups that it belongs to,
// which for routes may be several.
func (v *alerts) group(env *ui.Env, rows []*alertRow) []*alertGroup {
	byKey := map[string]*alertGroup{}
	into := func(key, name string) *alertGroup {
		g := byKey[key]
		if g == nil {
			g = &alertGroup{key: key, name: name}
			byKey[key] = g
		}
		return g
	}
	if v.by == byRoute {
		v.route(env, rows, into)
	} else {
		for _, r := range rows {
			value := r.alert.Labels[v.by]
			name := v.by + "=" + value
			switch {
			case v.by == bySeverity:
				value = r.alert.Severity()
				name = value
			case value == "":
				name = "no " + v.by
			case v.by == "alertname":
				name = value
			}
			into(value, name).add(r)
		}
	}
	var out []*alertGroup
	for _, g := range byKey {
		if len(g.rows) > 0 {
			g.finish()
			g.open = v.unfolded[v.by+"\x00"+g.key]
			out = append(out, g)
		}
	}
	slices.SortFunc(out, worstGroup)
	return out
}

// route gives each row to the groups that Alertmanager has it in. What is in none
// is put together too: what is pending, and what came after the groups were asked for.
func (v *alerts) route(env *ui.Env, rows []*alertRow, into func(key, name string) *alertGroup) {
	place := make(map[string]int, len(rows))
	for i, r := range rows {
		place[r.id] = i
	}
	placed := make(map[string]bool, len(rows))
	several := v.rows.several
	for _, g := range env.Result(notified).Frame.Groups {
		labels := labelText(g.Labels)
		name := g.Receiver + ": " + plainLabels(g.Labels)
		if several {
			name = g.Cluster + " " + name
		}
		to := into(g.Cluster+"\x00"+g.Receiver+"\x00"+labels, name)
		to.muted = g.Muted
		var below []int
		for i := range g.Alerts {
			if at, ok := place[alert.ID(&g.Alerts[i])]; ok {
				below = append(below, at)
			}
		}
		slices.Sort(below)
		for _, at := range below {
			to.add(rows[at])
			placed[rows[at].id] = true
		}
	}
	name := "in no group yet"
	if !env.Result(notified).Ready() {
		name = "waiting for Alertmanager's groups"
	}
	for _, r := range rows {
		if !placed[r.id] {
			into("", name).add(r)
		}
	}
}

// plainLabels is a label set for a heading, where quotes would be in the way.
func plainLabels(labels map[string]string) string {
	if len(labels) == 0 {
		return "all"
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		if k == "alertname" { // first, and by itself
			out = append([]string{labels[k]}, out...)
		} else {
			out = append(out, k+"="+labels[k])
		}
	}
	return strings.Join(out, " ")
}

// groupings are what the key goes through; the label is the one chosen last.
func (v *alerts) groupings() []string {
	return []string{byNone, bySeverity, byRoute, cmp.Or(v.label, "alertname")}
}

// groupBy puts the alerts together by something else; the cursor stays with its alert.
func (v *alerts) groupBy(by string) {
	if rows := v.under(); len(rows) > 0 {
		v.list.follow = rows[0].id
	}
	v.by = by
	if by != byNone && by != bySeverity && by != byRoute {
		v.label = by
	}
}

// fold opens or closes groups.
func (v *alerts) fold(open bool, groups ...*alertGroup) {
	if v.unfolded == nil {
		v.unfolded = map[string]bool{}
	}
	for _, g := range groups {
		v.unfolded[v.by+"\x00"+g.key] = open
	}
	v.folds++
}

// groupKeys group the list, and open and close its groups.
func (v *alerts) groupKeys() []ui.Key {
	line, ok := at(v.list.lines, v.sel.Index(v.list.ids))
	flat := ""
	if v.by == byNone {
		flat = "the list is not grouped: O groups it"
	} else if !ok {
		flat = unselected
	}
	expand, collapse := flat, flat
	if flat == "" && line.group.open {
		expand = "it is open"
	} else if flat == "" {
		collapse = "it is closed"
	}
	return []ui.Key{
		{ID: "group", On: []string{"O"}, Help: "group by severity, route, label", Hidden: true, Run: func(*ui.Env) tea.Cmd {
			all := v.groupings()
			v.groupBy(all[(slices.Index(all, v.by)+1)%len(all)])
			return nil
		}},
		{ID: "group-by", On: []string{"ctrl+o"}, Help: "group by a label", Hidden: true, Run: func(env *ui.Env) tea.Cmd { env.Show(v.groupPrompt()); return nil }},
		{ID: "expand", On: []string{"right", "l"}, Help: "open the group", Off: expand, Hidden: true, Run: func(*ui.Env) tea.Cmd { v.fold(true, line.group); return nil }},
		{ID: "collapse", On: []string{"left", "h"}, Help: "close the group", Off: collapse, Hidden: true, Run: func(*ui.Env) tea.Cmd {
			v.fold(false, line.group)
			v.sel.Set(headingID(line.group))
			return nil
		}},
		{ID: "expand-all", On: []string{"*"}, Help: "open or close all groups", Off: flat, Hidden: true, Run: func(*ui.Env) tea.Cmd {
			closed := slices.ContainsFunc(v.list.groups, func(g *alertGroup) bool { return !g.open })
			if rows := v.under(); len(rows) > 0 {
				v.list.follow = rows[0].id
			}
			v.fold(closed, v.list.groups...)
			return nil
		}},
	}
}

// groupPrompt asks for the label to group by.
func (v *alerts) groupPrompt() ui.Overlay {
	return ui.Prompt(ui.PromptSpec{
		Title: "group alerts by", Hint: "a label, or severity, route, none",
		Complete: func(_ *ui.Env, text string) []string { return v.completeGroup(text) },
		Check: func(text string) error {
			if text != "" && !slices.Contains(v.completeGroup(""), text) {
				return fmt.Errorf("no alert has a label %s", text)
			}
			return nil
		},
		Done: func(_ *ui.Env, text string) tea.Cmd {
			v.groupBy(grouping(text))
			return nil
		},
	})
}

// grouping is what is grouped by when the user says text.
func grouping(text string) string {
	if text == "none" {
		return byNone
	}
	return text
}

func (v *alerts) completeGroup(text string) []string {
	labels := map[string]bool{}
	for _, r := range v.rows.all {
		for k := range r.alert.Labels {
			labels[k] = true
		}
	}
	delete(labels, bySeverity)
	all := append([]string{bySeverity, byRoute, "none"}, slices.Sorted(maps.Keys(labels))...)
	return slices.DeleteFunc(all, func(s string) bool { return !strings.HasPrefix(s, text) })
}

// groupLines are the details of a group: what it amounts to, and its alerts.
func (v *alerts) groupLines(env *ui.Env, b draw.Box, g *alertGroup) []string {
	t := b.Theme
	out := []string{t.Level(g.level).Render(g.level.Glyph()+" ") + t.Strong.Render(draw.Line(g.name))}
	var parts []string
	for s, n := range g.counts {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, silence.State(s)))
		}
	}
	out = append(out, strings.Join(parts, " · ")+t.Dim.Render(" · oldest since ")+env.Moment(g.oldest), "")
	for _, r := range g.rows[:min(len(g.rows), max(b.H-3, 0))] {
		out = append(out, draw.Cut(r.level.Glyph()+" "+draw.Line(r.alert.Name()+"  "+where(r.alert.Labels)+"  ")+r.status.State.String(), b.W))
	}
	return out
}
