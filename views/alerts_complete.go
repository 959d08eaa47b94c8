package views

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"firewatch/signals/alert"
	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
)

// Complete implements [ui.Completer].
func (v *alerts) Complete(env *ui.Env, arg string) []string {
	v.rows.update(env)
	var out []string
	for _, name := range v.savedNames() {
		if strings.HasPrefix(name, arg) {
			out = append(out, name+"   "+v.saved[name])
		}
	}
	return append(out, v.completeFilter(arg)...)
}

func (v *alerts) savedNames() []string { return slices.Sorted(maps.Keys(v.saved)) }

// alertOffers are the completions of one text for one state of the rows.
type alertOffers struct {
	text    string
	version uint64
	found   []string
}

// completeFilter lists whole texts that continue the last term of text: labels,
// their operators, their values with the number of alerts that have them, states.
func (v *alerts) completeFilter(text string) []string {
	if o := &v.offers; o.found == nil || o.text != text || o.version != v.rows.version {
		*o = alertOffers{text, v.rows.version, v.offer(text)}
	}
	return v.offers.found
}

// begun is a term whose operator is typed: a name, which may be quoted, the
// operator and the beginning of the value.
var begun = regexp.MustCompile(`^("(?:[^"\\]|\\.)*"|[^\s{}!=~,\\"'@]+)\s*(=~|!~|!=|=)\s*(.*)$`)

func (v *alerts) offer(text string) []string {
	head, last := text, ""
	if terms := filterTerms(text); len(terms) > 0 && strings.HasSuffix(text, terms[len(terms)-1]) {
		last = terms[len(terms)-1]
		head = strings.TrimSuffix(text, last)
	}
	for _, not := range []string{"!", "-", "{"} {
		if rest, ok := strings.CutPrefix(last, not); ok {
			head, last = head+not, rest
		}
	}
	found := []string{}
	if m := begun.FindStringSubmatch(last); m != nil {
		found = v.offerValues(m[1], m[2], m[3])
	} else {
		found = append(v.offerLabels(last), v.offerWords(last)...)
	}
	for i := range found {
		found[i] = head + found[i]
	}
	return found
}

// offerLabels are the labels that begin with part, and the operators of the one
// that it is.
func (v *alerts) offerLabels(part string) []string {
	names := map[string]bool{}
	for _, r := range v.rows.all {
		for k := range r.alert.Labels {
			names[k] = true
		}
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(names)) {
		if !strings.HasPrefix(k, strings.Trim(part, `"`)) {
			continue
		}
		name := strings.TrimSuffix(silence.Format([]sources.Matcher{{Name: k, Value: "x", Equal: true}}), "x")
		name = strings.TrimSuffix(strings.TrimSuffix(name, `"x"`), "=")
		out = append(out, name+"=")
		if k == part {
			out = append(out, name+"!=", name+"=~", name+"!~")
		}
	}
	return out
}

// offerWords are the words after @.
func (v *alerts) offerWords(part string) []string {
	words := append(alert.Words(), flapping, byWord)
	slices.Sort(words)
	if by, ok := strings.CutPrefix(part, "@"+byWord); ok {
		words = nil
		for _, g := range v.completeGroup(by) {
			words = append(words, byWord+g)
		}
	}
	var out []string
	for _, w := range words {
		if strings.HasPrefix("@"+w, part) {
			out = append(out, "@"+w)
		}
	}
	return out
}

// offerValues are matchers whose value begins as typed, those of most alerts
// first. In an expression what follows the last | is completed.
func (v *alerts) offerValues(name, op, typed string) []string {
	if len(name) > 1 && name[0] == '"' {
		name = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(strings.Trim(name, `"`))
	}
	m := sources.Matcher{Name: name, Regex: strings.HasSuffix(op, "~"), Equal: op[0] == '='}
	typed = strings.Trim(typed, `"`)
	before := ""
	if m.Regex {
		if i := strings.LastIndex(typed, "|"); i >= 0 {
			before, typed = typed[:i+1], typed[i+1:]
		}
	}
	count := map[string]int{}
	for _, r := range v.rows.all {
		if value, ok := r.alert.Labels[name]; ok && strings.HasPrefix(value, typed) {
			count[value]++
		}
	}
	values := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(-cmp.Compare(count[a], count[b]), strings.Compare(a, b))
	})
	var out []string
	for _, value := range values {
		if m.Value = value; m.Regex {
			m.Value = before + regexp.QuoteMeta(value)
		}
		out = append(out, silence.Format([]sources.Matcher{m})+"   "+draw.Count(count[value], "alert"))
	}
	return out
}
