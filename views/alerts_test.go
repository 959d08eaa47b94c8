package views

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/uitest"
)

func TestAlertsFrames(t *testing.T) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"80x24", 80, 24}, {"120x40", 120, 40}} {
		m := newManager()
		s := startAlerts(t, m, uitest.Config{W: size.w, H: size.h, Shell: ui.Config{Zone: ui.Local}})
		uitest.Golden(t, "alerts-list-"+size.name, s.Frame())
		s.Press("j", "j", "enter")
		uitest.Golden(t, "alerts-detail-"+size.name, s.Frame())
		s.Press("esc", "s")
		uitest.Golden(t, "alerts-form-"+size.name, s.Frame())
		s.Press("esc", "S", "2")
		uitest.Golden(t, "alerts-quick-"+size.name, s.Frame())
		s.Press("esc", "s", "ctrl+u")
		s.Type(`instance="web-2:9100", severity=~"warning|none|info"`)
		s.Press("tab", "ctrl+u")
		s.Type("60d")
		uitest.Golden(t, "alerts-near-"+size.name, s.Frame())
		s.Press("ctrl+s")
		s.Type("new switch")
		s.Press("ctrl+s")
		uitest.Golden(t, "alerts-refused-"+size.name, s.Frame())
		s.Press("esc", "esc", "/")
		s.Type("!@sil")
		uitest.Golden(t, "alerts-filter-"+size.name, s.Frame())
	}
}

// BenchmarkAlerts is a storm: 5000 alerts and 50 silences, all new at every
// refresh (join), and a key between two refreshes (key).
func BenchmarkAlerts(b *testing.B) {
	m := newManager()
	for i := range 5000 {
		m.alerts = append(m.alerts, made(time.Minute, "warning", "alertname", "HostHighCPU", "instance", fmt.Sprintf("web-%d:9100", i), "team", "core", "summary", "busy"))
	}
	for i := range 50 {
		m.silences = append(m.silences, sources.Silence{
			ID: fmt.Sprint(i), State: "active", EndsAt: uitest.Start.Add(time.Hour),
			Matchers: []sources.Matcher{{Name: "team", Value: "core", Equal: true}, {Name: "instance", Value: fmt.Sprintf("web-%d:.*", i), Regex: true, Equal: true}},
		})
	}
	b.Run("join", func(b *testing.B) {
		for b.Loop() {
			var rows alertRows
			rows.join(uitest.Start, true, m.alerts, m.silences, m.rules)
		}
	})
	b.Run("key", func(b *testing.B) {
		s := uitest.New(b, uitest.Config{Views: []ui.View{newAlerts()}, W: 200, H: 60, Answer: m.answer})
		for b.Loop() {
			s.Press("j")
			s.View()
		}
	})
}

func TestAlertsOrder(t *testing.T) {
	s := startAlerts(t, newManager(), uitest.Config{W: 110})
	want := []string{"TargetDown", "HostFilesystem", "HighErrorRate", "HighLatencyP95", "HostHighCPU", "ModelStale", "Watchdog"}
	if got := order(s.Frame()); !slices.Equal(got, want) {
		t.Errorf("order is %v, want %v", got, want)
	}
}

