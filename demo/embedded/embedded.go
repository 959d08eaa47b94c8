// Package embedded runs the whole demo in this process, on loopback: Prometheus,
// Alertmanager, a log store, the metrics of this machine and the demo service,
// each a real server that anything may talk to. The demo command is made of it,
// and contract tests run against it; nothing else may import it.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"firewatch/demo/embedded/alertserver"
	"firewatch/demo/embedded/hostserver"
	"firewatch/demo/embedded/promserver"
	"firewatch/demo/logstore"
	"firewatch/demo/service"
)

// Options say what runs where. The zero value runs everything on free ports, in
// a temporary directory and without a history: what a test wants.
type Options struct {
	Ports Ports
	// Dir keeps metrics, silences and logs across runs. "" is a temporary
	// directory that Stop removes.
	Dir string
	// History is how much past to simulate, 0 none. A Dir that has metrics
	// already keeps them and gets none.
	History time.Duration
	Seed    uint64
	// Progress is told of each part that is ready and what it took; nil is not.
	Progress func(part string, took time.Duration)
	Logger   *slog.Logger // of the servers; nil discards
}

// URLs are the base addresses of the parts, without a trailing slash.
type URLs struct {
	Prometheus, Alertmanager, Elasticsearch string
	Service, FeatureStore, Hostsim, Sink    string
	Probe                                   string
	Jaeger                                  string // the trace store
	Node                                    string // "" on a system without collectors
}

// Stack is a running demo. Its methods are safe for concurrent use.
type Stack struct {
	URLs       URLs
	ConfigPath string // a configuration of the console for these servers
	Dir        string

	opts    Options
	service *service.Demo
	outages *outages
	replica *replica     // nil but for a while
	sound   []byte       // alertmanager.yml, while another one is in its place
	host    http.Handler // nil on a system without collectors
	logs    *logstore.Store
	intake  *intake
	spans   sdktrace.SpanProcessor
	sites   map[string]*site // by part
	client  http.Client

	mu           sync.Mutex
	prometheus   *promserver.Server
	alertmanager *alertserver.Server
	stopped      bool

	undo    []func() error // last first
	stop    sync.Once
	stopErr error
}

// Start starts everything and returns when all of it is ready, or with nothing
// left running. Ctx bounds the start, and the error wraps its own when it ends
// before; what runs, runs until Stop.
func Start(ctx context.Context, o Options) (*Stack, error) {
	if o.Progress == nil {
		o.Progress = func(string, time.Duration) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Stack{opts: o, sites: map[string]*site{}, client: http.Client{Transport: &http.Transport{}}}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start the demo: %w", err), s.Stop())
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context) error {
	steps := []struct {
		part string
		run  func(context.Context) error
	}{
		{part: "log store", run: s.openLogs},
		{part: "host metrics", run: s.openHost},
		{part: "trace store", run: s.openTraces},
		{part: "service", run: s.openService},
		{part: "configuration", run: s.configure},
		{part: "history", run: s.past},
		{part: "alertmanager " + alertserver.Version, run: func(context.Context) error { return s.StartAlertmanager() }},
		{part: "prometheus " + promserver.Version, run: func(context.Context) error { return s.StartPrometheus() }},
		{part: "traffic", run: s.live},
	}
	if err := s.makeDir(); err != nil {
		return err
	}
	if err := s.dropUnfinished(); err != nil {
		return err
	}
	for _, step := range steps {
		if step.part == "history" && !s.wantsPast() {
			continue
		}
		began := time.Now()
		err := step.run(ctx)
		if ctx.Err() != nil { // what the step says of that is of no interest
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		s.opts.Progress(step.part, time.Since(began))
	}
	return nil
}

func (s *Stack) openLogs(context.Context) (err error) {
	file := ""
	if s.opts.Dir != "" {
		file = s.logFile()
	}
	if s.logs, err = logstore.New(logstore.Options{File: file}); err != nil {
		return err
	}
	s.onStop(s.logs.Close)
	s.intake = newIntake(s.logs, s.opts.Logger)
	s.onStop(func() error { s.intake.close(); return nil })
	return nil
}

func (s *Stack) openHost(context.Context) (err error) {
	s.host, err = hostserver.New(s.opts.Logger.With("server", partNode))
	return err
}

func (s *Stack) openService(context.Context) (err error) {
	if err := os.Remove(s.brokenRules()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.outages = s.newOutages()
	options := s.serviceOptions()
	options.Chaos, options.OnFault, options.Newest = true, s.outages.set, s.newestHeartbeat
	if s.service, err = service.New(options); err != nil {
		s.outages.close()
		return err
	}
	s.onStop(func() error { s.service.Stop(); s.client.CloseIdleConnections(); return nil })
	s.onStop(func() error {
		s.outages.close()
		_ = s.stopReplica() // there is no Prometheus to tell of it
		return nil
	})
	return nil
}

// serviceOptions are those that every replica of the service has.
func (s *Stack) serviceOptions() service.Options {
	return service.Options{Seed: s.opts.Seed, Log: s.intake.add, Spans: s.spans}
}

// configure binds all addresses, so that each part can be told those of the
// others, and writes the configurations.
func (s *Stack) configure(context.Context) error {
	if err := s.bind(); err != nil {
		return err
	}
	return s.writeConfigs()
}

func (s *Stack) makeDir() (err error) {
	if s.opts.Dir == "" {
		if s.Dir, err = os.MkdirTemp("", "firewatch-demo-"); err != nil {
			return err
		}
		s.onStop(func() error { return os.RemoveAll(s.Dir) })
		return nil
	}
	if s.Dir, err = filepath.Abs(s.opts.Dir); err != nil {
		return err
	}
	return os.MkdirAll(s.Dir, 0o755)
}

// live lets the traffic of the service begin.
func (s *Stack) live(ctx context.Context) error {
	addresses := map[string]string{}
	for _, role := range s.service.Roles() {
		addresses[role.Name] = s.sites[role.Name].url()
	}
	return s.service.Start(context.WithoutCancel(ctx), addresses)
}

// Stop ends everything in the reverse order of its start and waits for it. Calls
// after the first return the same error.
func (s *Stack) Stop() error {
	s.stop.Do(func() {
		s.mu.Lock()
		s.stopped = true
		s.mu.Unlock()
		s.stopErr = errors.Join(s.StopPrometheus(), s.StopAlertmanager())
		for i := len(s.undo) - 1; i >= 0; i-- {
			s.stopErr = errors.Join(s.stopErr, s.undo[i]())
		}
	})
	return s.stopErr
}

func (s *Stack) onStop(f func() error) { s.undo = append(s.undo, f) }
