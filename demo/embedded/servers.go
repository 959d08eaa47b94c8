package embedded

import (
	"errors"

	"firewatch/demo/embedded/alertserver"
	"firewatch/demo/embedded/promserver"
)

var errStopped = errors.New("the demo is stopped")

// StartPrometheus starts Prometheus on the address and the data that it had, and
// returns when it is ready. When it runs there is nothing to do.
func (s *Stack) StartPrometheus() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.prometheus != nil {
		return nil
	}
	if s.stopped {
		return errStopped
	}
	l, err := s.sites[partPrometheus].listen()
	if err != nil {
		return err
	}
	s.prometheus, err = promserver.Start(promserver.Options{
		ConfigFile: s.path("prometheus.yml"), DataDir: s.path("prometheus"), Listener: l,
		Logger: s.opts.Logger.With("server", partPrometheus),
	})
	return err
}

// StopPrometheus stops Prometheus as an outage would, and waits until it is
// gone. The other parts go on.
func (s *Stack) StopPrometheus() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.prometheus == nil {
		return nil
	}
	err := s.prometheus.Stop()
	s.prometheus = nil
	return err
}

// StartAlertmanager starts Alertmanager on the address and the data that it had,
// and returns when it is ready. When it runs there is nothing to do.
func (s *Stack) StartAlertmanager() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.alertmanager != nil {
		return nil
	}
	if s.stopped {
		return errStopped
	}
	l, err := s.sites[partAlertmanager].listen()
	if err != nil {
		return err
	}
	s.alertmanager, err = alertserver.Start(alertserver.Options{
		ConfigFile: s.path("alertmanager.yml"), DataDir: s.path("alertmanager"), Listener: l,
		Logger: s.opts.Logger.With("server", partAlertmanager),
	})
	return err
}

// StopAlertmanager stops Alertmanager as an outage would, and waits until it is
// gone. The other parts go on.
func (s *Stack) StopAlertmanager() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.alertmanager != nil {
		s.alertmanager.Stop()
		s.alertmanager = nil
	}
	return nil
}
