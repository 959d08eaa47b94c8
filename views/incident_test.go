package views

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/incident"
	"firewatch/signals/watch"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/uitest"
)

// night is a manager with a past, notes, and a monitoring that can be sick.
type night struct {
	*manager
	notes   []sources.Remark
	files   map[string]string
	signals []sources.Series
	peers   []sources.Peer
	noPast  error
}

func newNight() *night {
	n := &night{manager: newManager(), files: map[string]string{}}
	n.signals = []sources.Series{sick("targets", 9), sick("lag", 4)}
	n.peers = []sources.Peer{
		{Name: "am-1:9093", Version: "0.34.0", Health: "ready", Time: uitest.Start}, {Name: "am-2:9093", Version: "0.34.0", Health: "ready", Time: uitest.Start},
	}
	for i := range n.alerts {
		n.alerts[i].UpdatedAt = uitest.Start.Add(-30 * time.Second)
	}
	n.rules = append(n.rules, sources.Rule{Group: "meta", Name: watchdog, Alerting: true, Query: "vector(1)", Health: "ok", State: "firing"})
	n.notes = []sources.Remark{
		{ID: "n1", At: uitest.Start.Add(-4 * time.Minute), Who: "dana", Context: "demo", About: "HighErrorRate-fraud-scorer", Text: "the new model times out"},
		{ID: "n2", At: uitest.Start.Add(-50 * time.Minute), Who: "sam", Context: "demo", Text: "took over from kim"},
	}
	return n
}

// sick is a series of the question about the monitoring.
func sick(kind string, v float64, labels ...string) sources.Series {
	return sources.Series{Labels: fl(append(labels, "watch", kind)...), Points: []sources.Point{{T: uitest.Start.UnixMilli(), V: v}}}
}

// fired is an ALERTS series that is 1 between so many minutes before the start.
func (n *night) fired(w sources.Window, span time.Duration, from, to time.Duration, pairs ...string) sources.Series {
	s := sources.Series{Labels: fl(append(pairs, "__name__", "ALERTS", "alertstate", "firing")...)}
	step := sources.At(w.End, span, 720, true).Step
	for t := w.End.Add(-span); !t.After(w.End); t = t.Add(step) {
		if age := uitest.Start.Sub(t); age <= from && age >= to {
			s.Points = append(s.Points, sources.Point{T: t.UnixMilli(), V: 1})
		}
	}
	return s
}

func (n *night) answer(q sources.Query, w sources.Window) (sources.Frame, error) {
	switch q := q.(type) {
	case sources.Notes:
		return sources.Frame{Remarks: slices.Clone(n.notes)}, nil
	case sources.Alerts, sources.Silences, sources.AlertmanagerStatus:
		f, err := n.manager.answer(q, w)
		f.Peers = slices.Clone(n.peers)
		for i := range f.Peers {
			f.Peers[i].Time = n.now()
		}
		for i := range f.Alerts {
			f.Alerts[i].UpdatedAt = n.now()
		}
		return f, err
	case sources.PrometheusStatus, sources.LogStatus:
		return sources.Frame{Status: &sources.Status{Version: "3.16", Health: "green", Time: n.now()}}, nil
	case sources.Instant:
		if q == watch.Signals {
			return sources.Frame{Series: n.signals}, nil
		}
		if strings.Contains(q.Expr, `"budget"`) {
			return sources.Frame{Series: []sources.Series{
				sick("", .42, "budget", "left", "sloth_id", "fraud-scorer-availability"), sick("", 16, "budget", "burn", "sloth_id", "fraud-scorer-availability"),
				sick("", .118, "budget", "spent", "sloth_id", "fraud-scorer-availability"), sick("", .97, "budget", "left", "sloth_id", "feature-store-latency"),
			}}, nil
		}
	case sources.PromQL:
		past := incident.PastOf(q.Span, q.Points)
		if n.noPast != nil {
			return sources.Frame{}, n.noPast
		}
		switch sources.Query(q) {
		case past.Episodes:
			return sources.Frame{Series: []sources.Series{
				n.fired(w, q.Span, 2*time.Minute, 0, "alertname", "TargetDown", "instance", "web-2:9100", "severity", "critical"),
				n.fired(w, q.Span, 40*time.Minute, 31*time.Minute, "alertname", "HighLatencyP95", "service", "fraud-scorer", "severity", "warning"),
				n.fired(w, q.Span, 20*time.Minute, 12*time.Minute, "alertname", "HostHighCPU", "instance", "web-1:9100", "severity", "warning"),
				n.fired(w, q.Span, 20*time.Minute, 12*time.Minute, "alertname", "HostHighCPU", "instance", "web-3:9100", "severity", "warning"),
				n.fired(w, q.Span, 20*time.Minute, 12*time.Minute, "alertname", "HostOutOfMemory", "instance", "web-3:9100", "severity", "critical"),
			}}, nil
		case past.Starts:
			return sources.Frame{Series: []sources.Series{{Labels: fl("__name__", "ml_model_loaded_timestamp_seconds", "model", "fraud", "version", "1.5.0"),
				Points: []sources.Point{{T: w.End.UnixMilli(), V: float64(uitest.Start.Add(-9 * time.Minute).Unix())}}}}}, nil
		case past.Builds:
			return sources.Frame{}, nil
		}
	}
	return n.manager.answer(q, w)
}

