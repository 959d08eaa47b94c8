package chaos

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

type fakeClock struct{ t time.Time }

func (c *fakeClock) now() time.Time { return c.t }

func controller() (*Controller, *fakeClock, *[]string) {
	clock := &fakeClock{time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	var events []string
	return New(clock.now, func(started bool, a Active) {
		what := "end "
		if started {
			what = "start "
		}
		events = append(events, what+a.Fault)
	}), clock, &events
}

func TestLevel(t *testing.T) {
	c, clock, events := controller()
	if _, err := c.Start("latency", Request{Duration: time.Minute, Ramp: 10 * time.Second}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		at   time.Duration
		want float64
	}{{0, 0}, {5 * time.Second, 350}, {10 * time.Second, 700}, {59 * time.Second, 700}, {time.Minute, 0}} {
		was := clock.t
		clock.t = was.Add(tt.at)
		if got := c.Level("latency"); got != tt.want {
			t.Errorf("level after %s is %g, want %g", tt.at, got, tt.want)
		}
		if got := c.Level("drift"); got != 0 {
			t.Errorf("drift was never started and is at %g", got)
		}
		clock.t = was
	}
	clock.t = clock.t.Add(30 * time.Second)
	c.Expire()
	if len(c.Active()) != 1 {
		t.Error("a fault ended early")
	}
	clock.t = clock.t.Add(30 * time.Second)
	c.Expire()
	if got := strings.Join(*events, ","); got != "start latency,end latency" || len(c.Active()) != 0 {
		t.Errorf("events %q, active %v", got, c.Active())
	}
}

func TestHandler(t *testing.T) {
	tests := []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/-/chaos/error-burst", "", 200, `"intensity":0.5`},
		{"POST", "/-/chaos/error-burst", `{"intensity":0.2,"duration":"90s"}`, 200, `"until":"2026-11-22T12:01:30Z"`},
		{"POST", "/-/chaos/latency", `{"intensity":3000,"ramp":"10s"}`, 200, `"unit":"milliseconds"`},
		{"POST", "/-/chaos/meteor", "", 404, "error-burst, latency"},
		{"POST", "/-/chaos/drift", `{"intensity":2}`, 422, "at most 1"},
		{"POST", "/-/chaos/drift", `{"intensity":-1}`, 422, "more than 0"},
		{"POST", "/-/chaos/drift", `{"intensity":0}`, 422, "more than 0"},
		{"POST", "/-/chaos/drift", `{"intensity":"much"}`, 400, "reading the fault"},
		{"POST", "/-/chaos/drift", `{"duration":"31m"}`, 422, "30m0s"},
		{"POST", "/-/chaos/drift", `{"duration":"10ms"}`, 422, "want 1s"},
		{"POST", "/-/chaos/drift", `{"duration":"soon"}`, 400, "not a length of time"},
		{"POST", "/-/chaos/drift", `{"duration":"-3m"}`, 400, "not a length of time"},
		{"POST", "/-/chaos/drift", `{"ramp":"4m"}`, 422, "ramp"},
		{"POST", "/-/chaos/drift", `{"strength":1}`, 400, "unknown field"},
		{"POST", "/-/chaos/drift", `nonsense`, 400, "reading the fault"},
		{"POST", "/-/chaos/drift", strings.Repeat(" ", maxBody+1), 400, "too large"},
		{"GET", "/-/chaos", "", 200, `"active":[{"fault":"error-burst"`},
		{"DELETE", "/-/chaos/drift", "", 404, "not active"},
		{"DELETE", "/-/chaos/latency", "", 200, `"ended":1`},
		{"DELETE", "/-/chaos", "", 200, `"ended":1`},
		{"GET", "/-/chaos", "", 200, `"active":[],`},
		{"PUT", "/-/chaos/drift", "", 405, ""},
	}
	c, _, _ := controller()
	for _, tt := range tests {
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body)))
		body, _ := io.ReadAll(w.Result().Body)
		if w.Code != tt.status || !strings.Contains(string(body), tt.want) {
			t.Errorf("%s %s %.40q = %d %s, want %d with %q", tt.method, tt.path, tt.body, w.Code, body, tt.status, tt.want)
		}
		if w.Code == http.StatusNotFound && tt.method == "POST" && !strings.Contains(string(body), `"faults":[`) {
			t.Errorf("an unknown fault gets no list: %s", body)
		}
	}
}
