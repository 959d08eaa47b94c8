package promserver

import (
	"net"
	"sync"
	"time"
)

// drainTimeout bounds how long drain waits for handlers that were cut off.
const drainTimeout = 10 * time.Second

// listener knows the connections it accepted. The API's own shutdown does not
// wait for requests in flight, and one that outlives the storage would read
// from memory that is no longer mapped.
type listener struct {
	net.Listener
	mu     sync.Mutex
	open   map[*conn]struct{}
	served sync.WaitGroup
	closed bool
}

type conn struct {
	net.Conn
	from *listener
	once sync.Once
}

// Accept implements [net.Listener].
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = c.Close()
		return nil, net.ErrClosed
	}
	k := &conn{Conn: c, from: l}
	if l.open == nil {
		l.open = map[*conn]struct{}{}
	}
	l.open[k] = struct{}{}
	l.served.Add(1)
	return k, nil
}

// Close implements [net.Conn]. The HTTP server calls it when the last handler
// of the connection has returned.
func (c *conn) Close() error {
	c.once.Do(func() {
		c.from.mu.Lock()
		delete(c.from.open, c)
		c.from.mu.Unlock()
		c.from.served.Done()
	})
	return c.Conn.Close()
}

// drain stops listening, cuts the connections that are open, which cancels the
// requests on them, and waits for their handlers.
func (l *listener) drain() {
	_ = l.Close()
	l.mu.Lock()
	l.closed = true
	for c := range l.open {
		_ = c.Conn.Close()
	}
	l.mu.Unlock()
	done := make(chan struct{})
	go func() { l.served.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(drainTimeout):
	}
}