func (n *night) act(a sources.Action) (sources.Receipt, error) {
	switch a := a.(type) {
	case sources.AddNote:
		r := a.Remark
		r.ID = fmt.Sprint("n", len(n.notes)+1)
		n.notes = append(n.notes, r)
		return sources.Receipt{ID: r.ID, Undo: sources.RemoveNote{Remark: r}}, nil
	case sources.RemoveNote:
		n.notes = slices.DeleteFunc(n.notes, func(r sources.Remark) bool { return r.ID == a.Remark.ID })
		return sources.Receipt{}, nil
	case sources.SaveFile:
		if n.files[a.Path] != "" {
			return sources.Receipt{}, &sources.Error{Source: "local", Kind: sources.BadQuery, Err: errors.New(a.Path + " is there already")}
		}
		n.files[a.Path] = a.Text
		return sources.Receipt{ID: a.Path}, nil
	}
	return n.manager.act(a)
}

func startNight(t *testing.T, n *night, cfg uitest.Config) *uitest.Shell {
	t.Helper()
	n.now = func() time.Time { return uitest.Start }
	tab := &alerts{}
	tab.use(Options{})
	cfg.Views = []ui.View{tab, &logs{}}
	cfg.Answer, cfg.Act = n.answer, n.act
	s := uitest.New(t, cfg)
	n.now = s.Now
	s.Advance(time.Second)
	return s
}

func TestIncidentFrames(t *testing.T) {
	for _, size := range fakeSizes {
		name := fmt.Sprintf("-%dx%d", size[0], size[1])
		n := newNight()
		s := startNight(t, n, uitest.Config{W: size[0], H: size[1], Shell: ui.Config{Zone: ui.Local}})
		s.Press("I")
		uitest.Golden(t, "incident-timeline"+name, s.Frame())
		s.Press("G", "up", "up", "up", "up", "up")
		s.Press("/")
		s.Type("host")
		s.Press("enter", "enter")
		uitest.Golden(t, "incident-burst"+name, s.Frame())
		s.Press("esc", "esc", "H")
		uitest.Golden(t, "incident-handover"+name, s.Frame())
		s.Press("q")
		n.signals = append(n.signals, sick("failed", 12, "integration", "webhook"), sick("down", 2, "job", "node"))
		n.peers[1].Lacks, n.peers[1].Version = []string{"0c3f5a10-1"}, "0.33.1"
		s.Press("r")
		uitest.Golden(t, "incident-strip"+name, s.Frame())
		s.Press("W")
		uitest.Golden(t, "incident-watch"+name, s.Frame())
	}
}

// says fails the test unless the frame has all of the texts.
func says(t *testing.T, s *uitest.Shell, wants ...string) {
	t.Helper()
	frame := s.Frame()
	for _, want := range wants {
		if !strings.Contains(frame, want) {
			t.Errorf("no %q in\n%s", want, frame)
		}
	}
}

func TestNotes(t *testing.T) {
	n := newNight()
	s := startNight(t, n, uitest.Config{W: 140, H: 50})
	s.Press("j", "j", "n")
	says(t, s, "note on HighErrorRate")
	s.Type("rolling back")
	s.Press("enter")
	if got := n.notes[len(n.notes)-1]; got.Text != "rolling back" || got.About != "HighErrorRate-fraud-scorer" || got.Who != "dana" || got.Context != "demo" || got.At.IsZero() {
		t.Fatalf("%+v", got)
	}
	says(t, s, "noted", "dana: rolling back")
	s.Press("z")
	if len(n.notes) != 2 {
		t.Errorf("undo leaves %d notes", len(n.notes))
	}
	s.Press(":")
	s.Type("note the vendor called")
	s.Press("enter", "I")
	if got := n.notes[len(n.notes)-1]; got.Text != "the vendor called" {
		t.Errorf("%+v", got)
	}
	says(t, s, "the vendor called", "the new model times out")
	s.Press("n", "enter")
	if len(n.notes) != 3 {
		t.Error("an empty note was written")
	}
}

