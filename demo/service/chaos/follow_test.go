package chaos

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestFollow has one controller take part in the faults of another, over HTTP.
func TestFollow(t *testing.T) {
	leader, clock, _ := controller()
	follower, _, events := controller()
	follower.now = clock.now
	server := httptest.NewServer(leader.Handler())
	defer server.Close()
	sync := func(want string) {
		t.Helper()
		list, err := Fetch(t.Context(), server.Client(), server.URL)
		if err != nil {
			t.Fatal(err)
		}
		follower.Follow(list)
		if got := strings.Join(*events, ","); got != want {
			t.Errorf("events %q, want %q", got, want)
		}
		*events = nil
	}
	sync("")
	if _, err := leader.Start("latency", Request{Duration: time.Minute, Ramp: 10 * time.Second}); err != nil {
		t.Fatal(err)
	}
	sync("start latency")
	sync("")
	clock.t = clock.t.Add(5 * time.Second)
	if a, b := leader.Level("latency"), follower.Level("latency"); a != 350 || a != b {
		t.Errorf("levels on the ramp are %g and %g", a, b)
	}
	if _, err := leader.Start("latency", Request{}); err != nil {
		t.Fatal(err)
	}
	sync("start latency") // anew
	leader.Stop("")
	sync("end latency")

	// Nobody is asked any more: the fault ends at its time.
	if _, err := leader.Start("oom", Request{Duration: time.Second}); err != nil {
		t.Fatal(err)
	}
	sync("start oom")
	clock.t = clock.t.Add(time.Second)
	follower.Expire()
	if follower.Level("oom") != 0 || strings.Join(*events, ",") != "end oom" {
		t.Errorf("a fault goes on: %v", *events)
	}

	// What another one sends is held to the same bounds as what is asked for here.
	now := clock.t
	follower.Follow([]Active{
		{Fault: "meteor", Intensity: 1, Until: now.Add(time.Minute)}, {Fault: "drift", Intensity: 9, Until: now.Add(time.Minute)},
		{Fault: "queue", Intensity: -1, Until: now.Add(time.Minute)}, {Fault: "load", Intensity: 1, Until: now},
		{Fault: "mem", Intensity: 1, Until: now.Add(time.Hour)},
	})
	if got := follower.Active(); len(got) > 0 {
		t.Errorf("active are %v", got)
	}
	refusing := httptest.NewServer(http.NotFoundHandler())
	defer refusing.Close()
	if _, err := Fetch(t.Context(), refusing.Client(), refusing.URL); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a server without faults: %v", err)
	}
}
