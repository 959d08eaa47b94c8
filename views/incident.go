package views

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
)

// incidents is what the alerts tab knows of what happened: the timeline, and the
// pages that it told the shell of.
type incidents struct {
	timeline timeline
	// pages are those of the rows with the key pagesOf.
	pages   []ui.Alarm
	pagesOf alertKey
	paged   bool
}

// remarked asks for the notes of the context.
func remarked(env *ui.Env) sources.Query { return sources.Notes{Context: env.Context} }

// incidentKeys write down, look back and hand over; r may be nil.
func (v *alerts) incidentKeys(env *ui.Env, r *alertRow) []ui.Key {
	tl, since := &v.incidents.timeline, "timeline"
	if tl.on && v.rows.byID(v.open) == nil {
		since, r = "back to the list", nil
		if line, ok := at(tl.rows, tl.sel.Index(tl.ids)); ok && len(line.burst) == 0 {
			r = v.rows.byPrint(line.event.Ref)
		}
	}
	return []ui.Key{
		{ID: "note", On: []string{"n"}, Help: "note", Run: func(env *ui.Env) tea.Cmd { env.Show(notePrompt(r)); return nil },
			With: func(env *ui.Env, text string) (tea.Cmd, error) { return note(env, r, text), nil }},
		{ID: "timeline", On: []string{"I"}, Help: since, Hidden: env.W < 100, Run: func(*ui.Env) tea.Cmd {
			tl.on = !tl.on || v.open != ""
			v.open = ""
			return nil
		}},
		{ID: "handover", On: []string{"H"}, Help: "hand over", Run: func(env *ui.Env) tea.Cmd { env.Show(handOver(env, shifts[0])); return nil },
			With: func(env *ui.Env, arg string) (tea.Cmd, error) {
				length, err := shiftLength(arg)
				if err == nil {
					env.Show(handOver(env, length))
				}
				return nil, err
			}},
		{ID: "watch", On: []string{"W"}, Help: "the monitoring", Hidden: true, Run: func(env *ui.Env) tea.Cmd { env.Show(watchPager()); return nil }},
	}
}

// notePrompt asks for a note about an alert, or about the shift.
func notePrompt(r *alertRow) ui.Overlay {
	title := "note"
	if r != nil {
		title = "note on " + r.alert.Name()
	}
	return ui.Prompt(ui.PromptSpec{Title: title, Hint: "for the timeline and the hand-over · kept on this machine", Done: func(env *ui.Env, text string) tea.Cmd {
		return note(env, r, text)
	}})
}

// note writes a note down; an empty one is none.
func note(env *ui.Env, r *alertRow, text string) tea.Cmd {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	n := sources.Remark{At: env.Now, Who: env.User, Context: env.Context, Text: text}
	if r != nil {
		n.About = r.alert.Fingerprint
	}
	return env.Do(sources.AddNote{Remark: n})
}

// notePairs are the notes on an alert, newest first.
func (v *alerts) notePairs(env *ui.Env, r *alertRow) []draw.Pair {
	var out []draw.Pair
	for _, n := range slices.Backward(env.Result(remarked(env)).Frame.Remarks) {
		if n.About != "" && n.About == r.alert.Fingerprint {
			out = append(out, draw.Pair{Name: env.Moment(n.At), Value: n.Who + ": " + n.Text})
		}
	}
	return out
}

// Alarms implements [ui.Alarmer]. Without the silences it is not known who holds
// what; where they cannot be had at all, everything is loud.
func (v *alerts) Alarms(env *ui.Env) ([]ui.Alarm, bool) {
	v.rows.update(env)
	if s := env.Result(silenced); !v.rows.ready || !s.Ready() && s.Err == nil {
		return nil, false
	}
	in := &v.incidents
	if in.paged && in.pagesOf == v.rows.key {
		return in.pages, true
	}
	in.paged, in.pagesOf, in.pages = true, v.rows.key, nil
	for _, r := range v.rows.all {
		if r.status.State != silence.Firing || silence.Heartbeat(r.alert) {
			continue
		}
		text := strings.TrimSpace(r.alert.Name() + " " + where(r.alert.Labels))
		if s := r.alert.Annotations["summary"]; s != "" {
			text += ": " + s
		}
		in.pages = append(in.pages, ui.Alarm{ID: r.id + " " + r.alert.StartsAt.UTC().Format("20060102T150405.000"), Severity: r.alert.Severity(), Text: text})
	}
	return in.pages, true
}
