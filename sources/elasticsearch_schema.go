package sources

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

const (
	// schemaAge is how long a schema is good, emptyAge one that lacks a field
	// which the first lines may bring.
	schemaAge = 10 * time.Minute
	emptyAge  = 15 * time.Second
	// maxMetadata bounds the fields that [Fields] lists.
	maxMetadata = 5000
	// maxAsked bounds the fields of filters whose types are remembered.
	maxAsked = 200
)

// schema is the mapped type of every candidate field, several joined by a
// comma where indices disagree. The zero value knows nothing and supposes the
// names that are most likely.
type schema struct{ types map[string]string }

// is says whether a field is mapped as one of the kinds.
func (sc schema) is(field string, kinds ...string) bool {
	for k := range strings.SplitSeq(sc.types[field], ",") {
		if slices.Contains(kinds, k) {
			return true
		}
	}
	return false
}

// having is the candidates of a role that are mapped as one of the kinds.
func (sc schema) having(r role, kinds ...string) (out []string) {
	for _, f := range candidates[r] {
		if sc.is(f, kinds...) {
			out = append(out, f)
		}
	}
	return out
}

var strung = []string{"keyword", "constant_keyword", "wildcard", "text", "match_only_text"}

func (sc schema) messages() []string {
	if out := sc.having(messageRole, strung...); len(out) > 0 {
		return slices.DeleteFunc(out, func(f string) bool { return f == "event.original" && len(out) > 1 })
	}
	return []string{"message", "body.text", "msg"}
}

func (sc schema) levelFields() []string {
	if out := sc.having(levelRole, strung...); len(out) > 0 {
		return out
	}
	return []string{"log.level"}
}

func (sc schema) time() string {
	if out := sc.having(timeRole, "date", "date_nanos"); len(out) > 0 {
		return out[0]
	}
	return "@timestamp"
}

// arrival is the field that the tail follows, and how far behind its newest
// value a line may still turn up. The store's own clock is the better one: the
// producers' batch, retry and disagree.
func (sc schema) arrival() (field string, overlap time.Duration) {
	if sc.is("event.ingested", "date", "date_nanos") {
		return "event.ingested", 5 * time.Second
	}
	return sc.time(), 30 * time.Second
}

// known is the field that a user means: level is short for whatever holds it.
func (sc schema) known(field string) string {
	if field == "level" && !sc.is("level", strung...) {
		return sc.levelFields()[0]
	}
	return field
}

// within is the lines of a span of time; a zero end is open.
func (sc schema) within(start, end time.Time) object {
	bounds := object{"gte": stamp(start), "format": "strict_date_optional_time"}
	if !end.IsZero() {
		bounds["lt"] = stamp(end)
	}
	return object{"range": object{sc.time(): bounds}}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// sorted orders by time, then by the sequence where there is one.
func (sc schema) sorted(direction string) []object {
	return []object{
		{sc.time(): object{"order": direction, "unmapped_type": "date"}},
		{"event.sequence": object{"order": direction, "unmapped_type": "long", "missing": "_last"}},
	}
}

// schemas remembers the schema. The zero value is ready.
type schemas struct {
	mu   sync.Mutex
	now  schema
	good time.Time
	// asked are the fields that filters have named, whose types are learned too.
	asked map[string]bool
}

// fieldTypes are the fields that match patterns, with their types. Parameters
// that an older server does not know are left away.
func (es *elasticsearch) fieldTypes(ctx context.Context, patterns ...string) (map[string]string, error) {
	yes, no := true, false
	r := esapi.FieldCapsRequest{Index: es.indices, Fields: patterns, IgnoreUnavailable: &yes, AllowNoIndices: &yes, Filters: []string{"-metadata", "-parent"}, IncludeEmptyFields: &no}
	if len(patterns) > 1 { // what is mapped and empty now matters for what is asked later
		r.IncludeEmptyFields = nil
	}
	b, err := es.do(ctx, r)
	var refused *Error
	if errors.As(err, &refused) && refused.Status == http.StatusBadRequest {
		r.Filters, r.IncludeEmptyFields = nil, nil
		b, err = es.do(ctx, r)
	}
	if err != nil {
		return nil, err
	}
	var answer struct {
		Fields map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(b, &answer); err != nil {
		return nil, err
	}
	if answer.Fields == nil {
		return nil, errJSON
	}
	out := map[string]string{}
	for name, types := range answer.Fields {
		delete(types, "unmapped")
		delete(types, "object")
		if kinds := slices.Sorted(maps.Keys(types)); len(kinds) > 0 && !strings.HasPrefix(kinds[0], "_") {
			out[name] = strings.Join(kinds, ",")
		}
	}
	return out, nil
}

// learn is the schema, asked for when it is old or lacks a field of the filter.
func (es *elasticsearch) learn(ctx context.Context, filter string) (schema, error) {
	f, err := readFilter(filter)
	if err != nil {
		return schema{}, err
	}
	es.schema.mu.Lock()
	defer es.schema.mu.Unlock()
	if !es.schema.lacks(f) && es.now().Before(es.schema.good) {
		return es.schema.now, nil
	}
	var names []string
	for _, c := range candidates {
		names = append(names, c...)
	}
	names = append(names, slices.Sorted(maps.Keys(es.schema.asked))...)
	types, err := es.fieldTypes(ctx, names...)
	if err != nil {
		es.schema.good = time.Time{} // what was noted is not yet learned
		return schema{}, err
	}
	sc := schema{types}
	age := schemaAge
	if !sc.is("event.ingested", "date", "date_nanos") {
		age = emptyAge
	}
	es.schema.now, es.schema.good = sc, es.now().Add(age)
	return sc, nil
}

// lacks takes note of the fields of a filter and says whether one is new.
func (s *schemas) lacks(f filter) (lacks bool) {
	for _, name := range f.fields() {
		if name == "" || strings.Trim(name, "*") == "" || strings.Contains(name, ",") || s.asked[name] {
			continue
		}
		if _, ok := places[name]; ok {
			continue
		}
		if s.asked == nil || len(s.asked) >= maxAsked {
			s.asked = map[string]bool{}
		}
		s.asked[name], lacks = true, true
	}
	return lacks
}
