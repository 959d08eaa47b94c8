package service

import (
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	oteltrace "go.opentelemetry.io/otel/trace"

	"firewatch/demo/service/fraud"
)

// The stages of a prediction, in their order.
const (
	validating = iota
	looking
	queueing
	inferring
	finishing
	stageCount
)

// course is what a request went through, for its spans. The zero value is a
// request that has not begun.
type course struct {
	at      [stageCount + 1]time.Time // the begin of each stage, which is the end of the one before
	reached int                       // stages that are over
	lookup  string                    // id of the span of the lookup
	by      *served                   // nil when no model was asked
	items   int
	score   float64 // mean of the items
	unfound *failure
	err     *failure // in the last stage that was reached
	checks  []oteltrace.EventOption
	shadows []oteltrace.EventOption
	remote  bool // the store has made a span of its own
}

// end ends a stage: at this moment or, while time is simulated, after what it
// took.
func (c *course) end(clock *clock, took time.Duration) {
	from := c.at[c.reached]
	c.reached++
	if clock.simulated() {
		c.at[c.reached] = from.Add(took)
	} else {
		c.at[c.reached] = clock.Now()
	}
}

// waited ends the stage before a worker was free.
func (c *course) waited(d time.Duration) {
	c.at[c.reached+1] = c.at[c.reached].Add(d)
	c.reached++
}

// last is when the last stage that was reached ended.
func (c *course) last() time.Time { return c.at[c.reached] }

// invalid notes a feature that is not what the model was trained on.
func (c *course) invalid(sampled bool, feature, status string) {
	if sampled {
		c.checks = append(c.checks, oteltrace.WithAttributes(attribute.String("ml.feature", feature), attribute.String("ml.feature.status", status)))
	}
}

// shadow notes what the shadow thinks of an item.
func (c *course) shadow(sampled bool, by *served, score float64, agrees bool) {
	if sampled {
		c.shadows = append(c.shadows, oteltrace.WithAttributes(append(modelAttributes(by),
			attribute.Float64("ml.score", score), attribute.Bool("ml.shadow.agrees", agrees))...))
	}
}

func modelAttributes(by *served) []attribute.KeyValue {
	if by == nil {
		return nil
	}
	return []attribute.KeyValue{
		attribute.String("ml.model.name", fraud.Name), attribute.String("ml.model.version", by.model.Version), attribute.String("ml.model.variant", by.variant),
	}
}

// tree makes the spans below that of a request.
type tree struct {
	*spans
	*course
	trace trace
	ctx   context.Context // with the span of the request
}

func (t *tree) open(stage int, name string, o ...oteltrace.SpanStartOption) oteltrace.Span {
	ctx := t.ctx
	if stage == looking {
		ctx = withID(ctx, t.course.lookup)
	}
	_, span := t.scorer.Start(ctx, name, append(o, oteltrace.WithTimestamp(t.at[stage]))...)
	return span
}

func (t *tree) close(stage int, span oteltrace.Span) {
	if t.err != nil && stage == t.reached-1 {
		exception(span, t.err, t.at[stage+1])
	}
	span.End(oteltrace.WithTimestamp(t.at[stage+1]))
}

// grow makes a span of each stage that the request reached.
func (t *tree) grow() {
	stages := [stageCount]func(){t.validate, t.lookup, t.queue, t.infer, t.finish}
	for stage, make := range stages[:t.reached] {
		if t.by == nil && (stage == queueing || stage == inferring) {
			continue // decided by rule of thumb
		}
		make()
	}
}

func (t *tree) validate() {
	span := t.open(validating, "validate")
	for _, attrs := range t.checks {
		span.AddEvent("feature.invalid", attrs, oteltrace.WithTimestamp(t.at[validating+1]))
	}
	t.close(validating, span)
}

// lookup makes the span of the call to the feature store and, unless the store
// has done so, of its answer.
func (t *tree) lookup() {
	attrs := []attribute.KeyValue{
		semconv.HTTPRequestMethodKey.String(http.MethodPost), semconv.URLPath(featuresRoute), semconv.ServicePeerName("feature-store"),
		attribute.Int("ml.batch.size", t.items),
	}
	switch {
	case t.unfound != nil:
		attrs = append(attrs, semconv.ErrorTypeKey.String(t.unfound.Type))
	case t.reached > queueing:
		attrs = append(attrs, semconv.HTTPResponseStatusCode(http.StatusOK))
	}
	span := t.open(looking, "feature_store.get", oteltrace.WithSpanKind(oteltrace.SpanKindClient), oteltrace.WithAttributes(attrs...))
	if t.unfound != nil {
		exception(span, t.unfound, t.at[looking+1])
	}
	t.close(looking, span)
	if t.remote || t.unfound != nil {
		return
	}
	way := t.at[looking+1].Sub(t.at[looking]) / 20 // there, and back again
	t.lookedUp(trace{ID: t.trace.ID, Parent: t.course.lookup, Sampled: true}, exchange{
		method: http.MethodPost, route: featuresRoute, status: http.StatusOK, began: t.at[looking].Add(way), ended: t.at[looking+1].Add(-way),
	})
}

func (t *tree) queue() { t.close(queueing, t.open(queueing, "queue.wait")) }

func (t *tree) infer() {
	attrs := append(modelAttributes(t.by), attribute.Int("ml.batch.size", t.items))
	if t.err == nil {
		attrs = append(attrs, attribute.Float64("ml.score", t.score))
	}
	span := t.open(inferring, "model.predict", oteltrace.WithAttributes(attrs...))
	for _, attrs := range t.shadows {
		span.AddEvent("shadow.compared", attrs, oteltrace.WithTimestamp(t.at[inferring+1]))
	}
	t.close(inferring, span)
}

func (t *tree) finish() { t.close(finishing, t.open(finishing, "postprocess")) }

// withID has the next span of a context have an id.
func withID(ctx context.Context, id string) context.Context {
	own, err := oteltrace.SpanIDFromHex(id)
	if err != nil {
		return ctx
	}
	return context.WithValue(ctx, idsKey{}, ids{span: own})
}
