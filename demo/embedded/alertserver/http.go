package alertserver

import (
	"fmt"
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/route"
)

// handler serves the API beside the pages that upstream serves around it.
func (s *Server) handler(m *metrics) http.Handler {
	r := route.New().WithInstrumentation(m.instrument)
	ok := func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "OK") }
	for _, path := range []string{"/-/ready", "/-/healthy"} {
		r.Get(path, ok)
		r.Head(path, ok)
	}
	r.Get("/metrics", promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{EnableOpenMetrics: true}).ServeHTTP)
	r.Post("/-/reload", func(w http.ResponseWriter, _ *http.Request) {
		if err := s.Reload(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	r.Get("/", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintln(w, "Alertmanager "+Version+", embedded: there is no user interface here, the API is at /api/v2/.")
	})
	return s.api.Register(r, "/")
}

// metrics are those that upstream's main package has for the process.
type metrics struct {
	requests                             *prometheus.HistogramVec
	receivers, integrations, inhibitions prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	gauge := func(name, help string) prometheus.Gauge {
		return f.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	gauge("alertmanager_cluster_enabled", "1 when several servers share their state; this one is alone.").Set(0)
	return &metrics{
		requests: f.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "alertmanager_http_request_duration_seconds",
			Help:    "How long requests took.",
			Buckets: prometheus.DefBuckets,
		}, []string{"handler", "method", "code"}),
		receivers:    gauge("alertmanager_receivers", "Receivers that a route names."),
		integrations: gauge("alertmanager_integrations", "Integrations of those receivers."),
		inhibitions:  gauge("alertmanager_inhibition_rules", "Inhibition rules."),
	}
}

func (m *metrics) instrument(name string, next http.HandlerFunc) http.HandlerFunc {
	return promhttp.InstrumentHandlerDuration(m.requests.MustCurryWith(prometheus.Labels{"handler": name}), next)
}

func buildInfo() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "alertmanager_build_info",
		Help:        "Constant 1, labelled with the version of the server.",
		ConstLabels: prometheus.Labels{"version": Version, "goversion": runtime.Version()},
	}, func() float64 { return 1 })
}
