package sources

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// call is what one query asks for and what it takes; it travels in the context,
// because client libraries lie between a source and its transport. Its methods
// are safe for concurrent use, as peers are asked at once.
type call struct {
	// what is attempted, in words that begin an error.
	what string
	// draft stops before anything is written.
	draft bool

	mu   sync.Mutex
	cost Cost
	date time.Time
	head []byte
}

type callKey struct{}

// begin makes the call of one query.
func begin(ctx context.Context, what string) (context.Context, *call) {
	c := &call{what: what}
	return context.WithValue(ctx, callKey{}, c), c
}

func callOf(req *http.Request) *call {
	if c, ok := req.Context().Value(callKey{}).(*call); ok {
		return c
	}
	return &call{what: req.Method + " " + req.URL.Path}
}

// took adds to the cost, and keeps the first bytes of the newest answer.
func (c *call) took(requests int, read []byte, date time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if requests > 0 {
		c.head = c.head[:0]
	}
	c.cost.Requests += requests
	c.cost.Bytes += len(read)
	if !date.IsZero() {
		c.date = date
	}
	c.head = append(c.head, read[:min(len(read), maxHead-len(c.head))]...)
}

// spent is the cost so far, with the samples that the caller decoded.
func (c *call) spent(samples int) Cost {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cost.Samples = samples
	return c.cost
}

// include adds what another call took, as one of several that make up this one.
func (c *call) include(o *call) {
	o.mu.Lock()
	cost, date, head := o.cost, o.date, o.head
	o.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cost.Requests += cost.Requests
	c.cost.Bytes += cost.Bytes
	if !date.IsZero() {
		c.date = date
	}
	c.head = head
}

// clock is the server's time at its last answer, zero when it did not say.
func (c *call) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.date
}

// began is how the last answer began.
func (c *call) began() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.head)
}
