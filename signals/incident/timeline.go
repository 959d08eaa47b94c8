package incident

import (
	"cmp"
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
	// Alerts are those that Alertmanager has now: they give an episode that goes on
	// its exact start, if it is within Step of it, and its fingerprint; one without
	// an episode is an event by itself.
	Alerts   []sources.Alert
	Step     time.Duration
	Silences []sources.Silence
	Remarks  []sources.Remark
	// Deploys and Restarts are series whose values are moments, in seconds since
	// the Unix epoch, such as ml_model_loaded_timestamp_seconds and
	// process_start_time_seconds.
	Deploys, Restarts []sources.Series
	// Builds are series with a label version: a version that follows another one of
	// the same job and service was deployed at its first sample.
	Builds []sources.Series
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
	for _, e := range alerted(in) {
		add(e)
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
	for _, e := range built(in.Builds) {
		add(e)
	}
	slices.SortStableFunc(out, func(a, b Event) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Subject, b.Subject), strings.Compare(a.Ref, b.Ref))
	})
	return out
}

// alerted are the starts and ends of the alerts; the Watchdog, which fires on
// purpose, is none of them.
func alerted(in Input) []Event {
	byName := map[string][]*sources.Alert{}
	for i := range in.Alerts {
		if a := &in.Alerts[i]; !silence.Heartbeat(a) {
			byName[a.Name()] = append(byName[a.Name()], a)
		}
	}
	var out []Event
	seen := map[*sources.Alert]bool{}
	for i := range in.Episodes {
		e := &in.Episodes[i]
		if e.Name() == "Watchdog" {
			continue
		}
		began := Event{At: e.Start, Kind: Fired, Subject: About(e.Labels), Severity: e.Labels["severity"]}
		if e.Open {
			for _, a := range byName[e.Name()] {
				if seen[a] || !within(e.Labels, a.Labels) {
					continue
				}
				seen[a] = true
				began.Ref = a.Fingerprint
				if a.StartsAt.Sub(e.Start).Abs() <= 2*in.Step {
					began.At = a.StartsAt
				}
				break
			}
		}
		out = append(out, began)
		if !e.Open {
			out = append(out, Event{At: e.End, Kind: Resolved, Subject: began.Subject, Severity: began.Severity, Text: "after " + length(e.Length())})
		}
	}
	for i := range in.Alerts {
		if a := &in.Alerts[i]; !seen[a] && !silence.Heartbeat(a) {
			out = append(out, Event{At: a.StartsAt, Kind: Fired, Subject: About(a.Labels), Severity: a.Labels["severity"], Ref: a.Fingerprint})
		}
	}
	return out
}

func within(part, whole map[string]string) bool {
	for k, v := range part {
		if whole[k] != v {
			return false
		}
	}
	return true
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
