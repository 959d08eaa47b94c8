package incident

import (
	"slices"
	"testing"
	"time"

	"firewatch/sources"
)

func TestRecord(t *testing.T) {
	name := sources.Matcher{Name: "alertname", Value: "A", Equal: true}
	other := sources.Matcher{Name: "service", Value: "api", Equal: true}
	for want, sets := range map[string][][]sources.Matcher{
		`max_over_time(ALERTS{alertstate="firing"}[10m])`:                                                                                   {{other}, {name}},
		`max_over_time(ALERTS{alertstate="firing", alertname="A"}[10m])`:                                                                    {{other, name}, {name}},
		`max_over_time(ALERTS{alertstate="firing", alertname="A"}[10m]) or max_over_time(ALERTS{alertstate="firing", alertname=~"B"}[10m])`: {{name}, {{Name: "alertname", Value: "B", Regex: true, Equal: true}}},
	} {
		if got := Record(sets...).Expr; got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s := sources.Series{Labels: map[string]string{"alertname": "A"}}
	for _, back := range []time.Duration{50 * time.Hour, 49*time.Hour + 50*time.Minute, time.Hour} {
		s.Points = append(s.Points, sources.Point{T: at.Add(-back).UnixMilli(), V: 1})
	}
	if got := InRecord(sources.Frame{Series: []sources.Series{s}}, at); len(got) != 2 || got[0].Length() != 10*time.Minute {
		t.Errorf("%+v", got)
	}
}

func TestPresent(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	alert := func(name string, since time.Duration) *sources.Alert {
		return &sources.Alert{Labels: map[string]string{"alertname": name, "cluster": "eu"}, StartsAt: at.Add(-since)}
	}
	recorded := []Episode{
		{Labels: map[string]string{"alertname": "A"}, Start: at.Add(-time.Hour), End: at.Add(-5 * time.Minute), Open: true},
		{Labels: map[string]string{"alertname": "B"}, Start: at.Add(-time.Hour), End: at.Add(-30 * time.Minute)},
	}
	got := Present(recorded, []*sources.Alert{alert("A", time.Hour), alert("B", time.Minute), alert("C", 2*time.Minute)}, at)
	if len(got) != 4 || got[2].Name() != "B" || got[3].Name() != "C" || got[3].Length() != 2*time.Minute || !got[3].Open {
		t.Errorf("%+v", got)
	}
	if got := Present(nil, nil, at); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestForeign(t *testing.T) {
	alerts := []sources.Alert{{Labels: map[string]string{"alertname": "A", "service": "api", "cluster": "eu", "replica": "a"}}, {Labels: map[string]string{"alertname": "B", "x": "1"}}}
	rules := []sources.Rule{
		{Name: "A", Alerting: true, Alerts: []sources.RuleAlert{{Labels: map[string]string{"alertname": "A", "service": "api"}}, {Labels: map[string]string{"alertname": "A", "service": "web"}}}},
		{Name: "B", Alerting: true},
	}
	got := Foreign(alerts, rules)
	if !slices.Equal(got, []string{"cluster", "replica"}) {
		t.Errorf("%q", got)
	}
	ms := []sources.Matcher{{Name: "cluster", Value: "eu", Equal: true}, {Name: "service", Value: "api", Equal: true}}
	if own := Without(ms, got); len(own) != 1 || own[0].Name != "service" {
		t.Errorf("%v", own)
	}
}
