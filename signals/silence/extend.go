package silence

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"time"

	"firewatch/sources"
)

// Extended is the silence with its end moved by a length, from the end that it
// has and not from now: the same id, and everything else as it was, which is
// what lets Alertmanager change it in place. One that has expired is not to be
// extended; see [Again].
func Extended(s sources.Silence, by time.Duration) sources.Silence {
	s.Matchers, s.Annotations = slices.Clone(s.Matchers), maps.Clone(s.Annotations)
	s.EndsAt = s.EndsAt.Add(by)
	return s
}

// cutShort is the length below which a silence was ended by hand, again how long
// one that replaces it is.
const cutShort, again = 10 * time.Minute, 2 * time.Hour

// Again is a new silence with the matchers and the comment of an old one, from
// now on for as long as the old one lasted. Its maker is the one who makes it, not
// the one who made the old. One that was ended within minutes does not tell how
// long it was meant to be, since the server overwrites its end: it is two hours.
func Again(old sources.Silence, by By) sources.Silence {
	length := old.EndsAt.Sub(old.StartsAt).Round(time.Second)
	if length < cutShort {
		length = again
	}
	by.Ticket = cmp.Or(by.Ticket, old.Annotations["ticket"])
	by.Reason = cmp.Or(by.Reason, Reason(&old))
	return by.Make(old.Cluster, slices.Clone(old.Matchers), by.At, by.At.Add(length))
}

// MaxWeeks is the most windows that [Weekly] makes: a year of them.
const MaxWeeks = 52

// Weekly is a window that recurs each week, as a series of silences, the given
// one being the first: the same time of the same weekday by the clock of loc,
// whatever summer time does. Each is a silence of its own; the annotations
// "series" and "window" and, for servers without annotations, the end of the
// comment tie them together. Weeks beyond [MaxWeeks] are left out, fewer than two
// make no series.
func Weekly(first sources.Silence, weeks int, loc *time.Location) []sources.Silence {
	weeks = min(weeks, MaxWeeks)
	if weeks < 2 {
		return []sources.Silence{first}
	}
	h := fnv.New32a()
	fmt.Fprint(h, first.CreatedBy, Format(first.Matchers), first.StartsAt.UnixNano())
	series := fmt.Sprintf("%08x", h.Sum32())
	out := make([]sources.Silence, weeks)
	for i := range out {
		s := first
		s.Matchers, s.Annotations = slices.Clone(first.Matchers), maps.Clone(first.Annotations)
		if s.Annotations == nil {
			s.Annotations = map[string]string{}
		}
		window := strconv.Itoa(i+1) + "/" + strconv.Itoa(weeks)
		s.Annotations["series"], s.Annotations["window"] = series, window
		s.StartsAt = first.StartsAt.In(loc).AddDate(0, 0, 7*i)
		s.EndsAt = first.EndsAt.In(loc).AddDate(0, 0, 7*i)
		s.Comment += " (weekly " + window + ")"
		out[i] = s
	}
	return out
}
