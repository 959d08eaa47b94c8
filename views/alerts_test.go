package views

import (
	"errors"
	"fmt"
	"maps"
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

// manager is Alertmanager and the rules of Prometheus as far as the tab sees
// them: silences that are written are there at the next question, their marks
// on the alerts are not.
type manager struct {
	alerts   []sources.Alert
	silences []sources.Silence
	rules    []sources.Rule
	now      func() time.Time
	failing  error
}

func (m *manager) answer(q sources.Query, w sources.Window) (sources.Frame, error) {
	switch q := q.(type) {
	case sources.Alerts:
		return sources.Frame{Alerts: slices.Clone(m.alerts)}, nil
	case sources.Silences:
		return sources.Frame{Silences: slices.Clone(m.silences)}, nil
	case sources.Rules:
		return sources.Frame{Rules: m.rules}, nil
	case sources.PromQL:
		s := sources.Series{Legend: "fraud-scorer", Labels: map[string]string{"__name__": q.Expr, "service": "fraud-scorer"}}
		for t := w.Start; !t.After(w.End); t = t.Add(w.Step) {
			v := 0.01
			if t.After(uitest.Start.Add(-6 * time.Minute)) {
				v = 0.31
			}
			s.Points = append(s.Points, sources.Point{T: t.UnixMilli(), V: v})
		}
		return sources.Frame{Series: []sources.Series{s}}, nil
	}
	return sources.Frame{}, nil
}

func (m *manager) act(a sources.Action) (sources.Receipt, error) {
	if m.failing != nil {
		return sources.Receipt{}, m.failing
	}
	switch a := a.(type) {
	case sources.SetSilence:
		s := a.Silence
		s.State = "active"
		if i := slices.IndexFunc(m.silences, func(o sources.Silence) bool { return o.ID == s.ID && s.ID != "" }); i >= 0 {
			m.silences[i] = s
		} else {
			s.ID = "5f1e0000-new-" + string(rune('a'+len(m.silences)))
			m.silences = append(m.silences, s)
		}
		return sources.Receipt{ID: s.ID, Undo: sources.ExpireSilence{Silence: s}}, nil
	case sources.ExpireSilence:
		for i := range m.silences {
			if m.silences[i].ID == a.Silence.ID {
				m.silences[i].State, m.silences[i].EndsAt = "expired", m.now()
			}
		}
		return sources.Receipt{ID: a.Silence.ID, Undo: sources.SetSilence{Silence: a.Silence}}, nil
	}
	return sources.Receipt{}, nil
}

func made(ago time.Duration, severity string, pairs ...string) sources.Alert {
	a := sources.Alert{
		Labels: map[string]string{"severity": severity}, Annotations: map[string]string{}, State: "active", StartsAt: uitest.Start.Add(-ago),
		UpdatedAt: uitest.Start, EndsAt: uitest.Start.Add(4 * time.Minute), Receivers: []string{"console"},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == "summary" || pairs[i] == "description" || pairs[i] == "logs_query" || pairs[i] == "runbook_url" {
			a.Annotations[pairs[i]] = pairs[i+1]
		} else {
			a.Labels[pairs[i]] = pairs[i+1]
		}
	}
	a.Fingerprint = a.Labels["alertname"] + "-" + a.Labels["service"] + a.Labels["instance"]
	return a
}

const highErrors = `service:http_errors:ratio_rate1m > 0.05 and service:http_requests:rate1m > 0.5`

func newManager() *manager {
	failing := made(4*time.Minute, "warning", "alertname", "HighErrorRate", "service", "fraud-scorer", "team", "ml-serving", "area", "app", "pod", "scorer-7d9f",
		"summary", "fraud-scorer fails 31.0% of requests", "description", "More than 5% of requests to fraud-scorer end in 5xx.",
		"logs_query", `service.name:"fraud-scorer" and log.level:error`, "runbook_url", "runbooks/HighErrorRate.md")
	failing.GeneratorURL = "http://prometheus:9090/graph?g0.expr=up"
	outage := made(2*time.Minute, "critical", "alertname", "TargetDown", "instance", "web-2:9100", "job", "node", "team", "core", "summary", "web-2:9100 does not answer")
	disk := made(3*time.Hour, "critical", "alertname", "HostFilesystemAlmostFull", "instance", "db-1:9100", "mountpoint", "/var", "team", "core", "summary", "/var of db-1 is 96% full")
	disk.State, disk.SilencedBy = "suppressed", []string{"0c3f5a10-1"}
	cpu := made(20*time.Minute, "warning", "alertname", "HostHighCPU", "instance", "web-2:9100", "team", "core", "summary", "web-2 is 97% busy")
	cpu.State, cpu.InhibitedBy = "suppressed", []string{outage.Fingerprint}
	stale := made(26*time.Hour, "info", "alertname", "ModelStale", "model", "fraud", "team", "ml", "summary", "fraud was trained 41 days ago")
	stale.State, stale.MutedBy = "suppressed", []string{"maintenance"}
	watchdog := made(72*time.Hour, "none", "alertname", "Watchdog", "summary", "alerting works")
	labels := maps.Clone(failing.Labels)
	return &manager{
		alerts: []sources.Alert{watchdog, stale, failing, outage, disk, cpu},
		silences: []sources.Silence{{
			ID: "0c3f5a10-1", State: "active", StartsAt: uitest.Start.Add(-time.Hour), EndsAt: uitest.Start.Add(2 * time.Hour), CreatedBy: "sam", Comment: "growing the disk, OPS-12",
			Matchers: []sources.Matcher{{Name: "alertname", Value: "HostFilesystemAlmostFull", Equal: true}, {Name: "instance", Value: "db-1:9100", Equal: true}},
		}},
		rules: []sources.Rule{
			{Group: "app.alerts", Name: "HighErrorRate", Alerting: true, Query: highErrors, For: 15 * time.Second, KeepFiringFor: 2 * time.Minute, Interval: 5 * time.Second,
				Labels: map[string]string{"severity": "warning"}, State: "firing", Health: "ok",
				Alerts: []sources.RuleAlert{{Labels: labels, State: "firing", ActiveAt: uitest.Start.Add(-5 * time.Minute), Value: 0.31}}},
			{Group: "app.alerts", Name: "HighLatencyP95", Alerting: true, Query: "a > 0.5", For: 20 * time.Second, Interval: 5 * time.Second, State: "pending", Health: "ok",
				Alerts: []sources.RuleAlert{{
					Labels: map[string]string{"alertname": "HighLatencyP95", "service": "fraud-scorer", "severity": "warning"}, State: "pending",
					ActiveAt: uitest.Start.Add(-10 * time.Second), Value: 0.7, Annotations: map[string]string{"summary": "fraud-scorer p95 latency is 700ms"},
				}}},
		},
	}
}

func startAlerts(t *testing.T, m *manager, cfg uitest.Config) *uitest.Shell {
	t.Helper()
	cfg.Views = append(cfg.Views, &alerts{}, &logs{})
	cfg.Answer, cfg.Act = m.answer, m.act
	s := uitest.New(t, cfg)
	m.now = s.Now
	return s
}

// order is the names of the alerts in the list of a frame, from the top.
func order(frame string) []string {
	var out []string
	for _, l := range strings.Split(frame, "\n") {
		if strings.HasPrefix(l, "╰") {
			break
		}
		for _, n := range []string{"HighErrorRate", "TargetDown", "HostFilesystem", "HostHighCPU", "ModelStale", "Watchdog", "HighLatencyP95"} {
			if i := strings.Index(l, n); i >= 0 && i < 20 {
				out = append(out, n)
			}
		}
	}
	return out
}

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
		s := uitest.New(b, uitest.Config{Views: []ui.View{&alerts{}}, W: 200, H: 60, Answer: m.answer})
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
	sams := silence.Ack(&m.alerts[3], "sam", "mine", "x", uitest.Start, m.alerts)
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
	s.Press("y")
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
