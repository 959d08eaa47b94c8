package incident

import (
	"slices"
	"strings"
	"time"

	"firewatch/sources"
)

// RecordSpan is how far back it is told what a silence would have muted.
const RecordSpan = 7 * 24 * time.Hour

// recordPoints reads the span in steps of ten minutes.
const recordPoints = int(RecordSpan / (10 * time.Minute))

// Record asks when the alerts that the matchers name have fired, all alerts where
// they name none; [InRecord] reads the answer.
func Record(sets ...[]sources.Matcher) sources.PromQL {
	q := sources.PromQL{Legend: "{{alertname}}", Span: RecordSpan, Points: recordPoints}
	var names []string
	for _, ms := range sets {
		at := slices.IndexFunc(ms, func(m sources.Matcher) bool { return m.Name == "alertname" })
		if at < 0 {
			names = nil
			break
		}
		names = append(names, ms[at].String())
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		names = []string{""}
	}
	for i, n := range names {
		if n != "" {
			n = ", " + n
		}
		// Over each step, so that what was short is not overlooked.
		names[i] = `max_over_time(ALERTS{alertstate="firing"` + n + `}[10m])`
	}
	q.Expr = strings.Join(names, " or ")
	return q
}

// InRecord are the episodes in the answer to [Record] at a moment.
func InRecord(f sources.Frame, at time.Time) []Episode {
	return Episodes(f.Series, sources.At(at, RecordSpan, recordPoints, true).Step, at)
}

// Present adds an episode for each of the alerts that fires at that moment and
// that the record does not show yet, which lags by as much as its step.
func Present(episodes []Episode, alerts []*sources.Alert, at time.Time) []Episode {
	out := slices.Clip(episodes)
	for _, a := range alerts {
		known := func(e Episode) bool { return !e.End.Before(a.StartsAt) && within(e.Labels, a.ExactLabels()) }
		if !a.StartsAt.After(at) && !slices.ContainsFunc(episodes, known) {
			out = append(out, Episode{Labels: a.ExactLabels(), Start: a.StartsAt, End: at, Open: true})
		}
	}
	return out
}

// Foreign are the labels that Alertmanager's alerts have and the rules that they
// come from do not know: Prometheus adds them on the way, and its own record
// lacks them.
func Foreign(alerts []sources.Alert, rules []sources.Rule) []string {
	var out []string
	for i := range alerts {
		labels := alerts[i].ExactLabels()
		for k := range rules {
			if !rules[k].Alerting || rules[k].Name != labels["alertname"] {
				continue
			}
			for _, own := range rules[k].Alerts {
				if !within(own.Labels, labels) {
					continue
				}
				for name := range labels {
					if _, ok := own.Labels[name]; !ok && !slices.Contains(out, name) {
						out = append(out, name)
					}
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// Without are the matchers on other labels than those.
func Without(ms []sources.Matcher, labels []string) []sources.Matcher {
	return slices.DeleteFunc(slices.Clone(ms), func(m sources.Matcher) bool { return slices.Contains(labels, m.Name) })
}
