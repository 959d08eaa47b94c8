package incident_test

import (
	"flag"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"firewatch/signals/incident"
	"firewatch/sources"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// fires is an ALERTS series that is 1 at the given minutes after noon.
func fires(name string, labels map[string]string, minutes ...int) sources.Series {
	s := sources.Series{Labels: map[string]string{"__name__": "ALERTS", "alertname": name, "alertstate": "firing"}}
	for k, v := range labels {
		s.Labels[k] = v
	}
	for _, m := range minutes {
		s.Points = append(s.Points, sources.Point{T: noon.Add(time.Duration(m) * time.Minute).UnixMilli(), V: 1})
	}
	return s
}

func TestEpisodes(t *testing.T) {
	pending := fires("P", nil, 1, 2)
	pending.Labels["alertstate"] = "pending"
	stale := fires("S", nil, 1)
	stale.Points[0].V = math.NaN()
	got := incident.Episodes([]sources.Series{
		fires("B", map[string]string{"service": "x"}, 0, 1, 3, 6, 7), pending, stale, fires("A", nil, 6, 7, 8), fires("Once", nil, 2),
	}, time.Minute, noon.Add(9*time.Minute))
	var lines []string
	for _, e := range got {
		line := e.Name() + e.Labels["service"] + " " + e.Start.Format("04") + "-" + e.End.Format("04")
		if e.Open {
			line += " open"
		}
		if e.Labels["alertstate"] != "" || e.Labels["__name__"] != "" {
			t.Errorf("labels of an episode: %v", e.Labels)
		}
		lines = append(lines, line)
	}
	if got, want := strings.Join(lines, "; "), "Bx 00-03; Once 02-02; A 06-08 open; Bx 06-07 open"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestNoise(t *testing.T) {
	var flapping []sources.Series
	flapping = append(flapping, fires("F", nil, 0, 1, 10, 11, 20, 21, 30, 31, 40, 41, 42, 43, 44, 45, 46))
	episodes := incident.Episodes(flapping, time.Minute, noon.Add(24*time.Hour))
	n := incident.Measure(episodes, 24*time.Hour)
	if n.Fires != 5 || n.PerDay != 5 || n.Median != time.Minute || n.Short != 4 || !n.Flaps() || n.AlwaysOn() {
		t.Errorf("%+v", n)
	}
	if got := incident.WouldFire(episodes, 5*time.Minute); got != 1 {
		t.Errorf("%d would fire", got)
	}
	on := incident.Measure(incident.Episodes([]sources.Series{fires("O", nil, 0, 1, 2, 3, 4, 5)}, time.Minute, noon.Add(6*time.Minute)), 6*time.Minute)
	if !on.AlwaysOn() || on.Flaps() || on.Short != 0 {
		t.Errorf("%+v", on)
	}
	if n := incident.Measure(nil, time.Hour); n != (incident.Noise{}) {
		t.Errorf("no episodes: %+v", n)
	}
}

func report() incident.Report {
	since, until := noon.Add(-8*time.Hour), noon
	alerts := []sources.Alert{
		{Fingerprint: "f1", Labels: map[string]string{"alertname": "HighErrorRate", "service": "fraud-scorer", "severity": "warning"}, Annotations: map[string]string{"summary": "fails 12% of *requests*\n# not a heading"}, StartsAt: noon.Add(-20 * time.Minute), State: "suppressed", SilencedBy: []string{"s1"}},
		{Fingerprint: "f2", Labels: map[string]string{"alertname": "HostHighCPU", "instance": "sim-1", "severity": "critical"}, StartsAt: noon.Add(-26 * time.Hour), State: "active"},
		{Fingerprint: "f3", Labels: map[string]string{"alertname": "Watchdog", "severity": "none"}, StartsAt: noon.Add(-26 * time.Hour), State: "active"},
	}
	silences := []sources.Silence{
		{ID: "s1", State: "active", Matchers: []sources.Matcher{{Name: "alertname", Value: "HighErrorRate", Equal: true}, {Name: "service", Value: "fraud-scorer", Equal: true}}, StartsAt: noon.Add(-15 * time.Minute), EndsAt: noon.Add(10 * time.Minute), CreatedBy: "ops", Comment: "ACK! ops: rolling back", Annotations: map[string]string{}},
		{ID: "s2", State: "active", Matchers: []sources.Matcher{{Name: "instance", Value: "db`1", Equal: true}}, StartsAt: noon.Add(-48 * time.Hour), EndsAt: noon.Add(72 * time.Hour), CreatedBy: "ops", Comment: "migration"},
		{ID: "s3", State: "pending", Matchers: []sources.Matcher{{Name: "job", Value: "a|b", Regex: true, Equal: true}}, StartsAt: noon.Add(2 * time.Hour), EndsAt: noon.Add(3 * time.Hour), CreatedBy: "ops", Comment: "window"},
		{ID: "s4", State: "expired", Matchers: []sources.Matcher{{Name: "alertname", Value: "DiskFull", Equal: true}}, StartsAt: noon.Add(-3 * time.Hour), EndsAt: noon.Add(-time.Hour), CreatedBy: "ops", Comment: "cleaning up"},
	}
	episodes := []incident.Episode{
		{Labels: map[string]string{"alertname": "DiskFull", "instance": "db-1", "severity": "warning"}, Start: noon.Add(-4 * time.Hour), End: noon.Add(-3 * time.Hour)},
		{Labels: map[string]string{"alertname": "DiskFull", "instance": "db-1", "severity": "warning"}, Start: noon.Add(-2 * time.Hour), End: noon.Add(-110 * time.Minute)},
		{Labels: alerts[0].Labels, Start: noon.Add(-20 * time.Minute), End: noon, Open: true},
		{Labels: map[string]string{"alertname": "Old"}, Start: noon.Add(-20 * time.Hour), End: noon.Add(-19 * time.Hour)},
	}
	loaded := sources.Series{Labels: map[string]string{"model": "fraud", "version": "1.4.0"}, Points: []sources.Point{{V: float64(noon.Add(-30 * time.Minute).Unix())}, {V: float64(noon.Add(-30 * time.Minute).Unix())}, {V: math.NaN()}, {V: 0}}}
	return incident.Report{
		Context: "prod", By: "ops", Since: since, Until: until, Alerts: alerts, Silences: silences, Episodes: episodes,
		Budgets:  []incident.Budget{{Name: "availability", Left: .312, Burn: 2.5, Spent: .118}, {Name: "latency", Left: .9, Burn: .2, Spent: math.NaN()}},
		Problems: []string{"Prometheus: 1 rule fails"}, Missing: []string{"notes: permission denied"},
		Events: incident.Timeline(incident.Input{
			Since: since, Until: until, Episodes: episodes, Silences: silences,
			Remarks: []sources.Remark{{At: noon.Add(-10 * time.Minute), Who: "ops", Text: "called the\n[vendor](x)", About: "f1"}},
			Deploys: []sources.Series{loaded},
		}),
	}
}

func TestHandover(t *testing.T) {
	text := incident.Handover(report())
	const golden = "testdata/handover.md"
	if *update {
		if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s is stale, read this and run with -update:\n%s", golden, text)
	}
}

func TestQuietHandover(t *testing.T) {
	text := incident.Handover(incident.Report{Context: "prod", Until: noon, Since: noon.Add(-time.Hour), Budgets: []incident.Budget{{Left: 1, Burn: math.NaN(), Spent: math.NaN()}}})
	for _, want := range []string{"by someone", "Nothing fires.", "All 1 objectives"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
}

// What fires is not told as cleared, though its record ends a little earlier.
func TestHandoverTellsNothingTwice(t *testing.T) {
	until := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	fires := sources.Alert{Fingerprint: "a", Labels: map[string]string{"alertname": "DiskFull", "instance": "db-1", "env": "live"}, State: "active", StartsAt: until.Add(-time.Hour)}
	own := map[string]string{"alertname": "DiskFull", "instance": "db-1"}
	r := incident.Report{Since: until.Add(-8 * time.Hour), Until: until, Location: time.UTC, Alerts: []sources.Alert{fires}, Episodes: []incident.Episode{
		{Labels: own, Start: until.Add(-3 * time.Hour), End: until.Add(-2 * time.Hour)},
		{Labels: own, Start: until.Add(-time.Hour), End: until.Add(-5 * time.Minute)},
	}}
	if got := incident.Handover(r); !strings.Contains(got, "once, 1h") {
		t.Errorf("what cleared before is not told once:\n%s", got)
	}
}
