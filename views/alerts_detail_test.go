package views

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/uitest"
)

// incidentWorld is a manager whose alerts have a past, log lines, a budget,
// routes and runbooks.
type incidentWorld struct {
	*manager
	// down are the kinds of sources that do not answer.
	down []string
}

const routesConfig = `
route:
  receiver: inbox
  group_by: [alertname, service]
  group_wait: 10s
  group_interval: 1m
  repeat_interval: 4h
  routes:
    - matchers: [severity="critical"]
      receiver: pager
      continue: true
    - matchers: [team=~"ml.*"]
      receiver: slack-ml
      group_by: [alertname, model]
    - matchers: [severity=~"critical|warning"]
      receiver: slack-ops
receivers:
  - {name: inbox, webhook_configs: [{url: http://127.0.0.1/}]}
  - {name: pager, pagerduty_configs: [{}], opsgenie_configs: [{}]}
  - {name: slack-ml, slack_configs: [{}]}
  - {name: slack-ops, slack_configs: [{}]}
inhibit_rules:
  - name: target-down
    source_matchers: [alertname="TargetDown"]
    target_matchers: [severity=~"warning|info"]
    equal: [instance]
`

// stretch is when a series is 1.
type stretch struct{ from, to time.Duration }

// held makes a series that is there only within the stretches, given by how long ago.
func heldSeries(labels map[string]string, w sources.Window, list ...stretch) sources.Series {
	s := sources.Series{Labels: labels}
	for t := w.Start; !t.After(w.End); t = t.Add(w.Step) {
		ago := uitest.Start.Sub(t)
		if slices.ContainsFunc(list, func(e stretch) bool { return ago <= e.from && ago >= e.to }) {
			s.Points = append(s.Points, sources.Point{T: t.UnixMilli(), V: 1})
		}
	}
	return s
}

