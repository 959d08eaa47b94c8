package embedded

import (
	"context"
	"errors"
	"net/http"
	"os"
	"sync"
	"time"

	"firewatch/demo/service"
)

// outages are the faults that break the servers around the service. A fault is
// told of while somebody waits for an answer, and stopping a server takes
// seconds, so they are acted on by a goroutine that brings what is into line with
// what is wanted. It is safe for concurrent use.
type outages struct {
	kinds []outage
	wake  chan struct{}
	quit  chan struct{}
	done  sync.WaitGroup

	mu     sync.Mutex
	wanted map[string]bool
}

// outage is one fault and how it is begun and ended.
type outage struct {
	fault      string
	begin, end func() error
}

func (s *Stack) newOutages() *outages {
	o := &outages{wake: make(chan struct{}, 1), quit: make(chan struct{}), wanted: map[string]bool{}}
	o.kinds = []outage{
		{"alertmanager-stop", s.StopAlertmanager, s.StartAlertmanager},
		{"rule-broken", s.breakRules, s.mendRules},
		{"alertmanager-config-broken", s.breakAlertmanager, s.mendAlertmanager},
		{"version-skew", s.startReplica, s.stopReplica},
	}
	active := make([]bool, len(o.kinds))
	o.done.Go(func() {
		for {
			select {
			case <-o.quit:
				return
			case <-o.wake:
			}
			for i, kind := range o.kinds {
				o.mu.Lock()
				on := o.wanted[kind.fault]
				o.mu.Unlock()
				if on == active[i] {
					continue
				}
				active[i] = on
				step := kind.end
				if on {
					step = kind.begin
				}
				if err := step(); err != nil && !errors.Is(err, errStopped) {
					s.opts.Logger.Warn("a fault does not do what it should", "fault", kind.fault, "on", on, "err", err)
				}
			}
		}
	})
	return o
}

// set tells of a fault that starts or ends. Those that break something else it
// ignores.
func (o *outages) set(fault string, on bool) {
	o.mu.Lock()
	o.wanted[fault] = on
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// close leaves everything as it is and returns when nothing more is changed.
func (o *outages) close() {
	close(o.quit)
	o.done.Wait()
}

// The rules are broken by a file of their own, which the next start must not find.
func (s *Stack) brokenRules() string { return s.path("rules", "broken.yml") }

func (s *Stack) breakRules() error {
	const text = "groups:\n  - name: broken\n    rules:\n      - alert: Broken\n        expr: 'sum(up'\n"
	if err := os.WriteFile(s.brokenRules(), []byte(text), 0o644); err != nil {
		return err
	}
	if s.reloadPrometheus() == nil {
		return errors.New("prometheus takes a rule that cannot be parsed")
	}
	return nil
}

func (s *Stack) mendRules() error {
	if err := os.Remove(s.brokenRules()); err != nil {
		return err
	}
	return s.reloadPrometheus()
}

func (s *Stack) breakAlertmanager() error {
	text, err := os.ReadFile(s.path("alertmanager.yml"))
	if err != nil {
		return err
	}
	s.sound = text
	const broken = "route: {receiver: nowhere}\nreceivers: [{name: somewhere}]\n"
	if err := os.WriteFile(s.path("alertmanager.yml"), []byte(broken), 0o644); err != nil {
		return err
	}
	if s.reloadAlertmanager() == nil {
		return errors.New("alertmanager takes a route to nowhere")
	}
	return nil
}

func (s *Stack) mendAlertmanager() error {
	if err := os.WriteFile(s.path("alertmanager.yml"), s.sound, 0o644); err != nil {
		return err
	}
	return s.reloadAlertmanager()
}

func (s *Stack) reloadPrometheus() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.prometheus == nil { // it reads what there is when it is started
		return errStopped
	}
	return s.prometheus.Reload()
}

func (s *Stack) reloadAlertmanager() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.alertmanager == nil {
		return errStopped
	}
	return s.alertmanager.Reload()
}

// replica is a second scorer, there for as long as versions are to differ.
type replica struct {
	demo    *service.Demo
	address string
	server  *http.Server
	done    sync.WaitGroup
}

// startReplica starts a second scorer, has half of the calls go to it and
// Prometheus scrape it. It follows the faults of the first one, among them the
// one that makes it load another version.
func (s *Stack) startReplica() error {
	options := s.serviceOptions()
	options.Roles, options.Node, options.Follow = []string{"serve"}, "demo-2", s.URLs.Service
	demo, err := service.New(options)
	if err != nil {
		return err
	}
	l, err := listen(Port{})
	if err != nil {
		return err
	}
	r := &replica{
		demo: demo, address: l.Addr().String(),
		server: &http.Server{Handler: demo.Roles()[0].Handler, ReadHeaderTimeout: 10 * time.Second},
	}
	r.done.Go(func() { _ = r.server.Serve(l) })
	s.replica = r
	if err := demo.Start(context.Background(), map[string]string{"featurestore": s.URLs.FeatureStore}); err != nil {
		return err
	}
	s.service.CallAlso(r.address)
	return s.rescrape()
}

// stopReplica takes the second scorer out of everything before it ends it, so
// that no scrape fails. When there is none there is nothing to do.
func (s *Stack) stopReplica() error {
	r := s.replica
	if r == nil {
		return nil
	}
	s.replica = nil
	s.service.CallAlso()
	err := s.rescrape()
	ctx, cancel := context.WithTimeout(context.Background(), shutdown)
	defer cancel()
	if r.server.Shutdown(ctx) != nil {
		_ = r.server.Close()
	}
	r.demo.Stop()
	r.done.Wait()
	return err
}

// rescrape has Prometheus scrape the targets that there are.
func (s *Stack) rescrape() error {
	if err := s.writePrometheus(); err != nil {
		return err
	}
	return s.reloadPrometheus()
}
