package views

import (
	"time"

	"firewatch/signals/silence"
	"firewatch/ui"
	"firewatch/ui/theme"
)

// arrival is how long a pending alert that left its rule's list may take to
// arrive at Alertmanager: an evaluation, a send and a poll.
const arrival = 20 * time.Second

// follow keeps an alert open when its identity changes, which a pending one's
// does when it fires, and leaves one that is over, with a word.
func (v *alerts) follow(env *ui.Env) {
	if v.open == "" || env.Dialog || !v.rows.ready {
		return
	}
	o := &v.opened
	if r := v.rows.byID(v.open); r != nil {
		o.row, o.gone = r, time.Time{}
		return
	}
	if o.row == nil {
		return
	}
	pending := o.row.status.State == silence.Pending
	if pending {
		for _, r := range v.rows.all {
			if r.status.State != silence.Pending && within(o.row.alert.Labels, r.alert.Labels) {
				v.open, o.row = r.id, r
				return
			}
		}
	}
	if o.gone.IsZero() {
		o.gone = env.Now
	}
	if pending && env.Now.Sub(o.gone) < arrival {
		return
	}
	words := " is resolved"
	if pending {
		words = " is not pending any more"
	}
	env.Toast(theme.Info, o.row.alert.Name()+words)
	v.open, v.scroll, v.opened = "", 0, openAlert{}
}

// openRow is the alert that fills the tab, nil for the list. One that is on its
// way from pending to firing is as it was last seen.
func (v *alerts) openRow() *alertRow {
	if r := v.rows.byID(v.open); r != nil || v.open == "" {
		return r
	}
	return v.opened.row
}
