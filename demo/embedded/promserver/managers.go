package promserver

import (
	"context"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	_ "github.com/prometheus/prometheus/discovery/file" // file_sd_configs
	_ "github.com/prometheus/prometheus/discovery/http" // http_sd_configs
	"github.com/prometheus/prometheus/notifier"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/util/logging"
)

// managers are the parts that work on their own: who finds targets, who scrapes
// them, who evaluates and who notifies.
type managers struct {
	scrapeSD *discovery.Manager
	notifySD *discovery.Manager
	scrape   *scrape.Manager
	notify   *notifier.Manager
	rules    *rules.Manager
	cancel   context.CancelFunc // of both discoveries
}

func (s *Server) newManagers(conf *config.Config) error {
	ctx, cancel := context.WithCancel(context.Background())
	s.onStop(cancel)
	sd, err := discovery.CreateAndRegisterSDMetrics(s.registry)
	if err != nil {
		return err
	}
	discover := func(name string) *discovery.Manager {
		return discovery.NewManager(ctx, s.log.With("component", "discovery "+name), s.registry, sd,
			discovery.Name(name), discovery.FeatureRegistry(s.features))
	}
	scraper, err := scrape.NewManager(&scrape.Options{
		DiscoveryReloadInterval: model.Duration(time.Second),
		// Targets are known at once, and somebody is waiting for the first frame.
		DiscoveryReloadOnStartup: true,
		ParseST:                  true,
		FeatureRegistry:          s.features,
	}, s.log.With("component", "scrape"), logging.NewJSONFileLogger, nil, s.store, s.registry)
	if err != nil {
		return err
	}
	notify := notifier.NewManager(&notifier.Options{
		QueueCapacity:   10000,
		DrainOnShutdown: true,
		MaxBatchSize:    notifier.DefaultMaxBatchSize,
		Registerer:      s.registry,
	}, conf.GlobalConfig.MetricNameValidationScheme, s.log.With("component", "notifier"))
	s.managers = &managers{
		scrapeSD: discover("scrape"), notifySD: discover("notify"),
		scrape: scraper, notify: notify, rules: s.newRules(conf, notify), cancel: cancel,
	}
	return nil
}

// newRules takes the timings that cmd/prometheus has as flag defaults.
func (s *Server) newRules(conf *config.Config, notify *notifier.Manager) *rules.Manager {
	offset := time.Duration(conf.GlobalConfig.RuleQueryOffset)
	return rules.NewManager(&rules.ManagerOptions{
		NameValidationScheme:   conf.GlobalConfig.MetricNameValidationScheme,
		AppendableV2:           s.store,
		Queryable:              s.store,
		QueryFunc:              rules.EngineQueryFunc(s.engine, s.store),
		NotifyFunc:             rules.SendAlerts(notify, s.url.String()),
		Context:                context.Background(),
		ExternalURL:            s.url,
		Registerer:             s.registry,
		Logger:                 s.log.With("component", "rules"),
		OutageTolerance:        time.Hour,
		ForGracePeriod:         10 * time.Minute,
		ResendDelay:            time.Minute,
		MaxConcurrentEvals:     4,
		DefaultRuleQueryOffset: func() time.Duration { return offset },
		FeatureRegistry:        s.features,
		Parser:                 s.parser,
	})
}
