package silence

import (
	"fmt"
	"slices"
	"time"

	"firewatch/sources"
)

// Effect is what matchers do to the current alerts.
type Effect struct {
	// Mutes are the alerts that match, suppressed ones included, in the order given.
	Mutes []*sources.Alert
	// Near are alerts that fail exactly one of several matchers.
	Near []Miss
}

// Miss is an alert that a silence leaves loud by one matcher.
type Miss struct {
	Alert *sources.Alert
	By    sources.Matcher
}

// Preview says what the matchers mute now and what they barely miss. The effect
// points into alerts. A regular expression that does not compile is an error.
func Preview(ms []sources.Matcher, alerts []sources.Alert) (Effect, error) {
	set, err := Compile(ms)
	if err != nil || len(ms) == 0 {
		return Effect{}, err
	}
	var e Effect
	for i := range alerts {
		switch miss := set.misses(alerts[i].ExactLabels(), 2); {
		case len(miss) == 0:
			e.Mutes = append(e.Mutes, &alerts[i])
		case len(miss) == 1 && len(ms) > 1:
			e.Near = append(e.Near, Miss{Alert: &alerts[i], By: ms[miss[0]]})
		}
	}
	return e, nil
}

// Services lists the services among the muted alerts, sorted.
func (e *Effect) Services() []string {
	var out []string
	for _, a := range e.Mutes {
		if s := a.Labels["service"]; s != "" {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Policy says what is too much for a silence that nobody was asked about. Zero
// fields do not limit.
type Policy struct {
	// MaxAlerts and MaxServices bound what is muted at the moment.
	MaxAlerts, MaxServices int
	// Max is the longest duration.
	Max time.Duration
}

// Guard lists why a silence should not be sent without a typed confirmation;
// none means that it may. The reasons are whole clauses for the user.
func Guard(s sources.Silence, alerts []sources.Alert, p Policy) []string {
	var out []string
	effect, err := Preview(s.Matchers, alerts)
	if err != nil {
		return []string{err.Error()}
	}
	set, _ := Compile(s.Matchers)
	positive, named := false, false
	seen := map[string]string{}
	for i, m := range s.Matchers {
		positive = positive || m.Equal && !set.holds(i, nil)
		named = named || m.Equal && !m.Regex && m.Value != "" && slices.Contains([]string{"alertname", "service", "instance"}, m.Name)
		if m.Equal && !m.Regex {
			if v, twice := seen[m.Name]; twice && v != m.Value {
				out = append(out, fmt.Sprintf("%s cannot be both %q and %q: join the values as %s=~\"…|…\"", m.Name, v, m.Value, m.Name))
			}
			seen[m.Name] = m.Value
		}
	}
	switch {
	case !positive:
		out = append(out, "no matcher names a value that an alert must have: it mutes nearly everything")
	case len(s.Matchers) == 1 && slices.Contains([]string{"severity", "env", "environment"}, s.Matchers[0].Name):
		out = append(out, "one matcher on "+s.Matchers[0].Name+" mutes alerts of every kind")
	case !named:
		out = append(out, "no matcher says which alertname, service or instance exactly")
	}
	if n := len(effect.Mutes); p.MaxAlerts > 0 && n > p.MaxAlerts {
		out = append(out, fmt.Sprintf("it mutes %d alerts, more than %d", n, p.MaxAlerts))
	}
	if n := len(effect.Services()); p.MaxServices > 0 && n > p.MaxServices {
		out = append(out, fmt.Sprintf("it mutes alerts of %d services", n))
	}
	if slices.ContainsFunc(effect.Mutes, func(a *sources.Alert) bool { return Heartbeat(a) }) {
		out = append(out, "it mutes the Watchdog: the dead man's switch behind it goes off")
	}
	if d := s.EndsAt.Sub(s.StartsAt); p.Max > 0 && d > p.Max {
		out = append(out, fmt.Sprintf("it lasts %.0f days, more than %.0f", d.Hours()/24, p.Max.Hours()/24))
	}
	return out
}

// Heartbeat says whether an alert fires on purpose all the time, to show that
// alerting works.
func Heartbeat(a *sources.Alert) bool { return a.Name() == "Watchdog" }
