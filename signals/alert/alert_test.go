package alert_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"firewatch/signals/alert"
	"firewatch/signals/silence"
	"firewatch/sources"
)

func TestFilter(t *testing.T) {
	a := &sources.Alert{
		Labels:      map[string]string{"alertname": "DiskFull", "severity": "critical", "team": "core", "instance": "db-1:9100", "http.route": "/x"},
		Annotations: map[string]string{"summary": "Only 3 GB left"},
	}
	for text, want := range map[string]bool{
		"":                                       true,
		"severity=critical":                      true,
		`severity=~"critical|warning" team=core`: true,
		`{severity="critical",team!="core"}`:     false,
		`"http.route"="/x"`:                      true,
		`!"http.route"="/x"`:                     false,
		"gb":                                     true,
		"diskfull db-1":                          true,
		"-disk":                                  false,
		"@acked":                                 true,
		"!@silenced !@firing":                    true,
		"@mine":                                  true,
		"@firing":                                false,
		"missing=":                               false,
		`missing=""`:                             true,
	} {
		f, err := alert.Parse(text)
		if err != nil {
			if text != "missing=" {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		st := &silence.Status{State: silence.Acked, Who: "dana"}
		if got := f.Match(a, st, "dana"); got != want {
			t.Errorf("%q picks it: %v, want %v", text, got, want)
		}
		if f.Not = true; text != "" && f.Match(a, st, "dana") == want {
			t.Errorf("not %q picks it as well", text)
		}
	}
	for text, want := range map[string]string{
		"@loud":      "@loud is not a state: one of @firing",
		"a=~(":       "not a regular expression",
		"severity=":  "a value for severity",
		"core - ":    "after ! or -",
		`team="core`: "not closed",
	} {
		if _, err := alert.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q in it", text, err, want)
		}
	}
}

func TestPending(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	p := &sources.RuleAlert{Labels: map[string]string{"instance": "a"}, ActiveAt: at, State: "pending"}
	got := alert.Pending(&sources.Rule{Name: "Slow"}, p)
	if got.Name() != "Slow" || got.State != "pending" || !got.StartsAt.Equal(at) || got.Labels["instance"] != "a" {
		t.Errorf("%+v", got)
	}
	if !maps.Equal(p.Labels, map[string]string{"instance": "a"}) {
		t.Errorf("the rule's own labels were changed: %v", p.Labels)
	}
	if got := alert.Pending(&sources.Rule{Name: "Slow"}, &sources.RuleAlert{}); got.Name() != "Slow" {
		t.Errorf("without labels: %+v", got)
	}
}

func TestWhere(t *testing.T) {
	for want, labels := range map[string]map[string]string{
		"fraud web-1": {"service": "fraud", "instance": "web-1", "device": "sda", "job": "x"},
		"x":           {"job": "x"},
		"":            nil,
	} {
		if got := alert.Where(labels); got != want {
			t.Errorf("%v is on %q, want %q", labels, got, want)
		}
	}
}

func TestRows(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	list := []sources.Alert{
		{Fingerprint: "w", Labels: map[string]string{"alertname": "Watchdog", "severity": "critical"}, StartsAt: noon.Add(-time.Hour)},
		{Fingerprint: "a", Labels: map[string]string{"alertname": "Slow", "severity": "warning"}, StartsAt: noon.Add(-time.Hour)},
		{Fingerprint: "b", Labels: map[string]string{"alertname": "Held", "severity": "critical"}, StartsAt: noon.Add(-time.Hour)},
		{Fingerprint: "c", Cluster: "eu", Labels: map[string]string{"alertname": "Loud", "severity": "critical"}, StartsAt: noon},
	}
	silences := []sources.Silence{{ID: "s", State: "active", EndsAt: noon.Add(time.Hour), CreatedBy: "dana", Matchers: []sources.Matcher{{Name: "alertname", Value: "Held", Equal: true}}}}
	rules := []sources.Rule{{Name: "Soon", Alerting: true, Alerts: []sources.RuleAlert{{State: "pending", Labels: map[string]string{"severity": "warning", "x": "1"}}, {State: "firing"}}}}
	level := func(s string) int { return map[string]int{"critical": 2, "warning": 1}[s] }
	var got []string
	for _, r := range alert.Rows(list, silences, rules, noon, level) {
		got = append(got, strings.TrimSpace(r.ID+" "+r.Status.State.String()+" "+r.Who()))
	}
	want := `eu/c firing, b silenced dana, a firing, pending {alertname="Soon", severity="warning", x="1"} pending, w firing`
	if strings.Join(got, ", ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, ", "), want)
	}
}
