package tracestore

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Handler answers POST /v1/traces in OTLP/HTTP, and Jaeger's queries: GET
// /api/v3/services, /operations, /traces, /traces/{id} and /trace-summaries.
func (s *Store) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", s.export)
	mux.HandleFunc("GET /api/v3/services", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"services": s.services()})
	})
	mux.HandleFunc("GET /api/v3/operations", func(w http.ResponseWriter, r *http.Request) {
		kind, _ := params{r.URL.Query()}.get("spanKind", "span_kind")
		answer(w, map[string]any{"operations": s.operations(r.URL.Query().Get("service"), kind)})
	})
	mux.HandleFunc("GET /api/v3/traces", s.findTraces)
	mux.HandleFunc("GET /api/v3/traces/{id}", s.getTrace)
	mux.HandleFunc("GET /api/v3/trace-summaries", s.findSummaries)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"name":  "firewatch's embedded trace store: it answers a part of Jaeger's interface and is NOT Jaeger",
			"keeps": map[string]int{"spans": s.opts.MaxSpans, "bytes": s.opts.MaxBytes}, "has": s.Stats(),
		})
	})
	return mux
}

var errNone = errors.New("No traces found") // in Jaeger's words

func (s *Store) findTraces(w http.ResponseWriter, r *http.Request) {
	found, ok := s.search(w, r)
	if !ok {
		return
	}
	var chunks []chunk
	for _, t := range found {
		chunks = append(chunks, t.chunks...)
	}
	give(w, chunks)
}

func (s *Store) findSummaries(w http.ResponseWriter, r *http.Request) {
	found, ok := s.search(w, r)
	if !ok {
		return
	}
	list := make([]summary, len(found))
	for i, t := range found {
		list[i] = summarize(t)
	}
	answer(w, map[string]any{"summaries": list})
}

func (s *Store) search(w http.ResponseWriter, r *http.Request) ([]*trace, bool) {
	q, err := parseQuery(r.URL.Query())
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return nil, false
	}
	found, err := s.find(q)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return nil, false
	}
	return found, true
}

func (s *Store) getTrace(w http.ResponseWriter, r *http.Request) {
	id, err := parseID(r.PathValue("id"))
	p := params{r.URL.Query()}
	_, _, errStart := p.time("startTime", "start_time")
	_, _, errEnd := p.time("endTime", "end_time")
	// The times are a hint where to look, which a store in memory does not need.
	if err := errors.Join(err, errStart, errEnd, p.raw("rawTraces", "raw_traces")); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	give(w, s.trace(id))
}

// parseID reads a trace id in hex digits; leading zeros may be missing.
func parseID(text string) (id pcommon.TraceID, err error) {
	if len(text) > 32 {
		return id, malformed("trace_id", fmt.Errorf("%.40q has more than 32 digits", text))
	}
	full := "00000000000000000000000000000000"[len(text):] + text
	if _, err := hex.Decode(id[:], []byte(full)); err != nil {
		return id, malformed("trace_id", err)
	}
	return id, nil
}

// give answers with the spans of chunks.
func give(w http.ResponseWriter, chunks []chunk) {
	if len(chunks) == 0 {
		refuse(w, http.StatusNotFound, errNone)
		return
	}
	td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(join(chunks))
	var body []byte
	if err == nil {
		body, err = (&ptrace.JSONMarshaler{}).MarshalTraces(td)
	}
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	answer(w, map[string]any{"result": json.RawMessage(body)})
}

func answer(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // the client is gone if this fails
}

// refuse answers with an error as Jaeger's gateway shapes it.
func refuse(w http.ResponseWriter, status int, err error) {
	body, _ := json.Marshal(map[string]any{"error": map[string]any{"httpCode": status, "message": err.Error()}}) // strings and a number
	http.Error(w, string(body), status)
}
