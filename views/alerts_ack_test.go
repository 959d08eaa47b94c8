package views

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"firewatch/signals/incident"
	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/uitest"
)

// hostsDown is a manager with hosts that are down, besides the rest.
func hostsDown(n int) *manager {
	m := newManager()
	for i := range n {
		m.alerts = append(m.alerts, made(time.Minute, "critical", "alertname", "HostDown", "instance", fmt.Sprintf("web-%02d:9100", i), "team", "core", "summary", "down"))
	}
	return m
}

// ackedNames are the instances of HostDown that the silences of the manager mute.
func ackedNames(t *testing.T, m *manager) (out []string) {
	t.Helper()
	for _, a := range m.alerts {
		for _, s := range m.silences {
			ok, err := silence.Matches(s.Matchers, a.Labels)
			if err != nil {
				t.Fatal(err)
			}
			if ok && s.State == "active" && silence.IsAck(&s) {
				out = append(out, a.Labels["alertname"]+" "+a.Labels["instance"])
			}
		}
	}
	return out
}

func TestAckOfMarked(t *testing.T) {
	m := hostsDown(5)
	s := startAlerts(t, m, uitest.Config{})
	s.Press("/")
	s.Type("alertname=~\"HostDown|TargetDown\"")
	s.Press("enter", "space", "space", "space", "a")
	if f := s.Frame(); !strings.Contains(f, "2 silences cover exactly these") || !strings.Contains(f, "ack 3 alerts") {
		t.Errorf("the prompt does not say how:\n%s", f)
	}
	s.Type("OPS-77 rack lost power")
	s.Press("enter")
	if acted := s.Acted(); len(acted) != 2 {
		t.Fatalf("acted %v\n%s", acted, s.Frame())
	}
	got := ackedNames(t, m)
	if len(got) != 3 {
		t.Errorf("acked %v, want exactly three", got)
	}
	if a := m.silences[1].Annotations; a["ticket"] != "OPS-77" {
		t.Errorf("annotations %v", a)
	}
	// Both leases are renewed, and one undo ends both acks.
	s.Advance(11 * time.Minute)
	if acted := s.Acted(); len(acted) != 2 {
		t.Errorf("%d renewals, want two", len(acted))
	}
	s.Press("A")
	if acted := s.Acted(); len(acted) != 2 || len(ackedNames(t, m)) != 0 {
		t.Errorf("un-ack did %v, still acked %v", acted, ackedNames(t, m))
	}
	s.Press("z")
	if acted := s.Acted(); len(acted) != 2 {
		t.Errorf("undo did %v", acted)
	}
}

// An ack that holds more than was chosen is not ended without asking.
func TestUnackSaysWhatElse(t *testing.T) {
	m := hostsDown(3)
	s := startAlerts(t, m, uitest.Config{})
	s.Press("/")
	s.Type("alertname=HostDown")
	s.Press("enter", "space", "space", "a", "enter", `ctrl+\`, "g")
	s.Acted()
	for !strings.Contains(s.Frame(), "acked by dana") {
		s.Press("j")
	}
	s.Press("A")
	if f := s.Frame(); len(s.Acted()) != 0 || !strings.Contains(f, "un-ack more than was chosen?") {
		t.Errorf("not asked:\n%s", f)
	}
	s.Press("y")
	if acted := s.Acted(); len(acted) != 1 {
		t.Errorf("acted %v", acted)
	}
}

func TestManyAcksNeedTheName(t *testing.T) {
	for name, c := range map[string]struct {
		hosts int
		prod  bool
	}{"many": {12, false}, "production": {3, true}} {
		m := hostsDown(c.hosts)
		s := startAlerts(t, m, uitest.Config{Shell: ui.Config{Prod: c.prod, Context: "live"}})
		s.Press("/")
		s.Type("alertname=HostDown")
		s.Press("enter", "space", "G", "v", "a", "enter")
		if f := s.Frame(); len(s.Acted()) != 0 || !strings.Contains(f, "type live and press enter") {
			t.Errorf("%s: no name asked for:\n%s", name, f)
		}
		s.Type("live")
		s.Press("enter")
		if got := ackedNames(t, m); len(s.Acted()) != 1 || len(got) != c.hosts {
			t.Errorf("%s: acked %v", name, got)
		}
	}
}

// What would have been muted is read from the record of the alerts, and what
// fires is muted too where the record does not reach up to it.
func TestFormTellsThePast(t *testing.T) {
	m := newManager()
	m.also = func(q sources.Query, w sources.Window) sources.Frame {
		p, ok := q.(sources.PromQL)
		if !ok || p.Span != incident.RecordSpan || !strings.Contains(p.Expr, "TargetDown") {
			return sources.Frame{}
		}
		w = w.Last(p.Span, p.Points)
		s := sources.Series{Labels: map[string]string{"alertname": "TargetDown", "instance": "web-2:9100", "job": "node", "severity": "critical", "team": "core", "alertstate": "firing"}}
		for i, at := 0, w.Start; !at.After(w.End); i, at = i+1, at.Add(w.Step) {
			if i%300 < 5 {
				s.Points = append(s.Points, sources.Point{T: at.UnixMilli(), V: 1})
			}
		}
		return sources.Frame{Series: []sources.Series{s}}
	}
	s := startAlerts(t, m, uitest.Config{})
	s.Press("s")
	if f := s.Frame(); !strings.Contains(f, "would have muted 5 in the last 7 days: TargetDown 5 times") {
		t.Errorf("the past is not told:\n%s", f)
	}
}
