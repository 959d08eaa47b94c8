package service

import "sync"

// maxHeld bounds the lines that wait: more than the longest fault writes.
const maxHeld = 1 << 15

// pipeline is the way of the log lines out of this process. While it is stalled
// they wait, and those beyond a bound are lost. It is safe for concurrent use.
type pipeline struct {
	out func([]byte) // must not be nil when something is written

	mu      sync.Mutex
	stalled bool
	held    [][]byte
}

func (p *pipeline) write(doc []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.stalled:
		p.out(doc)
	case len(p.held) < maxHeld:
		p.held = append(p.held, doc)
	}
}

// stall stops the way, or opens it and lets out what waited.
func (p *pipeline) stall(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled = on
	if on {
		return
	}
	for _, doc := range p.held {
		p.out(doc)
	}
	p.held = nil
}
