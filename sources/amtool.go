package sources

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// amtool is a command of Alertmanager's own tool for a shell; the words are
// quoted already.
func (t *transport) amtool(verb string, words ...string) string {
	command := []string{"amtool", "silence", verb}
	if t.base != nil {
		command = append(command, "--alertmanager.url="+shellQuoted(Clean(t.base.String())))
	}
	return strings.Join(append(command, words...), " ")
}

// Amtool is the command of Alertmanager's own tool that makes the silence anew,
// on the server that the tool's configuration names.
func (a SetSilence) Amtool() string {
	w := wire(a.Silence)
	return (&transport{}).amtoolSet(&w, nil)
}

// amtoolSet is the making of a silence, or the change of the one that was there
// before. A change of the matchers is a new silence to amtool too: it is the
// adding of one then, which leaves the old one to be expired.
func (t *transport) amtoolSet(w, before *wireSilence) string {
	var words []string
	flag := func(name, value string) { words = append(words, "--"+name+"="+shellQuoted(visible(value))) }
	flag("start", w.StartsAt)
	flag("end", w.EndsAt)
	flag("comment", w.Comment)
	s := w.silence()
	if before != nil && slices.Equal(sortedMatchers(s.Matchers), sortedMatchers(before.silence().Matchers)) {
		return t.amtool("update", append(words, shellQuoted(Clean(before.ID)))...)
	}
	flag("author", w.CreatedBy)
	for _, k := range slices.Sorted(maps.Keys(w.Annotations)) {
		flag("annotation", k+"="+w.Annotations[k])
	}
	for _, m := range s.Matchers {
		words = append(words, shellQuoted(m.String()))
	}
	return t.amtool("add", words...)
}

// visible is s with what draws nothing escaped.
func visible(s string) string {
	quoted := strconv.QuoteToGraphic(s)
	if quoted = quoted[1 : len(quoted)-1]; quoted == s || Clean(s) != s {
		return quoted
	}
	return s
}
