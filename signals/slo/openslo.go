package slo

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// openDoc is a document of OpenSLO with the place where it stands.
type openDoc struct {
	document
	openFile
}

// openDocs are the documents of OpenSLO in all files, by their names; objectives
// in the order of the files.
type openDocs struct {
	slo                                     []openDoc
	sli, service, policy, source, condition map[string]openDoc
}

type openFile struct {
	APIVersion string    `yaml:"apiVersion"`
	Kind       string    `yaml:"kind"`
	Metadata   openMeta  `yaml:"metadata"`
	Spec       yaml.Node `yaml:"spec"`
}

type openMeta struct {
	Name        string         `yaml:"name"`
	DisplayName string         `yaml:"displayName"`
	Labels      map[string]any `yaml:"labels"`
	Annotations map[string]any `yaml:"annotations"`
}

type openSLOSpec struct {
	Description   string          `yaml:"description"`
	Service       string          `yaml:"service"`
	Indicator     *openInline     `yaml:"indicator"`
	IndicatorRef  string          `yaml:"indicatorRef"`
	TimeWindow    []openWindow    `yaml:"timeWindow"`
	Method        string          `yaml:"budgetingMethod"`
	Objectives    []openObjective `yaml:"objectives"`
	AlertPolicies []openPolicy    `yaml:"alertPolicies"`
}

type openInline struct {
	Metadata openMeta       `yaml:"metadata"`
	Spec     openSLISpec    `yaml:"spec"`
	Ratio    *openRatio     `yaml:"ratioMetric"`
	Metric   *openMetric    `yaml:"thresholdMetric"`
	Kind     string         `yaml:"kind"`
	Version  string         `yaml:"apiVersion"`
	Rest     map[string]any `yaml:",inline"`
}

type openSLISpec struct {
	Description string      `yaml:"description"`
	Ratio       *openRatio  `yaml:"ratioMetric"`
	Metric      *openMetric `yaml:"thresholdMetric"`
}

type openRatio struct {
	Counter bool        `yaml:"counter"`
	Good    *openMetric `yaml:"good"`
	Bad     *openMetric `yaml:"bad"`
	Total   *openMetric `yaml:"total"`
	RawType string      `yaml:"rawType"`
	Raw     *openMetric `yaml:"raw"`
}

type openMetric struct {
	Source openSource `yaml:"metricSource"`
}

type openSource struct {
	Ref  string         `yaml:"metricSourceRef"`
	Type string         `yaml:"type"`
	Spec map[string]any `yaml:"spec"`
}

type openWindow struct {
	Duration string        `yaml:"duration"`
	Rolling  bool          `yaml:"isRolling"`
	Calendar *openCalendar `yaml:"calendar"`
}

type openCalendar struct {
	Start string `yaml:"startTime"`
	Zone  string `yaml:"timeZone"`
}

type openObjective struct {
	DisplayName   string    `yaml:"displayName"`
	Op            string    `yaml:"op"`
	Value         *float64  `yaml:"value"`
	Target        *float64  `yaml:"target"`
	TargetPercent *float64  `yaml:"targetPercent"`
	SliceTarget   *float64  `yaml:"timeSliceTarget"`
	SliceWindow   string    `yaml:"timeSliceWindow"`
	Indicator     yaml.Node `yaml:"indicator"`
	IndicatorRef  string    `yaml:"indicatorRef"`
	Weight        *float64  `yaml:"compositeWeight"`
}

type openPolicy struct {
	Ref  string    `yaml:"alertPolicyRef"`
	Kind string    `yaml:"kind"`
	Meta openMeta  `yaml:"metadata"`
	Spec yaml.Node `yaml:"spec"`
}

