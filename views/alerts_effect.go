package views

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"firewatch/signals/alert"
	"firewatch/signals/incident"
	"firewatch/signals/route"
	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// status asks Alertmanager for its version and its routes.
var status = sources.AlertmanagerStatus{}

// effects are what the draft does to the current alerts, part by part, and all
// that it mutes, each alert once.
func effects(env *ui.Env, d draft) (each []silence.Effect, mutes []*sources.Alert) {
	seen := map[string]bool{}
	for i := range d.parts {
		e, _ := silence.Preview(d.parts[i].Matchers, alertsOf(env, d.parts[i].Cluster))
		each = append(each, e)
		for _, a := range e.Mutes {
			if !seen[alert.ID(a)] {
				seen[alert.ID(a)] = true
				mutes = append(mutes, a)
			}
		}
	}
	return each, mutes
}

// against is what speaks against the draft, each thing once.
func (f *silenceForm) against(env *ui.Env, d draft) []string {
	var out []string
	for i := range d.parts {
		for _, g := range silence.Guard(d.parts[i], alertsOf(env, d.parts[i].Cluster), f.set.Policy) {
			if !slices.Contains(out, g) {
				out = append(out, g)
			}
		}
	}
	if most := f.set.Policy.MaxAlerts; len(d.parts) > 1 && most > 0 {
		if _, mutes := effects(env, d); len(mutes) > most {
			out = append(out, fmt.Sprintf("together they mute %d alerts, more than %d", len(mutes), most))
		}
	}
	return out
}

// preview is what the form says under its fields.
func (f *silenceForm) preview(env *ui.Env, values map[string]string, b draw.Box) []string {
	d, err := f.formed(env, values)
	if err != nil {
		return draw.Wrap(b.Theme.Level(theme.Warn).Render(theme.Warn.Glyph()+" ")+err.Error(), b.W)
	}
	t := b.Theme
	out := draw.Wrap(f.spanLine(env, d, t), b.W)
	say := func(l theme.Level, text string) {
		for i, line := range draw.Wrap(text, b.W-2) {
			mark := "  "
			if i == 0 {
				mark = l.Glyph() + " "
			}
			out = append(out, t.Level(l).Render(mark+line))
		}
	}
	for _, g := range f.against(env, d) {
		say(theme.Crit, g)
	}
	if n := len(d.parts); n > 1 {
		say(theme.Info, fmt.Sprintf("%d silences: no single one covers exactly these", n))
	}
	if f.old != nil && !f.inPlace(&d.parts[0]) {
		say(theme.Warn, "Alertmanager ends "+short(f.old.ID)+" and makes another silence with a new id")
	}
	for _, name := range d.joined {
		say(theme.Info, name+" is named twice, and no label has two values: joined to one expression")
	}
	each, mutes := effects(env, d)
	out = append(out, t.Dim.Render("would have muted ")+f.past.line(env, d))
	if to := receivers(env, mutes); to != "" {
		out = append(out, t.Dim.Render("tells nothing to ")+to)
	}
	verb := "mutes "
	if d.parts[0].StartsAt.After(env.Now) {
		verb = "would mute "
	}
	book := silence.NewBook(env.Result(firing).Frame.Alerts, env.Result(silenced).Frame.Silences, env.Now)
	out = append(out, t.Title.Render(verb+draw.Count(len(mutes), "alert")+" now"))
	out = append(out, some(mutes, 6, func(a *sources.Alert) string {
		return "  " + draw.Line(inCluster(a.Cluster)+a.Name()+"  "+where(a.Labels)+"  "+book.Status(a).State.String())
	})...)
	return append(out, nearLines(each, mutes, t)...)
}

// nearLines are the alerts that one matcher keeps loud.
func nearLines(each []silence.Effect, mutes []*sources.Alert, t *theme.Theme) []string {
	var near []silence.Miss
	for _, e := range each {
		for _, m := range e.Near {
			if !slices.Contains(mutes, m.Alert) {
				near = append(near, m)
			}
		}
	}
	if len(near) == 0 {
		return nil
	}
	return append([]string{t.Title.Render("barely misses " + draw.Count(len(near), "alert"))}, some(near, 4, func(m silence.Miss) string {
		return "  " + draw.Line(m.Alert.Name()+"  "+where(m.Alert.Labels)+"  by "+m.By.Name+"="+quoteEmpty(m.Alert.Labels[m.By.Name]))
	})...)
}

// spanLine says from when until when, how often, and by whom.
func (f *silenceForm) spanLine(env *ui.Env, d draft, t *theme.Theme) string {
	s := &d.parts[0]
	out := ""
	if s.StartsAt.After(env.Now) {
		out = t.Dim.Render("from ") + clockOf(env, s.StartsAt) + " "
	}
	out += t.Dim.Render("ends ") + clockOf(env, s.EndsAt)
	if s.StartsAt.After(env.Now) {
		out += t.Dim.Render(" · for ") + length(s.EndsAt.Sub(s.StartsAt))
	} else {
		out += t.Dim.Render(" · in ") + length(s.EndsAt.Sub(env.Now))
	}
	if d.weeks > 1 {
		last := d.all[len(d.all)-1]
		out += t.Dim.Render(" · ") + fmt.Sprintf("%d weekly windows, each a silence, the last ends %s", d.weeks, clockOf(env, last.EndsAt))
	}
	by := s.CreatedBy
	if f.old != nil && f.inPlace(s) {
		by += ", same id"
	}
	return out + t.Dim.Render(" · by ") + draw.Line(by)
}

