package views

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/uitest"
)

func TestAck(t *testing.T) {
	m := newManager()
	s := startAlerts(t, m, uitest.Config{})
	s.Press("j", "j", "a")
	s.Type("rolling back")
	s.Press("enter")
	acted := s.Acted()
	if len(acted) != 1 {
		t.Fatalf("acted %v, want one silence", acted)
	}
	got := acted[0].(sources.SetSilence).Silence
	want := sources.Silence{
		Matchers: []sources.Matcher{
			{Name: "alertname", Value: "HighErrorRate", Equal: true}, {Name: "area", Value: "app", Equal: true}, {Name: "service", Value: "fraud-scorer", Equal: true},
			{Name: "severity", Value: "warning", Equal: true}, {Name: "team", Value: "ml-serving", Equal: true},
		},
		StartsAt: uitest.Start, EndsAt: uitest.Start.Add(15 * time.Minute), CreatedBy: "dana", Comment: "ACK! dana: rolling back",
		Annotations: map[string]string{"ack": "true", "owner": "dana", "lease": "900s", "tool": "firewatch"},
	}
	if !slices.Equal(got.Matchers, want.Matchers) || !maps.Equal(got.Annotations, want.Annotations) || got.Comment != want.Comment ||
		got.CreatedBy != want.CreatedBy || !got.StartsAt.Equal(want.StartsAt) || !got.EndsAt.Equal(want.EndsAt) || got.ID != "" {
		t.Errorf("acked by\n%+v, want\n%+v", got, want)
	}
	// The mark is not on the alert yet; the silence says it all the same.
	if f := s.Frame(); !strings.Contains(f, "acked by dana until 14:17 UTC, taking effect") {
		t.Errorf("the ack does not show:\n%s", f)
	}
	if f := s.Frame(); !strings.Contains(f, "● acked HighErrorRate until 14:17 UTC") {
		t.Errorf("it is not said what was done:\n%s", f)
	}
	s.Press("a")
	if f := s.Frame(); !strings.Contains(f, "already acked by dana") || len(s.Acted()) != 0 {
		t.Errorf("acked twice:\n%s", f)
	}
	// Un-ack ends it; undo makes it again.
	s.Press("A")
	if acted := s.Acted(); len(acted) != 1 || acted[0].(sources.ExpireSilence).Silence.ID != m.silences[1].ID {
		t.Fatalf("un-ack did %v", acted)
	}
	if f := s.Frame(); strings.Contains(f, "acked by dana") {
		t.Errorf("still acked:\n%s", f)
	}
}

func TestAckWithoutReason(t *testing.T) {
	m := newManager()
	s := startAlerts(t, m, uitest.Config{})
	s.Press("a", "enter")
	if got := s.Acted()[0].(sources.SetSilence).Silence.Comment; got != "ACK! dana: looking into it" {
		t.Errorf("comment %q", got)
	}
}

// A sibling that differs in a volatile label only must stay loud, and the
// prompt says that the label is kept.
func TestAckKeepsWhatTellsApart(t *testing.T) {
	m := newManager()
	twin := m.alerts[2]
	twin.Labels = maps.Clone(twin.Labels)
	twin.Labels["pod"], twin.Fingerprint = "scorer-other", "twin"
	m.alerts = append(m.alerts, twin)
	s := startAlerts(t, m, uitest.Config{})
	s.Press("j", "j", "a")
	if f := s.Frame(); !strings.Contains(f, "differs in nothing but pod") {
		t.Errorf("the prompt does not say so:\n%s", f)
	}
	s.Press("enter")
	got := s.Acted()[0].(sources.SetSilence).Silence
	for _, a := range m.alerts {
		muted, _ := silence.Matches(got.Matchers, a.Labels)
		if muted != (a.Labels["pod"] == "scorer-7d9f") {
			t.Errorf("%s muted: %v by %s", a.Fingerprint, muted, silence.Format(got.Matchers))
		}
	}
}

func TestActOnWhatWasSeen(t *testing.T) {
	m := newManager()
	s := startAlerts(t, m, uitest.Config{})
	s.Press("a")
	// Sam is faster.
	sams := silence.Defaults.Ack(m.alerts[3:4], silence.By{User: "sam", Reason: "mine", Tool: "x", At: uitest.Start}, m.alerts)[0]
	sams.ID, sams.State = "sam-1", "active"
	m.silences = append(m.silences, sams)
	s.Advance(10 * time.Second)
	s.Press("enter")
	if acted := s.Acted(); len(acted) != 0 {
		t.Errorf("acted %v although it was acked meanwhile", acted)
	}
	if f := s.Frame(); !strings.Contains(f, "called off: TargetDown was firing, is acked by sam") {
		t.Errorf("it does not say why:\n%s", f)
	}
	s.Press("esc", "x")
	m.alerts = slices.Delete(m.alerts, 3, 4)
	s.Advance(10 * time.Second)
	s.Press("y")
	if f := s.Frame(); len(s.Acted()) != 0 || !strings.Contains(f, "TargetDown is gone") {
		t.Errorf("acted on an alert that is gone:\n%s", f)
	}
}

