package views

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/uitest"
)

func startServices(t *testing.T, cfg uitest.Config) *uitest.Shell {
	t.Helper()
	cfg.Views = []ui.View{&application{}, &logs{}, &alerts{}}
	if cfg.Answer == nil {
		cfg.Answer = fakeWorld{}.answer
	}
	s := uitest.New(t, cfg)
	s.Advance(time.Second)
	return s
}

// asking are the texts of the queries that contain all of the parts.
func asking(asked []sources.Query, parts ...string) []string {
	var out []string
	for _, q := range asked {
		all := true
		for _, p := range parts {
			all = all && strings.Contains(q.String(), p)
		}
		if all {
			out = append(out, q.String())
		}
	}
	return out
}

// lineWith is the first line of the frame that contains the text.
func lineWith(frame, text string) string {
	for _, l := range strings.Split(frame, "\n") {
		if strings.Contains(l, text) {
			return l
		}
	}
	return ""
}

func TestServices(t *testing.T) {
	s := startServices(t, uitest.Config{W: 200, H: 60})
	f := s.Frame()
	for service, parts := range map[string][]string{
		"fraud-scorer":  {"11.6/s", "▲ 3.2%", "289ms", "19.6%", "▲ 42.0%", "1h30m", "✗ 1"},
		"feature-store": {"34.2/s", "0.04%", "13.2ms", "▲81.6%", "97.0%", "3d"},
		"log-probe":     {"50% up", "–"},
	} {
		l := lineWith(f, service)
		for _, p := range parts {
			if !strings.Contains(l, p) {
				t.Errorf("%s: no %q in %q", service, p, l)
			}
		}
	}
	if strings.Contains(f, "│●  node") || strings.Contains(f, "prometheus  ") {
		t.Errorf("exporters are no services:\n%s", f)
	}
	// The two are instrumented differently, and asked for in one query a column.
	if n := len(asking(s.Asked(), "http_requests_total", " or ", "http_server_request_duration_seconds_count", "sum by (job, service, env)")); n != 2 {
		t.Errorf("%d queries for traffic and errors of all services, want 2", n)
	}
}

func TestServiceOpens(t *testing.T) {
	for _, c := range []struct {
		service string
		want    [][]string
		not     string
	}{
		{"fraud-scorer", [][]string{
			{`histogram_quantile(0.95, sum(rate(http_server_request_duration_seconds{job="fraud-scorer",service="fraud-scorer",env="demo",`, `) or (histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket{`},
			{`sum by (http_response_status_code)`}, {`topk(10, sum by (http_route)`}, {`http_response_status_code=~"5.."`},
			{`process_resident_memory_bytes`}, {`go_goroutines`}, {`service.name:"fraud-scorer"`}, {`process_start_time_seconds|ml_model_loaded`},
			{`http_route!~"/metrics|/healthz|/readyz|/-/.*"`},
		}, `job="feature-store"`},
		{"feature-store", [][]string{
			{`histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{job="feature-store",`},
			{`sum by (status) (rate(http_requests_total{`}, {`topk(10, sum by (route) (rate(http_requests_total{`}, {`status=~"5.."`}, {`http_requests_in_flight`},
		}, `job="fraud-scorer"`},
	} {
		s := startServices(t, uitest.Config{W: 200, H: 60})
		s.Press("/")
		s.Type(c.service)
		s.Press("enter")
		s.Asked()
		s.Press("enter")
		s.Advance(time.Second)
		asked := s.Asked()
		for _, parts := range c.want {
			if len(asking(asked, parts...)) == 0 {
				t.Errorf("%s: nothing asked with %q", c.service, parts)
			}
		}
		for _, q := range asking(asked, c.not) {
			if !strings.Contains(q, "by (job, service, env)") {
				t.Errorf("%s: asked for another service: %s", c.service, q)
			}
		}
	}
}

// TestServicePages shows every panel of a service on some page of every screen.
func TestServicePages(t *testing.T) {
	titles := []string{"latency", "traffic by status", "errors", "durations", "busiest routes", "failing routes", "slowest routes (p95)", "last errors", "inference queue", "cpu", "resident memory", "open files", "goroutines", "heap", "time in GC pauses"}
	for _, size := range fakeSizes {
		s := startServices(t, uitest.Config{W: size[0], H: size[1]})
		s.Press("enter")
		s.Advance(time.Second)
		var seen []string
		for page := 1; page < 20; page++ {
			f := s.Frame()
			uitest.Golden(t, fmt.Sprintf("application-service-%dx%d-%d", size[0], size[1], page), f)
			for _, title := range titles {
				if strings.Contains(f, "╭─ "+title+" ") {
					seen = append(seen, title)
				}
			}
			if !turnPage(s) {
				break
			}
			s.Advance(time.Second)
		}
		slices.Sort(seen)
		for _, title := range titles {
			if !slices.Contains(seen, title) {
				t.Errorf("%v: %s is on no page", size, title)
			}
		}
		if n := len(slices.Compact(slices.Clone(seen))); n != len(seen) {
			t.Errorf("%v: a panel is on two pages: %v", size, seen)
		}
	}
}

