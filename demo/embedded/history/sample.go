package history

import (
	"math"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
)

// sample is a number, or a native histogram when h is given.
type sample struct {
	v float64
	h *histogram.Histogram
}

// writer turns one metric at one moment into samples. It keeps the first error.
type writer struct {
	app    storage.AppenderV2
	now    int64
	target *Target
	name   string
	metric *metric
	next   int // index of the series that the next sample belongs to
	err    error
}

func (w *writer) write(d *dto.Metric) {
	switch {
	case d.Counter != nil:
		w.add("", "", 0, sample{v: d.Counter.GetValue()})
	case d.Gauge != nil:
		w.add("", "", 0, sample{v: d.Gauge.GetValue()})
	case d.Untyped != nil:
		w.add("", "", 0, sample{v: d.Untyped.GetValue()})
	case d.Summary != nil:
		w.summary(d.Summary)
	case d.Histogram != nil:
		w.histogram(d.Histogram)
	}
}

func (w *writer) summary(s *dto.Summary) {
	w.add("_count", "", 0, sample{v: float64(s.GetSampleCount())})
	w.add("_sum", "", 0, sample{v: s.GetSampleSum()})
	for _, q := range s.Quantile {
		w.add("", "quantile", q.GetQuantile(), sample{v: q.GetValue()})
	}
}

// histogram writes the classic form when there are buckets, and the native form
// when there is one.
func (w *writer) histogram(h *dto.Histogram) {
	native := len(h.PositiveSpan)+len(h.NegativeSpan) > 0 || h.GetZeroThreshold() > 0 || h.GetZeroCount() > 0
	if len(h.Bucket) > 0 || !native {
		w.add("_count", "", 0, sample{v: float64(h.GetSampleCount())})
		w.add("_sum", "", 0, sample{v: h.GetSampleSum()})
		last := math.Inf(-1)
		for _, b := range h.Bucket {
			last = b.GetUpperBound()
			w.add("_bucket", "le", last, sample{v: float64(b.GetCumulativeCount())})
		}
		if !math.IsInf(last, +1) {
			w.add("_bucket", "le", math.Inf(+1), sample{v: float64(h.GetSampleCount())})
		}
	}
	if native {
		w.add("", "", 0, sample{h: nativeOf(h)})
	}
}

// add appends a sample to the series with this suffix and, when bound is not
// empty, this extra label. A metric gives its series in the same order each
// time; what it may have only later, the native form, comes last.
func (w *writer) add(suffix, bound string, at float64, v sample) {
	if w.err != nil {
		return
	}
	if w.next == len(w.metric.series) {
		b := labels.NewScratchBuilder(len(w.metric.labels) + 2)
		b.Add(labels.MetricName, w.name+suffix)
		for _, l := range w.metric.labels {
			b.Add(l.GetName(), l.GetValue())
		}
		if bound != "" {
			b.Add(bound, labels.FormatOpenMetricsFloat(at))
		}
		b.Sort()
		w.metric.series = append(w.metric.series, series{labels: w.target.label(b.Labels())})
	}
	w.err = w.metric.series[w.next].append(w.app, w.now, v)
	w.next++
}

func nativeOf(h *dto.Histogram) *histogram.Histogram {
	out := &histogram.Histogram{
		Count:           h.GetSampleCount(),
		Sum:             h.GetSampleSum(),
		Schema:          h.GetSchema(),
		ZeroThreshold:   h.GetZeroThreshold(),
		ZeroCount:       h.GetZeroCount(),
		PositiveSpans:   spans(h.PositiveSpan),
		NegativeSpans:   spans(h.NegativeSpan),
		PositiveBuckets: append([]int64(nil), h.PositiveDelta...),
		NegativeBuckets: append([]int64(nil), h.NegativeDelta...),
	}
	return out.Compact(0)
}

func spans(in []*dto.BucketSpan) []histogram.Span {
	out := make([]histogram.Span, len(in))
	for i, s := range in {
		out[i] = histogram.Span{Offset: s.GetOffset(), Length: s.GetLength()}
	}
	return out
}
