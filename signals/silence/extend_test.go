package silence

import (
	"maps"
	"testing"
	"time"

	"firewatch/sources"
)

func TestWhen(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		berlin = time.FixedZone("CET", 3600)
	}
	now := time.Date(2026, 11, 22, 16, 30, 0, 0, berlin) // a Sunday
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, berlin) }
	for in, want := range map[string][2]time.Time{
		"2h":                                {now, now.Add(2 * time.Hour)},
		"until 09:00":                       {now, at(23, 9, 0)},
		"for 4h":                            {now, now.Add(4 * time.Hour)},
		"tomorrow 09:00 for 2h":             {at(23, 9, 0), at(23, 11, 0)},
		"Tomorrow 09:00  for 2h":            {at(23, 9, 0), at(23, 11, 0)},
		"sat 22:00-23:30":                   {at(28, 22, 0), at(28, 23, 30)},
		"sat 22:00 - 02:00":                 {at(28, 22, 0), at(29, 2, 0)},
		"saturday 22:00–sun 02:00":          {},
		"22:00-23:30":                       {at(22, 22, 0), at(22, 23, 30)},
		"15:00-17:00":                       {at(23, 15, 0), at(23, 17, 0)},
		"sun 15:00-17:00":                   {now, at(22, 17, 0)},
		"mon 09:00 until tue 18:00":         {at(23, 9, 0), at(24, 18, 0)},
		"from 18:00 to 19:00":               {at(22, 18, 0), at(22, 19, 0)},
		"now until 18:00":                   {now, at(22, 18, 0)},
		"2026-11-24 08:00 for 1d":           {at(24, 8, 0), at(25, 8, 0)},
		"2026-11-24 08:00-10:00":            {at(24, 8, 0), at(24, 10, 0)},
		"2026-11-24 to 2026-11-26":          {at(24, 0, 0), at(26, 0, 0)},
		"2026-11-22 16:00 for 1h":           {now, at(22, 17, 0)},
		"2026-11-21 16:00 for 1h":           {},
		"tomorrow 09:00 for":                {},
		"tomorrow 09:00 for ever":           {},
		"some day for 2h":                   {},
		"mon 09:00 until 2026-11-20 09:00":  {},
		"2026-11-24 08:00-2026-11-24 10:00": {},
	} {
		start, end, err := When(in, now, berlin)
		if want[0].IsZero() {
			if err == nil {
				t.Errorf("%q is read as %v to %v, want an error", in, start, end)
			}
			continue
		}
		if err != nil || !start.Equal(want[0]) || !end.Equal(want[1]) {
			t.Errorf("%q: %v to %v, %v; want %v to %v", in, start, end, err, want[0], want[1])
		}
	}
}

func FuzzWhen(f *testing.F) {
	for _, s := range []string{"2h", "sat 22:00-23:30", "tomorrow 09:00 for 2h", "mon 09:00 until tue 18:00", "a - b"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 22, 16, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		start, end, err := When(text, now, time.UTC)
		if err == nil && (start.Before(now) || !end.After(start)) {
			t.Errorf("%q goes from %v to %v", text, start, end)
		}
	})
}

func TestExtended(t *testing.T) {
	old := sources.Silence{ID: "x", State: "active", Matchers: []sources.Matcher{eq("a", "b")}, StartsAt: noon, EndsAt: noon.Add(time.Hour),
		CreatedBy: "sam", Comment: "c", Annotations: map[string]string{"ticket": "OPS-1"}}
	got := Extended(old, 30*time.Minute)
	if got.ID != "x" || !got.EndsAt.Equal(noon.Add(90*time.Minute)) || !got.StartsAt.Equal(noon) || got.CreatedBy != "sam" || !maps.Equal(got.Annotations, old.Annotations) {
		t.Errorf("extended %+v", got)
	}
	got.Matchers[0].Value, got.Annotations["ticket"] = "z", "z"
	if old.Matchers[0].Value != "b" || old.Annotations["ticket"] != "OPS-1" {
		t.Error("the old one changes with the new one")
	}
}

func TestAgainHasTheNewMaker(t *testing.T) {
	old := sources.Silence{ID: "x", Cluster: "eu", State: "expired", Matchers: []sources.Matcher{eq("a", "b")}, StartsAt: noon.Add(-26 * time.Hour), EndsAt: noon.Add(-24 * time.Hour),
		CreatedBy: "sam", Comment: "ACK! sam: disk", Annotations: map[string]string{"owner": "sam", "ticket": "OPS-1", "ack": "true"}}
	got := Again(old, By{User: "dana", Tool: "t", At: noon})
	want := map[string]string{"owner": "dana", "ticket": "OPS-1", "tool": "t"}
	if got.ID != "" || got.Cluster != "eu" || got.CreatedBy != "dana" || Owner(&got) != "dana" || got.Comment != "disk" || !maps.Equal(got.Annotations, want) ||
		!got.StartsAt.Equal(noon) || !got.EndsAt.Equal(noon.Add(2*time.Hour)) {
		t.Errorf("made again as %+v", got)
	}
}

