package logstore

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTokens(t *testing.T) {
	tests := []struct{ text, want string }{
		{"Connection refused by 10.1.4.22:9000", "connection|refused|by|10.1.4.22|9000"},
		{"user's foo-bar baz_qux a.b.c v1.4.0", "user's|foo|bar|baz_qux|a.b.c|v1.4.0"},
		{"  (parens) [x] {y} -- ", "parens|x|y"},
		{"GRÖSSE über", "grösse|über"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := strings.Join(tokenList(tt.text), "|"); got != tt.want {
			t.Errorf("%q splits to %s, want %s", tt.text, got, tt.want)
		}
	}
	for _, tt := range []struct {
		s, sub string
		want   bool
	}{{"Connection", "conn", true}, {"Connection", "tion", true}, {"Connection", "tions", false}, {"GRÖSSE", "grösse", true}, {"abc ö", "zz", true}, {"abc", "abcd", false}, {"", "a", false}} {
		if got := containsFold(tt.s, tt.sub); got != tt.want {
			t.Errorf("containsFold(%q, %q) = %v", tt.s, tt.sub, got)
		}
	}
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{{"a*c", "abbc", true}, {"a*c", "abb", false}, {"*", "", true}, {"?", "ö", true}, {"??", "ö", false}, {`\*`, "*", true}, {`\*`, "x", false}, {"*ö*", "aöb", true}, {"a**b", "ab", true}, {"", "a", false}} {
		if got := glob(tt.pattern, tt.s); got != tt.want {
			t.Errorf("glob(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
}

// TestTemplate compares the mapping that the store begins with to the one that
// a genuine server gets.
func TestTemplate(t *testing.T) {
	raw, err := os.ReadFile("../../stack/elasticsearch/component-logs-mldemo-mappings.json")
	if err != nil {
		t.Fatal(err)
	}
	type node struct {
		Type, Path string
		Index      *bool
		Properties map[string]node
	}
	var component struct {
		Template struct{ Mappings node }
	}
	if err := json.Unmarshal(raw, &component); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	var walk func(name string, n node)
	walk = func(name string, n node) {
		switch n.Type {
		case "", "object":
			for k, sub := range n.Properties {
				walk(strings.TrimPrefix(name+"."+k, "."), sub)
			}
		case "match_only_text":
			want[name] = "text"
		default:
			want[name] = n.Type + n.Path
		}
	}
	walk("", component.Template.Mappings)
	got := map[string]string{}
	m := newMapping()
	for name, f := range m.fields {
		got[name] = f.kind
	}
	for name, to := range aliases {
		got[name] = "alias" + to
	}
	for name, kind := range want {
		if got[name] != kind {
			t.Errorf("%s is %q here and %q in the template", name, got[name], kind)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d fields here, %d in the template", len(got), len(want))
	}
}

// TestUnsupported asks for what Elasticsearch has and the store has not: it
// must say so, by name, rather than answer something else.
func TestUnsupported(t *testing.T) {
	s := open(t, Options{})
	add(t, s, `{"message":"x","level":"error"}`)
	for _, q := range []string{
		`{"query":{"fuzzy":{"message":"x"}}}`, `{"query":{"regexp":{"log.level":"e.*"}}}`, `{"query":{"nested":{"path":"a"}}}`,
		`{"query":{"function_score":{}}}`, `{"query":{"match":{"message":{"query":"x","fuzziness":"AUTO"}}}}`,
		`{"query":{"multi_match":{"query":"x","type":"cross_fields"}}}`, `{"query":{"query_string":{"query":"x~2"}}}`,
		`{"query":{"query_string":{"query":"/x/"}}}`, `{"query":{"query_string":{"query":"x","time_zone":"+01:00"}}}`,
		`{"query":{"simple_query_string":{"query":"(a b)"}}}`, `{"query":{"bool":{"should":[],"minimum_should_match":"75%"}}}`,
		`{"query":{"range":{"@timestamp":{"gte":"22/11/2026","format":"dd/MM/yyyy"}}}}`, `{"query":{"range":{"@timestamp":{"gte":"now","time_zone":"+01:00"}}}}`,
		`{"query":{"range":{"event.original":{"gte":"a"}}}}`,
		`{"sort":["_score"]}`, `{"sort":[{"log.level":{"order":"asc","missing":"zzz"}}]}`, `{"sort":[{"_script":{}}]}`,
		`{"highlight":{"fields":{"message":{}}}}`, `{"fields":["message"]}`, `{"collapse":{"field":"log.level"}}`, `{"runtime_mappings":{}}`,
		`{"post_filter":{"match_all":{}}}`, `{"min_score":1}`, `{"suggest":{}}`, `{"knn":{}}`, `{"script_fields":{}}`, `{"explain":true}`,
		`{"aggs":{"a":{"percentiles":{"field":"event.duration"}}}}`, `{"aggs":{"a":{"significant_terms":{"field":"log.level"}}}}`,
		`{"aggs":{"a":{"top_hits":{}}}}`, `{"aggs":{"a":{"terms":{"field":"log.level","order":{"b":"asc"}}}}}`,
		`{"aggs":{"a":{"terms":{"field":"log.level","include":"(a|b)"}}}}`, `{"aggs":{"a":{"terms":{"script":"x"}}}}`,
		`{"aggs":{"a":{"date_histogram":{"field":"@timestamp","calendar_interval":"1M"}}}}`,
		`{"aggs":{"a":{"date_histogram":{"field":"@timestamp","fixed_interval":"1h","time_zone":"Europe/Berlin"}}}}`,
		`{"aggs":{"a":{"date_histogram":{"field":"@timestamp","fixed_interval":"1h","offset":"+6h"}}}}`,
		`{"aggs":{"a":{"composite":{}}}}`, `{"aggs":{"a":{"cardinality":{"field":"log.level"},"aggs":{"b":{"min":{"field":"event.duration"}}}}}}`,
	} {
		code, answer := ask(t, s, "POST", "/_search", q)
		if code != 400 || !strings.Contains(answer, `"type"`) {
			t.Errorf("%s: %d %s", q, code, answer)
		}
	}
	for _, q := range []string{
		"DELETE /logs-app-default", "PUT /x", "GET /logs-app-default", "POST /_reindex", "GET /_cluster/stats", "GET /_nodes", "POST /_sql", "POST /_query",
		"PUT /_ilm/policy/x", "PUT /_index_template/x", "GET /_cat/shards", "POST /x/_update/1", "DELETE /x/_doc/1", "GET /x/_doc/1", "POST /_search/scroll",
		"GET /_search?scroll=1m", "GET /_search?explain=true", "POST /x/_doc?pipeline=other", "POST /x/_bulk?pipeline=other",
	} {
		method, path, _ := strings.Cut(q, " ")
		if code, answer := ask(t, s, method, path, ""); code < 400 || code > 405 {
			t.Errorf("%s: %d %s", q, code, answer)
		}
	}
}

// TestSnapshot pages while documents arrive and the oldest are dropped.
func TestSnapshot(t *testing.T) {
	now := noon
	s := open(t, Options{MaxDocs: 160, Now: func() time.Time { return now }})
	for i := range 100 {
		add(t, s, fmt.Sprintf(`{"event":{"id":"%03d","sequence":%d}}`, i, i))
	}
	_, answer := ask(t, s, "POST", "/logs-*/_pit?keep_alive=1m", "")
	var pit struct{ ID string }
	if err := json.Unmarshal([]byte(answer), &pit); err != nil {
		t.Fatal(err)
	}
	var got []string
	after := ""
	for page := range 10 {
		for i := range 50 {
			add(t, s, fmt.Sprintf(`{"event":{"id":"new-%d-%d"}}`, page, i))
		}
		now = now.Add(40 * time.Second) // each page keeps it for another minute
		code, answer := ask(t, s, "POST", "/_search", fmt.Sprintf(`{"size":30,"pit":{"id":%q,"keep_alive":"1m"},"sort":[{"event.kind":"asc"}]%s}`, pit.ID, after))
		var a struct {
			Hits struct {
				Hits []struct {
					ID   string `json:"_id"`
					Sort json.RawMessage
				}
			}
		}
		if err := json.Unmarshal([]byte(answer), &a); err != nil || code != 200 {
			t.Fatalf("%d %s", code, answer)
		}
		for _, h := range a.Hits.Hits {
			got = append(got, h.ID)
			after = `,"search_after":` + string(h.Sort)
		}
	}
	slices.Sort(got)
	if len(slices.Compact(got)) != 100 || got[0] != "000" || got[99] != "099" {
		t.Errorf("the snapshot of 100 documents has %d: %v", len(got), got)
	}
	now = now.Add(2 * time.Minute)
	if code, _ := ask(t, s, "POST", "/_search", fmt.Sprintf(`{"pit":{"id":%q}}`, pit.ID)); code != 404 {
		t.Errorf("a snapshot that has expired answers %d", code)
	}
}

// TestTogether writes and reads at once.
func TestTogether(t *testing.T) {
	s := open(t, Options{MaxDocs: 500})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 300 {
				if err := s.Add("logs-app-default", fmt.Appendf(nil, `{"event":{"id":"%d-%d","sequence":%d},"field_%d":%d}`, w, i, i, i%20, i)); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 50 {
				if code, answer := ask(t, s, "POST", "/_search", `{"query":{"exists":{"field":"field_1"}},"sort":["event.sequence"],"aggs":{"a":{"terms":{"field":"field_2"}}}}`); code != 200 {
					t.Error(answer)
				}
				ask(t, s, "GET", "/_field_caps?fields=*", "")
				ask(t, s, "GET", "/_mapping", "")
				ask(t, s, "POST", "/_all/_pit?keep_alive=1ms", "")
			}
		})
	}
	wg.Wait()
}

// TestHostileDocuments takes in what nobody should send.
func TestHostileDocuments(t *testing.T) {
	s := open(t, Options{})
	deep := strings.Repeat(`{"a":`, 1000) + "1" + strings.Repeat("}", 1000)
	var many strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&many, `,"f%d":%d`, i, i)
	}
	for _, tt := range []struct {
		doc string
		ok  bool
	}{
		{`{"message":"\u001b[2J\u202e"}`, true},
		{"{\"message\":\"a\xff\xfe\"}", true},
		{`{"message":"` + strings.Repeat("x", 1<<20) + `"}`, true},
		{`{"a":null,"b":[],"c":{},"d":[[1,[2]]]}`, true},
		{`{"":1}`, true}, {`{"a..b":1}`, true}, {`{"q.":1}`, true},
		{deep, true}, {`{"x":0` + many.String() + `}`, false},
		{``, false}, {`null`, false}, {`[]`, false}, {`{`, false}, {`{} {}`, false}, {`"x"`, false},
		{`{"message":{"a":1}}`, true}, {`{"event":{"sequence":"many"}}`, false}, {`{"@timestamp":"noon"}`, true}, {`{"@timestamp":["2026-11-22T12:00:00Z","2026-11-23T12:00:00Z"]}`, true},
		{`{"client":{"ip":"nowhere"}}`, false}, {`{"user":{"id":"` + strings.Repeat("x", 40_000) + `"}}`, false}, {`{"event":{"duration":1e400}}`, false},
	} {
		if err := s.Add("logs-app-default", []byte(tt.doc)); (err == nil) != tt.ok {
			t.Errorf("%.60s: %v", tt.doc, err)
		}
	}
	// What the pipeline makes good is refused without it.
	for _, doc := range []string{`{"":1}`, `{"a..b":1}`, `{".":1}`, `{"message":{"a":1}}`, `{"@timestamp":"noon"}`, `{"@timestamp":["2026-11-22","2026-11-23"]}`, deep} {
		if !strings.Contains(doc, "@timestamp") {
			doc = `{"@timestamp":"2026-11-22T12:00:00Z",` + doc[1:]
		}
		if _, err := s.put("logs-app-default", "", []byte(doc), false); err == nil {
			t.Errorf("%.60s was taken without the pipeline", doc)
		}
	}
	for _, name := range []string{"", "UPPER", "a b", "_x", "-x", "a*", "a/b", strings.Repeat("x", 300)} {
		if s.Add(name, []byte(`{}`)) == nil {
			t.Errorf("the stream %.40q was taken", name)
		}
	}
	code, answer := ask(t, s, "GET", "/_search?size=100", "")
	if !json.Valid([]byte(answer)) || code != 200 {
		t.Errorf("%d %.200s", code, answer)
	}
	for _, body := range []string{"null", "[]", "1", `{"query":null}`, `{"query":[]}`, `{"query":{"bool":[]}}`, `{"query":{"term":1}}`, `{"query":{"terms":{"a":1}}}`, `{"aggs":[]}`, `{"aggs":{"a":1}}`, `{"aggs":{"a":{"terms":1}}}`, `{"sort":1}`, `{"sort":[[]]}`, `{"search_after":1}`, `{"_source":1}`, `{"pit":1}`, `{"size":{}}`, `{"size":1e9}`, "{\"query\":{\"query_string\":{\"query\":\"\xff\"}}}", strings.Repeat("[", 20_000)} {
		if code, answer := ask(t, s, "POST", "/_search", body); code != 200 && code != 400 {
			t.Errorf("%.60s: %d %.100s", body, code, answer)
		}
	}
}

func FuzzQueryString(f *testing.F) {
	s := open(f, Options{})
	add(f, s, `{"message":"connection refused","level":"error"}`)
	for _, q := range []string{`a AND (b OR c:"d e") -f +g`, `x:[1 TO 2}`, `_exists_:a`, `a\:b^2`, `*:*`, `((((`, `"`, `a:>=5`} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		for _, kind := range []string{"query_string", "simple_query_string"} {
			body, err := json.Marshal(map[string]any{"query": map[string]any{kind: map[string]any{"query": q}}})
			if err != nil {
				return
			}
			if code, answer := ask(t, s, "POST", "/_search", string(body)); code != 200 && code != 400 || !json.Valid([]byte(answer)) {
				t.Errorf("%q: %d %s", q, code, answer)
			}
		}
	})
}
