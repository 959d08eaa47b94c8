package promserver

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
)

// apply hands a configuration to every part. Those that scrape and notify come
// before the discovery that feeds them.
func (s *Server) apply(conf *config.Config) error {
	m := s.managers
	parts := []func(*config.Config) error{
		s.store.db.ApplyConfig,
		s.web.ApplyConfig,
		m.scrape.ApplyConfig,
		s.applyTargets,
		m.notify.ApplyConfig,
		s.applyAlertmanagers,
		s.applyRules,
	}
	var errs error
	for _, apply := range parts {
		errs = errors.Join(errs, apply(conf))
	}
	if errs != nil {
		return errs
	}
	s.subquery.Store(time.Duration(conf.GlobalConfig.EvaluationInterval).Milliseconds())
	s.loaded.succeeded()
	return nil
}

func (s *Server) applyTargets(conf *config.Config) error {
	jobs, err := conf.GetScrapeConfigs()
	if err != nil {
		return err
	}
	found := map[string]discovery.Configs{}
	for _, j := range jobs {
		found[j.JobName] = j.ServiceDiscoveryConfigs
	}
	return s.managers.scrapeSD.ApplyConfig(found)
}

func (s *Server) applyAlertmanagers(conf *config.Config) error {
	found := map[string]discovery.Configs{}
	for name, am := range conf.AlertingConfig.AlertmanagerConfigs.ToMap() {
		found[name] = am.ServiceDiscoveryConfigs
	}
	return s.managers.notifySD.ApplyConfig(found)
}

func (s *Server) applyRules(conf *config.Config) error {
	var files []string
	for _, pattern := range conf.RuleFiles {
		matched, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		files = append(files, matched...)
	}
	global := conf.GlobalConfig
	return s.managers.rules.Update(time.Duration(global.EvaluationInterval), files, global.ExternalLabels, s.url.String(), nil)
}

// serveReloads answers POST /-/reload until the server stops.
func (s *Server) serveReloads(ctx context.Context) {
	for {
		select {
		case answer := <-s.web.Reload():
			answer <- s.Reload()
		case <-ctx.Done():
			return
		}
	}
}

// loadMetrics says whether the configuration on disk is the one in use: the
// alert on a failed reload reads them.
type loadMetrics struct{ ok, at prometheus.Gauge }

func newLoadMetrics(reg prometheus.Registerer) *loadMetrics {
	f := promauto.With(reg)
	return &loadMetrics{
		ok: f.NewGauge(prometheus.GaugeOpts{
			Name: "prometheus_config_last_reload_successful",
			Help: "Whether the configuration was read without an error the last time.",
		}),
		at: f.NewGauge(prometheus.GaugeOpts{
			Name: "prometheus_config_last_reload_success_timestamp_seconds",
			Help: "When the configuration was last read without an error.",
		}),
	}
}

func (m *loadMetrics) succeeded() { m.ok.Set(1); m.at.SetToCurrentTime() }
func (m *loadMetrics) failed()    { m.ok.Set(0) }

func buildInfo() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "prometheus_build_info",
		Help:        "Constant 1, labelled with the version of the server.",
		ConstLabels: prometheus.Labels{"version": Version, "goversion": runtime.Version()},
	}, func() float64 { return 1 })
}
