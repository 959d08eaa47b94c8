package views

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/uitest"
)

// pyrraWorld has one objective of Pyrra's over 30 days that pages, and none of
// Sloth's form.
func pyrraWorld(q sources.Query, w sources.Window) (sources.Frame, error) {
	const errs, all = `a_total{code="500"}`, `a_total`
	if _, ok := q.(sources.Rules); ok {
		var out []sources.Rule
		label := map[string]string{"slo": "api-errors"}
		for _, window := range []string{"5m", "32m", "1h4m", "2h9m", "6h26m", "1d1h43m", "4d6h51m"} {
			out = append(out, sources.Rule{Name: "a:burnrate" + window, Group: "api-errors", Labels: label, Query: "sum(rate(" + errs + "[" + window + "])) / sum(rate(" + all + "[" + window + "]))"})
		}
		out = append(out, sources.Rule{Name: "a:increase30d", Labels: label, Query: "sum by (code) (increase(a_total[30d]))"})
		for _, row := range [][3]string{{"5m", "1h4m", "14"}, {"32m", "6h26m", "7"}, {"2h9m", "1d1h43m", "2"}, {"6h26m", "4d6h51m", "1"}} {
			severity := "critical"
			if len(row[2]) == 1 && row[2] < "7" {
				severity = "warning"
			}
			out = append(out, sources.Rule{Name: "ErrorBudgetBurn", Alerting: true, Labels: map[string]string{"slo": "api-errors", "severity": severity},
				Query: fmt.Sprintf(`a:burnrate%s{slo="api-errors"} > (%s * (1-0.99)) and a:burnrate%s{slo="api-errors"} > (%s * (1-0.99))`, row[0], row[2], row[1], row[2])})
		}
		return sources.Frame{Rules: out}, nil
	}
	one := func(v float64, labels ...string) sources.Series {
		s := sources.Series{Labels: map[string]string{}}
		for i := 0; i+1 < len(labels); i += 2 {
			s.Labels[labels[i]] = labels[i+1]
		}
		if _, course := q.(sources.PromQL); course {
			for t := w.Start; !t.After(w.End); t = t.Add(w.Step) {
				s.Points = append(s.Points, sources.Point{T: t.UnixMilli(), V: v * (1 + 0.1*math.Sin(float64(t.Unix())/600))})
			}
			return s
		}
		s.Points = []sources.Point{{T: w.End.UnixMilli(), V: v}}
		return s
	}
	var out []sources.Series
	switch text := q.String(); {
	case strings.Contains(text, "offset 27d"):
	case strings.HasPrefix(text, "max by (slo, __name__)"):
		for window, e := range map[string]float64{"5m": 0.2, "32m": 0.18, "1h4m": 0.15, "2h9m": 0.08, "6h26m": 0.03, "1d1h43m": 0.008, "4d6h51m": 0.002} {
			out = append(out, one(e, "__name__", "a:burnrate"+window, "slo", "api-errors"))
		}
	case strings.HasPrefix(text, "max by (slo, severity)"):
		out = append(out, one(1, "slo", "api-errors", "severity", "critical"))
	case strings.HasPrefix(text, "label_replace(1 - ((sum(a:increase30d"):
		out = append(out, one(0.62, "slo", "api-errors"))
	case strings.HasPrefix(text, "1 - ((sum(a:increase30d"):
		out = append(out, one(0.62))
	case strings.HasPrefix(text, "max(a:burnrate5m"):
		out = append(out, one(0.2))
	}
	return sources.Frame{Series: out}, nil
}

// Objectives of Pyrra are shown without configuration, with the windows and the
// factors of its own alerts.
func TestPyrraObjectives(t *testing.T) {
	for _, size := range fakeSizes {
		name := fmt.Sprintf("%dx%d", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			s := uitest.New(t, uitest.Config{Views: All(), W: size[0], H: size[1], Answer: pyrraWorld, Shell: ui.Config{Open: "slo"}})
			for range 3 {
				s.Advance(time.Second)
			}
			uitest.Golden(t, "slo-pyrra-"+name, s.Frame())
			s.Press("enter")
			for range 3 {
				s.Advance(time.Second)
			}
			uitest.Golden(t, "slo-pyrra-detail-"+name, s.Frame())
		})
	}
}
