package service

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// most is the share of a core that burning takes at most: the servers beside
// it have to go on measuring.
const most = .92

// burn keeps the processors of this machine busy while cpu-burn is active.
func (d *Demo) burn(ctx context.Context) {
	var cores sync.WaitGroup
	defer cores.Wait()
	for sleep(ctx, time.Second) == nil {
		if d.chaos.Level("cpu-burn") == 0 {
			continue
		}
		for range runtime.NumCPU() {
			cores.Go(func() { d.spin(ctx) })
		}
		cores.Wait()
	}
}

// slice is how long a core is busy and idle in turn.
const slice = 20 * time.Millisecond

// spin keeps one core busy, as far as the fault asks for, until it ends.
func (d *Demo) spin(ctx context.Context) {
	for x := uint64(1); ; {
		level := d.chaos.Level("cpu-burn")
		if level == 0 {
			return
		}
		busy := time.Duration(min(level, most) * float64(slice))
		for began := time.Now(); time.Since(began) < busy; {
			for range 2000 {
				x ^= x << 13
				x ^= x >> 7
				x ^= x << 17
			}
		}
		if sleep(ctx, slice-busy) != nil {
			return
		}
	}
}