func (i *incidentWorld) answer(q sources.Query, w sources.Window) (sources.Frame, error) {
	if slices.Contains(i.down, q.Source()) {
		return sources.Frame{}, &sources.Error{Source: q.Source(), Kind: sources.Unreachable, Err: errors.New("cannot connect to 127.0.0.1:9: connection refused")}
	}
	constant := func(v float64, pairs ...string) sources.Series {
		s := sources.Series{Labels: fl(pairs...)}
		for t := w.Start; !t.After(w.End); t = t.Add(w.Step) {
			s.Points = append(s.Points, sources.Point{T: t.UnixMilli(), V: v})
		}
		return s
	}
	switch q := q.(type) {
	case sources.Instant:
		if !strings.Contains(q.Expr, "slo:objective:ratio") || !strings.Contains(q.Expr, "@ ") {
			return i.manager.answer(q, w)
		}
		var out []sources.Series
		for name, v := range map[string]float64{
			"slo:objective:ratio": 0.999, "slo:time_period:days": 30, "slo:period_error_budget_remaining:ratio": 0.419, "slo:current_burn_rate:ratio": 310, leftBefore: 0.44,
		} {
			out = append(out, sources.Series{
				Labels: fl("__name__", name, "sloth_id", "fraud-scorer-availability", "sloth_service", "fraud-scorer", "sloth_slo", "availability"),
				Points: []sources.Point{{T: w.End.UnixMilli(), V: v}},
			})
		}
		return sources.Frame{Series: out}, nil
	case sources.PromQL:
		if q.Span > 0 {
			w = w.Last(q.Span, max(q.Points, 60))
		}
		switch {
		case strings.HasPrefix(q.Expr, "ALERTS{"):
			name := "HighErrorRate"
			if !strings.Contains(q.Expr, name) {
				return sources.Frame{}, nil
			}
			labels := fl("__name__", "ALERTS", "alertname", name, "service", "fraud-scorer", "severity", "warning", "alertstate", "firing")
			day, m := 24*time.Hour, time.Minute
			firing := heldSeries(labels, w, stretch{4 * m, 0}, stretch{day, day - 6*m}, stretch{3*day + 30*m, 3*day + 12*m}, stretch{5 * day, 5*day - 3*m})
			pending := maps.Clone(labels)
			pending["alertstate"] = "pending"
			out := sources.Frame{Series: []sources.Series{firing}}
			if !strings.Contains(q.Expr, `alertstate="firing"`) {
				out.Series = append(out.Series, heldSeries(pending, w, stretch{5 * m, 4 * m}))
			}
			return out, nil
		case strings.Contains(q.Expr, "_build_info"):
			if !strings.Contains(q.Expr, "fraud-scorer") {
				return sources.Frame{}, nil
			}
			loaded := float64(uitest.Start.Add(-8 * time.Minute).Unix())
			return sources.Frame{Series: []sources.Series{
				constant(loaded, "__name__", "ml_model_loaded_timestamp_seconds", "model", "fraud", "version", "1.5.0", "service", "fraud-scorer"),
				constant(float64(uitest.Start.Add(-26*time.Hour).Unix()), "__name__", "process_start_time_seconds", "service", "fraud-scorer"),
			}}, nil
		case q.Expr == highErrorsLeft:
			f, err := i.manager.answer(q, w)
			other := constant(0.002, "__name__", q.Expr, "service", "feature-store")
			other.Legend = "feature-store"
			f.Series = append(f.Series, other)
			return f, err
		case strings.Contains(q.Expr, "rate1m"):
			return sources.Frame{Series: []sources.Series{constant(12.4, "__name__", q.Expr, "service", "fraud-scorer")}}, nil
		}
		return sources.Frame{}, nil
	case sources.Lines:
		var out []*sources.Log
		late := strings.Contains(q.Filter, ">=")
		n, total := 60, 171
		if !late {
			n, total = 9, 9
		}
		for k := range n {
			l := sources.Log{ID: fmt.Sprint(k, late), Level: "error", Service: "fraud-scorer", Time: uitest.Start.Add(time.Duration(k-n) * 2 * time.Second)}
			switch {
			case late && k%4 > 0:
				l.Message, l.ErrorType = fmt.Sprintf("backend answered 503 after %d ms", 20+k), "BackendUnavailable"
			default:
				l.Message = fmt.Sprintf(`transaction "tx-%d" refused: amount is missing`, 4000+k)
				if !late {
					l.Time = uitest.Start.Add(time.Duration(-20-k) * time.Minute)
				}
			}
			out = append(out, &l)
		}
		return sources.Frame{Logs: out, Total: total}, nil
	case sources.AlertmanagerStatus:
		return sources.Frame{Status: &sources.Status{Version: "0.34.0", Health: "ready", Config: routesConfig, Time: w.End}}, nil
	case sources.Document:
		text, err := os.ReadFile("../docs/" + q.URL)
		return sources.Frame{Text: string(text)}, err
	}
	return i.manager.answer(q, w)
}

const highErrorsLeft = "service:http_errors:ratio_rate1m"

// startIncident is a shell with the incident's alert under the cursor.
func startIncident(t testing.TB, w *incidentWorld, cfg uitest.Config) *uitest.Shell {
	t.Helper()
	cfg.Views = append(cfg.Views, &alerts{set: silence.Defaults}, &logs{}, &objectives{})
	cfg.Answer, cfg.Act = w.answer, w.act
	cfg.Kinds = []string{"alertmanager", "elasticsearch", "prometheus", "runbooks"}
	cfg.Shell.Zone = ui.Local
	s := uitest.New(t, cfg)
	w.now = s.Now
	return s
}

