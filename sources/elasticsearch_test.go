package sources

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// searchServer answers every search with one body, and field_caps with a
// schema that has what ECS has.
func searchServer(t testing.TB, answer func(w http.ResponseWriter, r *http.Request)) Source {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/_field_caps") {
			io.WriteString(w, `{"fields":{"@timestamp":{"date":{}},"event.ingested":{"date":{}},"message":{"text":{}},"log.level":{"keyword":{}}}}`)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	src, err := newElasticsearch(Options{URL: s.URL, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func hitsBody(sources ...string) string {
	var b strings.Builder
	b.WriteString(`{"took":1,"timed_out":false,"_shards":{"total":1,"successful":1,"failed":0},"hits":{"total":{"value":1,"relation":"eq"},"hits":[`)
	for i, s := range sources {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"_index":"logs-a","_id":"%d","_score":null,"_source":%s,"sort":[1795348800000,%d]}`, i, s, i)
	}
	b.WriteString("]}}")
	return b.String()
}

func TestRoles(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 123e6, time.UTC)
	tests := []struct {
		name, source string
		want         Log
	}{
		{"ecs", `{"@timestamp":"2026-11-22T12:00:00.123Z","log":{"level":"error"},"message":"m","service":{"name":"s"},"host":{"name":"h"},"trace":{"id":"t"},"span":{"id":"p"},"error":{"type":"E","stack_trace":"a\n\tb"},"event":{"sequence":7,"ingested":"2026-11-22T12:00:00.123Z"}}`,
			Log{Time: at, Level: "error", Message: "m", Service: "s", Host: "h", TraceID: "t", SpanID: "p", ErrorType: "E", Stack: "a\n    b", Seq: 7, Ingested: at}},
		{"dotted", `{"@timestamp":"2026-11-22T13:00:00.123+01:00","log.level":"WARN","message":"m","service.name":"s","trace.id":"t"}`,
			Log{Time: at, Level: "warn", Message: "m", Service: "s", TraceID: "t"}},
		{"otel", `{"@timestamp":"1795348800123.0","body":{"text":"m"},"severity_text":"Error","severity_number":17,"resource":{"attributes":{"service.name":"s","host.name":"h"}},"trace_id":"t","span_id":"p","attributes":{"exception.type":"E","exception.stacktrace":"x"}}`,
			Log{Time: at, Level: "error", Message: "m", Service: "s", Host: "h", TraceID: "t", SpanID: "p", ErrorType: "E", Stack: "x"}},
		{"fluent bit", `{"@timestamp":1795348800123,"log":"m","level":"CRITICAL","kubernetes":{"deployment":{"name":"s"},"node":{"name":"h"}},"app":"later"}`,
			Log{Time: at, Level: "fatal", Message: "m", Service: "s", Host: "h"}},
		{"plain", `{"time":"2026-11-22 12:00:00.123","msg":"m","loglevel":"dbg","app":"s","hostname":"h","traceId":"t"}`,
			Log{Time: at, Level: "debug", Message: "m", Service: "s", Host: "h", TraceID: "t"}},
		{"the first candidate wins", `{"msg":"later","message":"m","level":"info","log":{"level":"error"},"timestamp":"1999-01-01","@timestamp":"2026-11-22T12:00:00.123Z"}`,
			Log{Time: at, Level: "error", Message: "m"}},
		{"arrays, nulls and wrong types", `{"@timestamp":["2026-11-22T12:00:00.123Z"],"message":[null,{"a":1},"m","n"],"log":{"level":{"deep":1}},"service":null,"host":{"name":[]},"trace":[{"id":"x"}],"event":{"sequence":"many"}}`,
			Log{Time: at, Message: "m"}},
		{"an unknown level", `{"@timestamp":"2026-11-22T12:00:00.123Z","message":17,"level":"loud"}`, Log{Time: at, Message: "17"}},
		{"the server's word for an odd time", `{"@timestamp":"noon, more or less","message":"m"}`, Log{Time: at.Truncate(time.Second), Message: "m"}},
	}
	for _, tt := range tests {
		src := searchServer(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, hitsBody(tt.source)) })
		f, err := src.Query(t.Context(), Lines{}, testWindow)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		got := *f.Logs[0]
		if string(got.Raw) != tt.source {
			t.Errorf("%s: the raw document is %s", tt.name, got.Raw)
		}
		got.Raw, got.ID, got.Index = nil, "", ""
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", tt.name, got, tt.want)
		}
	}
}

// safe says whether a text can be drawn: valid, without controls or bidi.
func safe(s string) bool {
	for _, r := range s {
		if unicode.Is(unicode.Cc, r) && r != '\n' || unicode.Is(unicode.Cf, r) {
			return false
		}
	}
	return utf8.ValidString(s)
}

func TestHostileLines(t *testing.T) {
	text := func(s string) string {
		b, _ := json.Marshal(s)
		return string(b)
	}
	deep := strings.Repeat(`{"a":`, 1000) + `"x"` + strings.Repeat("}", 1000)
	wide := "{"
	for i := range 3000 {
		wide += fmt.Sprintf(`"f%d":%d,`, i, i)
	}
	wide += `"message":"wide"}`
	tests := []struct{ name, source, message string }{
		{"CSI", `{"message":` + text("\x1b[2J\x1b[31mred\x1b[0m") + `,"\u001b[31mkey":"v"}`, "red"},
		{"OSC 52", `{"message":` + text("a\x1b]52;c;ZXZpbA==\x07b") + `}`, "ab"},
		{"DCS", `{"message":` + text("a\x1bPq#0\x1b\\b") + `}`, "ab"},
		{"C1", `{"message":` + text("a\u009b31mb\u0085c") + `}`, "ab⏎c"},
		{"bidi", `{"message":` + text("user \u202egnp.exe\u2066") + `}`, "user gnp.exe"},
		{"wide", `{"message":` + text("日本語 👩‍💻") + `}`, "日本語 👩💻"},
		{"invalid UTF-8", "{\"message\":\"a\xff\xfeb\",\"service\":{\"name\":\"\xc3\"}}", "a\ufffdb"},
		{"half a surrogate", `{"message":"a\ud800b"}`, "a\ufffdb"},
		{"a bad escape", `{"message":"a\qb"}`, `a\qb`},
		{"NUL", `{"message":"a\u0000b"}`, "ab"},
		{"lines", `{"message":"a\nb\r\nc\n"}`, "a⏎b⏎c"},
		{"1 MB", `{"message":"` + strings.Repeat("x", 1<<20) + `"}`, strings.Repeat("x", maxLine) + "…"},
		{"deep", `{"message":"m","d":` + deep + `}`, "m"},
		{"many fields", wide, "wide"},
		{"nulls", `{"@timestamp":null,"message":null,"log":null,"event":null}`, ""},
		{"empty names", `{"":{"":"x"},"message":"m"}`, "m"},
		{"twice", `{"message":"first","message":"second"}`, "first"},
	}
	for _, tt := range tests {
		src := searchServer(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, hitsBody(tt.source)) })
		f, err := src.Query(t.Context(), Lines{}, testWindow)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		l := f.Logs[0]
		if l.Message != tt.message {
			t.Errorf("%s: the message is %.80q, want %.80q", tt.name, l.Message, tt.message)
		}
		fields := l.Fields()
		for _, x := range fields {
			if !safe(x.Name) || !safe(x.Value) || len(x.Value) > maxText+8 {
				t.Errorf("%s: field %.80q = %.80q", tt.name, x.Name, x.Value)
			}
		}
		for _, s := range []string{l.Message, l.Service, l.Host, l.Level, l.TraceID, l.Stack} {
			if !safe(s) {
				t.Errorf("%s: %.80q is not safe", tt.name, s)
			}
		}
		if len(fields) > maxFields || tt.name == "many fields" && len(fields) != maxFields {
			t.Errorf("%s: %d fields", tt.name, len(fields))
		}
		if tt.name == "1 MB" && (l.Raw != nil || len(f.Notes) != 1) {
			t.Errorf("a document of 1 MB is kept, notes %q", f.Notes)
		}
	}
}

func TestParts(t *testing.T) {
	src := searchServer(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"timed_out":true,"_shards":{"total":5,"successful":3,"failed":2,"failures":[{"shard":0,"reason":{"type":"x","reason":"disk \u001b[31mgone"}}]},"hits":{"total":{"value":0},"hits":[]}}`)
	})
	for _, q := range []Query{Lines{}, Tail{}, Histogram{}, Facet{Field: "a"}} {
		f, err := src.Query(t.Context(), q, testWindow)
		if err != nil || len(f.Notes) != 2 || f.Notes[0] != "the server ran out of time, this is a part" || f.Notes[1] != "2 of 5 shards failed: disk gone" {
			t.Errorf("%T: %v, notes %q", q, err, f.Notes)
		}
	}
}

