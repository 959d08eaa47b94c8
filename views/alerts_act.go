package views

import (
	"fmt"
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

// tool is what the silences of this program say that they were made by.
const tool = "firewatch"

// bulk is the number of alerts or silences beyond which one gesture needs the
// context's name typed.
const bulk = 10

// actKeys are the writes on the chosen alerts.
func (v *alerts) actKeys(env *ui.Env) []ui.Key {
	rows := v.chosen(env)
	show := func(make func(*ui.Env, []*alertRow) ui.Overlay) func(*ui.Env) tea.Cmd {
		return func(env *ui.Env) tea.Cmd { env.Show(make(env, rows)); return nil }
	}
	keys := []ui.Key{
		{ID: "ack", On: []string{"a"}, Help: "ack", Run: show(v.ackPrompt)},
		{ID: "unack", On: []string{"A"}, Help: "un-ack", Hidden: true, Run: func(env *ui.Env) tea.Cmd { return v.unack(env, rows) }},
		{ID: "silence", On: []string{"s"}, Help: "silence", Run: show(v.silenceForm)},
		{ID: "quick-silence", On: []string{"S"}, Help: "quick silence", Hidden: true, Run: show(v.quickMenu)},
		{ID: "expire", On: []string{"x"}, Help: "expire", Run: show(v.expireDialog)},
	}
	for i := range keys {
		keys[i].Writes, keys[i].Off = true, v.cannot(env, keys[i].ID, rows)
	}
	its := ui.Key{ID: "silences", On: []string{"i"}, Help: "its silences, the expired ones too", Hidden: true}
	if len(rows) == 0 {
		its.Off = unselected
	} else {
		name := sources.Matcher{Name: "alertname", Value: rows[0].alert.ExactLabels()["alertname"], Equal: true}
		its.Run = func(env *ui.Env) tea.Cmd { return env.Open(silencesName, allWord+" "+name.String()) }
	}
	return append(keys, its)
}

// cannot says why a write is out of place at the moment; empty when it is not.
func (v *alerts) cannot(env *ui.Env, id string, rows []*alertRow) string {
	if len(rows) == 0 {
		return unselected
	}
	switch id {
	case "ack":
		if loud, why := v.ackable(rows); len(loud) == 0 {
			return why
		}
	case "unack":
		if len(v.myAcks(env, rows)) == 0 {
			return "you have not acked it"
		}
	case "expire":
		if len(v.holders(rows)) == 0 {
			return "no silence matches it"
		}
	}
	return ""
}

// holders are the silences that hold any of the rows, each once.
func (v *alerts) holders(rows []*alertRow) []*sources.Silence {
	var out []*sources.Silence
	for _, r := range rows {
		for _, s := range v.rows.book.Holders(r.alert) {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// changed says what happened to an alert since the user was shown it; empty when
// it is as it was. A write on it is called off then.
func (v *alerts) changed(env *ui.Env, seen *alertRow) string {
	now := v.rows.byID(seen.id)
	switch {
	case now == nil && seen.status.State == silence.Pending:
		return seen.alert.Name() + " is not pending any more"
	case now == nil:
		return seen.alert.Name() + " is gone"
	}
	end := func(t time.Time) string { return clockOf(env, t) }
	// Whether the server has marked the alert yet makes no difference.
	before, after := seen.status, now.status
	before.Settling, after.Settling = false, false
	if was, is := before.Text(end), after.Text(end); was != is {
		return fmt.Sprintf("%s was %s, is %s", seen.alert.Name(), was, is)
	}
	return ""
}

// diff says what happened to the first of the rows that changed since they
// were shown, and how many more did; empty when all are as they were.
func (v *alerts) diff(env *ui.Env, seen []*alertRow) string {
	v.rows.update(env)
	var out []string
	for _, r := range seen {
		if d := v.changed(env, r); d != "" {
			out = append(out, d)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return out[0] + more(len(out)-1)
}

// unlessChanged carries out write, or says what changed and calls it off.
func (v *alerts) unlessChanged(env *ui.Env, seen []*alertRow, write func() tea.Cmd) tea.Cmd {
	if diff := v.diff(env, seen); diff != "" {
		env.Toast(theme.Warn, "called off: "+diff)
		return nil
	}
	return write()
}

// expireDialog asks before the silence that holds an alert is ended; where there
// are several it asks which.
func (v *alerts) expireDialog(env *ui.Env, rows []*alertRow) ui.Overlay {
	held := v.holders(rows)
	if len(held) == 1 {
		return v.confirmExpire(env, rows, []sources.Silence{*held[0]})
	}
	var items []ui.Item
	var all []sources.Silence
	for i, s := range held {
		s := *s
		all = append(all, s)
		it := ui.Item{Label: silence.Owner(&s), Note: "until " + clockOf(env, s.EndsAt) + " · " + s.Comment, Run: func(env *ui.Env) tea.Cmd {
			env.Show(v.confirmExpire(env, rows, []sources.Silence{s}))
			return nil
		}}
		if i < 9 {
			it.Key = fmt.Sprint(i + 1)
		}
		items = append(items, it)
	}
	items = append(items, ui.Item{Key: "0", Label: fmt.Sprintf("all %d", len(all)), Run: func(env *ui.Env) tea.Cmd {
		env.Show(v.confirmExpire(env, rows, all))
		return nil
	}})
	return ui.Menu("expire which silence?", items)
}

func (v *alerts) confirmExpire(env *ui.Env, rows []*alertRow, ss []sources.Silence) ui.Overlay {
	return confirmExpire(env, ss, func(env *ui.Env) tea.Cmd {
		return v.unlessChanged(env, rows, func() tea.Cmd {
			for _, s := range ss {
				delete(v.leases, s.ID)
			}
			return expire(env, ss)
		})
	})
}

// expire ends silences by one gesture.
func expire(env *ui.Env, ss []sources.Silence) tea.Cmd {
	var as []sources.Action
	for _, s := range ss {
		as = append(as, sources.ExpireSilence{Silence: s})
	}
	return env.Together(as, nil)
}

// confirmExpire asks before silences are ended, and lists them with what each
// mutes; many, or any in production, need the context's name.
func confirmExpire(env *ui.Env, ss []sources.Silence, yes func(*ui.Env) tea.Cmd) ui.Overlay {
	typed := ""
	if len(ss) > bulk || env.Prod {
		typed = env.Context
	}
	const loud = "What fires is loud again at once; the next page comes with the next round of its group."
	if len(ss) == 1 {
		s := &ss[0]
		effect, _ := silence.Preview(s.Matchers, alertsOf(env, s.Cluster))
		body := []string{
			"by " + silence.Owner(s) + ", until " + clockOf(env, s.EndsAt) + ": " + s.Comment,
			inCluster(s.Cluster) + silence.Format(s.Matchers), "",
			"It mutes " + draw.Count(len(effect.Mutes), "alert") + " now. " + loud,
		}
		return ui.Confirm("expire silence "+short(s.ID)+"?", body, typed, yes)
	}
	var body []string
	var mutes int
	for i := range ss {
		s := &ss[i]
		effect, _ := silence.Preview(s.Matchers, alertsOf(env, s.Cluster))
		mutes += len(effect.Mutes)
		body = append(body, fmt.Sprintf("%s  %s  mutes %d  %s", short(s.ID), silence.Owner(s), len(effect.Mutes), inCluster(s.Cluster)+silence.Format(s.Matchers)))
	}
	body = append(body, "", fmt.Sprintf("They mute %s now. ", draw.Count(mutes, "alert"))+loud)
	return ui.Confirm(fmt.Sprintf("expire %d silences?", len(ss)), body, typed, yes)
}

// alertsOf are Alertmanager's alerts in one cluster.
func alertsOf(env *ui.Env, cluster string) []sources.Alert {
	all := env.Result(firing).Frame.Alerts
	if !slices.ContainsFunc(all, func(a sources.Alert) bool { return a.Cluster != cluster }) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(a sources.Alert) bool { return a.Cluster != cluster })
}

// inCluster names a cluster before something in it; empty where there is one.
func inCluster(name string) string {
	if name == "" {
		return ""
	}
	return name + " "
}

// naming are the names of the alerts, the first ones of many.
func naming(rows []*alertRow) string {
	var names []string
	for _, r := range rows {
		if !slices.Contains(names, r.alert.Name()) {
			names = append(names, r.alert.Name())
		}
	}
	if len(rows) == 1 {
		return names[0]
	}
	return fmt.Sprintf("%d alerts: %s", len(rows), strings.Join(names[:min(len(names), 3)], ", ")+more(len(names)-3))
}
