package slo

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// foreign are other tools' spellings of the placeholder, within its brackets.
var foreign = regexp.MustCompile(`\[\s*(\$window|\$\{window\}|\$__interval|\$__rate_interval|\$__range)\s*\]`)

// counted is how the events of an objective are counted.
type counted struct {
	sli         SLI
	kind        string
	unsupported string
	timed       bool
	slice       time.Duration
}

// compared are OpenSLO's comparisons in PromQL.
var compared = map[string]string{"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}

// counted makes queries of an indicator. Indicators are wrong where from has them,
// objectives where path leads.
func (doc openDoc) counted(in openSLISpec, from openDoc, method string, o openObjective, path []any) counted {
	at := []any{"spec"}
	if from.Kind == "SLO" {
		at = []any{"spec", "indicator", "spec"}
	}
	field := func(more ...any) []any { return append(append([]any{}, at...), more...) }
	switch method {
	case "Occurrences", "Timeslices", "RatioTimeslices":
	default:
		doc.bad(fmt.Sprintf("%q is not known: write Occurrences, Timeslices or RatioTimeslices", method), "spec", "budgetingMethod")
		return counted{}
	}
	var good, total, unsupported string
	kind := "gauge"
	switch {
	case (in.Ratio == nil) == (in.Metric == nil):
		from.bad("give it either ratioMetric or thresholdMetric", field()...)
		return counted{}
	case in.Metric != nil:
		query, why := from.query(in.Metric, "", field("thresholdMetric")...)
		op := compared[o.Op]
		if op == "" || o.Value == nil {
			doc.bad("a threshold needs op, one of lt, lte, gt and gte, and value", path...)
			return counted{}
		}
		unsupported = why
		good = fmt.Sprintf("%s %s bool %s", atom(query), op, number(*o.Value))
	default:
		kind = "events"
		var e Events
		e, good, total, unsupported = from.ratio(*in.Ratio, field("ratioMetric"))
		if in.Ratio.Raw != nil {
			kind = "ratio"
		}
		switch {
		case unsupported != "":
			return counted{kind: kind, unsupported: unsupported}
		case method == "Occurrences" && in.Ratio.Raw != nil:
			return counted{sli: ratioSLI(good), kind: kind, timed: true}
		case method == "Occurrences":
			return counted{sli: SLI{Events: &e}, kind: kind}
		case in.Ratio.Raw != nil:
			good, total = "1 - "+atom(good), ""
		}
	}
	if unsupported != "" {
		return counted{kind: kind, unsupported: unsupported}
	}
	if method == "Occurrences" {
		return counted{sli: ratioSLI("1 - avg_over_time(" + atom(good) + "[{{.window}}:])"), kind: kind, timed: true}
	}
	return doc.slices(good, total, in.Metric != nil, method, o, path)
}

// slices counts slices of time. Of a ratio, good and total have the placeholder;
// of a threshold, good is 1 or 0 at every point.
func (doc openDoc) slices(good, total string, threshold bool, method string, o openObjective, path []any) counted {
	d, err := model.ParseDuration(o.SliceWindow)
	slice := time.Duration(d)
	if err != nil || slice <= 0 {
		doc.bad(fmt.Sprintf("%q is not a length of time: slices need one such as 5m", o.SliceWindow), append(path, "timeSliceWindow")...)
		return counted{}
	}
	if slice > recent {
		return counted{kind: "slices", unsupported: fmt.Sprintf("its slices of %s are longer than the shortest window, %s", prom(slice), prom(recent))}
	}
	share := good
	if total != "" {
		share = atom(good) + " / " + atom(total)
	}
	length := prom(slice)
	share = placeholder.ReplaceAllLiteralString(share, length)
	if threshold {
		share = "avg_over_time(" + atom(good) + "[" + length + ":])"
	}
	if method == "Timeslices" {
		if o.SliceTarget == nil || !(*o.SliceTarget > 0 && *o.SliceTarget <= 1) {
			doc.bad("it is missing or not a share: write how much of a slice has to be good, such as 1.0", append(path, "timeSliceTarget")...)
			return counted{}
		}
		share = atom(share) + " >= bool " + number(*o.SliceTarget)
	}
	return counted{sli: ratioSLI("1 - avg_over_time(" + atom(share) + "[{{.window}}:" + length + "])"), kind: "slices", timed: true, slice: slice}
}

// ratio makes queries of good or bad and all events; of a raw ratio, good is the
// error ratio.
func (from openDoc) ratio(in openRatio, at []any) (e Events, good, total, unsupported string) {
	field := func(more ...any) []any { return append(append([]any{}, at...), more...) }
	over := "avg_over_time"
	if in.Counter {
		over = "rate"
	}
	query := func(m *openMetric, name string) string {
		q, why := from.query(m, over, field(name)...)
		unsupported = cmp.Or(unsupported, why)
		return q
	}
	if in.Raw != nil {
		if in.Good != nil || in.Bad != nil || in.Total != nil {
			from.bad("it has raw and counted events: keep one", field()...)
			return
		}
		raw := query(in.Raw, "raw")
		switch in.RawType {
		case "failure":
			return e, raw, "", unsupported
		case "success":
			return e, "1 - " + atom(raw), "", unsupported
		}
		from.bad(fmt.Sprintf("%q is not known: write success or failure", in.RawType), field("rawType")...)
		return
	}
	if (in.Good == nil) == (in.Bad == nil) {
		from.bad("give it either good or bad, whichever is counted", field()...)
		return
	}
	if in.Total == nil {
		from.bad("it has no total: write the query that counts all events", field()...)
		return
	}
	total = query(in.Total, "total")
	if in.Bad != nil {
		bad := query(in.Bad, "bad")
		return Events{Bad: bad, Total: total}, atom(total) + " - " + atom(bad), total, unsupported
	}
	good = query(in.Good, "good")
	return Events{Good: good, Total: total}, good, total, unsupported
}

// query is the PromQL of a metric, with the placeholder unless over is empty. The
// second is why it cannot be used: another kind of source.
func (from openDoc) query(m *openMetric, over string, at ...any) (string, string) {
	kind := m.Source.Type
	if kind == "" && m.Source.Ref != "" {
		if source, ok := from.open.source[m.Source.Ref]; ok {
			var s struct {
				Type string `yaml:"type"`
			}
			if source.Spec.Decode(&s) == nil {
				kind = s.Type
			}
		}
	}
	if kind != "" && !strings.EqualFold(kind, "prometheus") {
		return "", "its source is " + kind + ", and rules can be made for Prometheus only"
	}
	text, _ := m.Source.Spec["query"].(string)
	if text == "" {
		text, _ = m.Source.Spec["promql"].(string)
	}
	at = append(at, "metricSource", "spec")
	if strings.TrimSpace(text) == "" {
		from.bad("it has no query: write one in PromQL", at...)
		return "", ""
	}
	if over == "" {
		if placeholder.MatchString(text) {
			from.bad("a threshold is compared at each point: write the query without {{.window}}", append(at, "query")...)
		}
		return strings.TrimSpace(text), ""
	}
	q, err := windowed(text, over)
	if err != nil {
		from.bad(err.Error(), append(at, "query")...)
	}
	return q, ""
}
