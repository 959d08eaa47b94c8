//go:build !race

package gameday_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"firewatch/demo/embedded"
	"firewatch/demo/gameday"
)

// start starts a stack that looks back on a while, and returns a runner for it; nil
// when it does not start. Like all here it may be called from any goroutine.
func start(t *testing.T) *gameday.Runner {
	s, err := embedded.Start(t.Context(), embedded.Options{Seed: 42, History: 20 * time.Minute})
	if err != nil {
		t.Error(err)
		return nil
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return &gameday.Runner{At: gameday.Addresses{
		Prometheus: s.URLs.Prometheus, Alertmanager: s.URLs.Alertmanager, Elasticsearch: s.URLs.Elasticsearch,
		Jaeger: s.URLs.Jaeger, Service: s.URLs.Service, Sink: s.URLs.Sink,
	}}
}

// TestPlay plays scenarios of all areas on several stacks at once, those that do
// not disturb each other on the same one. The faults of the process, which the
// stacks share here, are left out. All of it is waiting, so it is not left to the
// number of processors how much is done at a time.
func TestPlay(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits more than two minutes for what takes two minutes")
	}
	var all sync.WaitGroup
	for _, names := range []string{
		"drift model-stale disk-full io-queue gpu-hot gpu-xid mem rule-broken",
		"concept-drift errors net-errors probe-stop logstash-stop",
		"traffic-stop oom alertmanager-config-broken",
		"rollback latency node-down",
	} {
		all.Go(func() { passes(t, strings.Fields(names)) })
	}
	all.Go(func() { fails(t) })
	all.Wait()
}

// passes plays scenarios that must pass.
func passes(t *testing.T, names []string) {
	list, err := gameday.Find(names...)
	r := start(t)
	if err != nil || r == nil {
		t.Error(err)
		return
	}
	r.Patience = 2
	var said strings.Builder
	r.Tell = func(e gameday.Event) { said.WriteString(e.String() + "\n") }
	results, err := r.Play(t.Context(), list)
	var table strings.Builder
	if e := gameday.WriteTable(&table, results); e != nil {
		t.Error(e)
	}
	t.Logf("\n%s", &table)
	if err != nil || len(results) != len(list) {
		t.Errorf("%d of %d scenarios: %v\n%s", len(results), len(list), err, &said)
		return
	}
	good := true
	for i, result := range results {
		want := "passed"
		if list[i].Place == gameday.Compose {
			want = "skipped"
		}
		if result.Scenario != list[i].Name || result.State != want {
			good = false
			t.Errorf("%s is %s, want that %s is %s", result.Scenario, result.State, list[i].Name, want)
		}
	}
	if !good {
		t.Logf("\n%s", &said)
	}
	if left := active(t, r); len(left) > 0 {
		t.Errorf("it left %q broken", left)
	}
}

// fails has the runner mend what it broke when it is cut off, and tell of what
// does not come and of what should not have.
func fails(t *testing.T) {
	list, err := gameday.Find("disk-fill")
	r := start(t)
	if err != nil || r == nil {
		t.Error(err)
		return
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var once sync.Once
	r.Tell = func(e gameday.Event) {
		if e.State == "ok" { // the fault is on
			once.Do(func() {
				if on := active(t, r); len(on) != 1 {
					t.Errorf("while it is played, %q are active", on)
				}
				other := gameday.Runner{At: r.At}
				if _, err := other.Play(t.Context(), nil); !errors.Is(err, gameday.ErrBusy) {
					t.Errorf("a second game day at the same time: %v", err)
				}
				cancel()
			})
		}
	}
	results, err := r.Play(ctx, list)
	if !errors.Is(err, context.Canceled) || len(results) != 1 || !results[0].Failed() || !strings.Contains(results[0].Reason, "cut off") {
		t.Errorf("cut off, it gives %+v, %v", results, err)
	}
	if left := active(t, r); len(left) > 0 {
		t.Errorf("cut off, it left %q broken", left)
	}

	r.Tell = nil
	results, err = r.Play(t.Context(), []gameday.Scenario{
		{
			Name: "unwanted", Do: []gameday.Step{{Fault: "gpu-xid"}}, Disturbs: []string{"gpu"},
			Alerts: []gameday.Alert{{Name: "GPUXidError"}}, Never: []gameday.Alert{{Name: "GPUXidError", Where: "gpu=1"}},
			Untold: []string{"GPUXidError"}, Watch: 30,
		},
		{
			Name: "missing", Do: []gameday.Step{{Fault: "net-errors"}}, Disturbs: []string{"net"},
			Alerts: []gameday.Alert{{Name: "HostNetworkErrors", Where: "instance=db-1:9100"}}, // it is web-1
			Lines:  []gameday.Line{{Query: "event.action:nobody-writes-this"}, {Query: "event.action:heartbeat", Absent: true}},
			Spans:  []gameday.Span{{Service: "fraud-scorer", Operation: "model.predict", Where: "ml.model.version=9.9.9"}, {Service: "feature-store", Absent: true}},
		},
	})
	if err != nil || len(results) != 2 {
		t.Errorf("%+v, %v", results, err)
		return
	}
	for _, result := range results {
		for _, c := range result.Checks {
			want := "missing"
			switch {
			case c.Never:
				want = "unwanted"
			case result.Scenario == "unwanted":
				want = "ok"
			}
			if c.State != want {
				t.Errorf("%s: %s %s is %s, want %s", result.Scenario, c.Kind, c.What, c.State, want)
			}
		}
		if !result.Failed() {
			t.Errorf("%s is %s", result.Scenario, result.State)
		}
	}
}

// active names the faults that are under way.
func active(t *testing.T, r *gameday.Runner) (names []string) {
	resp, err := http.Get(r.At.Service + "/-/chaos")
	if err != nil {
		t.Error(err)
		return nil
	}
	defer resp.Body.Close()
	var answer struct{ Active []struct{ Fault string } }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Error(err)
	}
	for _, a := range answer.Active {
		names = append(names, a.Fault)
	}
	return names
}
