package slo

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// pyrraFile is Pyrra's custom resource.
type pyrraFile struct {
	APIVersion string    `yaml:"apiVersion"`
	Kind       string    `yaml:"kind"`
	Metadata   pyrraMeta `yaml:"metadata"`
	Spec       pyrraSpec `yaml:"spec"`
	Status     yaml.Node `yaml:"status"`
}

type pyrraMeta struct {
	Name        string            `yaml:"name"`
	Namespace   string            `yaml:"namespace"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
	Rest        map[string]any    `yaml:",inline"`
}

type pyrraSpec struct {
	Description string         `yaml:"description"`
	Target      string         `yaml:"target"`
	Window      string         `yaml:"window"`
	Indicator   pyrraIndicator `yaml:"indicator"`
	Alerting    pyrraAlerting  `yaml:"alerting"`
	Rest        map[string]any `yaml:",inline"`
}

type pyrraIndicator struct {
	Ratio         *pyrraRatio   `yaml:"ratio"`
	Latency       *pyrraLatency `yaml:"latency"`
	LatencyNative *pyrraNative  `yaml:"latencyNative"`
	BoolGauge     *pyrraGauge   `yaml:"bool_gauge"`
}

type pyrraQuery struct {
	Metric string `yaml:"metric"`
}

type pyrraRatio struct {
	Errors   pyrraQuery `yaml:"errors"`
	Success  pyrraQuery `yaml:"success"`
	Total    pyrraQuery `yaml:"total"`
	Grouping []string   `yaml:"grouping"`
}

type pyrraLatency struct {
	Success  pyrraQuery `yaml:"success"`
	Total    pyrraQuery `yaml:"total"`
	Grouping []string   `yaml:"grouping"`
}

type pyrraNative struct {
	Latency  string     `yaml:"latency"`
	Total    pyrraQuery `yaml:"total"`
	Grouping []string   `yaml:"grouping"`
}

type pyrraGauge struct {
	Metric   string   `yaml:"metric"`
	Grouping []string `yaml:"grouping"`
}

type pyrraAlerting struct {
	Disabled  bool           `yaml:"disabled"`
	Burnrates *bool          `yaml:"burnrates"`
	Absent    *bool          `yaml:"absent"`
	Name      string         `yaml:"name"`
	Rest      map[string]any `yaml:",inline"`
}

// propagated is what the labels begin with that Pyrra puts on its rules.
const propagated = "pyrra.dev/"

// pyrra reads a document of Pyrra.
func (d document) pyrra() {
	var f pyrraFile
	if !d.strict(&f) {
		return
	}
	before := len(d.errs)
	if !title.MatchString(f.Metadata.Name) {
		d.bad("it is no name: use letters, digits and dashes", "metadata", "name")
	}
	percent, err := strconv.ParseFloat(strings.TrimSpace(f.Spec.Target), 64)
	if err != nil {
		d.bad(fmt.Sprintf("%q is no number: write a percentage such as \"99.9\"", f.Spec.Target), "spec", "target")
	} else {
		d.promised(percent, "spec", "target")
	}
	period, err := model.ParseDuration(f.Spec.Window)
	if err != nil {
		d.bad(fmt.Sprintf("%q is not a length of time: write one such as 30d or 4w", f.Spec.Window), "spec", "window")
	}
	sli, kind, grouping := d.pyrraSLI(f.Spec.Indicator)
	if len(d.errs) > before {
		return
	}
	labels, notes := map[string]string{}, []string(nil)
	service := f.Metadata.Labels[propagated+"service"]
	for k, v := range f.Metadata.Labels {
		if k, ok := strings.CutPrefix(k, propagated); ok && k != "service" {
			labels[labelName(k)] = v
		}
	}
	// Its ID stays its name: what is before the last dash is taken for the service
	// where no label says what is.
	name := f.Metadata.Name
	if i := strings.LastIndexByte(name, '-'); service == "" && i > 0 {
		service = name[:i]
	}
	service = cmp.Or(service, f.Metadata.Namespace, name)
	def := defined(Spec{Version: Version, Service: service, Labels: labels}, SLO{
		Name: strings.TrimPrefix(name, service+"-"), Description: f.Spec.Description, Percent: percent, Window: Period(period), SLI: sli,
	}, kind)
	def.Format, def.File, def.Line, def.alert = pyrraVersion, d.file, d.at(), f.Spec.Alerting.Name
	def.timed = kind == "gauge"
	if f.Spec.Alerting.Disabled || f.Spec.Alerting.Burnrates != nil && !*f.Spec.Alerting.Burnrates {
		def.silent = []string{"page", "ticket"}
	}
	if !f.Spec.Alerting.Disabled && (f.Spec.Alerting.Absent == nil || *f.Spec.Alerting.Absent) {
		notes = append(notes, "no alert on the absence of its metrics is made")
	}
	def.Notes = notes
	if len(grouping) > 0 {
		def.Unsupported = "it is one objective for each value of " + strings.Join(grouping, ", ") + ": write one for each, or drop the grouping"
	} else {
		def.Unsupported = periodFits(time.Duration(period))
	}
	d.out = append(d.out, def)
}

// periodFits says why no rules are made for a period; empty where they are.
func periodFits(p time.Duration) string {
	if p < 7*24*time.Hour || p > 90*24*time.Hour {
		return fmt.Sprintf("its period of %s is not between 7d and 90d, for which the windows of the alerts are made", prom(p))
	}
	return ""
}

// pyrraSLI takes an indicator over.
func (d document) pyrraSLI(in pyrraIndicator) (sli SLI, kind string, grouping []string) {
	path := func(more ...any) []any { return append([]any{"spec", "indicator"}, more...) }
	// selected is the selector that stands in a field.
	selected := func(metric string, at ...any) vector {
		all, err := vectors(metric)
		if err != nil || len(all) != 1 || all[0].window != "" || all[0].from != 0 && strings.TrimSpace(metric[:all[0].from]) != "" || strings.TrimSpace(metric[all[0].to:]) != "" {
			d.bad(fmt.Sprintf("%q is not one selector: write a metric with its matchers and nothing else", metric), path(at...)...)
			return vector{}
		}
		return all[0]
	}
	rate := func(v vector) string { return "sum(rate(" + v.text() + "[{{.window}}]))" }
	n := 0
	for _, set := range []bool{in.Ratio != nil, in.Latency != nil, in.LatencyNative != nil, in.BoolGauge != nil} {
		if set {
			n++
		}
	}
	if n != 1 {
		d.bad("give it one of ratio, latency, latencyNative and bool_gauge", path()...)
		return
	}
	switch {
	case in.Ratio != nil:
		e := Events{Total: rate(selected(in.Ratio.Total.Metric, "ratio", "total", "metric"))}
		if (in.Ratio.Errors.Metric == "") == (in.Ratio.Success.Metric == "") {
			d.bad("give it either errors or success", path("ratio")...)
			return
		}
		if in.Ratio.Errors.Metric != "" {
			// A status that never came has no series, and then nothing failed.
			e.Bad = "(" + rate(selected(in.Ratio.Errors.Metric, "ratio", "errors", "metric")) + " or vector(0))"
		} else {
			e.Good = rate(selected(in.Ratio.Success.Metric, "ratio", "success", "metric"))
		}
		return SLI{Events: &e}, "events", in.Ratio.Grouping
	case in.Latency != nil:
		return SLI{Events: &Events{
			Good:  rate(selected(in.Latency.Success.Metric, "latency", "success", "metric")),
			Total: rate(selected(in.Latency.Total.Metric, "latency", "total", "metric")),
		}}, "latency", in.Latency.Grouping
	case in.LatencyNative != nil:
		limit, err := model.ParseDuration(in.LatencyNative.Latency)
		if err != nil || limit <= 0 {
			d.bad(fmt.Sprintf("%q is no length of time: write one such as 250ms", in.LatencyNative.Latency), path("latencyNative", "latency")...)
		}
		v := selected(in.LatencyNative.Total.Metric, "latencyNative", "total", "metric")
		return SLI{Latency: &Latency{Histogram: v.name, Selector: v.matchers, Under: time.Duration(limit).Seconds(), Native: true}}, "native latency", in.LatencyNative.Grouping
	}
	v := selected(in.BoolGauge.Metric, "bool_gauge", "metric")
	return SLI{Events: &Events{
		Good:  "sum(sum_over_time(" + v.text() + "[{{.window}}])) / " + atom("sum(count_over_time("+v.text()+"[{{.window}}]))"),
		Total: "sum(count_over_time(" + v.text() + "[{{.window}}])) > bool 0",
	}}, "gauge", in.BoolGauge.Grouping
}

// labelName makes a name of a label of a name in Kubernetes.
func labelName(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 128 && wordByte(byte(c)) && c != ':' {
			return c
		}
		return '_'
	}, s)
}
