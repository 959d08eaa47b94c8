package logstore

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, o Options) *Store {
	t.Helper()
	if o.Now == nil {
		o.Now = func() time.Time { return noon }
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// ask sends one request; the path may begin with a method.
func ask(t testing.TB, s *Store, method, path, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	b, _ := io.ReadAll(w.Result().Body)
	return w.Code, string(b)
}

func add(t testing.TB, s *Store, doc string) {
	t.Helper()
	if err := s.Add("logs-app-default", []byte(doc)); err != nil {
		t.Fatal(err)
	}
}

func TestIngest(t *testing.T) {
	s := open(t, Options{})
	add(t, s, `{"@timestamp":"2026-11-22T11:59:00Z","level":"ERROR","message":"boom","http.response.status_code":503,"event.id":"e1","input":{"type":"x"}}`)
	_, got := ask(t, s, "GET", "/_search?q=level:error&filter_path=hits.hits", "")
	want := `{"hits":{"hits":[{"_id":"e1","_index":"logs-app-default","_source":{"@timestamp":"2026-11-22T11:59:00Z","ecs":{"version":"8.17.0"},` +
		`"event":{"id":"e1","ingested":"2026-11-22T12:00:00.000Z","kind":"event","outcome":"failure"},"http":{"response":{"status_code":503}},` +
		`"log":{"level":"error"},"message":"boom"}}]}}`
	if got != strings.Replace(want, `"_index":"logs-app-default",`, `"_index":"logs-app-default","_score":null,`, 1) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if err := s.Add("logs-app-default", []byte(`{"event":{"id":"e1"},"message":"again"}`)); err == nil || !strings.Contains(err.Error(), "version conflict") {
		t.Errorf("a second document with the same id: %v", err)
	}
	if err := s.Add("logs-other-default", []byte(`{"event":{"id":"e1"},"message":"again"}`)); err != nil {
		t.Errorf("the same id in another stream: %v", err)
	}
}

func TestBounds(t *testing.T) {
	s := open(t, Options{MaxDocs: 100})
	for i := range 1000 {
		add(t, s, fmt.Sprintf(`{"event":{"id":"%d","sequence":%d}}`, i, i))
	}
	if s.docs > 100 || s.docs < 90 {
		t.Errorf("%d documents are kept, at most 100 were wanted", s.docs)
	}
	_, got := ask(t, s, "GET", "/_search?sort=event.sequence:desc&size=1&filter_path=hits.hits._id", "")
	if got != `{"hits":{"hits":[{"_id":"999"}]}}` {
		t.Errorf("the newest is %s", got)
	}
	small := open(t, Options{MaxBytes: 1 << 20})
	for range 500 {
		add(t, small, `{"message":"`+strings.Repeat("x", 10_000)+`"}`)
	}
	if small.bytes > 1<<20 {
		t.Errorf("%d bytes are kept", small.bytes)
	}
	if err := small.Add("logs-app-default", []byte(`{"message":"`+strings.Repeat("x", 1<<20)+`"}`)); err == nil {
		t.Error("a document larger than the bounds was taken")
	}
}

func TestFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "logs.ndjson")
	s := open(t, Options{File: file, MaxDocs: 64})
	for i := range 200 {
		add(t, s, fmt.Sprintf(`{"event":{"id":"%03d"},"message":"line %d"}`, i, i))
	}
	_, before := ask(t, s, "GET", "/_search?size=200&sort=event.id:asc&filter_path=hits", "")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Add("logs-app-default", []byte(`{}`)); err == nil {
		t.Error("a closed store takes documents")
	}
	again := open(t, Options{File: file, MaxDocs: 64})
	_, after := ask(t, again, "GET", "/_search?size=200&sort=event.id:asc&filter_path=hits", "")
	if before != after || !strings.Contains(after, "line 199") {
		t.Errorf("before %s\nafter  %s", before, after)
	}
}

func TestEveryAnswerIsJSON(t *testing.T) {
	s := open(t, Options{})
	add(t, s, `{"message":"x"}`)
	for _, path := range []string{
		"/", "/_cluster/health", "/_search", "/nosuch/_search", "/_cat/indices?format=json", "/_mapping", "/_field_caps?fields=*", "/_count",
		"/_search?q=(", "/_search?q=a%5B", "/_search?size=x", "/_search?foo=1", "/_nosuch", "/x/_nosuch", "/_cluster/stats", "/%zz", "/_search?sort=nosuch",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut(path, "?")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var v struct{ Error, Status any }
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil && !strings.HasPrefix(w.Body.String(), "[") {
			t.Errorf("%s: %v: %s", path, err, w.Body)
		}
		if w.Code >= 400 && (v.Error == nil || v.Status != float64(w.Code)) {
			t.Errorf("%s: %d without an error in Elasticsearch's shape: %s", path, w.Code, w.Body)
		}
		if w.Header().Get("X-Elastic-Product") != "Elasticsearch" {
			t.Errorf("%s: no X-Elastic-Product header", path)
		}
	}
}
