package sources

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

const (
	// maxSeries bounds the series of one answer, maxNames the names and values,
	// maxEntries rules, targets, exemplars and metadata; maxNotes the warnings.
	maxSeries  = 500
	maxNames   = 10_000
	maxEntries = 5_000
	maxNotes   = 5
	// sparkPoints is how many points a query with its own span wants.
	sparkPoints = 60
)

var _ = register("prometheus", newPrometheus)

// prometheus asks one Prometheus, or a server that speaks its API.
type prometheus struct {
	t    *transport
	api  v1.API
	held windows
	now  func() time.Time
}

func newPrometheus(o Options) (Source, error) {
	t, err := newTransport("prometheus", o)
	if err != nil {
		return nil, err
	}
	c, err := api.NewClient(api.Config{Address: t.base.String(), RoundTripper: t})
	if err != nil {
		return nil, err
	}
	return &prometheus{t: t, api: v1.NewAPI(c), now: time.Now}, nil
}

// Query implements [Source].
func (p *prometheus) Query(ctx context.Context, q Query, w Window) (Frame, error) {
	var f Frame
	var samples int
	var err error
	ctx, c := begin(ctx, attempt(q))
	switch q := q.(type) {
	case PromQL:
		f, samples, err = p.window(ctx, q, w)
	case Instant:
		f, samples, err = p.instant(ctx, q, w)
	case Rules:
		f, err = p.rules(ctx, c)
	case Targets:
		f, err = p.targets(ctx, c)
	case LabelValues:
		f, err = p.labelValues(ctx, q, w)
	case LabelNames:
		f, err = p.labelNames(ctx, q, w)
	case MetricMetadata:
		f, err = p.metadata(ctx, q)
	case Exemplars:
		f, samples, err = p.exemplars(ctx, q, w)
	case PrometheusStatus:
		f, err = p.status(ctx, c)
	default:
		return Frame{}, unsupported(p.t.kind, q)
	}
	if err != nil {
		return Frame{}, p.t.undecoded(c, err)
	}
	f.Cost = c.spent(samples)
	return f, nil
}

// attempt is what q tries, in words.
func attempt(q Query) string {
	switch q := q.(type) {
	case PromQL:
		return "range query"
	case Instant:
		return "query"
	case Exemplars:
		return "exemplars"
	case MetricMetadata:
		return "metadata"
	case LabelValues:
		return "values of label " + Clean(q.Label)
	case LabelNames:
		return "label names"
	case Rules:
		return "rules"
	case Targets:
		return "targets"
	}
	return "status"
}

// window answers a range query, from what is held as far as that goes.
func (p *prometheus) window(ctx context.Context, q PromQL, w Window) (Frame, int, error) {
	if q.Span > 0 {
		w = w.Last(q.Span, cmp.Or(q.Points, sparkPoints))
	}
	if w.Step <= 0 || w.End.Before(w.Start) {
		return Frame{}, 0, &Error{Source: p.t.kind, Kind: BadQuery, Err: fmt.Errorf("range query: the window has no step or ends before it starts")}
	}
	samples := 0
	a, err := p.held.read(q.Expr, w, p.now(), func(from, to time.Time) (answer, error) {
		a, n, err := p.fetch(ctx, q.Expr, v1.Range{Start: from, End: to, Step: w.Step})
		samples += n
		return a, err
	})
	if err != nil {
		return Frame{}, 0, err
	}
	f := Frame{Notes: a.notes}
	for _, l := range a.lines {
		f.Series = append(f.Series, Series{
			Legend: legend(q.Legend, q.Expr, l.labels), Labels: l.labels, Points: l.points, Buckets: l.buckets,
		})
	}
	sortSeries(f.Series)
	limitSeries(&f)
	return f, samples, nil
}

// fetch asks for one range, and counts the samples that came.
func (p *prometheus) fetch(ctx context.Context, expr string, r v1.Range) (answer, int, error) {
	v, warnings, _, err := p.api.QueryRange(ctx, expr, r, v1.WithLimit(maxSeries+1), v1.WithTimeout(p.patience()))
	if err != nil {
		return answer{}, 0, err
	}
	matrix, _ := v.(model.Matrix) // A range query has no other answer.
	a := answer{lines: make(lines, len(matrix)), cut: len(matrix) > maxSeries, notes: notes(warnings)}
	samples := 0
	for _, s := range matrix {
		l := lineOf(s)
		samples += len(l.points)
		a.lines[s.Metric.Fingerprint()] = l
	}
	return a, samples, nil
}

// patience is the time after which the server may give up as well, in whole
// seconds, because it reads no fractions.
func (p *prometheus) patience() time.Duration {
	return (p.t.timeout + time.Second - 1).Truncate(time.Second)
}

var ordered = regexp.MustCompile(`^\s*(sort|sort_desc|sort_by_label|sort_by_label_desc|topk|bottomk)\b`)