// openSLO takes a document of OpenSLO up; resolve makes definitions of them when
// all files were read.
func (d document) openSLO(kind string) {
	var f openFile
	if !d.strict(&f) {
		return
	}
	if f.Metadata.Name == "" {
		d.bad("it is missing: give the document a name", "metadata", "name")
		return
	}
	doc := openDoc{d, f}
	named := map[string]map[string]openDoc{
		"SLI": d.open.sli, "Service": d.open.service, "AlertPolicy": d.open.policy, "DataSource": d.open.source, "AlertCondition": d.open.condition,
	}
	switch {
	case kind == "SLO":
		d.open.slo = append(d.open.slo, doc)
	case kind == "AlertNotificationTarget":
		// Whom an alert reaches is the Alertmanager's business.
	case named[kind] == nil:
		d.bad(fmt.Sprintf("%q is not a kind of %s: it may be SLO, SLI, Service, DataSource, AlertPolicy, AlertCondition or AlertNotificationTarget", kind, openVersion), "kind")
	default:
		if first, ok := named[kind][f.Metadata.Name]; ok {
			d.bad(fmt.Sprintf("%s %q is already in %s:%d: give one of them another name", kind, f.Metadata.Name, first.file, first.at()), "metadata", "name")
			return
		}
		named[kind][f.Metadata.Name] = doc
	}
}

// resolve makes definitions of the objectives of OpenSLO.
func (r *reader) resolve() {
	for _, doc := range r.open.slo {
		doc.define()
	}
}

// spec decodes the part of the document below spec, strictly.
func decodeSpec[T any](doc openDoc) (T, bool) {
	whole := struct {
		APIVersion string   `yaml:"apiVersion"`
		Kind       string   `yaml:"kind"`
		Metadata   openMeta `yaml:"metadata"`
		Spec       T        `yaml:"spec"`
	}{}
	ok := doc.strict(&whole)
	return whole.Spec, ok
}

// define makes the definitions of one document: one for each objective.
func (doc openDoc) define() {
	spec, ok := decodeSpec[openSLOSpec](doc)
	if !ok {
		return
	}
	before := len(doc.errs)
	if !title.MatchString(doc.Metadata.Name) {
		doc.bad("it is no name: use letters, digits and dashes", "metadata", "name")
	}
	if !title.MatchString(spec.Service) {
		doc.bad(fmt.Sprintf("%q is no name of a service: use letters, digits and dashes", spec.Service), "spec", "service")
	}
	ind, from := doc.indicator(spec)
	window, period, why := doc.window(spec.TimeWindow)
	if len(spec.Objectives) == 0 {
		doc.bad("there is none: add one with a target", "spec", "objectives")
	}
	notes := doc.policies(spec.AlertPolicies)
	labels := doc.labels()
	for i, o := range spec.Objectives {
		path := []any{"spec", "objectives", i}
		percent := math.NaN()
		switch {
		case (o.Target == nil) == (o.TargetPercent == nil):
			doc.bad("give it either target, a share such as 0.999, or targetPercent", path...)
			continue
		case o.Target != nil:
			// 0.999 times 100 is not 99.9 in binary.
			percent, _ = strconv.ParseFloat(number(*o.Target*100), 64)
			doc.promised(percent, append(path, "target")...)
		default:
			percent = *o.TargetPercent
			doc.promised(percent, append(path, "targetPercent")...)
		}
		c := counted{unsupported: why}
		if ind != nil {
			c = doc.counted(*ind, from, spec.Method, o, path)
			c.unsupported = cmp.Or(c.unsupported, why)
		}
		if o.Weight != nil || !o.Indicator.IsZero() || o.IndicatorRef != "" {
			c.unsupported = cmp.Or(c.unsupported, "it is composed of several indicators: write one objective for each")
		}
		if len(doc.errs) > before {
			continue
		}
		name := strings.TrimPrefix(doc.Metadata.Name, spec.Service+"-")
		if len(spec.Objectives) > 1 {
			name += "-" + suffix(o.DisplayName, i)
		}
		s := Spec{Version: Version, Service: spec.Service, Labels: labels}
		def := defined(s, SLO{Name: name, Description: cmp.Or(spec.Description, doc.Metadata.DisplayName), Percent: percent, Window: Period(period), SLI: c.sli}, c.kind)
		def.Format, def.File, def.Line = openVersion, doc.file, doc.at(path...)
		def.Window, def.Unsupported, def.Notes = window, c.unsupported, notes
		def.timed, def.slice = c.timed, c.slice
		doc.out = append(doc.out, def)
	}
}

