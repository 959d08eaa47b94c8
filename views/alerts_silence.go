package views

import (
	"errors"
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

// Names of the fields of the silence form.
const (
	fieldMatchers = "matchers"
	fieldFor      = "for"
	fieldComment  = "comment"
)

// silenceForm is a silence to be edited, with what it mutes while it is typed.
func (v *alerts) silenceForm(env *ui.Env, r *alertRow) ui.Overlay {
	ms, _ := silence.For(r.alert, v.set.Volatile, v.rows.current)
	now, loc := env.Now, env.Location()
	return &ui.Form{
		Heading: "silence " + r.alert.Name(),
		Fields: []ui.FormField{
			{Name: fieldMatchers, Value: silence.Format(ms), Check: func(s string) error { _, err := silence.Parse(s); return err }},
			{Name: fieldFor, Value: "2h", Hint: "15m, 2h, 1d, 17:30, tomorrow 09:00", Check: func(s string) error { _, err := silence.Until(s, now, loc); return err }},
			{Name: fieldComment, Hint: "why, and who to ask", Check: func(s string) error {
				if strings.TrimSpace(s) == "" {
					return errors.New("say why: whoever is on call next reads it")
				}
				return nil
			}},
		},
		Asks: func(*ui.Env, map[string]string) []sources.Query { return []sources.Query{firing, silenced} },
		Preview: func(env *ui.Env, values map[string]string, b draw.Box) draw.Block {
			lines := v.preview(env, values, b.In(1, 0))
			for i := range lines {
				lines[i] = " " + lines[i]
			}
			return draw.Fit(b, lines)
		},
		Submit: func(env *ui.Env, values map[string]string) (tea.Cmd, error) {
			s, err := formed(env, values)
			if err != nil {
				return nil, err
			}
			return v.commit(env, r, s, false), nil
		},
	}
}

// formed is the silence that the form's values describe.
func formed(env *ui.Env, values map[string]string) (sources.Silence, error) {
	ms, err := silence.Parse(values[fieldMatchers])
	if err != nil {
		return sources.Silence{}, err
	}
	end, err := silence.Until(values[fieldFor], env.Now, env.Location())
	if err != nil {
		return sources.Silence{}, err
	}
	return sources.Silence{
		Matchers: ms, StartsAt: env.Now, EndsAt: end, CreatedBy: env.User, Comment: strings.TrimSpace(values[fieldComment]),
		Annotations: map[string]string{"owner": env.User, "tool": tool},
	}, nil
}

// preview is what the form says under its fields.
func (v *alerts) preview(env *ui.Env, values map[string]string, b draw.Box) []string {
	v.rows.update(env)
	s, err := formed(env, values)
	if err != nil {
		return draw.Wrap(b.Theme.Level(theme.Warn).Render(theme.Warn.Glyph()+" ")+err.Error(), b.W)
	}
	return v.effectLines(env, s, b)
}

// effectLines say when a silence ends, what it mutes now, what it barely misses
// and what speaks against it.
func (v *alerts) effectLines(env *ui.Env, s sources.Silence, b draw.Box) []string {
	effect, _ := silence.Preview(s.Matchers, v.rows.current)
	t := b.Theme
	out := []string{t.Dim.Render("ends ") + clockOf(env, s.EndsAt) + t.Dim.Render(" · in ") + length(s.EndsAt.Sub(env.Now))}
	for _, g := range silence.Guard(s, v.rows.current, v.set.Policy) {
		for i, l := range draw.Wrap(g, b.W-2) {
			mark := "  "
			if i == 0 {
				mark = theme.Crit.Glyph() + " "
			}
			out = append(out, t.Level(theme.Crit).Render(mark+l))
		}
	}
	out = append(out, t.Title.Render("mutes "+plural(len(effect.Mutes), "alert")+" now"))
	out = append(out, some(effect.Mutes, 6, func(a *sources.Alert) string {
		return "  " + draw.Line(a.Name()+"  "+where(a.Labels)+"  "+v.rows.book.Status(a).State.String())
	})...)
	if len(effect.Near) > 0 {
		out = append(out, t.Title.Render("barely misses "+plural(len(effect.Near), "alert")))
		out = append(out, some(effect.Near, 4, func(m silence.Miss) string {
			return "  " + draw.Line(m.Alert.Name()+"  "+where(m.Alert.Labels)+"  by "+m.By.Name+"="+quoteEmpty(m.Alert.Labels[m.By.Name]))
		})...)
	}
	return out
}

func quoteEmpty(s string) string {
	if s == "" {
		return `""`
	}
	return s
}

// some are lines for the first n of a list, and how many more there are.
func some[T any](list []T, n int, line func(T) string) []string {
	var out []string
	for i, e := range list {
		if i == n {
			return append(out, fmt.Sprintf("  and %d more", len(list)-n))
		}
		out = append(out, line(e))
	}
	return out
}

// quickMenu offers ends for a silence of exactly this alert.
func (v *alerts) quickMenu(env *ui.Env, r *alertRow) ui.Overlay {
	var items []ui.Item
	for i, text := range v.set.Quick {
		end, err := silence.Until(text, env.Now, env.Location())
		if err != nil {
			continue
		}
		items = append(items, ui.Item{Key: fmt.Sprint(i + 1), Label: text, Note: "ends " + clockOf(env, end), Run: func(env *ui.Env) tea.Cmd {
			ms, _ := silence.For(r.alert, v.set.Volatile, v.rows.current)
			return v.commit(env, r, sources.Silence{
				Matchers: ms, StartsAt: env.Now, EndsAt: end, CreatedBy: env.User, Comment: "silenced " + text + " by " + env.User,
				Annotations: map[string]string{"owner": env.User, "tool": tool},
			}, true)
		}})
	}
	return ui.Menu("silence "+r.alert.Name(), items)
}

// clockOf is the end of something by the clock, with its zone: a length alone
// would be wrong a minute later.
func clockOf(env *ui.Env, t time.Time) string {
	local, now := t.In(env.Location()), env.Now.In(env.Location())
	switch d := t.Sub(now).Abs(); {
	case d < 24*time.Hour && local.YearDay() == now.YearDay():
		return local.Format("15:04 MST")
	case d < 6*24*time.Hour:
		return local.Format("Mon 15:04 MST")
	}
	return local.Format("Mon 2 Jan 15:04 MST")
}

// length is a duration as it was meant: what passed since it was typed is rounded off.
func length(d time.Duration) string {
	if d > 10*time.Minute {
		d = d.Round(time.Minute)
	}
	return draw.Age(d)
}

// commit sends a silence, after asking where it was not previewed yet, where
// something speaks against it or where the context is production: then the
// context's name has to be typed.
func (v *alerts) commit(env *ui.Env, r *alertRow, s sources.Silence, ask bool) tea.Cmd {
	write := func(env *ui.Env) tea.Cmd {
		return v.unlessChanged(env, r, func() tea.Cmd { return env.Do(sources.SetSilence{Silence: s}) })
	}
	typed := ""
	against := silence.Guard(s, v.rows.current, v.set.Policy)
	if len(against) > 0 || env.Prod {
		typed = env.Context
	}
	if typed == "" && !ask {
		return write(env)
	}
	env.Show(ui.Confirm("silence?", v.summary(env, s, against), typed, write))
	return nil
}

// summary is a silence and its effect for a confirmation.
func (v *alerts) summary(env *ui.Env, s sources.Silence, against []string) []string {
	effect, _ := silence.Preview(s.Matchers, v.rows.current)
	out := []string{silence.Format(s.Matchers), "until " + clockOf(env, s.EndsAt) + ", in " + length(s.EndsAt.Sub(env.Now)), ""}
	for _, g := range against {
		out = append(out, theme.Crit.Glyph()+" "+g)
	}
	out = append(out, "mutes "+plural(len(effect.Mutes), "alert")+" now")
	out = append(out, some(effect.Mutes, 6, func(a *sources.Alert) string { return "  " + draw.Line(a.Name()+"  "+where(a.Labels)) })...)
	if len(effect.Near) > 0 {
		out = append(out, fmt.Sprintf("barely misses %d", len(effect.Near)))
	}
	return out
}
