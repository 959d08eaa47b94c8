package views

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/uitest"
)

// burning answers for one objective that pages and one that is fine, with the
// demo's windows; young data when old is false.
func burningWorld(old bool) func(sources.Query, sources.Window) (sources.Frame, error) {
	return func(q sources.Query, w sources.Window) (sources.Frame, error) {
		id := func(name string, v float64, more ...string) sources.Series {
			labels := map[string]string{"sloth_id": "fraud-scorer-" + name, "sloth_service": "fraud-scorer", "sloth_slo": name}
			for i := 0; i+1 < len(more); i += 2 {
				labels[more[i]] = more[i+1]
			}
			s := sources.Series{Labels: labels}
			if _, course := q.(sources.PromQL); course {
				for t := w.Start; !t.After(w.End); t = t.Add(w.Step) {
					s.Points = append(s.Points, sources.Point{T: t.UnixMilli(), V: v * (1 + 0.1*math.Sin(float64(t.Unix())/600))})
				}
			} else {
				s.Points = []sources.Point{{T: w.End.UnixMilli(), V: v}}
			}
			return s
		}
		text := q.String()
		has := func(s string) bool { return strings.Contains(text, s) }
		var out []sources.Series
		switch {
		case has("offset 29d"):
			if old {
				out = []sources.Series{id("availability", 1), id("latency", 1)}
			}
		case has("timestamp("):
			out = []sources.Series{id("availability", (6 * time.Hour).Seconds())}
		case has("slo:objective:ratio"):
			out = []sources.Series{id("latency", 0.99), id("availability", 0.999)}
		case has("slo:time_period"):
			out = []sources.Series{id("latency", 30), id("availability", 30)}
		case has("budget_remaining"):
			out = []sources.Series{id("latency", 0.93), id("availability", 0.37)}
		case has("current_burn"):
			out = []sources.Series{id("latency", 0.2), id("availability", 41)}
		case has("ratio_rate.+"):
			for window, e := range map[string]float64{"30s": 0.08, "2m30s": 0.05, "5m": 0.041, "10m": 0.02, "30m": 0.007, "2h": 0.002, "6h": 0.0006} {
				out = append(out, id("availability", e, "sloth_window", window), id("latency", 0.002, "sloth_window", window))
			}
		case has("ratio_rate5m"):
			out = []sources.Series{id("availability", 0.041)}
		case has("ALERTS"):
			out = []sources.Series{id("availability", 1, "sloth_severity", "page")}
		case has("slo:sli_bad"):
			out = []sources.Series{id("availability", 0.4)}
		case has("slo:sli_total"):
			out = []sources.Series{id("availability", 10)}
		case has("business_active"):
			out = []sources.Series{{Points: []sources.Point{{T: w.End.UnixMilli(), V: 640}}}}
		}
		if strings.Contains(text, `sloth_id="fraud-scorer-availability"`) {
			out = slices.DeleteFunc(out, func(s sources.Series) bool { return s.Labels["sloth_slo"] == "latency" })
		}
		if p, ok := q.(sources.PromQL); ok {
			for i := range out {
				out[i].Legend = p.Legend
			}
		}
		return sources.Frame{Series: out}, nil
	}
}

func TestObjectives(t *testing.T) {
	s := uitest.New(t, uitest.Config{Views: All(), W: 120, H: 40, Answer: burningWorld(false), Shell: ui.Config{Open: "slo"}})
	s.Advance(time.Second)
	frame := s.Frame()
	worst, fine := strings.Index(frame, "fraud-scorer availability"), strings.Index(frame, "fraud-scorer latency")
	if worst < 0 || fine < 0 || worst > fine {
		t.Errorf("the objective that burns is not first:\n%s", frame)
	}
	for _, want := range []string{"burning: page", "99.9%", "~37%", "41x", "holds"} {
		if !strings.Contains(frame, want) {
			t.Errorf("no %q in:\n%s", want, frame)
		}
	}
}

