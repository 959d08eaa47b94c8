package service

import "github.com/prometheus/client_golang/prometheus"

// callMetrics count what the callers see. The names are none of a server: rules
// must not take the calls of a client for more traffic.
type callMetrics struct {
	calls  *prometheus.CounterVec
	labels prometheus.Counter
}

func newCallMetrics(reg prometheus.Registerer) *callMetrics {
	m := &callMetrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "traffic_calls_total", Help: "Calls made, by what became of them.",
		}, []string{"route", "outcome"}),
		labels: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "traffic_labels_total", Help: "Ground truth sent and taken.",
		}),
	}
	reg.MustRegister(m.calls, m.labels)
	for _, route := range []string{"/predict", "/predict/batch", "/model", "/"} {
		for _, outcome := range []string{"answered", "failed", "given-up"} {
			m.calls.WithLabelValues(route, outcome)
		}
	}
	return m
}

func (m *callMetrics) count(c call, outcome string) { m.calls.WithLabelValues(c.route, outcome).Inc() }
