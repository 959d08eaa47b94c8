package views

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/signals/incident"
	"firewatch/signals/route"
	"firewatch/signals/watch"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/uitest"
)

// Moments of the walk's story, by how long before its first frame they were: a
// version is loaded, requests begin to fail, the condition begins to hold, the
// alert fires.
const (
	storyLoad  = 6*time.Minute + 8*time.Second
	storyFault = 5*time.Minute + 10*time.Second
	storyHolds = 5 * time.Minute
	storyFires = 4 * time.Minute
)

const storyRoutes = `
route:
  receiver: inbox
  group_by: [alertname, service]
  group_wait: 10s
  group_interval: 1m
  repeat_interval: 4h
  routes:
    - matchers: [severity="critical"]
      receiver: oncall
      repeat_interval: 1h
      continue: true
    - matchers: [severity=~"critical|warning"]
      receiver: slack-ops
receivers:
  - {name: inbox, webhook_configs: [{url: http://127.0.0.1/}]}
  - {name: oncall, pagerduty_configs: [{}]}
  - {name: slack-ops, slack_configs: [{}]}
`

// story is one incident that all servers tell of alike: fraud 1.5.0 was loaded and
// the scorer's requests fail since. It is a night with those answers before its own.
type story struct{ *night }

// newStory has the page and the noise beside it: what else is there is held or no
// page.
func newStory(t *testing.T) *story {
	t.Helper()
	n := newNight()
	n.alerts = slices.DeleteFunc(n.alerts, func(a sources.Alert) bool { return a.Name() == "TargetDown" || a.Name() == "HostHighCPU" })
	page := &n.alerts[slices.IndexFunc(n.alerts, func(a sources.Alert) bool { return a.Name() == "HighErrorRate" })]
	page.Labels["severity"] = "critical"
	rule := &n.rules[0]
	rule.For, rule.Labels = storyHolds-storyFires, map[string]string{"severity": "critical"}
	rule.Alerts[0].Labels["severity"], rule.Alerts[0].ActiveAt = "critical", uitest.Start.Add(-storyHolds)
	stale := &n.alerts[slices.IndexFunc(n.alerts, func(a sources.Alert) bool { return a.Name() == "ModelStale" })]
	stale.Labels["model"], stale.Annotations["summary"] = "churn", "churn was trained 41 days ago"

	noise := made(storyFires, "warning", "alertname", "FeatureStoreSlow", "service", "feature-store", "team", "ml-serving", "summary", "feature-store p95 is 400ms")
	n.alerts = append(n.alerts, noise)
	n.rules = append(n.rules, sources.Rule{
		Group: "app.alerts", Name: "FeatureStoreSlow", Alerting: true, Query: "service:http_request_duration_seconds:p95_rate1m > 0.25", For: 30 * time.Second, Interval: 5 * time.Second,
		State: "firing", Health: "ok", Alerts: []sources.RuleAlert{{Labels: noise.Labels, State: "firing", ActiveAt: noise.StartsAt.Add(-30 * time.Second), Value: 0.4}},
	})
	n.silences[0].StartsAt = uitest.Start.Add(-3 * time.Hour)

	tree, err := route.Parse(storyRoutes)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n.alerts {
		a := &n.alerts[i]
		a.Receivers = nil
		for _, r := range tree.Match(a.Labels) {
			a.Receivers = append(a.Receivers, r.Receiver)
		}
	}
	n.notes = []sources.Remark{
		{ID: "n1", At: uitest.Start.Add(-24 * time.Hour), Who: "sam", Context: "demo", About: page.Fingerprint, Text: "yesterday it was the feature store: cured by a restart"},
		{ID: "n2", At: uitest.Start.Add(-50 * time.Minute), Who: "sam", Context: "demo", Text: "fraud 1.5.0 goes out before two"},
	}
	return &story{n}
}

