package views

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
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
	fieldTicket   = "ticket"
	fieldWeeks    = "weeks"
)

// silenceForm is one or several silences to be edited, with what they mute while
// they are typed.
type silenceForm struct {
	set silence.Settings
	// parts are the silences that the form begins with, text how it writes them;
	// as long as the text stays, they stay where they are.
	parts []silence.Part
	text  string
	// old is the silence that is edited; nil when new ones are made.
	old *sources.Silence
	// span is what the form says of old's time.
	span string
	// ticket is in its field at first.
	ticket string
	// diff says what changed since the form was opened; empty when nothing did.
	diff func(*ui.Env) string
	past history
}

// silenceForm is the form for the chosen alerts, after a choice of a template
// where there are any.
func (v *alerts) silenceForm(env *ui.Env, rows []*alertRow) ui.Overlay {
	alerts := alertsIn(rows)
	parts := silence.Cover(alerts, v.set.Volatile, v.rows.current)
	f := &silenceForm{set: v.set, parts: parts, text: textOf(parts), diff: func(env *ui.Env) string { return v.diff(env, rows) }}
	heading := "silence " + naming(rows)
	if len(v.set.Templates) == 0 {
		return f.form(env, heading, silence.Template{For: "2h"})
	}
	items := []ui.Item{{Key: "enter", Label: "these alerts", Note: "2h", Run: func(env *ui.Env) tea.Cmd {
		env.Show(f.form(env, heading, silence.Template{For: "2h"}))
		return nil
	}}}
	items[0].Key = "0"
	for i, t := range v.set.Templates {
		it := ui.Item{Label: t.Name, Note: strings.TrimSpace(t.For + "  " + t.Matchers), Run: func(env *ui.Env) tea.Cmd {
			env.Show(f.form(env, heading, t))
			return nil
		}}
		if i < 9 {
			it.Key = fmt.Sprint(i + 1)
		}
		items = append(items, it)
	}
	return ui.Menu("silence from a template?", items)
}

func textOf(parts []silence.Part) string {
	var sets [][]sources.Matcher
	for _, p := range parts {
		sets = append(sets, p.Matchers)
	}
	return silence.FormatSets(sets)
}

// form is the overlay; a template fills in what it has.
func (f *silenceForm) form(env *ui.Env, heading string, t silence.Template) *ui.Form {
	now, loc := env.Now, env.Location()
	text, ticket := f.text, f.ticket
	if t.Matchers != "" {
		text = t.Matchers
	}
	if t.For == "" {
		t.For = "2h"
	}
	if f.old != nil {
		ticket = f.old.Annotations["ticket"]
	}
	fields := []ui.FormField{
		{Name: fieldMatchers, Value: text, Check: func(s string) error { _, err := silence.ParseSets(s); return err }},
		{Name: fieldFor, Value: t.For, Hint: "2h, until 09:00, sat 22:00-23:30, tomorrow 09:00 for 2h", Check: func(s string) error {
			if f.old != nil && s == f.span {
				return nil
			}
			_, _, err := silence.When(s, now, loc)
			return err
		}},
		{Name: fieldComment, Value: t.Comment, Hint: "why, and who to ask", Check: func(s string) error {
			if strings.TrimSpace(s) == "" {
				return errors.New("say why: whoever is on call next reads it")
			}
			return nil
		}},
		{Name: fieldTicket, Value: ticket, Hint: "such as OPS-123, or nothing", Optional: true},
	}
	if f.old == nil {
		fields = append(fields, ui.FormField{Name: fieldWeeks, Hint: "nothing: once; 4: each week, four times", Optional: true, Check: func(s string) error { _, err := weeksOf(s); return err }})
	}
	return &ui.Form{
		Heading: heading, Fields: fields,
		Asks: func(env *ui.Env, values map[string]string) []sources.Query {
			ask := there(env, []sources.Query{firing, silenced, status, rules})
			if d, err := f.formed(env, values); err == nil {
				ask = append(ask, f.past.query(env, d))
			}
			return ask
		},
		Preview: func(env *ui.Env, values map[string]string, b draw.Box) draw.Block {
			lines := f.preview(env, values, b.In(1, 0))
			for i := range lines {
				lines[i] = " " + lines[i]
			}
			return draw.Fit(b, lines)
		},
		Submit: func(env *ui.Env, values map[string]string) (tea.Cmd, error) {
			d, err := f.formed(env, values)
			if err != nil {
				return nil, err
			}
			return f.commit(env, d, false), nil
		},
	}
}

func weeksOf(s string) (int, error) {
	if s = strings.TrimSpace(s); s == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > silence.MaxWeeks {
		return 0, fmt.Errorf("%q is not a number of weeks from 1 to %d", s, silence.MaxWeeks)
	}
	return n, nil
}

// draft is what the form describes: the silences, of which the first of each
// series is in parts.
type draft struct {
	parts, all []sources.Silence
	// joined are the labels that were named twice.
	joined []string
	weeks  int
}

// formed is the draft that the form's values describe.
func (f *silenceForm) formed(env *ui.Env, values map[string]string) (draft, error) {
	d := draft{weeks: 1}
	parts := f.parts
	if values[fieldMatchers] != f.text {
		sets, err := silence.ParseSets(values[fieldMatchers])
		if err != nil {
			return d, err
		}
		parts = f.placed(env, sets)
	}
	by := silence.By{User: env.User, Reason: strings.TrimSpace(values[fieldComment]), Ticket: strings.TrimSpace(values[fieldTicket]), Tool: tool, At: env.Now}
	if f.old != nil {
		s, err := f.edited(env, parts, by, values[fieldFor])
		d.parts, d.all = []sources.Silence{s}, []sources.Silence{s}
		return d, err
	}
	start, end, err := silence.When(values[fieldFor], env.Now, env.Location())
	if err != nil {
		return d, err
	}
	if d.weeks, err = weeksOf(values[fieldWeeks]); err != nil {
		return d, err
	}
	for _, p := range parts {
		ms, joined := silence.Join(p.Matchers)
		d.joined = append(d.joined, joined...)
		by.Plain = !annotates(env, p.Cluster)
		s := by.Make(p.Cluster, ms, start, end)
		d.parts = append(d.parts, s)
		d.all = append(d.all, silence.Weekly(s, d.weeks, env.Location())...)
	}
	return d, nil
}

