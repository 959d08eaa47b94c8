package views

import (
	"cmp"
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

// relation is another alert and what it has to do with the open one.
type relation struct {
	row *alertRow
	how string
	// near is how much they have in common: the larger the nearer.
	near int
}

// sameTime is how far apart two alerts may start to be taken for one incident.
const sameTime = 10 * time.Minute

// kin are the labels that two alerts about the same thing share.
var kin = []struct {
	label string
	near  int
}{{"service", 4}, {"instance", 4}, {"model", 4}, {"sloth_service", 4}, {"job", 2}, {"cluster", 1}, {"namespace", 1}}

// relatedTo lists the alerts that may belong to the same incident, nearest first:
// what holds it back or is held back by it, and what is on the same thing or
// began at the same time and is of the same team or area.
func relatedTo(r *alertRow, all []*alertRow) []relation {
	var out []relation
	for _, o := range all {
		if o == r || o.alert.Cluster != r.alert.Cluster || silence.Heartbeat(o.alert) {
			continue
		}
		rel := relation{row: o}
		var how []string
		say := func(near int, text string) {
			rel.near += near
			how = append(how, text)
		}
		if slices.Contains(r.alert.InhibitedBy, o.alert.Fingerprint) {
			say(10, "holds it back")
		}
		if slices.Contains(o.alert.InhibitedBy, r.alert.Fingerprint) {
			say(10, "held back by it")
		}
		for _, k := range kin {
			a := r.alert.Labels[k.label]
			if k.label == "sloth_service" {
				// An objective's alert and the service's own are about the same.
				a = cmp.Or(a, r.alert.Labels["service"])
			}
			b := o.alert.Labels[k.label]
			if k.label == "service" {
				b = cmp.Or(b, o.alert.Labels["sloth_service"])
			}
			if a != "" && a == b && !slices.Contains(how, "same service") {
				say(k.near, "same "+strings.TrimPrefix(k.label, "sloth_"))
			}
		}
		apart := o.alert.StartsAt.Sub(r.alert.StartsAt).Abs()
		if apart <= sameTime {
			for _, k := range []string{"team", "area"} {
				if a := r.alert.Labels[k]; a != "" && a == o.alert.Labels[k] {
					say(1, "same "+k)
				}
			}
			if rel.near > 0 {
				rel.near += 3
			}
		}
		if rel.near < 2 {
			continue
		}
		rel.how = strings.Join(how, ", ")
		out = append(out, rel)
	}
	slices.SortStableFunc(out, func(a, b relation) int {
		return cmp.Or(-cmp.Compare(a.near, b.near), -cmp.Compare(a.row.level, b.row.level), a.row.alert.StartsAt.Compare(b.row.alert.StartsAt), strings.Compare(a.row.id, b.row.id))
	})
	return out
}

// relatedIDs are the identities of the related alerts, for the cursor.
func relatedIDs(list []relation) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].row.id
	}
	return out
}

var relatedColumns = []draw.Column{
	{Title: "", W: 1}, {Title: "alert", W: 22}, {Title: "state", W: 9}, {Title: "began", W: 11}, {Title: "where", W: 20, Drop: 3}, {Title: "why it is here", Min: 14, Drop: 2},
}

// relatedPanel lists the related alerts; enter goes to the one under the cursor.
func (v *alerts) relatedPanel(env *ui.Env, r *alertRow) ui.Panel {
	list := relatedTo(r, v.rows.all)
	sel := -1
	if env.Focus == titleRelated {
		sel = v.opened.related.Index(relatedIDs(list))
	}
	p := ui.Panel{Title: titleRelated, Queries: []sources.Query{firing, silenced, rules}, Partial: true, Ticks: true}
	if len(list) > 0 {
		p.Note = draw.Count(len(list), "alert")
	}
	table := draw.Table{Columns: relatedColumns, Rows: len(list), Sel: sel, Empty: "no other alert is on the same thing", Row: func(i int) []draw.Cell {
		o := list[i].row
		level, quiet := o.level, o.quiet()
		if quiet {
			level = theme.None
		}
		return []draw.Cell{
			{Text: o.level.Glyph(), Level: level, Dim: quiet}, {Text: o.alert.Name(), Dim: quiet}, {Text: o.status.State.String(), Dim: quiet},
			{Text: offset(o.alert.StartsAt.Sub(r.alert.StartsAt)), Dim: quiet}, {Text: where(o.alert.Labels), Dim: quiet}, {Text: list[i].how, Dim: true},
		}
	}}
	p.Draw = func(b draw.Box, _ []sources.Frame) draw.Block { return table.Draw(b) }
	p.Click = func(_ *ui.Env, b draw.Box, _, y int) tea.Cmd {
		if i := table.At(b, y); i >= 0 {
			v.opened.related.Set(list[i].row.id)
		}
		return nil
	}
	return p
}

// offset is a distance in time from the start of the open alert.
func offset(d time.Duration) string {
	switch {
	case d.Abs() < time.Second:
		return "with it"
	case d < 0:
		return draw.Age(-d) + " before"
	}
	return draw.Age(d) + " after"
}