// TestNotesInReadOnly writes a note where servers may not be written to.
func TestNotesInReadOnly(t *testing.T) {
	n := newNight()
	s := startNight(t, n, uitest.Config{Shell: ui.Config{ReadOnly: true}})
	s.Press("n")
	s.Type("seen")
	s.Press("enter")
	if len(n.notes) != 3 {
		t.Errorf("no note:\n%s", s.Frame())
	}
}

func TestTimeline(t *testing.T) {
	n := newNight()
	s := startNight(t, n, uitest.Config{W: 160, H: 44, Shell: ui.Config{Zone: ui.UTC}})
	s.Press("I")
	says(t, s, "timeline", "newest first", "✎ note", "the new model times out", "► deployed", "fraud 1.5.0", "▸ 3 alerts at once", "■ silenced", "HostFilesystemAlmostFull db-1:9100", "after 8m")
	s.Press("a", "space")
	if len(s.Acted()) != 0 {
		t.Error("a key of the list acts in the timeline")
	}
	says(t, s, "not in the timeline")
	// The window is the shell's: zoomed in, the older half is gone.
	s.Press("+")
	if strings.Contains(s.Frame(), "took over from kim") {
		t.Errorf("the zoomed window still has what was before it:\n%s", s.Frame())
	}
	s.Press("-")
	// Enter on what still fires opens it, and esc comes back to the same place.
	s.Press("/")
	s.Type("fired errorrate")
	s.Press("enter", "enter")
	says(t, s, "HighErrorRate", "held by")
	s.Press("esc")
	says(t, s, "timeline", "fired errorrate · newest first · 1")
	s.Press("esc", "esc")
	if strings.Contains(s.Frame(), "newest first") {
		t.Error("esc does not leave the timeline")
	}
	// A silence of the timeline, and what has nothing to open.
	s.Press("I", "/")
	s.Type("silenced")
	s.Press("enter", "enter")
	says(t, s, "growing the disk, OPS-12")
	s.Press("esc", "/", "ctrl+u")
	s.Type("deployed")
	s.Press("enter", "enter")
	says(t, s, "there is nothing to open")
	s.Press("/", "ctrl+u")
	s.Type("nothing of the kind")
	s.Press("enter")
	says(t, s, "nothing in this window has nothing of the kind")
}

// TestTimelineWithoutPrometheus shows what the other servers know.
func TestTimelineWithoutPrometheus(t *testing.T) {
	n := newNight()
	n.noPast = &sources.Error{Source: "prometheus", Kind: sources.Unreachable, Err: errors.New("refused")}
	s := startNight(t, n, uitest.Config{W: 140, H: 40})
	s.Press("I")
	says(t, s, "HighErrorRate fraud-scorer", "✎ note", "unreachable")
}

func TestHandover(t *testing.T) {
	n := newNight()
	s := startNight(t, n, uitest.Config{W: 120, H: 100})
	s.Press("H")
	says(t, s, "Hand-over: demo", "HighErrorRate fraud-scorer", "HostFilesystemAlmostFull", "growing the disk, OPS-12", "42.0 %", "11.8", "took over from kim", "y copy as Markdown", "the last 8h")
	s.Messages()
	s.Press("y")
	says(t, s, "copied")
	text := ""
	for _, m := range s.Messages() {
		if fmt.Sprintf("%T", m) == "tea.setClipboardMsg" {
			text = fmt.Sprint(m)
		}
	}
	if !strings.HasPrefix(text, "# Hand-over: demo\n") {
		t.Errorf("the clipboard has %q", text)
	}
	// What is read stays as it is while the world goes on.
	n.notes = append(n.notes, sources.Remark{ID: "n3", At: s.Now(), Text: "later", Context: "demo"})
	s.Advance(10 * time.Second)
	if strings.Contains(s.Frame(), "later") {
		t.Error("the text changes while it is read")
	}
	s.Press("w", "enter")
	const name = "handover-demo-2026-03-03.md"
	if n.files[name] != text || text == "" {
		t.Errorf("the file is not what was read: %q", n.files[name])
	}
	s.Press("w", "enter")
	says(t, s, "is there already")
	s.Press("s")
	says(t, s, "the last 12h", "later")
	s.Press("s", "s")
	says(t, s, "the last 8h")
	s.Press("q", ":")
	s.Type("handover 90m")
	s.Press("enter")
	says(t, s, "the last 1h30m")
	s.Press("q", ":")
	s.Type("handover soon")
	s.Press("enter")
	says(t, s, "is no length of a shift")
}