// placed gives sets of matchers that were typed their clusters: those of the
// selection where they mute something, or all of these where they mute nothing.
func (f *silenceForm) placed(env *ui.Env, sets [][]sources.Matcher) []silence.Part {
	var clusters []string
	for _, p := range f.parts {
		if !slices.Contains(clusters, p.Cluster) {
			clusters = append(clusters, p.Cluster)
		}
	}
	var out []silence.Part
	for _, ms := range sets {
		joined, _ := silence.Join(ms)
		n := len(out)
		for _, c := range clusters {
			if e, err := silence.Preview(joined, alertsOf(env, c)); err == nil && len(e.Mutes) > 0 {
				out = append(out, silence.Part{Cluster: c, Matchers: ms})
			}
		}
		if len(out) == n {
			for _, c := range clusters {
				out = append(out, silence.Part{Cluster: c, Matchers: ms})
			}
		}
	}
	return out
}

// edited is the old silence with the form's changes. What stays is left to what
// the server has; whoever changes more than its end and words makes another
// silence and signs it.
func (f *silenceForm) edited(env *ui.Env, parts []silence.Part, by silence.By, when string) (sources.Silence, error) {
	s := *f.old
	if len(parts) != 1 {
		return s, errors.New("one silence is edited: write one set of matchers")
	}
	if when != f.span {
		start, end, err := silence.When(when, env.Now, env.Location())
		if err != nil {
			return s, err
		}
		if s.EndsAt = end; s.State != "active" || start.After(env.Now) {
			s.StartsAt = start
		}
	}
	s.Matchers, _ = silence.Join(parts[0].Matchers)
	s.Comment = by.Reason
	s.Annotations = maps.Clone(s.Annotations)
	if by.Ticket != s.Annotations["ticket"] {
		if s.Annotations == nil {
			s.Annotations = map[string]string{}
		}
		s.Annotations["ticket"] = by.Ticket
	}
	if !f.inPlace(&s) {
		s.CreatedBy = by.User
	}
	return s, nil
}

// inPlace says whether the server keeps the id of the edited silence.
func (f *silenceForm) inPlace(s *sources.Silence) bool {
	texts := func(ms []sources.Matcher) []string {
		out := make([]string, len(ms))
		for i, m := range ms {
			out[i] = m.String()
		}
		slices.Sort(out)
		return out
	}
	return f.old.State != "expired" && slices.Equal(texts(s.Matchers), texts(f.old.Matchers)) && (f.old.State == "pending" || silence.Same(s.StartsAt, f.old.StartsAt))
}

// annotates says whether every member of a cluster keeps annotations, which
// Alertmanager does from 0.32 on; unless that is known it does not.
func annotates(env *ui.Env, cluster string) bool {
	known := false
	for _, p := range env.Result(status).Frame.Peers {
		if p.Cluster != cluster || p.Err != "" {
			continue
		}
		var major, minor int
		if n, _ := fmt.Sscanf(p.Version, "%d.%d", &major, &minor); n < 2 || major == 0 && minor < 32 {
			return false
		}
		known = true
	}
	return known
}

// quickMenu offers ends for silences of exactly these alerts.
func (v *alerts) quickMenu(env *ui.Env, rows []*alertRow) ui.Overlay {
	var items []ui.Item
	for i, text := range v.set.Quick {
		end, err := silence.Until(text, env.Now, env.Location())
		if err != nil {
			continue
		}
		items = append(items, ui.Item{Key: fmt.Sprint(i + 1), Label: text, Note: "ends " + clockOf(env, end), Run: func(env *ui.Env) tea.Cmd {
			f := &silenceForm{set: v.set, diff: func(env *ui.Env) string { return v.diff(env, rows) }}
			d := draft{weeks: 1}
			by := silence.By{User: env.User, Reason: "silenced " + text + " by " + env.User, Tool: tool, At: env.Now}
			for _, p := range silence.Cover(alertsIn(rows), v.set.Volatile, v.rows.current) {
				d.parts = append(d.parts, by.Make(p.Cluster, p.Matchers, env.Now, end))
			}
			d.all = d.parts
			return f.commit(env, d, true)
		}})
	}
	return ui.Menu("silence "+naming(rows), items)
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

// commit sends silences, after asking where they were not previewed yet, where
// something speaks against one or where the context is production: then the
// context's name has to be typed.
func (f *silenceForm) commit(env *ui.Env, d draft, ask bool) tea.Cmd {
	write := func(env *ui.Env) tea.Cmd {
		if diff := f.diff(env); diff != "" {
			env.Toast(theme.Warn, "called off: "+diff)
			return nil
		}
		return set(env, d.all, nil)
	}
	typed := ""
	against := f.against(env, d)
	if len(against) > 0 || env.Prod || len(d.all) > bulk {
		typed = env.Context
	}
	if typed == "" && !ask {
		return write(env)
	}
	title := "silence?"
	if len(d.all) > 1 {
		title = fmt.Sprintf("send %d silences?", len(d.all))
	}
	env.Show(ui.Confirm(title, f.summary(env, d, against), typed, write))
	return nil
}
