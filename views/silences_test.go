package views

import (
	"fmt"
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

// newQuiet is a manager with silences of every kind.
func newQuiet() *manager {
	m := newManager()
	add := func(id, state, by, comment string, from, to time.Duration, matchers string, annotations map[string]string) {
		ms, err := silence.Parse(matchers)
		if err != nil {
			panic(err)
		}
		m.silences = append(m.silences, sources.Silence{ID: id, State: state, StartsAt: uitest.Start.Add(from), EndsAt: uitest.Start.Add(to), UpdatedAt: uitest.Start.Add(from),
			CreatedBy: by, Comment: comment, Matchers: ms, Annotations: annotations})
	}
	add("a1b2c3d4-2", "active", "dana", "ACK! dana: rolling back", -5*time.Minute, 10*time.Minute, `alertname=HighErrorRate service=fraud-scorer`, map[string]string{"ack": "true", "owner": "dana"})
	add("b7b7b7b7-3", "active", "lee", "switch is being swapped", -2*time.Hour, 9*time.Minute, `instance="web-2:9100"`, map[string]string{"ticket": "NET-7"})
	add("c9c9c9c9-4", "active", "dana", "old host", -48*time.Hour, 72*time.Hour, `instance="gone-1:9100"`, nil)
	add("d0d0d0d0-5", "pending", "ci", "backup (weekly 1/4)", 26*time.Hour, 28*time.Hour, `alertname="HostFilesystemAlmostFull"`, map[string]string{"series": "0badf00d", "window": "1/4"})
	add("e1e1e1e1-6", "expired", "sam", "disk is being grown", -30*time.Hour, -26*time.Hour, `alertname=TargetDown instance="web-2:9100"`, map[string]string{"ticket": "OPS-12", "owner": "sam"})
	return m
}

func startSilences(t *testing.T, m *manager, cfg uitest.Config) *uitest.Shell {
	t.Helper()
	cfg.Views = []ui.View{&alerts{}, &silences{}}
	for _, v := range cfg.Views {
		v.(interface{ use(Options) }).use(Options{})
	}
	cfg.Answer, cfg.Act = m.answer, m.act
	s := uitest.New(t, cfg)
	m.now = s.Now
	s.Press("2")
	return s
}

func TestSilencesFrames(t *testing.T) {
	for _, size := range fakeSizes {
		name := fmt.Sprintf("%dx%d", size[0], size[1])
		golden := func(s *uitest.Shell, what string) { t.Helper(); uitest.Golden(t, "silences-"+what+"-"+name, s.Frame()) }
		s := startSilences(t, newQuiet(), uitest.Config{W: size[0], H: size[1], Shell: ui.Config{Zone: ui.Local}})
		golden(s, "list")
		s.Press("E", "enter")
		golden(s, "detail")
		s.Press("esc", "j", "e")
		golden(s, "edit")
		s.Press("esc", "space", "space", "space", "x")
		golden(s, "expire")
		s.Press("esc", "+")
		golden(s, "extend")
		s.Press("esc", `ctrl+\`, "G", "R")
		golden(s, "again")
		s.Press("tab", "ctrl+u")
		s.Type("sat 22:00-23:30")
		s.Press("tab", "tab", "tab")
		s.Type("4")
		golden(s, "weekly")
	}
}

func TestSilencesFilter(t *testing.T) {
	s := startSilences(t, newQuiet(), uitest.Config{})
	for filter, want := range map[string]string{
		"@mine": "a1b2c3d4 c9c9c9c9", "@acks": "a1b2c3d4", "@unused": "c9c9c9c9", "@expired": "e1e1e1e1", "@expiring": "a1b2c3d4 b7b7b7b7",
		"NET-7": "b7b7b7b7", "lee": "b7b7b7b7", "alertname=HostFilesystemAlmostFull": "0c3f5a10 d0d0d0d0", "@all alertname=TargetDown": "e1e1e1e1",
	} {
		v := &silences{}
		s2 := uitest.New(t, uitest.Config{Views: []ui.View{v}, Answer: newQuiet().answer, Shell: ui.Config{Open: "silences " + filter}})
		s2.Frame()
		var got []string
		for _, r := range v.rows.shown {
			got = append(got, short(r.s.ID))
		}
		want := strings.Fields(want)
		if len(got) != len(want) || strings.Join(slices.Sorted(slices.Values(got)), " ") != strings.Join(want, " ") {
			t.Errorf("%s shows %v, want %v", filter, got, want)
		}
	}
	if f := s.Frame(); !strings.Contains(f, "▲1") {
		t.Errorf("the tab does not warn of the silence that ends soon:\n%s", f)
	}
}

func TestSilenceIsExtendedFromItsEnd(t *testing.T) {
	m := newQuiet()
	s := startSilences(t, m, uitest.Config{})
	s.Press("j", "+", "2")
	acted := s.Acted()
	if len(acted) != 1 {
		t.Fatalf("acted %v\n%s", acted, s.Frame())
	}
	got, was := acted[0].(sources.SetSilence).Silence, newQuiet().silences[1]
	if got.ID != was.ID || !got.EndsAt.Equal(was.EndsAt.Add(time.Hour)) || !got.StartsAt.Equal(was.StartsAt) || !maps.Equal(got.Annotations, was.Annotations) {
		t.Errorf("extended to %+v", got)
	}
}

func TestExtensionOfWhatHasEnded(t *testing.T) {
	m := newQuiet()
	s := startSilences(t, m, uitest.Config{Shell: ui.Config{Prod: true, Context: "live"}})
	s.Press("j", "+", "2")
	if f := s.Frame(); len(s.Acted()) != 0 || !strings.Contains(f, "extend?") {
		t.Fatalf("production is not asked for:\n%s", f)
	}
	m.silences[1].State = "expired"
	s.Advance(10 * time.Second)
	s.Type("live")
	s.Press("enter")
	if acted := s.Acted(); len(acted) != 0 || !strings.Contains(s.Frame(), "called off: silence a1b2c3d4 was active, is expired") {
		t.Errorf("acted %v:\n%s", acted, s.Frame())
	}
}

func TestSilencesAreExpiredTogether(t *testing.T) {
	m := newQuiet()
	s := startSilences(t, m, uitest.Config{})
	s.Press("space", "space", "x")
	f := s.Frame()
	for _, want := range []string{"expire 2 silences?", "0c3f5a10", "a1b2c3d4"} {
		if !strings.Contains(f, want) {
			t.Errorf("the question lacks %q:\n%s", want, f)
		}
	}
	s.Press("y")
	if acted := s.Acted(); len(acted) != 2 {
		t.Fatalf("acted %v", acted)
	}
	s.Press("z")
	if acted := s.Acted(); len(acted) != 2 {
		t.Errorf("one undo takes back %v", acted)
	}
	// Somebody ended one of them meanwhile.
	m = newQuiet()
	s = startSilences(t, m, uitest.Config{})
	s.Press("x")
	m.silences[0].State = "expired"
	s.Advance(10 * time.Second)
	s.Press("y")
	if acted := s.Acted(); len(acted) != 0 || !strings.Contains(s.Frame(), "called off: silence 0c3f5a10 was active, is expired") {
		t.Errorf("acted %v:\n%s", acted, s.Frame())
	}
}

func TestSilenceIsMadeAgainByMe(t *testing.T) {
	m := newQuiet()
	s := startSilences(t, m, uitest.Config{})
	s.Press("E", "G", "R")
	if f := s.Frame(); !strings.Contains(f, "OPS-12") || !strings.Contains(f, "mutes 1 alert now") {
		t.Errorf("the form does not show what it will do:\n%s", f)
	}
	s.Press("ctrl+s")
	got := s.Acted()[0].(sources.SetSilence).Silence
	if got.ID != "" || got.CreatedBy != "dana" || silence.Owner(&got) != "dana" || got.Annotations["ticket"] != "OPS-12" || !got.EndsAt.Equal(s.Now().Add(4*time.Hour)) {
		t.Errorf("made again as %+v", got)
	}
}

func TestSilenceIsEdited(t *testing.T) {
	m := newQuiet()
	s := startSilences(t, m, uitest.Config{})
	s.Press("j", "e", "tab", "tab", "ctrl+u")
	s.Type("swapped, watching")
	if f := s.Frame(); !strings.Contains(f, "same id") {
		t.Errorf("it is not said that the id stays:\n%s", f)
	}
	s.Press("ctrl+s")
	was := newQuiet().silences[1]
	got := s.Acted()[0].(sources.SetSilence).Silence
	if got.ID != was.ID || !got.EndsAt.Equal(was.EndsAt) || got.Comment != "swapped, watching" || !maps.Equal(got.Annotations, was.Annotations) {
		t.Errorf("edited to %+v", got)
	}
	s.Press("e", "ctrl+e")
	s.Type(` zone="x"`)
	if f := s.Frame(); !strings.Contains(f, "another silence with a new id") {
		t.Errorf("it is not said that the id changes:\n%s", f)
	}
}

func TestSilencesReadOnly(t *testing.T) {
	s := startSilences(t, newQuiet(), uitest.Config{Shell: ui.Config{ReadOnly: true}})
	for _, k := range []string{"e", "x", "+", "R"} {
		s.Press(k, "enter", "1", "y", "ctrl+s", "esc")
	}
	if acted := s.Acted(); len(acted) != 0 {
		t.Errorf("a read-only console wrote %v", acted)
	}
}

func TestSilencesAreCopied(t *testing.T) {
	rows := []*silenceRow{{s: &newQuiet().silences[2]}}
	if got := amtoolText(rows); !strings.HasPrefix(got, "amtool silence add --start=") || !strings.HasSuffix(got, `'instance="web-2:9100"'`) || !strings.Contains(got, "--annotation='ticket=NET-7'") {
		t.Errorf("copied %s", got)
	}
	if got := jsonText(rows); !strings.Contains(got, `"isRegex": false`) || !strings.HasPrefix(got, "{") {
		t.Errorf("copied %s", got)
	}
}
