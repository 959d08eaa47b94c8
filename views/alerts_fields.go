package views

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
)

// fieldList is the description of an alert, field by field.
type fieldList struct {
	open bool
	// alone says that it was opened from the list, and goes back there.
	alone bool
	sel   ui.Selection
}

// alertField is one line of the description: what it is, its value, and what enter
// does with it, if anything.
type alertField struct {
	section, name, value string
	help                 string
	run                  func(*ui.Env) tea.Cmd
}

// fields are everything that is known of an alert, to be looked at and copied one
// by one.
func (v *alerts) fields(env *ui.Env, r *alertRow) []alertField {
	var out []alertField
	add := func(section string, pairs []draw.Pair) {
		for _, p := range pairs {
			out = append(out, alertField{section: section, name: p.Name, value: p.Value})
		}
	}
	a := r.alert
	state := draw.Pair{Name: "state", Value: r.status.Text(func(t time.Time) string { return clockOf(env, t) })}
	add("state", append([]draw.Pair{state}, v.facts(env, r)...))
	add("labels", sortedPairs(a.Labels, nil))
	add("annotations", sortedPairs(a.Annotations, nil))
	if tree, _ := v.way.get(env, r); tree != nil {
		for _, n := range noticesOf(tree, r, env.Now) {
			path := "the root route"
			if len(n.Path) > 0 {
				path = strings.Join(n.Path, " → ")
			}
			out = append(out, alertField{section: "routes", name: n.Receiver, value: fmt.Sprintf("%s · %s · again every %s", path, orNone(strings.Join(n.Integrations, ", ")), draw.Age(n.Repeat))})
		}
	}
	for _, s := range v.around(r, env.Now) {
		f := alertField{section: "silences", name: short(s.ID) + " " + s.State, value: v.silenceText(env, s) + " · " + silence.Format(s.Matchers)}
		if s.State == "expired" {
			old := *s
			f.help, f.run = "make it again", func(env *ui.Env) tea.Cmd { return v.again(env, r, old) }
		}
		out = append(out, f)
	}
	add("identity", []draw.Pair{
		{Name: "fingerprint", Value: orNone(a.Fingerprint)}, {Name: "cluster", Value: orNone(a.Cluster)}, {Name: "source", Value: orNone(a.GeneratorURL)},
		{Name: "updated", Value: env.Moment(a.UpdatedAt)}, {Name: "ends", Value: env.Moment(a.EndsAt)},
	})
	return out
}

// recently is how long ago a silence may have ended to be listed with its alert.
const recently = 7 * 24 * time.Hour

// around are the silences that match an alert, those that ended lately among them.
func (v *alerts) around(r *alertRow, now time.Time) []*sources.Silence {
	out := v.rows.book.Holders(r.alert)
	for i := range v.rows.silences {
		s := &v.rows.silences[i]
		if s.State != "expired" || s.Cluster != r.alert.Cluster || now.Sub(s.EndsAt) > recently {
			continue
		}
		if ok, err := silence.Matches(s.Matchers, r.alert.ExactLabels()); err == nil && ok {
			out = append(out, s)
		}
	}
	return out
}

func fieldIDs(list []alertField) []string {
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].section + " " + list[i].name
	}
	return out
}

