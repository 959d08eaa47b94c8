package service

import (
	"context"
	"errors"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"firewatch/demo/service/chaos"
)

// TestLive runs all roles over real connections until labels have come back.
// It is the one test here that waits for real time, some two seconds.
func TestLive(t *testing.T) {
	b := &book{}
	beat := func(context.Context) (time.Time, error) { return time.Now(), nil }
	d := newDemo(t, Options{Seed: 42, Log: b.add, Chaos: true, Newest: beat})
	addrs := map[string]string{}
	for _, r := range d.Roles() {
		s := httptest.NewServer(r.Handler)
		defer s.Close()
		addrs[r.Name] = strings.TrimPrefix(s.URL, "http://")
	}
	now := time.Now()
	if err := d.FastForward(now.Add(-5*time.Minute), now.Add(-2*time.Second), time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	history := sample(t, d, 0, "ml_predictions_total", map[string]string{"variant": "primary"})
	before := runtime.NumGoroutine()
	ctx := context.Background()
	if err := d.Start(ctx, map[string]string{}); err == nil {
		t.Error("started without anybody to call")
	}
	if err := d.Start(ctx, addrs); err != nil {
		t.Fatal(err)
	}
	if err := d.Start(ctx, addrs); !errors.Is(err, errRunning) {
		t.Errorf("a second start says %v", err)
	}
	caught := sample(t, d, 0, "ml_predictions_total", map[string]string{"variant": "primary"})
	if caught <= history {
		t.Error("the seconds between the history and now were lost")
	}
	looked := func() float64 { return sample(t, d, 1, "http_requests_total", map[string]string{"status": "200"}) }
	labels := func() float64 { return sample(t, d, 0, "ml_feedback_total", map[string]string{"variant": "primary"}) }
	looks, joined := looked(), labels()
	// Faults that change much while requests are under way.
	for _, fault := range []string{"canary", "rollback", "missing-feature", "skew", "queue", "goroutine-leak", "labels-stop"} {
		if w := d.ask(0, "POST", "/-/chaos/"+fault, ""); w.Code != 200 {
			t.Errorf("starting %s: %d %s", fault, w.Code, w.Body)
		}
		defer d.chaos.Stop(fault)
	}
	time.Sleep(200 * time.Millisecond)
	d.ask(0, "DELETE", "/-/chaos", "")
	deadline := time.Now().Add(30 * time.Second)
	for looked() < looks+5 || labels() < joined+5 {
		if time.Now().After(deadline) {
			t.Fatalf("in 30 s: %g lookups, %g labels", looked()-looks, labels()-joined)
		}
		time.Sleep(50 * time.Millisecond)
	}
	d.Stop()
	d.Stop()
	after := labels()
	if got := sample(t, d, 4, "log_pipeline_lag_seconds", nil); got < 0 || got > 15 {
		t.Errorf("the logs are %g s late", got)
	}
	if after != labels() {
		t.Error("labels arrive after the stop")
	}
	for range 100 { // connections take a moment to notice
		if runtime.NumGoroutine() <= before+40 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	// The history carries its first moment as creation time, so that nothing
	// takes the first scrape for a reset; models loaded since carry their own.
	for _, m := range families(t, d.Roles()[0])["ml_predictions_total"].Metric {
		of := m.String()
		at, old := m.Counter.CreatedTimestamp.AsTime(), strings.Contains(of, "1.4.")
		if first := at.Equal(now.Add(-5 * time.Minute)); first != old || !old && at.Before(now) {
			t.Errorf("%s: created %s", of, at)
		}
	}
	live := 0
	for _, l := range b.lines {
		if l["labels"] == nil {
			live++
		}
	}
	if live == 0 {
		t.Error("no line of the present")
	}
}

// TestQueue fills the model's queue, on the clock of a bubble.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scorer{pool: &workers{capacity: 3}}
		s.chaos = chaos.New(time.Now, func(bool, chaos.Active) {})
		var mu sync.Mutex
		var waits []time.Duration
		refused := 0
		if _, err := s.chaos.Start("queue", chaos.Request{}); err != nil {
			t.Fatal(err)
		}
		for range 6 { // one works, three wait, two are refused
			go func() {
				wait, err := s.work(t.Context(), time.Second)
				mu.Lock()
				defer mu.Unlock()
				if errors.Is(err, errQueueFull) {
					refused++
				} else {
					waits = append(waits, wait)
				}
			}()
			synctest.Wait()
		}
		if got := s.pool.depth(); got != 3 || refused != 2 {
			t.Errorf("%d wait and %d were refused, want 3 and 2", got, refused)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		for i, w := range waits {
			if want := time.Duration(i) * time.Second; w != want {
				t.Errorf("number %d waited %s, want %s", i, w, want)
			}
		}
		if len(waits) != 4 || s.pool.busy != 0 || s.pool.depth() != 0 {
			t.Errorf("%d were served, %d still are, %d wait", len(waits), s.pool.busy, s.pool.depth())
		}

		// Who gives up leaves the queue, and the worker is not lost.
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = s.work(t.Context(), time.Second) }()
		synctest.Wait()
		gone := make(chan error)
		go func() { _, err := s.work(ctx, time.Second); gone <- err }()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) || s.pool.depth() != 0 {
			t.Errorf("who gave up got %v, %d wait", err, s.pool.depth())
		}
		time.Sleep(2 * time.Second)
		if wait, err := s.work(t.Context(), time.Millisecond); err != nil || wait != 0 {
			t.Errorf("a free worker is waited for %s: %v", wait, err)
		}

		// The end of the fault lets all in at once.
		s.chaos.Stop("")
		for range workerCount {
			go func() { _, _ = s.work(t.Context(), time.Second) }()
		}
		synctest.Wait()
		if s.pool.busy != workerCount || s.pool.depth() != 0 {
			t.Errorf("%d of %d workers are busy, %d wait", s.pool.busy, workerCount, s.pool.depth())
		}
		time.Sleep(2 * time.Second)
	})
}

// TestProbe watches the lag grow while the search fails, and fall after.
func TestProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		var broken atomic.Bool
		d, err := New(Options{Seed: 42, Log: b.add, Newest: func(context.Context) (at time.Time, err error) {
			if broken.Load() {
				return at, errors.New("no shard")
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			for _, l := range b.lines {
				if l["event"].(map[string]any)["action"] == "heartbeat" {
					at, err = time.Parse(time.RFC3339, l["@timestamp"].(string))
				}
			}
			return at, err
		}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go d.probe.run(ctx)
		time.Sleep(time.Minute)
		if lag := d.probe.lag(); lag > 5 {
			t.Errorf("all is well and the lag is %g", lag)
		}
		broken.Store(true)
		time.Sleep(2 * time.Minute)
		if lag := d.probe.lag(); lag < 100 || lag > 130 {
			t.Errorf("nothing can be found for 2 minutes and the lag is %g", lag)
		}
		broken.Store(false)
		time.Sleep(10 * time.Second)
		if lag := d.probe.lag(); lag > 5 {
			t.Errorf("all is well again and the lag is %g", lag)
		}
		cancel()
	})
}
