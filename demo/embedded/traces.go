package embedded

import (
	"context"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"firewatch/demo/service"
	"firewatch/demo/tracestore"
)

const partJaeger = "jaeger"

// flushing bounds the wait for spans that are still on their way at the end.
const flushing = 2 * time.Second

// openTraces starts the trace store, before all others: the service is built with
// its address. Spans go to it as to any other, by OTLP/HTTP.
func (s *Stack) openTraces(ctx context.Context) error {
	at, err := s.open(partJaeger)
	if err != nil {
		return err
	}
	s.serve(at, tracestore.New(tracestore.Options{}).Handler())
	log := s.opts.Logger.With("server", partJaeger)
	s.spans, err = service.ExportSpans(ctx, at.url(), func(err error) { log.Warn("spans do not reach the trace store", "err", err) })
	if err != nil {
		return err
	}
	s.onStop(func() error { return shutDown(s.spans) })
	return nil
}

func shutDown(p sdktrace.SpanProcessor) error {
	ctx, cancel := context.WithTimeout(context.Background(), flushing)
	defer cancel()
	return p.Shutdown(ctx)
}
