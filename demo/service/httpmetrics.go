package service

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// endpoint is one route a server answers, and the statuses it can answer
// with: their series exist, at 0, before the first request.
type endpoint struct {
	method, route string
	statuses      []int
}

// httpMetrics are the server metrics of the stable OpenTelemetry convention,
// as classic and native histogram.
type httpMetrics struct {
	duration *prometheus.HistogramVec
	active   prometheus.Gauge
	known    map[httpSeries]prometheus.Observer
}

type httpSeries struct {
	method, route string
	status        int
}

// secondsBuckets are the boundaries the convention recommends for durations.
var secondsBuckets = []float64{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10}

func newHTTPMetrics(reg prometheus.Registerer, endpoints []endpoint) *httpMetrics {
	m := &httpMetrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_server_request_duration_seconds", Help: "Duration of HTTP server requests.",
			Buckets: secondsBuckets, NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100,
		}, []string{"http_request_method", "http_route", "http_response_status_code"}),
		active: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "http_server_active_requests", Help: "Number of HTTP server requests under way.",
		}),
		known: map[httpSeries]prometheus.Observer{},
	}
	reg.MustRegister(m.duration, m.active)
	for _, e := range endpoints {
		for _, s := range e.statuses {
			m.known[httpSeries{e.method, e.route, s}] = m.duration.WithLabelValues(e.method, e.route, strconv.Itoa(s))
		}
	}
	return m
}

// observe counts one answered request. Exemplar is nil when its trace was not
// sampled.
func (m *httpMetrics) observe(method, route string, status int, took time.Duration, exemplar prometheus.Labels) {
	o, ok := m.known[httpSeries{method, route, status}]
	if !ok {
		o = m.duration.WithLabelValues(method, route, strconv.Itoa(status))
	}
	observe(o, took.Seconds(), exemplar)
}

func observe(o prometheus.Observer, v float64, exemplar prometheus.Labels) {
	if exemplar == nil {
		o.Observe(v)
		return
	}
	o.(prometheus.ExemplarObserver).ObserveWithExemplar(v, exemplar)
}
