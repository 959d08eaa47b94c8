package sources

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

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
		{"error.type: Back*", `{"query_string":{"analyze_wildcard":true,"fields":["error.type"],"lenient":false,"query":"Back*"}}`},
		{`path: a\*b/c*`, `{"query_string":{"analyze_wildcard":true,"fields":["path"],"lenient":false,"query":"a\\*b\\/c*"}}`},
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
		{"lucene: a AND b:c", `{"query_string":{"analyze_wildcard":true,"fields":["message","body.text","msg"],"lenient":true,"query":" a AND b:c"}}`},
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

func TestFilterErrors(t *testing.T) {
	tests := []struct {
		filter   string
		column   int
		expected string
	}{
		{"a:", 3, "a value of a"},
		{"a: and", 4, "a value of a"},
		{"(a", 3, "and, or, or )"},
		{"a)", 2, "and, or, or the end"},
		{"a and", 6, "a word, a field or ("},
		{"and b", 1, "a word, a field or ("},
		{"not", 4, "a word, a field or ("},
		{"a or or b", 6, "a word, a field or ("},
		{`a: "b`, 6, `a closing "`},
		{`日本: "b`, 7, `a closing "`},
		{"a b: c", 3, "and, or, or the end"},
		{"a: b c: d", 6, "and, or, or the end"},
		{"a >= ", 6, "a number or a time"},
		{"a > b*", 5, "a number or a time"},
		{"a: (b", 6, "and, or, or )"},
		{"a: ()", 5, "a value of a"},
		{"()", 2, "a word, a field or ("},
		{"a: {b: c}", 4, "a value of a"},
		{": a", 1, "a word, a field or ("},
		{"a: b: c", 5, "and, or, or the end"},
		{strings.Repeat("(", 60) + "a", 51, "fewer parentheses"},
		{strings.Repeat("not ", 60) + "a", 201, "fewer parentheses"},
	}
	for _, tt := range tests {
		_, err := Filter(tt.filter)
		var e *FilterError
		if !errors.As(err, &e) || e.Column != tt.column || e.Expected != tt.expected {
			t.Errorf("%q: %v, want column %d: %s", tt.filter, err, tt.column, tt.expected)
		}
	}
	src, err := newElasticsearch(Options{URL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	src.(*elasticsearch).schema.good = src.(*elasticsearch).now().Add(schemaAge)
	_, err = src.Query(t.Context(), Lines{Filter: "a:"}, testWindow)
	if e := wantKind(t, err, "elasticsearch", BadQuery); e.Err.Error() != "filter, column 3: expected a value of a" {
		t.Errorf("a filter that does not parse: %v", e)
	}
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{"a: (b or not \"c\\\"\") and d >= 5", "lucene:x", "((", `\`, "a:*", "é: ☃"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := Filter(s)
		var e *FilterError
		if err != nil && (!errors.As(err, &e) || e.Column < 1 || e.Column > len(s)+1 || e.Expected == "") {
			t.Errorf("%q: %v", s, err)
		}
		if err == nil && !json.Valid(q) {
			t.Errorf("%q: %s", s, q)
		}
	})
}