// instant asks for one moment. What the expression sorts stays in its order.
func (p *prometheus) instant(ctx context.Context, q Instant, w Window) (Frame, int, error) {
	at := w.End
	if w.Live {
		at = time.Time{} // The server's own clock decides, whatever ours says.
	}
	v, warnings, _, err := p.api.Query(ctx, q.Expr, at, v1.WithLimit(maxSeries+1), v1.WithTimeout(p.patience()))
	if err != nil {
		return Frame{}, 0, err
	}
	f := Frame{Notes: notes(warnings)}
	add := func(l line) {
		f.Series = append(f.Series, Series{
			Legend: legend(q.Legend, q.Expr, l.labels), Labels: l.labels, Points: l.points, Buckets: l.buckets,
		})
	}
	switch v := v.(type) {
	case model.Vector:
		for _, s := range v {
			one := model.SampleStream{Metric: s.Metric, Values: []model.SamplePair{{Timestamp: s.Timestamp, Value: s.Value}}}
			if s.Histogram != nil {
				one.Values = nil
				one.Histograms = []model.SampleHistogramPair{{Timestamp: s.Timestamp, Histogram: s.Histogram}}
			}
			add(lineOf(&one))
		}
	case model.Matrix:
		for _, s := range v {
			add(lineOf(s))
		}
	case *model.Scalar:
		add(line{labels: map[string]string{}, points: []Point{{int64(v.Timestamp), float64(v.Value)}}})
	}
	samples := 0
	for i := range f.Series {
		samples += len(f.Series[i].Points)
	}
	if !ordered.MatchString(q.Expr) {
		sortSeries(f.Series)
	}
	limitSeries(&f)
	return f, samples, nil
}

// lineOf copies one series out of the client's types. A series that changes
// between floats and native histograms has nil buckets at the floats.
func lineOf(s *model.SampleStream) line {
	l := line{labels: make(map[string]string, len(s.Metric)), points: make([]Point, 0, len(s.Values)+len(s.Histograms))}
	for k, v := range s.Metric {
		l.labels[Clean(string(k))] = Clean(string(v))
	}
	for _, v := range s.Values {
		l.points = append(l.points, Point{int64(v.Timestamp), float64(v.Value)})
	}
	if len(s.Histograms) == 0 {
		return l
	}
	l.buckets = make([][]Bucket, len(s.Values), cap(l.points))
	for _, h := range s.Histograms {
		at, _ := slices.BinarySearchFunc(l.points, int64(h.Timestamp), func(p Point, t int64) int { return cmp.Compare(p.T, t) })
		buckets := make([]Bucket, 0, len(h.Histogram.Buckets))
		for _, b := range h.Histogram.Buckets {
			buckets = append(buckets, Bucket{Low: float64(b.Lower), High: float64(b.Upper), Count: float64(b.Count)})
		}
		l.points = slices.Insert(l.points, at, Point{int64(h.Timestamp), float64(h.Histogram.Count)})
		l.buckets = slices.Insert(l.buckets, at, buckets)
	}
	return l
}

func sortSeries(all []Series) {
	slices.SortStableFunc(all, func(a, b Series) int {
		return cmp.Or(strings.Compare(a.Legend, b.Legend), strings.Compare(listed(a.Labels), listed(b.Labels)))
	})
}

func limitSeries(f *Frame) {
	if len(f.Series) > maxSeries {
		f.Series = slices.Clip(f.Series[:maxSeries])
		f.Notes = append(f.Notes, fmt.Sprintf("more than %d series, only the first %d are shown", maxSeries, maxSeries))
	}
}

var placeholder = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// legend fills a template such as "{{instance}}" from labels. Without one, or
// when nothing comes of it, it lists the labels, and without those it is the
// expression.
func legend(template, expr string, labels map[string]string) string {
	if template != "" {
		filled := placeholder.ReplaceAllStringFunc(template, func(m string) string {
			return labels[placeholder.FindStringSubmatch(m)[1]]
		})
		if filled = strings.TrimSpace(filled); filled != "" {
			return filled
		}
	}
	if len(labels) == 0 {
		return Clean(expr)
	}
	return listed(labels)
}

// listed writes labels as Prometheus does, by name.
func listed(labels map[string]string) string {
	var b strings.Builder
	b.WriteString(labels[model.MetricNameLabel])
	sep := "{"
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		if k == model.MetricNameLabel {
			continue
		}
		b.WriteString(sep)
		b.WriteString(labelName(k))
		b.WriteByte('=')
		b.WriteString(strconv.Quote(labels[k]))
		sep = ", "
	}
	if sep == ", " {
		b.WriteByte('}')
	}
	return b.String()
}

var classic = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// labelName quotes a label name unless every version of the servers reads it
// without quotes.
func labelName(s string) string {
	if classic.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

// notes are a server's warnings for the panel, without its own words about a
// limit that limitSeries tells better.
func notes(warnings v1.Warnings) []string {
	var out []string
	for i, w := range warnings {
		if strings.Contains(w, "truncated due to limit") {
			continue
		}
		if len(out) == maxNotes {
			return append(out, fmt.Sprintf("and %d more warnings", len(warnings)-i))
		}
		out = append(out, bounded(Clean(w), maxReason))
	}
	return out
}