// The clock of the wall counts, through the end of summer time too.
func TestWeekly(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here: ", err)
	}
	start := time.Date(2026, 10, 17, 22, 0, 0, 0, berlin)
	first := By{User: "dana", Reason: "backup", At: noon}.Make("", []sources.Matcher{eq("a", "b")}, start, start.Add(90*time.Minute))
	got := Weekly(first, 3, berlin)
	if len(got) != 3 {
		t.Fatalf("%d windows", len(got))
	}
	for i, s := range got {
		local := s.StartsAt.In(berlin)
		if local.Format("Mon 15:04") != "Sat 22:00" || s.EndsAt.In(berlin).Format("15:04") != "23:30" || local.Day() != []int{17, 24, 31}[i] {
			t.Errorf("window %d is %v to %v", i, s.StartsAt, s.EndsAt)
		}
		if s.Annotations["series"] == "" || s.Annotations["series"] != got[0].Annotations["series"] || s.Annotations["window"] != []string{"1/3", "2/3", "3/3"}[i] ||
			s.Comment != "backup (weekly "+s.Annotations["window"]+")" || s.Annotations["owner"] != "dana" {
			t.Errorf("window %d says %q %v", i, s.Comment, s.Annotations)
		}
	}
	if d := got[2].StartsAt.Sub(got[1].StartsAt); d != 7*24*time.Hour+time.Hour {
		t.Errorf("the week in which summer time ends has %v", d)
	}
	if n := len(Weekly(first, 1000, berlin)); n != MaxWeeks {
		t.Errorf("%d windows of a thousand", n)
	}
	if one := Weekly(first, 1, berlin); len(one) != 1 || one[0].Comment != "backup" {
		t.Errorf("one week makes a series: %+v", one)
	}
}

func TestAckOfSeveral(t *testing.T) {
	all := []sources.Alert{
		alert("alertname", "HostDown", "instance", "1"), alert("alertname", "HostDown", "instance", "2"), alert("alertname", "HostDown", "instance", "3"),
		alert("alertname", "Disk", "instance", "1"),
	}
	got := Defaults.Ack([]sources.Alert{all[0], all[1], all[3]}, By{User: "dana", Reason: "mine", Ticket: "OPS-9", At: noon, Plain: true}, all)
	if len(got) != 2 || Format(got[0].Matchers) != `alertname="HostDown", instance=~"1|2"` || Format(got[1].Matchers) != `alertname="Disk", instance="1"` {
		t.Fatalf("acked by %+v", got)
	}
	for _, s := range got {
		if s.Comment != "ACK! dana: mine [OPS-9]" || s.Annotations["ticket"] != "OPS-9" || !IsAck(&s) {
			t.Errorf("ticket and reason: %q %v", s.Comment, s.Annotations)
		}
	}
}

func TestSettings(t *testing.T) {
	if err := (Settings{}).Complete().Check(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	short := Settings{Lease: time.Minute, MaxLease: time.Hour}.Complete()
	a := alert("alertname", "A")
	s := short.Ack([]sources.Alert{a}, By{User: "dana", At: noon}, nil)[0]
	s.ID, s.State = "x", "active"
	if _, ok := short.Renewal(s, s.EndsAt, []sources.Alert{a}, noon.Add(30*time.Second)); ok || s.Annotations["lease"] != "60s" {
		t.Errorf("a lease of a minute is renewed at once: %v", s.Annotations)
	}
	if _, ok := short.Renewal(s, s.EndsAt, []sources.Alert{a}, noon.Add(45*time.Second)); !ok {
		t.Error("a lease of a minute is not renewed in its last third")
	}
	for want, s := range map[string]Settings{
		"lease":                 {Lease: time.Second},
		"max_lease":             {Lease: time.Hour, MaxLease: time.Minute},
		"max: ":                 {Policy: Policy{Max: time.Minute}},
		"quick[1]":              {Quick: []string{"1h", "soon"}},
		"templates[0].name":     {Templates: []Template{{}}},
		"templates[0].matchers": {Templates: []Template{{Name: "a", Matchers: "x"}}},
		"templates[0].for":      {Templates: []Template{{Name: "a", For: "x"}}},
	} {
		if err := s.Complete().Check(); err == nil || err.Error()[:len(want)] != want {
			t.Errorf("%+v gives %v, want an error at %s", s, err, want)
		}
	}
}

func TestAgainOfOneThatWasCutShort(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	old := sources.Silence{Matchers: []sources.Matcher{eq("a", "b")}, StartsAt: at, EndsAt: at.Add(time.Second)}
	if s := Again(old, By{User: "ops", At: at}); s.EndsAt.Sub(s.StartsAt) != 2*time.Hour {
		t.Errorf("one that was ended after a second is made again for %s", s.EndsAt.Sub(s.StartsAt))
	}
	old.EndsAt = at.Add(45 * time.Minute)
	if s := Again(old, By{User: "ops", At: at}); s.EndsAt.Sub(s.StartsAt) != 45*time.Minute {
		t.Errorf("one of 45 minutes is made again for %s", s.EndsAt.Sub(s.StartsAt))
	}
}
