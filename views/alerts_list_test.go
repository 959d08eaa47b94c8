package views

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/uitest"
)

// busy is a manager on a bad day: several alerts of a name, some of them acked,
// routed to two receivers of which one is quiet at the moment, and a record of
// which of them come and go.
func busy() *manager {
	m := newManager()
	for i := range 4 {
		m.alerts = append(m.alerts, made(time.Duration(i+5)*time.Minute, "critical", "alertname", "HighErrorRate", "service", fmt.Sprintf("shop-%d", i), "team", "shop", "summary", fmt.Sprintf("shop-%d fails", i)))
	}
	for i := range 3 {
		m.silences = append(m.silences, sources.Silence{
			ID: fmt.Sprintf("ac%d", i), State: "active", StartsAt: uitest.Start.Add(-time.Minute), EndsAt: uitest.Start.Add(14 * time.Minute), CreatedBy: "dana", Comment: "ACK! dana: on it",
			Matchers: []sources.Matcher{{Name: "service", Value: fmt.Sprintf("shop-%d", i), Equal: true}},
		})
	}
	m.also = func(q sources.Query, w sources.Window) sources.Frame {
		switch q := q.(type) {
		case sources.Groups:
			return sources.Frame{Groups: routedBy(m.alerts)}
		case sources.AlertmanagerStatus:
			return sources.Frame{Status: &sources.Status{Config: "route: {receiver: x}\nreceivers: [{name: x}]\n" +
				"inhibit_rules: [{name: host-down, source_matchers: [alertname=TargetDown], target_matchers: [alertname=HostHighCPU], equal: [instance]}]"}}
		case sources.PromQL:
			if strings.HasPrefix(q.Expr, "ALERTS") {
				return sources.Frame{Series: aDay(w.Last(q.Span, q.Points))}
			}
		}
		return sources.Frame{}
	}
	return m
}

// routedBy are the groups that Alertmanager would make: by name, the shop's alerts
// for a receiver of their own and for the pager too.
func routedBy(alerts []sources.Alert) []sources.Group {
	of := map[string]*sources.Group{}
	for _, a := range alerts {
		receivers := []string{"console"}
		if a.Labels["team"] == "shop" {
			receivers = []string{"pager", "shop"}
		}
		for _, r := range receivers {
			key := r + a.Name()
			if of[key] == nil {
				of[key] = &sources.Group{Receiver: r, Labels: map[string]string{"alertname": a.Name()}}
				if r == "shop" {
					of[key].Muted = []string{"nights"}
				}
			}
			of[key].Alerts = append(of[key].Alerts, a)
		}
	}
	var out []sources.Group
	for _, g := range of {
		out = append(out, *g)
	}
	return out
}

// aDay is a day in which shop-3 fired for four minutes twelve times, and the
// disk of db-1 all the time.
func aDay(w sources.Window) []sources.Series {
	flapping := sources.Series{Labels: map[string]string{"__name__": "ALERTS", "alertstate": "firing", "alertname": "HighErrorRate", "service": "shop-3"}}
	always := sources.Series{Labels: map[string]string{"__name__": "ALERTS", "alertstate": "firing", "alertname": "HostFilesystemAlmostFull", "instance": "db-1:9100"}}
	for t := w.Start; !t.After(w.End); t = t.Add(w.Step) {
		if t.Minute() < 4 && t.Hour()%2 == 0 {
			flapping.Points = append(flapping.Points, sources.Point{T: t.UnixMilli(), V: 1})
		}
		always.Points = append(always.Points, sources.Point{T: t.UnixMilli(), V: 1})
	}
	return []sources.Series{flapping, always}
}

func TestAlertListFrames(t *testing.T) {
	for _, size := range fakeSizes {
		golden := func(s *uitest.Shell, name string) {
			uitest.Golden(t, fmt.Sprintf("alerts-%s-%dx%d", name, size[0], size[1]), s.Frame())
		}
		s := startAlerts(t, busy(), uitest.Config{W: size[0], H: size[1], Shell: ui.Config{Zone: ui.Local}})
		s.Press("O")
		golden(s, "severity")
		s.Press("O")
		golden(s, "route")
		s.Press("enter", "j", "j")
		golden(s, "open-group")
		s.Press("O", "*", "g", "space", "j", "j", "space", "/")
		s.Type("team=shop")
		s.Press("enter")
		golden(s, "marks")
		two := busy()
		for i := range two.alerts {
			two.alerts[i].Cluster = []string{"eu", "us"}[i%2]
		}
		two.silences[0].Cluster = "eu"
		golden(startAlerts(t, two, uitest.Config{W: size[0], H: size[1]}), "clusters")
	}
}

