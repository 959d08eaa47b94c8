package sources

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// maxRaw is the largest document that a line keeps: of a larger one only
	// what a line shows is kept.
	maxRaw = 256 << 10
	// maxFields bounds what [Log.Fields] lists, maxNesting how deep it looks.
	maxFields  = 500
	maxNesting = 32
)

// role is what a field of a document means to a line.
type role int

const (
	timeRole role = iota
	messageRole
	levelRole
	serviceRole
	hostRole
	traceRole
	spanRole
	errorRole
	stackRole
	ingestedRole
	sequenceRole
	roles // their number
)

// candidates are the fields that may have a role, the first that a document has
// wins: the Elastic Common Schema, OpenTelemetry's own indices, the defaults of
// Filebeat and Fluent Bit, and plain names.
var candidates = [roles][]string{
	timeRole:     {"@timestamp", "timestamp", "time"},
	messageRole:  {"message", "body.text", "log", "msg", "event.original"},
	levelRole:    {"log.level", "level", "severity_text", "severity", "loglevel"},
	serviceRole:  {"service.name", "resource.attributes.service.name", "kubernetes.deployment.name", "container.name", "app", "service"},
	hostRole:     {"host.name", "resource.attributes.host.name", "service.node.name", "kubernetes.node.name", "host", "hostname"},
	traceRole:    {"trace.id", "trace_id", "traceId", "otelTraceID"},
	spanRole:     {"span.id", "span_id", "spanId", "otelSpanID"},
	errorRole:    {"error.type", "attributes.exception.type"},
	stackRole:    {"error.stack_trace", "attributes.exception.stacktrace"},
	ingestedRole: {"event.ingested"},
	sequenceRole: {"event.sequence"},
}

// place is a candidate: its role and how many candidates come before it.
type place struct {
	role role
	rank int
}

// places and above are candidates turned round: the place of each field, and
// the objects that a candidate lies under.
var places, above = func() (map[string]place, map[string]bool) {
	p, a := map[string]place{}, map[string]bool{}
	for r, names := range candidates {
		for i, name := range names {
			p[name] = place{role(r), i}
			for at := strings.LastIndexByte(name, '.'); at > 0; at = strings.LastIndexByte(name[:at], '.') {
				a[name[:at]] = true
			}
		}
	}
	return p, a
}()

// levels are the names in use for each level, in lower case.
var levels = map[string][]string{
	"trace": {"trace", "trc", "finest", "verbose"},
	"debug": {"debug", "dbg", "fine"},
	"info":  {"info", "information", "informational", "notice", "inf"},
	"warn":  {"warn", "warning", "wrn"},
	"error": {"error", "err", "severe"},
	"fatal": {"fatal", "critical", "crit", "alert", "emergency", "emerg", "panic"},
}

var levelOf = func() map[string]string {
	out := map[string]string{}
	for level, names := range levels {
		for _, n := range names {
			for _, v := range spellings(n) {
				out[v] = level
			}
		}
	}
	return out
}()

// spellings are a word in lower case, in upper case and as a title.
func spellings(s string) []string {
	return []string{s, strings.ToUpper(s), strings.ToUpper(s[:1]) + s[1:]}
}

// canonical is the level that a document's own word means, empty for none.
func canonical(word string) string {
	if l, ok := levelOf[word]; ok {
		return l
	}
	return levelOf[strings.ToLower(strings.TrimSpace(word))]
}

// newLog makes a line of a document.
func newLog(index, id string, raw []byte) (*Log, error) {
	l := &Log{ID: Clean(id), Index: Clean(index)}
	var best [roles]struct {
		value []byte
		rank  int
	}
	var buf [128]byte
	s := scan{b: raw}
	err := s.pick(buf[:0], 0, func(p place, value []byte) {
		if b := &best[p.role]; b.value == nil || p.rank < b.rank {
			b.value, b.rank = value, p.rank
		}
	})
	if err != nil {
		return nil, err
	}
	text := func(r role) string { return Clean(unquoted(best[r].value)) }
	l.Time = instant(best[timeRole].value)
	l.Ingested = instant(best[ingestedRole].value)
	l.Seq, _ = strconv.ParseInt(unquoted(best[sequenceRole].value), 10, 64)
	l.Level = canonical(unquoted(best[levelRole].value))
	l.Message = text(messageRole)
	l.Service, l.Host = text(serviceRole), text(hostRole)
	l.TraceID, l.SpanID = text(traceRole), text(spanRole)
	l.ErrorType, l.Stack = text(errorRole), CleanLines(unquoted(best[stackRole].value))
	if len(raw) <= maxRaw {
		l.Raw = bytes.Clone(raw)
	}
	return l, nil
}