func TestServiceRoute(t *testing.T) {
	s := startServices(t, uitest.Config{W: 200, H: 60})
	s.Press("enter")
	s.Advance(time.Second)
	s.Press("o", "j")
	if f := s.Frame(); !strings.Contains(f, "all routes") || !strings.Contains(f, "/predict/batch") {
		t.Fatalf("the menu does not offer the routes:\n%s", f)
	}
	s.Asked()
	s.Press("enter")
	s.Advance(time.Second)
	asked := s.Asked()
	if len(asking(asked, "histogram_quantile", `http_route="/predict"`)) == 0 {
		t.Errorf("latency is not narrowed to the route: %v", asked)
	}
	if n := asking(asked, "process_", `http_route="/predict"`); len(n) != 0 {
		t.Errorf("a process has no route: %v", n)
	}
	if f := s.Frame(); !strings.Contains(f, "route /predict") {
		t.Errorf("the head does not tell of the route:\n%s", f)
	}
	s.Press("esc")
	if f := s.Frame(); strings.Contains(f, "route /predict ") || !strings.Contains(f, "╭─ latency") {
		t.Errorf("esc does not lead to all routes of the service:\n%s", f)
	}
	s.Press("esc")
	if f := s.Frame(); !strings.Contains(f, "╭─ services") {
		t.Errorf("esc does not lead back to the list:\n%s", f)
	}
}

func TestServiceVersus(t *testing.T) {
	s := startServices(t, uitest.Config{W: 200, H: 60})
	s.Press("enter")
	s.Advance(time.Second)
	s.Asked()
	s.Press("v")
	asked := s.Asked()
	for _, part := range []string{"histogram_quantile(0.95", "histogram_quantile(0.99", `http_response_status_code=~"5.."`} {
		found := asking(asked, part, "] offset 3600s)")
		if len(found) == 0 {
			t.Errorf("nothing asked of the hour before with %s", part)
		}
		for _, q := range found {
			if strings.Count(q, "s])") != 0 {
				t.Errorf("a part of the query is of this hour: %s", q)
			}
		}
	}
	if !slices.ContainsFunc(asked, func(q sources.Query) bool {
		p, ok := q.(sources.PromQL)
		return ok && p.Legend == "p95 before"
	}) {
		t.Error("the legend does not tell of the hour before")
	}
}

func TestServiceExemplars(t *testing.T) {
	s := startServices(t, uitest.Config{W: 200, H: 60})
	s.Press("enter")
	s.Advance(time.Second)
	if f := s.Frame(); !strings.Contains(f, "12 exemplars: x") {
		t.Errorf("the border of the durations does not count the exemplars:\n%s", f)
	}
	s.Press("x")
	if f := s.Frame(); !strings.Contains(f, "exemplars of fraud-scorer") || !strings.Contains(f, "4bf92f3577b34da6a3ce929d0e0e470b") || !strings.Contains(f, "240ms") {
		t.Errorf("no traces:\n%s", f)
	}
}

func TestServiceJumps(t *testing.T) {
	s := startServices(t, uitest.Config{})
	s.Press("L")
	if f := s.Frame(); !strings.Contains(f, `service.name:"fraud-scorer"`) {
		t.Errorf("L does not lead to the logs:\n%s", f)
	}
	s.Press("1", "A")
	if f := s.Frame(); !strings.Contains(f, `service="fraud-scorer"`) {
		t.Errorf("A does not lead to the alerts:\n%s", f)
	}
}

// TestServiceUnknown opens a service whose request metrics nobody knows.
func TestServiceUnknown(t *testing.T) {
	s := startServices(t, uitest.Config{Answer: func(q sources.Query, w sources.Window) (sources.Frame, error) {
		if q, ok := q.(sources.LabelValues); ok && strings.Contains(q.Match, "log-probe") {
			return sources.Frame{Names: []string{"up", "process_cpu_seconds_total", "log_pipeline_lag_seconds"}}, nil
		}
		return fakeWorld{}.answer(q, w)
	}})
	s.Press("/")
	s.Type("log-probe")
	s.Press("enter", "enter")
	s.Advance(time.Second)
	f := s.Frame()
	if !strings.Contains(f, "no request metrics that are known") || !strings.Contains(f, "resident memory") || strings.Contains(f, "╭─ latency") {
		t.Errorf("not the page of a service without requests:\n%s", f)
	}
}

func TestCountAlerts(t *testing.T) {
	rows := []*row{
		{key: "1", labels: fl("job", "a", "service", "x", "env", "prod"), values: map[string]float64{}},
		{key: "2", labels: fl("job", "a", "service", "x", "env", "dev"), values: map[string]float64{}},
		{key: "3", labels: fl("job", "y"), values: map[string]float64{}},
	}
	one := func(pairs ...string) sources.Series {
		return sources.Series{Labels: fl(pairs...), Points: []sources.Point{{V: 1}}}
	}
	count(rows, []sources.Series{
		one("service", "x"), one("service", "x", "env", "prod"), one("job", "a", "env", "dev"), one("service", "y"), one("env", "prod"), one(), one("sloth_service", "x"),
		{Labels: nil, Points: []sources.Point{{V: 1}}},
	})
	for i, want := range []float64{3, 3, 1} {
		if got := rows[i].values["app.list.alerts"]; got != want {
			t.Errorf("row %d: %v alerts, want %v", i+1, got, want)
		}
	}
}
