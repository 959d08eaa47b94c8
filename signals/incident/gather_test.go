package incident

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/signals/watch"
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
	past, notes := PastOf(shift.Length, points), sources.Notes{Context: "prod"}
	signal := func(v float64, labels ...string) sources.Series { return one(v, labels...).Series[0] }
	answers := map[sources.Query]sources.Frame{
		sources.Alerts{}: {Alerts: []sources.Alert{{Labels: map[string]string{"alertname": "DiskFull", "severity": "critical", "instance": "db-1"}, StartsAt: until.Add(-time.Hour)}}, Peers: []sources.Peer{{Name: "am-2:9093", Err: "connection refused"}, {Name: "am-1:9093"}}},
		sources.Rules{}:  {Rules: []sources.Rule{{Name: "Watchdog", Alerting: true}, {Name: "r:1", Health: "err", LastError: "many-to-many"}}},
		notes:            {Remarks: []sources.Remark{{At: until.Add(-30 * time.Minute), Who: "dana", Text: "called the vendor"}}},
		past.Episodes:    {Series: []sources.Series{{Labels: map[string]string{"alertname": "Slow", "service": "fraud", "alertstate": "firing"}, Points: fired}}},
		past.Starts: {Series: []sources.Series{
			signal(float64(until.Add(-3*time.Hour).Unix()), "__name__", "process_start_time_seconds", "job", "api", "instance", "api-1"),
			signal(float64(until.Add(-2*time.Hour).Unix()), "__name__", "ml_model_loaded_timestamp_seconds", "model", "fraud", "version", "1.5.0"),
		}},
		past.Builds: {Series: []sources.Series{
			{Labels: map[string]string{"job": "api", "version": "2.0"}, Points: []sources.Point{{T: until.Add(-8 * time.Hour).UnixMilli()}, {T: until.Add(-4 * time.Hour).UnixMilli()}}},
			{Labels: map[string]string{"job": "api", "version": "2.1"}, Points: []sources.Point{{T: until.Add(-4 * time.Hour).UnixMilli()}, {T: until.UnixMilli()}}},
			{Labels: map[string]string{"job": "node", "version": "1.0"}, Points: []sources.Point{{T: until.Add(-time.Hour).UnixMilli()}}},
		}},
		shift.budgetQuery(): {Series: []sources.Series{
			signal(.4, "budget", "left", "sloth_id", "api-availability"), signal(6, "budget", "burn", "sloth_id", "api-availability"),
			signal(.5, "budget", "spent", "sloth_id", "api-availability"), signal(2, "budget", "burn", "sloth_id", "young"), signal(9, "budget", "left"),
		}},
		watch.Signals: {Series: []sources.Series{
			signal(9, "watch", "targets"), signal(2, "watch", "down", "job", "node"), signal(3.2, "watch", "failed", "integration", "email"),
		}},
	}
	var asked []sources.Query
	r := shift.Gather("dana", until, nil, func(q sources.Query) (sources.Frame, error) {
		asked = append(asked, q)
		switch q {
		case sources.Silences{}:
			return sources.Frame{}, &sources.Error{Source: "alertmanager", Err: errors.New("silences: the list is broken")}
		case sources.LogStatus{}:
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
		"**young** budget unknown, burning 2.0 times", "deployed fraud 1.5.0", "deployed api 2.1: was 2.0",
		"peer am-2:9093 does not answer", "1 rule cannot be evaluated: r:1", "the Watchdog is missing", "2 of 9 targets down: node 2", "notifications failed in the last 10m: email 3",
		"silences: the list is broken",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "none") || strings.Contains(text, "node 1.0") {
		t.Errorf("what is not configured is not missing:\n%s", text)
	}
	quiet := shift.Gather("", until, nil, func(q sources.Query) (sources.Frame, error) {
		return sources.Frame{}, &sources.Error{Source: q.Source(), Kind: sources.NotConfigured, Err: errors.New("none")}
	})
	if len(quiet.Problems)+len(quiet.Missing)+len(quiet.Events)+len(quiet.Budgets) != 0 {
		t.Errorf("of nothing: %+v", quiet)
	}
}
