package service

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// probe measures the way of the logs from end to end: it writes a heartbeat
// line and looks for the newest one where logs are searched. It is safe for
// concurrent use.
type probe struct {
	clock   *clock
	journal *journal
	find    func(context.Context) (time.Time, error)

	mu     sync.Mutex
	newest time.Time // heartbeat found, or the start when none was
	beats  uint64
}

const (
	beatEvery = 10 * time.Second
	findEvery = 5 * time.Second
	// usualLag is what the history shows: nobody looked for lines then.
	usualLag = .4
)

// newProbe makes a probe whose find returns the timestamp of the newest
// heartbeat, or the zero time when there is none.
func newProbe(reg prometheus.Registerer, c *clock, j *journal, find func(context.Context) (time.Time, error)) *probe {
	p := &probe{clock: c, journal: j, find: find}
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "log_pipeline_lag_seconds", Help: "Age of the newest heartbeat line that can be found, less the time since it was written.",
	}, p.lag))
	return p
}

// lag is how far behind the log search is. It grows while nothing new can be
// found, whether the search fails or the line does not arrive.
func (p *probe) lag() float64 {
	if p.clock.simulated() {
		return usualLag
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.newest.IsZero() {
		return 0
	}
	return max(0, (p.clock.Now().Sub(p.newest) - beatEvery).Seconds())
}

// run writes heartbeats and looks for them until ctx ends.
func (p *probe) run(ctx context.Context) {
	p.mu.Lock()
	p.newest = p.clock.Now()
	p.mu.Unlock()
	for n := 0; ; n++ {
		if n%int(beatEvery/findEvery) == 0 {
			p.beat()
		}
		if sleep(ctx, findEvery) != nil {
			return
		}
		p.look(ctx)
	}
}

func (p *probe) beat() {
	p.mu.Lock()
	p.beats++
	n := p.beats
	p.mu.Unlock()
	p.journal.write(&line{
		Level: "debug", Message: fmt.Sprintf("heartbeat %d", n), Event: event{Dataset: app, Action: "heartbeat"},
		Service: origin{Name: "log-probe", Version: scorerOrigin.Version, Environment: "demo", Node: scorerOrigin.Node},
	})
}

func (p *probe) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, findEvery)
	defer cancel()
	at, err := p.find(ctx)
	if err != nil {
		return // the lag says it
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if at.After(p.newest) {
		p.newest = at
	}
}

// ServeHTTP answers that the probe runs; its figure is in /metrics.
func (p *probe) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"lag_seconds": p.lag()})
}