// TestBrokenAnswers cuts an answer at every byte and spoils every byte of it.
func TestBrokenAnswers(t *testing.T) {
	whole := hitsBody(`{"message":"m","a":[1,{"b":"\"\\"}],"log":{"level":"info"}}`, `{}`)
	if h, err := readHits([]byte(whole)); err != nil || len(h.lines) != 2 {
		t.Fatalf("the answer that is not broken: %v", err)
	}
	for i := range whole {
		if _, err := readHits([]byte(whole[:i])); err == nil {
			t.Errorf("cut at byte %d it decodes", i)
		}
		b := []byte(whole)
		b[i] = 0
		_, _ = readHits(b) // must not panic
	}
	for _, s := range []string{"", "null", "[]", "{}", `{"hits":[]}`, `{"hits":{"hits":{}}}`, `{"hits":{"hits":[1]}}`, whole + "x", `"hello"`, "<html>"} {
		if _, err := readHits([]byte(s)); err == nil {
			t.Errorf("%q decodes", s)
		}
	}
}

func FuzzReadHits(f *testing.F) {
	f.Add([]byte(hitsBody(`{"message":"m","a":[1,{"b":"\"\\"}]}`)))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := readHits(b)
		if err != nil {
			return
		}
		for _, l := range h.lines {
			l.Fields()
			if !safe(l.Message) {
				t.Errorf("%q is not safe", l.Message)
			}
		}
	})
}

