package views_test

import (
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"

	"firewatch/views"
)

// TestEveryQueryParses expands every entry for several kinds of service and has
// the server's own parser read it.
func TestEveryQueryParses(t *testing.T) {
	durations := views.Vars{"ri": "60s", "step": "15s", "range": "3600s", "win": "5m", "q": "0.95", "thr": "0.25", "bw": "1h"}
	shapes := map[string]views.Vars{
		"nothing chosen": durations.With("lat", "http_server_request_duration_seconds", "status", "http_response_status_code", "route", "http_route"),
		"one of each": durations.With(
			"node", `instance="web-1:9100"`, "svc", `job="a",service="b"`, "model", `model="fraud"`, "gpu", `gpu="0"`, "ctr", `name!=""`,
			"k", `namespace="x"`, "llm", `model_name="m"`, "lat", "http_request_duration_seconds", "req", "http_requests_total",
			"status", "code", "route", "handler", "err", `code=~"5.."`, "inflight", "http_requests_in_flight"),
		"names with dots": durations.With(
			"svc", `job="a"`, "lat", "http.server.request.duration", "status", `http.response.status_code`, "route", "http.route",
			"err", `"http.response.status_code"=~"5.."`, "inflight", "http.server.active_requests"),
		"hostile values": durations.With("node", views.Is("instance", "a\"b\\", "x.y|z$node", "\n")),
		"native only": durations.With(
			"svc", `job="a"`, "lat", "http_server_request_duration_seconds", "status", "code", "route", "r", "err", `code=~"5.."`, "form", "native"),
	}
	p := parser.NewParser(parser.Options{})
	entries := views.Builtin().Entries()
	if len(entries) < 240 {
		t.Fatalf("only %d entries: is a file missing?", len(entries))
	}
	for name, vars := range shapes {
		for _, e := range entries {
			if strings.Contains(e.Query, "$inflight") && vars["inflight"] == "" || strings.Contains(e.Query, "$lat") && vars["lat"] == "" || strings.Contains(e.Query, "$req") && vars["lat"] == "" {
				continue
			}
			expr := e.Expr(vars)
			if _, err := p.ParseExpr(expr); err != nil {
				t.Errorf("%s, %s: %v\n%s", name, e.ID, err, expr)
			}
			if vars["form"] == "native" && e.Form == "any" && (strings.Contains(expr, "_count") && !strings.Contains(expr, "histogram_count") || strings.Contains(expr, "_sum{")) {
				t.Errorf("%s, %s: asks for a classic count of a native histogram: %s", name, e.ID, expr)
			}
		}
	}
}
