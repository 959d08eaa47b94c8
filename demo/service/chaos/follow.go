package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// maxList bounds what is read of a list of faults, in bytes.
const maxList = 1 << 20

// Fetch asks the controller that serves its faults at a base URL which are
// active.
func Fetch(ctx context.Context, client *http.Client, base string) ([]Active, error) {
	url := strings.TrimSuffix(base, "/") + "/-/chaos"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("ask for the active faults: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask for the active faults: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask %s for the active faults: %s", url, resp.Status)
	}
	var list struct{ Active []Active }
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxList)).Decode(&list); err != nil {
		return nil, fmt.Errorf("read the active faults of %s: %w", url, err)
	}
	return list.Active, nil
}

// Follow makes the faults that are active elsewhere those of this controller:
// it starts what is new and ends what is not on the list. Faults that it does
// not know, and any that are over or out of bounds, it leaves out. A fault ends
// at its time whether or not Follow is called again.
func (c *Controller) Follow(list []Active) {
	now := c.now()
	next := map[string]Active{}
	for _, a := range list {
		i := slices.IndexFunc(Faults, func(f Fault) bool { return f.Name == a.Fault })
		if i < 0 || !(a.Intensity > 0 && a.Intensity <= Faults[i].Max) || !now.Before(a.Until) || a.Until.Sub(now) > MaxDuration {
			continue
		}
		next[a.Fault] = a
	}
	var started, ended []Active
	c.mu.Lock()
	for name, a := range c.active {
		if _, on := next[name]; !on {
			ended = append(ended, a)
		}
	}
	for name, a := range next {
		if was, on := c.active[name]; !on || !was.Since.Equal(a.Since) {
			started = append(started, a)
		}
	}
	c.active = next
	c.mu.Unlock()
	sortActive(ended)
	sortActive(started)
	for _, a := range ended {
		c.notify(false, a)
	}
	for _, a := range started {
		c.notify(true, a)
	}
}