func TestTailsAreBounded(t *testing.T) {
	n := 0
	var mu sync.Mutex
	src := searchServer(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n++
		io.WriteString(w, strings.Replace(hitsBody(`{"@timestamp":"2026-11-22T12:00:00Z","event":{"ingested":"2026-11-22T12:00:00Z"},"message":"m"}`), `"_id":"0"`, fmt.Sprintf(`"_id":"%d"`, n), 1))
	})
	es := src.(*elasticsearch)
	begin := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var seconds atomic.Int64
	es.now = func() time.Time { return begin.Add(time.Duration(seconds.Add(1)) * time.Second) }
	ask := func(filter string) int {
		f, err := src.Query(t.Context(), Tail{Filter: filter, Limit: 3}, Window{})
		if err != nil {
			t.Fatal(err)
		}
		return len(f.Logs)
	}
	for i, want := range []int{1, 2, 3, 3, 3} {
		if got := ask("a"); got != want {
			t.Errorf("poll %d keeps %d lines, want %d", i, got, want)
		}
	}
	for _, f := range []string{"b", "c", "a", "d", "e"} {
		ask(f)
	}
	if len(es.tails.all) != maxTails || es.tails.all[Tail{Filter: "b", Limit: 3}] != nil || es.tails.all[Tail{Filter: "a", Limit: 3}] == nil {
		t.Errorf("kept tails: %d, the one asked longest ago should be gone", len(es.tails.all))
	}

	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				_, _ = src.Query(context.Background(), Tail{Filter: "a", Limit: 3}, Window{})
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := src.Query(ctx, Tail{Filter: "a", Limit: 3}, Window{})
	if e := (*Error)(nil); !errors.As(err, &e) || !errors.Is(err, context.Canceled) {
		t.Errorf("a tail that nobody waits for: %v", err)
	}
}

// TestTailFuture feeds a line that claims to come from the future: those that
// follow must still be read.
func TestTailFuture(t *testing.T) {
	var asked []string
	src := searchServer(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		asked = append(asked, string(b))
		io.WriteString(w, hitsBody(
			`{"@timestamp":"2026-11-22T12:00:00Z","event":{"ingested":"2026-11-22T12:00:00Z"},"message":"now"}`,
			`{"@timestamp":"2026-11-22T11:59:00Z","event":{"ingested":"2026-11-22T11:59:00Z"},"message":"before"}`,
			`{"@timestamp":"2026-11-22T12:00:00Z","event":{"ingested":"2099-01-01T00:00:00Z"},"message":"far"}`))
	})
	src.(*elasticsearch).now = func() time.Time { return time.Date(2026, 11, 22, 12, 0, 30, 0, time.UTC) }
	for range 2 {
		f, err := src.Query(t.Context(), Tail{}, Window{})
		if err != nil || len(f.Logs) != 3 {
			t.Fatalf("%d lines, %v", len(f.Logs), err)
		}
	}
	if !strings.Contains(asked[1], "2026-11-22T11:59:55.000Z") || strings.Contains(asked[1], "2099") {
		t.Errorf("the second poll asks %s", asked[1])
	}
}

// TestTailSkew reads from a server whose clock is an hour ahead.
func TestTailSkew(t *testing.T) {
	var asked []string
	src := searchServer(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		asked = append(asked, string(b))
		io.WriteString(w, hitsBody(`{"@timestamp":"2026-11-22T13:00:00Z","event":{"ingested":"2026-11-22T13:00:01Z"},"message":"m"}`))
	})
	src.(*elasticsearch).now = func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }
	for range 2 {
		if f, err := src.Query(t.Context(), Tail{}, Window{}); err != nil || len(f.Logs) != 1 {
			t.Fatalf("%d lines, %v", len(f.Logs), err)
		}
	}
	if !strings.Contains(asked[1], "2026-11-22T12:59:56.000Z") {
		t.Errorf("the second poll asks %s", asked[1])
	}
}

func BenchmarkReadHits(b *testing.B) {
	var docs []string
	for i := range 10_000 {
		docs = append(docs, fmt.Sprintf(`{"@timestamp":"2026-11-22T12:00:%02d.123Z","log":{"level":"info"},"message":"prediction %d made for user u-%04d","service":{"name":"fraud-scorer","version":"2.3.0","environment":"demo"},"event":{"dataset":"mldemo.inference","id":"01JD9W3V7X%d","sequence":%d,"duration":18211000,"ingested":"2026-11-22T12:00:00.123Z"},"trace":{"id":"4bf92f3577b34da6a3ce929d0e0e4736"},"span":{"id":"00f067aa0ba902b7"},"http":{"request":{"method":"POST"},"response":{"status_code":200}},"ml":{"score":0.913}}`, i%60, i, i%3000, i, i))
	}
	body := []byte(hitsBody(docs...))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		h, err := readHits(body)
		if err != nil || len(h.lines) != 10_000 {
			b.Fatal(err)
		}
	}
}
