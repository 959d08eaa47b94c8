package silence

import (
	"maps"
	"testing"
	"time"

	"firewatch/sources"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// ackOf is the acknowledgement of one alert at noon.
func ackOf(a sources.Alert, by By, current ...sources.Alert) sources.Silence {
	by.At = noon
	return Defaults.Ack([]sources.Alert{a}, by, current)[0]
}

func TestAck(t *testing.T) {
	a := alert("alertname", "A", "pod", "p1", "service", "fraud")
	s := ackOf(a, By{User: "dana", Reason: " looking ", Tool: "firewatch/1"}, a)
	if Format(s.Matchers) != `alertname="A", service="fraud"` || s.Comment != "ACK! dana: looking" || s.CreatedBy != "dana" ||
		!s.StartsAt.Equal(noon) || !s.EndsAt.Equal(noon.Add(15*time.Minute)) || s.ID != "" {
		t.Errorf("ack is %+v", s)
	}
	if want := map[string]string{"ack": "true", "owner": "dana", "lease": "900s", "tool": "firewatch/1"}; !maps.Equal(s.Annotations, want) {
		t.Errorf("annotations are %v, want %v", s.Annotations, want)
	}
	if s := ackOf(a, By{User: "dana"}); s.Comment != "ACK! dana" || Reason(&s) != "" {
		t.Errorf("without a reason: comment %q, reason %q", s.Comment, Reason(&s))
	}
}

func TestAckOfOthers(t *testing.T) {
	for _, c := range []struct {
		s             sources.Silence
		ack           bool
		owner, reason string
	}{
		{sources.Silence{CreatedBy: "karma", Comment: "ACK! This alert was acknowledged using karma on Sun"}, true, "karma", "This alert was acknowledged using karma on Sun"},
		{sources.Silence{CreatedBy: "api", Comment: "on it", Annotations: map[string]string{"ack": "true", "owner": "dana"}}, true, "dana", "on it"},
		{sources.Silence{CreatedBy: "dana", Comment: "ACK! dana: disk is being grown"}, true, "dana", "disk is being grown"},
		{sources.Silence{CreatedBy: "dan", Comment: "ACK! dana: not the same name"}, true, "dan", "dana: not the same name"},
		{sources.Silence{CreatedBy: "ops", Comment: "maintenance"}, false, "ops", "maintenance"},
		{sources.Silence{Comment: "maintenance", Annotations: map[string]string{"ack": "false"}}, false, "someone", "maintenance"},
	} {
		if IsAck(&c.s) != c.ack || Owner(&c.s) != c.owner || Reason(&c.s) != c.reason {
			t.Errorf("%+v: ack %v owner %q reason %q", c.s, IsAck(&c.s), Owner(&c.s), Reason(&c.s))
		}
	}
}

func TestRenewal(t *testing.T) {
	a := alert("alertname", "A")
	current := []sources.Alert{a}
	s := ackOf(a, By{User: "dana", Reason: "on it", Tool: "firewatch"}, current...)
	s.ID, s.State = "id-1", "active"
	end := s.EndsAt

	if _, ok := Defaults.Renewal(s, end, current, noon.Add(9*time.Minute)); ok {
		t.Error("renewed six minutes before the end")
	}
	got, ok := Defaults.Renewal(s, end, current, noon.Add(11*time.Minute))
	if !ok || !got.EndsAt.Equal(noon.Add(26*time.Minute)) {
		t.Fatalf("four minutes before the end: %v %v", got.EndsAt, ok)
	}
	if got.ID != s.ID || !got.StartsAt.Equal(s.StartsAt) || Format(got.Matchers) != Format(s.Matchers) || got.Comment != s.Comment ||
		got.CreatedBy != s.CreatedBy || !maps.Equal(got.Annotations, s.Annotations) {
		t.Errorf("renewing changed more than the end: %+v", got)
	}
	soon := noon.Add(14 * time.Minute)
	for name, c := range map[string]struct {
		change  func(*sources.Silence)
		set     time.Time
		current []sources.Alert
		now     time.Time
	}{
		"after the end":        {nil, end, current, noon.Add(16 * time.Minute)},
		"nothing fires":        {nil, end, nil, soon},
		"another alert fires":  {nil, end, []sources.Alert{alert("alertname", "B")}, soon},
		"expired":              {func(s *sources.Silence) { s.State = "expired" }, end, current, soon},
		"not an ack":           {func(s *sources.Silence) { s.Comment, s.Annotations = "x", nil }, end, current, soon},
		"somebody else renews": {nil, end.Add(-time.Minute), current, soon},
		"broken matcher":       {func(s *sources.Silence) { s.Matchers = []sources.Matcher{re("a", "(")} }, end, current, soon},
	} {
		s := s
		if c.change != nil {
			c.change(&s)
		}
		if _, ok := Defaults.Renewal(s, c.set, c.current, c.now); ok {
			t.Errorf("renewed although %s", name)
		}
	}
	// Kept alive for as long as it goes, it stops four hours after the start.
	now := noon
	for range 1000 {
		now = now.Add(45 * time.Second)
		if next, ok := Defaults.Renewal(s, s.EndsAt, current, now); ok {
			s = next
		}
	}
	if !s.EndsAt.Equal(noon.Add(4 * time.Hour)) {
		t.Errorf("renewing stopped at %v, want four hours after the start", s.EndsAt.Sub(noon))
	}
	if end := s.EndsAt; Defaults.Spent(s, end, end.Add(-6*time.Minute)) || !Defaults.Spent(s, end, end.Add(-4*time.Minute)) || Defaults.Spent(s, end.Add(-time.Hour), end) {
		t.Error("a lease is spent five minutes before its last end, and only if nobody else has set it")
	}
}

func TestStatus(t *testing.T) {
	a, b := alert("alertname", "A"), alert("alertname", "B")
	ack := ackOf(a, By{User: "dana"})
	ack.ID, ack.State = "ack", "active"
	long := sources.Silence{ID: "long", State: "active", Matchers: []sources.Matcher{re("alertname", "A|C")}, CreatedBy: "sam", EndsAt: noon.Add(5 * time.Hour)}
	gone := sources.Silence{ID: "gone", State: "expired", Matchers: []sources.Matcher{eq("alertname", "B")}, EndsAt: noon.Add(-time.Minute)}
	with := func(a sources.Alert, change func(*sources.Alert)) sources.Alert { change(&a); return a }
	for _, c := range []struct {
		name     string
		a        sources.Alert
		silences []sources.Silence
		want     string
	}{
		{"loud", b, []sources.Silence{ack, long}, "firing"},
		{"acked, marked", with(a, func(a *sources.Alert) { a.SilencedBy = []string{"ack"} }), []sources.Silence{ack}, "acked by dana until 12:15"},
		{"acked, not marked yet", a, []sources.Silence{ack}, "acked by dana until 12:15, taking effect"},
		{"an ack comes before a longer silence", with(a, func(a *sources.Alert) { a.SilencedBy = []string{"long", "ack"} }), []sources.Silence{long, ack}, "acked by dana until 12:15"},
		{"silenced", with(a, func(a *sources.Alert) { a.SilencedBy = []string{"long"} }), []sources.Silence{long}, "silenced by sam until 17:00"},
		{"the silence is over, the mark is not", with(b, func(a *sources.Alert) { a.SilencedBy = []string{"gone"} }), []sources.Silence{gone}, "firing, taking effect"},
		{"silenced by one we do not know", with(b, func(a *sources.Alert) { a.SilencedBy = []string{"x-1"} }), nil, "silenced by silence x-1"},
		{"inhibited", with(b, func(a *sources.Alert) { a.InhibitedBy = []string{a.Fingerprint, "ffff"} }), nil, "inhibited by B, ffff"},
		{"muted", with(b, func(a *sources.Alert) { a.MutedBy = []string{"nights"} }), nil, "muted by interval nights"},
	} {
		book := NewBook([]sources.Alert{a, b}, c.silences, noon)
		got := book.Status(&c.a).Text(func(t time.Time) string { return t.Format("15:04") })
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	book := NewBook(nil, []sources.Silence{ack, long, gone}, noon)
	if un := book.Unused([]sources.Alert{b}); len(un) != 2 {
		t.Errorf("silences that match nothing: %v", un)
	}
	if st := NewBook(nil, []sources.Silence{ack}, noon.Add(time.Hour)).Status(&a); st.State != Firing {
		t.Errorf("a silence whose end has passed still holds: %v", st.State)
	}
}

func TestUntil(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	now := time.Date(2026, 11, 22, 16, 30, 0, 0, berlin) // a Sunday
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, berlin) }
	for in, want := range map[string]time.Time{
		"15m": now.Add(15 * time.Minute), " 2h ": now.Add(2 * time.Hour), "1d": now.Add(24 * time.Hour), "1d12h30m": now.Add(36*time.Hour + 30*time.Minute),
		"1w": now.Add(7 * 24 * time.Hour), "90s": now.Add(90 * time.Second), "for 4h": now.Add(4 * time.Hour),
		"until 09:00": at(23, 9, 0), "17:30": at(22, 17, 30), "16:30": at(23, 16, 30), "until 9:05": at(23, 9, 5),
		"tomorrow 09:00": at(23, 9, 0), "today 18:00": at(22, 18, 0), "Monday 09:00": at(23, 9, 0), "sun 16:00": at(29, 16, 0), "sunday 17:00": at(22, 17, 0),
		"2026-11-24 08:00": at(24, 8, 0), "2026-11-24": at(24, 0, 0), "2026-11-24T08:00:00Z": at(24, 9, 0),
	} {
		got, err := Until(in, now, berlin)
		if err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "0m", "soon", "25:00", "2h30", "-1h", "2026-11-21 08:00", "today 09:00", "until", "m", "yesterday 10:00", "99999999999h", "mo 09:00"} {
		if got, err := Until(in, now, berlin); err == nil {
			t.Errorf("%q is read as %v, want an error", in, got)
		}
	}
}
