package service

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// age knows since when the demo counts. It is safe for concurrent use.
type age struct {
	clock *clock

	mu    sync.Mutex
	born  time.Time // when counting began: with a history, its first moment
	alive time.Time // when the wall's time took over, zero until then
}

func (a *age) get() (born, alive time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.born, a.alive
}

// exposition is what a role shows: its own metrics and those of the process.
// While history is written the process is left out, since it has none.
//
// Counters that were written into the history carry its first moment as their
// creation time. Their true one, the start of the process, would have
// Prometheus put a zero between the history and the first scrape.
type exposition struct {
	own, process prometheus.Gatherer
	age          *age
}

// Gather implements [prometheus.Gatherer].
func (e *exposition) Gather() ([]*dto.MetricFamily, error) {
	families, err := e.own.Gather()
	if err != nil {
		return families, err
	}
	born, alive := e.age.get()
	created := timestamppb.New(born)
	for _, f := range families {
		for _, m := range f.Metric {
			var at **timestamppb.Timestamp
			switch {
			case m.Counter != nil:
				at = &m.Counter.CreatedTimestamp
			case m.Histogram != nil:
				at = &m.Histogram.CreatedTimestamp
			default:
				continue
			}
			if alive.IsZero() || *at == nil || (*at).AsTime().Before(alive) {
				*at = created
			}
		}
	}
	if e.age.clock.simulated() {
		return families, nil
	}
	more, err := e.process.Gather()
	return append(families, more...), err
}
