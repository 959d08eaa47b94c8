package views

import (
	"fmt"
	"strings"
	"time"

	"firewatch/signals/silence"
	"firewatch/ui"
	"firewatch/ui/theme"
)

// alertList is the lines of the list as the user has them before him. While a
// dialog is open it is made of the rows that were there when it opened.
type alertList struct {
	key listKey
	// base are the rows that it is made of.
	base  []*alertRow
	lines []alertLine
	// ids are the identities of the lines, shown the rows that the filter lets
	// through, groups the headings.
	ids    []string
	shown  []*alertRow
	groups []*alertGroup
	// hidden counts the loud alerts that the filter hides, by level.
	hidden [theme.Crit + 1]int
	// held is what happened behind a dialog, as of the versions heldAt.
	held   string
	heldAt [2]uint64
	// wide says that the border has room for whole sentences.
	wide bool
	// follow is the row that the cursor goes to when the list is made again.
	follow string
}

// listKey is all that the lines depend on.
type listKey struct {
	version    uint64
	filter, by string
	folds      int
	user       string
	groups     time.Time
	noise      uint64
}

// alertLine is one line of the list: a heading, or an alert below one.
type alertLine struct {
	id  string
	row *alertRow
	// group is the one that the line belongs to, nil where nothing is grouped.
	group *alertGroup
}

// rows are the alerts that a line stands for.
func (l *alertLine) rows() []*alertRow {
	if l.row == nil {
		return l.group.rows
	}
	return []*alertRow{l.row}
}

func headingID(g *alertGroup) string { return "group " + g.key }

// refresh brings rows, list and marks in line with the answers and the choices.
func (v *alerts) refresh(env *ui.Env) {
	v.rows.update(env)
	v.follow(env)
	v.listen(env)
	v.list.wide = env.Wide(100)
	key := listKey{v.rows.version, v.filter.String(), v.by, v.folds, env.User, time.Time{}, 0}
	if v.by == byRoute {
		key.groups = env.Result(notified).At
	}
	if v.filter.noisy() {
		key.noise = v.noise.version
	}
	if env.Dialog && v.list.base != nil {
		key.version, key.groups = v.list.key.version, v.list.key.groups
	} else if v.list.base == nil || key.version != v.list.key.version {
		v.list.base = v.rows.all
		v.loseMarks(env)
	}
	if v.list.lines != nil && key == v.list.key {
		return
	}
	v.list.key = key
	v.arrange(env)
}

// arrange makes the lines.
func (v *alerts) arrange(env *ui.Env) {
	t := &v.list
	t.shown = make([]*alertRow, 0, len(t.base))
	t.hidden = [theme.Crit + 1]int{}
	for _, r := range t.base {
		if v.filter.match(r, env.User) {
			t.shown = append(t.shown, r)
		} else if r.status.State == silence.Firing {
			t.hidden[r.level]++
		}
	}
	t.lines, t.groups = make([]alertLine, 0, len(t.shown)), nil
	if v.by == byNone {
		for _, r := range t.shown {
			t.lines = append(t.lines, alertLine{id: r.id, row: r})
		}
	} else {
		t.groups = v.group(env, t.shown)
		taken := map[string]bool{}
		for _, g := range t.groups {
			t.lines = append(t.lines, alertLine{id: headingID(g), group: g})
			if !g.open {
				continue
			}
			for _, r := range g.rows {
				id := r.id
				if taken[id] { // an alert of several routes
					id = headingID(g) + " " + id
				}
				taken[id] = true
				t.lines = append(t.lines, alertLine{id: id, row: r, group: g})
			}
		}
	}
	t.ids = make([]string, len(t.lines))
	for i := range t.lines {
		t.ids[i] = t.lines[i].id
	}
	v.followRow(env)
}

// followRow puts the cursor on the line of the row to follow: its own, else the
// heading above it.
func (v *alerts) followRow(env *ui.Env) {
	id := v.list.follow
	if id == "" || v.by == byRoute && !env.Result(notified).Ready() {
		return
	}
	v.list.follow = ""
	for i := range v.list.lines {
		for _, r := range v.list.lines[i].rows() {
			if r.id == id && (v.list.lines[i].row != nil || !v.list.lines[i].group.open) {
				v.sel.Set(v.list.ids[i])
				return
			}
		}
	}
}

// note is what the border says: that the alert is missing which shows that
// alerting works, what is loud and hidden, what is marked, what happened behind a
// dialog, how many are shown of how many. The filter is last, since it is cut first.
func (v *alerts) note() string {
	var out []string
	if v.rows.mute {
		out = append(out, theme.Crit.Glyph()+" the Watchdog is missing")
	}
	for l := theme.Crit; l >= theme.Warn; l-- {
		if n := v.list.hidden[l]; n > 0 {
			out = append(out, fmt.Sprintf("%s %d %s", l.Glyph(), n, levelWord[l])+hiddenWords(n, v.list.wide))
			break
		}
	}
	if s := v.markNote(); s != "" {
		out = append(out, s)
	}
	if s := v.behind(); s != "" {
		out = append(out, s)
	}
	if v.by != byNone {
		out = append(out, "by "+v.by)
	}
	if n := len(v.list.base); v.filter.String() != "" {
		out = append(out, fmt.Sprintf("%d of %d", len(v.list.shown), n), v.filterName())
	} else {
		out = append(out, fmt.Sprint(n))
	}
	return strings.Join(out, " · ")
}

// hiddenWords go on after the number of loud alerts that the filter hides.
func hiddenWords(n int, wide bool) string {
	switch {
	case !wide:
		return " hidden"
	case n == 1:
		return " is hidden by the filter"
	}
	return " are hidden by the filter"
}

// levelWord is a level as the border names it.
var levelWord = [...]string{"", "fine", "info", "warning", "critical"}

// behind says what came and went behind an open dialog, where the list stays.
func (v *alerts) behind() string {
	at := [2]uint64{v.list.key.version, v.rows.version}
	if at[0] == at[1] {
		return ""
	}
	if at != v.list.heldAt {
		v.list.held, v.list.heldAt = difference(v.list.base, v.rows.all), at
	}
	return v.list.held
}

// difference says how many rows came and went between two lists.
func difference(before, after []*alertRow) string {
	there := make(map[string]bool, len(before))
	for _, r := range before {
		there[r.id] = true
	}
	fresh, gone := 0, len(before)
	for _, r := range after {
		if there[r.id] {
			gone--
		} else {
			fresh++
		}
	}
	switch {
	case fresh > 0 && gone > 0:
		return fmt.Sprintf("held: %d new, %d gone", fresh, gone)
	case fresh > 0:
		return fmt.Sprintf("held: %d new", fresh)
	case gone > 0:
		return fmt.Sprintf("held: %d gone", gone)
	}
	return ""
}
