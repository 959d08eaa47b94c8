package silence

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"firewatch/sources"
)

// Volatile are the labels that change when a workload is merely rescheduled. A
// silence that names them stops matching while the problem goes on.
var Volatile = []string{"pod", "pod_ip", "container_id", "uid", "replica", "endpoint", "prometheus", "prometheus_replica"}

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

// box is a set of matchers as the values that each label may have.
type box map[string][]string

// Cover is few silences' matchers that together match the selected alerts and no
// other current one. Two sets become one only where they differ in one label, as
// an alternation of its values, so that no combination is muted which was not
// selected.
func Cover(selected []sources.Alert, volatile []string, current []sources.Alert) [][]sources.Matcher {
	others := slices.DeleteFunc(slices.Clone(current), func(c sources.Alert) bool {
		return slices.ContainsFunc(selected, func(s sources.Alert) bool { return maps.Equal(s.ExactLabels(), c.ExactLabels()) })
	})
	var boxes []box
	for i := range selected {
		ms, _ := For(&selected[i], volatile, others)
		if len(ms) == 0 {
			continue
		}
		b := box{}
		for _, m := range ms {
			b[m.Name] = []string{m.Value}
		}
		boxes = append(boxes, b)
	}
	for merged := true; merged; {
		merged = false
		for i := 0; i < len(boxes); i++ {
			for j := len(boxes) - 1; j > i; j-- {
				if boxes[i].absorb(boxes[j]) {
					boxes = slices.Delete(boxes, j, j+1)
					merged = true
				}
			}
		}
	}
	out := make([][]sources.Matcher, len(boxes))
	for i, b := range boxes {
		out[i] = b.matchers()
	}
	return out
}

// absorb widens b to hold o as well, if the two differ in at most one label.
func (b box) absorb(o box) bool {
	if len(b) != len(o) {
		return false
	}
	differs := ""
	for k, values := range b {
		other, ok := o[k]
		switch {
		case !ok:
			return false
		case slices.Equal(values, other):
		case differs != "":
			return false
		default:
			differs = k
		}
	}
	if differs != "" {
		both := append(slices.Clone(b[differs]), o[differs]...)
		slices.Sort(both)
		b[differs] = slices.Compact(both)
	}
	return true
}

func (b box) matchers() []sources.Matcher {
	var out []sources.Matcher
	for _, name := range slices.Sorted(maps.Keys(b)) {
		values := b[name]
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
