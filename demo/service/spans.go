package service

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// trace names one request: 32 and 16 hex digits, as in W3C trace context.
type trace struct {
	ID, Span string
	Parent   string // the caller's span, "" at a root
	// Sampled says that the spans of the request are kept. Whoever is asked on its
	// behalf is told and keeps its own.
	Sampled bool
}

const hexDigits = "0123456789abcdef"

// newTrace draws the ids of a request. Run tells runs of one seed apart: traces
// outlive the process, and two of one id would be shown as one.
func newTrace(r *rand.Rand, run uint64) trace {
	return trace{ID: hex16((r.Uint64()^run)|1) + hex16(r.Uint64()), Span: hex16(r.Uint64() | 1)}
}

func hex16(v uint64) string {
	var b [16]byte
	for i := range b {
		b[15-i] = hexDigits[v&15]
		v >>= 4
	}
	return string(b[:])
}

// header is the traceparent for those that a request asks.
func (t trace) header() string {
	if t.Sampled {
		return "00-" + t.ID + "-" + t.Span + "-01"
	}
	return "00-" + t.ID + "-" + t.Span + "-00"
}

// caller reads the traceparent of a request; the ID is empty without a valid one.
func caller(h http.Header) trace {
	if h.Get("Traceparent") == "" {
		return trace{}
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.HeaderCarrier(h))
	c := oteltrace.SpanContextFromContext(ctx)
	if !c.IsValid() {
		return trace{}
	}
	return trace{ID: c.TraceID().String(), Span: c.SpanID().String(), Sampled: c.IsSampled()}
}

// sampledShare is the part of the requests whose spans are kept without a
// reason. Those that fail or take longer than slowRequest always are.
const sampledShare = .2

// spans makes the spans of requests that are over and are to be kept: what is
// not kept costs nothing. It is safe for concurrent use, and a nil one makes
// none.
type spans struct {
	scorer, store oteltrace.Tracer
	to            sdktrace.SpanProcessor
	made          atomic.Int64 // since the last flush

	mu  sync.Mutex
	rng *rand.Rand
}

// flush waits until the queue has room again, for when spans are made faster
// than anybody calls.
func (s *spans) flush(ctx context.Context) {
	if s != nil && s.made.Load() > spanQueue/4 {
		s.made.Store(0)
		_ = s.to.ForceFlush(ctx) // who takes the spans is told of what fails
	}
}

// newSpans makes spans for a processor that is the caller's to shut down. Node
// names the instance.
func newSpans(to sdktrace.SpanProcessor, node string, seed uint64) (*spans, error) {
	s := &spans{to: to, rng: rand.New(rand.NewPCG(seed, 0x59a5))}
	for name, tracer := range map[string]*oteltrace.Tracer{"fraud-scorer": &s.scorer, "feature-store": &s.store} {
		r, err := resource.Merge(resource.Default(), resource.NewSchemaless(
			semconv.ServiceName(name), semconv.ServiceVersion(scorerOrigin.Version), semconv.ServiceInstanceID(node),
			attribute.String("deployment.environment", scorerOrigin.Environment),
		))
		if err != nil {
			return nil, fmt.Errorf("describe the service %s for its spans: %w", name, err)
		}
		*tracer = sdktrace.NewTracerProvider(
			sdktrace.WithResource(r), sdktrace.WithSpanProcessor(to), sdktrace.WithIDGenerator(s), sdktrace.WithSampler(sdktrace.AlwaysSample()),
		).Tracer("firewatch/demo/service")
	}
	return s, nil
}

// trace has the roles make spans, if somebody takes them.
func (d *Demo) trace() error {
	if d.opts.Spans == nil {
		return nil
	}
	s, err := newSpans(d.opts.Spans, cmp.Or(d.opts.Node, scorerOrigin.Node.Name), d.opts.Seed^d.run())
	if err != nil {
		return err
	}
	if d.scorer != nil {
		d.scorer.spans = s
	}
	if d.store != nil {
		d.store.spans = s
	}
	return nil
}

// id draws the id of a span, "" when no spans are made.
func (s *spans) id() string {
	if s == nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return hex16(s.rng.Uint64() | 1)
}

// ids are the ids that the next span of a context is to have; zero ones are
// drawn.
type ids struct {
	trace oteltrace.TraceID
	span  oteltrace.SpanID
}

type idsKey struct{}

// NewIDs implements [sdktrace.IDGenerator].
func (s *spans) NewIDs(ctx context.Context) (oteltrace.TraceID, oteltrace.SpanID) {
	own, _ := ctx.Value(idsKey{}).(ids)
	if !own.trace.IsValid() {
		s.mu.Lock()
		binary.BigEndian.PutUint64(own.trace[:8], s.rng.Uint64()|1)
		binary.BigEndian.PutUint64(own.trace[8:], s.rng.Uint64())
		s.mu.Unlock()
	}
	return own.trace, s.NewSpanID(ctx, own.trace)
}

