package views

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/alert"
	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
)

// reasonless is the reason of an acknowledgement that was given none.
const reasonless = "looking into it"

// ackable are the rows that nobody holds, and why the first of the others is not
// one of them.
func (v *alerts) ackable(rows []*alertRow) (loud []*alertRow, why string) {
	for _, r := range rows {
		switch r.status.State {
		case silence.Pending:
			why = cmp.Or(why, "it does not fire yet: silence it with s")
		case silence.Acked, silence.Silenced:
			why = cmp.Or(why, "already "+r.status.State.String()+" by "+r.who())
		case silence.Firing, silence.Inhibited, silence.Muted:
			loud = append(loud, r)
		}
	}
	return loud, why
}

func alertsIn(rows []*alertRow) []sources.Alert {
	out := make([]sources.Alert, len(rows))
	for i, r := range rows {
		out[i] = *r.alert
	}
	return out
}

// ackPrompt asks for a reason, which may stay empty.
func (v *alerts) ackPrompt(_ *ui.Env, chosen []*alertRow) ui.Overlay {
	rows, _ := v.ackable(chosen)
	hint := fmt.Sprintf("reason, or enter alone · %s, renewed while it fires and this console runs", draw.Age(v.set.Lease))
	if len(rows) > 1 {
		hint = strings.Replace(hint, "it fires", "they fire", 1)
		if n := len(silence.Cover(alertsIn(rows), v.set.Volatile, v.rows.current)); n > 1 {
			hint = fmt.Sprintf("%d silences cover exactly these · ", n) + hint
		}
	} else if _, kept := silence.For(rows[0].alert, v.set.Volatile, v.rows.current); len(kept) > 0 {
		hint = "only this one: another alert differs in nothing but " + strings.Join(kept, ", ") + " · " + hint
	}
	if n := len(chosen) - len(rows); n > 0 {
		hint = fmt.Sprintf("%d of the chosen held already · ", n) + hint
	}
	return ui.Prompt(ui.PromptSpec{Title: "ack " + naming(rows), Hint: hint, Done: func(env *ui.Env, text string) tea.Cmd {
		ack := func(env *ui.Env) tea.Cmd {
			return v.unlessChanged(env, rows, func() tea.Cmd { return v.ack(env, alertsIn(rows), text) })
		}
		if len(rows) <= bulk && (len(rows) == 1 || !env.Prod) {
			return ack(env)
		}
		var body []string
		for _, r := range rows {
			body = append(body, r.level.Glyph()+" "+draw.Line(inCluster(r.alert.Cluster)+r.alert.Name()+"  "+where(r.alert.Labels)))
		}
		env.Show(ui.Confirm(fmt.Sprintf("ack %d alerts?", len(rows)), body, env.Context, ack))
		return nil
	}})
}

// ack acknowledges alerts and keeps the leases. A ticket that the reason names is
// an annotation too.
func (v *alerts) ack(env *ui.Env, as []sources.Alert, reason string) tea.Cmd {
	if reason = strings.TrimSpace(reason); reason == "" {
		reason = reasonless
	}
	made := v.set.Ack(as, silence.By{User: env.User, Reason: reason, Ticket: silence.Ticket(reason), Tool: tool, At: env.Now}, v.rows.current)
	for i := range made {
		made[i].EndsAt = made[i].EndsAt.Add(skew(env, made[i].Cluster))
	}
	return set(env, made, func(i int, id string) { v.keep(id, made[i].EndsAt) })
}

// set sends silences by one gesture; done, unless it is nil, is told the id of each.
func set(env *ui.Env, ss []sources.Silence, done func(i int, id string)) tea.Cmd {
	var as []sources.Action
	for _, s := range ss {
		as = append(as, sources.SetSilence{Silence: s})
	}
	return env.Together(as, func(_ *ui.Env, i int, r sources.Receipt, err error) tea.Cmd {
		if err == nil && done != nil {
			done(i, r.ID)
		}
		return nil
	})
}

// myAcks are the user's own acknowledgements of the alerts, each once.
func (v *alerts) myAcks(env *ui.Env, rows []*alertRow) []sources.Silence {
	var out []sources.Silence
	for _, s := range v.holders(rows) {
		if silence.IsAck(s) && silence.Owner(s) == env.User {
			out = append(out, *s)
		}
	}
	return out
}

// unack ends the user's own acknowledgements; undo makes them again. One that
// holds more than the chosen alerts is asked for.
func (v *alerts) unack(env *ui.Env, rows []*alertRow) tea.Cmd {
	acks := v.myAcks(env, rows)
	var besides []string
	for _, a := range acks {
		effect, _ := silence.Preview(a.Matchers, alertsOf(env, a.Cluster))
		for _, m := range effect.Mutes {
			if !slices.ContainsFunc(rows, func(r *alertRow) bool { return r.id == alert.ID(m) }) {
				besides = append(besides, draw.Line(m.Name()+"  "+where(m.Labels)))
			}
		}
	}
	end := func(*ui.Env) tea.Cmd {
		for _, a := range acks {
			delete(v.leases, a.ID)
		}
		return expire(env, acks)
	}
	if len(besides) == 0 && len(acks) <= bulk {
		return end(env)
	}
	typed := ""
	if len(acks) > bulk {
		typed = env.Context
	}
	body := append([]string{fmt.Sprintf("%s will be ended; held by them besides those chosen:", draw.Count(len(acks), "ack"))}, besides...)
	env.Show(ui.Confirm("un-ack more than was chosen?", body, typed, func(env *ui.Env) tea.Cmd {
		return v.unlessChanged(env, rows, func() tea.Cmd { return end(env) })
	}))
	return nil
}