func TestGroupsSayWhatIsBelow(t *testing.T) {
	s := startAlerts(t, busy(), uitest.Config{W: 150})
	s.Press("O", "O")
	f := s.Frame()
	for name, want := range map[string][]string{
		"pager":       {`pager: HighErrorRate · 4`, "1 firing", "3 of 4 acked", "8m"},
		"shop:":       {"quiet in nights", "3 of 4 acked"},
		"in no group": {"1 pending", "quiet"},
	} {
		l := lineWith(f, name)
		for _, w := range want {
			if !strings.Contains(l, w) {
				t.Errorf("the heading of %s lacks %q: %s", name, w, l)
			}
		}
	}
	if strings.Contains(f, "▾") {
		t.Errorf("the groups are open at first:\n%s", f)
	}
	s.Press("right")
	if n := strings.Count(s.Frame(), "acked"); n < 5 {
		t.Errorf("the open group shows %d acked:\n%s", n, s.Frame())
	}
	s.Press("j", "left")
	if f := s.Frame(); !strings.Contains(lineWith(f, "▸ pager"), "3 of 4") || strings.Contains(f, "▾") {
		t.Errorf("left on an alert does not close its group:\n%s", f)
	}
	s.Press("*")
	if n := strings.Count(s.Frame(), "▾"); n < 5 {
		t.Errorf("* opens %d groups", n)
	}
	s.Press("ctrl+o")
	s.Type("te")
	s.Press("tab", "enter")
	if l := lineWith(s.Frame(), "team=shop"); !strings.Contains(l, "▸") {
		t.Errorf("no group of team=shop:\n%s", s.Frame())
	}
	s.Press("ctrl+o")
	s.Type("nothing")
	s.Press("enter")
	if f := s.Frame(); !strings.Contains(f, "no alert has a label nothing") {
		t.Errorf("a label that no alert has is taken:\n%s", f)
	}
}

// The cursor stays with its alert when the list is grouped, and enter on the
// heading leads back to it.
func TestGroupingKeepsThePlace(t *testing.T) {
	s := startAlerts(t, busy(), uitest.Config{W: 150})
	s.Press("G", "O", "enter", "j", "a")
	if f := s.Frame(); !strings.Contains(f, "ack Watchdog") {
		t.Errorf("the cursor is not on the Watchdog:\n%s", f)
	}
}

