package service

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/demo/service/chaos"
	"firewatch/demo/service/fraud"
)

// figures are what the rules look at, over a while of simulated traffic.
type figures struct {
	errors, slow, f1, positives float64
	missing, mismatched         float64
	predictions, labels         float64
	answers                     float64 // predictions of any outcome, base failures included
	psi                         map[string]float64
}

// observeFault runs simulated traffic with a fault for three minutes and reads
// the figures of the last two.
func observeFault(t *testing.T, fault string, intensity float64) (figures, *Demo, *book) {
	t.Helper()
	d, b := stage(t, Options{})
	r := d.newRun(noon, noon)
	r.until(noon.Add(2 * time.Minute))
	if fault != "" {
		if _, err := d.chaos.Start(fault, chaos.Request{Intensity: &intensity, Duration: 10 * time.Minute}); err != nil {
			t.Fatal(err)
		}
	}
	r.until(noon.Add(3*time.Minute + 10*time.Second))
	read := func() (f figures) {
		http := "http_server_request_duration_seconds"
		version := map[string]string{"variant": "primary", "version": d.scorer.primary.model.Version}
		and := func(kv ...string) map[string]string {
			m := map[string]string{}
			for k, v := range version {
				m[k] = v
			}
			for i := 0; i < len(kv); i += 2 {
				m[kv[i]] = kv[i+1]
			}
			return m
		}
		f.errors = sample(t, d, 0, http, map[string]string{"http_response_status_code": "500"})
		f.slow = sample(t, d, 0, http, nil)
		f.predictions = sample(t, d, 0, "ml_predictions_total", and("outcome", "ok"))
		f.answers = sample(t, d, 0, "ml_predictions_total", and())
		f.positives = sample(t, d, 0, "ml_predicted_class_total", and("class", "fraud"))
		f.labels = sample(t, d, 0, "ml_feedback_total", and())
		f.f1 = sample(t, d, 0, "ml_feedback_total", and("predicted", "fraud", "actual", "fraud"))
		f.missing = sample(t, d, 0, "ml_feature_values_total", map[string]string{"feature": "device_age_days", "status": "missing"})
		f.mismatched = sample(t, d, 0, "ml_skew_checks_total", map[string]string{"feature": "amount", "result": "mismatch"})
		return f
	}
	wrong := func() float64 {
		return sample(t, d, 0, "ml_feedback_total", map[string]string{"version": d.scorer.primary.model.Version, "predicted": "fraud", "actual": "legit"}) +
			sample(t, d, 0, "ml_feedback_total", map[string]string{"version": d.scorer.primary.model.Version, "predicted": "legit", "actual": "fraud"})
	}
	before, wrongBefore := read(), wrong()
	r.until(noon.Add(5*time.Minute + 10*time.Second))
	after, wrongAfter := read(), wrong()
	requests := after.slow - before.slow
	f := figures{
		errors:      (after.errors - before.errors) / requests,
		predictions: after.predictions - before.predictions,
		answers:     after.answers - before.answers,
		labels:      after.labels - before.labels,
		positives:   (after.positives - before.positives) / (after.predictions - before.predictions),
		missing:     (after.missing - before.missing) / (after.predictions - before.predictions),
		mismatched:  after.mismatched - before.mismatched,
		psi:         map[string]float64{},
	}
	hits := after.f1 - before.f1
	f.f1 = 2 * hits / (2*hits + wrongAfter - wrongBefore)
	for i := range d.scorer.primary.ref.Bins {
		bins := &d.scorer.primary.ref.Bins[i]
		counts, _ := d.scorer.drift.window(i, len(bins.Labels))
		f.psi[bins.Feature] = bins.PSI(counts)
	}
	return f, d, b
}

