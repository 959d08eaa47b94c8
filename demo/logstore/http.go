package logstore

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	// version is the Elasticsearch whose interface this is.
	version = "8.19.0"
	// maxBody bounds a request, decompressed.
	maxBody = 64 << 20

	vendorType = "application/vnd.elasticsearch+json;compatible-with=8"
)

// request is one request on its way through the store.
type request struct {
	*http.Request
	params url.Values
	// index is the part of the path before the endpoint, empty for all.
	index string
	// rest is the part of the path after the endpoint.
	rest string
	body []byte
}

// endpoint is one thing that the interface does.
type endpoint struct {
	methods []string
	params  []string
	run     func(*Store, *request) (any, error)
}

var (
	readParams   = []string{"ignore_unavailable", "allow_no_indices", "expand_wildcards", "ignore_throttled", "preference", "routing"}
	searchParams = append([]string{
		"q", "df", "default_operator", "analyze_wildcard", "lenient", "size", "from", "sort", "_source", "_source_includes", "_source_excludes",
		"track_total_hits", "typed_keys", "timeout", "request_cache", "batched_reduce_size", "max_concurrent_shard_requests", "pre_filter_shard_size",
		"ccs_minimize_roundtrips", "allow_partial_search_results", "search_type",
	}, readParams...)
	commonParams = []string{"pretty", "human", "error_trace", "filter_path", "format", "source_content_type"}
	writeParams  = []string{"refresh", "pipeline", "timeout", "wait_for_active_shards", "require_data_stream", "op_type"}
)

// endpoints are keyed by the part of the path that begins with an underscore.
var endpoints = map[string]endpoint{
	"":            {[]string{"GET", "HEAD"}, nil, (*Store).root},
	"_bulk":       {[]string{"POST", "PUT"}, writeParams, (*Store).bulk},
	"_doc":        {[]string{"POST", "PUT"}, writeParams, (*Store).index},
	"_create":     {[]string{"POST", "PUT"}, writeParams, (*Store).index},
	"_search":     {[]string{"GET", "POST"}, searchParams, (*Store).search},
	"_msearch":    {[]string{"GET", "POST"}, append([]string{"typed_keys", "max_concurrent_searches"}, readParams...), (*Store).msearch},
	"_count":      {[]string{"GET", "POST"}, append([]string{"q", "df", "default_operator", "analyze_wildcard", "lenient"}, readParams...), (*Store).count},
	"_pit":        {[]string{"POST", "DELETE"}, append([]string{"keep_alive"}, readParams...), (*Store).pointInTime},
	"_field_caps": {[]string{"GET", "POST"}, append([]string{"fields", "filters", "include_empty_fields", "include_unmapped"}, readParams...), (*Store).fieldCaps},
	"_terms_enum": {[]string{"GET", "POST"}, readParams, (*Store).termsEnum},
	"_mapping":    {[]string{"GET"}, readParams, (*Store).mappings},
	"_refresh":    {[]string{"GET", "POST"}, readParams, (*Store).refresh},
	"_cat":        {[]string{"GET"}, append([]string{"h", "v", "s", "bytes"}, readParams...), (*Store).cat},
	"_cluster":    {[]string{"GET"}, []string{"timeout", "wait_for_status", "level", "local", "master_timeout"}, (*Store).health},
	"index":       {[]string{"HEAD"}, readParams, (*Store).exists},
}

// ServeHTTP implements [http.Handler].
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	req := &request{Request: r, params: r.URL.Query()}
	answer, err := s.answer(req)
	if text, ok := answer.(plain); ok && err == nil {
		w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
		_, _ = io.WriteString(w, string(text))
		return
	}
	status := http.StatusOK
	var body []byte
	if err != nil {
		var r *refusal
		switch {
		case errors.As(err, &r):
		case errors.Is(err, errClosed):
			r = failure(503, "node_closed_exception", errClosed.Error())
		default:
			r = failure(500, "exception", err.Error())
		}
		status = r.status
		answer = r.body()
		if r.kind == "" {
			answer = map[string]any{"error": r.reason, "status": r.status}
		}
	}
	switch a := answer.(type) {
	case created:
		status, body = http.StatusCreated, mustJSON(map[string]any(a))
	case []byte:
		body = a
	case nil:
	default:
		body = mustJSON(a)
	}
	body = shape(req, body)
	contentType := "application/json"
	if strings.Contains(r.Header.Get("Accept"), "application/vnd.elasticsearch+json") {
		contentType = vendorType
	}
	w.Header().Set("Content-Type", contentType)
	if len(body) > 1024 && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(status)
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		_, _ = z.Write(body)
		_ = z.Close()
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// created is an answer with status 201; plain one that is text.
type (
	created map[string]any
	plain   string
)

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte(`{"error":"the answer cannot be written as JSON","status":500}`)
	}
	return b
}

