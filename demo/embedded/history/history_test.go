package history_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"firewatch/demo/embedded/history"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// TestScrapeIsAScrape compares what a recorder finds in collectors with what
// Prometheus's own parser finds in the exchange format of the same registry.
func TestScrapeIsAScrape(t *testing.T) {
	reg := everyKind()
	want := parsed(t, reg)
	if len(want) < 25 {
		t.Fatalf("the registry has no more than %v", want)
	}
	for name, target := range map[string]*history.Target{"collected": {Metrics: reg}, "gathered": {Gatherer: reg}} {
		t.Run(name, func(t *testing.T) {
			r := recorder(t)
			for i := range 3 { // the second time goes by what is known
				if err := r.Scrape(t.Context(), start.Add(time.Duration(i)*time.Second), []*history.Target{target}); err != nil {
					t.Fatal(err)
				}
			}
			got := last(t, r, start.Add(2*time.Second))
			if got[`{__name__="up"}`] != "1" {
				t.Error("it was not up")
			}
			delete(got, `{__name__="up"}`)
			for _, name := range slices.Sorted(maps.Keys(want)) {
				if got[name] != want[name] {
					t.Errorf("%s is %q, want %q", name, got[name], want[name])
				}
			}
			for name := range got {
				if _, ok := want[name]; !ok {
					t.Errorf("%s is not what a scrape would give", name)
				}
			}
		})
	}
}

func TestTargetLabels(t *testing.T) {
	reg := prometheus.NewRegistry()
	promauto.With(reg).NewGaugeVec(prometheus.GaugeOpts{Name: "load", Help: "Load."}, []string{"instance"}).WithLabelValues("web-1").Set(1)
	for _, c := range []struct {
		honor bool
		want  string
	}{
		{false, `{__name__="load", exported_instance="web-1", instance="sim:1", job="hosts"}`},
		{true, `{__name__="load", instance="web-1", job="hosts"}`},
	} {
		r := recorder(t)
		target := &history.Target{Labels: labels.FromStrings("job", "hosts", "instance", "sim:1"), Honor: c.honor, Metrics: reg}
		if err := r.Scrape(t.Context(), start, []*history.Target{target}); err != nil {
			t.Fatal(err)
		}
		got := last(t, r, start)
		if got[c.want] != "1" || got[`{__name__="up", instance="sim:1", job="hosts"}`] != "1" || len(got) != 2 {
			t.Errorf("honor %t gives %v", c.honor, got)
		}
	}
}

