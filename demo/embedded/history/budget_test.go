package history_test

import (
	"math"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/prometheus/model/labels"

	"firewatch/demo/embedded/history"
	"firewatch/stack"
)

// TestBudgetWeighsTime has the stack's own rules judge a past that is recorded
// ever more densely, with errors both where it is thin and where it is dense.
// All of it lies within six hours, so the ratio over the period must be the
// ratio over six hours.
func TestBudgetWeighsTime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "rules")
	if _, err := stack.WriteRules(dir); err != nil {
		t.Fatal(err)
	}
	reg := prometheus.NewRegistry()
	took := promauto.With(reg).NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_server_request_duration_seconds", Help: "Time taken.", Buckets: []float64{.1, .25, 1},
	}, []string{"http_route", "http_response_status_code"})
	answer := func(status int, seconds float64, n int) {
		series := took.WithLabelValues("/predict", strconv.Itoa(status))
		for range n {
			series.Observe(seconds)
		}
	}
	for _, status := range []int{200, 500} {
		answer(status, .01, 0)
	}
	target := &history.Target{Labels: labels.FromStrings("service", "fraud-scorer"), Metrics: reg}
	r := recorder(t)
	const rate, length = 20, 5*time.Hour + 30*time.Minute
	thin, dense := start.Add(4*time.Hour), start.Add(5*time.Hour)
	spans := []history.Span{
		{Start: start, End: thin, Step: 30 * time.Second},
		{Start: thin.Add(10 * time.Second), End: dense, Step: 10 * time.Second},
		{Start: dense.Add(5 * time.Second), End: start.Add(length), Step: 5 * time.Second},
	}
	burst := func(now, from time.Time, lasts time.Duration) bool {
		return now.After(from) && !now.After(from.Add(lasts))
	}
	for _, span := range spans {
		for now := span.Start; !now.After(span.End); now = now.Add(span.Step) {
			n := rate * int(span.Step/time.Second)
			bad := 0
			switch {
			case burst(now, start.Add(time.Hour), time.Minute), burst(now, dense.Add(10*time.Minute), 3*time.Minute):
				bad = n / 2
			}
			answer(500, .01, bad)
			answer(200, .01, (n-bad)*9/10)
			answer(200, .5, (n-bad)/10)
			if err := r.Scrape(t.Context(), now, []*history.Target{target}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := r.Evaluate(t.Context(), filepath.Join(dir, "slo.yml"), spans); err != nil {
		t.Fatal(err)
	}
	end := start.Add(length)
	at := func(expr string) float64 {
		t.Helper()
		m := matrix(t, r, expr, end, end, time.Second)
		if len(m) != 1 {
			t.Fatalf("%s gives %v", expr, m)
		}
		return m[0].Floats[0].F
	}
	for slo, want := range map[string]float64{
		"availability": float64(30+90) / length.Seconds(),
		"latency":      .1,
	} {
		for _, window := range []string{"6h", "30d"} {
			got := at(`slo:sli_error:ratio_rate` + window + `{sloth_slo="` + slo + `"}`)
			if math.Abs(got-want) > .05*want {
				t.Errorf("%s over %s is %v, want %v", slo, window, got, want)
			}
		}
	}
	if got, want := at(`slo:period_coverage:ratio{sloth_slo="availability"}`), length.Hours()/24/30; math.Abs(got-want) > .05*want {
		t.Errorf("the data covers %v of the period, want %v", got, want)
	}
}