func TestMarks(t *testing.T) {
	m := busy()
	s := startAlerts(t, m, uitest.Config{W: 150})
	s.Press("space", "space")
	if f := s.Frame(); !strings.Contains(f, "2 marked") || strings.Count(f, "✓") != 2 {
		t.Errorf("two are marked:\n%s", f)
	}
	s.Press("/")
	s.Type("team=core")
	s.Press("enter")
	if f := s.Frame(); !strings.Contains(f, "2 marked, 1 hidden") {
		t.Errorf("the filter's hiding is not said:\n%s", f)
	}
	s.Press("esc", "k", "k", "k", "space", "space", "k", "v")
	if f := s.Frame(); !strings.Contains(f, "marked") {
		t.Errorf("a range marks nothing:\n%s", f)
	}
	s.Press(`ctrl+\`)
	if f := s.Frame(); strings.Contains(f, "marked") {
		t.Errorf("marks are left:\n%s", f)
	}
	s.Press("g", "space", "j", "j", "j", "v")
	if f := s.Frame(); !strings.Contains(f, "5 marked") {
		t.Errorf("a range of five:\n%s", f)
	}
	gone := m.alerts[3].Name()
	m.alerts = slices.Delete(m.alerts, 3, 4)
	s.Advance(6 * time.Second)
	if f := s.Frame(); !strings.Contains(f, "4 marked") || !strings.Contains(f, "gone, and its mark with it: "+gone) {
		t.Errorf("nobody says that a marked alert is gone:\n%s", f)
	}
}

func TestMarkGroup(t *testing.T) {
	m := busy()
	v := newAlerts()
	s := uitest.New(t, uitest.Config{Views: []ui.View{v}, W: 150, Answer: m.answer, Act: m.act})
	m.now = s.Now
	s.Press("O", "space")
	if f := s.Frame(); !strings.Contains(f, "6 marked") || strings.Count(f, "✓") != 1 {
		t.Errorf("a mark on a heading marks what is below:\n%s", f)
	}
	var names []string
	for _, r := range v.list.base {
		if v.marks.has(r.id) {
			names = append(names, r.alert.Severity())
		}
	}
	if len(names) != 6 || slices.ContainsFunc(names, func(s string) bool { return s != "critical" }) {
		t.Errorf("marked are %v", names)
	}
	s.Press("k", "space")
	if f := s.Frame(); strings.Contains(f, "marked") {
		t.Errorf("the second mark does not take the first away:\n%s", f)
	}
}

func TestListStaysBehindADialog(t *testing.T) {
	m := busy()
	s := startAlerts(t, m, uitest.Config{W: 150})
	before := order(s.Frame())
	s.Press("/")
	m.alerts = append(m.alerts[1:], made(time.Minute, "critical", "alertname", "TargetDown", "instance", "aa", "summary", "new"))
	s.Advance(10 * time.Second)
	f := s.Frame()
	if got := order(f); !slices.Equal(got, before) {
		t.Errorf("the list moved from %v to %v", before, got)
	}
	if !strings.Contains(f, "held: 1 new, 1 gone") {
		t.Errorf("it is not said what is held back:\n%s", f)
	}
	s.Type("team=shop")
	if f := s.Frame(); strings.Count(f, "shop-") < 4 || strings.Contains(f, "TargetDown  ") {
		t.Errorf("the filter does not show while it is typed:\n%s", f)
	}
	s.Press("esc")
	if f := s.Frame(); strings.Contains(f, "held") || slices.Equal(order(f), before) {
		t.Errorf("the list does not go on:\n%s", f)
	}
}

func TestHiddenAlertsAreSaid(t *testing.T) {
	s := startAlerts(t, busy(), uitest.Config{W: 150, Shell: ui.Config{Open: "alerts severity=warning"}})
	if f := s.Frame(); !strings.Contains(f, "✗ 2 critical are hidden by the filter") || !strings.Contains(f, "3 of 11") {
		t.Errorf("what the filter hides is not said:\n%s", lineWith(f, "─ alerts"))
	}
}

func TestNoise(t *testing.T) {
	s := startAlerts(t, busy(), uitest.Config{W: 150, H: 24})
	f := s.Frame()
	if l := lineWith(f, "shop-3"); !strings.Contains(l, "HighErrorRate ≈") || !strings.Contains(l, "≈13/d") {
		t.Errorf("shop-3 is not marked: %s", l)
	}
	if l := lineWith(f, "HostFilesystem"); !strings.Contains(l, "always") {
		t.Errorf("the disk is not marked: %s", l)
	}
	s.Press("/")
	s.Type("@flapping")
	s.Press("enter")
	if f := s.Frame(); !strings.Contains(f, "1 of 11") || !strings.Contains(f, "shop-3") {
		t.Errorf("@flapping shows:\n%s", f)
	}
	s.Press("!")
	if f := s.Frame(); !strings.Contains(f, "10 of 11") {
		t.Errorf("inverted:\n%s", f)
	}
}

// One question is enough for the noise of all, and where there are thousands it
// is asked by name.
func TestNoiseIsBounded(t *testing.T) {
	m := busy()
	for i := range noiseMost {
		m.alerts = append(m.alerts, made(time.Minute, "warning", "alertname", "HostHighCPU", "instance", fmt.Sprint(i)))
	}
	s := startAlerts(t, m, uitest.Config{W: 160})
	s.Asked()
	s.Advance(10 * time.Second)
	var noise []string
	for _, q := range s.Asked() {
		if q, ok := q.(sources.PromQL); ok && strings.Contains(q.Expr, "ALERTS") && !slices.Contains(noise, q.Expr) {
			noise = append(noise, q.Expr)
		}
	}
	if want := `max by (alertname) (ALERTS{alertstate="firing"})`; !slices.Equal(noise, []string{want}) {
		t.Errorf("asked %q, want %q", noise, want)
	}
}

func TestReasons(t *testing.T) {
	s := startAlerts(t, busy(), uitest.Config{W: 300, H: 24})
	f := s.Frame()
	for name, want := range map[string]string{
		"HostHighCPU": "TargetDown, rule host-down", "HostFilesystem": "sam, 2h left", "ModelStale": "maintenance", "HighLatency": "fires in 10s", "shop-0": "dana, 14m left",
	} {
		if l := lineWith(f, name); !strings.Contains(l, want) {
			t.Errorf("%s lacks %q: %s", name, want, l)
		}
	}
}

func TestFilterCompletion(t *testing.T) {
	v := newAlerts()
	m := busy()
	m.alerts[0].Labels["http.route"] = `/a "b"`
	s := uitest.New(t, uitest.Config{Views: []ui.View{v}, W: 150, Answer: m.answer})
	s.Frame()
	for text, want := range map[string][]string{
		"sev":                       {"severity="},
		"severity":                  {"severity=", "severity!=", "severity=~", "severity!~"},
		"team=":                     {`team="shop"   4 alerts`, `team="core"   3 alerts`, `team="ml"   1 alert`, `team="ml-serving"   1 alert`},
		"team=s":                    {`team="shop"   4 alerts`},
		`severity=critical team!=s`: {`severity=critical team!="shop"   4 alerts`},
		`team=~"core|s`:             {`team=~"core|shop"   4 alerts`},
		`!@ac`:                      {"!@acked"},
		"@by:s":                     {"@by:severity", "@by:service"},
		"http":                      {`"http.route"=`},
		"http.route=":               {`"http.route"="/a \"b\""   1 alert`},
		`"web 1", @fl`:              {`"web 1", @flapping`},
		"zzz":                       {},
	} {
		if got := v.completeFilter(text); !slices.Equal(got, want) {
			t.Errorf("%s goes on as %q, want %q", text, got, want)
		}
		for _, c := range v.completeFilter(text) {
			take, _, _ := strings.Cut(c, "   ")
			if strings.HasSuffix(take, "=") || strings.HasSuffix(take, "~") {
				continue
			}
			if _, err := parseAlertFilter(take); err != nil {
				t.Errorf("what is offered for %s cannot be read: %v", text, err)
			}
		}
	}
}

