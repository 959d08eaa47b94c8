// Package gameday plays what can go wrong on a stack that runs, and looks
// whether the monitoring tells of it as it should: which alerts fire and how
// soon, which must not, which log lines and spans follow, and who is notified.
// The scenarios are data; docs/GAMEDAY.md is written from them. It speaks to the
// servers over HTTP only, so that the embedded demo and compose are the same to
// it. Only the demo imports it.
package gameday

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Scenario is something that goes wrong and what must follow from it.
type Scenario struct {
	Name   string
	Area   string // one of Areas
	Breaks string // what is broken, in words
	Do     []Step // what breaks it, in this order
	// Hand is what a person does instead on a stack where Do cannot: see Place.
	Hand  Hand
	Place Place

	Alerts    []Alert // must fire
	Never     []Alert // must not fire while the scenario lasts
	Inhibited []Alert // must be held back by Alertmanager, not only fire
	Lines     []Line
	Spans     []Span
	Told      []Delivery // must reach a channel
	Untold    []string   // alerts that no channel may get

	// Watch is how many seconds the scenario lasts at least: as long as what must
	// not happen needs to be a surprise.
	Watch int
	// Settled says that it is only played on a stack that has run for a while: its
	// alerts look back on a minute of the monitoring's own metrics.
	Settled bool
	// Two scenarios are played at the same time only when neither disturbs what
	// the other disturbs or needs. Whoever expects lines needs "lines", and
	// whoever looks at notifications "deliveries", without saying so.
	Disturbs, Needs []string
}

// Areas are the parts of the console that scenarios belong to, in their order.
var Areas = []string{"app", "ml", "infra", "meta"}

// Place is where a scenario can be played without a person.
type Place int

// The places. On a stack that is not among them a scenario needs a person, if
// it has a Hand, or cannot be played.
const (
	Anywhere Place = iota
	Embedded       // the demo in one process
	Compose
)

// Hand is what a person types into a shell at the root of the repository.
type Hand struct{ Break, Mend string }

// Step is one thing that breaks something: a fault of the demo, or requests to
// its service.
type Step struct {
	Fault     string
	Intensity float64 // 0 for the fault's own
	Requests  int
	Path      string // that is requested, with GET
}

// String is the step as a person would take it.
func (s Step) String() string {
	switch {
	case s.Fault == "":
		return fmt.Sprintf("%d x GET %s", s.Requests, s.Path)
	case s.Intensity == 0:
		return "go run ./demo chaos " + s.Fault
	}
	return fmt.Sprintf("go run ./demo chaos %s --intensity %g", s.Fault, s.Intensity)
}

// Alert is an alert of Prometheus by its name and some of its labels.
type Alert struct {
	Name  string
	Where string // labels as "name=value,name=value"
	After int    // seconds from the fault to firing, as measured; 0 where that is of no interest
}

// String is the alert as PromQL would select it, without quotes.
func (a Alert) String() string {
	if a.Where == "" {
		return a.Name
	}
	return a.Name + "{" + a.Where + "}"
}

// is tells whether labels are those of the alert.
func (a Alert) is(labels map[string]string) bool {
	if labels["alertname"] != a.Name {
		return false
	}
	for name, value := range pairs(a.Where) {
		if labels[name] != value {
			return false
		}
	}
	return true
}

// pairs reads "name=value,name=value".
func pairs(text string) map[string]string {
	m := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			m[name] = value
		}
	}
	return m
}

// Line is log lines that a query in the syntax of Lucene finds.
type Line struct {
	Query  string
	Count  int  // at least so many; 0 is one
	After  int  // seconds from the fault, as measured
	Absent bool // none may be written once the fault has taken hold
}

// String is the query and how many lines it must find.
func (l Line) String() string {
	switch {
	case l.Absent:
		return "no " + l.Query
	case l.Count > 1:
		return fmt.Sprintf("%d x %s", l.Count, l.Query)
	}
	return l.Query
}

// Span is spans in the trace store.
type Span struct {
	Service   string
	Operation string // "" for any
	Failed    bool
	Where     string        // attributes as "name=value,name=value"
	Longer    time.Duration // than this; 0 for any
	After     int           // seconds from the fault, as measured
	Absent    bool          // none may begin once the fault has taken hold
}

// String describes the spans in words.
func (s Span) String() string {
	parts := []string{s.Operation}
	if s.Operation == "" {
		parts[0] = "any span"
	}
	if s.Absent {
		parts[0] = "no " + strings.TrimPrefix(parts[0], "any ")
	}
	if s.Service != "fraud-scorer" || s.Operation == "" {
		parts = append(parts, "of "+s.Service)
	}
	if s.Failed {
		parts = append(parts, "failed")
	}
	if s.Longer > 0 {
		parts = append(parts, "> "+s.Longer.String())
	}
	if s.Where != "" {
		parts = append(parts, s.Where)
	}
	return strings.Join(parts, " ")
}

// Delivery is a notification that an alert fires, at a channel of the sink.
type Delivery struct{ Channel, Alert string }

// String names the alert and the channel.
func (d Delivery) String() string { return d.Alert + " at " + d.Channel }

// Scenarios are all scenarios, in the order in which they are best begun.
func Scenarios() []Scenario {
	return slices.Concat(modelScenarios, serviceScenarios, hostScenarios, monitoringScenarios)
}

// Find returns the scenarios of these names, in this order. The error names what
// there is.
func Find(names ...string) ([]Scenario, error) {
	all := Scenarios()
	var list []Scenario
	for _, name := range names {
		i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == name })
		if i < 0 {
			var known []string
			for _, s := range all {
				known = append(known, s.Name)
			}
			return nil, fmt.Errorf("no scenario %q: there are %s", name, strings.Join(known, ", "))
		}
		list = append(list, all[i])
	}
	return list, nil
}

// interest is what must be quiet before a scenario begins.
func (s *Scenario) interest() []Alert {
	return slices.Concat(s.Alerts, s.Never, s.Inhibited)
}

func (s *Scenario) needs() []string {
	needs := s.Needs
	if len(s.Lines) > 0 {
		needs = append(needs[:len(needs):len(needs)], "lines")
	}
	if len(s.Told)+len(s.Untold)+len(s.Inhibited) > 0 {
		needs = append(needs[:len(needs):len(needs)], "deliveries")
	}
	return needs
}

// disturbs tells whether two scenarios cannot be played at the same time.
func (s *Scenario) disturbs(o *Scenario) bool {
	meets := func(a, b []string) bool {
		return slices.ContainsFunc(a, func(what string) bool { return slices.Contains(b, what) })
	}
	return meets(s.Disturbs, o.Disturbs) || meets(s.Disturbs, o.needs()) || meets(o.Disturbs, s.needs())
}
