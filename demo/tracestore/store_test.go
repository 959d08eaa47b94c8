package tracestore_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"firewatch/demo/tracestore"
)

var noon = world{start: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), salt: [8]byte{0xab}}

func serve(t testing.TB, o tracestore.Options) (*tracestore.Store, string) {
	s := tracestore.New(o)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	return s, server.URL
}

func TestSearch(t *testing.T) {
	_, base := serve(t, tracestore.Options{})
	post(t, base, noon.three())
	for _, tt := range []struct {
		query string // behind a time range; traces as their last digit, newest first
		want  string
	}{
		{"", "321"},
		{"query.serviceName=store", "1"},
		{"query.serviceName=scorer&query.searchDepth=2", "32"},
		{"query.searchDepth=0", "400 search depth"},
		{"query.searchDepth=-1", "400 search depth"},
		{"query.searchDepth=99999999", "400 search depth"},
		{"query.searchDepth=x", "400 malformed parameter query.searchDepth"},
		{`query.attributes={"error":"true"}`, "2"},
		{`query.attributes={"error":"false"}`, ""}, // none has the status OK
		{`query.attributes={"error":"perhaps"}`, ""},
		{`query.attributes={"span.status":"error"}`, "2"},
		{`query.attributes={"span.status":"error","error":"false"}`, ""},
		{`query.attributes={"span.kind":"client"}`, "1"},
		{`query.attributes={"span.kind":"consumer"}`, ""},
		{`query.attributes={"http.route":"/predict"}`, "1"},
		{`query.attributes={"http.route":"/predict"}&query.operationName=feature_store.get`, ""},
		{`query.attributes={"ml.model.version":"1.4.0","error":"true"}`, "2"},
		{`query.attributes={"ml.model.version":"1.3.0"}`, ""},
		{`query.attributes={"exception.type":"BackendUnavailable"}`, "2"},
		{`query.attributes={"resource.service.version":"2.3.0"}&query.serviceName=store`, "1"},
		{`query.attributes={"service.version":"2.3.0","scope.name":"test"}`, "321"},
		{`query.attributes={"scope.name":"other"}`, ""},
		{`query.attributes={"scope.version":"1"}`, ""},
		{`query.attributes={"error":true}`, "400 malformed parameter query.attributes"},
		{`query.attributes=error`, "400 malformed parameter query.attributes"},
		{"query.durationMin=900ms&query.durationMax=900ms", "3"},
		{"query.durationMin=1s", ""},
		{"query.durationMax=soon", "400 malformed parameter query.durationMax"},
		{"query.startTimeMin=2026-11-22T13:00:00Z", ""},
		{"query.startTimeMin=0001-01-01T00:00:00Z&query.startTimeMax=9999-12-31T23:59:59Z", "321"},
		{"query.startTimeMin=2026-11-23T13:00:00Z", "400 must be before"},
		{"query.startTimeMax=", "400 required"},
	} {
		v, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		for name, at := range map[string]string{"query.startTimeMin": "2026-11-22T11:00:00Z", "query.startTimeMax": "2026-11-22T14:00:00Z"} {
			if !v.Has(name) {
				v.Set(name, at)
			}
		}
		for _, path := range []string{"/api/v3/traces?", "/api/v3/trace-summaries?"} {
			r := get(t, base+path+v.Encode())
			if status, what, bad := strings.Cut(tt.want, " "); bad {
				if r.status != 400 || r.Error.HTTPCode != 400 || !strings.Contains(r.Error.Message, what) {
					t.Errorf("%s%s: %.200s, want %s with %q", path, tt.query, r.text, status, what)
				}
				continue
			}
			found := ""
			for _, s := range r.Summaries {
				found += s.TraceID[31:]
			}
			if r.Summaries == nil {
				ids := traceIDs(r.spans(t))
				for _, n := range "321" {
					if ids[noon.id(byte(n-'0')).String()] {
						found += string(n)
					}
				}
				if want := map[bool]int{true: 404, false: 200}[tt.want == ""]; strings.HasPrefix(path, "/api/v3/traces") && r.status != want {
					t.Errorf("%s: status %d", tt.query, r.status)
				}
			}
			if found != tt.want {
				t.Errorf("%s%s found %q, want %q", path, tt.query, found, tt.want)
			}
		}
	}
}

