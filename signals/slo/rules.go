package slo

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Profile says for what kind of installation rules are made.
type Profile struct {
	// Scale divides the windows of the burn table; 0 is 1.
	Scale int
	// Interval is how often ratios and alerts are evaluated; 0 is what the server does.
	Interval time.Duration
	// PeriodInterval is the same for what looks back over the whole period.
	PeriodInterval time.Duration
	// MinEvents is the number of events in the long window of a row below which the
	// row is silent; 0 stands for ten times the events of which one failure reaches
	// the factor.
	MinEvents float64
	// Runbooks is put before the name of a runbook; empty writes no runbook_url.
	Runbooks string
}

// Group is a group of rules of Prometheus.
type Group struct {
	Name     string `yaml:"name"`
	Interval string `yaml:"interval,omitempty"`
	Rules    []Rule `yaml:"rules"`
}

// Rule is a recording rule or an alert of Prometheus.
type Rule struct {
	Record        string            `yaml:"record,omitempty"`
	Alert         string            `yaml:"alert,omitempty"`
	Expr          string            `yaml:"expr"`
	For           string            `yaml:"for,omitempty"`
	KeepFiringFor string            `yaml:"keep_firing_for,omitempty"`
	Labels        map[string]string `yaml:"labels,omitempty"`
	Annotations   map[string]string `yaml:"annotations,omitempty"`
}

// The alerts that Rules makes.
const (
	AlertBurn      = "SLOErrorBudgetBurn"
	AlertExhausted = "SLOErrorBudgetExhausted"
)

// Rules returns the rules of the objectives: recording rules with the names and
// the labels of Sloth, whose dashboards then work; the rates of bad and of all
// events, from which the period is weighed by events and not by time; how much
// of the period has data; and the alerts.
func (s Spec) Rules(p Profile) []Group {
	var groups []Group
	for _, o := range s.SLOs {
		groups = append(groups, Group{
			Name: "sloth-slo-sli-recordings-" + s.ID(o), Interval: every(p.Interval), Rules: s.ratios(o, p),
		})
	}
	meta := Group{Name: "sloth-slo-meta-recordings-" + s.Service, Interval: every(p.PeriodInterval)}
	alerts := Group{Name: "sloth-slo-alerts", Interval: every(p.Interval)}
	for _, o := range s.SLOs {
		meta.Rules = append(meta.Rules, s.period(o)...)
		alerts.Rules = append(alerts.Rules, s.alerts(o, p)...)
	}
	return append(groups, meta, alerts)
}

// WriteRules writes groups as a rule file.
func WriteRules(w io.Writer, groups []Group) error {
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(struct {
		Groups []Group `yaml:"groups"`
	}{groups}); err != nil {
		return fmt.Errorf("write the rules: %w", err)
	}
	return enc.Close()
}

func every(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return prom(d)
}

// labels are those of an objective's series, with more on top.
func (s Spec) labels(o SLO, more ...map[string]string) map[string]string {
	out := maps.Clone(s.Labels)
	if out == nil {
		out = map[string]string{}
	}
	out["sloth_id"], out["sloth_service"], out["sloth_slo"] = s.ID(o), s.Service, o.Name
	for _, m := range more {
		maps.Copy(out, m)
	}
	return out
}

