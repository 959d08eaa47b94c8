package tracestore_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// spanOf describes a span of a test. Ids are small numbers; parent 0 is none.
type spanOf struct {
	service, name    string
	trace, id        byte
	parent           byte
	kind             ptrace.SpanKind
	at, took         time.Duration // from the start of the test's time
	failed           bool
	attributes       map[string]string
	event, eventAttr string // an event and its attribute "exception.type"
}

// world is the time and the names of one test, so that a server that has other
// data does not matter.
type world struct {
	prefix string
	start  time.Time
	salt   [8]byte // first half of all trace ids
}

func (w world) id(n byte) pcommon.TraceID {
	var id pcommon.TraceID
	copy(id[:], w.salt[:])
	id[15] = n
	return id
}

func (w world) traces(spans ...spanOf) ptrace.Traces {
	td := ptrace.NewTraces()
	for _, s := range spans {
		r := td.ResourceSpans().AppendEmpty()
		if s.service != "" {
			r.Resource().Attributes().PutStr("service.name", w.prefix+s.service)
		}
		r.Resource().Attributes().PutStr("service.version", "2.3.0")
		scope := r.ScopeSpans().AppendEmpty()
		scope.Scope().SetName("test")
		span := scope.Spans().AppendEmpty()
		span.SetTraceID(w.id(s.trace))
		span.SetSpanID(pcommon.SpanID{7: s.id})
		if s.parent != 0 {
			span.SetParentSpanID(pcommon.SpanID{7: s.parent})
		}
		span.SetName(s.name)
		span.SetKind(s.kind)
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(w.start.Add(s.at)))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(w.start.Add(s.at + s.took)))
		if s.failed {
			span.Status().SetCode(ptrace.StatusCodeError)
			span.Status().SetMessage("it failed")
		}
		for k, v := range s.attributes {
			span.Attributes().PutStr(k, v)
		}
		if s.event != "" {
			e := span.Events().AppendEmpty()
			e.SetName(s.event)
			e.SetTimestamp(span.EndTimestamp())
			e.Attributes().PutStr("exception.type", s.eventAttr)
		}
	}
	return td
}

// three traces: a good one over two services, a failed one, and a slow one.
func (w world) three() ptrace.Traces {
	return w.traces(
		spanOf{service: "scorer", name: "POST /predict", trace: 1, id: 1, kind: ptrace.SpanKindServer, took: 40 * time.Millisecond, attributes: map[string]string{"http.route": "/predict"}},
		spanOf{service: "scorer", name: "feature_store.get", trace: 1, id: 2, parent: 1, kind: ptrace.SpanKindClient, at: time.Millisecond, took: 9 * time.Millisecond},
		spanOf{service: "store", name: "POST /features", trace: 1, id: 3, parent: 2, kind: ptrace.SpanKindServer, at: 2 * time.Millisecond, took: 7 * time.Millisecond},
		spanOf{service: "scorer", name: "POST /predict", trace: 2, id: 4, kind: ptrace.SpanKindServer, at: time.Second, took: 20 * time.Millisecond, failed: true},
		spanOf{service: "scorer", name: "model.predict", trace: 2, id: 5, parent: 4, kind: ptrace.SpanKindInternal, at: time.Second, took: time.Millisecond, failed: true,
			attributes: map[string]string{"ml.model.version": "1.4.0"}, event: "exception", eventAttr: "BackendUnavailable"},
		spanOf{service: "scorer", name: "GET /slow", trace: 3, id: 6, kind: ptrace.SpanKindServer, at: 2 * time.Second, took: 900 * time.Millisecond},
	)
}

// post sends spans as protobuf.
func post(t testing.TB, base string, td ptrace.Traces) {
	t.Helper()
	body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(base+"/v1/traces", "application/x-protobuf", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer := ptraceotlp.NewExportResponse()
	if err := answer.UnmarshalProto(text); err != nil || resp.StatusCode != http.StatusOK || answer.PartialSuccess().RejectedSpans() > 0 {
		t.Fatalf("exporting: %s %q, %v", resp.Status, text, err)
	}
}

// reply is what a server says, whichever kind of answer it is.
type reply struct {
	status     int
	text       string
	Services   []string
	Operations []struct{ Name, SpanKind string }
	Result     json.RawMessage
	Summaries  []struct {
		TraceID                                                                      string
		RootServiceName, RootOperationName, MinStartTimeUnixNano, MaxEndTimeUnixNano string
		SpanCount, ErrorSpanCount, OrphanSpanCount                                   int
		Services                                                                     []struct {
			Name                      string
			SpanCount, ErrorSpanCount int
		}
	}
	Error struct {
		HTTPCode int
		Message  string
	}
}

func get(t testing.TB, url string) (r reply) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(body, &r)
	}
	if err != nil {
		t.Fatalf("%s: %v in %.300s", url, err, body)
	}
	r.status, r.text = resp.StatusCode, string(body)
	return r
}

// spans are the spans of an answer, one line each, sorted: where the resources
// and scopes are split differs between servers.
func (r reply) spans(t testing.TB) (lines []string) {
	t.Helper()
	if r.Result == nil {
		return nil
	}
	td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(r.Result)
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range td.ResourceSpans().All() {
		service, _ := res.Resource().Attributes().Get("service.name")
		for _, scope := range res.ScopeSpans().All() {
			for _, s := range scope.Spans().All() {
				line := fmt.Sprintf("%s %s<%s %s %q %s %d+%d %s %q", s.TraceID(), s.SpanID(), s.ParentSpanID(), service.Str(), s.Name(), s.Kind(),
					s.StartTimestamp(), s.EndTimestamp()-s.StartTimestamp(), s.Status().Code(), s.Status().Message())
				attributes := s.Attributes().AsRaw()
				for _, e := range s.Events().All() {
					attributes[e.Name()] = e.Attributes().AsRaw()
				}
				lines = append(lines, line+fmt.Sprint(attributes))
			}
		}
	}
	slices.SortFunc(lines, cmp.Compare[string])
	return lines
}
