package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"firewatch/signals/silence"
	"firewatch/sources"
)

// Kind is what an event is.
type Kind string

// The kinds of [Event].
const (
	Fired     Kind = "fired"
	Resolved  Kind = "resolved"
	Acked     Kind = "acked"
	Lapsed    Kind = "ack over"
	Silenced  Kind = "silenced"
	Unmuted   Kind = "silence over"
	Deployed  Kind = "deployed"
	Restarted Kind = "restarted"
	Noted     Kind = "note"
)

// Event is one thing that happened.
type Event struct {
	At   time.Time
	Kind Kind
	// Subject is the alert, the silence or the thing that was deployed; Who did it,
	// if somebody did; Text the rest in words.
	Subject, Who, Text string
	// Severity is that of the alert; empty for what is none.
	Severity string
	// Ref is the fingerprint or the silence's id, if there is one.
	Ref string
}

// Input is what a timeline is made of. Any part may be empty.
type Input struct {
	Since, Until time.Time
	Episodes     []Episode
	Silences     []sources.Silence
	Remarks      []sources.Remark
	// Deploys and Restarts are series whose values are moments, in seconds since
	// the Unix epoch, such as ml_model_loaded_timestamp_seconds and
	// process_start_time_seconds.
	Deploys, Restarts []sources.Series
}

// Timeline lists what happened from Since to Until, oldest first. The end of
// something that goes on is no event.
func Timeline(in Input) []Event {
	var out []Event
	add := func(e Event) {
		if !e.At.Before(in.Since) && !e.At.After(in.Until) {
			out = append(out, e)
		}
	}
	for i := range in.Episodes {
		e := &in.Episodes[i]
		subject := About(e.Labels)
		add(Event{At: e.Start, Kind: Fired, Subject: subject, Severity: e.Labels["severity"]})
		if !e.Open {
			add(Event{At: e.End, Kind: Resolved, Subject: subject, Severity: e.Labels["severity"], Text: "after " + length(e.Length())})
		}
	}
	for i := range in.Silences {
		s := &in.Silences[i]
		begin, end := Silenced, Unmuted
		if silence.IsAck(s) {
			begin, end = Acked, Lapsed
		}
		subject := named(s)
		if s.State != "pending" {
			add(Event{At: s.StartsAt, Kind: begin, Subject: subject, Who: silence.Owner(s), Text: silence.Reason(s), Ref: s.ID})
		}
		if s.State == "expired" {
			add(Event{At: s.EndsAt, Kind: end, Subject: subject, Who: silence.Owner(s), Ref: s.ID})
		}
	}
	for _, r := range in.Remarks {
		add(Event{At: r.At, Kind: Noted, Who: r.Who, Text: r.Text, Ref: r.About})
	}
	for kind, series := range map[Kind][]sources.Series{Deployed: in.Deploys, Restarted: in.Restarts} {
		for _, e := range moments(kind, series) {
			add(e)
		}
	}
	slices.SortStableFunc(out, func(a, b Event) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Subject, b.Subject), strings.Compare(a.Ref, b.Ref))
	})
	return out
}

// About names an alert by what it is on.
func About(labels map[string]string) string {
	out := labels["alertname"]
	for _, k := range []string{"service", "model", "feature", "sloth_id", "instance", "mountpoint"} {
		if v := labels[k]; v != "" {
			return out + " " + v
		}
	}
	return out
}

// named is the alert that a silence names, else its matchers.
func named(s *sources.Silence) string {
	labels := map[string]string{}
	for _, m := range s.Matchers {
		if m.Equal && !m.Regex {
			labels[m.Name] = sources.Clean(m.Value)
		}
	}
	if labels["alertname"] != "" {
		return About(labels)
	}
	return "{" + silence.Format(s.Matchers) + "}"
}

// moments are the distinct values of series that hold moments: what is new within
// a span shows as a value, whether or not the series was there before.
func moments(kind Kind, series []sources.Series) []Event {
	seen := map[string]bool{}
	var out []Event
	for i := range series {
		l := series[i].Labels
		subject := cmp.Or(l["model"], l["service"], l["job"])
		if v := l["version"]; v != "" {
			subject += " " + v
		}
		if l["instance"] != "" {
			subject += " " + l["instance"]
		}
		for _, p := range series[i].Points {
			at := time.UnixMilli(int64(p.V * 1000)).UTC()
			key := fmt.Sprint(at.Unix(), subject)
			if !(p.V > 0) || p.V > 1e11 || seen[key] {
				continue
			}
			seen[key] = true
			out = append(out, Event{At: at, Kind: kind, Subject: strings.TrimSpace(subject)})
		}
	}
	return out
}