// windows are the lengths that the burn table looks at, shortest first.
func (p Profile) windows() []time.Duration {
	var out []time.Duration
	for _, w := range Windows(p.Scale) {
		out = append(out, w.Short, w.Long)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// recent is the window of the rates that the period is summed from.
const recent = 5 * time.Minute

func errorRatio(window time.Duration) string { return "slo:sli_error:ratio_rate" + prom(window) }

func (s Spec) ratios(o SLO, p Profile) (rules []Rule) {
	windows := p.windows()
	if !slices.Contains(windows, recent) {
		windows = append(windows, recent)
	}
	for _, w := range windows {
		bad, total := o.SLI.Queries(w)
		rules = append(rules, Rule{
			Record: errorRatio(w), Expr: fmt.Sprintf("(\n  %s\n)\n/\n(%s > 0)\n", bad, atom(total)),
			Labels: s.labels(o, map[string]string{"sloth_window": prom(w)}),
		})
	}
	bad, total := o.SLI.Queries(recent)
	return append(rules,
		Rule{Record: "slo:sli_bad:rate5m", Expr: bad, Labels: s.labels(o)},
		Rule{Record: "slo:sli_total:rate5m", Expr: total, Labels: s.labels(o)},
	)
}

// number writes a number without the noise of binary fractions.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 10, 64) }

func (s Spec) period(o SLO) []Rule {
	is := `{sloth_id="` + s.ID(o) + `"}`
	whole := time.Duration(o.Window)
	// The step is fixed, so that a minute weighs a minute however densely it was
	// recorded.
	past := is + "[" + prom(whole) + ":1m]"
	target := number(o.Objective().Target)
	overBudget := " / on (sloth_id) group_left () slo:error_budget:ratio" + is
	return []Rule{
		{Record: "slo:objective:ratio", Expr: "vector(" + target + ")", Labels: s.labels(o)},
		{Record: "slo:error_budget:ratio", Expr: "vector(1 - " + target + ")", Labels: s.labels(o)},
		{Record: "slo:time_period:days", Expr: "vector(" + number(whole.Hours()/24) + ")", Labels: s.labels(o)},
		{Record: "sloth_slo_info", Expr: "vector(1)", Labels: s.labels(o, map[string]string{
			"sloth_objective": number(o.Percent), "sloth_spec": Version, "sloth_mode": "cli-gen-prom", "sloth_version": "compatible",
		})},
		// Sums of rates over sums of rates: an average of ratios would let a quiet
		// night count as much as a busy day.
		{
			Record: errorRatio(whole), Labels: s.labels(o, map[string]string{"sloth_window": prom(whole)}),
			Expr: "sum_over_time(slo:sli_bad:rate5m" + past + ")\n/ sum_over_time(slo:sli_total:rate5m" + past + ")\n",
		},
		{Record: "slo:current_burn_rate:ratio", Expr: errorRatio(recent) + is + overBudget, Labels: s.labels(o)},
		{Record: "slo:period_burn_rate:ratio", Expr: errorRatio(whole) + is + overBudget, Labels: s.labels(o)},
		{Record: "slo:period_error_budget_remaining:ratio", Expr: "1 - slo:period_burn_rate:ratio" + is, Labels: s.labels(o)},
		{
			Record: "slo:period_coverage:ratio", Labels: s.labels(o),
			Expr: "count_over_time(slo:sli_total:rate5m" + past + ") / " + number(whole.Minutes()),
		},
	}
}

// conditions is the expression of a severity: any of its rows of the burn table
// has both windows over the factor, and events enough in the long one to say so.
// A row counts its own window, or what burned by day would be told of until night
// only.
func (s Spec) conditions(o SLO, p Profile, severity string) string {
	is := `{sloth_id="` + s.ID(o) + `"}`
	budget := number(o.Objective().Budget())
	var either []string
	for _, w := range Windows(p.Scale) {
		if w.Severity != severity {
			continue
		}
		factor := number(w.Factor(time.Duration(o.Window)))
		over := func(window time.Duration) string {
			return fmt.Sprintf("max without (sloth_window) (%s%s) > (%s * %s)", errorRatio(window), is, factor, budget)
		}
		// The step is fixed, so that a point stands for a minute's events.
		events := fmt.Sprintf("sum_over_time(slo:sli_total:rate5m%s[%s:1m]) * 60 > %s", is, prom(w.Long), number(p.least(o, w)))
		either = append(either, fmt.Sprintf("(\n  %s\n  and %s\n  and %s\n)", over(w.Long), over(w.Short), events))
	}
	return strings.Join(either, "\nor\n") + "\n"
}

// least is the number of events in the long window of a row below which the row
// is silent: k / (F B), where k is how many failures are worth a word.
func (p Profile) least(o SLO, w Window) float64 {
	const k = 10
	if p.MinEvents > 0 {
		return p.MinEvents
	}
	n := k * o.Objective().LowTraffic(w.Factor(time.Duration(o.Window)))
	return math.Ceil(math.Round(n*1e6) / 1e6) // 10000 may come as 10000.000000000002
}

func (s Spec) alerts(o SLO, p Profile) []Rule {
	is := `{sloth_id="` + s.ID(o) + `"}`
	days := number(time.Duration(o.Window).Hours()/24) + " day"
	// How long to wait, and to stay, follows the first window: six and twelve
	// minutes of an hour.
	short := time.Hour / time.Duration(max(p.Scale, 1)) / 10
	sooner := math.Inf(1) // the least burn that pages
	for _, w := range Windows(p.Scale) {
		if w.Severity == "page" {
			sooner = min(sooner, w.Factor(time.Duration(o.Window)))
		}
	}
	page := s.alert(o, p, AlertBurn, s.Alerting.Page,
		"burns its error budget too fast",
		"Error ratio {{ $value | humanizePercentage }} over the long window. At this pace the "+days+" budget is gone in less than "+
			number(math.Round(10*time.Duration(o.Window).Hours()/24/sooner)/10)+" days.")
	page.Expr, page.KeepFiringFor = s.conditions(o, p, "page"), prom(2*short)
	page.Labels["sloth_severity"] = "page"

	ticket := s.alert(o, p, AlertBurn, s.Alerting.Ticket,
		"burns its error budget steadily",
		"Error ratio {{ $value | humanizePercentage }} over the long window: slower than a page, faster than the budget allows.")
	ticket.Expr, ticket.For = s.conditions(o, p, "ticket"), prom(short)
	ticket.Labels["sloth_severity"] = "ticket"

	// What a part of the period has spent of its share is not yet what the whole
	// period may spend: the share of it that has data decides.
	gone := s.alert(o, p, AlertExhausted, s.Alerting.Ticket,
		"has no error budget left",
		"Remaining {{ $value | humanizePercentage }} of the "+days+" budget: freeze risky changes.")
	gone.Expr = fmt.Sprintf("slo:period_error_budget_remaining:ratio%s <= 0\nand on (sloth_id) slo:period_burn_rate:ratio%s * on (sloth_id) slo:period_coverage:ratio%s >= 1\n", is, is, is)
	gone.For = prom(2 * short)
	return []Rule{page, ticket, gone}
}

// alert is an alert without its condition.
func (s Spec) alert(o SLO, p Profile, name string, of Severity, summary, description string) Rule {
	notes := map[string]string{
		"summary": s.Service + "/" + o.Name + " " + summary, "description": description,
		"dashboard": "view=slo&slo=" + s.ID(o),
	}
	if p.Runbooks != "" {
		notes["runbook_url"] = p.Runbooks + name + ".md"
	}
	maps.Copy(notes, s.Alerting.Annotations)
	maps.Copy(notes, of.Annotations)
	return Rule{
		Alert: name, Annotations: notes,
		Labels: s.labels(o, map[string]string{"service": s.Service}, s.Alerting.Labels, of.Labels),
	}
}
