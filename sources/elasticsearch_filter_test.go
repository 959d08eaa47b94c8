package sources

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var recordErrors = flag.Bool("record-errors", false, "write the errors of filters to testdata/kql/errors.txt")

func TestFilter(t *testing.T) {
	tests := []struct{ filter, want string }{
		{"", `{"match_all":{}}`},
		{"  ", `{"match_all":{}}`},
		{"*", `{"match_all":{}}`},
		{"*:*", `{"match_all":{}}`},
		{"timeout", `{"multi_match":{"fields":["message","body.text","msg"],"lenient":true,"query":"timeout","type":"best_fields"}}`},
		{`"a b"`, `{"multi_match":{"fields":["message","body.text","msg"],"lenient":true,"query":"a b","type":"phrase"}}`},
		{"service.name: api", `{"match":{"service.name":"api"}}`},
		{"service.name:api gateway", `{"match":{"service.name":"api gateway"}}`},
		{`url.path : "/a b"`, `{"match_phrase":{"url.path":"/a b"}}`},
		{"trace.id: *", `{"exists":{"field":"trace.id"}}`},
		{"error.type: Back*", `{"query_string":{"fields":["error.type"],"lenient":false,"query":"Back*"}}`},
		{`path: a\*b/c*`, `{"query_string":{"fields":["path"],"lenient":false,"query":"a\\*b\\/c*"}}`},
		{`a\*b`, `{"multi_match":{"fields":["message","body.text","msg"],"lenient":true,"query":"a*b","type":"best_fields"}}`},
		{"status >= 500", `{"range":{"status":{"gte":"500"}}}`},
		{"status<5", `{"range":{"status":{"lt":"5"}}}`},
		{"@timestamp > now-1h", `{"range":{"@timestamp":{"gt":"now-1h"}}}`},
		{"a: 1 and b: 2", `{"bool":{"filter":[{"match":{"a":"1"}},{"match":{"b":"2"}}]}}`},
		{"a: 1 OR b: 2 AND NOT c: 3", `{"bool":{"minimum_should_match":1,"should":[{"match":{"a":"1"}},{"bool":{"filter":[{"match":{"b":"2"}},{"bool":{"must_not":[{"match":{"c":"3"}}]}}]}}]}}`},
		{"(a: 1 or b: 2) and c: 3", `{"bool":{"filter":[{"bool":{"minimum_should_match":1,"should":[{"match":{"a":"1"}},{"match":{"b":"2"}}]}},{"match":{"c":"3"}}]}}`},
		{"a: (x or not y)", `{"bool":{"minimum_should_match":1,"should":[{"match":{"a":"x"}},{"bool":{"must_not":[{"match":{"a":"y"}}]}}]}}`},
		{"level: error", `{"match":{"log.level":"error"}}`},
		{"level >= fatal", `{"bool":{"minimum_should_match":1,"should":[{"terms":{"log.level":["fatal","FATAL","Fatal","critical","CRITICAL","Critical","crit","CRIT","Crit","alert","ALERT","Alert","emergency","EMERGENCY","Emergency","emerg","EMERG","Emerg","panic","PANIC","Panic"]}}]}}`},
		{"lucene: a AND b:c", `{"query_string":{"analyze_wildcard":true,"fields":["message","body.text","msg"],"lenient":true,"query":"a AND b:c"}}`},
		{"lucene:", `{"match_all":{}}`},
		{`say\"hi`, `{"multi_match":{"fields":["message","body.text","msg"],"lenient":true,"query":"say\"hi","type":"best_fields"}}`},
		{"Android", `{"multi_match":{"fields":["message","body.text","msg"],"lenient":true,"query":"Android","type":"best_fields"}}`},
	}
	for _, tt := range tests {
		got, err := Filter(tt.filter)
		if err != nil || string(got) != tt.want {
			t.Errorf("%q:\n got %s %v\nwant %s", tt.filter, got, err, tt.want)
		}
	}
}

