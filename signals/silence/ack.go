package silence

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"firewatch/sources"
)

// An acknowledgement is a short silence with a mark that karma and kthxbye know
// too. Its owner's console renews it while the alert fires; when the console is
// closed it lapses and the alert is loud again.
const (
	// Prefix begins the comment of an acknowledgement.
	Prefix = "ACK!"
	// Lease is how long one lasts, Ahead how long before its end it is renewed,
	// MaxLease how long after its start renewing stops.
	Lease    = 15 * time.Minute
	Ahead    = 5 * time.Minute
	MaxLease = 4 * time.Hour
)

// Ack is an acknowledgement of the alert by user, from now on. The matchers are
// those of [For]. An empty reason leaves the comment at the name.
func Ack(a *sources.Alert, user, reason, tool string, now time.Time, current []sources.Alert) sources.Silence {
	ms, _ := For(a, Volatile, current)
	comment := Prefix + " " + user
	if reason = strings.TrimSpace(reason); reason != "" {
		comment += ": " + reason
	}
	return sources.Silence{
		Cluster: a.Cluster, Matchers: ms, StartsAt: now, EndsAt: now.Add(Lease), CreatedBy: user, Comment: comment,
		Annotations: map[string]string{"ack": "true", "owner": user, "lease": fmt.Sprintf("%.0fs", Lease.Seconds()), "tool": tool},
	}
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
// in place. There is none while the end is further away than [Ahead], once it
// was reached, [MaxLease] after the start, or when no current alert matches.
// An end other than the one that was set last means that somebody else keeps
// it: then there is none either.
func Renewal(s sources.Silence, set time.Time, alerts []sources.Alert, now time.Time) (sources.Silence, bool) {
	left := s.EndsAt.Sub(now)
	limit := s.StartsAt.Add(MaxLease)
	if s.State != "active" || !IsAck(&s) || left <= 0 || left > Ahead || !Same(s.EndsAt, set) || !s.EndsAt.Before(limit) {
		return sources.Silence{}, false
	}
	match, err := Compile(s.Matchers)
	if err != nil || !slices.ContainsFunc(alerts, func(a sources.Alert) bool { return a.Cluster == s.Cluster && match.Match(a.ExactLabels()) }) {
		return sources.Silence{}, false
	}
	s.Matchers, s.Annotations = slices.Clone(s.Matchers), maps.Clone(s.Annotations)
	s.EndsAt = now.Add(Lease)
	if s.EndsAt.After(limit) {
		s.EndsAt = limit
	}
	return s, true
}

// Spent says that an acknowledgement is about to end for good: it has been kept
// for [MaxLease], by whoever set its end last.
func Spent(s sources.Silence, set, now time.Time) bool {
	return s.State == "active" && Same(s.EndsAt, set) && s.EndsAt.Sub(now) <= Ahead && !s.EndsAt.Before(s.StartsAt.Add(MaxLease))
}

// Same says whether two moments are equal to the second, which is how far
// servers agree on them.
func Same(a, b time.Time) bool { return a.Sub(b).Abs() < time.Second }
