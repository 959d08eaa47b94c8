package views

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/theme"
)

// actKeys are what can be done to the chosen silences; r is the one under the
// cursor or the open one, and may be nil.
func (v *silences) actKeys(env *ui.Env, r *silenceRow) []ui.Key {
	rows := v.chosen(r)
	one, live, none := "", "", ""
	switch {
	case len(rows) == 0:
		one, live, none = noSilence, noSilence, noSilence
	case len(rows) > 1:
		one = "several are marked: one at a time"
	}
	if live == "" && len(alive(rows)) == 0 {
		live = "it has expired: R makes it again"
	}
	again := one
	if again == "" && rows[0].s.State != "expired" {
		again = "it has not expired: extend it with +"
	}
	edit := cmp.Or(one, live)
	return []ui.Key{
		{ID: "edit", On: []string{"e"}, Help: "edit", Off: edit, Writes: true, Run: func(env *ui.Env) tea.Cmd { env.Show(v.editForm(env, rows[0])); return nil }},
		{ID: "expire", On: []string{"x"}, Help: "expire", Off: live, Writes: true, Run: func(env *ui.Env) tea.Cmd { env.Show(v.expireDialog(env, rows)); return nil }},
		{ID: "extend", On: []string{"+"}, Help: "extend", Off: live, Writes: true, Run: func(env *ui.Env) tea.Cmd { env.Show(v.extendMenu(env, rows)); return nil }},
		{ID: "again", On: []string{"R"}, Help: "make it again", Off: again, Writes: true, Hidden: again != "", Run: func(env *ui.Env) tea.Cmd {
			env.Show(againForm(env, v.set, *rows[0].s))
			return nil
		}},
		{ID: "copy", On: []string{"y"}, Help: "copy as amtool commands", Off: none, Hidden: true, Run: func(env *ui.Env) tea.Cmd { return env.Copy(amtoolText(rows)) }},
		{ID: "copy-json", On: []string{"Y"}, Help: "copy as JSON", Off: none, Hidden: true, Run: func(env *ui.Env) tea.Cmd { return env.Copy(jsonText(rows)) }},
	}
}

// alive are the silences among the rows that have not ended.
func alive(rows []*silenceRow) []sources.Silence {
	var out []sources.Silence
	for _, r := range rows {
		if r.s.State != "expired" {
			out = append(out, *r.s)
		}
	}
	return out
}

// unless carries out write, unless one of the silences is not as it was shown.
func (v *silences) unless(env *ui.Env, seen []*silenceRow, write func() tea.Cmd) tea.Cmd {
	for _, r := range seen {
		if d := v.changedSilence(env, r); d != "" {
			env.Toast(theme.Warn, "called off: "+d)
			return nil
		}
	}
	return write()
}

func (v *silences) expireDialog(env *ui.Env, rows []*silenceRow) ui.Overlay {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r *silenceRow) bool { return r.s.State == "expired" })
	ss := alive(rows)
	return confirmExpire(env, ss, func(env *ui.Env) tea.Cmd {
		return v.unless(env, rows, func() tea.Cmd { return expire(env, ss) })
	})
}

// extendMenu offers lengths to be added to the end that each silence has.
func (v *silences) extendMenu(env *ui.Env, rows []*silenceRow) ui.Overlay {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r *silenceRow) bool { return r.s.State == "expired" })
	ss := alive(rows)
	title := "extend silence " + short(ss[0].ID)
	if len(ss) > 1 {
		title = fmt.Sprintf("extend %d silences", len(ss))
	}
	var items []ui.Item
	for _, text := range v.set.Quick {
		end, err := silence.Until(text, env.Now, env.Location())
		if err != nil || strings.ContainsAny(text, ": ") {
			continue // an end by the clock is not a length
		}
		by := end.Sub(env.Now)
		note := "from its end: until " + clockOf(env, ss[0].EndsAt.Add(by))
		if len(ss) > 1 {
			note = "from the end of each"
		}
		items = append(items, ui.Item{Key: fmt.Sprint(len(items) + 1), Label: "+" + text, Note: note, Run: func(env *ui.Env) tea.Cmd { return v.extend(env, rows, by) }})
	}
	return ui.Menu(title, items)
}