// newIncident has two more alerts beside those of a manager: the critical one of
// the same service, and the page of its objective.
func newIncident() *incidentWorld {
	m := newManager()
	page := made(2*time.Minute, "critical", "alertname", "SLOErrorBudgetBurn", "sloth_id", "fraud-scorer-availability", "sloth_service", "fraud-scorer", "service", "fraud-scorer", "area", "slo", "summary", "fraud-scorer/availability burns its error budget too fast")
	worse := made(3*time.Minute, "critical", "alertname", "VeryHighErrorRate", "service", "fraud-scorer", "team", "ml-serving", "area", "app", "summary", "fraud-scorer fails 31.0% of requests")
	m.alerts = append(m.alerts, page, worse)
	return &incidentWorld{manager: m}
}

// openNamed filters the list for an alert and opens it.
func openNamed(t testing.TB, s *uitest.Shell, name string) {
	t.Helper()
	s.Press("/")
	s.Type(`alertname="` + name + `"`)
	s.Press("enter", "enter")
	if f := s.Frame(); !strings.Contains(f, "─ "+name) {
		t.Fatalf("%s is not open:\n%s", name, f)
	}
}

var detailSizes = []struct {
	name string
	w, h int
}{{"80x24", 80, 24}, {"120x40", 120, 40}, {"200x60", 200, 60}}

func TestExplainFrames(t *testing.T) {
	acked := func(w *incidentWorld) {
		s := silence.Defaults.Ack(w.alerts[2:3], silence.By{User: "dana", Reason: "rolling 1.5.0 back", Tool: "x", At: uitest.Start.Add(-time.Minute)}, w.alerts)[0]
		s.ID, s.State = "7a1c-1", "active"
		w.silences = append(w.silences, s)
		w.alerts[2].SilencedBy, w.alerts[2].State = []string{"7a1c-1"}, "suppressed"
	}
	for _, c := range []struct {
		name, alert string
		change      func(*incidentWorld)
	}{
		{"firing", "HighErrorRate", nil},
		{"acked", "HighErrorRate", acked},
		{"pending", "HighLatencyP95", nil},
		{"inhibited", "HostHighCPU", nil},
		{"norule", "TargetDown", nil},
		{"down", "HighErrorRate", func(w *incidentWorld) { w.down = []string{"elasticsearch", "runbooks"} }},
	} {
		for _, size := range detailSizes {
			w := newIncident()
			if c.change != nil {
				c.change(w)
			}
			s := startIncident(t, w, uitest.Config{W: size.w, H: size.h})
			openNamed(t, s, c.alert)
			uitest.Golden(t, "explain-"+c.name+"-"+size.name, s.Frame())
			if c.name == "firing" {
				for page := 2; strings.Contains(s.Frame(), fmt.Sprintf("of %d", page)) || page == 2 && size.w < broadDetail; page++ {
					s.Press("l")
					uitest.Golden(t, fmt.Sprintf("explain-%s-%d-%s", c.name, page, size.name), s.Frame())
					if page == 4 {
						break
					}
				}
			}
		}
	}
}

func TestRunbookPane(t *testing.T) {
	for _, size := range detailSizes {
		s := startIncident(t, newIncident(), uitest.Config{W: size.w, H: size.h})
		openNamed(t, s, "HighErrorRate")
		s.Press("b")
		s.Asked()
		s.Press("enter")
		uitest.Golden(t, "explain-runbook-"+size.name, s.Frame())
		asked := s.Asked()
		if !slices.ContainsFunc(asked, func(q sources.Query) bool {
			p, ok := q.(sources.PromQL)
			return ok && strings.HasPrefix(p.Expr, "topk(10, sum by (service, http_route")
		}) {
			t.Errorf("%s: the block was not run: asked %v", size.name, asked)
		}
		// The next block is a filter of the logs, and the one before the last a shell's.
		s.Press("n", "enter")
		if f := s.Frame(); !strings.Contains(f, "event.action") || strings.Contains(f, "─ runbook ─") {
			t.Errorf("%s: the filter does not open the logs:\n%s", size.name, f)
		}
		s.Press("1", "n", "n", "enter")
		if f := s.Frame(); !strings.Contains(f, "only promql and kql") {
			t.Errorf("%s: a shell's block is run:\n%s", size.name, f)
		}
		s.Press("esc")
		if f := s.Frame(); strings.Contains(f, "─ runbook ─") || !strings.Contains(f, "measures") {
			t.Errorf("%s: esc does not close the runbook:\n%s", size.name, f)
		}
	}
}

