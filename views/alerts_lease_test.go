package views

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
	"firewatch/ui"
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

// What another context takes the renewing from is said when it is opened.
func TestLeaseAndAnotherContext(t *testing.T) {
	m := newManager()
	other := newManager()
	set := &theSources{other}
	s := startAlerts(t, m, uitest.Config{W: 200, Shell: ui.Config{Contexts: []string{"demo", "live"}, Switch: func(context.Context, string) (ui.Config, error) {
		return ui.Config{Views: []ui.View{&alerts{}}, Sources: set, Context: "live", User: "dana"}, nil
	}}})
	s.Press("a", "enter")
	s.Advance(10 * time.Second)
	s.Press("c", "2")
	if f := s.Frame(); !strings.Contains(f, "context live · acks in demo lapse: TargetDown at 14:17 UTC") {
		t.Errorf("it is not said what lapses:\n%s", f)
	}
}

// theSources are those of a manager, for a context that is switched to.
type theSources struct{ m *manager }

func (s *theSources) Query(_ context.Context, q sources.Query, w sources.Window) (sources.Frame, error) {
	return s.m.answer(q, w)
}

func (s *theSources) Act(_ context.Context, a sources.Action) (sources.Receipt, error) {
	return s.m.act(a)
}

// A server whose clock is ten minutes ahead ends a silence ten minutes early by
// ours: the lease is counted by its clock, and the alert stays acked.
func TestLeaseByTheServersClock(t *testing.T) {
	for _, off := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
		m := newManager()
		m.skew = off
		s := startAlerts(t, m, uitest.Config{})
		s.Advance(10 * time.Second)
		s.Press("a", "enter")
		acted := s.Acted()
		if end := acted[0].(sources.SetSilence).Silence.EndsAt; !end.Equal(s.Now().Add(off + 15*time.Minute)) {
			t.Errorf("%s off: the ack ends at %s by the server's clock", off, end)
		}
		for range 30 {
			s.Advance(time.Minute)
			if end := m.silences[1].EndsAt; !end.After(s.Now().Add(off)) {
				t.Fatalf("%s off: lapsed at %s, the server's clock says %s", off, end, s.Now().Add(off))
			}
		}
		if n := len(s.Acted()); n < 2 || n > 3 {
			t.Errorf("%s off: %d renewals in half an hour", off, n)
		}
	}
}
