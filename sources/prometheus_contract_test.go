//go:build !race

package sources_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
)

func testPrometheus(t *testing.T, url string) {
	set := open(t, "prometheus", sources.Options{URL: url})
	values := func(expr string) (out []float64) {
		f, err := set.Query(t.Context(), sources.Instant{Expr: expr}, live(time.Hour))
		if err != nil {
			t.Fatalf("%s: %v", expr, err)
		}
		for _, s := range f.Series {
			v, _ := s.Last()
			out = append(out, v)
		}
		return out
	}
	eventually(t, "two scrapes of the service", func() bool {
		n := values(`count_over_time(http_server_active_requests{job="fraud-scorer"}[1m])`)
		return len(n) > 0 && n[0] >= 2
	})

	t.Run("instant", func(t *testing.T) {
		f := query(t, set, sources.Instant{Expr: "up", Legend: "{{job}} at {{instance}}"}, live(time.Hour))
		if len(f.Series) < 6 || f.Cost.Samples != len(f.Series) || f.Cost.Requests != 1 || f.Cost.Bytes == 0 {
			t.Fatalf("%d series at %+v", len(f.Series), f.Cost)
		}
		for i, s := range f.Series {
			if len(s.Points) != 1 || s.Legend != s.Labels["job"]+" at "+s.Labels["instance"] {
				t.Errorf("%+v", s)
			}
			if i > 0 && f.Series[i-1].Legend > s.Legend {
				t.Error("not sorted by legend")
			}
			if age := time.Since(time.UnixMilli(s.Points[0].T)); age > time.Minute || age < -time.Minute {
				t.Errorf("%s is %s old", s.Legend, age)
			}
		}
		past := sources.At(time.Now().Add(-48*time.Hour), time.Hour, 60, false)
		if f := query(t, set, sources.Instant{Expr: "up"}, past); !f.Empty() {
			t.Error("up was known two days before the start")
		}
		if f := query(t, set, sources.Instant{Expr: "vector(3) + 1"}, live(time.Hour)); len(f.Series) != 1 || f.Series[0].Legend != "vector(3) + 1" {
			t.Errorf("%+v", f.Series)
		}
		if f := query(t, set, sources.Instant{Expr: "42"}, live(time.Hour)); len(f.Series) != 1 || f.Series[0].Points[0].V != 42 {
			t.Errorf("scalar: %+v", f.Series)
		}
		if f := query(t, set, sources.Instant{Expr: `up{job="prometheus"}[1m]`}, live(time.Hour)); len(f.Series) != 1 || len(f.Series[0].Points) < 1 {
			t.Errorf("matrix: %+v", f.Series)
		}
		for expr, want := range map[string]float64{"vector(0) / 0": math.NaN(), "1 / vector(0)": math.Inf(1)} {
			if got := values(expr)[0]; got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
				t.Errorf("%s = %v, want %v", expr, got, want)
			}
		}
		f = query(t, set, sources.Instant{Expr: "sort_desc(sum by (job) (scrape_samples_scraped))"}, live(time.Hour))
		for i := 1; i < len(f.Series); i++ {
			if f.Series[i-1].Points[0].V < f.Series[i].Points[0].V {
				t.Error("sort_desc lost its order")
			}
		}
	})

	t.Run("range", func(t *testing.T) {
		q := sources.PromQL{Expr: `sum by (job) (up)`, Legend: "{{job}}"}
		w := sources.At(time.Now(), 4*time.Minute, 240, true)
		first := query(t, set, q, w)
		if len(first.Series) < 6 || first.Cost.Samples == 0 {
			t.Fatalf("%+v", first)
		}
		for _, s := range first.Series {
			for i, p := range s.Points {
				if p.T%w.Step.Milliseconds() != 0 || p.T < w.Start.UnixMilli() || p.T > w.End.UnixMilli() || i > 0 && p.T <= s.Points[i-1].T {
					t.Fatalf("%s has a point at %d in %v", s.Legend, p.T, w)
				}
			}
		}
		if again := query(t, set, q, w); again.Cost.Requests != 0 || len(again.Series) != len(first.Series) {
			t.Errorf("the same window was asked again: %+v", again.Cost)
		}
		w.Start, w.End = w.Start.Add(w.Step), w.End.Add(w.Step)
		if next := query(t, set, q, w); next.Cost.Requests != 1 || next.Cost.Samples > 3*len(next.Series) {
			t.Errorf("one step costs %+v", next.Cost)
		}
		q.Span = 30 * time.Second
		if spark := query(t, set, q, w); spark.Series[0].Points[0].T < w.End.Add(-q.Span).UnixMilli() {
			t.Error("a span goes further back than it says")
		}
		if f := query(t, set, sources.PromQL{Expr: "no_such_metric"}, w); !f.Empty() {
			t.Errorf("%+v", f)
		}
	})

	t.Run("many series", func(t *testing.T) {
		for _, q := range []sources.Query{sources.PromQL{Expr: `{__name__=~".+"}`}, sources.Instant{Expr: `{__name__=~".+"}`}} {
			f := query(t, set, q, live(time.Minute))
			if len(f.Series) != 500 || len(f.Notes) != 1 || !strings.Contains(f.Notes[0], "more than 500 series") {
				t.Errorf("%T: %d series, notes %q", q, len(f.Series), f.Notes)
			}
		}
	})

	t.Run("native histograms", func(t *testing.T) {
		const expr = `http_server_request_duration_seconds{job="fraud-scorer"}`
		var f sources.Frame
		eventually(t, "an observation", func() bool {
			f = query(t, set, sources.Instant{Expr: expr}, live(time.Hour))
			return slices.ContainsFunc(f.Series, func(s sources.Series) bool { return s.Points[0].V > 0 })
		})
		ranged := query(t, set, sources.PromQL{Expr: expr}, live(time.Minute))
		for _, s := range slices.Concat(f.Series, ranged.Series) {
			if len(s.Buckets) != len(s.Points) {
				t.Fatalf("%s has %d buckets at %d points", s.Legend, len(s.Buckets), len(s.Points))
			}
			for i, buckets := range s.Buckets {
				sum := 0.0
				for j, b := range buckets {
					sum += b.Count
					if b.Low > b.High || j > 0 && b.Low < buckets[j-1].High {
						t.Fatalf("%s: bucket %d is %+v after %+v", s.Legend, j, b, buckets[j-1])
					}
				}
				if sum != s.Points[i].V {
					t.Errorf("%s: the buckets hold %v of %v", s.Legend, sum, s.Points[i].V)
				}
			}
		}
		if got := values(`histogram_quantile(0.5, sum(http_server_request_duration_seconds))`); len(got) != 1 || !(got[0] > 0) {
			t.Errorf("median %v", got)
		}
	})

	t.Run("rules", func(t *testing.T) {
		var f sources.Frame
		eventually(t, "the Watchdog to fire", func() bool {
			f = query(t, set, sources.Rules{}, live(time.Hour))
			return slices.ContainsFunc(f.Rules, func(r sources.Rule) bool { return r.Name == "Watchdog" && r.State == "firing" })
		})
		alerting, recording, lasting := 0, 0, 0
		for _, r := range f.Rules {
			if r.Name == "" || r.Query == "" || r.Group == "" || r.File == "" || r.Interval <= 0 || r.EvaluatedAt.IsZero() != (r.Health == "unknown") {
				t.Errorf("%+v", r)
			}
			if r.Health != "ok" && r.Health != "unknown" {
				t.Errorf("%s is %s: %s", r.Name, r.Health, r.LastError)
			}
			if r.KeepFiringFor > 0 {
				lasting++
			}
			if !r.Alerting {
				recording++
				continue
			}
			if alerting++; r.State == "" || r.Annotations["summary"] == "" {
				t.Errorf("%+v", r)
			}
		}
		if alerting < 10 || recording < 10 || lasting == 0 {
			t.Errorf("%d alerting, %d recording rules, %d of them with keep_firing_for", alerting, recording, lasting)
		}
		watchdog := slices.IndexFunc(f.Rules, func(r sources.Rule) bool { return r.Name == "Watchdog" })
		if watchdog < 0 {
			t.Fatal("no Watchdog")
		}
		if a := f.Rules[watchdog].Alerts; len(a) != 1 || a[0].State != "firing" || a[0].ActiveAt.IsZero() || a[0].Value != 1 {
			t.Errorf("%+v", a)
		}
	})

	t.Run("targets", func(t *testing.T) {
		var f sources.Frame
		eventually(t, "all targets to be scraped", func() bool {
			f = query(t, set, sources.Targets{}, live(time.Hour))
			return !slices.ContainsFunc(f.Targets, func(t sources.Target) bool { return t.Health == "unknown" })
		})
		for _, g := range f.Targets {
			if g.Job == "" || g.Instance == "" || !strings.HasPrefix(g.URL, "http://") || g.Interval != 5*time.Second || g.LastScrape.IsZero() || g.Duration <= 0 || g.Health != "up" {
				t.Errorf("%+v", g)
			}
		}
		if !slices.IsSortedFunc(f.Targets, func(a, b sources.Target) int { return strings.Compare(a.Job, b.Job) }) {
			t.Error("not sorted")
		}
	})

	t.Run("names", func(t *testing.T) {
		jobs := query(t, set, sources.LabelValues{Label: "job"}, live(time.Hour)).Names
		if !slices.Contains(jobs, "fraud-scorer") || !slices.Contains(jobs, "prometheus") || !slices.IsSorted(jobs) {
			t.Errorf("%q", jobs)
		}
		if jobs := query(t, set, sources.LabelValues{Label: "job", Match: `up{job=~"fraud.*"}`}, live(time.Hour)).Names; !slices.Equal(jobs, []string{"fraud-scorer"}) {
			t.Errorf("%q", jobs)
		}
		for _, odd := range []string{"http.route", "a/b", "größe", `quo"te`} {
			if f := query(t, set, sources.LabelValues{Label: odd}, live(time.Hour)); !f.Empty() {
				t.Errorf("%s has values %q", odd, f.Names)
			}
		}
		if names := query(t, set, sources.LabelNames{}, live(time.Hour)).Names; !slices.Contains(names, "instance") || !slices.IsSorted(names) {
			t.Errorf("%q", names)
		}
		eventually(t, "an alert among the series", func() bool {
			return slices.Contains(query(t, set, sources.LabelNames{Match: "ALERTS"}, live(time.Hour)).Names, "alertname")
		})
		_, err := set.Query(t.Context(), sources.LabelValues{Label: "job", Match: "{"}, live(time.Hour))
		refused(t, err, sources.BadQuery, "values of label job", "parse error")
	})

	t.Run("metadata", func(t *testing.T) {
		f := query(t, set, sources.MetricMetadata{Name: "process_cpu_seconds_total"}, live(time.Hour))
		if len(f.Metadata) == 0 || f.Metadata[0].Name != "process_cpu_seconds_total" || f.Metadata[0].Type != "counter" || f.Metadata[0].Help == "" {
			t.Errorf("%+v", f.Metadata)
		}
		all := query(t, set, sources.MetricMetadata{}, live(time.Hour)).Metadata
		if len(all) < 100 || !slices.IsSortedFunc(all, func(a, b sources.Metric) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("%d metrics, sorted or not", len(all))
		}
	})

	t.Run("exemplars", func(t *testing.T) {
		var f sources.Frame
		eventually(t, "a sampled trace", func() bool {
			f = query(t, set, sources.Exemplars{Expr: "http_server_request_duration_seconds_bucket"}, live(time.Hour))
			return len(f.Exemplars) > 1
		})
		for i, e := range f.Exemplars {
			if len(e.TraceID()) != 32 || e.Series["job"] == "" || e.Point.V <= 0 || i > 0 && e.Point.T < f.Exemplars[i-1].Point.T {
				t.Errorf("%+v", e)
			}
		}
	})

	t.Run("status", func(t *testing.T) {
		s := query(t, set, sources.PrometheusStatus{}, live(time.Hour)).Status
		if s.Health != "ready" || s.Time.IsZero() || time.Since(s.Time).Abs() > time.Minute || len(s.Features) == 0 {
			t.Errorf("%+v", s)
		}
		if keys := slices.Sorted(maps.Keys(s.Features)); !slices.ContainsFunc(keys, func(k string) bool { return strings.HasPrefix(k, "promql_functions.") }) {
			t.Errorf("features are %q", keys)
		}
	})

	t.Run("refusals", func(t *testing.T) {
		w := live(time.Hour)
		tiny := sources.Window{Start: w.End.Add(-24 * time.Hour), End: w.End, Step: time.Second}
		for _, tt := range []struct {
			q    sources.Query
			w    sources.Window
			says []string
		}{
			{sources.PromQL{Expr: "sum(up"}, w, []string{"range query: 400 bad request", "parse error", "unclosed left parenthesis"}},
			{sources.Instant{Expr: "nope(up)"}, w, []string{"query: 400 bad request", `unknown function with name "nope"`}},
			{sources.Instant{Expr: `up * on (job) group_left () scrape_duration_seconds * on () up`}, w, []string{"422 unprocessable entity", "many-to-many matching not allowed"}},
			{sources.PromQL{Expr: "up"}, tiny, []string{"exceeded maximum resolution of 11,000 points"}},
			{sources.PromQL{Expr: "up[5m]"}, w, []string{"invalid expression type"}},
			{sources.PromQL{Expr: "up"}, sources.Window{}, []string{"no step"}},
			{sources.Exemplars{Expr: "{"}, w, []string{"exemplars", "parse error"}},
		} {
			_, err := set.Query(t.Context(), tt.q, tt.w)
			refused(t, err, sources.BadQuery, tt.says...)
		}
	})

	t.Run("path prefix", func(t *testing.T) {
		_, err := open(t, "prometheus", sources.Options{URL: url + "/prom/"}).Query(t.Context(), sources.Instant{Expr: "up"}, live(time.Hour))
		refused(t, err, sources.NotThis, "404")
	})

	t.Run("read-only", func(t *testing.T) {
		set := open(t, "prometheus", sources.Options{URL: url, ReadOnly: true})
		for _, q := range []sources.Query{
			sources.PromQL{Expr: "up"}, sources.Instant{Expr: "up"}, sources.Rules{}, sources.Targets{}, sources.LabelValues{Label: "job"},
			sources.LabelNames{}, sources.MetricMetadata{}, sources.Exemplars{Expr: "up"}, sources.PrometheusStatus{},
		} {
			query(t, set, q, live(time.Hour))
		}
	})
}