// receivers are who would have been told of the alerts, by the routes that
// Alertmanager shows; those that it named itself where it shows none.
func receivers(env *ui.Env, mutes []*sources.Alert) string {
	var out []string
	add := func(name string) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	var tree *route.Tree
	if s := env.Result(status).Frame.Status; s != nil && len(env.Result(status).Frame.Peers) < 2 {
		tree, _ = route.Parse(s.Config)
	}
	for _, a := range mutes {
		if tree == nil || len(a.Receivers) > 0 {
			for _, r := range a.Receivers {
				add(r)
			}
			continue
		}
		for _, r := range tree.Match(a.ExactLabels()) {
			add(r.Receiver)
		}
	}
	slices.Sort(out)
	return draw.Line(strings.Join(out, ", "))
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

// summary is a draft and its effect for a confirmation.
func (f *silenceForm) summary(env *ui.Env, d draft, against []string) []string {
	each, mutes := effects(env, d)
	var out []string
	for i := range d.parts {
		out = append(out, inCluster(d.parts[i].Cluster)+silence.Format(d.parts[i].Matchers))
	}
	s := &d.parts[0]
	when := "until " + clockOf(env, s.EndsAt) + ", in " + length(s.EndsAt.Sub(env.Now))
	if s.StartsAt.After(env.Now) {
		when = "from " + clockOf(env, s.StartsAt) + " " + when
	}
	if d.weeks > 1 {
		when += fmt.Sprintf(", and so each week, %d times", d.weeks)
	}
	out = append(out, when, "")
	for _, g := range against {
		out = append(out, theme.Crit.Glyph()+" "+g)
	}
	out = append(out, "mutes "+draw.Count(len(mutes), "alert")+" now")
	out = append(out, some(mutes, 6, func(a *sources.Alert) string { return "  " + draw.Line(a.Name()+"  "+where(a.Labels)) })...)
	if past := f.past.line(env, d); past != "" && f.past.asked.Expr != "" {
		out = append(out, "would have muted "+past)
	}
	near := 0
	for _, e := range each {
		near += len(e.Near)
	}
	if near > 0 {
		out = append(out, fmt.Sprintf("barely misses %d", near))
	}
	return out
}

// history asks Prometheus what a draft would have muted.
type history struct {
	// asked is the question that stands; next is the one that follows it once it
	// has stayed for a moment, so that not every letter is a question.
	asked, next sources.PromQL
	since       time.Time
	// episodes are the answer of that time to the question.
	at       time.Time
	expr     string
	episodes []incident.Episode
}

// unchanged is how long the names in a draft must have stayed to be asked for.
const unchanged = 700 * time.Millisecond

// query is the question for a draft.
func (h *history) query(env *ui.Env, d draft) sources.Query {
	switch q := d.record(); {
	case h.asked.Expr == "":
		h.asked, h.next = q, q
	case q.Expr != h.next.Expr:
		h.next, h.since = q, env.Now
	case h.next.Expr != h.asked.Expr && env.Now.Sub(h.since) >= unchanged:
		h.asked = h.next
	}
	return h.asked
}

// record is the record of the alerts that the draft names.
func (d *draft) record() sources.PromQL {
	sets := make([][]sources.Matcher, len(d.parts))
	for i := range d.parts {
		sets[i] = d.parts[i].Matchers
	}
	return incident.Record(sets...)
}

// line says what the draft would have muted in the last days.
func (h *history) line(env *ui.Env, d draft) string {
	res := env.Result(h.asked)
	switch {
	case h.asked.Expr != d.record().Expr || !res.Ready() && res.Err == nil:
		return "… in the last 7 days: asking Prometheus"
	case res.Err != nil && !res.Ready():
		return "? in the last 7 days: " + draw.Line(res.Err.Error())
	}
	if h.expr != h.asked.Expr || !h.at.Equal(res.At) {
		h.expr, h.at, h.episodes = h.asked.Expr, res.At, incident.InRecord(res.Frame, res.At)
	}
	_, mutes := effects(env, d)
	unknown := foreign(env, mutes)
	var muted []incident.Episode
	for i := range d.parts {
		some, _ := incident.Muted(incident.Without(d.parts[i].Matchers, unknown), h.episodes)
		muted = append(muted, some...)
	}
	return pastText(env, incident.Present(muted, mutes, env.Now))
}

// foreign are the labels that the record lacks, as the alerts tell that a draft
// mutes; where it mutes none, as some others tell.
func foreign(env *ui.Env, mutes []*sources.Alert) []string {
	const enough = 20
	var some []sources.Alert
	for _, a := range mutes[:min(len(mutes), enough)] {
		some = append(some, *a)
	}
	if all := env.Result(firing).Frame.Alerts; len(some) == 0 {
		some = all[:min(len(all), enough)]
	}
	return incident.Foreign(some, env.Result(rules).Frame.Rules)
}

// pastText counts episodes by alert, those that fired most first.
func pastText(env *ui.Env, episodes []incident.Episode) string {
	if len(episodes) == 0 {
		return "nothing in the last 7 days"
	}
	count := map[string]int{}
	var names []string
	var last time.Time
	for i := range episodes {
		name := episodes[i].Name()
		if count[name]++; count[name] == 1 {
			names = append(names, name)
		}
		if episodes[i].Start.After(last) {
			last = episodes[i].Start
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return count[b] - count[a] })
	for i, n := range names {
		names[i] = fmt.Sprintf("%s %d times", n, count[n])
		if count[n] == 1 {
			names[i] = n + " once"
		}
	}
	return draw.Line(fmt.Sprintf("%d in the last 7 days: %s%s, last %s", len(episodes), strings.Join(names[:min(len(names), 3)], ", "), more(len(names)-3), clockOf(env, last)))
}
