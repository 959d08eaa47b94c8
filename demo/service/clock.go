package service

import (
	"sync/atomic"
	"time"
)

// clock is the time everybody in the demo reads: the wall, or a moment of the
// simulated history while that is being written. It is safe for concurrent
// use.
type clock struct {
	wall func() time.Time
	sim  atomic.Pointer[time.Time]
}

// Now returns the current time.
func (c *clock) Now() time.Time {
	if t := c.sim.Load(); t != nil {
		return *t
	}
	return c.wall()
}

func (c *clock) set(t time.Time) { c.sim.Store(&t) }
func (c *clock) release()        { c.sim.Store(nil) }
func (c *clock) simulated() bool { return c.sim.Load() != nil }