// suffix tells the objectives of one document apart.
func suffix(display string, i int) string {
	s := strings.ToLower(strings.Join(strings.FieldsFunc(display, func(c rune) bool { return c >= 128 || !wordByte(byte(c)) }), "-"))
	return strings.Trim(cmp.Or(strings.ReplaceAll(s, ":", "-"), strconv.Itoa(i+1)), "-_")
}

// labels are those of the metadata that a rule may have; a list is joined.
func (doc openDoc) labels() map[string]string {
	out := map[string]string{}
	for k, v := range doc.Metadata.Labels {
		k = labelName(k)
		if k == "service" || strings.HasPrefix(k, "sloth_") || !model.LegacyValidation.IsValidLabelName(k) {
			continue
		}
		switch v := v.(type) {
		case []any:
			var all []string
			for _, one := range v {
				all = append(all, fmt.Sprint(one))
			}
			out[k] = strings.Join(all, ",")
		default:
			out[k] = fmt.Sprint(v)
		}
	}
	return out
}

// indicator finds what is measured, in the document or in another one.
func (doc openDoc) indicator(spec openSLOSpec) (*openSLISpec, openDoc) {
	switch {
	case spec.Indicator != nil && spec.IndicatorRef != "":
		doc.bad("it has both indicator and indicatorRef: keep one", "spec", "indicatorRef")
	case spec.Indicator != nil:
		return &spec.Indicator.Spec, doc
	case spec.IndicatorRef == "":
		doc.bad("it says nothing of what is measured: give it indicator or indicatorRef", "spec")
	default:
		other, ok := doc.open.sli[spec.IndicatorRef]
		if !ok {
			doc.bad(fmt.Sprintf("no SLI is called %q in these files: name the file that has it too", spec.IndicatorRef), "spec", "indicatorRef")
			return nil, doc
		}
		if s, ok := decodeSpec[openSLISpec](other); ok {
			return &s, other
		}
	}
	return nil, doc
}

var openDuration = regexp.MustCompile(`^(\d{1,4})([mhdwMQY])$`)

// units are the lengths of the units of OpenSLO; those of the calendar as they are
// taken for a rolling window.
var units = map[string]time.Duration{
	"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour, "M": 30 * 24 * time.Hour, "Q": 90 * 24 * time.Hour, "Y": 365 * 24 * time.Hour,
}

// window is the period as it is shown and as a length, and why there are no rules
// for it.
func (doc openDoc) window(list []openWindow) (text string, period time.Duration, why string) {
	if len(list) != 1 {
		doc.bad("write one window, such as duration: 30d and isRolling: true", "spec", "timeWindow")
		return "", 0, ""
	}
	w := list[0]
	m := openDuration.FindStringSubmatch(w.Duration)
	if m == nil {
		doc.bad(fmt.Sprintf("%q is not a length of time: write a number and one of m, h, d, w, M, Q, Y, such as 30d", w.Duration), "spec", "timeWindow", 0, "duration")
		return "", 0, ""
	}
	n, _ := strconv.Atoi(m[1])
	period = time.Duration(n) * units[m[2]]
	if !w.Rolling {
		return w.Duration + " calendar", period, "its period follows the calendar, and the rules look back over a length of time: write isRolling: true"
	}
	return w.Duration, period, periodFits(period)
}

// policies are notes on the alerts: the conditions of the rules are the four of
// the workbook, whatever a policy says.
func (doc openDoc) policies(list []openPolicy) (notes []string) {
	for _, p := range list {
		name := cmp.Or(p.Ref, p.Meta.Name, "of its own")
		if _, ok := doc.open.policy[p.Ref]; p.Ref != "" && !ok {
			notes = append(notes, "alert policy "+name+" is in none of these files: its alerts are the four standard conditions")
			continue
		}
		notes = append(notes, "alert policy "+name+" is replaced by the four standard conditions")
	}
	return notes
}
