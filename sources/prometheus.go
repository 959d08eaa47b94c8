package sources

import "time"

// PromQL asks Prometheus for an expression over the window: a range query.
// The answer is in Frame.Series, sorted by legend.
type PromQL struct {
	Expr string
	// Legend is a template such as "{{instance}} {{mode}}"; empty lists the labels.
	Legend string
	// Span overrides the window's length, ending where the window ends, with a
	// step for about Points points, 60 when that is 0: for sparklines that do not
	// zoom. 0 is the window.
	Span   time.Duration
	Points int
}

// Source implements [Query].
func (PromQL) Source() string { return "prometheus" }

// String implements [Query].
func (q PromQL) String() string { return q.Expr }

// Instant asks Prometheus for an expression at the window's end, or now when the
// window is live. Each of Frame.Series has one point.
type Instant struct{ Expr, Legend string }

// Source implements [Query].
func (Instant) Source() string { return "prometheus" }

// String implements [Query].
func (q Instant) String() string { return q.Expr }

// Rules asks for the rules that Prometheus evaluates; the answer is in Frame.Rules.
type Rules struct{}

// Source implements [Query].
func (Rules) Source() string { return "prometheus" }

// String implements [Query].
func (Rules) String() string { return "/api/v1/rules" }

// Targets asks for the scraped endpoints; the answer is in Frame.Targets.
type Targets struct{}

// Source implements [Query].
func (Targets) Source() string { return "prometheus" }

// String implements [Query].
func (Targets) String() string { return "/api/v1/targets" }

// LabelValues asks for the values of a label among the series that Match
// selects (all when it is empty) within the window; the answer is in Frame.Names.
type LabelValues struct{ Label, Match string }

// Source implements [Query].
func (LabelValues) Source() string { return "prometheus" }

// String implements [Query].
func (q LabelValues) String() string {
	return "/api/v1/label/" + q.Label + "/values?match[]=" + q.Match
}

// LabelNames asks for the label names of the series that Match selects; the
// answer is in Frame.Names.
type LabelNames struct{ Match string }

// Source implements [Query].
func (LabelNames) Source() string { return "prometheus" }

// String implements [Query].
func (q LabelNames) String() string { return "/api/v1/labels?match[]=" + q.Match }

// MetricMetadata asks what metrics say of themselves; Name limits it to one
// metric. The answer is in Frame.Metadata.
type MetricMetadata struct{ Name string }

// Source implements [Query].
func (MetricMetadata) Source() string { return "prometheus" }

// String implements [Query].
func (q MetricMetadata) String() string { return "/api/v1/metadata?metric=" + q.Name }

// Exemplars asks for the exemplars of the selectors in Expr within the window;
// the answer is in Frame.Exemplars, oldest first.
type Exemplars struct{ Expr string }

// Source implements [Query].
func (Exemplars) Source() string { return "prometheus" }

// String implements [Query].
func (q Exemplars) String() string { return q.Expr }

// PrometheusStatus asks for version, readiness and features; the answer is in Frame.Status.
type PrometheusStatus struct{}

// Source implements [Query].
func (PrometheusStatus) Source() string { return "prometheus" }

// String implements [Query].
func (PrometheusStatus) String() string { return "/api/v1/status/buildinfo" }
