package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// Port is where a part listens. The zero value is any free port.
type Port struct {
	Number int
	Exact  bool // a Number that is taken is an error, not a reason to look for the next one
}

// Ports are the ports of the parts by name: "prometheus", "alertmanager",
// "elasticsearch", "jaeger", "node", "mail", and the names of the service's roles.
type Ports map[string]Port

// DefaultPorts returns the ports that the servers are known by.
func DefaultPorts() Ports {
	return Ports{
		partPrometheus:    {Number: 9090},
		partAlertmanager:  {Number: 9093},
		partElasticsearch: {Number: 9200},
		partJaeger:        {Number: 16686},
		partNode:          {Number: 9100},
		partMail:          {Number: 2525},
		"serve":           {Number: 5000},
		"featurestore":    {Number: 5001},
		"hostsim":         {Number: 9101},
		"probe":           {Number: 9102},
		"sink":            {Number: 9099},
	}
}

const (
	partPrometheus    = "prometheus"
	partAlertmanager  = "alertmanager"
	partElasticsearch = "elasticsearch"
	partNode          = "node"
	partMail          = "mail"
)

const (
	loopback = "127.0.0.1"
	tries    = 100             // ports looked at from a taken one on
	shutdown = 2 * time.Second // for requests in flight
)

// site is an address that a part has, from the start until Stop.
type site struct {
	address  string
	listener net.Listener // until a server takes it over
}

func (s *site) url() string { return "http://" + s.address }

// listen gives the listener to a server: the one that was bound at the start, or
// after that a new one on the same address.
func (s *site) listen() (net.Listener, error) {
	if l := s.listener; l != nil {
		s.listener = nil
		return l, nil
	}
	return net.Listen("tcp", s.address)
}

// bind opens the addresses of all parts, serves those that are ready at once,
// and notes the URLs.
func (s *Stack) bind() error {
	handlers := map[string]http.Handler{partElasticsearch: s.logs}
	for _, role := range s.service.Roles() {
		handlers[role.Name] = role.Handler
	}
	if s.host != nil {
		handlers[partNode] = s.host
	}
	for _, part := range []string{partPrometheus, partAlertmanager} {
		if _, err := s.open(part); err != nil {
			return err
		}
	}
	for part, handler := range handlers {
		l, err := s.open(part)
		if err != nil {
			return err
		}
		s.serve(l, handler)
	}
	mail, err := s.open(partMail)
	if err != nil {
		return err
	}
	s.serveMail(mail)
	url := func(part string) string {
		if at := s.sites[part]; at != nil {
			return at.url()
		}
		return ""
	}
	s.URLs = URLs{
		Prometheus: url(partPrometheus), Alertmanager: url(partAlertmanager), Elasticsearch: url(partElasticsearch),
		Service: url("serve"), FeatureStore: url("featurestore"), Hostsim: url("hostsim"), Sink: url("sink"), Node: url(partNode),
		Probe: url("probe"), Jaeger: url(partJaeger),
	}
	return nil
}

func (s *Stack) open(part string) (*site, error) {
	l, err := listen(s.opts.Ports[part])
	if err != nil {
		return nil, fmt.Errorf("listen for %s: %w", part, err)
	}
	at := &site{address: l.Addr().String(), listener: l}
	s.sites[part] = at
	s.onStop(func() error {
		if at.listener != nil {
			return at.listener.Close()
		}
		return nil
	})
	return at, nil
}

func listen(p Port) (net.Listener, error) {
	at := func(number int) (net.Listener, error) {
		return net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(number)))
	}
	l, err := at(p.Number)
	if p.Number == 0 {
		return l, err
	}
	if p.Exact {
		if errors.Is(err, syscall.EADDRINUSE) {
			err = fmt.Errorf("%w: name another port, or none to take the next free one", err)
		}
		return l, err
	}
	for next := p.Number + 1; errors.Is(err, syscall.EADDRINUSE) && next < p.Number+tries; next++ {
		l, err = at(next)
	}
	return l, err
}

// serveMail takes the mail of Alertmanager until Stop.
func (s *Stack) serveMail(at *site) {
	l := at.listener
	at.listener = nil
	done := make(chan struct{})
	go func() { defer close(done); _ = s.service.ServeSMTP(l) }()
	s.onStop(func() error {
		err := l.Close()
		<-done
		return err
	})
}

// serve answers HTTP on a site until Stop.
func (s *Stack) serve(at *site, h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	l := at.listener
	at.listener = nil
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	s.onStop(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), shutdown)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
		<-done
		return nil
	})
}
