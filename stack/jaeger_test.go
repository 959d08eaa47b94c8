package stack_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestJaegerStoresIntoElasticsearch runs a real Jaeger with the file that the
// stack mounts, its addresses aside, on a real Elasticsearch: a span goes in by
// OTLP and comes out of the query API.
func TestJaegerStoresIntoElasticsearch(t *testing.T) {
	binary, es := os.Getenv("FIREWATCH_JAEGER_BINARY"), os.Getenv("FIREWATCH_TEST_ELASTICSEARCH")
	if binary == "" || es == "" {
		t.Skip("needs FIREWATCH_JAEGER_BINARY, a Jaeger v2, and FIREWATCH_TEST_ELASTICSEARCH, the url of an Elasticsearch: see make test-jaeger")
	}
	addr := map[string]string{}
	for _, name := range []string{"grpc", "http", "query", "querygrpc", "health", "metrics"} {
		addr[name] = freeAddr(t)
	}
	_, metricsPort, err := net.SplitHostPort(addr["metrics"])
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(t.TempDir(), "addresses.yaml")
	write(t, overlay, fmt.Sprintf(`
service: {telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: %s}}}}]}}}
extensions:
  healthcheckv2: {http: {endpoint: %q}}
  jaeger_query: {http: {endpoint: %q}, grpc: {endpoint: %q}}
  jaeger_storage: {backends: {main: {elasticsearch: {server_urls: [%q]}}}}
receivers: {otlp: {protocols: {grpc: {endpoint: %q}, http: {endpoint: %q}}}}
`, metricsPort, addr["health"], addr["query"], addr["querygrpc"], es, addr["grpc"], addr["http"]))

	var log bytes.Buffer
	jaeger := exec.Command(binary, "--config=file:jaeger/config.yaml", "--config=file:"+overlay)
	jaeger.Stdout, jaeger.Stderr = &log, &log
	jaeger.Env = append(os.Environ(), "OTEL_TRACES_SAMPLER=always_off") // as compose.yaml sets it
	if err := jaeger.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = jaeger.Process.Signal(os.Interrupt)
		_ = jaeger.Wait()
		if t.Failed() {
			t.Logf("Jaeger said:\n%s", tail(log.String(), 30))
		}
	})
	began := time.Now()
	within(t, time.Minute, "healthy", func() error { return answers("http://"+addr["health"]+"/status", "") })
	t.Logf("healthy after %s", time.Since(began).Round(10*time.Millisecond))

	trace := fmt.Sprintf("%032x", time.Now().UnixNano())
	sent := time.Now()
	body := fmt.Sprintf(`{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"fraud-scorer"}}]},
		"scopeSpans":[{"spans":[{"traceId":%q,"spanId":"00f067aa0ba902b7","name":"POST /predict","kind":2,
		"startTimeUnixNano":"%d","endTimeUnixNano":"%d","status":{"code":2,"message":"model backend unavailable"},
		"attributes":[{"key":"ml.model.version","value":{"stringValue":"1.4.0"}}]}]}]}]}`, trace, sent.UnixNano(), sent.Add(18*time.Millisecond).UnixNano())
	resp, err := http.Post("http://"+addr["http"]+"/v1/traces", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("the receiver answered %s", resp.Status)
	}
	query := "http://" + addr["query"]
	within(t, time.Minute, "the span in the query API", func() error {
		return answers(query+"/api/v3/traces/"+trace, "model backend unavailable")
	})
	t.Logf("the span is found %s after it was sent", time.Since(sent).Round(10*time.Millisecond))
	within(t, 20*time.Second, "the service in the query API", func() error { return answers(query+"/api/v3/services", "fraud-scorer") })
	within(t, 20*time.Second, "found by a search", func() error {
		from, to := sent.Add(-time.Minute).UTC().Format(time.RFC3339), sent.Add(time.Minute).UTC().Format(time.RFC3339)
		camel := fmt.Sprintf("%s/api/v3/traces?query.serviceName=fraud-scorer&query.startTimeMin=%s&query.startTimeMax=%s", query, from, to)
		snake := fmt.Sprintf("%s/api/v3/traces?query.service_name=fraud-scorer&query.start_time_min=%s&query.start_time_max=%s", query, from, to)
		err := answers(camel, trace)
		if err != nil { // older ones of 2.x have underscores
			err = answers(snake, trace)
		}
		return err
	})
	within(t, 20*time.Second, "Jaeger's own metrics", func() error {
		return answers("http://"+addr["metrics"]+"/metrics", "otelcol_receiver_accepted_spans")
	})

	// The index is the daily one, with the settings of the file.
	index := "jaeger-span-" + sent.UTC().Format("2006-01-02")
	var settings map[string]struct {
		Settings struct {
			Index struct {
				Shards   string `json:"number_of_shards"`
				Replicas string `json:"number_of_replicas"`
			} `json:"index"`
		} `json:"settings"`
	}
	if err := json.Unmarshal([]byte(get(t, es+"/"+index+"/_settings")), &settings); err != nil {
		t.Fatal(err)
	}
	if got := settings[index].Settings.Index; got.Shards != "1" || got.Replicas != "0" {
		t.Errorf("%s has %s shards and %s replicas, want 1 and 0", index, got.Shards, got.Replicas)
	}
}
