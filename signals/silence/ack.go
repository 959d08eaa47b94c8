package silence

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"firewatch/sources"
)

// Prefix begins the comment of an acknowledgement: a short silence with a mark
// that karma and kthxbye know too. Its owner's console renews it while the alert
// fires; when the console is closed it lapses and the alert is loud again.
const Prefix = "ACK!"

// Ack is acknowledgements of the selected alerts: as few silences as cover them
// and no other of the current alerts (see [Cover]), each in the cluster of its
// alerts. An empty reason leaves the comment at the name.
func (s Settings) Ack(selected []sources.Alert, by By, current []sources.Alert) []sources.Silence {
	comment := Prefix + " " + by.User
	if reason := strings.TrimSpace(by.Reason); reason != "" {
		comment += ": " + reason
	}
	var out []sources.Silence
	for _, part := range Cover(selected, s.Volatile, current) {
		made := sources.Silence{Cluster: part.Cluster, Matchers: part.Matchers, StartsAt: by.At, EndsAt: by.At.Add(s.Lease), Comment: comment}
		by.annotate(&made, map[string]string{"ack": "true", "lease": fmt.Sprintf("%.0fs", s.Lease.Seconds())})
		out = append(out, made)
	}
	return out
}

// IsAck says whether a silence is an acknowledgement, whoever made it.
func IsAck(s *sources.Silence) bool {
	return strings.HasPrefix(s.Comment, Prefix) || s.Annotations["ack"] == "true"
}

// Owner is who stands behind a silence.
func Owner(s *sources.Silence) string {
	for _, k := range []string{"owner", "by"} {
		if v := s.Annotations[k]; v != "" {
			return v
		}
	}
	if s.CreatedBy != "" {
		return s.CreatedBy
	}
	return "someone"
}

// Reason is a silence's comment without the mark and the name of an acknowledgement.
func Reason(s *sources.Silence) string {
	text, ok := strings.CutPrefix(s.Comment, Prefix)
	if !ok {
		return s.Comment
	}
	text = strings.TrimSpace(text)
	for _, who := range []string{Owner(s), s.CreatedBy} {
		after, ok := strings.CutPrefix(text, who)
		if ok && who != "" && (after == "" || after[0] == ':') {
			return strings.TrimSpace(strings.TrimPrefix(after, ":"))
		}
	}
	return text
}

// Renewal is the silence that keeps an acknowledgement alive: the same id,
// matchers, start and annotations with a later end, which Alertmanager changes
// in place. There is none while the end is more than five minutes away (a third
// of a short lease), once it was reached, MaxLease after the start, or when no
// current alert matches. An end other than the one that was set last means that
// somebody else keeps it: then there is none either.
func (s Settings) Renewal(a sources.Silence, set time.Time, alerts []sources.Alert, now time.Time) (sources.Silence, bool) {
	left := a.EndsAt.Sub(now)
	limit := a.StartsAt.Add(s.MaxLease)
	if a.State != "active" || !IsAck(&a) || left <= 0 || left > s.ahead() || !Same(a.EndsAt, set) || !a.EndsAt.Before(limit) {
		return sources.Silence{}, false
	}
	match, err := Compile(a.Matchers)
	if err != nil || !slices.ContainsFunc(alerts, func(l sources.Alert) bool { return l.Cluster == a.Cluster && match.Match(l.ExactLabels()) }) {
		return sources.Silence{}, false
	}
	a.Matchers, a.Annotations = slices.Clone(a.Matchers), maps.Clone(a.Annotations)
	a.EndsAt = now.Add(s.Lease)
	if a.EndsAt.After(limit) {
		a.EndsAt = limit
	}
	return a, true
}

// Spent says that an acknowledgement is about to end for good: it has been kept
// for MaxLease, by whoever set its end last.
func (s Settings) Spent(a sources.Silence, set, now time.Time) bool {
	return a.State == "active" && Same(a.EndsAt, set) && a.EndsAt.Sub(now) <= s.ahead() && !a.EndsAt.Before(a.StartsAt.Add(s.MaxLease))
}

// Same says whether two moments are equal to the second, which is how far
// servers agree on them.
func Same(a, b time.Time) bool { return a.Sub(b).Abs() < time.Second }
