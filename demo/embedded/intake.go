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
// come when the queue is full are lost.
type intake struct {
	lines chan []byte
	done  sync.WaitGroup
	once  sync.Once
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
	select {
	case in.lines <- line:
	default:
	}
}

// close waits until all that is queued is stored. Nothing may be added after.
func (in *intake) close() {
	in.once.Do(func() { close(in.lines) })
	in.done.Wait()
}
