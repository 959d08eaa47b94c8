package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"firewatch/demo/service"
)

// serveRole answers on the first listener, and takes mail on the second if there
// is one, until ctx ends or one of them fails.
func serveRole(ctx context.Context, demo *service.Demo, listeners []net.Listener) error {
	server := &http.Server{Handler: demo.Roles()[0].Handler, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 2)
	go func() { ended <- server.Serve(listeners[0]) }()
	if len(listeners) > 1 {
		go func() { ended <- demo.ServeSMTP(listeners[1]) }()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-ended:
	}
	closing, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if server.Shutdown(closing) != nil {
		_ = server.Close()
	}
	closeAll(listeners)
	return err
}

func listenAll(addresses []string) ([]net.Listener, error) {
	var listeners []net.Listener
	for _, at := range addresses {
		l, err := net.Listen("tcp", at)
		if err != nil {
			closeAll(listeners)
			if errors.Is(err, syscall.EADDRINUSE) {
				return nil, fmt.Errorf("listen on %s: somebody else does: stop that one, or name another address: %w", at, err)
			}
			return nil, fmt.Errorf("listen on %s, want an address such as :5000 or 127.0.0.1:0: %w", at, err)
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close()
	}
}

// reachable is an address as a client on this machine can use it.
func reachable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return a.String()
}

// healthcheck asks a URL whether it is well, for images that have nothing else to
// ask with.
func healthcheck(args []string) error {
	if len(args) != 1 {
		return misuse("want one URL: demo healthcheck http://127.0.0.1:5000/healthz")
	}
	if err := checkURL("", args[0]); err != nil {
		return err
	}
	client := http.Client{Timeout: 3 * time.Second}
	resp, err := client.Get(args[0])
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s answers %s", args[0], resp.Status)
	}
	return nil
}