func TestSilenceForm(t *testing.T) {
	m := newManager()
	s := startAlerts(t, m, uitest.Config{})
	s.Press("s")
	if f := s.Frame(); !strings.Contains(f, "say why") {
		t.Errorf("an empty comment passes:\n%s", f)
	}
	s.Press("tab", "ctrl+u")
	s.Type("until 17:30")
	s.Press("tab")
	s.Type("swapping the NIC")
	if f := s.Frame(); !strings.Contains(f, "mutes 1 alert now") || !strings.Contains(f, "ends 17:30 UTC") {
		t.Errorf("the preview does not say what and until when:\n%s", f)
	}
	s.Press("enter")
	got := s.Acted()[0].(sources.SetSilence).Silence
	if silence.Format(got.Matchers) != `alertname="TargetDown", instance="web-2:9100", job="node", severity="critical", team="core"` ||
		!got.EndsAt.Equal(time.Date(2026, 3, 3, 17, 30, 0, 0, time.UTC)) || got.Comment != "swapping the NIC" || got.CreatedBy != "dana" || silence.IsAck(&got) {
		t.Errorf("silenced by %+v", got)
	}
}

func TestWideSilenceNeedsTheName(t *testing.T) {
	m := newManager()
	s := startAlerts(t, m, uitest.Config{})
	s.Press("s", "ctrl+u")
	s.Type("severity=~\".*\"")
	s.Press("tab", "tab")
	s.Type("x")
	if f := s.Frame(); !strings.Contains(f, "it mutes nearly everything") || !strings.Contains(f, "Watchdog") {
		t.Errorf("nothing speaks against it:\n%s", f)
	}
	s.Press("enter")
	if acted := s.Acted(); len(acted) != 0 {
		t.Fatalf("sent without asking: %v", acted)
	}
	s.Press("y", "enter")
	if acted := s.Acted(); len(acted) != 0 {
		t.Fatalf("a y is enough: %v", acted)
	}
	s.Press("ctrl+u")
	s.Type("demo")
	s.Press("enter")
	if acted := s.Acted(); len(acted) != 1 {
		t.Errorf("the typed name does not override: %v\n%s", acted, s.Frame())
	}
}

func TestProductionNeedsTheName(t *testing.T) {
	s := startAlerts(t, newManager(), uitest.Config{Shell: ui.Config{Prod: true, Context: "live"}})
	s.Press("S", "1", "y")
	if len(s.Acted()) != 0 {
		t.Error("silenced in production by a y")
	}
	s.Press("ctrl+u")
	s.Type("live")
	s.Press("enter")
	if len(s.Acted()) != 1 {
		t.Error("not silenced with the name typed")
	}
}

func TestQuickSilence(t *testing.T) {
	s := startAlerts(t, newManager(), uitest.Config{})
	s.Press("S", "4")
	if f := s.Frame(); len(s.Acted()) != 0 || !strings.Contains(f, "mutes 1 alert now") {
		t.Fatalf("no preview before it is sent:\n%s", f)
	}
	s.Press("esc", "S", "enter", "enter", "enter")
	if acted := s.Acted(); len(acted) != 0 {
		t.Fatalf("enter alone silenced: %v", acted)
	}
	s.Press("esc", "S", "4", "y")
	got := s.Acted()[0].(sources.SetSilence).Silence
	if !got.EndsAt.Equal(time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)) || got.Comment == "" {
		t.Errorf("until 09:00 ends %v", got.EndsAt)
	}
}

func TestExpire(t *testing.T) {
	m := newManager()
	s := startAlerts(t, m, uitest.Config{})
	s.Press("x")
	if f := s.Frame(); !strings.Contains(f, "no silence matches it") {
		t.Errorf("a loud alert offers to be expired:\n%s", f)
	}
	s.Press("j", "x")
	if f := s.Frame(); !strings.Contains(f, "growing the disk") || !strings.Contains(f, "It mutes 1 alert") {
		t.Errorf("the question does not show the silence:\n%s", f)
	}
	s.Press("n")
	if len(s.Acted()) != 0 {
		t.Fatal("n expires it")
	}
	s.Press("x", "y")
	acted := s.Acted()
	if len(acted) != 1 || acted[0].(sources.ExpireSilence).Silence.ID != "0c3f5a10-1" {
		t.Errorf("expired %v", acted)
	}
}

func TestReadOnly(t *testing.T) {
	s := startAlerts(t, newManager(), uitest.Config{Shell: ui.Config{ReadOnly: true}})
	for _, k := range []string{"a", "A", "s", "S", "x"} {
		s.Press(k, "enter", "y", "esc")
	}
	if acted := s.Acted(); len(acted) != 0 {
		t.Errorf("a read-only console wrote %v", acted)
	}
}