func startStory(t *testing.T, n *story, cfg uitest.Config) *uitest.Shell {
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

// trend is a series of a value that changes with how long ago it was.
func trend(w sources.Window, value func(ago time.Duration) float64, pairs ...string) sources.Series {
	s := sources.Series{Legend: "fraud-scorer", Labels: fl(append(pairs, "service", "fraud-scorer")...)}
	for t := w.Start; !t.After(w.End); t = t.Add(w.Step) {
		if v := value(uitest.Start.Sub(t)); !math.IsNaN(v) {
			s.Points = append(s.Points, sources.Point{T: t.UnixMilli(), V: v})
		}
	}
	return s
}

// failed is the share of requests that failed, by the rate of a minute.
func failed(ago time.Duration) float64 {
	quiet := 0.004 + 0.002*math.Sin(ago.Minutes()/3)
	part := min(max(float64(storyFault-ago)/float64(time.Minute), 0), 1)
	return quiet + part*(0.31-quiet)
}

func (n *story) answer(q sources.Query, w sources.Window) (sources.Frame, error) {
	day, minute := 24*time.Hour, time.Minute
	loaded := float64(uitest.Start.Add(-storyLoad).Unix())
	switch q := q.(type) {
	case sources.AlertmanagerStatus:
		f, err := n.night.answer(q, w)
		f.Status = &sources.Status{Version: "0.34.0", Health: "ready", Config: storyRoutes, Time: n.now()}
		return f, err
	case sources.Lines:
		return errorLines(strings.Contains(q.Filter, ">=")), nil
	case sources.Instant:
		if q == watch.Signals {
			break
		}
		values := map[string]float64{
			"slo:objective:ratio": 0.999, "slo:time_period:days": 30, "slo:period_error_budget_remaining:ratio": 0.42, "slo:current_burn_rate:ratio": 310, leftBefore: 0.456,
		}
		name := "__name__"
		if strings.Contains(q.Expr, `"budget"`) {
			name, values = "budget", map[string]float64{"left": 0.42, "burn": 27, "spent": 0.038}
		}
		var out []sources.Series
		for k, v := range values {
			out = append(out, sources.Series{
				Labels: fl(name, k, "sloth_id", "fraud-scorer-availability", "sloth_service", "fraud-scorer", "sloth_slo", "availability"),
				Points: []sources.Point{{T: w.End.UnixMilli(), V: v}},
			})
		}
		return sources.Frame{Series: out}, nil
	case sources.PromQL:
		past := incident.PastOf(q.Span, q.Points)
		if q.Span > 0 {
			w = w.Last(q.Span, max(q.Points, 60))
		}
		page := func(state string, list ...stretch) sources.Series {
			return heldSeries(fl("__name__", "ALERTS", "alertname", "HighErrorRate", "alertstate", state, "service", "fraud-scorer", "severity", "critical"), w, list...)
		}
		firing := page("firing", stretch{storyFires, -day}, stretch{day, day - 6*minute}, stretch{3*day + 30*minute, 3*day + 12*minute}, stretch{5 * day, 5*day - 3*minute})
		switch {
		case q == past.Episodes:
			return sources.Frame{Series: []sources.Series{firing}}, nil
		case q == past.Starts:
			return sources.Frame{Series: []sources.Series{trend(w, func(time.Duration) float64 { return loaded }, "__name__", "ml_model_loaded_timestamp_seconds", "model", "fraud", "version", "1.5.0")}}, nil
		case q == past.Builds:
			return sources.Frame{}, nil
		case strings.HasPrefix(q.Expr, "ALERTS{"):
			if !strings.Contains(q.Expr, "HighErrorRate") {
				return sources.Frame{}, nil
			}
			return sources.Frame{Series: []sources.Series{firing, page("pending", stretch{storyHolds, storyFires})}}, nil
		case strings.Contains(q.Expr, "ml_model_loaded_timestamp_seconds"):
			began := float64(uitest.Start.Add(-26 * time.Hour).Unix())
			return sources.Frame{Series: []sources.Series{
				trend(w, func(ago time.Duration) float64 {
					if ago > storyLoad {
						return began
					}
					return loaded
				}, "__name__", "ml_model_loaded_timestamp_seconds", "model", "fraud", "version", "1.5.0"),
				trend(w, func(time.Duration) float64 { return began }, "__name__", "process_start_time_seconds"),
			}}, nil
		case strings.Contains(q.Expr, "ratio_rate1m"):
			return sources.Frame{Series: []sources.Series{trend(w, failed, "__name__", q.Expr)}}, nil
		case strings.Contains(q.Expr, "rate1m"):
			return sources.Frame{Series: []sources.Series{trend(w, func(time.Duration) float64 { return 12.4 }, "__name__", q.Expr)}}, nil
		}
	}
	return n.night.answer(q, w)
}

// errorLines are the lines of the scorer since the fault, or those before it: what
// was refused before goes on, what the model does not answer is new.
func errorLines(since bool) sources.Frame {
	const read = 60
	f := sources.Frame{Total: 1131}
	n, apart, newest := read, 300*time.Millisecond, time.Second
	if !since {
		n, apart, newest, f.Total = 11, 4*time.Minute, 12*time.Minute, 11
	}
	for k := range n {
		ago := newest + time.Duration(n-1-k)*apart
		l := sources.Log{ID: fmt.Sprint(since, k), Level: "error", Service: "fraud-scorer", Time: uitest.Start.Add(-ago), Message: "request failed: model backend unavailable"}
		switch {
		case !since || k%20 == 7:
			l.Message = fmt.Sprintf("request refused: transaction tx-%d has no amount", 4100+k)
		case k%5 == 2:
			l.Message = "feature store timeout"
		}
		f.Logs = append(f.Logs, &l)
	}
	return f
}
