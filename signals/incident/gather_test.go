package incident

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
)

func TestGather(t *testing.T) {
	until := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	shift := Shift{Context: "prod", Length: 8 * time.Hour}
	one := func(v float64, labels ...string) sources.Frame {
		l := map[string]string{}
		for i := 0; i < len(labels); i += 2 {
			l[labels[i]] = labels[i+1]
		}
		return sources.Frame{Series: []sources.Series{{Labels: l, Points: []sources.Point{{T: until.UnixMilli(), V: v}}}}}
	}
	var fired []sources.Point
	for m := range 5 {
		fired = append(fired, sources.Point{T: until.Add(time.Duration(m-120) * time.Minute).UnixMilli(), V: 1})
	}
	a := shift.asked()
	answers := map[sources.Query]sources.Frame{
		a.alerts:   {Alerts: []sources.Alert{{Labels: map[string]string{"alertname": "DiskFull", "severity": "critical", "instance": "db-1"}, StartsAt: until.Add(-time.Hour)}}, Peers: []sources.Peer{{Name: "am-2:9093", Err: "connection refused"}}},
		a.rules:    {Rules: []sources.Rule{{Name: "Watchdog", Alerting: true}, {Name: "r:1", LastError: "many-to-many"}}},
		a.notes:    {Remarks: []sources.Remark{{At: until.Add(-30 * time.Minute), Who: "dana", Text: "called the vendor"}}},
		a.episodes: {Series: []sources.Series{{Labels: map[string]string{"alertname": "Slow", "service": "fraud", "alertstate": "firing"}, Points: fired}}},
		a.restarts: one(float64(until.Add(-3*time.Hour).Unix()), "job", "api", "instance", "api-1"),
		a.left:     one(.4, "sloth_id", "api-availability"),
		a.before:   one(.9, "sloth_id", "api-availability"),
		a.burn:     one(6, "sloth_id", "api-availability"),
		a.down:     one(2, "job", "node"),
		a.bad:      one(3, "integration", "email"),
	}
	var asked []sources.Query
	r := shift.Gather("dana", until, nil, func(q sources.Query) (sources.Frame, error) {
		asked = append(asked, q)
		switch q {
		case a.silences:
			return sources.Frame{}, &sources.Error{Source: "alertmanager", Err: errors.New("silences: the list is broken")}
		case a.deploys:
			return sources.Frame{}, &sources.Error{Source: "prometheus", Kind: sources.NotConfigured, Err: errors.New("none")}
		}
		return answers[q], nil
	})
	for _, q := range asked {
		if !slices.Contains(shift.Questions(), q) {
			t.Errorf("asked for %v, which is not among the questions", q)
		}
	}
	if len(asked) != len(shift.Questions()) {
		t.Errorf("%d questions, %d were read", len(shift.Questions()), len(asked))
	}
	text := Handover(r)
	for _, want := range []string{
		"DiskFull db-1", "Slow fraud** once, 4m", "called the vendor", "restarted api api-1",
		"**api-availability** 40.0 % of the budget left, burning 6.0 times as fast as it may, 50.0 % spent in this shift",
		"am-2:9093 does not answer", "rule r:1 is not evaluated", "the Watchdog does not fire", "2 targets of node are down", "3 notifications by email failed",
		"silences: the list is broken",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "none") {
		t.Errorf("what is not configured is not missing:\n%s", text)
	}
	quiet := shift.Gather("", until, nil, func(sources.Query) (sources.Frame, error) { return sources.Frame{}, nil })
	if len(quiet.Problems)+len(quiet.Missing)+len(quiet.Events)+len(quiet.Budgets) != 0 {
		t.Errorf("of nothing: %+v", quiet)
	}
}

func TestBudgetsOfYoungObjectives(t *testing.T) {
	left := sources.Frame{Series: []sources.Series{{Labels: map[string]string{"sloth_id": "a"}, Points: []sources.Point{{V: .7}}}}}
	got := budgets(left, sources.Frame{}, sources.Frame{})
	if len(got) != 1 || got[0].Left != .7 || !math.IsNaN(got[0].Burn) || !math.IsNaN(got[0].Spent) {
		t.Errorf("%+v", got)
	}
}
