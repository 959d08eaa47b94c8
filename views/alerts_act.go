package views

import (
	"fmt"
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

// reasonless is the reason of an acknowledgement that was given none.
const reasonless = "looking into it"

// actKeys are the writes on an alert; r may be nil.
func (v *alerts) actKeys(env *ui.Env, r *alertRow) []ui.Key {
	keys := []ui.Key{
		{ID: "ack", On: []string{"a"}, Help: "ack", Run: func(env *ui.Env) tea.Cmd { env.Show(v.ackPrompt(env, r)); return nil }},
		{ID: "unack", On: []string{"A"}, Help: "un-ack", Hidden: true, Run: func(env *ui.Env) tea.Cmd { return v.unack(env, r) }},
		{ID: "silence", On: []string{"s"}, Help: "silence", Run: func(env *ui.Env) tea.Cmd { env.Show(v.silenceForm(env, r)); return nil }},
		{ID: "quick-silence", On: []string{"S"}, Help: "quick silence", Hidden: true, Run: func(env *ui.Env) tea.Cmd { env.Show(v.quickMenu(env, r)); return nil }},
		{ID: "expire", On: []string{"x"}, Help: "expire", Run: func(env *ui.Env) tea.Cmd { env.Show(v.expireDialog(env, r)); return nil }},
	}
	for i := range keys {
		keys[i].Writes, keys[i].Off = true, v.cannot(env, keys[i].ID, r)
	}
	return keys
}

// cannot says why a write is out of place at the moment; empty when it is not.
func (v *alerts) cannot(env *ui.Env, id string, r *alertRow) string {
	if r == nil {
		return unselected
	}
	held := v.rows.book.Holders(r.alert)
	switch {
	case id == "ack" && r.status.State == silence.Pending:
		return "it does not fire yet: silence it with s"
	case id == "ack" && (r.status.State == silence.Acked || r.status.State == silence.Silenced):
		return "already " + r.status.State.String() + " by " + r.who()
	case id == "unack" && v.myAck(env, r) == nil:
		return "you have not acked it"
	case id == "expire" && len(held) == 0:
		return "no silence matches it"
	}
	return ""
}

// myAck is the user's own acknowledgement of the alert, nil if there is none.
func (v *alerts) myAck(env *ui.Env, r *alertRow) *sources.Silence {
	for _, s := range v.rows.book.Holders(r.alert) {
		if silence.IsAck(s) && silence.Owner(s) == env.User {
			return s
		}
	}
	return nil
}

// changed says what happened to an alert since the user was shown it; empty when
// it is as it was. A write on it is called off then.
func (v *alerts) changed(env *ui.Env, seen *alertRow) string {
	v.rows.update(env)
	now := v.rows.byID(seen.id)
	switch {
	case now == nil && seen.status.State == silence.Pending:
		return seen.alert.Name() + " is not pending any more"
	case now == nil:
		return seen.alert.Name() + " is gone"
	}
	end := func(t time.Time) string { return clockOf(env, t) }
	before, after := seen.status.Text(end), now.status.Text(end)
	if before != after {
		return fmt.Sprintf("%s was %s, is %s", seen.alert.Name(), before, after)
	}
	return ""
}

// unlessChanged carries out write, or says what changed and calls it off.
func (v *alerts) unlessChanged(env *ui.Env, seen *alertRow, write func() tea.Cmd) tea.Cmd {
	if diff := v.changed(env, seen); diff != "" {
		env.Toast(theme.Warn, "called off: "+diff)
		return nil
	}
	return write()
}

// ackPrompt asks for a reason, which may stay empty.
func (v *alerts) ackPrompt(_ *ui.Env, r *alertRow) ui.Overlay {
	hint := fmt.Sprintf("reason, or enter alone · %s, renewed while it fires and this console runs", draw.Age(v.set.Lease))
	if _, kept := silence.For(r.alert, v.set.Volatile, v.rows.current); len(kept) > 0 {
		hint = "only this one: another alert differs in nothing but " + strings.Join(kept, ", ") + " · " + hint
	}
	return ui.Prompt(ui.PromptSpec{Title: "ack " + r.alert.Name(), Hint: hint, Done: func(env *ui.Env, text string) tea.Cmd {
		return v.unlessChanged(env, r, func() tea.Cmd { return v.ack(env, r.alert, text) })
	}})
}

// unack ends the user's own acknowledgement; undo makes it again.
func (v *alerts) unack(env *ui.Env, r *alertRow) tea.Cmd {
	s := v.myAck(env, r)
	delete(v.leases, s.ID)
	return env.Do(sources.ExpireSilence{Silence: *s})
}

// ack acknowledges the alert and keeps the lease.
func (v *alerts) ack(env *ui.Env, a *sources.Alert, reason string) tea.Cmd {
	if reason = strings.TrimSpace(reason); reason == "" {
		reason = reasonless
	}
	s := v.set.Ack([]sources.Alert{*a}, silence.By{User: env.User, Reason: reason, Tool: tool, At: env.Now}, v.rows.current)[0]
	return env.Then(sources.SetSilence{Silence: s}, func(_ *ui.Env, r sources.Receipt, err error) tea.Cmd {
		if err == nil {
			v.keep(r.ID, s.EndsAt)
		}
		return nil
	})
}

// expireDialog asks before the silence that holds an alert is ended; where there
// are several it asks which.
func (v *alerts) expireDialog(env *ui.Env, r *alertRow) ui.Overlay {
	held := v.rows.book.Holders(r.alert)
	if len(held) == 1 {
		return v.confirmExpire(env, r, *held[0])
	}
	var items []ui.Item
	for i, s := range held {
		s := *s
		items = append(items, ui.Item{Key: fmt.Sprint(i + 1), Label: silence.Owner(&s), Note: "until " + clockOf(env, s.EndsAt) + " · " + s.Comment, Run: func(env *ui.Env) tea.Cmd {
			env.Show(v.confirmExpire(env, r, s))
			return nil
		}})
	}
	return ui.Menu("expire which silence?", items)
}

func (v *alerts) confirmExpire(env *ui.Env, r *alertRow, s sources.Silence) ui.Overlay {
	effect, _ := silence.Preview(s.Matchers, v.rows.current)
	body := []string{
		"by " + silence.Owner(&s) + ", until " + clockOf(env, s.EndsAt) + ": " + s.Comment,
		silence.Format(s.Matchers),
		"",
		"It mutes " + plural(len(effect.Mutes), "alert") + " now. What fires is loud again at once; the next page comes with the next round of its group.",
	}
	return ui.Confirm("expire silence "+short(s.ID)+"?", body, "", func(env *ui.Env) tea.Cmd {
		return v.unlessChanged(env, r, func() tea.Cmd {
			delete(v.leases, s.ID)
			return env.Do(sources.ExpireSilence{Silence: s})
		})
	})
}

// plural is a number with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
