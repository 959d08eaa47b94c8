package service

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Bounds of the spans on their way out: those that come when the queue is full
// are lost, so that no request waits for them.
const (
	spanQueue = 8192
	spanBatch = 512
	spanDelay = time.Second
	spanGrace = 5 * time.Second // for one export
)

// ExportSpans sends spans by OTLP/HTTP to a base URL, such as
// http://127.0.0.1:4318, or, when that is "", to where the standard environment
// variables of OpenTelemetry say; without them it returns nil, which is no
// spans. Failed is told of each export that fails. The caller shuts the result
// down after the demo has stopped, which sends what waits.
func ExportSpans(ctx context.Context, url string, failed func(error)) (sdktrace.SpanProcessor, error) {
	if url == "" && os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		return nil, nil
	}
	e := &exporter{failed: failed}
	var options []otlptracehttp.Option
	if url != "" {
		e.client = &http.Client{Transport: &http.Transport{}}
		options = append(options, otlptracehttp.WithEndpointURL(url+"/v1/traces"), otlptracehttp.WithHTTPClient(e.client),
			otlptracehttp.WithRetry(otlptracehttp.RetryConfig{}))
	}
	var err error
	if e.SpanExporter, err = otlptracehttp.New(ctx, options...); err != nil {
		return nil, fmt.Errorf("export spans: %w", err)
	}
	return sdktrace.NewBatchSpanProcessor(e, sdktrace.WithMaxQueueSize(spanQueue), sdktrace.WithMaxExportBatchSize(spanBatch),
		sdktrace.WithBatchTimeout(spanDelay), sdktrace.WithExportTimeout(spanGrace)), nil
}

// exporter keeps errors from the handler that a whole process shares.
type exporter struct {
	sdktrace.SpanExporter
	failed func(error)
	client *http.Client // nil when the exporter has its own
}

// ExportSpans implements [sdktrace.SpanExporter].
func (e *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := e.SpanExporter.ExportSpans(ctx, spans); err != nil {
		e.failed(fmt.Errorf("%d spans are lost: %w", len(spans), err))
	}
	return nil
}

// Shutdown implements [sdktrace.SpanExporter].
func (e *exporter) Shutdown(ctx context.Context) error {
	err := e.SpanExporter.Shutdown(ctx)
	if e.client != nil {
		e.client.CloseIdleConnections()
	}
	return err
}
