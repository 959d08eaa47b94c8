// Package alertserver runs a real Alertmanager inside this process: routing,
// grouping, inhibition, silences, notifications and the HTTP API v2, configured
// by an ordinary alertmanager.yml.
//
// It leaves out clustering, tracing and the user interface, whose assets are
// not in the module; upstream's own app package does not compile without them.
// Only the demo and tests may import it.
package alertserver

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
	_ "time/tzdata" // time intervals name zones, which the system may have no files of

	"github.com/prometheus/alertmanager/api"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/marker"
	"github.com/prometheus/alertmanager/matcher/compat"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/version"
)

// Version is what the server calls itself.
const Version = "0.34.2"

const (
	retention   = 120 * time.Hour  // of silences that ended, and of notifications
	maintenance = 15 * time.Minute // between snapshots
	alertGC     = 30 * time.Minute
	shutdown    = 3 * time.Second // for requests in flight
)

// The status API and the matcher parser read these from package variables, so
// they are set once, before any server exists.
func init() {
	version.Version = Version
	compat.InitFromFlags(slog.New(slog.DiscardHandler), featurecontrol.NoopFlags{})
}

// Options says what one server reads, where it writes and where it listens.
type Options struct {
	ConfigFile string       // an ordinary alertmanager.yml
	DataDir    string       // snapshots of silences and notifications, made when it is missing
	Listener   net.Listener // taken over: closed by Stop, and by a Start that fails
	Logger     *slog.Logger // nil discards
}

// Server is a running Alertmanager. Its methods are safe for concurrent use.
type Server struct {
	opts     Options
	log      *slog.Logger
	url      *url.URL
	registry *prometheus.Registry

	alerts   *mem.Alerts
	silences *silence.Silences
	silencer *silence.Silencer
	sent     *nflog.Log
	groups   *groups
	api      *api.API
	conf     *config.Coordinator

	reloading sync.Mutex
	undo      []func() // releases what was built, last first
	stop      sync.Once
}

// Start applies the configuration and serves the API. It returns once the
// server is ready, or with nothing left open.
func Start(o Options) (*Server, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		opts: o, log: o.Logger,
		url:      &url.URL{Scheme: "http", Host: o.Listener.Addr().String()},
		registry: prometheus.NewRegistry(),
	}
	s.onStop(func() { _ = o.Listener.Close() })
	if err := s.start(); err != nil {
		s.Stop()
		return nil, fmt.Errorf("start alertmanager on %s: %w", s.url.Host, err)
	}
	return s, nil
}

func (s *Server) start() error {
	conf, err := config.LoadFile(s.opts.ConfigFile)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.opts.DataDir, 0o755); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	s.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(),
	)
	if err := s.openState(); err != nil {
		return err
	}
	m := newMetrics(s.registry)
	groupMarker := marker.NewGroupMarker()
	s.groups = newGroups(s, m, groupMarker)
	s.api, err = api.New(api.Options{
		Alerts:          s.alerts,
		Silences:        s.silences,
		GroupMutedFunc:  groupMarker.Muted,
		GroupFunc:       s.groups.list,
		Logger:          s.log.With("component", "api"),
		Registry:        s.registry,
		RequestDuration: m.requests,
	})
	if err != nil {
		return fmt.Errorf("make the API: %w", err)
	}
	s.conf = config.NewCoordinator(s.opts.ConfigFile, s.registry, s.log.With("component", "configuration"))
	s.conf.Subscribe(s.groups.apply)
	s.onStop(s.groups.stop)
	if err := s.conf.ApplyConfig(conf); err != nil {
		return err
	}
	s.serve(m)
	return nil
}

// openState opens what survives a configuration: silences, the log of
// notifications and the alerts themselves.
func (s *Server) openState() error {
	silences, sent := filepath.Join(s.opts.DataDir, "silences"), filepath.Join(s.opts.DataDir, "nflog")
	var err error
	s.sent, err = nflog.New(nflog.Options{
		SnapshotFile: sent, Retention: retention, Logger: s.log.With("component", "nflog"), Metrics: s.registry,
	})
	if err != nil {
		return fmt.Errorf("open the notification log %s: %w", sent, err)
	}
	s.silences, err = silence.New(silence.Options{
		SnapshotFile: silences, Retention: retention, Logger: s.log.With("component", "silences"), Metrics: s.registry,
		Limits: silence.Limits{MaxSilences: unlimited, MaxSilenceSizeBytes: unlimited},
	})
	if err != nil {
		return fmt.Errorf("open the silences %s: %w", silences, err)
	}
	quit := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() { s.sent.Maintenance(maintenance, sent, quit, nil) })
	running.Go(func() { s.silences.Maintenance(maintenance, silences, quit, nil) })
	s.onStop(func() { close(quit); running.Wait() })

	// The zero recorder records nothing.
	var events eventrecorder.Recorder
	s.silencer = silence.NewSilencer(s.silences, s.log, events)
	s.alerts, err = mem.NewAlerts(context.Background(), alertGC, 0, s.silencer, s.log, events, s.registry, featurecontrol.NoopFlags{})
	if err != nil {
		return fmt.Errorf("open the alert store: %w", err)
	}
	s.onStop(s.alerts.Close)
	return nil
}

func unlimited() int { return 0 }

// serve answers HTTP until Stop.
func (s *Server) serve(m *metrics) {
	server := &http.Server{Handler: s.handler(m), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(s.opts.Listener) }()
	s.onStop(func() {
		ctx, cancel := context.WithTimeout(context.Background(), shutdown)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
		<-done
	})
}

// URL is the base address of the API, without a trailing slash.
func (s *Server) URL() string { return s.url.String() }

// Reload reads the configuration again. When it is bad the server goes on with
// what it has.
func (s *Server) Reload() error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	if err := s.conf.Reload(); err != nil {
		return fmt.Errorf("reload alertmanager: %w", err)
	}
	return nil
}

// Stop drains the API, ends dispatching and writes silences and the
// notification log to the data directory. Calls after the first do nothing.
func (s *Server) Stop() {
	s.stop.Do(func() {
		for i := len(s.undo) - 1; i >= 0; i-- {
			s.undo[i]()
		}
	})
}

func (s *Server) onStop(f func()) { s.undo = append(s.undo, f) }
