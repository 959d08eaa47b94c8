package watch

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"firewatch/sources"
)

// recently is the span over which counters are read: long enough that a burst of
// failures is seen by someone who looks away for a while.
const recently = 10 * time.Minute

// Signals are the metrics of Prometheus and Alertmanager about themselves, in
// one question: the label watch says which each series is. What is in order has
// no series.
var Signals = sources.Instant{Expr: signals()}

func signals() string {
	part := func(name, expr string) string {
		return `label_replace(` + expr + `, "watch", "` + name + `", "", "")`
	}
	lately := func(by, metric string) string {
		return fmt.Sprintf(`sum by (%s) (increase(%s[%dm])) > 0`, by, metric, int(recently.Minutes()))
	}
	return strings.Join([]string{
		part("failed", lately("integration", "alertmanager_notifications_failed_total")),
		part("dropped", lately("instance", "prometheus_notifications_dropped_total")),
		part("refused", lately("alertmanager", "prometheus_notifications_errors_total")),
		part("alone", `min by (instance) (prometheus_notifications_alertmanagers_discovered) < 1`),
		part("broken", lately("rule_group", "prometheus_rule_evaluation_failures_total")),
		part("missed", lately("rule_group", "prometheus_rule_group_iterations_missed_total")),
		part("unloaded", `min by (instance) (prometheus_config_last_reload_successful) == 0`),
		part("unrouted", `min by (instance) (alertmanager_config_last_reload_successful) == 0`),
		part("down", `count by (job) (up == 0)`),
		part("targets", `count(up)`),
		part("lag", `max(log_pipeline_lag_seconds)`),
	}, "\nor ")
}

// signal is one series of the answer: what the label by says, and how much.
type signal struct {
	name  string
	value float64
}

// all are the series of one kind, largest first.
func all(f *sources.Frame, kind, by string) []signal {
	var out []signal
	for i := range f.Series {
		s := &f.Series[i]
		if v, ok := s.Last(); ok && s.Labels["watch"] == kind && !math.IsNaN(v) {
			out = append(out, signal{s.Labels[by], v})
		}
	}
	slices.SortStableFunc(out, func(a, b signal) int {
		if a.value != b.value {
			if a.value > b.value {
				return -1
			}
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	return out
}

// signalled is the first series of one kind.
func signalled(f *sources.Frame, kind string) (float64, bool) {
	list := all(f, kind, "")
	if len(list) == 0 {
		return 0, false
	}
	return list[0].value, true
}

// shown bounds how many names a line lists.
const shown = 3

// named lists signals as "email 12, webhook 3 and 2 more".
func named(list []signal, count bool) string {
	var out []string
	for i, s := range list {
		if i == shown {
			return strings.Join(out, ", ") + fmt.Sprintf(" and %d more", len(list)-shown)
		}
		text := s.name
		if text == "" {
			text = "unnamed"
		}
		if count {
			// An increase is extrapolated, so it is no whole number.
			text += fmt.Sprintf(" %.0f", max(math.Round(s.value), 1))
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// span is a length as a person says it: 4s, 7m, 3h, 12d.
func span(d time.Duration) string {
	switch d = d.Abs(); {
	case d < 100*time.Second:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < 100*time.Minute:
		return fmt.Sprintf("%dm", int(d.Round(time.Minute).Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
