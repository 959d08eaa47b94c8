package embedded

import (
	"log/slog"
	"sync"

	"firewatch/demo/logstore"
)

const (
	stream = "logs-mldemo.app-default"
	// queued is how many lines may wait: more than a history has.
	queued = 1 << 17
)

// intake takes the lines of the service to the log store. The service must not
// wait for a store that is busy with a search, so they queue, and those that
// come when the queue is full or closed are lost. It is safe for concurrent use.
type intake struct {
	lines chan []byte
	done  sync.WaitGroup

	mu     sync.RWMutex
	closed bool
}

func newIntake(to *logstore.Store, log *slog.Logger) *intake {
	in := &intake{lines: make(chan []byte, queued)}
	in.done.Go(func() {
		for line := range in.lines {
			if err := to.Add(stream, line); err != nil {
				log.Warn("the log store refuses a line", "err", err, "line", string(line))
			}
		}
	})
	return in
}

func (in *intake) add(line []byte) {
	in.mu.RLock()
	defer in.mu.RUnlock()
	if in.closed {
		return
	}
	select {
	case in.lines <- line:
	default:
	}
}

// close waits until all that is queued is stored. Calls after the first do
// nothing.
func (in *intake) close() {
	in.mu.Lock()
	if !in.closed {
		in.closed = true
		close(in.lines)
	}
	in.mu.Unlock()
	in.done.Wait()
}
