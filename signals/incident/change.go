package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"firewatch/sources"
)

// moments are the distinct values of series that hold moments: what is new within
// a span shows as a value, whether or not the series was there before.
func moments(kind Kind, series []sources.Series) []Event {
	seen := map[string]bool{}
	var out []Event
	for i := range series {
		subject := thing(series[i].Labels)
		if v := series[i].Labels["version"]; v != "" {
			subject += " " + v
		}
		if v := series[i].Labels["instance"]; v != "" {
			subject += " " + v
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

// thing is what a series is of.
func thing(l map[string]string) string { return cmp.Or(l["model"], l["service"], l["job"]) }

// built are the changes of version: only what replaces another one counts, so
// that a target that was away for a while is no deploy.
func built(series []sources.Series) []Event {
	type build struct {
		version  string
		from, to int64
	}
	byThing := map[string][]build{}
	for i := range series {
		s := &series[i]
		if v := s.Labels["version"]; v != "" && len(s.Points) > 0 {
			of := thing(s.Labels)
			byThing[of] = append(byThing[of], build{v, s.Points[0].T, s.Points[len(s.Points)-1].T})
		}
	}
	var out []Event
	for of, list := range byThing {
		slices.SortFunc(list, func(a, b build) int {
			return cmp.Or(cmp.Compare(a.from, b.from), strings.Compare(a.version, b.version))
		})
		for i, b := range list[1:] {
			if before := list[i]; b.from > before.from && b.version != before.version && b.to > before.to {
				out = append(out, Event{At: time.UnixMilli(b.from).UTC(), Kind: Deployed, Subject: strings.TrimSpace(of + " " + b.version), Text: "was " + before.version})
			}
		}
	}
	return out
}
