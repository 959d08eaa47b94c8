package views

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// silenceRow is one silence with what it does at the moment.
type silenceRow struct {
	id string
	s  *sources.Silence
	// mutes are the current alerts that it matches; those of an expired one are not
	// looked for.
	mutes []*sources.Alert
}

func silenceID(s *sources.Silence) string { return s.Cluster + "/" + s.ID }

// endsSoon says whether something grows loud soon because the silence ends.
// Acknowledgements always end soon.
func (r *silenceRow) endsSoon(now time.Time) bool {
	return r.s.State == "active" && !silence.IsAck(r.s) && len(r.mutes) > 0 && r.s.EndsAt.Sub(now) <= silence.Expiring
}

// silenceRows joins the answers about silences and alerts; they are made anew
// only when one of these changed.
type silenceRows struct {
	key    silenceKey
	ready  bool
	all    []*silenceRow
	byID   map[string]*silenceRow
	unused map[string]bool
	// expired counts those that the list leaves out unless asked.
	expired int
	shown   []*silenceRow
	ids     []string
}

// silenceKey says what the rows were made of; an answer is known by its time and
// its first element.
type silenceKey struct {
	silences, alerts time.Time
	silence          *sources.Silence
	alert            *sources.Alert
}

// update brings the rows in line with the answers and the choices.
func (v *silences) update(env *ui.Env) {
	t := &v.rows
	s, a := env.Result(silenced), env.Result(firing)
	key := silenceKey{s.At, a.At, first(s.Frame.Silences), first(a.Frame.Alerts)}
	if t.byID == nil || key != t.key {
		t.key, t.ready = key, s.Ready()
		t.join(s.Frame.Silences, a.Frame.Alerts, a.Ready())
		for id := range v.marks {
			if t.byID[id] == nil {
				delete(v.marks, id)
			}
		}
	}
	t.show(&v.filter, v.past, silence.Shelf{Now: env.Now, User: env.User, Unused: t.unused})
}

func (t *silenceRows) join(list []sources.Silence, alerts []sources.Alert, known bool) {
	t.all, t.byID, t.unused, t.expired = make([]*silenceRow, 0, len(list)), make(map[string]*silenceRow, len(list)), map[string]bool{}, 0
	for i := range list {
		r := &silenceRow{id: silenceID(&list[i]), s: &list[i]}
		t.all = append(t.all, r)
		t.byID[r.id] = r
		if r.s.State == "expired" {
			t.expired++
			continue
		}
		r.mutes = mutedBy(r.s, alerts)
		if known && r.s.State == "active" && len(r.mutes) == 0 {
			t.unused[r.id] = true
		}
	}
}

// mutedBy are the alerts of the silence's cluster that it matches.
func mutedBy(s *sources.Silence, alerts []sources.Alert) []*sources.Alert {
	match, err := silence.Compile(s.Matchers)
	if err != nil {
		return nil
	}
	var out []*sources.Alert
	for i := range alerts {
		if alerts[i].Cluster == s.Cluster && match.Match(alerts[i].ExactLabels()) {
			out = append(out, &alerts[i])
		}
	}
	return out
}

func (t *silenceRows) show(f *silence.Filter, past bool, x silence.Shelf) {
	t.shown, t.ids = t.shown[:0:0], t.ids[:0:0]
	old := *f
	if past {
		old, _ = silence.ParseFilter(f.Text + " @expired")
	}
	for _, r := range t.all {
		if f.Match(r.s, &x) || past && old.Match(r.s, &x) {
			t.shown = append(t.shown, r)
			t.ids = append(t.ids, r.id)
		}
	}
}

// marked says which rows of the table are, nil while none is.
func (v *silences) marked(rows []*silenceRow) func(int) bool {
	if len(v.marks) == 0 {
		return nil
	}
	return func(i int) bool { return v.marks[rows[i].id] }
}

