package service

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// sample reads the sum of all series of a family that carry these labels.
func sample(t testing.TB, d *Demo, role int, name string, want map[string]string) float64 {
	t.Helper()
	families, err := d.Roles()[role].Gatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum, found := 0.0, false
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
	series:
		for _, m := range f.Metric {
			has := map[string]string{}
			for _, l := range m.Label {
				has[l.GetName()] = l.GetValue()
			}
			for k, v := range want {
				if has[k] != v {
					continue series
				}
			}
			found = true
			sum += value(m)
		}
	}
	if !found {
		t.Fatalf("no series %s%v", name, want)
	}
	return sum
}

func value(m *dto.Metric) float64 {
	switch {
	case m.Counter != nil:
		return m.Counter.GetValue()
	case m.Gauge != nil:
		return m.Gauge.GetValue()
	case m.Untyped != nil:
		return m.Untyped.GetValue()
	}
	return float64(m.Histogram.GetSampleCount())
}

func TestHistory(t *testing.T) {
	actions, levels, lines := map[string]int{}, map[string]int{}, 0
	d, err := New(Options{Seed: 42, Now: func() time.Time { return noon }, Log: func(doc []byte) {
		var l line
		if err := json.Unmarshal(doc, &l); err != nil {
			t.Fatalf("%v in %s", err, doc)
		}
		actions[l.Event.Action]++
		levels[l.Level]++
		lines++
		if l.Labels["simulated"] != "history" && lines < 3 {
			t.Errorf("not marked as history: %s", doc)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	began := time.Now()
	if err := d.FastForward(noon.Add(-6*time.Hour), noon, 15*time.Second, func(time.Time) error { steps++; return nil }); err != nil {
		t.Fatal(err)
	}
	t.Logf("6 h in %s, %d steps, %d lines: %v %v", time.Since(began), steps, lines, actions, levels)
	if lines < 15_000 || lines > 40_000 {
		t.Errorf("%d lines of history, want 15000 to 40000", lines)
	}
	http := "http_server_request_duration_seconds"
	total, bad := sample(t, d, 0, http, nil), sample(t, d, 0, http, map[string]string{"http_response_status_code": "500"})
	if ratio := bad / total; ratio < .0002 || ratio > .0007 {
		t.Errorf("%g of %g requests failed: %.4f %%", bad, total, 100*ratio)
	}
	primary := map[string]string{"variant": "primary", "outcome": "ok"}
	if perSecond := sample(t, d, 0, "ml_predictions_total", primary) / (6 * 3600); math.Abs(perSecond-18.2) > .5 {
		t.Errorf("%.1f predictions a second, want 18.2", perSecond)
	}
	cell := func(predicted, actual string) float64 {
		return sample(t, d, 0, "ml_feedback_total", map[string]string{"variant": "primary", "predicted": predicted, "actual": actual})
	}
	tp, fp, fn := cell("fraud", "fraud"), cell("fraud", "legit"), cell("legit", "fraud")
	if f1 := 2 * tp / (2*tp + fp + fn); math.Abs(f1-.83) > .02 {
		t.Errorf("F1 of the history is %.3f, want .83", f1)
	}
	agree := sample(t, d, 0, "ml_shadow_comparisons_total", map[string]string{"agree": "true"})
	if share := agree / sample(t, d, 0, "ml_shadow_comparisons_total", nil); share < .97 {
		t.Errorf("the shadow agrees in %.3f", share)
	}
	for i := range d.scorer.primary.ref.Bins {
		b := &d.scorer.primary.ref.Bins[i]
		counts, n := d.scorer.drift.window(i, len(b.Labels))
		if psi := b.PSI(counts); psi > .05 || n < minSamples {
			t.Errorf("%s ends with PSI %.3f over %d values", b.Feature, psi, n)
		}
	}
	if got := sample(t, d, 0, "demo_history_until_timestamp_seconds", nil); got != float64(noon.Unix()) {
		t.Errorf("history until %f", got)
	}
}

func BenchmarkHistory(b *testing.B) {
	for b.Loop() {
		d, err := New(Options{Seed: 42, Now: func() time.Time { return noon }, Log: func([]byte) {}})
		if err != nil {
			b.Fatal(err)
		}
		if err := d.FastForward(noon.Add(-6*time.Hour), noon, 15*time.Second, nil); err != nil {
			b.Fatal(err)
		}
	}
}
