package alert

import (
	"cmp"
	"slices"
	"time"

	"firewatch/signals/silence"
	"firewatch/sources"
)

// Row is an alert with where it stands.
type Row struct {
	// ID tells it from every other one: see [ID].
	ID     string
	Alert  *sources.Alert
	Status silence.Status
	// Level ranks its severity: the higher the worse.
	Level int
}

// ID is an alert's fingerprint, behind its cluster where it has one. An alert
// without a fingerprint, one that is pending, is known by its labels.
func ID(a *sources.Alert) string {
	id := a.Fingerprint
	if id == "" {
		var ms []sources.Matcher
		for k, v := range a.ExactLabels() {
			ms = append(ms, sources.Matcher{Name: k, Value: v, Equal: true})
		}
		slices.SortFunc(ms, func(a, b sources.Matcher) int { return cmp.Compare(a.Name, b.Name) })
		id = "pending {" + silence.Format(ms) + "}"
	}
	if a.Cluster != "" {
		id = a.Cluster + "/" + id
	}
	return id
}

// Rows joins alerts with the silences and adds what the rules are about to fire,
// worst first (see [WorstFirst]). Level ranks a severity. It points into its
// arguments.
func Rows(alerts []sources.Alert, silences []sources.Silence, rules []sources.Rule, now time.Time, level func(severity string) int) []Row {
	book := silence.NewBook(alerts, silences, now)
	out := make([]Row, 0, len(alerts))
	for i := range alerts {
		a := &alerts[i]
		out = append(out, Row{ID: ID(a), Alert: a, Status: book.Status(a), Level: level(a.Severity())})
	}
	for i := range rules {
		for k := range rules[i].Alerts {
			if p := &rules[i].Alerts[k]; p.State == "pending" {
				a := Pending(&rules[i], p)
				out = append(out, Row{ID: ID(&a), Alert: &a, Status: silence.Status{State: silence.Pending}, Level: level(a.Severity())})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Row) int { return WorstFirst(&a, &b) })
	return out
}

// WorstFirst orders rows by level, then loud ones before those that somebody
// has, then oldest first; what fires on purpose comes last.
func WorstFirst(a, b *Row) int {
	rank := func(r *Row) int {
		if silence.Heartbeat(r.Alert) {
			return -1
		}
		return r.Level
	}
	return cmp.Or(
		-cmp.Compare(rank(a), rank(b)),
		cmp.Compare(a.Status.State, b.Status.State),
		a.Alert.StartsAt.Compare(b.Alert.StartsAt),
		cmp.Compare(a.Alert.Name(), b.Alert.Name()),
		cmp.Compare(a.ID, b.ID),
	)
}

// Who has the alert, or what keeps it quiet; empty when nothing does.
func (r *Row) Who() string { return cmp.Or(r.Status.Who, r.Status.Cause) }
