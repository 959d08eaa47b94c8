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
		case strings.Contains(q.Expr, "slo:objective:ratio"):
			of := func(name string) []string {
				return []string{"__name__", name, "sloth_id", "fraud-scorer-availability", "sloth_service", "fraud-scorer", "sloth_slo", "availability"}
			}
			left := constant(0.44, of("slo:period_error_budget_remaining:ratio")...)
			for k := range left.Points {
				if p := &left.Points[k]; msTime(p.T).After(uitest.Start.Add(-4 * time.Minute)) {
					p.V = 0.419
				}
			}
			return sources.Frame{Series: []sources.Series{
				constant(0.999, of("slo:objective:ratio")...), constant(30, of("slo:time_period:days")...), left, constant(310, of("slo:current_burn_rate:ratio")...),
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