func TestAlertFilter(t *testing.T) {
	m := newManager()
	for text, want := range map[string][]string{
		"severity=critical":         {"TargetDown", "HostFilesystem"},
		`team=~"core|x"`:            {"TargetDown", "HostFilesystem", "HostHighCPU"},
		"@firing":                   {"TargetDown", "HighErrorRate", "Watchdog"},
		"!@silenced team=core":      {"TargetDown", "HostHighCPU"},
		"-team=core severity!=none": {"HighErrorRate", "HighLatencyP95", "ModelStale"},
		"@pending":                  {"HighLatencyP95"},
		"WEB-2, busy":               {"HostHighCPU"},
		`{alertname="Watchdog"}`:    {"Watchdog"},
		"nothing":                   nil,
	} {
		s := startAlerts(t, m, uitest.Config{W: 110, Shell: ui.Config{Open: "alerts " + text}})
		if got := order(s.Frame()); !slices.Equal(got, want) {
			t.Errorf("%s shows %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"@loud", "a=~(", `a=~"("`, "!", "a=\"", "- x"} {
		if f, err := parseAlertFilter(text); err == nil {
			t.Errorf("%s is read as %+v", text, f)
		}
	}
}

func TestFilterIsTypedLive(t *testing.T) {
	s := startAlerts(t, newManager(), uitest.Config{W: 110})
	s.Press("/")
	s.Type("@pend")
	if got := order(s.Frame()); len(got) != 7 {
		t.Errorf("a half typed state hides %v", got)
	}
	s.Press("tab")
	if got := order(s.Frame()); !slices.Equal(got, []string{"HighLatencyP95"}) {
		t.Errorf("the completed filter shows %v", got)
	}
	s.Press("enter", "!")
	if got := order(s.Frame()); len(got) != 6 {
		t.Errorf("inverted it shows %v", got)
	}
	s.Press("esc")
	if got := order(s.Frame()); len(got) != 7 {
		t.Errorf("esc leaves %v", got)
	}
}

func TestSelectionStaysOnItsAlert(t *testing.T) {
	m := newManager()
	s := startAlerts(t, m, uitest.Config{W: 110})
	s.Press("j", "j")
	for i := range 5 {
		m.alerts = append(m.alerts, made(time.Minute, "critical", "alertname", "TargetDown", "instance", "new-"+string(rune('a'+i))))
	}
	s.Advance(10 * time.Second)
	s.Press("a", "enter")
	got := s.Acted()[0].(sources.SetSilence).Silence.Matchers
	if got[0].Value != "HighErrorRate" {
		t.Errorf("the wrong alert was acked: %v", got)
	}
}

func TestBadge(t *testing.T) {
	m := newManager()
	s := startAlerts(t, m, uitest.Config{Views: []ui.View{&logs{}}, W: 110})
	if f := s.Frame(); !strings.Contains(f, "alerts ✗1 ▲1") {
		t.Errorf("no badge of one critical and one warning:\n%s", f)
	}
}

func TestMissingWatchdog(t *testing.T) {
	m := newManager()
	m.rules = append(m.rules, sources.Rule{Group: "meta", Name: "Watchdog", Alerting: true, Query: "vector(1)"})
	s := startAlerts(t, m, uitest.Config{})
	if strings.Contains(s.Frame(), "missing") {
		t.Fatal("the Watchdog is there")
	}
	m.alerts = m.alerts[1:]
	s.Advance(10 * time.Second)
	if f := s.Frame(); !strings.Contains(f, "the Watchdog is missing") {
		t.Errorf("nobody notices that the Watchdog is gone:\n%s", f)
	}
}

func TestClickOnAnAlert(t *testing.T) {
	s := startAlerts(t, newManager(), uitest.Config{Shell: ui.Config{Mouse: true}})
	for y, l := range strings.Split(s.Frame(), "\n") {
		if strings.Contains(l, "ModelStale") {
			s.Send(tea.MouseClickMsg{X: 20, Y: y, Button: tea.MouseLeft})
			break
		}
	}
	s.Press("a", "enter")
	if acted := s.Acted(); len(acted) != 1 || acted[0].(sources.SetSilence).Silence.Matchers[0].Value != "ModelStale" {
		t.Errorf("a click on a row and a acks %v", acted)
	}
}

func TestLogsOfAnAlert(t *testing.T) {
	for name, c := range map[string]struct {
		a    sources.Alert
		want string
	}{
		"by its rule":  {made(0, "info", "service", "x", "logs_query", "a:b"), "a:b"},
		"by service":   {made(0, "info", "service", `x"y`, "instance", "h:1"), `service.name:"x\"y"`},
		"by host":      {made(0, "info", "instance", "web-1:9100"), `host.name:"web-1"`},
		"all there is": {made(0, "info"), ""},
	} {
		if got := logsOf(&c.a); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	s := startAlerts(t, newManager(), uitest.Config{})
	s.Press("j", "j")
	s.Asked()
	s.Press("L")
	want := sources.Tail{Filter: `service.name:"fraud-scorer" and log.level:error`}
	if asked := s.Asked(); !slices.Contains(asked, sources.Query(want)) {
		t.Errorf("asked %v, want %v", asked, want)
	}
}

func TestRuleChart(t *testing.T) {
	s := startAlerts(t, newManager(), uitest.Config{})
	s.Press("j", "j")
	s.Asked()
	s.Press("enter")
	if asked := s.Asked(); !slices.Contains(asked, sources.Query(sources.PromQL{Expr: "service:http_errors:ratio_rate1m"})) {
		t.Errorf("asked %v, want the left side of the comparison", asked)
	}
}

func TestHostileAlert(t *testing.T) {
	m := newManager()
	nasty := "a\x1b[31mb\x1b]52;c;eA==\x07\u202e\u0085\t日本👩‍👩‍👧⚠️" + strings.Repeat("x", 300)
	a := made(time.Minute, "critical", "alertname", nasty, "service", nasty, nasty, nasty, "summary", sources.Clean(nasty))
	a.Exact, a.Labels = a.Labels, map[string]string{}
	for k, v := range a.Exact {
		a.Labels[sources.Clean(k)] = sources.Clean(v)
	}
	m.alerts = []sources.Alert{a}
	for _, w := range []int{30, 80, 200} {
		m.silences = nil
		s := startAlerts(t, m, uitest.Config{W: w, H: 24})
		for _, k := range []string{"", "enter", "esc", "s", "esc", "S", "esc", "d", "esc", "Y", "esc", "/"} {
			if k != "" {
				s.Press(k)
			}
			if f := s.Styled(); strings.Contains(f, "\x1b]52") || strings.Contains(f, "\u202e") || strings.Contains(f, "\u0085") {
				t.Errorf("width %d after %q: a hostile sequence reaches the terminal", w, k)
			}
		}
		// What is sent are the labels as they are, or the silence would match nothing.
		s.Press("esc", "a", "enter")
		acted := s.Acted()
		if len(acted) != 1 {
			t.Fatalf("width %d: acted %v\n%s", w, acted, s.Frame())
		}
		got := acted[0].(sources.SetSilence).Silence.Matchers
		if ok, err := silence.Matches(got, a.Exact); !ok || err != nil {
			t.Errorf("the ack does not match its alert: %v %v", got, err)
		}
	}
}

// On a short screen the list stays and the details go.
func TestAlertsOnShortScreens(t *testing.T) {
	for _, size := range [][2]int{{80, 12}, {90, 12}, {80, 10}, {120, 14}} {
		s := startAlerts(t, newManager(), uitest.Config{W: size[0], H: size[1]})
		f := s.Frame()
		if got := order(f); len(got) == 0 || got[0] != "TargetDown" {
			t.Errorf("%v: the rows are %v:\n%s", size, got, f)
		}
		if strings.Contains(f, "─ details ─") && size[1] < 14 {
			t.Errorf("%v: the details take the list's room:\n%s", size, f)
		}
	}
}