// NewSpanID implements [sdktrace.IDGenerator].
func (s *spans) NewSpanID(ctx context.Context, _ oteltrace.TraceID) (id oteltrace.SpanID) {
	s.made.Add(1)
	if own, _ := ctx.Value(idsKey{}).(ids); own.span.IsValid() {
		return own.span
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	binary.BigEndian.PutUint64(id[:], s.rng.Uint64()|1)
	return id
}

// under is the context for a span that has the ids of t.
func under(t trace) context.Context {
	var own ids
	own.trace, _ = oteltrace.TraceIDFromHex(t.ID) // an id that is none is drawn
	own.span, _ = oteltrace.SpanIDFromHex(t.Span)
	ctx := context.WithValue(context.Background(), idsKey{}, own)
	if parent, err := oteltrace.SpanIDFromHex(t.Parent); err == nil {
		ctx = oteltrace.ContextWithRemoteSpanContext(ctx, oteltrace.NewSpanContext(oteltrace.SpanContextConfig{
			TraceID: own.trace, SpanID: parent, TraceFlags: oteltrace.FlagsSampled, Remote: true,
		}))
	}
	return ctx
}

// server makes the span of a request that a server answered, and of what it did
// for it. Course is nil when that was nothing worth a span.
func (s *spans) server(by oteltrace.Tracer, t trace, e exchange, c *course) {
	name := e.method + " " + e.route
	attrs := []attribute.KeyValue{
		semconv.HTTPRequestMethodKey.String(e.method), semconv.HTTPRoute(e.route), semconv.URLPath(e.route), semconv.URLScheme("http"),
		semconv.HTTPResponseStatusCode(e.status),
	}
	if e.status >= 500 {
		kind := strconv.Itoa(e.status)
		if e.err != nil {
			kind = e.err.Type
		}
		attrs = append(attrs, semconv.ErrorTypeKey.String(kind))
	}
	_, span := by.Start(under(t), name, oteltrace.WithTimestamp(e.began), oteltrace.WithSpanKind(oteltrace.SpanKindServer), oteltrace.WithAttributes(attrs...))
	if c != nil {
		(&tree{s, c, t, oteltrace.ContextWithSpan(context.Background(), span)}).grow()
	} else if e.err != nil {
		exception(span, e.err, e.ended)
	}
	if e.status >= 500 {
		text := http.StatusText(e.status)
		if e.err != nil {
			text = e.err.Message
		}
		span.SetStatus(codes.Error, text)
	}
	span.End(oteltrace.WithTimestamp(e.ended))
}

// exchange is a request and its answer.
type exchange struct {
	method, route string
	status        int
	err           *failure
	began, ended  time.Time
}

// answered makes the spans of a request to the scorer.
func (s *spans) answered(t trace, e exchange, c *course) {
	if s != nil && t.Sampled {
		s.server(s.scorer, t, e, c)
	}
}

// lookedUp makes the span of a lookup that the feature store answered.
func (s *spans) lookedUp(t trace, e exchange) {
	if s != nil && t.Sampled {
		s.server(s.store, t, e, nil)
	}
}

// joined makes the trace of a label that met its prediction, and links the two.
func (s *spans) joined(p *pending, id string, actual int, began, ended time.Time) {
	if s == nil || !p.trace.Sampled {
		return
	}
	tid, _ := oteltrace.TraceIDFromHex(p.trace.ID)
	sid, _ := oteltrace.SpanIDFromHex(p.trace.Span)
	to := oteltrace.NewSpanContext(oteltrace.SpanContextConfig{TraceID: tid, SpanID: sid, TraceFlags: oteltrace.FlagsSampled, Remote: true})
	attrs := append(modelAttributes(p.by), attribute.String("ml.prediction.id", id), attribute.Float64("ml.score", p.score),
		attribute.String("ml.predicted", classes[bitOf(p.fraud)]), attribute.String("ml.actual", classes[actual]))
	_, span := s.scorer.Start(context.Background(), "feedback.join", oteltrace.WithTimestamp(began),
		oteltrace.WithLinks(oteltrace.Link{SpanContext: to}), oteltrace.WithAttributes(attrs...))
	span.End(oteltrace.WithTimestamp(ended))
}

// exception notes a failure on the span that it happened in.
func exception(span oteltrace.Span, f *failure, at time.Time) {
	attrs := []attribute.KeyValue{semconv.ExceptionType(f.Type), semconv.ExceptionMessage(f.Message)}
	if f.Stack != "" {
		attrs = append(attrs, semconv.ExceptionStacktrace(f.Stack))
	}
	span.AddEvent(semconv.ExceptionEventName, oteltrace.WithTimestamp(at), oteltrace.WithAttributes(attrs...))
	span.SetStatus(codes.Error, f.Message)
}
