package silence

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"firewatch/sources"
)

// For is the matchers of one alert: equality on all of its labels, sorted by
// name, without the volatile ones. A volatile label stays, and is listed in
// kept, where leaving it out would mute another of the current alerts of its cluster too. Where
// a current alert has all of these labels and more, a matcher on an empty value
// keeps it out.
func For(a *sources.Alert, volatile []string, current []sources.Alert) (ms []sources.Matcher, kept []string) {
	want := maps.Clone(a.ExactLabels())
	if want == nil {
		want = map[string]string{}
	}
	others := make([]*sources.Alert, 0, len(current))
	for i := range current {
		if current[i].Cluster == a.Cluster && !maps.Equal(current[i].ExactLabels(), a.ExactLabels()) {
			others = append(others, &current[i])
		}
	}
	for _, o := range others {
		if labels := o.ExactLabels(); covers(want, labels) {
			want[foreign(labels, want, volatile)] = ""
		}
	}
	for _, name := range volatile {
		value, ok := want[name]
		if !ok || len(want) == 1 {
			continue
		}
		delete(want, name)
		if slices.ContainsFunc(others, func(o *sources.Alert) bool { return covers(want, o.ExactLabels()) }) {
			want[name] = value
			kept = append(kept, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		ms = append(ms, sources.Matcher{Name: name, Value: want[name], Equal: true})
	}
	return ms, kept
}

// covers says whether labels have every wanted value, absent being empty.
func covers(want, labels map[string]string) bool {
	for k, v := range want {
		if labels[k] != v {
			return false
		}
	}
	return true
}

// foreign is a label that tells labels from want: a lasting one if there is any.
func foreign(labels, want map[string]string, volatile []string) string {
	var found string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		if _, ok := want[k]; ok || labels[k] == "" {
			continue
		}
		if !slices.Contains(volatile, k) {
			return k
		}
		if found == "" {
			found = k
		}
	}
	return found
}

// Part is the matchers of one silence of a cover.
type Part struct {
	// Cluster is where it belongs; see [sources.Alert].
	Cluster  string
	Matchers []sources.Matcher
}

// Cover is few silences' matchers that together match the selected alerts and no
// other current one, each for the one cluster that its alerts are from. Two sets
// become one only where they differ in one label, as an alternation of its
// values, so that no combination is muted which was not selected.
func Cover(selected []sources.Alert, volatile []string, current []sources.Alert) []Part {
	chosen := make(map[string]bool, len(selected))
	for i := range selected {
		chosen[identity(&selected[i])] = true
	}
	var others []sources.Alert
	for i := range current {
		if !chosen[identity(&current[i])] {
			others = append(others, current[i])
		}
	}
	var boxes []box
	for i := range selected {
		ms, _ := For(&selected[i], volatile, others)
		if len(ms) == 0 {
			continue
		}
		b := box{cluster: selected[i].Cluster, values: map[string][]string{}}
		for _, m := range ms {
			b.values[m.Name] = []string{m.Value}
		}
		boxes = append(boxes, b)
	}
	// Alerts of one name belong together before those of one instance do.
	boxes = joined(joined(boxes, "alertname"), "")
	out := make([]Part, len(boxes))
	for i, b := range boxes {
		out[i] = Part{Cluster: b.cluster, Matchers: b.matchers()}
	}
	return out
}

// identity tells alerts apart by what matchers see of them.
func identity(a *sources.Alert) string {
	labels := a.ExactLabels()
	var out strings.Builder
	out.WriteString(a.Cluster)
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		// A label without a value is none to a matcher.
		if v := labels[k]; v != "" {
			out.WriteString("\x00" + k + "\x00" + v)
		}
	}
	return out.String()
}

// box is a set of matchers as the values that each label may have.
type box struct {
	cluster string
	values  map[string][]string
}

// joined is the boxes with those joined that can be, by any label but one.
func joined(boxes []box, but string) []box {
	for merged := true; merged; {
		merged = false
		for i := 0; i < len(boxes); i++ {
			for j := len(boxes) - 1; j > i; j-- {
				if boxes[j].holds(boxes[i]) {
					boxes[i], boxes[j] = boxes[j], boxes[i]
				}
				if boxes[i].holds(boxes[j]) || boxes[i].absorb(boxes[j], but) {
					boxes = slices.Delete(boxes, j, j+1)
					merged = true
				}
			}
		}
	}
	return boxes
}

// holds says whether every alert in o is in b.
func (b box) holds(o box) bool {
	if b.cluster != o.cluster || len(b.values) > len(o.values) {
		return false
	}
	for k, values := range b.values {
		other, ok := o.values[k]
		if !ok || slices.ContainsFunc(other, func(v string) bool { return !slices.Contains(values, v) }) {
			return false
		}
	}
	return true
}

// absorb widens b to hold o as well, if the two differ in one label, which is not but.
func (b box) absorb(o box, but string) bool {
	if b.cluster != o.cluster || len(b.values) != len(o.values) {
		return false
	}
	differs := ""
	for k, values := range b.values {
		other, ok := o.values[k]
		switch {
		case !ok:
			return false
		case slices.Equal(values, other):
		case differs != "" || k == but:
			return false
		default:
			differs = k
		}
	}
	if differs != "" {
		both := append(slices.Clone(b.values[differs]), o.values[differs]...)
		slices.Sort(both)
		b.values[differs] = slices.Compact(both)
	}
	return true
}

func (b box) matchers() []sources.Matcher {
	var out []sources.Matcher
	for _, name := range slices.Sorted(maps.Keys(b.values)) {
		values := b.values[name]
		if len(values) == 1 {
			out = append(out, sources.Matcher{Name: name, Value: values[0], Equal: true})
			continue
		}
		quoted := make([]string, len(values))
		for i, v := range values {
			quoted[i] = regexp.QuoteMeta(v)
		}
		out = append(out, sources.Matcher{Name: name, Value: strings.Join(quoted, "|"), Regex: true, Equal: true})
	}
	return out
}