// pick calls f for every scalar of an object that is a candidate; of an array
// the first scalar counts. Whatever holds no candidate is stepped over.
func (s *scan) pick(path []byte, depth int, f func(place, []byte)) error {
	base := len(path)
	return s.object(func(key []byte) error {
		path = path[:base]
		if base > 0 {
			path = append(path, '.')
		}
		if bytes.IndexByte(key, '\\') >= 0 {
			path = append(path, unescaped(key)...)
		} else {
			path = append(path, key...)
		}
		switch c := s.next(); {
		case c == '{' && depth < maxNesting && above[string(path)]:
			return s.pick(path, depth+1, f)
		case c == '{':
			_, err := s.value()
			return err
		}
		p, ok := places[string(path)]
		if ok && s.next() == '[' {
			done := false
			return s.array(func() error {
				c := s.next()
				v, err := s.value()
				if err == nil && !done && c != '{' && c != '[' && string(v) != "null" {
					done = true
					f(p, v)
				}
				return err
			})
		}
		v, err := s.value()
		if err == nil && ok && string(v) != "null" {
			f(p, v)
		}
		return err
	})
}

// instant reads a time: ISO 8601, or milliseconds since the epoch with or
// without a fraction. It is zero for anything else.
func instant(v []byte) time.Time {
	if len(v) == 0 {
		return time.Time{}
	}
	s := unquoted(v)
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	if ms, err := strconv.ParseFloat(s, 64); err == nil && ms > -1e15 && ms < 1e15 {
		whole := int64(ms)
		return time.UnixMilli(whole).Add(time.Duration((ms - float64(whole)) * 1e6)).UTC()
	}
	return time.Time{}
}

// Fields are the leaves of the document by dotted name, sorted, at most 500 of
// them. Of an array it is the values one after the other; what nests deeper
// than 32 is one value. It is empty when the document was too large to keep.
func (l *Log) Fields() []Field {
	var out []Field
	s := scan{b: l.Raw}
	if len(l.Raw) == 0 || s.flatten("", 0, func(name, value string) { out = append(out, Field{name, value}) }) != nil {
		return nil
	}
	slices.SortStableFunc(out, func(a, b Field) int { return cmp.Compare(a.Name, b.Name) })
	joined := out[:0]
	for _, f := range out {
		if n := len(joined); n > 0 && joined[n-1].Name == f.Name {
			if last := &joined[n-1]; len(last.Value) < maxLine {
				last.Value += ", " + f.Value
			}
			continue
		}
		joined = append(joined, f)
	}
	return joined[:min(len(joined), maxFields)]
}

// flatten calls f for the leaves of the next value, cleaned.
func (s *scan) flatten(name string, depth int, f func(name, value string)) error {
	c := s.next()
	switch {
	case c == '{' && depth < maxNesting:
		return s.object(func(key []byte) error {
			sub := Clean(unescaped(key))
			if name != "" {
				sub = name + "." + sub
			}
			return s.flatten(sub, depth+1, f)
		})
	case c == '[' && depth < maxNesting:
		return s.array(func() error { return s.flatten(name, depth+1, f) })
	}
	v, err := s.value()
	if err != nil || string(v) == "null" {
		return err
	}
	text := unquoted(v)
	if strings.Contains(text, "\n") {
		f(name, CleanLines(text))
	} else {
		f(name, Clean(text))
	}
	return nil
}

// byTime orders lines as they happened.
func byTime(a, b *Log) int {
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Index, b.Index), cmp.Compare(a.ID, b.ID))
}

// hits is what a search answers.
type hits struct {
	lines []*Log
	// last is the sort values of the last hit, to go on from.
	last  json.RawMessage
	total int
	pit   string
	aggs  json.RawMessage
	notes []string
}