// shape applies filter_path and pretty.
func shape(r *request, body []byte) []byte {
	paths := r.params.Get("filter_path")
	_, pretty := r.params["pretty"]
	if paths != "" {
		if tree, err := decode(body); err == nil {
			out, _ := sourceFilter{includes: strings.Split(paths, ",")}.filter("", tree)
			body = mustJSON(out)
		}
	}
	if pretty && r.params.Get("pretty") != "false" {
		var v any
		if json.Unmarshal(body, &v) == nil {
			if b, err := json.MarshalIndent(json.RawMessage(body), "", "  "); err == nil {
				body = append(b, '\n')
			}
		}
	}
	return body
}

// answer finds the endpoint and runs it.
func (s *Store) answer(r *request) (any, error) {
	var parts []string
	for p := range strings.SplitSeq(strings.Trim(r.URL.EscapedPath(), "/"), "/") {
		u, err := url.PathUnescape(p)
		if err != nil {
			return nil, refuse("illegal_argument_exception", "the path does not decode: %v", err)
		}
		parts = append(parts, u)
	}
	name := parts[0]
	switch {
	case strings.HasPrefix(parts[0], "_") && parts[0] != "_all":
		r.rest = strings.Join(parts[1:], "/")
	case parts[0] != "":
		r.index, name = parts[0], "index"
		if len(parts) > 1 {
			name, r.rest = parts[1], strings.Join(parts[2:], "/")
		}
	}
	e, ok := endpoints[name]
	if !ok || name == "" && r.index != "" || r.rest != "" && !slices.Contains([]string{"_doc", "_create", "_cat", "_cluster"}, name) {
		return nil, refuse("illegal_argument_exception", "no handler found for uri [%s] and method [%s] in firewatch's embedded log store", short(r.URL.Path), r.Method)
	}
	if !slices.Contains(e.methods, r.Method) {
		return nil, failure(405, "", fmt.Sprintf("Incorrect HTTP method for uri [%s] and method [%s], allowed: [%s]", short(r.URL.Path), r.Method, strings.Join(e.methods, ", ")))
	}
	for p := range r.params {
		if !slices.Contains(e.params, p) && !slices.Contains(commonParams, p) {
			return nil, refuse("illegal_argument_exception", "request [%s] contains unrecognized parameter: [%s]", short(r.URL.Path), short(p))
		}
	}
	if err := r.read(); err != nil {
		return nil, err
	}
	return e.run(s, r)
}

// read takes the body in.
func (r *request) read() error {
	var in io.Reader = r.Body
	if r.Body == nil {
		return nil
	}
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return refuse("illegal_argument_exception", "the body is not gzip: %v", err)
		}
		in = z
	}
	body, err := io.ReadAll(io.LimitReader(in, maxBody+1))
	switch {
	case err != nil:
		return refuse("illegal_argument_exception", "the body cannot be read: %v", err)
	case len(body) > maxBody:
		return failure(413, "illegal_argument_exception", fmt.Sprintf("the body is larger than %d bytes", maxBody))
	}
	if t := r.Header.Get("Content-Type"); len(body) > 0 && !strings.Contains(t, "json") {
		return failure(406, "", fmt.Sprintf("Content-Type header [%s] is not supported", short(t)))
	}
	r.body = body
	return nil
}

// object is the body as JSON; an empty body is an empty object.
func (r *request) object() (map[string]any, error) {
	if len(strings.TrimSpace(string(r.body))) == 0 {
		return map[string]any{}, nil
	}
	o, err := decode(r.body)
	if err == nil && o == nil {
		err = errors.New("not an object")
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, refuse("x_content_e_o_f_exception", "Unexpected end of the body")
	case err != nil:
		return nil, refuse("parsing_exception", "the body does not parse: %v", err)
	}
	return o, nil
}

func (r *request) flag(name string) bool {
	v, ok := r.params[name]
	return ok && (v[0] == "" || v[0] == "true")
}

func (s *Store) root(*request) (any, error) {
	return map[string]any{
		"name": "firewatch-logstore", "cluster_name": "firewatch-embedded", "cluster_uuid": "firewatch-embedded-log-store",
		"version": map[string]any{
			"number": version, "build_flavor": "firewatch-embedded", "build_type": "go", "build_snapshot": false,
			"minimum_wire_compatibility_version": "8.0.0", "minimum_index_compatibility_version": "8.0.0",
		},
		"tagline": "firewatch's embedded log store: it answers a part of Elasticsearch's interface and is NOT Elasticsearch",
	}, nil
}

func (s *Store) health(r *request) (any, error) {
	if r.rest != "health" {
		return nil, unsupported("[_cluster/" + short(r.rest) + "]")
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	n := len(s.streams)
	return map[string]any{
		"cluster_name": "firewatch-embedded", "status": "green", "timed_out": false, "number_of_nodes": 1, "number_of_data_nodes": 1,
		"active_primary_shards": n, "active_shards": n, "relocating_shards": 0, "initializing_shards": 0, "unassigned_shards": 0,
		"delayed_unassigned_shards": 0, "number_of_pending_tasks": 0, "number_of_in_flight_fetch": 0,
		"task_max_waiting_in_queue_millis": 0, "active_shards_percent_as_number": 100.0,
	}, nil
}
