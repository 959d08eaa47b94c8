package service

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"

	"firewatch/demo/service/chaos"
)

// contract lists the metrics of a served model with the labels they carry, as
// users are told to instrument theirs.
var contract = map[string]string{
	"ml_model_info":                           "framework model stage variant version",
	"ml_model_trained_timestamp_seconds":      "model variant version",
	"ml_model_loaded_timestamp_seconds":       "model variant version",
	"ml_model_baseline_ratio":                 "metric model version",
	"ml_predictions_total":                    "model outcome variant version",
	"ml_predicted_class_total":                "class model variant version",
	"ml_inference_duration_seconds":           "model variant version",
	"ml_inference_stage_duration_seconds":     "model stage variant",
	"ml_inference_batch_size":                 "model variant version",
	"ml_inference_queue_depth":                "model",
	"ml_inference_queue_capacity":             "model",
	"ml_inference_queue_wait_seconds":         "model",
	"ml_prediction_score":                     "model variant version",
	"ml_prediction_confidence":                "model variant version",
	"ml_feature_bin_total":                    "bin feature model variant version",
	"ml_feature_reference_ratio":              "bin feature model version",
	"ml_feature_values_total":                 "feature model status",
	"ml_feedback_total":                       "actual model predicted variant version",
	"ml_feedback_squared_error_total":         "model variant version",
	"ml_feedback_delay_seconds":               "model",
	"ml_skew_checks_total":                    "feature model result",
	"ml_shadow_comparisons_total":             "agree model",
	"business_transactions_total":             "decision result",
	"business_transaction_amount_euros_total": "decision",
	"business_fraud_loss_euros_total":         "",
	"business_false_decline_euros_total":      "",
	"business_active_users":                   "",
	"http_server_request_duration_seconds":    "http_request_method http_response_status_code http_route",
	"http_server_active_requests":             "",
	"demo_chaos_active":                       "fault",
	"demo_history_until_timestamp_seconds":    "",
	"process_cpu_seconds_total":               "",
	"go_goroutines":                           "",
}

func newDemo(t testing.TB, o Options) *Demo {
	t.Helper()
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func families(t *testing.T, r Role) map[string]*dto.MetricFamily {
	t.Helper()
	list, err := r.Gatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*dto.MetricFamily{}
	for _, f := range list {
		if out[f.GetName()] != nil {
			t.Errorf("%s: %s comes twice", r.Name, f.GetName())
		}
		out[f.GetName()] = f
	}
	return out
}

func TestContract(t *testing.T) {
	d := newDemo(t, Options{Seed: 42})
	all := families(t, d.Roles()[0])
	for name, want := range contract {
		f := all[name]
		if f == nil {
			t.Errorf("%s is missing", name)
			continue
		}
		var labels []string
		for _, l := range f.Metric[0].Label {
			labels = append(labels, l.GetName())
		}
		slices.Sort(labels)
		if got := strings.Join(labels, " "); got != want {
			t.Errorf("%s has labels %q, want %q", name, got, want)
		}
	}
	// What can be counted is there before it happens, at 0.
	for name, want := range map[string]int{
		"ml_predictions_total":     2 * len(outcomes),
		"ml_predicted_class_total": 2 * len(classes),
		"ml_feedback_total":        2 * 4,
		"ml_feature_values_total":  9 * len(valueState),
		"ml_skew_checks_total":     9 * 2,
		"demo_chaos_active":        len(chaos.Faults),
	} {
		if got := len(all[name].Metric); got != want {
			t.Errorf("%s has %d series, want %d", name, got, want)
		}
		for _, m := range all[name].Metric {
			if value(m) != 0 {
				t.Errorf("%s begins with %v", name, m)
			}
		}
	}
	for _, e := range scorerEndpoints {
		for _, status := range e.statuses {
			if _, ok := d.scorer.http.known[httpSeries{e.method, e.route, status}]; !ok {
				t.Errorf("%s %s has no series for %d", e.method, e.route, status)
			}
		}
	}
	for _, m := range all["http_server_request_duration_seconds"].Metric {
		h := m.Histogram
		if h.GetSampleCount() != 0 || len(h.Bucket) != len(secondsBuckets) || h.Schema == nil {
			t.Fatalf("want an empty classic and native histogram, got %v", h)
		}
	}
	classic := families(t, d.Roles()[1])
	for _, name := range []string{"http_requests_total", "http_request_duration_seconds"} {
		if classic[name] == nil {
			t.Errorf("the feature store lacks %s", name)
		}
	}
}

// TestLint holds the names to the conventions of Prometheus.
func TestLint(t *testing.T) {
	d := newDemo(t, Options{Seed: 42})
	for _, r := range d.Roles() {
		if r.Name == "hostsim" {
			continue // the names are the exporters'
		}
		var list []*dto.MetricFamily
		for _, f := range families(t, r) {
			if !strings.HasPrefix(f.GetName(), "go_") && !strings.HasPrefix(f.GetName(), "process_") {
				list = append(list, f)
			}
		}
		problems, err := promlint.NewWithMetricFamilies(list).Lint()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s: %s", r.Name, p.Metric, p.Text)
		}
	}
}

func TestMetricsOverHTTP(t *testing.T) {
	d := newDemo(t, Options{Seed: 42})
	for _, r := range d.Roles() {
		for accept, want := range map[string]string{
			"": "text/plain",
			"application/openmetrics-text;version=1.0.0":                                                 "application/openmetrics-text",
			"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited": "application/vnd.google.protobuf",
		} {
			req := httptest.NewRequest("GET", "/metrics", nil)
			req.Header.Set("Accept", accept)
			w := httptest.NewRecorder()
			r.Handler.ServeHTTP(w, req)
			if got := w.Header().Get("Content-Type"); w.Code != http.StatusOK || !strings.HasPrefix(got, want) {
				t.Errorf("%s: asked for %q, got %d %q", r.Name, accept, w.Code, got)
			}
		}
	}
}

// TestExemplars follows one failed request from the log to the metrics.
func TestExemplars(t *testing.T) {
	var log strings.Builder
	d := newDemo(t, Options{Seed: 42, Log: func(doc []byte) { log.Write(doc) }})
	serve := d.Roles()[0].Handler
	serve.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/error", nil))
	found := regexp.MustCompile(`"trace.id":"([0-9a-f]{32})","span.id":"([0-9a-f]{16})"`).FindStringSubmatch(log.String())
	if found == nil {
		t.Fatalf("no trace in %s", log.String())
	}
	req := httptest.NewRequest("GET", "/metrics", nil)
	req.Header.Set("Accept", "application/openmetrics-text;version=1.0.0")
	w := httptest.NewRecorder()
	serve.ServeHTTP(w, req)
	body, _ := io.ReadAll(w.Body)
	for _, want := range []string{`trace_id="` + found[1] + `"`, `span_id="` + found[2] + `"`} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no exemplar with %s", want)
		}
	}
}
