package views

import (
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
	"firewatch/ui/uitest"
)

func TestOpenAlertThatResolvesIsLeft(t *testing.T) {
	m := newManager()
	s := startAlerts(t, m, uitest.Config{})
	s.Press("enter")
	name := m.alerts[0].Name()
	for _, a := range m.alerts {
		if strings.Contains(s.Frame(), "─ "+a.Name()+" ") {
			name = a.Name()
		}
	}
	kept := m.alerts
	m.alerts = slices.DeleteFunc(slices.Clone(m.alerts), func(a sources.Alert) bool { return a.Name() == name })
	s.Advance(6 * time.Second)
	if f := s.Frame(); !strings.Contains(f, name+" is resolved") || !strings.Contains(f, "─ alerts ─") {
		t.Errorf("an alert that is over leaves no word, or the tab stays:\n%s", f)
	}
	m.alerts = kept
	s.Advance(6 * time.Second)
	if f := s.Frame(); !strings.Contains(f, "─ alerts ─") {
		t.Errorf("one that fires again opens by itself:\n%s", f)
	}
}

func TestPendingAlertIsFollowedIntoFiring(t *testing.T) {
	m := newManager()
	s := startAlerts(t, m, uitest.Config{})
	s.Press("/")
	s.Type("@pending")
	s.Press("enter", "enter")
	var rule *sources.Rule
	for i := range m.rules {
		if len(m.rules[i].Alerts) > 0 && m.rules[i].Alerts[0].State == "pending" {
			rule = &m.rules[i]
		}
	}
	if rule == nil || !strings.Contains(s.Frame(), "─ "+rule.Name+" ") {
		t.Fatalf("no pending alert is open:\n%s", s.Frame())
	}
	labels := map[string]string{"alertname": rule.Name, "cluster": "external"}
	for k, v := range rule.Alerts[0].Labels {
		labels[k] = v
	}
	// Gone from the list of pending ones, not yet at Alertmanager: it stays.
	m.rules = slices.Clone(m.rules)
	for i := range m.rules {
		if m.rules[i].Name == rule.Name {
			m.rules[i].Alerts = nil
		}
	}
	s.Advance(6 * time.Second)
	if f := s.Frame(); !strings.Contains(f, "─ "+rule.Name+" ") {
		t.Errorf("it is left on its way to Alertmanager:\n%s", f)
	}
	m.alerts = append(slices.Clone(m.alerts), sources.Alert{Fingerprint: "arrived", Labels: labels, StartsAt: uitest.Start, State: "active"})
	s.Advance(6 * time.Second)
	if f := s.Frame(); !strings.Contains(f, "─ "+rule.Name+" ") || !strings.Contains(f, "firing") {
		t.Errorf("it is not followed into firing:\n%s", f)
	}
	m.alerts = m.alerts[:len(m.alerts)-1]
	s.Advance(6 * time.Second)
	if f := s.Frame(); !strings.Contains(f, rule.Name+" is resolved") {
		t.Errorf("its end is not said:\n%s", f)
	}
}