func TestObjectiveDetails(t *testing.T) {
	for _, size := range fakeSizes {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := uitest.New(t, uitest.Config{Views: All(), W: size[0], H: size[1], Answer: burningWorld(false), Shell: ui.Config{Open: "slo"}})
			s.Advance(time.Second)
			s.Asked()
			s.Press("enter")
			s.Advance(time.Second)
			asked := 0
			for _, q := range s.Asked() {
				if strings.Contains(q.String(), `sloth_id="fraud-scorer-availability"`) {
					asked++
				}
			}
			if asked == 0 {
				t.Error("nothing was asked of the objective that was opened")
			}
			uitest.Golden(t, fmt.Sprintf("slo-detail-%dx%d", size[0], size[1]), s.Frame())
			s.Press("esc")
			if !strings.Contains(s.Frame(), "worst first") {
				t.Errorf("esc does not lead back to the list:\n%s", s.Frame())
			}
		})
	}
}

// A budget over all of its period is not marked as one over a part.
func TestOldObjectives(t *testing.T) {
	s := uitest.New(t, uitest.Config{Views: All(), W: 120, H: 40, Answer: burningWorld(true), Shell: ui.Config{Open: "slo"}})
	s.Advance(time.Second)
	if frame := s.Frame(); strings.Contains(frame, "~37%") || !strings.Contains(frame, "▲ 37%") {
		t.Errorf("the budget is marked as a partial one:\n%s", frame)
	}
}

func TestObjectivesJoinMissingColumns(t *testing.T) {
	answers := []sources.Frame{{Series: []sources.Series{
		{Labels: map[string]string{"sloth_id": "a"}, Points: []sources.Point{{V: 0.99}}},
		{Labels: map[string]string{}, Points: []sources.Point{{V: 0.9}}},
		{Labels: map[string]string{"sloth_id": "b"}},
		{Labels: map[string]string{"sloth_id": "c"}, Points: []sources.Point{{V: math.NaN()}}},
	}}}
	got := objectivesIn(answers)
	if len(got) != 2 {
		t.Fatalf("%d objectives, want a and c", len(got))
	}
	for _, o := range got {
		if state, _ := o.state(); state != "no data" {
			t.Errorf("%s is %q without data", o.id, state)
		}
		if o.exhaustion() != "–" || o.budgetCell().Text != "–" {
			t.Errorf("%s: numbers without data: %s %s", o.id, o.exhaustion(), o.budgetCell().Text)
		}
	}
}

func TestObjectiveStates(t *testing.T) {
	nan := math.NaN()
	for name, tc := range map[string]struct {
		left, burn float64
		firing     []string
		want       string
	}{
		"fine": {0.9, 0.3, nil, "ok"}, "faster than it lasts": {0.9, 1.5, nil, "spending"}, "over": {-0.4, 0.1, nil, "exhausted"},
		"paging": {0.5, 20, []string{"ticket", "page"}, "burning: page"}, "a ticket": {0.5, 3, []string{"ticket"}, "burning: ticket"},
		"unknown": {nan, nan, nil, "no data"}, "only the burn": {nan, 0.5, nil, "ok"},
	} {
		o := objective{left: tc.left, burn: tc.burn, firing: tc.firing}
		if got, _ := o.state(); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestPromDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"30s": 30 * time.Second, "2m30s": 150 * time.Second, "5m": 5 * time.Minute, "1h4m": 64 * time.Minute, "3d": 72 * time.Hour, "30d": 720 * time.Hour,
		"1w": 168 * time.Hour, "": 0, "5": 0, "m": 0, "5x": 0, "999999999999d": 0, "-5m": 0, "900000000y": 0,
	} {
		got, ok := promDuration(in)
		if got != want && ok || ok != (want > 0) {
			t.Errorf("%q: %v %v, want %v", in, got, ok, want)
		}
	}
}

func TestPercent(t *testing.T) {
	for in, want := range map[float64]string{0.999: "99.9%", 0.9995: "99.95%", 0.37: "37%", 1: "100%", -3.4: "-340%", 0.05: "5%", 0.0123: "1.2%", 0: "0%", math.Inf(1): "–"} {
		if got := percent(in); got != want {
			t.Errorf("percent(%v) = %q, want %q", in, got, want)
		}
	}
}
