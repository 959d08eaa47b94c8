package silence

import (
	"regexp"
	"slices"
	"strings"

	"firewatch/sources"
)

// index says which silences may match an alert, so that thousands of alerts do
// not try each of them. It is by one matcher a silence, one that few alerts pass.
type index struct {
	// values are those that want one of some values of a label, by name and value.
	values []byValue
	// prefixes are those whose expression begins with a text, by name.
	prefixes []byPrefix
	// rest are those that any alert has to try.
	rest []int
}

type byValue struct {
	name string
	of   map[string][]int
}

type byPrefix struct {
	name string
	of   []prefixed
}

type prefixed struct {
	prefix string
	entry  int
}

// sample is about how many alerts are looked at to tell what is frequent among them.
const sample = 512

// common is the share of the alerts, as one in so many, from which on a value is
// too frequent to be looked up by when there is another way.
const common = 8

func newIndex(entries []entry, alerts []sources.Alert) index {
	var x index
	// Some hundred alerts tell well enough what is frequent.
	every := len(alerts)/sample + 1
	counts := map[string]map[string]int{}
	count := func(name, value string) int {
		if counts[name] == nil {
			counts[name] = map[string]int{}
			for i := 0; i < len(alerts); i += every {
				counts[name][alerts[i].ExactLabels()[name]]++
			}
		}
		return counts[name][value]
	}
	for i := range entries {
		name, values, least := "", []string(nil), -1
		prefixName, prefix := "", ""
		for _, m := range entries[i].set.ms {
			wanted, begins := wants(m)
			n := 0
			for _, v := range wanted {
				n += count(m.Name, v)
			}
			if wanted != nil && (least < 0 || n < least) {
				name, values, least = m.Name, wanted, n
			}
			if len(begins) > len(prefix) {
				prefixName, prefix = m.Name, begins
			}
		}
		switch {
		case values != nil && (least <= len(alerts)/every/common || prefix == ""):
			for _, v := range values {
				x.byValue(name, v, i)
			}
		case prefix != "":
			x.byPrefix(prefixName, prefix, i)
		default:
			x.rest = append(x.rest, i)
		}
	}
	return x
}

// wants are the values that a label must have one of for m to hold, nil when
// that cannot be told, and else what such a value begins with.
func wants(m sources.Matcher) (values []string, prefix string) {
	switch {
	case !m.Equal:
		return nil, ""
	case !m.Regex:
		return []string{m.Value}, ""
	case regexp.QuoteMeta(strings.ReplaceAll(m.Value, "|", "")) == strings.ReplaceAll(m.Value, "|", ""):
		values = strings.Split(m.Value, "|")
		slices.Sort(values)
		return slices.Compact(values), ""
	}
	re, err := regexp.Compile(m.Value)
	if err != nil {
		return nil, ""
	}
	prefix, _ = re.LiteralPrefix()
	return nil, prefix
}

func (x *index) byValue(name, value string, entry int) {
	k := slices.IndexFunc(x.values, func(v byValue) bool { return v.name == name })
	if k < 0 {
		k = len(x.values)
		x.values = append(x.values, byValue{name, map[string][]int{}})
	}
	x.values[k].of[value] = append(x.values[k].of[value], entry)
}

func (x *index) byPrefix(name, prefix string, entry int) {
	k := slices.IndexFunc(x.prefixes, func(p byPrefix) bool { return p.name == name })
	if k < 0 {
		k = len(x.prefixes)
		x.prefixes = append(x.prefixes, byPrefix{name: name})
	}
	x.prefixes[k].of = append(x.prefixes[k].of, prefixed{prefix, entry})
}

// of lists the silences that may match these labels, in their order.
func (x *index) of(labels map[string]string) []int {
	var out []int
	for i := range x.values {
		out = append(out, x.values[i].of[labels[x.values[i].name]]...)
	}
	for i := range x.prefixes {
		value := labels[x.prefixes[i].name]
		for _, p := range x.prefixes[i].of {
			if strings.HasPrefix(value, p.prefix) {
				out = append(out, p.entry)
			}
		}
	}
	if len(out) == 0 {
		return x.rest
	}
	out = append(out, x.rest...)
	slices.Sort(out)
	return out
}
