package service

import (
	"context"
	"sync"
)

// workers are the model's workers and the bounded queue before them. It is
// safe for concurrent use.
type workers struct {
	mu       sync.Mutex
	busy     int
	waiting  []chan struct{}
	capacity int
}

const (
	workerCount   = 8
	queueCapacity = 32
)

// acquire waits for one of at most limit workers, first come, first served.
func (w *workers) acquire(ctx context.Context, limit int) error {
	w.mu.Lock()
	if w.busy < limit && len(w.waiting) == 0 {
		w.busy++
		w.mu.Unlock()
		return nil
	}
	if len(w.waiting) >= w.capacity {
		w.mu.Unlock()
		return errQueueFull
	}
	turn := make(chan struct{})
	w.waiting = append(w.waiting, turn)
	w.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		w.mu.Lock()
		defer w.mu.Unlock()
		for i, t := range w.waiting {
			if t == turn {
				w.waiting = append(w.waiting[:i], w.waiting[i+1:]...)
				return ctx.Err()
			}
		}
		w.busy-- // the turn had come at the same moment
		return ctx.Err()
	}
}

// release gives the worker back, to those who wait as far as the limit allows.
func (w *workers) release(limit int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy--
	for w.busy < limit && len(w.waiting) > 0 {
		w.busy++
		close(w.waiting[0])
		w.waiting = w.waiting[1:]
	}
}

func (w *workers) depth() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}
