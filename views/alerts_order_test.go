package views

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"firewatch/signals/alert"
	"firewatch/sources"
	"firewatch/ui/theme"
)

// TestOrderIsThatOfTheCommands holds the list to the order of `firewatch alerts`.
func TestOrderIsThatOfTheCommands(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	var list []sources.Alert
	for i := range 300 {
		list = append(list, sources.Alert{
			Fingerprint: fmt.Sprintf("%03d", r.IntN(1000)*1000+i), Cluster: pick("", "eu", "us"), StartsAt: now.Add(-time.Duration(r.IntN(5)) * time.Hour),
			Labels: map[string]string{"alertname": pick("A", "B", "Watchdog"), "severity": pick("critical", "page", "warning", "info", "none", "odd", "")},
		})
	}
	silences := []sources.Silence{{ID: "s", Cluster: "eu", State: "active", EndsAt: now.Add(time.Hour), CreatedBy: "d", Matchers: []sources.Matcher{{Name: "alertname", Value: "A", Equal: true}}}}
	rules := []sources.Rule{{Name: "C", Alerting: true, Alerts: []sources.RuleAlert{{State: "pending", ActiveAt: now, Labels: map[string]string{"severity": "critical"}}}}}
	var rows alertRows
	rows.join(now, true, list, silences, rules)
	want := alert.Rows(list, silences, rules, now, func(severity string) int {
		if severity == "none" {
			return int(theme.None)
		}
		return int(theme.Severity(severity))
	})
	if len(rows.all) != len(want) {
		t.Fatalf("%d rows, the commands have %d", len(rows.all), len(want))
	}
	for i := range want {
		if rows.all[i].id != want[i].ID {
			t.Fatalf("row %d is %s, the commands have %s", i, rows.all[i].id, want[i].ID)
		}
	}
}
