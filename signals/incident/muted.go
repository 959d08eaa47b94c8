package incident

import (
	"firewatch/signals/silence"
	"firewatch/sources"
)

// Muted lists the episodes that a silence of these matchers would have kept
// quiet, had it been there: those whose labels they match, in the order given.
// The rule's own labels are matched: external labels, which Prometheus adds on
// the way to Alertmanager, are not among them. An expression that does not
// compile is an error.
func Muted(ms []sources.Matcher, episodes []Episode) ([]Episode, error) {
	set, err := silence.Compile(ms)
	if err != nil {
		return nil, err
	}
	var out []Episode
	for _, e := range episodes {
		if set.Match(e.Labels) {
			out = append(out, e)
		}
	}
	return out, nil
}
