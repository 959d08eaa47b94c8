package views

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
)

// lease is an acknowledgement that was made here and is renewed from here.
type lease struct {
	// end is the end that was set last; another one means that somebody else
	// keeps it.
	end time.Time
	// rest is when the next try may be made, after one that failed.
	rest time.Time
}

// retry is the pause after a renewal that failed; stale is the age from which on
// the list of silences is no ground for one.
const retry, stale = 30 * time.Second, 2 * time.Minute

func (v *alerts) keep(id string, end time.Time) {
	if v.leases == nil {
		v.leases = map[string]lease{}
	}
	v.leases[id] = lease{end: end}
}

// Keep implements [ui.Keeper]: it renews the acknowledgements that were made
// here while their alerts fire and nobody else renews them. One that has lasted
// as long as a lease may is not renewed: its owner is asked.
func (v *alerts) Keep(env *ui.Env) tea.Cmd {
	// What is renewed by old knowledge may have been ended by someone meanwhile.
	if at := env.Result(silenced).At; len(v.leases) == 0 || env.ReadOnly || env.Now.Sub(at) > stale {
		return nil
	}
	v.rows.update(env)
	var cmds []tea.Cmd
	for _, s := range v.rows.silences {
		l, ours := v.leases[s.ID]
		if !ours || env.Now.Before(l.rest) {
			continue
		}
		switch now := env.Now.Add(skew(env, s.Cluster)); {
		case s.State == "expired" || s.State == "" && !s.EndsAt.After(now):
			delete(v.leases, s.ID)
		case v.set.Spent(s, l.end, now):
			delete(v.leases, s.ID)
			v.stillOnIt(env, s)
		default:
			if next, ok := v.set.Renewal(s, l.end, v.rows.current, now); ok {
				cmds = append(cmds, v.renew(env, next, l))
			}
		}
	}
	return tea.Batch(cmds...)
}

// skew is how far the clock of a cluster is ahead of ours; leases are counted by
// the clock of the server that ends them. What may be the time that an answer
// takes is none.
func skew(env *ui.Env, cluster string) time.Duration {
	const answering = 30 * time.Second
	res := env.Result(silenced)
	for _, p := range res.Frame.Peers {
		if p.Cluster == cluster && p.Err == "" && !p.Time.IsZero() {
			if d := p.Time.Sub(res.At); d.Abs() > answering {
				return d
			}
			return 0
		}
	}
	return 0
}

// Leave implements [ui.Leaver]: what is acked from here is renewed from here only
// as long as its context is open.
func (v *alerts) Leave(env *ui.Env) string {
	var out []string
	for _, s := range v.rows.silences {
		if _, ours := v.leases[s.ID]; ours && s.State == "active" && s.EndsAt.After(env.Now) {
			out = append(out, aboutSilence(&s)+" at "+clockOf(env, s.EndsAt))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "acks in " + env.Context + " lapse: " + strings.Join(out[:min(len(out), 3)], ", ") + more(len(out)-3)
}

// aboutSilence names a silence by the alert that it names, else by its id.
func aboutSilence(s *sources.Silence) string {
	for _, m := range s.Matchers {
		if m.Name == "alertname" && m.Equal {
			return sources.Clean(m.Value)
		}
	}
	return "silence " + short(s.ID)
}

func (v *alerts) renew(env *ui.Env, next sources.Silence, l lease) tea.Cmd {
	// Resting until the server answers, so that it is sent once.
	l.rest = env.Now.Add(retry)
	v.leases[next.ID] = l
	return env.Quietly(sources.SetSilence{Silence: next}, func(_ *ui.Env, r sources.Receipt, err error) tea.Cmd {
		if err == nil {
			delete(v.leases, next.ID)
			v.keep(r.ID, next.EndsAt)
		}
		return nil
	})
}

// stillOnIt asks the owner of a spent lease whether to go on.
func (v *alerts) stillOnIt(env *ui.Env, s sources.Silence) {
	effect, err := silence.Preview(s.Matchers, v.rows.current)
	if err != nil || len(effect.Mutes) == 0 {
		return
	}
	a := effect.Mutes[0]
	body := []string{
		a.Name() + " " + where(a.Labels) + " still fires; it has been acked for " + draw.Age(env.Now.Sub(s.StartsAt)) + ".",
		"Without an answer it is loud again at " + clockOf(env, s.EndsAt) + ".",
	}
	env.Show(ui.Confirm("still on it?", body, "", func(env *ui.Env) tea.Cmd { return v.ack(env, []sources.Alert{*a}, silence.Reason(&s)) }))
}