func TestRunbookThatIsMissing(t *testing.T) {
	w := newIncident()
	w.down = []string{"runbooks"}
	s := startIncident(t, w, uitest.Config{})
	openNamed(t, s, "HighErrorRate")
	s.Press("b")
	if f := s.Frame(); !strings.Contains(f, "runbooks: {url:") || !strings.Contains(f, "runbooks/HighErrorRate.md") {
		t.Errorf("it does not say why and what to do:\n%s", f)
	}
}

func TestRelatedAlerts(t *testing.T) {
	w := newIncident()
	s := startIncident(t, w, uitest.Config{})
	openNamed(t, s, "HighErrorRate")
	for range 10 {
		if strings.Contains(s.Frame(), "go there") {
			break
		}
		s.Press("tab")
	}
	s.Press("enter")
	if f := s.Frame(); !strings.Contains(f, "─ VeryHighErrorRate ─") {
		t.Fatalf("enter does not go to the nearest alert:\n%s", f)
	}
	s.Press("esc")
	if f := s.Frame(); !strings.Contains(f, "─ HighErrorRate ─") {
		t.Errorf("esc does not come back:\n%s", f)
	}
	var cpu *alertRow
	var rows alertRows
	rows.join(uitest.Start, true, w.alerts, w.silences, w.rules)
	for _, r := range rows.all {
		if r.alert.Name() == "HostHighCPU" {
			cpu = r
		}
	}
	if list := relatedTo(cpu, rows.all); len(list) == 0 || list[0].row.alert.Name() != "TargetDown" || !strings.Contains(list[0].how, "holds it back") {
		t.Errorf("what inhibits it is not its nearest relation: %+v", list)
	}
}

func TestDescribe(t *testing.T) {
	w := newIncident()
	old := w.silences[0]
	old.ID, old.State, old.StartsAt, old.EndsAt = "dead-1", "expired", uitest.Start.Add(-5*time.Hour), uitest.Start.Add(-3*time.Hour)
	w.silences = append(w.silences, old)
	s := startIncident(t, w, uitest.Config{})
	s.Press("/")
	s.Type("alertname=HostFilesystemAlmostFull")
	s.Press("enter", "d")
	f := s.Frame()
	for _, want := range []string{"mountpoint", "fingerprint", "dead expired", "routes"} {
		if !strings.Contains(f, want) {
			t.Errorf("the description lacks %q:\n%s", want, f)
		}
	}
	for range 40 {
		if strings.Contains(s.Frame(), "make it again") {
			break
		}
		s.Press("j")
	}
	s.Press("enter")
	if f := s.Frame(); !strings.Contains(f, "silence it again") || !strings.Contains(f, "120m") {
		t.Errorf("an expired silence cannot be made again:\n%s", f)
	}
	s.Press("esc", "esc")
	if f := s.Frame(); !strings.Contains(f, "─ alerts ─") {
		t.Errorf("esc does not go back to the list:\n%s", f)
	}
}

// TestFewQuestions holds what an Enter costs.
func TestFewQuestions(t *testing.T) {
	s := startIncident(t, newIncident(), uitest.Config{W: 80, H: 24})
	s.Press("/")
	s.Type(`alertname="HighErrorRate"`)
	s.Press("enter")
	s.Asked()
	s.Press("enter")
	if asked := s.Asked(); len(asked) == 0 || len(asked) > 9 {
		t.Errorf("it asks %d questions: %v", len(asked), asked)
	}
}
