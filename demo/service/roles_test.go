package service

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/demo/service/chaos"
)

// TestStalledLines holds lines back and lets them out in their order.
func TestStalledLines(t *testing.T) {
	d, b := stage(t, Options{Chaos: true, OnFault: func(string, bool) {}})
	start := func(fault string) {
		t.Helper()
		if _, err := d.chaos.Start(fault, chaos.Request{}); err != nil {
			t.Fatal(err)
		}
	}
	start("logs-stop")
	start("rollback")
	if got := b.actions(); !slices.Equal(got, []string{"chaos-started"}) {
		t.Errorf("while lines wait there are %v", got)
	}
	d.chaos.Stop("logs-stop")
	if got := b.actions(); !slices.Equal(got, []string{"chaos-started", "chaos-started", "model-loaded", "chaos-ended"}) {
		t.Errorf("after it there are %v", got)
	}
}

// TestKernelLines checks what simulated kernels write of the faults of their hosts.
func TestKernelLines(t *testing.T) {
	d, b := stage(t, Options{Roles: []string{"hostsim"}})
	for _, fault := range []string{"oom", "gpu-xid", "disk-full", "net-errors"} {
		if _, err := d.chaos.Start(fault, chaos.Request{}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 31 {
		d.clock.set(noon.Add(time.Duration(i) * time.Second))
		d.hosts.Watch()
	}
	count := map[string]int{}
	for _, a := range b.actions() {
		count[a]++
	}
	if count["oom-kill"] != 2 || count["gpu-xid"] != 2 || count["filesystem-low"] != 2 {
		t.Errorf("in half a minute there are %v", count)
	}
	for _, want := range []string{`"host":{"name":"web-1"}`, "NVRM: Xid (PCI:0000:00:1f): 79", "Out of memory: Killed process"} {
		if !strings.Contains(strings.Join(b.texts, "\n"), want) {
			t.Errorf("no line has %s", want)
		}
	}
}

func TestRoleOptions(t *testing.T) {
	if _, err := New(Options{Roles: []string{"cook"}}); err == nil || !strings.Contains(err.Error(), "serve, featurestore") {
		t.Errorf("an unknown role: %v", err)
	}
	if _, err := New(Options{Roles: []string{"probe"}}); err == nil || !strings.Contains(err.Error(), "probe") {
		t.Errorf("a probe that cannot search: %v", err)
	}
	d := newDemo(t, Options{Roles: []string{"serve"}, Chaos: true})
	if w := d.ask(0, "POST", "/-/chaos/alertmanager-stop", ""); w.Code != 422 || !strings.Contains(w.Body.String(), "go run ./demo") {
		t.Errorf("a fault that nobody can act on: %d %s", w.Code, w.Body)
	}
	if err := d.FastForward(noon, noon.Add(time.Minute), time.Second, nil); err == nil {
		t.Error("a scorer alone has a history")
	}
	probe := newDemo(t, Options{Roles: []string{"probe"}, Newest: Heartbeats(http.DefaultClient, "127.0.0.1:1")})
	if _, err := probe.chaos.Start("probe-stop", chaos.Request{}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(probe.Roles()[0].Handler)
	defer server.Close()
	if _, err := server.Client().Get(server.URL + "/metrics"); !errors.Is(err, io.EOF) {
		t.Errorf("a probe that is stopped: %v", err)
	}
}
