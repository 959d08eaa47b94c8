package sources

import (
	"bytes"
	"encoding/json"
	"hash/maphash"
	"io"
	"slices"
	"sync"
)

// toldAlerts is the last answer of one member about its alerts. Thousands of
// alerts are megabytes that Alertmanager never compresses and that are mostly the
// same a few seconds later: what was told before is not taken apart again. It is
// safe for concurrent use.
type toldAlerts struct {
	mu   sync.Mutex
	body bytes.Buffer
	sum  uint64
	// alerts are the worst first, and never written to: frames share them.
	alerts []Alert
}

// alertsAnswer is the answer of one member.
type alertsAnswer struct {
	told   *toldAlerts
	alerts []Alert
}

var bodySeed = maphash.MakeSeed()

// readBody implements [bodyReader].
func (a *alertsAnswer) readBody(body io.Reader) error {
	t := a.told
	t.mu.Lock()
	defer t.mu.Unlock()
	t.body.Reset()
	if _, err := t.body.ReadFrom(body); err != nil {
		return err
	}
	sum := maphash.Bytes(bodySeed, t.body.Bytes())
	if t.alerts != nil && sum == t.sum {
		a.alerts = t.alerts
		return nil
	}
	var list []wireAlert
	if err := json.Unmarshal(t.body.Bytes(), &list); err != nil {
		return err
	}
	t.sum, t.alerts = sum, make([]Alert, len(list))
	for i := range list {
		t.alerts[i] = list[i].alert()
	}
	slices.SortFunc(t.alerts, worstFirst)
	a.alerts = t.alerts
	return nil
}
