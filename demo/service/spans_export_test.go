package service

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// TestSampling counts what is kept without a reason, and that exemplars are
// those of kept spans.
func TestSampling(t *testing.T) {
	e := tracetest.NewInMemoryExporter()
	d := newDemo(t, Options{Seed: 42, Spans: sdktrace.NewSimpleSpanProcessor(e)})
	for range 500 {
		d.ask(0, "GET", "/model", "")
	}
	kept := map[string]bool{}
	for _, s := range e.GetSpans() {
		kept[s.SpanContext.TraceID().String()] = true
	}
	if len(kept) < 70 || len(kept) > 130 {
		t.Errorf("%d of 500 are kept, want a fifth", len(kept))
	}
	found := 0
	for _, m := range families(t, d.Roles()[0])["http_server_request_duration_seconds"].Metric {
		for _, b := range m.Histogram.Bucket {
			if b.Exemplar == nil {
				continue
			}
			for _, l := range b.Exemplar.Label {
				if l.GetName() == "trace_id" {
					if found++; !kept[l.GetValue()] {
						t.Errorf("the exemplar %s leads nowhere", l.GetValue())
					}
				}
			}
		}
	}
	if found == 0 {
		t.Error("there is no exemplar")
	}
}

// TestExport sends spans to a server that takes them, and to one that does not.
func TestExport(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	if p, err := ExportSpans(t.Context(), "", nil); p != nil || err != nil {
		t.Errorf("without an endpoint there is %v, %v", p, err)
	}
	for _, status := range []int{200, 500} {
		asked := make(chan string, 1)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked <- r.Method + " " + r.URL.Path
			w.WriteHeader(status)
		}))
		url := server.URL
		if status == 200 { // by the environment
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
			url = ""
		}
		var failure error
		p, err := ExportSpans(t.Context(), url, func(err error) { failure = errors.Join(failure, err) })
		if err != nil {
			t.Fatal(err)
		}
		d := newDemo(t, Options{Seed: 42, Spans: p})
		d.call(0, "GET", "/model", "", keep)
		if err := p.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if got := <-asked; got != "POST /v1/traces" {
			t.Errorf("the spans went to %s", got)
		}
		if (failure != nil) != (status == 500) {
			t.Errorf("with status %d: %v", status, failure)
		}
		server.Close()
	}
}

// BenchmarkPredict is a request in simulated time: without spans, with spans
// that are not kept, and with spans that are. What an exporter does with them
// comes on top, elsewhere.
func BenchmarkPredict(b *testing.B) {
	for _, bb := range []struct {
		name   string
		to     sdktrace.SpanProcessor
		header string
	}{{"off", nil, leave}, {"usual", discard{}, leave}, {"kept", discard{}, keep}} {
		b.Run(bb.name, func(b *testing.B) {
			d, err := New(Options{Seed: 42, Now: func() time.Time { return noon }, Spans: bb.to})
			if err != nil {
				b.Fatal(err)
			}
			d.clock.set(noon)
			b.ReportAllocs()
			for b.Loop() {
				d.call(0, "POST", "/predict", transaction, bb.header)
			}
		})
	}
}

// discard takes spans and keeps none.
type discard struct{}

func (discard) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (discard) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (discard) Shutdown(context.Context) error                  { return nil }
func (discard) ForceFlush(context.Context) error                { return nil }
