package service

import (
	"sync"
	"time"
)

// activeUsers counts the distinct users of the last five minutes. It is safe for
// concurrent use.
type activeUsers struct {
	mu   sync.Mutex
	last map[string]time.Time
}

const maxUsers = 10_000

func (u *activeUsers) seen(id string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, known := u.last[id]; known || len(u.last) < maxUsers {
		u.last[id] = now
	}
}

func (u *activeUsers) active(now time.Time) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id, at := range u.last {
		if now.Sub(at) > 5*time.Minute {
			delete(u.last, id)
		}
	}
	return len(u.last)
}