func TestAnswers(t *testing.T) {
	s, base := serve(t, tracestore.Options{})
	if r := get(t, base+"/api/v3/services"); r.text != `{"services":[]}` {
		t.Errorf("no services: %s", r.text)
	}
	post(t, base, noon.three())
	trace := get(t, base+"/api/v3/traces/"+noon.id(2).String())
	want := `{"traceId":"ab000000000000000000000000000002","spanId":"0000000000000005","parentSpanId":"0000000000000004","name":"model.predict","kind":1,` +
		`"startTimeUnixNano":"1795348801000000000","endTimeUnixNano":"1795348801001000000","attributes":[{"key":"ml.model.version","value":{"stringValue":"1.4.0"}}],` +
		`"events":[{"timeUnixNano":"1795348801001000000","name":"exception","attributes":[{"key":"exception.type","value":{"stringValue":"BackendUnavailable"}}]}],` +
		`"status":{"message":"it failed","code":2}}`
	if !strings.HasPrefix(trace.text, `{"result":{"resourceSpans":[`) || !strings.Contains(trace.text, want) {
		t.Errorf("a trace is\n%s\nwithout\n%s", trace.text, want)
	}
	if n := len(get(t, base+"/api/v3/traces/AB000000000000000000000000000001").spans(t)); n != 3 {
		t.Errorf("the first trace has %d spans", n)
	}
	if r := get(t, base+"/api/v3/traces/7"); r.status != 404 || r.text != `{"error":{"httpCode":404,"message":"No traces found"}}`+"\n" {
		t.Errorf("an unknown trace: %d %s", r.status, r.text)
	}
	all := "query.startTimeMin=2026-11-22T11:00:00Z&query.startTimeMax=2026-11-22T13:00:00Z"
	summaries := get(t, base+"/api/v3/trace-summaries?"+all).Summaries
	if len(summaries) != 3 {
		t.Fatalf("%d summaries", len(summaries))
	}
	failed, good := fmt.Sprintf("%+v", summaries[1]), fmt.Sprintf("%+v", summaries[2])
	if want := "{TraceID:ab000000000000000000000000000002 RootServiceName:scorer RootOperationName:POST /predict MinStartTimeUnixNano:1795348801000000000 " +
		"MaxEndTimeUnixNano:1795348801020000000 SpanCount:2 ErrorSpanCount:2 OrphanSpanCount:0 Services:[{Name:scorer SpanCount:2 ErrorSpanCount:2}]}"; failed != want {
		t.Errorf("summary\n%s, want\n%s", failed, want)
	}
	if want := "SpanCount:3 ErrorSpanCount:0 OrphanSpanCount:0 Services:[{Name:scorer SpanCount:2 ErrorSpanCount:0} {Name:store SpanCount:1 ErrorSpanCount:0}]}"; !strings.HasSuffix(good, want) {
		t.Errorf("summary %s, want %s", good, want)
	}

	// A part that comes later joins its trace; one without its parent is an orphan.
	post(t, base, noon.traces(spanOf{service: "scorer", name: "late", trace: 3, id: 9, parent: 8, at: 2 * time.Second, took: time.Second}))
	got := get(t, base+"/api/v3/trace-summaries?"+all).Summaries[0]
	if got.SpanCount != 2 || got.OrphanSpanCount != 1 || got.RootOperationName != "GET /slow" || got.MaxEndTimeUnixNano != "1795348803000000000" {
		t.Errorf("with a late part: %+v", got)
	}
	if r := get(t, base+"/api/v3/operations?service=scorer&spanKind=server"); fmt.Sprint(r.Operations) != "[{GET /slow server} {POST /predict server}]" {
		t.Errorf("operations %+v", r.Operations)
	}
	if r := get(t, base+"/api/v3/operations?service=scorer"); len(r.Operations) != 5 || r.Operations[3].SpanKind != "internal" {
		t.Errorf("operations %+v", r.Operations)
	}
	if r := get(t, base+"/"); !strings.Contains(r.text, "NOT Jaeger") || !strings.Contains(r.text, `"spans":7`) {
		t.Errorf("the store says of itself: %s", r.text)
	}
	if got := s.Stats(); got.Traces != 3 || got.Spans != 7 || got.Bytes == 0 || got.Dropped != 0 {
		t.Errorf("stats %+v", got)
	}
	resp, err := http.Get(base + "/search")
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode != 404 {
		t.Errorf("a page that there is not: %s", resp.Status)
	}
}