// TestHandoverOfHalfAWorld never waits for what does not answer.
func TestHandoverOfHalfAWorld(t *testing.T) {
	n := newNight()
	n.noPast = &sources.Error{Source: "prometheus", Kind: sources.Unreachable, Err: errors.New("prometheus: refused")}
	s := startNight(t, n, uitest.Config{W: 120, H: 100, Hold: func(q sources.Query) bool { return q == sources.LogStatus{} }})
	s.Press("H")
	says(t, s, "HighErrorRate fraud-scorer", "Could not be read", "prometheus: refused", "elasticsearch: not answered yet")
	s.Release()
	if strings.Contains(s.Frame(), "not answered yet") {
		t.Errorf("the answer that came is still missed:\n%s", s.Frame())
	}
}

func TestWatchStrip(t *testing.T) {
	n := newNight()
	s := startNight(t, n, uitest.Config{W: 120, H: 40})
	says(t, s, "● monitoring ok · Watchdog for 3d · 2 peers · 3 rules · 9 targets", "W details")
	n.signals = append(n.signals, sick("failed", 12, "integration", "webhook"))
	n.peers[1].Lacks = []string{"0c3f5a10-1"}
	s.Press("r")
	says(t, s, "✗ notifications failed in the last 10m: webhook 12 · ▲ peer am-2:9093 lacks 1 silence")
	s.Press("W")
	says(t, s, "check the receiver's address and key", "am-2:9093 · version 0.34.0 · ready · clock agrees · lacks 1 silence", `0c3f5a10 {alertname="HostFilesystemAlmostFull"`, "by sam until")
	s.Press("esc")
	// Without a probe the newest line tells how far behind the logs are.
	s.Asked()
	n.signals = []sources.Series{sick("targets", 9)}
	s.Press("r")
	s.Advance(6 * time.Second)
	if !slices.Contains(s.Asked(), sources.Query(watch.Newest)) {
		t.Error("the newest line was not asked for")
	}
	s.Asked()
	s.Press("2")
	s.Advance(12 * time.Second)
	if slices.Contains(s.Asked(), sources.Query(watch.Signals)) {
		t.Error("the strip is asked for where it is not seen")
	}
}

// TestNewPages rings through the shell for a page that is new, from another tab too.
func TestNewPages(t *testing.T) {
	n := newNight()
	s := startNight(t, n, uitest.Config{Shell: ui.Config{
		Open: "logs", Attention: ui.Attention{Bell: true, Title: true, Notify: "osc9", Severity: []string{"critical"}}, Getenv: func(string) string { return "" },
	}})
	rung := func() string {
		out := ""
		for _, m := range s.Messages() {
			if r, ok := m.(tea.RawMsg); ok {
				out += fmt.Sprint(r.Msg)
			}
		}
		return out
	}
	refresh := func() string { s.Advance(6 * time.Second); return rung() }
	if got := rung(); got != "" {
		t.Errorf("it rings at the start: %q", got)
	}
	if got := s.View().WindowTitle; got != "▲1 demo firewatch" {
		t.Errorf("the title is %q", got)
	}
	held := made(0, "critical", "alertname", "HostFilesystemAlmostFull", "instance", "db-1:9100", "summary", "again")
	held.Fingerprint = "silenced"
	inhibited := made(0, "critical", "alertname", "Down", "instance", "x", "summary", "x")
	inhibited.InhibitedBy, inhibited.State = []string{"y"}, "suppressed"
	n.alerts = append(n.alerts, held, inhibited, made(0, "warning", "alertname", "Slow", "instance", "y", "summary", "slow"))
	if got := refresh(); got != "" {
		t.Errorf("it rings for what is held or no page: %q", got)
	}
	n.alerts = append(n.alerts, made(0, "critical", "alertname", "DiskFull", "instance", "db-2", "summary", "no room; really"))
	if got, want := refresh(), "\x1b]9;firewatch demo: critical: DiskFull db-2: no room; really\x1b\\\a"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := refresh(); got != "" {
		t.Errorf("it rings again: %q", got)
	}
	if got := s.View().WindowTitle; got != "▲2 demo firewatch" {
		t.Errorf("the title is %q", got)
	}
	n.silences[0].State = "expired"
	if got := refresh(); !strings.Contains(got, "HostFilesystemAlmostFull") {
		t.Errorf("it does not ring for a page that was held at the start: %q", got)
	}
}
