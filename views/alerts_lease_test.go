package views

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
	"firewatch/ui/uitest"
)

func TestLease(t *testing.T) {
	m := newManager()
	s := startAlerts(t, m, uitest.Config{})
	s.Press("a", "enter")
	first := s.Acted()[0].(sources.SetSilence).Silence
	s.Advance(9 * time.Minute)
	if acted := s.Acted(); len(acted) != 0 {
		t.Fatalf("renewed after nine minutes: %v", acted)
	}
	// Another tab is open: the lease is renewed all the same.
	s.Press("2")
	s.Advance(2 * time.Minute)
	acted := s.Acted()
	if len(acted) != 1 {
		t.Fatalf("after eleven minutes: %v, want one renewal", acted)
	}
	got := acted[0].(sources.SetSilence).Silence
	if got.ID != m.silences[1].ID || !got.StartsAt.Equal(first.StartsAt) || !slices.Equal(got.Matchers, first.Matchers) || !maps.Equal(got.Annotations, first.Annotations) ||
		got.Comment != first.Comment || !got.EndsAt.After(first.EndsAt) {
		t.Errorf("renewed as %+v", got)
	}
	// Somebody else's hand on the end: stand down.
	m.silences[1].EndsAt = m.silences[1].EndsAt.Add(time.Minute)
	s.Advance(30 * time.Minute)
	if acted := s.Acted(); len(acted) != 0 {
		t.Errorf("renewed what somebody else keeps: %v", acted)
	}
}

func TestLeaseEndsAndAsks(t *testing.T) {
	m := newManager()
	s := startAlerts(t, m, uitest.Config{})
	s.Press("a", "enter")
	id := m.silences[1].ID
	s.Advance(3*time.Hour + 54*time.Minute)
	if end := m.silences[1].EndsAt; m.silences[1].ID != id || !end.Equal(uitest.Start.Add(4*time.Hour)) {
		t.Fatalf("ends %v after the start, want four hours", end.Sub(uitest.Start))
	}
	s.Acted()
	s.Advance(2 * time.Minute)
	if f := s.Frame(); !strings.Contains(f, "still on it?") {
		t.Fatalf("the owner is not asked:\n%s", f)
	}
	s.Press("y")
	if acted := s.Acted(); len(acted) != 1 || acted[0].(sources.SetSilence).Silence.ID != "" {
		t.Errorf("yes leads to %v, want a new ack", acted)
	}
}

func TestLeaseLapsesWhenResolved(t *testing.T) {
	m := newManager()
	s := startAlerts(t, m, uitest.Config{})
	s.Press("a", "enter")
	s.Acted()
	m.alerts = slices.Delete(m.alerts, 3, 4)
	s.Advance(20 * time.Minute)
	if acted := s.Acted(); len(acted) != 0 {
		t.Errorf("renewed for an alert that is gone: %v", acted)
	}
}

func TestLeaseRetriesWithPause(t *testing.T) {
	m := newManager()
	s := startAlerts(t, m, uitest.Config{})
	s.Press("a", "enter")
	s.Acted()
	m.failing = &sources.Error{Source: "alertmanager", Kind: sources.Failed, Err: errors.New("boom")}
	s.Advance(12 * time.Minute)
	if n := len(s.Acted()); n < 2 || n > 6 {
		t.Errorf("%d tries in two minutes of failing, want one each half minute", n)
	}
	m.failing = nil
	s.Advance(time.Minute)
	if n := len(s.Acted()); n != 1 {
		t.Errorf("%d renewals once the server is back, want 1", n)
	}
}