func (f figures) drifted() (names []string) {
	for name, psi := range f.psi {
		if psi > .25 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TestFaults checks that each fault moves the figure of its alert, and leaves
// those of the others alone.
func TestFaults(t *testing.T) {
	calm, _, _ := observeFault(t, "", 0)
	if calm.errors > .005 || calm.f1 < .78 || calm.missing > .01 || len(calm.drifted()) > 0 || calm.labels < 900 || math.Abs(calm.positives-.15) > .04 {
		t.Errorf("without a fault: %+v", calm)
	}
	tests := []struct {
		fault     string
		intensity float64
		as        func(figures, *Demo) bool
		line      string
	}{
		{"error-burst", .5, func(f figures, _ *Demo) bool { return f.errors > .35 && f.errors < .5 }, "request-failed"},
		{"drift", 1, func(f figures, _ *Demo) bool {
			return slices.Contains(f.drifted(), "amount") && slices.Contains(f.drifted(), "_score") && math.Abs(f.psi["amount"]-1.37) < .3 && f.f1 > .8
		}, "drift-report"},
		{"drift", .25, func(f figures, _ *Demo) bool { return f.psi["amount"] > .1 && f.psi["amount"] < .25 }, "drift-report"},
		{"concept-drift", 1, func(f figures, _ *Demo) bool { return f.f1 < .5 && len(f.drifted()) == 0 }, "feedback-joined"},
		{"missing-feature", .2, func(f figures, _ *Demo) bool { return math.Abs(f.missing-.2) < .04 }, "feature-invalid"},
		{"skew", 1, func(f figures, _ *Demo) bool { return f.mismatched > 100 && f.psi["amount"] < .25 }, "skew-detected"},
		{"rollback", 1, func(f figures, d *Demo) bool {
			return d.scorer.primary.model.Version == "1.3.0" && f.f1 < d.scorer.primary.ref.Quality.F1-.08
		}, "model-loaded"},
		{"traffic-stop", 1, func(f figures, _ *Demo) bool { return f.predictions == 0 }, "chaos-started"},
		{"labels-stop", 1, func(f figures, _ *Demo) bool { return f.labels == 0 && f.predictions > 1000 }, "feedback-stalled"},
		{"model-stop", 1, func(f figures, _ *Demo) bool { return f.answers < 20 && f.labels < 300 }, "prediction-fallback"},
		{"latency", 700, func(figures, *Demo) bool { return true }, "feature-lookup-slow"},
	}
	for _, tt := range tests {
		f, d, b := observeFault(t, tt.fault, tt.intensity)
		if !tt.as(f, d) {
			t.Errorf("%s at %g: %+v", tt.fault, tt.intensity, f)
		}
		if !slices.Contains(b.actions(), tt.line) {
			t.Errorf("%s at %g leaves no line of %s", tt.fault, tt.intensity, tt.line)
		}
	}
}

// TestModelsChange checks what a rollback and a canary leave in the metrics,
// while they last and after.
func TestModelsChange(t *testing.T) {
	loaded := func(d *Demo) (out []string) {
		for _, m := range families(t, d.Roles()[0])["ml_model_info"].Metric {
			var version, variant string
			for _, l := range m.Label {
				switch l.GetName() {
				case "version":
					version = l.GetValue()
				case "variant":
					variant = l.GetValue()
				}
			}
			out = append(out, variant+" "+version)
		}
		slices.Sort(out)
		return out
	}
	d, b := stage(t, Options{})
	want := func(what string, models ...string) {
		if got := loaded(d); !slices.Equal(got, models) {
			t.Errorf("%s: loaded are %v, want %v", what, got, models)
		}
	}
	want("at first", "primary 1.4.0", "shadow 1.4.1")
	was := sample(t, d, 0, "ml_model_trained_timestamp_seconds", map[string]string{"variant": "primary"})
	if age := float64(noon.Unix()) - was; age < 3*86400 || age > 20*86400 {
		t.Errorf("the primary is %.1f days old", age/86400)
	}
	start := func(fault string) {
		if _, err := d.chaos.Start(fault, chaos.Request{}); err != nil {
			t.Fatal(err)
		}
	}
	start("canary")
	want("with a canary", "canary 1.5.0", "primary 1.4.0", "shadow 1.4.1")
	start("rollback")
	want("rolled back as well", "canary 1.5.0", "primary 1.3.0", "shadow 1.4.1")
	if now := sample(t, d, 0, "ml_model_trained_timestamp_seconds", map[string]string{"variant": "primary"}); now >= was || float64(noon.Unix())-now > 30*86400 {
		t.Errorf("the rollback was trained %g s after the version before, and must be older but not stale", now-was)
	}
	d.chaos.Stop("")
	want("at the end", "primary 1.4.0", "shadow 1.4.1")
	if text := strings.Join(b.texts, "\n"); !strings.Contains(text, "1.3.0 loaded as primary (was 1.4.0)") {
		t.Errorf("the log does not tell of the rollback:\n%s", text)
	}
	start("model-stale")
	if now := sample(t, d, 0, "ml_model_trained_timestamp_seconds", map[string]string{"variant": "primary"}); float64(noon.Unix())-now <= 30*86400 {
		t.Error("the stale model is not stale")
	}
	d.chaos.Stop("model-stale")
	if now := sample(t, d, 0, "ml_model_trained_timestamp_seconds", map[string]string{"variant": "primary"}); now != was {
		t.Error("the model stays stale")
	}
}

// lost is a way on which the feature store cannot be reached.
type lost struct{ within }

func (lost) lookup(context.Context, trace, []lookupKey) ([]fraud.Profile, time.Duration, error) {
	return nil, 5 * time.Millisecond, errors.New("connection refused")
}

// TestStoreLost checks that decisions go on without the feature store, and say
// what they stand on.
func TestStoreLost(t *testing.T) {
	d, b := stage(t, Options{})
	c := d.traffic.draw()
	for len(c.items) < 8 {
		c = d.traffic.draw()
	}
	rp := d.scorer.predict(t.Context(), &request{route: c.route, items: c.items, trace: c.trace}, lost{within{d.scorer, d.store}})
	if rp.status != 200 || len(rp.predictions) != len(c.items) {
		t.Fatalf("answered %d with %d predictions", rp.status, len(rp.predictions))
	}
	if got := sample(t, d, 0, "ml_predictions_total", map[string]string{"variant": "primary", "outcome": "fallback"}); got != float64(len(c.items)) {
		t.Errorf("%g of %d were counted as fallback", got, len(c.items))
	}
	if got := sample(t, d, 0, "ml_feature_values_total", map[string]string{"status": "missing"}); got != float64(4*len(c.items)) {
		t.Errorf("%g values were counted as missing", got)
	}
	if !slices.Contains(b.actions(), "prediction-fallback") || !slices.Contains(b.actions(), "feature-invalid") {
		t.Errorf("the log has only %v", b.actions())
	}

	// A caller that has gone gets nothing, and is no failure of the service.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if rp := d.scorer.predict(ctx, &request{route: c.route, items: c.items, trace: c.trace}, d.route()); rp.status != clientGone {
		t.Errorf("a caller that has gone is answered %d", rp.status)
	}
}
