// Package promserver runs a real Prometheus inside this process: TSDB, scrape,
// rules, notifications and the stock HTTP API, configured by an ordinary
// prometheus.yml.
//
// It leaves out what a server without flags, a user interface or a cloud has no
// use for: agent mode, remote write and read, tracing, and every service
// discovery but static_configs, file_sd_configs and http_sd_configs. Only the
// demo and tests may import it: it costs a minute of compile time.
package promserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/util/features"
	"github.com/prometheus/prometheus/web"
)

// Version is what the server calls itself: the release that module v0.316.0 is.
const Version = "3.16.0"

// Options says what one server reads, where it writes and where it listens.
type Options struct {
	ConfigFile string       // an ordinary prometheus.yml
	DataDir    string       // TSDB directory, made when it is missing
	Listener   net.Listener // taken over: closed by Stop, and by a Start that fails
	Logger     *slog.Logger // nil discards
}

// Server is a running Prometheus. Its methods are safe for concurrent use.
type Server struct {
	opts     Options
	log      *slog.Logger
	url      *url.URL
	registry *prometheus.Registry
	features features.Collector
	parser   parser.Parser

	store    *store
	engine   *promql.Engine
	tracker  *promql.ActiveQueryTracker
	listener *listener
	managers *managers
	web      *web.Handler
	loaded   *loadMetrics

	retention model.Duration // 0 is for ever
	subquery  atomic.Int64   // default step of a subquery, in milliseconds

	reloading sync.Mutex
	undo      []func() // releases what was built, last first
	running   sync.WaitGroup
	stop      sync.Once
	stopErr   error
}

// Start opens the storage, applies the configuration and serves the API. It
// returns once the server is ready, or with nothing left open.
func Start(o Options) (*Server, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		opts: o, log: o.Logger,
		url:      &url.URL{Scheme: "http", Host: o.Listener.Addr().String()},
		registry: prometheus.NewRegistry(),
		features: features.NewRegistry(),
		parser:   parser.NewParser(parser.Options{}),
	}
	s.listener = &listener{Listener: o.Listener}
	s.onStop(s.listener.drain)
	if err := s.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start prometheus on %s: %w", s.url.Host, err), s.Stop())
	}
	return s, nil
}

func (s *Server) start() error {
	conf, err := s.load()
	if err != nil {
		return err
	}
	s.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(),
	)
	s.loaded = newLoadMetrics(s.registry)
	if err := s.openStore(conf); err != nil {
		return err
	}
	if err := s.newEngine(); err != nil {
		return err
	}
	if err := s.newManagers(conf); err != nil {
		return err
	}
	s.newWeb()
	if err := s.apply(conf); err != nil {
		return err
	}
	s.run()
	s.web.SetReady(web.Ready)
	return nil
}

// run starts everything that has a loop. The order in which Stop undoes it is
// the one that cmd/prometheus interrupts in: discovery before scraping, rules
// before notifications, and the API late, so that it can say it is stopping.
func (s *Server) run() {
	ctx, cancel := context.WithCancel(context.Background())
	s.running.Go(func() { s.managers.notify.Run(s.managers.notifySD.SyncCh()) })
	s.onStop(s.managers.notify.Stop)
	s.running.Go(func() { _ = s.web.Run(ctx, []net.Listener{s.listener}, "") })
	s.onStop(cancel)
	s.running.Go(func() { _ = s.managers.scrape.Run(s.managers.scrapeSD.SyncCh()) })
	s.onStop(s.managers.scrape.Stop)
	s.running.Go(s.managers.rules.Run)
	s.onStop(s.managers.rules.Stop)
	s.running.Go(func() { _ = s.managers.scrapeSD.Run() })
	s.running.Go(func() { _ = s.managers.notifySD.Run() })
	s.onStop(s.managers.cancel)
	s.running.Go(func() { s.serveReloads(ctx) })
	s.onStop(func() { s.web.SetReady(web.Stopping) })
}

func (s *Server) newEngine() error {
	tracker, err := promql.NewActiveQueryTracker(s.opts.DataDir, 20, s.log.With("component", "active queries"))
	if err != nil {
		return fmt.Errorf("track active queries in %s: %w", s.opts.DataDir, err)
	}
	s.tracker = tracker
	s.engine = promql.NewEngine(promql.EngineOpts{
		Logger:                   s.log.With("component", "engine"),
		Reg:                      s.registry,
		MaxSamples:               50_000_000,
		Timeout:                  queryTimeout,
		ActiveQueryTracker:       tracker,
		LookbackDelta:            lookback,
		NoStepSubqueryIntervalFn: func(int64) int64 { return s.subquery.Load() },
		EnableAtModifier:         true,
		EnableNegativeOffset:     true,
		FeatureRegistry:          s.features,
		Parser:                   s.parser,
	})
	return nil
}

const (
	lookback     = 5 * time.Minute
	queryTimeout = 2 * time.Minute
)

// load reads the configuration and its rule files, refuses what this server
// would otherwise ignore, and keeps exemplars when the file does not say how
// many.
func (s *Server) load() (*config.Config, error) {
	conf, err := config.LoadFile(s.opts.ConfigFile, false, s.log)
	if err != nil {
		return nil, err
	}
	if len(conf.RemoteWriteConfigs)+len(conf.RemoteReadConfigs) > 0 {
		return nil, fmt.Errorf("%s: remote_write and remote_read are not part of the embedded server", s.opts.ConfigFile)
	}
	if err := rules.ParseFiles(conf.RuleFiles, conf.GlobalConfig.MetricNameValidationScheme, s.parser, s.log); err != nil {
		return nil, fmt.Errorf("rule files of %s: %w", s.opts.ConfigFile, err)
	}
	if conf.StorageConfig.ExemplarsConfig == nil {
		keep := config.DefaultExemplarsConfig
		conf.StorageConfig.ExemplarsConfig = &keep
	}
	return conf, nil
}

// URL is the base address of the API, without a trailing slash.
func (s *Server) URL() string { return s.url.String() }

// Reload reads the configuration and the rule files again. When they are bad
// the server goes on with what it has.
func (s *Server) Reload() error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	conf, err := s.load()
	if err == nil {
		err = s.apply(conf)
	}
	if err != nil {
		s.loaded.failed()
		return fmt.Errorf("reload prometheus: %w", err)
	}
	return nil
}

// Stop ends the server and waits until its goroutines and its listener are
// gone. Calls after the first return the same error.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		for i := len(s.undo) - 1; i >= 0; i-- {
			s.undo[i]()
		}
		s.running.Wait()
		if s.tracker != nil {
			s.stopErr = errors.Join(s.stopErr, s.tracker.Close())
		}
		if s.store != nil {
			s.stopErr = errors.Join(s.stopErr, s.store.db.Close())
		}
	})
	return s.stopErr
}

func (s *Server) onStop(f func()) { s.undo = append(s.undo, f) }
