package views

import (
	"fmt"

	"firewatch/signals/quality"
	"firewatch/ui/theme"
)

// canaryLine compares the canary of the model with its primary; empty without either.
// Errors are compared only where they differ by more than chance.
func canaryLine(m *served, list []*served) string {
	var primary, canary *served
	for _, o := range list {
		switch {
		case o.labels["model"] != m.labels["model"]:
		case o.labels["variant"] == "primary":
			primary = o
		case o.labels["variant"] == "canary":
			canary = o
		}
	}
	if primary == nil || canary == nil {
		return ""
	}
	out := "canary " + canary.labels["version"] + " beside " + primary.labels["version"] + ": " + percent(canary.share) + " of traffic"
	pair := func(name, id string, compare func(a, b float64) string) {
		a, ok := canary.get(id)
		b, known := primary.get(id)
		if ok && known {
			u := panel(id).Unit
			out += " · " + name + " " + u.Format(a) + " for " + u.Format(b) + compare(a, b)
		}
	}
	if n, ok := canary.get("ml.list.labels"); ok && n >= fewLabels {
		pair("F1", "ml.f1", func(a, b float64) string {
			if a < b-0.10 {
				return " ✗ worse"
			}
			return ""
		})
	} else {
		out += fmt.Sprintf(" · F1 n<%d", fewLabels)
	}
	pair("p95", "ml.list.p95", func(a, b float64) string {
		if l := panel("ml.canary.p95").Thresholds.Level(a / b); l >= theme.Warn {
			return " " + l.Glyph() + " slower"
		}
		return ""
	})
	pair("errors", "ml.list.errors", func(a, b float64) string {
		// The rates are over a minute or so.
		nA, _ := canary.get("ml.list.rate")
		nB, _ := primary.get("ml.list.rate")
		switch z := quality.Z(a, nA*60, b, nB*60); {
		case z > 3:
			return " ✗ more"
		case z < -3:
			return " fewer"
		}
		return ""
	})
	return out
}
