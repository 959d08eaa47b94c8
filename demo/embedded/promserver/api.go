package promserver

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/grafana/regexp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/util/notifications"
	"github.com/prometheus/prometheus/web"
)

// newWeb makes the stock API over the parts made before it. There is no user
// interface, only a page that says so.
func (s *Server) newWeb() {
	ctx, cancel := context.WithCancel(context.Background())
	s.onStop(cancel)
	notes := notifications.NewNotifications(16, s.registry)
	s.web = s.bindMetrics(&web.Options{
		Context:                    ctx,
		TSDBRetentionDuration:      s.retention,
		TSDBDir:                    s.opts.DataDir,
		LocalStorage:               s.store,
		Storage:                    s.store,
		ExemplarStorage:            s.store,
		QueryEngine:                s.engine,
		LookbackDelta:              lookback,
		QueryTimeout:               queryTimeout,
		ScrapeManager:              s.managers.scrape,
		RuleManager:                s.managers.rules,
		Notifier:                   s.managers.notify,
		Version:                    &web.PrometheusVersion{Version: Version, GoVersion: runtime.Version()},
		NotificationsGetter:        notes.Get,
		NotificationsSub:           notes.Sub,
		Flags:                      s.flags(),
		ListenAddresses:            []string{s.url.Host},
		CORSOrigin:                 regexp.MustCompile("^$"),
		ReadTimeout:                5 * time.Minute,
		MaxConnections:             512,
		ExternalURL:                s.url,
		RoutePrefix:                "/",
		EnableLifecycle:            true,
		AppName:                    "Prometheus Server",
		PageTitle:                  "Prometheus",
		RemoteReadSampleLimit:      5e7,
		RemoteReadConcurrencyLimit: 10,
		RemoteReadBytesInFrame:     1 << 20,
		Gatherer:                   s.registry,
		Registerer:                 s.registry,
		FeatureRegistry:            s.features,
		Parser:                     s.parser,
	})
}

func (s *Server) flags() map[string]string {
	return map[string]string{
		"config.file":                 s.opts.ConfigFile,
		"storage.tsdb.path":           s.opts.DataDir,
		"storage.tsdb.retention.time": s.retention.String(),
		"web.listen-address":          s.url.Host,
		"enable-feature":              "exemplar-storage,created-timestamp-zero-ingestion",
	}
}

// binding guards the default registry while bindMetrics borrows it.
var binding sync.Mutex

// bindMetrics makes the handler with its own /metrics. The handler serves the
// process's default registry and has no option for another, so the default is
// this server's for as long as the handler is made.
func (s *Server) bindMetrics(o *web.Options) *web.Handler {
	binding.Lock()
	defer binding.Unlock()
	reg, gather := prometheus.DefaultRegisterer, prometheus.DefaultGatherer
	defer func() { prometheus.DefaultRegisterer, prometheus.DefaultGatherer = reg, gather }()
	prometheus.DefaultRegisterer, prometheus.DefaultGatherer = s.registry, s.registry
	return web.New(s.log.With("component", "web"), o)
}