// extend sends the longer silences; in production, or past what the team allows,
// the context's name has to be typed.
func (v *silences) extend(env *ui.Env, rows []*silenceRow, by time.Duration) tea.Cmd {
	ss := alive(rows)
	var longer []sources.Silence
	var body []string
	needs := env.Prod || len(ss) > bulk
	for _, s := range ss {
		s := silence.Extended(s, by)
		longer = append(longer, s)
		body = append(body, short(s.ID)+"  until "+clockOf(env, s.EndsAt)+"  "+inCluster(s.Cluster)+silence.Format(s.Matchers))
		if most := v.set.Policy.Max; most > 0 && s.EndsAt.Sub(env.Now) > most {
			needs = true
			body = append(body, fmt.Sprintf("%s it lasts %.0f more days, more than %.0f", theme.Crit.Glyph(), s.EndsAt.Sub(env.Now).Hours()/24, most.Hours()/24))
		}
	}
	write := func(env *ui.Env) tea.Cmd {
		return v.unless(env, rows, func() tea.Cmd { return set(env, longer, nil) })
	}
	if !needs {
		return write(env)
	}
	env.Show(ui.Confirm("extend?", body, env.Context, write))
	return nil
}

// editForm changes a silence; the preview says whether it keeps its id.
func (v *silences) editForm(env *ui.Env, r *silenceRow) ui.Overlay {
	s := *r.s
	const minute = "2006-01-02 15:04"
	span := s.EndsAt.In(env.Location()).Format(minute)
	if s.State == "pending" {
		span = s.StartsAt.In(env.Location()).Format(minute) + " until " + span
	}
	f := &silenceForm{
		set: v.set, parts: []silence.Part{{Cluster: s.Cluster, Matchers: s.Matchers}}, text: silence.Format(s.Matchers), old: &s, span: span,
		diff: func(env *ui.Env) string { return v.changedSilence(env, r) },
	}
	return f.form(env, "edit silence "+short(s.ID), silence.Template{For: span, Comment: s.Comment})
}

// againForm makes an expired silence again: the same matchers, words and length,
// signed by who makes it.
func againForm(env *ui.Env, settings silence.Settings, old sources.Silence) ui.Overlay {
	s := silence.Again(old, silence.By{User: env.User, Tool: tool, At: env.Now})
	f := &silenceForm{
		set: settings, parts: []silence.Part{{Cluster: s.Cluster, Matchers: s.Matchers}}, text: silence.Format(s.Matchers), ticket: old.Annotations["ticket"],
		diff: func(*ui.Env) string { return "" },
	}
	return f.form(env, "silence again what "+silence.Owner(&old)+" had", silence.Template{For: length(s.EndsAt.Sub(s.StartsAt)), Comment: s.Comment})
}

// lately are the silences that held the alert and have expired, the last one to
// end first; a few of them.
func (v *alerts) lately(r *alertRow) []sources.Silence {
	const most = 3
	var out []sources.Silence
	for i := range v.rows.silences {
		s := &v.rows.silences[i]
		if s.State != "expired" || s.Cluster != r.alert.Cluster {
			continue
		}
		if ok, err := silence.Matches(s.Matchers, r.alert.ExactLabels()); err == nil && ok {
			out = append(out, *s)
		}
	}
	slices.SortStableFunc(out, func(a, b sources.Silence) int { return b.EndsAt.Compare(a.EndsAt) })
	return out[:min(len(out), most)]
}

// amtoolText are the commands that would make the silences.
func amtoolText(rows []*silenceRow) string {
	var out []string
	for _, r := range rows {
		out = append(out, sources.SetSilence{Silence: *r.s}.Amtool())
	}
	return strings.Join(out, "\n")
}

// jsonText is one silence, or a list of them, as the API has it.
func jsonText(rows []*silenceRow) string {
	type matcher struct {
		Name    string `json:"name"`
		Value   string `json:"value"`
		IsRegex bool   `json:"isRegex"`
		IsEqual bool   `json:"isEqual"`
	}
	type wire struct {
		ID          string            `json:"id"`
		Matchers    []matcher         `json:"matchers"`
		StartsAt    time.Time         `json:"startsAt"`
		EndsAt      time.Time         `json:"endsAt"`
		CreatedBy   string            `json:"createdBy"`
		Comment     string            `json:"comment"`
		Annotations map[string]string `json:"annotations,omitempty"`
	}
	var list []wire
	for _, r := range rows {
		w := wire{ID: r.s.ID, StartsAt: r.s.StartsAt, EndsAt: r.s.EndsAt, CreatedBy: r.s.CreatedBy, Comment: r.s.Comment, Annotations: r.s.Annotations}
		for _, m := range r.s.Matchers {
			w.Matchers = append(w.Matchers, matcher{m.Name, m.Value, m.Regex, m.Equal})
		}
		list = append(list, w)
	}
	var what any = list
	if len(list) == 1 {
		what = list[0]
	}
	out, err := json.MarshalIndent(what, "", "  ")
	if err != nil {
		return "" // there is nothing in it that JSON cannot say
	}
	return string(out)
}
