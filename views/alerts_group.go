package views

import "firewatch/ui"

// alertList is the lines of the list as the user has it before him.
type alertList struct {
	lines []alertLine
	// ids are the identities of the lines, shown the rows that the filter lets through.
	ids   []string
	shown []*alertRow
}

// alertLine is one line of the list: an alert.
type alertLine struct {
	id  string
	row *alertRow
}

// rows are the alerts that a line stands for.
func (l *alertLine) rows() []*alertRow { return []*alertRow{l.row} }

// refresh brings rows, list and marks in line with the answers and the choices.
func (v *alerts) refresh(env *ui.Env) {
	v.rows.update(env)
	v.loseMarks(env)
	v.list = alertList{}
	for _, r := range v.rows.all {
		if v.filter.match(r, env.User) {
			v.list.shown = append(v.list.shown, r)
			v.list.lines = append(v.list.lines, alertLine{id: r.id, row: r})
			v.list.ids = append(v.list.ids, r.id)
		}
	}
}