// fieldsPanel is the description over the whole tab.
func (v *alerts) fieldsPanel(env *ui.Env, r *alertRow) ui.Panel {
	list := v.fields(env, r)
	sel := v.opened.fields.sel.Index(fieldIDs(list))
	return ui.Panel{Title: r.alert.Name(), Note: "y copies the field", Queries: []sources.Query{firing, silenced, rules, configuredFor(r)}, Partial: true, Ticks: true, Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
		t := b.Theme
		var out []string
		from, to := 0, 0
		name := 0
		for i := range list {
			name = max(name, draw.Width(draw.Line(list[i].name)))
		}
		name = min(name, max(b.W/3, 12))
		for i := range list {
			f := &list[i]
			if i == 0 || list[i-1].section != f.section {
				if i > 0 {
					out = append(out, "")
				}
				out = append(out, t.Title.Render(f.section))
			}
			if i == sel {
				from = len(out)
			}
			for k, l := range draw.Wrap(f.value, max(b.W-name-2, 1)) {
				n := ""
				if k == 0 {
					n = draw.Line(f.name)
				}
				if i == sel {
					out = append(out, t.Select.Render(draw.Pad(draw.Pad(n, name)+"  "+l, b.W)))
				} else {
					out = append(out, draw.Pad(t.Dim.Render(draw.Pad(n, name))+"  "+t.Text.Render(l), b.W))
				}
			}
			if i == sel {
				to = len(out)
			}
		}
		top := min(max(to-b.H, 0), max(from-1, 0))
		return draw.Fit(b, out[top:])
	}}
}

// fieldKey is enter on a field.
func (v *alerts) fieldKey(env *ui.Env, r *alertRow) ui.Key {
	list := v.fields(env, r)
	f, _ := at(list, v.opened.fields.sel.Index(fieldIDs(list)))
	return ui.Key{ID: "open", On: []string{"enter"}, Help: orNone(f.help), Off: unless(f.run != nil, "nothing to do with this field: y copies it"), Run: f.run, Hidden: f.run == nil, Writes: f.run != nil}
}

// again is the form for a silence that has ended, made anew by whoever does it,
// for as long as it was.
func (v *alerts) again(env *ui.Env, r *alertRow, old sources.Silence) tea.Cmd {
	parts := []silence.Part{{Cluster: old.Cluster, Matchers: old.Matchers}}
	f := &silenceForm{set: v.set, parts: parts, text: textOf(parts), diff: func(env *ui.Env) string { return v.diff(env, []*alertRow{r}) }}
	long := max(old.EndsAt.Sub(old.StartsAt).Round(time.Minute), time.Minute)
	env.Show(f.form(env, "silence it again", silence.Template{For: fmt.Sprintf("%dm", int(long.Minutes())), Comment: silence.Reason(&old)}))
	return nil
}

// wireAlert is an alert as Alertmanager's API has it.
type wireAlert struct {
	Labels       map[string]string   `json:"labels"`
	Annotations  map[string]string   `json:"annotations"`
	StartsAt     time.Time           `json:"startsAt"`
	EndsAt       time.Time           `json:"endsAt"`
	UpdatedAt    time.Time           `json:"updatedAt"`
	Fingerprint  string              `json:"fingerprint"`
	GeneratorURL string              `json:"generatorURL"`
	Receivers    []map[string]string `json:"receivers"`
	Status       wireStatus          `json:"status"`
}

type wireStatus struct {
	State       string   `json:"state"`
	SilencedBy  []string `json:"silencedBy"`
	InhibitedBy []string `json:"inhibitedBy"`
	MutedBy     []string `json:"mutedBy"`
}

// asJSON is the alert in the form of the API.
func asJSON(a *sources.Alert) string {
	w := wireAlert{
		Labels: a.ExactLabels(), Annotations: a.Annotations, StartsAt: a.StartsAt, EndsAt: a.EndsAt, UpdatedAt: a.UpdatedAt,
		Fingerprint: a.Fingerprint, GeneratorURL: a.GeneratorURL, Receivers: []map[string]string{},
		Status: wireStatus{State: a.State, SilencedBy: nonNil(a.SilencedBy), InhibitedBy: nonNil(a.InhibitedBy), MutedBy: nonNil(a.MutedBy)},
	}
	for _, name := range a.Receivers {
		w.Receivers = append(w.Receivers, map[string]string{"name": name})
	}
	text, err := json.MarshalIndent(w, "", "  ")
	if err != nil {
		return "" // strings, times and lists of them always encode
	}
	return string(text)
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