// TestRulesAndBlock records an hour of a counter that grows by 10 a second,
// evaluates rules over it that read each other across files in the wrong order,
// and reads the block as a server would.
func TestRulesAndBlock(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.yml"), `
groups:
  - name: late
    labels: {team: x}
    rules:
      - {record: twice, expr: 2 * once}
      - {alert: Loud, expr: once > 0}
`)
	write(t, filepath.Join(dir, "b.yml"), `
groups:
  - name: early
    rules:
      - {record: thrice, expr: 3 * once}
      - {record: total, expr: 'sum_over_time(thrice[2h:5m])'}
      - {record: once, expr: 'sum by (job) (rate(hits_total[1m]))', labels: {job: renamed}}
`)
	reg := prometheus.NewRegistry()
	hits := promauto.With(reg).NewCounter(prometheus.CounterOpts{Name: "hits_total", Help: "Hits."})
	target := &history.Target{Labels: labels.FromStrings("job", "web"), Metrics: reg}
	r := recorder(t)
	for at := time.Duration(0); at <= time.Hour; at += 15 * time.Second {
		if err := r.Scrape(t.Context(), start.Add(at), []*history.Target{target}); err != nil {
			t.Fatal(err)
		}
		hits.Add(150)
	}
	half := start.Add(30 * time.Minute)
	spans := []history.Span{{Start: start, End: half, Step: time.Minute}, {Start: half.Add(30 * time.Second), End: start.Add(time.Hour), Step: 30 * time.Second}}
	if err := r.Evaluate(t.Context(), filepath.Join(dir, "*.yml"), spans); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if err := r.Write(t.Context(), data); err != nil {
		t.Fatal(err)
	}
	db, err := tsdb.Open(data, promslog.NewNopLogger(), nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if n := len(db.Blocks()); n != 1 {
		t.Fatalf("%d blocks", n)
	}
	// The first minute has no rate yet; then one a minute, then two.
	got := matrix(t, db, "twice", start, start.Add(time.Hour), 30*time.Second)
	if len(got) != 1 || got[0].Metric.String() != `{__name__="twice", job="renamed", team="x"}` {
		t.Fatalf("the rules gave %v", got)
	}
	for _, p := range got[0].Floats {
		if math.Abs(p.F-20) > .01 {
			t.Errorf("at %d it is %v, want 20", p.T, p.F)
		}
	}
	stored := matrix(t, db, "count_over_time(twice[2h])", start.Add(time.Hour), start.Add(time.Hour), time.Second)
	if n := stored[0].Floats[0].F; n != 30+60 {
		t.Errorf("%v points are stored, want 90", n)
	}
	// A sum over a subquery takes one sample of 30 each five minutes, however many
	// are stored.
	total := matrix(t, db, "total", start.Add(time.Hour), start.Add(time.Hour), time.Second)
	if len(total) != 1 || math.Abs(total[0].Floats[0].F-12*30) > .1 {
		t.Errorf("the total is %v, want 360", total)
	}
	if got := matrix(t, db, "ALERTS", start, start.Add(time.Hour), time.Minute); len(got) > 0 {
		t.Errorf("alerts have a history: %v", got)
	}
}

func TestNothingRecorded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := recorder(t).Write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a directory was made: %v", err)
	}
}

func TestBadRules(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.yml"), "groups: [{name: x, rules: [{record: y, expr: 'sum('}]}]")
	if err := recorder(t).Evaluate(t.Context(), filepath.Join(dir, "*.yml"), []history.Span{{Start: start, End: start, Step: time.Second}}); err == nil {
		t.Error("a rule that does not parse is taken")
	}
}

func everyKind() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	f := promauto.With(reg)
	counters := f.NewCounterVec(prometheus.CounterOpts{Name: "hits_total", Help: "Hits.", ConstLabels: prometheus.Labels{"zone": "a"}}, []string{"route", "code"})
	counters.WithLabelValues("/", "200").Add(3)
	counters.WithLabelValues(`/"quoted"`, "500").Inc()
	f.NewGauge(prometheus.GaugeOpts{Name: "temperature_celsius", Help: `With "quotes".`}).Set(math.Inf(-1))
	f.NewUntypedFunc(prometheus.UntypedOpts{Name: "odd", Help: "Odd."}, func() float64 { return 1.5 })
	s := f.NewSummary(prometheus.SummaryOpts{Name: "size_bytes", Help: "Size.", Objectives: map[float64]float64{.5: .05, 1: 0}})
	classic := f.NewHistogramVec(prometheus.HistogramOpts{Name: "wait_seconds", Help: "Wait.", Buckets: []float64{.25, 1, 10}}, []string{"stage"})
	both := f.NewHistogram(prometheus.HistogramOpts{Name: "took_seconds", Help: "Took.", Buckets: []float64{.1, 1}, NativeHistogramBucketFactor: 1.1})
	native := f.NewHistogram(prometheus.HistogramOpts{Name: "native_seconds", Help: "Native.", NativeHistogramBucketFactor: 1.1})
	unused := f.NewHistogramVec(prometheus.HistogramOpts{Name: "unused_seconds", Help: "Unused.", NativeHistogramBucketFactor: 1.1, Buckets: []float64{1}}, []string{"a"})
	unused.WithLabelValues("b")
	for _, v := range []float64{-2, 0, .003, .3, .31, 7, 40} {
		s.Observe(v)
		classic.WithLabelValues("x").Observe(v)
		both.Observe(v)
		native.Observe(v)
	}
	return reg
}

// parsed is what a scrape of a registry stores, by series.
func parsed(t *testing.T, reg prometheus.Gatherer) map[string]string {
	t.Helper()
	var body bytes.Buffer
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	encoder := expfmt.NewEncoder(&body, expfmt.NewFormat(expfmt.TypeProtoDelim))
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			t.Fatal(err)
		}
	}
	found := map[string]string{}
	p := textparse.NewProtobufParser(body.Bytes(), false, true, false, false, labels.NewSymbolTable())
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		var l labels.Labels
		switch entry {
		case textparse.EntrySeries:
			_, _, v := p.Series()
			p.Labels(&l)
			found[l.String()] = fmt.Sprint(v)
		case textparse.EntryHistogram:
			_, _, h, _ := p.Histogram()
			p.Labels(&l)
			found[l.String()] = h.ToFloat(nil).String()
		}
	}
}

func recorder(t *testing.T) *history.Recorder {
	t.Helper()
	r, err := history.NewRecorder(6 * time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// last is the sample of every series at a moment.
func last(t *testing.T, from storage.Queryable, at time.Time) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, s := range matrix(t, from, `{__name__!=""}`, at, at, time.Second) {
		switch {
		case len(s.Histograms) > 0:
			found[s.Metric.String()] = s.Histograms[0].H.String()
		default:
			found[s.Metric.String()] = fmt.Sprint(s.Floats[0].F)
		}
	}
	return found
}

func matrix(t *testing.T, from storage.Queryable, expr string, start, end time.Time, step time.Duration) promql.Matrix {
	t.Helper()
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1e6, Timeout: time.Minute, LookbackDelta: 29 * time.Second, Parser: parser.NewParser(parser.Options{})})
	q, err := engine.NewRangeQuery(context.Background(), from, nil, expr, start, end, step)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	m, err := q.Exec(context.Background()).Matrix()
	if err != nil {
		t.Fatal(err)
	}
	out := make(promql.Matrix, len(m))
	for i, s := range m {
		out[i] = promql.Series{Metric: s.Metric.Copy(), Floats: slices.Clone(s.Floats), Histograms: slices.Clone(s.Histograms)}
		for j := range out[i].Histograms {
			out[i].Histograms[j].H = s.Histograms[j].H.Copy()
		}
	}
	return out
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
