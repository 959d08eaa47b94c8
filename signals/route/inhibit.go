package route

import (
	"firewatch/signals/silence"
	"firewatch/sources"
)

// rule holds its targets back while a source fires.
type rule struct {
	name           string
	source, target side
	equal          []string
}

// side is the matchers of one side of a rule; none match every alert.
type side struct {
	set silence.Set
	all bool
}

func (s side) match(labels map[string]string) bool { return s.all || s.set.Match(labels) }

type wireInhibit struct {
	Name           string            `yaml:"name"`
	SourceMatch    map[string]string `yaml:"source_match"`
	SourceMatchRE  map[string]string `yaml:"source_match_re"`
	SourceMatchers []string          `yaml:"source_matchers"`
	TargetMatch    map[string]string `yaml:"target_match"`
	TargetMatchRE  map[string]string `yaml:"target_match_re"`
	TargetMatchers []string          `yaml:"target_matchers"`
	Equal          []string          `yaml:"equal"`
}

func (w *wireInhibit) rule() (r rule, err error) {
	r.name, r.equal = sources.Clean(w.Name), w.Equal
	compile := func(s *side, texts []string, equal, regex map[string]string) {
		if err != nil {
			return
		}
		var ms []sources.Matcher
		if ms, err = matchers(texts, equal, regex); err == nil {
			s.all = len(ms) == 0
			s.set, err = silence.Compile(ms)
		}
	}
	compile(&r.source, w.SourceMatchers, w.SourceMatch, w.SourceMatchRE)
	compile(&r.target, w.TargetMatchers, w.TargetMatch, w.TargetMatchRE)
	return r, err
}

// Inhibits says whether an alert that fires holds another back, and by which
// rule: its name, or "" for one that has none. Labels that both lack count as
// equal, and an alert that is a source and a target of one rule is not held back
// by another such alert, which is how Alertmanager decides it.
func (t *Tree) Inhibits(source, target map[string]string) (name string, ok bool) {
	for i := range t.inhibit {
		if r := &t.inhibit[i]; r.holds(source, target) {
			return r.name, true
		}
	}
	return "", false
}

func (r *rule) holds(source, target map[string]string) bool {
	if !r.source.match(source) || !r.target.match(target) {
		return false
	}
	if r.target.match(source) && r.source.match(target) {
		return false
	}
	for _, name := range r.equal {
		if source[name] != target[name] {
			return false
		}
	}
	return true
}
