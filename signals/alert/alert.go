// Package alert is how alerts are picked and told apart, as pure functions over
// the types of sources: the filter language of the Alerts tab and of the
// commands, the alerts that a rule is about to fire, and what an alert is on. It
// does no I/O and reads no clock.
package alert

import (
	"maps"
	"strings"

	"firewatch/sources"
)

// Pending is the alert that one of a rule's own alerts becomes when it fires.
// It has no fingerprint, and its State is "pending".
func Pending(rule *sources.Rule, p *sources.RuleAlert) sources.Alert {
	a := sources.Alert{Labels: maps.Clone(p.Labels), Annotations: p.Annotations, StartsAt: p.ActiveAt, State: "pending"}
	if a.Labels == nil {
		a.Labels = map[string]string{}
	}
	if a.Labels["alertname"] == "" {
		a.Labels["alertname"] = rule.Name
	}
	return a
}

// Where is the thing that an alert is about, by the labels that name one.
func Where(labels map[string]string) string {
	var out []string
	for _, k := range []string{"service", "model", "feature", "sloth_id", "instance", "mountpoint", "device"} {
		if s := labels[k]; s != "" && len(out) < 2 {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return labels["job"]
	}
	return strings.Join(out, " ")
}