func TestFilterHistory(t *testing.T) {
	s := startAlerts(t, busy(), uitest.Config{W: 150})
	for _, text := range []string{"team=shop", "@acked"} {
		s.Press("/", "ctrl+u")
		s.Type(text)
		s.Press("enter")
	}
	s.Press("esc", "/", "up", "up", "enter")
	if f := s.Frame(); !strings.Contains(f, "4 of 11 · team=shop") {
		t.Errorf("the filter before the last is not the one shown:\n%s", lineWith(f, "─ alerts"))
	}
}

func TestSavedViews(t *testing.T) {
	v := newAlerts()
	v.use(Options{Saved: map[string]map[string]string{"alerts": {"shop": "team=shop !@acked", "teams": "@by:team"}}})
	m := busy()
	s := uitest.New(t, uitest.Config{Views: []ui.View{v}, W: 150, Answer: m.answer, Shell: ui.Config{Open: "alerts shop"}})
	if f := s.Frame(); !strings.Contains(f, "1 of 11 · shop: team=shop !@acked") {
		t.Errorf("the saved view is not named:\n%s", lineWith(f, "─ alerts"))
	}
	s.Press("V", "2")
	if f := s.Frame(); !strings.Contains(f, "by team") || !strings.Contains(f, "▸ team=shop · 4") {
		t.Errorf("the saved grouping does not show:\n%s", f)
	}
	if got := v.completeFilter("@by:"); len(got) < 4 {
		t.Errorf("groupings offered: %v", got)
	}
}

// A context may have an Alertmanager alone.
func TestAlertsWithoutPrometheus(t *testing.T) {
	m := busy()
	s := uitest.New(t, uitest.Config{Views: []ui.View{newAlerts()}, W: 150, Answer: func(q sources.Query, w sources.Window) (sources.Frame, error) {
		if q.Source() == "prometheus" {
			return sources.Frame{}, &sources.Error{Source: "prometheus", Kind: sources.NotConfigured, Err: errors.New("none")}
		}
		return m.answer(q, w)
	}})
	s.Advance(time.Second)
	f := s.Frame()
	if borders := lineWith(f, "─ alerts") + lineWith(f, "─ details"); strings.Contains(borders, "not configured") || !strings.Contains(f, "shop-3") {
		t.Errorf("a missing Prometheus is held against the list:\n%s", f)
	}
}
