package tracestore

import (
	"fmt"
	"strings"
	"unique"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// chunk is what one request brought of a trace for one resource: a message of
// its own, and what searches ask for without decoding it.
type chunk struct {
	data    []byte // a TracesData message with one resource
	service unique.Handle[string]
	spans   []entry // in the order of the message
}

// entry is the index of one span.
type entry struct {
	name       unique.Handle[string]
	id, parent pcommon.SpanID
	start, end pcommon.Timestamp
	kind       ptrace.SpanKind
	status     ptrace.StatusCode
}

const serviceName = "service.name"

// refused counts the spans that were not taken in, with the first reason.
type refused struct {
	spans  int
	reason string
}

func (r *refused) add(n int, format string, args ...any) {
	r.spans += n
	if r.reason == "" {
		r.reason = fmt.Sprintf(format, args...)
	}
}

// Add takes spans in, and returns how many it refused and why: those without an
// id, and those of a trace that has become too large. It takes over td.
func (s *Store) Add(td ptrace.Traces) (rejected int, reason string) {
	var no refused
	for _, from := range td.ResourceSpans().All() {
		sanitizeService(from.Resource())
		service, _ := from.Resource().Attributes().Get(serviceName)
		parts, order := split(from, &no)
		for _, id := range order {
			c, err := newChunk(parts[id], service.Str())
			if err != nil {
				no.add(parts[id].SpanCount(), "encoding the spans: %v", err)
			} else if !s.add(id, c) {
				no.add(len(c.spans), "trace %s is larger than one trace may be", id)
			}
		}
	}
	return no.spans, no.reason
}

// split sorts the spans of a resource by trace, in order of appearance.
func split(from ptrace.ResourceSpans, no *refused) (parts map[pcommon.TraceID]ptrace.Traces, order []pcommon.TraceID) {
	parts = map[pcommon.TraceID]ptrace.Traces{}
	for _, scope := range from.ScopeSpans().All() {
		to := map[pcommon.TraceID]ptrace.SpanSlice{}
		for _, span := range scope.Spans().All() {
			id := span.TraceID()
			if id.IsEmpty() || span.SpanID().IsEmpty() {
				no.add(1, "a span has no trace id or no span id")
				continue
			}
			if span.EndTimestamp() < span.StartTimestamp() {
				span.SetEndTimestamp(span.StartTimestamp() + 1)
			}
			spans, ok := to[id]
			if !ok {
				td, known := parts[id]
				if !known {
					td = ptrace.NewTraces()
					r := td.ResourceSpans().AppendEmpty()
					from.Resource().CopyTo(r.Resource())
					r.SetSchemaUrl(from.SchemaUrl())
					parts[id], order = td, append(order, id)
				}
				s := td.ResourceSpans().At(0).ScopeSpans().AppendEmpty()
				scope.Scope().CopyTo(s.Scope())
				s.SetSchemaUrl(scope.SchemaUrl())
				spans = s.Spans()
				to[id] = spans
			}
			span.MoveTo(spans.AppendEmpty())
		}
	}
	return parts, order
}

func newChunk(td ptrace.Traces, service string) (chunk, error) {
	data, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		return chunk{}, err
	}
	c := chunk{data: data, service: unique.Make(service), spans: make([]entry, 0, td.SpanCount())}
	for _, scope := range td.ResourceSpans().At(0).ScopeSpans().All() {
		for _, span := range scope.Spans().All() {
			c.spans = append(c.spans, entry{
				name: unique.Make(span.Name()), id: span.SpanID(), parent: span.ParentSpanID(),
				start: span.StartTimestamp(), end: span.EndTimestamp(), kind: span.Kind(), status: span.Status().Code(),
			})
		}
	}
	return c, nil
}

// sanitizeService gives a resource without a usable name of the service the one
// that Jaeger gives it.
func sanitizeService(r pcommon.Resource) {
	name, ok := r.Attributes().Get(serviceName)
	switch {
	case !ok:
		r.Attributes().PutStr(serviceName, "missing-service-name")
	case name.Type() != pcommon.ValueTypeStr:
		r.Attributes().PutStr(serviceName, "service-name-wrong-type")
	case name.Str() == "":
		r.Attributes().PutStr(serviceName, "empty-service-name")
	}
}

// kindName is a kind as the interface spells it, "" when it is unspecified.
func kindName(k ptrace.SpanKind) string {
	if k == ptrace.SpanKindUnspecified {
		return ""
	}
	return strings.ToLower(k.String())
}