// markKeys choose silences for the actions.
func (v *silences) markKeys() []ui.Key {
	line, none := v.sel.Index(v.rows.ids), ""
	if line < 0 {
		none = noSilence
	}
	span, clear := none, ""
	if span == "" && !slices.Contains(v.rows.ids, v.last) {
		span = "mark one row with space first"
	}
	if len(v.marks) == 0 {
		clear = "nothing is marked"
	}
	mark := func(id string) {
		if v.marks == nil {
			v.marks = map[string]bool{}
		}
		v.marks[id], v.last = true, id
	}
	return []ui.Key{
		{ID: "mark", On: []string{"space"}, Help: "mark", Off: none, Hidden: true, Run: func(*ui.Env) tea.Cmd {
			if id := v.rows.ids[line]; v.marks[id] {
				delete(v.marks, id)
			} else {
				mark(id)
			}
			v.sel.Set(v.rows.ids[min(line+1, len(v.rows.ids)-1)])
			return nil
		}},
		{ID: "mark-range", On: []string{"v"}, Help: "mark from the last mark to here", Off: span, Hidden: true, Run: func(*ui.Env) tea.Cmd {
			from := slices.Index(v.rows.ids, v.last)
			for i := min(from, line); i <= max(from, line); i++ {
				mark(v.rows.ids[i])
			}
			v.last = v.rows.ids[line]
			return nil
		}},
		{ID: "clear-marks", On: []string{`ctrl+\`}, Help: "clear the marks", Off: clear, Hidden: true, Run: func(*ui.Env) tea.Cmd {
			v.marks, v.last = nil, ""
			return nil
		}},
	}
}

// chosen are the silences that an action is for: the open one, else the marked
// ones, else the one under the cursor.
func (v *silences) chosen(under *silenceRow) []*silenceRow {
	switch {
	case v.open != "" && v.rows.byID[v.open] != nil || len(v.marks) == 0:
		if under == nil {
			return nil
		}
		return []*silenceRow{under}
	}
	var out []*silenceRow
	for _, r := range v.rows.all {
		if v.marks[r.id] {
			out = append(out, r)
		}
	}
	return out
}

// lines are the details of a silence.
func (v *silences) lines(env *ui.Env, b draw.Box, r *silenceRow) []string {
	s, t := r.s, b.Theme
	kind := "silence"
	if silence.IsAck(s) {
		kind = "ack"
	}
	out := []string{t.Strong.Render(kind+" by "+draw.Line(silence.Owner(s))) + t.Dim.Render(" · "+s.State)}
	if s.Comment != "" {
		out = append(out, draw.Wrap(draw.Line(s.Comment), b.W)...)
	}
	pairs := []draw.Pair{{Name: "starts", Value: env.Moment(s.StartsAt)}, {Name: "ends", Value: env.Moment(s.EndsAt) + " · lasts " + length(s.EndsAt.Sub(s.StartsAt))}}
	if !s.UpdatedAt.IsZero() {
		pairs = append(pairs, draw.Pair{Name: "updated", Value: env.Moment(s.UpdatedAt)})
	}
	pairs = append(pairs, draw.Pair{Name: "creator", Value: orNone(s.CreatedBy)}, draw.Pair{Name: "id", Value: s.ID})
	if s.Cluster != "" {
		pairs = append(pairs, draw.Pair{Name: "cluster", Value: s.Cluster})
	}
	for _, p := range env.Result(silenced).Frame.Peers {
		if p.Cluster == s.Cluster && slices.Contains(p.Lacks, s.ID) {
			pairs = append(pairs, draw.Pair{Name: "lacking", Value: p.Name + " does not have it: what this peer routes is loud", Level: theme.Crit})
		}
	}
	out = append(append(out, ""), draw.Pairs(b, pairs)...)
	out = append(out, "", t.Title.Render("matchers"))
	for _, m := range s.Matchers {
		out = append(out, draw.Wrap(m.String(), b.W)...)
	}
	if len(s.Annotations) > 0 {
		out = append(append(out, "", t.Title.Render("annotations")), draw.Pairs(b, sortedPairs(s.Annotations, nil))...)
	}
	if s.State == "expired" {
		return append(out, "", t.Dim.Render("R makes it again, signed by you"))
	}
	effect, _ := silence.Preview(s.Matchers, alertsOf(env, s.Cluster))
	verb := "mutes "
	if s.State == "pending" {
		verb = "would mute "
	}
	out = append(out, "", t.Title.Render(verb+draw.Count(len(effect.Mutes), "alert")+" now"))
	out = append(out, some(effect.Mutes, 20, func(a *sources.Alert) string { return "  " + draw.Line(a.Name()+"  "+where(a.Labels)) })...)
	return append(out, nearLines([]silence.Effect{effect}, effect.Mutes, t)...)
}

// changedSilence says what happened to a silence since it was shown; empty when
// it is as it was.
func (v *silences) changedSilence(env *ui.Env, seen *silenceRow) string {
	v.update(env)
	name := "silence " + short(seen.s.ID)
	now := v.rows.byID[seen.id]
	switch {
	case now == nil:
		return name + " is gone"
	case now.s.State != seen.s.State:
		return fmt.Sprintf("%s was %s, is %s", name, seen.s.State, now.s.State)
	case !silence.Same(now.s.EndsAt, seen.s.EndsAt):
		return fmt.Sprintf("%s ended %s, ends %s", name, clockOf(env, seen.s.EndsAt), clockOf(env, now.s.EndsAt))
	case now.s.Comment != seen.s.Comment:
		return name + " says something else"
	}
	return ""
}