func TestExport(t *testing.T) {
	req := ptraceotlp.NewExportRequestFromTraces(noon.three())
	inProto, _ := req.MarshalProto()
	inJSON, _ := req.MarshalJSON()
	zip := func(b []byte) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, _ = z.Write(b)
		_ = z.Close()
		return out.Bytes()
	}
	nobody := noon.traces(spanOf{name: "nameless", trace: 1, id: 1, at: time.Hour, took: -time.Second}, spanOf{service: "scorer", name: "no id"}, spanOf{service: "scorer", name: "fine", trace: 2, id: 2})
	nobody.ResourceSpans().At(1).ScopeSpans().At(0).Spans().At(0).SetTraceID(pcommon.TraceID{})
	partly, _ := ptraceotlp.NewExportRequestFromTraces(nobody).MarshalJSON()
	const js, pb = "application/json", "application/x-protobuf"
	for _, tt := range []struct {
		name, kind, encoding string
		body                 []byte
		status, spans        int
		says                 string
	}{
		{"protobuf", pb, "", inProto, 200, 6, ""},
		{"protobuf in gzip", pb, "gzip", zip(inProto), 200, 6, ""},
		{"JSON", js + "; charset=utf-8", "", inJSON, 200, 6, `{"partialSuccess":{}}`},
		{"JSON in gzip", js, "gzip", zip(inJSON), 200, 6, "partialSuccess"},
		{"nothing", pb, "", nil, 200, 0, ""},
		{"partly", js, "", partly, 200, 2, `"rejectedSpans":"1"`},
		{"broken JSON", js, "", inJSON[:40], 400, 0, `"code":3`},
		{"broken protobuf", pb, "", inProto[:40], 400, 0, ""},
		{"not gzip", js, "gzip", inJSON, 400, 0, "not gzip"},
		{"other encoding", js, "br", inJSON, 400, 0, "Content-Encoding"},
		{"text", "text/plain", "", inJSON, 415, 0, "unsupported media type"},
		{"no type", "", "", inJSON, 415, 0, "unsupported media type"},
		{"bomb", js, "gzip", zip(bytes.Repeat([]byte(" "), 21<<20)), 413, 0, "larger than"},
	} {
		s, base := serve(t, tracestore.Options{})
		r, err := http.NewRequest("POST", base+"/v1/traces", bytes.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", tt.kind)
		if tt.encoding != "" {
			r.Header.Set("Content-Encoding", tt.encoding)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if says := strings.ReplaceAll(string(text), " ", ""); resp.StatusCode != tt.status || s.Stats().Spans != tt.spans || !strings.Contains(says, strings.ReplaceAll(tt.says, " ", "")) {
			t.Errorf("%s: %s %s, %d spans; want %d with %q, %d spans", tt.name, resp.Status, text, s.Stats().Spans, tt.status, tt.says, tt.spans)
		}
		if tt.name == "partly" {
			if got := get(t, base+"/api/v3/services").Services; fmt.Sprint(got) != "[missing-service-name scorer]" {
				t.Errorf("services %q", got)
			}
			if r := get(t, base+"/api/v3/traces/ab000000000000000000000000000001"); !strings.Contains(r.text, `"endTimeUnixNano":"1795352400000000001"`) {
				t.Errorf("a span that ends before it begins: %s", r.text)
			}
		}
	}
	if resp, err := http.Get(noBase(t) + "/v1/traces"); err != nil || resp.StatusCode != 405 {
		t.Errorf("GET of the receiver: %v %v", resp.Status, err)
	}
}

func noBase(t *testing.T) string { _, base := serve(t, tracestore.Options{}); return base }

func TestBounds(t *testing.T) {
	s := tracestore.New(tracestore.Options{MaxSpans: 100})
	one := func(trace byte, spans int) (rejected int) {
		var list []spanOf
		for i := range spans {
			list = append(list, spanOf{service: "scorer", name: "x", trace: trace, id: byte(i + 1)})
		}
		n, _ := s.Add(noon.traces(list...))
		return n
	}
	for n := range 200 {
		if got := one(byte(n+1), 5); got != 0 {
			t.Fatalf("%d spans are refused", got)
		}
	}
	if got := s.Stats(); got.Spans != 100 || got.Traces != 20 || got.Dropped != 180 {
		t.Errorf("by spans: %+v", got)
	}
	if got := one(201, 15); got != 5 {
		t.Errorf("of 15 spans of a trace %d are refused where 10 are allowed", got)
	}
	s = tracestore.New(tracestore.Options{MaxBytes: 50_000})
	for n := range 200 {
		_, _ = s.Add(noon.traces(spanOf{service: "scorer", name: strings.Repeat("x", 1000), trace: byte(n + 1), id: 1}))
	}
	if got := s.Stats(); got.Bytes > 50_000 || got.Bytes < 45_000 || got.Dropped == 0 {
		t.Errorf("by bytes: %+v", got)
	}
	if n, why := s.Add(noon.traces(spanOf{service: "scorer", name: strings.Repeat("x", 10_000), trace: 1, id: 1})); n != 1 || !strings.Contains(why, "larger than") {
		t.Errorf("a large span: %d refused, %q", n, why)
	}
}

// TestTogether writes and reads at once, for the race detector.
func TestTogether(t *testing.T) {
	s, base := serve(t, tracestore.Options{MaxSpans: 50})
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			for i := range 25 {
				_, _ = s.Add(noon.traces(spanOf{service: "scorer", name: "x", trace: byte(25*n + i + 1), id: 1, failed: true}))
				r := get(t, base+`/api/v3/traces?query.startTimeMin=2026-11-22T11:00:00Z&query.startTimeMax=2026-11-22T13:00:00Z&query.attributes={"scope.name":"test"}`)
				if !json.Valid([]byte(r.text)) {
					t.Errorf("not JSON: %.100s", r.text)
				}
				get(t, base+"/api/v3/operations?service=scorer")
			}
		})
	}
	wg.Wait()
}

func BenchmarkAdd(b *testing.B) {
	s := tracestore.New(tracestore.Options{})
	body, _ := ptraceotlp.NewExportRequestFromTraces(noon.three()).MarshalProto()
	n := uint64(0)
	for b.Loop() {
		td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(body)
		if err != nil {
			b.Fatal(err)
		}
		n++
		for _, r := range td.ResourceSpans().All() {
			span := r.ScopeSpans().At(0).Spans().At(0)
			id := span.TraceID()
			id[1], id[2], id[3], id[4] = byte(n), byte(n>>8), byte(n>>16), byte(n>>24)
			span.SetTraceID(id)
		}
		_, _ = s.Add(td)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/6, "ns/span")
}