// TestFilterErrors tells what is wrong with what does not parse; the words are
// in testdata/kql/errors.txt.
func TestFilterErrors(t *testing.T) {
	types := map[string]string{"status": "long", "score": "float", "ok": "boolean", "ip": "ip", "at": "date", "host": "keyword"}
	raw, err := os.ReadFile("testdata/kql/errors.txt")
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("{60(}", strings.Repeat("(", 60), "{60not}", strings.Repeat("not ", 60), "{20000}", strings.Repeat("x", 20_000),
		"{30deep}", strings.Repeat("not (a and ", 30)+"b"+strings.Repeat(")", 30))
	var out strings.Builder
	n := 0
	for block := range strings.SplitSeq(strings.TrimSpace(string(raw)), "\n\n") {
		typed, want, _ := strings.Cut(block, "\n")
		_, err := FilterOn(types, fill.Replace(typed))
		var e *FilterError
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", typed, err)
			continue
		}
		n++
		if got := "    " + e.Error(); got != want {
			t.Errorf("%s:\n got %s\nwant %s", typed, got, want)
		}
		if _, perr := NewPredicate(fill.Replace(typed), types, time.Now()); perr == nil || perr.Error() != err.Error() {
			t.Errorf("%s: as a predicate it is %v", typed, perr)
		}
		out.WriteString(typed + "\n    " + e.Error() + "\n\n")
	}
	if *recordErrors {
		if err := os.WriteFile("testdata/kql/errors.txt", []byte(strings.TrimSuffix(out.String(), "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if n < 40 {
		t.Errorf("the table has %d filters", n)
	}
	src, err := newElasticsearch(Options{URL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	src.(*elasticsearch).schema.good = src.(*elasticsearch).now().Add(schemaAge)
	_, err = src.Query(t.Context(), Lines{Filter: "a:"}, testWindow)
	if e := wantKind(t, err, "elasticsearch", BadQuery); e.Err.Error() != "filter, column 3: expected a value of a; * is any" {
		t.Errorf("a filter that does not parse: %v", e)
	}
}

// FuzzFilter looks for what breaks the parser, and for filters that mean here
// what no query says.
func FuzzFilter(f *testing.F) {
	for _, file := range []string{"filters.txt", "errors.txt"} {
		raw, err := os.ReadFile(filepath.Join("testdata", "kql", file))
		if err != nil {
			f.Fatal(err)
		}
		for block := range strings.SplitSeq(string(raw), "\n\n") {
			typed, _, _ := strings.Cut(block, "\n")
			f.Add(typed)
		}
	}
	for _, s := range []string{`\`, "\\u12", "a:\\*", "é: ☃", "a: (b or not \"c\\\"\") and d >= 5", "\xff:\xfe*", "*.*:*", "a*:b*c* d", "\\ud83d\\u0041"} {
		f.Add(s)
	}
	types := map[string]string{"a": "text", "b": "long", "c.d": "keyword", "e": "date", "f": "ip", "g": "boolean,keyword", "message": "text"}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	line := &Log{Raw: []byte(`{"message":"a b","a":["x","y"],"b":5,"c":{"d":"e"},"e":"2026-11-22","f":"10.0.0.1","g":true}`)}
	f.Fuzz(func(t *testing.T, s string) {
		for _, types := range []map[string]string{nil, types} {
			q, err := FilterOn(types, s)
			var e *FilterError
			if err != nil && (!errors.As(err, &e) || e.Column < 1 || e.Column > len(s)+1 || e.Expected == "") {
				t.Errorf("%q: %v", s, err)
			}
			if err == nil && !json.Valid(q) {
				t.Errorf("%q: %s", s, q)
			}
			p, perr := NewPredicate(s, types, now)
			if err != nil && perr == nil {
				t.Errorf("%q is a predicate and no query: %v", s, err)
			}
			if perr == nil && p.MatchLog(line) != p.Match(LeavesOf(line.Raw)) {
				t.Errorf("%q: a line and its leaves disagree", s)
			}
		}
		for at := range len(s) + 1 {
			c := CompleteFilter(s, at)
			if c.From < 0 || c.From > c.To || c.To > len(s) || c.Expect == 0 {
				t.Errorf("%q at %d: %+v", s, at, c)
			}
			if len(s) > 200 {
				break
			}
		}
	})
}

func BenchmarkFilter(b *testing.B) {
	const typed = `service.name: checkout and http.response.status_code >= 500 and not (message: (timeout or "connection refused") or tags: edge*)`
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := readFilter(typed); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("translate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Filter(typed); err != nil {
				b.Fatal(err)
			}
		}
	})
	line := &Log{Raw: []byte(`{"@timestamp":"2026-11-22T15:14:02.381Z","log.level":"error","message":"request failed: model backend unavailable","event":{"dataset":"mldemo.inference","action":"request-failed","duration":18211000},"service":{"name":"checkout","version":"2.3.0"},"http":{"request":{"method":"POST","id":"r-48211"},"response":{"status_code":500}},"trace.id":"4bf92f3577b34da6a3ce929d0e0e4736"}`)}
	for _, s := range []string{typed, "unavailable", "log.level: error", "labels.*: x"} {
		p, err := NewPredicate(s, nil, time.Now())
		if err != nil {
			b.Fatal(err)
		}
		b.Run("match/"+s[:min(len(s), 16)], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.MatchLog(line)
			}
		})
	}
}
