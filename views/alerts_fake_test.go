package views

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
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
	// skew is how far its clock is ahead.
	skew time.Duration
	// also answers what the manager itself does not know; its empty frame leaves it.
	also func(sources.Query, sources.Window) sources.Frame
}

func (m *manager) answer(q sources.Query, w sources.Window) (sources.Frame, error) {
	if m.also != nil {
		if f := m.also(q, w); !f.Empty() || f.Status != nil {
			return f, nil
		}
	}
	switch q := q.(type) {
	case sources.Alerts:
		return sources.Frame{Alerts: slices.Clone(m.alerts)}, nil
	case sources.Silences:
		f := sources.Frame{Silences: slices.Clone(m.silences)}
		if m.skew != 0 && m.now != nil {
			f.Peers = []sources.Peer{{Name: "am", Time: m.now().Add(m.skew)}}
		}
		return f, nil
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

// newAlerts is the tab with the defaults of the configuration.
func newAlerts() *alerts {
	v := &alerts{}
	v.use(Options{})
	return v
}

func startAlerts(t *testing.T, m *manager, cfg uitest.Config) *uitest.Shell {
	t.Helper()
	cfg.Views = append(cfg.Views, newAlerts(), &logs{})
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
