// Package hostserver exposes the metrics of the machine it runs on, gathered by
// the collectors of node_exporter used as a library.
package hostserver

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Version is the release of node_exporter that the collectors are from.
const Version = "1.12.1"

// New returns the handler of GET /metrics, or nil on a system that there are no
// collectors for. A nil logger discards; a collector that fails says so in its
// node_scrape_collector_success.
func New(log *slog.Logger) (http.Handler, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	reg := prometheus.NewRegistry()
	found, err := register(reg, log)
	if err != nil {
		return nil, fmt.Errorf("collect the metrics of this machine: %w", err)
	}
	if !found {
		return nil, nil
	}
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "node_exporter_build_info",
		Help:        "Constant 1, labelled with the version of the collectors.",
		ConstLabels: prometheus.Labels{"version": Version},
	}, func() float64 { return 1 }))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	return mux, nil
}
