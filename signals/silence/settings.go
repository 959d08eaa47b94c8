package silence

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"firewatch/sources"
)

// Settings are what a team decides about silences and acknowledgements. Start
// from [Defaults], or complete a partial one with [Settings.Complete].
type Settings struct {
	// Policy says which silences need a typed confirmation.
	Policy Policy
	// Quick are the ends that the quick menu offers, as [Until] reads them.
	Quick []string
	// Volatile are the labels that matchers leave out where that mutes nothing else.
	Volatile []string
	// Lease is how long an acknowledgement lasts until it is renewed, MaxLease how
	// long after its start renewing stops.
	Lease, MaxLease time.Duration
	// Templates are silences to start from.
	Templates []Template
}

// Template is a silence to start from.
type Template struct {
	Name string
	// Matchers, as [Parse] reads them, replace those of the selection; empty keeps them.
	Matchers string
	// For is when it ends, as [Until] reads it, or when it starts and ends, as
	// [When] does; empty keeps the form's own.
	For     string
	Comment string
}

// Defaults are the settings where the config names none.
var Defaults = Settings{
	Policy:   Policy{MaxAlerts: 10, MaxServices: 1, Max: 30 * 24 * time.Hour},
	Quick:    []string{"15m", "1h", "4h", "until 09:00", "1d"},
	Volatile: []string{"pod", "pod_ip", "container_id", "uid", "replica", "endpoint", "prometheus", "prometheus_replica"},
	Lease:    15 * time.Minute,
	MaxLease: 4 * time.Hour,
}

// Complete is the settings with the defaults in place of zero fields. A list
// that is empty but not nil stays empty.
func (s Settings) Complete() Settings {
	d := Defaults
	if s.Policy.MaxAlerts == 0 {
		s.Policy.MaxAlerts = d.Policy.MaxAlerts
	}
	if s.Policy.MaxServices == 0 {
		s.Policy.MaxServices = d.Policy.MaxServices
	}
	if s.Policy.Max == 0 {
		s.Policy.Max = d.Policy.Max
	}
	if s.Quick == nil {
		s.Quick = slices.Clone(d.Quick)
	}
	if s.Volatile == nil {
		s.Volatile = slices.Clone(d.Volatile)
	}
	if s.Lease == 0 {
		s.Lease = d.Lease
	}
	if s.MaxLease == 0 {
		s.MaxLease = d.MaxLease
	}
	return s
}

// Check says which setting cannot be, by its key in the config; nil when all
// are in order.
func (s Settings) Check() error {
	// Any moment does: whether an end can be read does not depend on it.
	now := time.Date(2000, 1, 3, 12, 0, 0, 0, time.UTC)
	switch {
	case s.Lease < time.Minute:
		return fmt.Errorf("lease: %s is shorter than a minute: it would lapse between two renewals", s.Lease)
	case s.MaxLease < s.Lease:
		return fmt.Errorf("max_lease: %s is shorter than the lease, %s", s.MaxLease, s.Lease)
	case s.Policy.Max < s.Lease:
		return fmt.Errorf("max: %s is shorter than the lease, %s", s.Policy.Max, s.Lease)
	}
	for i, text := range s.Quick {
		if _, err := Until(text, now, time.UTC); err != nil {
			return fmt.Errorf("quick[%d]: %w", i, err)
		}
	}
	for i, t := range s.Templates {
		at := fmt.Sprintf("templates[%d]", i)
		if t.Name == "" {
			return fmt.Errorf("%s.name: empty", at)
		}
		if t.Matchers != "" {
			if _, err := Parse(t.Matchers); err != nil {
				return fmt.Errorf("%s.matchers: %w", at, err)
			}
		}
		if t.For != "" {
			if _, _, err := When(t.For, now, time.UTC); err != nil {
				return fmt.Errorf("%s.for: %w", at, err)
			}
		}
	}
	return nil
}

// ahead is how long before its end a lease is renewed.
func (s Settings) ahead() time.Duration { return min(5*time.Minute, s.Lease/3) }

// By is who makes a silence, why, when and with what.
type By struct {
	User, Reason, Ticket, Tool string
	At                         time.Time
	// Plain is true where the server keeps no annotations, before Alertmanager
	// 0.32: the ticket goes into the comment then.
	Plain bool
}

// annotate completes a silence with the fields of its maker. Annotations are
// sent to a server without them too: it ignores them, and its peers may have them.
func (b By) annotate(s *sources.Silence, more map[string]string) {
	s.CreatedBy = b.User
	s.Annotations = map[string]string{"owner": b.User, "tool": b.Tool}
	for k, v := range more {
		s.Annotations[k] = v
	}
	if b.Ticket == "" {
		return
	}
	s.Annotations["ticket"] = b.Ticket
	if b.Plain && !strings.Contains(s.Comment, b.Ticket) {
		s.Comment += " [" + b.Ticket + "]"
	}
}

// tickets are how trackers number what they track, such as OPS-123.
var tickets = regexp.MustCompile(`\b[A-Z][A-Z0-9]{1,9}-[0-9]{1,7}\b`)

// Ticket is the first ticket that a text names; empty when it names none.
func Ticket(text string) string { return tickets.FindString(text) }

// Make is a silence of the matchers in one cluster over a span, with the reason
// as its comment.
func (b By) Make(cluster string, ms []sources.Matcher, start, end time.Time) sources.Silence {
	s := sources.Silence{Cluster: cluster, Matchers: ms, StartsAt: start, EndsAt: end, Comment: b.Reason}
	b.annotate(&s, nil)
	return s
}
