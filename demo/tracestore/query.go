package tracestore

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// query is a search: a trace matches when one of its spans meets all
// conditions. A zero condition is none.
type query struct {
	service, operation string
	from, to           pcommon.Timestamp
	shortest, longest  time.Duration
	attributes         map[string]string // those that need the span itself
	status             *ptrace.StatusCode
	kind               *ptrace.SpanKind
	nothing            bool // a condition that no span can meet
	depth              int
}

const (
	defaultDepth = 100
	maxDepth     = 10_000
)

// params reads query parameters by their names in camel case, or else by older
// names. Parameters of other names are ignored, as Jaeger does.
type params struct{ url.Values }

func (p params) get(names ...string) (value, name string) {
	for _, name = range names {
		if value = p.Get(name); value != "" {
			return value, name
		}
	}
	return "", names[0]
}

func malformed(name string, err error) error {
	return fmt.Errorf("malformed parameter %s: %w", name, err)
}

func (p params) time(names ...string) (at time.Time, ok bool, err error) {
	text, name := p.get(names...)
	if text == "" {
		return at, false, nil
	}
	if at, err = time.Parse(time.RFC3339Nano, text); err != nil {
		err = malformed(name, err)
	}
	return at, true, err
}

func (p params) duration(names ...string) (d time.Duration, err error) {
	text, name := p.get(names...)
	if text == "" {
		return 0, nil
	}
	if d, err = time.ParseDuration(text); err != nil {
		err = malformed(name, err)
	}
	return d, err
}

// raw checks the switch for traces as they came in. All traces here are.
func (p params) raw(names ...string) error {
	text, name := p.get(names...)
	if text == "" {
		return nil
	}
	if _, err := strconv.ParseBool(text); err != nil {
		return malformed(name, err)
	}
	return nil
}

// parseQuery reads a search. An error is the caller's fault.
func parseQuery(v url.Values) (*query, error) {
	p, q := params{v}, &query{depth: defaultDepth}
	q.service, _ = p.get("query.serviceName", "query.service_name")
	q.operation, _ = p.get("query.operationName", "query.operation_name")
	from, hasFrom, errFrom := p.time("query.startTimeMin", "query.start_time_min")
	to, hasTo, errTo := p.time("query.startTimeMax", "query.start_time_max")
	switch {
	case !hasFrom || !hasTo:
		return nil, errors.New("query.startTimeMin and query.startTimeMax are required")
	case errFrom != nil || errTo != nil:
		return nil, errors.Join(errFrom, errTo)
	case !from.Before(to):
		return nil, errors.New("query.startTimeMin must be before query.startTimeMax")
	}
	q.from, q.to = timestamp(from), timestamp(to)
	if text, name := p.get("query.searchDepth", "query.search_depth", "query.num_traces"); text != "" {
		depth, err := strconv.Atoi(text)
		if err != nil {
			return nil, malformed(name, err)
		}
		if depth <= 0 || depth > maxDepth {
			return nil, fmt.Errorf("search depth must be greater than 0 and at most %d", maxDepth)
		}
		q.depth = depth
	}
	var err error
	if q.shortest, err = p.duration("query.durationMin", "query.duration_min"); err != nil {
		return nil, err
	}
	if q.longest, err = p.duration("query.durationMax", "query.duration_max"); err != nil {
		return nil, err
	}
	if err := p.raw("query.rawTraces", "query.raw_traces"); err != nil {
		return nil, err
	}
	if text, name := p.get("query.attributes"); text != "" {
		if err := json.Unmarshal([]byte(text), &q.attributes); err != nil {
			return nil, malformed(name, err)
		}
		q.special()
	}
	return q, nil
}

// timestamp bounds a time to what a span can carry.
func timestamp(t time.Time) pcommon.Timestamp {
	switch {
	case t.Year() < 1970:
		return 0
	case t.Year() > 2261:
		return pcommon.Timestamp(1<<63 - 1)
	}
	return pcommon.NewTimestampFromTime(t)
}

// special takes the attributes out that stand for fields of the span.
func (q *query) special() {
	if text, ok := q.attributes["error"]; ok {
		failed, err := strconv.ParseBool(text)
		code := ptrace.StatusCodeOk
		if failed {
			code = ptrace.StatusCodeError
		}
		q.status, q.nothing = &code, err != nil
	}
	if text, ok := q.attributes["span.status"]; ok {
		code := map[string]ptrace.StatusCode{"OK": ptrace.StatusCodeOk, "ERROR": ptrace.StatusCodeError}[strings.ToUpper(text)]
		q.nothing = q.nothing || q.status != nil && *q.status != code
		q.status = &code
	}
	if text, ok := q.attributes["span.kind"]; ok {
		kind := ptrace.SpanKindUnspecified
		for k := ptrace.SpanKindInternal; k <= ptrace.SpanKindConsumer; k++ {
			if strings.EqualFold(text, k.String()) {
				kind = k
			}
		}
		q.kind = &kind
	}
	for _, name := range []string{"error", "span.status", "span.kind"} {
		delete(q.attributes, name)
	}
}

// mayMatch tells whether a chunk has a span that meets all conditions but the
// attributes.
func (q *query) mayMatch(c chunk) bool {
	if q.nothing || q.service != "" && c.service.Value() != q.service {
		return false
	}
	for i := range c.spans {
		if q.fits(&c.spans[i]) {
			return true
		}
	}
	return false
}

func (q *query) fits(e *entry) bool {
	took := time.Duration(e.end - e.start)
	switch {
	case q.operation != "" && e.name.Value() != q.operation,
		e.start < q.from, e.start > q.to,
		q.shortest != 0 && took < q.shortest,
		q.longest != 0 && took > q.longest,
		q.status != nil && e.status != *q.status,
		q.kind != nil && e.kind != *q.kind:
		return false
	}
	return true
}

// matches tells whether a trace has a span that meets all conditions.
func (q *query) matches(t *trace) (bool, error) {
	for _, c := range t.chunks {
		if !q.mayMatch(c) {
			continue
		}
		td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(c.data)
		if err != nil {
			return false, fmt.Errorf("decode trace %s: %w", t.id, err)
		}
		r, i := td.ResourceSpans().At(0), 0
		for _, scope := range r.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				if q.fits(&c.spans[i]) && q.has(r.Resource().Attributes(), scope.Scope(), span) {
					return true, nil
				}
				i++
			}
		}
	}
	return false, nil
}

// has tells whether all attributes are there: on the span, its scope, its
// resource, or one of its events and links.
func (q *query) has(resource pcommon.Map, scope pcommon.InstrumentationScope, span ptrace.Span) bool {
	for key, want := range q.attributes {
		ok := false
		switch rest, ofResource := strings.CutPrefix(key, "resource."); {
		case key == "scope.name":
			ok = scope.Name() == want
		case key == "scope.version":
			ok = scope.Version() == want
		case ofResource:
			ok = is(resource, rest, want)
		default:
			ok = is(span.Attributes(), key, want) || is(scope.Attributes(), key, want) || is(resource, key, want)
			for _, e := range span.Events().All() {
				ok = ok || is(e.Attributes(), key, want)
			}
			for _, l := range span.Links().All() {
				ok = ok || is(l.Attributes(), key, want)
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

func is(m pcommon.Map, key, want string) bool {
	v, ok := m.Get(key)
	return ok && v.AsString() == want
}
