package views

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"firewatch/ui"
	"firewatch/ui/theme"
)

// alertMarks are the alerts that were chosen by hand, by identity: a refresh, a
// filter or another order leaves them as they are. The zero value has none.
type alertMarks struct {
	// names are the alertnames by row id, so that one that is gone can be named.
	names map[string]string
	// last is the line that was marked last, where a range begins.
	last string
}

func (m *alertMarks) has(id string) bool { _, ok := m.names[id]; return ok }

// set marks rows, or takes their marks away.
func (m *alertMarks) set(rows []*alertRow, on bool) {
	if m.names == nil {
		m.names = map[string]string{}
	}
	for _, r := range rows {
		if on {
			m.names[r.id] = r.alert.Name()
		} else {
			delete(m.names, r.id)
		}
	}
}

// all says whether every one of the rows is marked.
func (m *alertMarks) all(rows []*alertRow) bool {
	return len(rows) > 0 && !slices.ContainsFunc(rows, func(r *alertRow) bool { return !m.has(r.id) })
}

// prune forgets the marks of alerts that are gone, and names them.
func (m *alertMarks) prune(rows *alertRows) (gone []string) {
	for id, name := range m.names {
		if rows.byID(id) == nil {
			gone = append(gone, name)
			delete(m.names, id)
		}
	}
	slices.Sort(gone)
	return gone
}

// chosen are the alerts that an action is for: the open one; else all that are
// marked, worst first, whether or not the filter shows them; else those of the
// group whose heading is under the cursor, as far as the filter shows them; else
// the one under the cursor. It is empty when there is none. The rows are as they
// were drawn: give them to [alerts.unlessChanged] before the write.
func (v *alerts) chosen(env *ui.Env) []*alertRow {
	v.refresh(env)
	if r := v.openRow(); r != nil {
		return []*alertRow{r}
	}
	if len(v.marks.names) > 0 {
		var out []*alertRow
		for _, r := range v.rows.all {
			if v.marks.has(r.id) {
				out = append(out, r)
			}
		}
		return out
	}
	return v.under()
}

// under are the alerts of the line under the cursor: one, or a heading's.
func (v *alerts) under() []*alertRow {
	l, ok := at(v.list.lines, v.sel.Index(v.list.ids))
	if !ok {
		return nil
	}
	return l.rows()
}

// loseMarks says which marked alerts are gone.
func (v *alerts) loseMarks(env *ui.Env) {
	if gone := v.marks.prune(&v.rows); len(gone) > 0 {
		env.Toast(theme.Info, "gone, and its mark with it: "+strings.Join(gone[:min(len(gone), 3)], ", ")+more(len(gone)-3))
	}
}

// more is what is said after the first ones of a list.
func more(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" and %d more", n)
}

// markNote says how many are marked, and how many of them cannot be seen.
func (v *alerts) markNote() string {
	n := len(v.marks.names)
	if n == 0 {
		return ""
	}
	hidden := n
	for _, r := range v.list.shown {
		if v.marks.has(r.id) {
			hidden--
		}
	}
	if hidden > 0 {
		return fmt.Sprintf("%d marked, %d hidden", n, hidden)
	}
	return fmt.Sprintf("%d marked", n)
}

// markKeys choose rows for the actions.
func (v *alerts) markKeys() []ui.Key {
	none, line := "", v.sel.Index(v.list.ids)
	if line < 0 {
		none = unselected
	}
	clear := ""
	if len(v.marks.names) == 0 {
		clear = "nothing is marked"
	}
	span := none
	if span == "" && !slices.Contains(v.list.ids, v.marks.last) {
		span = "mark one row with space first"
	}
	return []ui.Key{
		{ID: "mark", On: []string{"space"}, Help: "mark", Off: none, Hidden: true, Run: func(*ui.Env) tea.Cmd {
			rows := v.under()
			v.marks.set(rows, !v.marks.all(rows))
			v.marks.last = v.list.ids[line]
			v.sel.Set(v.list.ids[min(line+1, len(v.list.ids)-1)])
			return nil
		}},
		{ID: "mark-range", On: []string{"v"}, Help: "mark from the last mark to here", Off: span, Hidden: true, Run: func(*ui.Env) tea.Cmd {
			from := slices.Index(v.list.ids, v.marks.last)
			for i := min(from, line); i <= max(from, line); i++ {
				v.marks.set(v.list.lines[i].rows(), true)
			}
			v.marks.last = v.list.ids[line]
			return nil
		}},
		{ID: "clear-marks", On: []string{`ctrl+\`}, Help: "clear the marks", Off: clear, Hidden: true, Run: func(*ui.Env) tea.Cmd {
			v.marks = alertMarks{}
			return nil
		}},
	}
}

// marked says which lines of the table are, a heading when all below it are; nil
// while none is.
func (v *alerts) marked() func(int) bool {
	if len(v.marks.names) == 0 {
		return nil
	}
	return func(i int) bool { return v.marks.all(v.list.lines[i].rows()) }
}
