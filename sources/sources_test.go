package sources

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// samples holds, for every kind of source, questions that the table of failures
// asks. A new kind has to add its own.
var samples = map[string][]Query{
	"prometheus": {
		PromQL{Expr: "up"}, Instant{Expr: "up"}, Rules{}, Targets{}, LabelValues{Label: "job"}, LabelNames{},
		MetricMetadata{}, Exemplars{Expr: "up"}, PrometheusStatus{},
	},
	"alertmanager":  {Alerts{}, Groups{}, Silences{}, AlertmanagerStatus{}},
	"elasticsearch": {Lines{}, Histogram{}, Facet{Field: "service.name"}, Fields{}},
	"runbooks":      {Document{URL: "runbooks/HighErrorRate.md"}},
}

// refusals are how each kind words an error; the reason is always "no such thing".
var refusals = map[string]string{
	"prometheus":    `{"status":"error","errorType":"bad_data","error":"no such thing"}`,
	"alertmanager":  `"no such thing"`,
	"runbooks":      "no such thing",
	"elasticsearch": `{"error":{"root_cause":[{"type":"x","reason":"no such thing"}],"type":"y","reason":"all shards failed"},"status":400}`,
}

var testWindow = At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), time.Hour, 240, true)

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

// wait returns when the client has gone, which the server notices only once it
// has read the request.
func wait(r *http.Request) {
	io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func TestFailures(t *testing.T) {
	const secret = "hunter2hunter2"
	const page = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>"
	tests := []struct {
		name  string
		serve func(kind string) http.HandlerFunc
		kinds []Kind
		says  string
	}{
		{"401", func(string) http.HandlerFunc { return status(401, "who are you, "+secret+"?") }, []Kind{Denied}, "401"},
		{"403", func(string) http.HandlerFunc { return status(403, "") }, []Kind{Denied}, "403"},
		{"404", func(string) http.HandlerFunc { return status(404, "404 page not found") }, []Kind{NotThis}, "404"},
		{"400", func(k string) http.HandlerFunc { return status(400, refusals[k]) }, []Kind{BadQuery}, "no such thing"},
		{"422", func(k string) http.HandlerFunc { return status(422, refusals[k]) }, []Kind{BadQuery}, "no such thing"},
		{"429", func(string) http.HandlerFunc { return status(429, "slow down") }, []Kind{Busy}, "slow down"},
		{"503", func(string) http.HandlerFunc { return status(503, "\x1b[31mstarting\x1b[0m") }, []Kind{Busy}, ": starting"},
		{"500", func(k string) http.HandlerFunc { return status(500, refusals[k]) }, []Kind{Failed}, "no such thing"},
		{"502 page", func(string) http.HandlerFunc { return status(502, page) }, []Kind{Failed}, `a web page, "Sign in"`},
		{"504", func(string) http.HandlerFunc { return status(504, "") }, []Kind{Timeout}, "504"},
		{"page", func(string) http.HandlerFunc { return status(200, page) }, []Kind{NotThis}, `a web page, "Sign in"`},
		{"not json", func(string) http.HandlerFunc { return status(200, "hello \x1b]0;x\x07there") }, []Kind{Failed, NotThis}, "hello there"},
		{"other json", func(string) http.HandlerFunc { return status(200, `"hello"`) }, []Kind{Failed, NotThis}, ""},
		{"truncated", func(string) http.HandlerFunc { return status(200, `{"status":"succ`) }, []Kind{Failed}, ""},
		{"cut off", func(string) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Elastic-Product", "Elasticsearch")
				w.Header().Set("Content-Length", "1000")
				io.WriteString(w, `{"status":"succ`)
			}
		}, []Kind{Failed}, "cut the answer off"},
		{"empty", func(string) http.HandlerFunc { return status(200, "") }, []Kind{Failed, NotThis}, "empty"},
		{"hangs up", func(string) http.HandlerFunc {
			return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
		}, []Kind{Unreachable}, "closed the connection"},
		{"slow", func(string) http.HandlerFunc {
			return func(_ http.ResponseWriter, r *http.Request) { wait(r) }
		}, []Kind{Timeout}, "no answer from"},
		{"slow body", func(string) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Elastic-Product", "Elasticsearch")
				io.WriteString(w, `{"status":`+strings.Repeat(" ", 4096))
				w.(http.Flusher).Flush()
				wait(r)
			}
		}, []Kind{Timeout}, "no answer from"},
	}
	for _, kind := range Kinds() {
		if len(samples[kind]) == 0 {
			t.Errorf("%s has no sample question: add one to samples and refusals", kind)
		}
		for _, q := range samples[kind] {
			for _, tt := range tests {
				if kind == "runbooks" && slices.Contains([]string{"not json", "other json", "truncated"}, tt.name) {
					continue // any text is a document
				}
				t.Run(fmt.Sprintf("%s/%T/%s", kind, q, tt.name), func(t *testing.T) {
					s := httptest.NewServer(tt.serve(kind))
					defer s.Close()
					timeout := 10 * time.Second
					if tt.kinds[0] == Timeout && tt.name != "504" {
						timeout = 60 * time.Millisecond
					}
					f, err := ask(t, kind, q, Options{URL: s.URL, Timeout: timeout, Token: secret})
					e := wantKind(t, err, kind, tt.kinds...)
					if !strings.Contains(err.Error(), tt.says) {
						t.Errorf("%v, should say %q", err, tt.says)
					}
					if strings.Contains(fmt.Sprintf("%v %+v %#v %v", err, err, err, e.Err), secret) {
						t.Errorf("%v tells the secret", err)
					}
					if Clean(err.Error()) != err.Error() {
						t.Errorf("%q is not clean", err)
					}
					if !f.Empty() {
						t.Errorf("the frame that came with the error is not empty")
					}
				})
			}
		}
	}
}

func ask(t *testing.T, kind string, q Query, o Options) (Frame, error) {
	t.Helper()
	set, err := Open(map[string]Options{kind: o})
	if err != nil {
		t.Fatal(err)
	}
	return set.Query(t.Context(), q, testWindow)
}

func wantKind(t *testing.T, err error, source string, kinds ...Kind) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %T %v, want an *Error", err, err)
	}
	if !slices.Contains(kinds, e.Kind) || e.Source != source {
		t.Fatalf("got %s %s: %v, want %s %s", e.Source, e.Kind, e, source, kinds[0])
	}
	return e
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	for _, kind := range Kinds() {
		for _, q := range samples[kind] {
			_, err := ask(t, kind, q, Options{URL: "http://dana:hunter2hunter2@" + at + "/prefix/"})
			wantKind(t, err, kind, Unreachable)
			if s := err.Error(); !strings.Contains(s, "cannot reach "+at) || strings.Contains(s, "hunter2") {
				t.Errorf("%T: %v", q, err)
			}
		}
	}
}

func TestCanceled(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { wait(r) }))
	defer s.Close()
	for _, kind := range Kinds() {
		for _, q := range samples[kind] {
			set, err := Open(map[string]Options{kind: {URL: s.URL}})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Hour, nil)
			time.AfterFunc(10*time.Millisecond, cancel)
			if _, err = set.Query(ctx, q, testWindow); !errors.Is(err, context.Canceled) {
				t.Errorf("%T: %v", q, err)
			}
		}
	}
}

func TestTooLarge(t *testing.T) {
	const limit, all = 1 << 20, 200 << 20
	for _, zipped := range []bool{false, true} {
		var sent atomic.Int64
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Elastic-Product", "Elasticsearch")
			w.Header().Set("Content-Type", "application/json")
			var to io.Writer = w
			if zipped {
				w.Header().Set("Content-Encoding", "gzip")
				z := gzip.NewWriter(w)
				defer z.Close()
				to = z
			}
			io.WriteString(to, `{"status":"success","data":[`)
			part := []byte(strings.Repeat(`"xxxxxxxxxxxxx",`, 4096))
			for n := 0; n < all; n += len(part) {
				if _, err := to.Write(part); err != nil || r.Context().Err() != nil {
					return
				}
				sent.Add(int64(len(part)))
			}
		}))
		for _, kind := range Kinds() {
			for _, q := range samples[kind] {
				sent.Store(0)
				_, err := ask(t, kind, q, Options{URL: s.URL, MaxBytes: limit})
				e := wantKind(t, err, kind, TooLarge, Failed)
				// A decoder that meets the wrong type first may stop before the limit.
				if e.Kind == Failed && !strings.Contains(err.Error(), "not the JSON") {
					t.Errorf("%T: %v", q, err)
				}
				if sent.Load() >= all && !zipped {
					t.Errorf("%T read all of it", q)
				}
			}
		}
		s.Close()
	}
}

func TestDeclaredTooLarge(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		w.Header().Set("Content-Length", "209715200")
		w.Write(make([]byte, 4096))
	}))
	defer s.Close()
	for _, kind := range Kinds() {
		_, err := ask(t, kind, samples[kind][0], Options{URL: s.URL})
		wantKind(t, err, kind, TooLarge)
		if !strings.Contains(err.Error(), "200 MiB") {
			t.Error(err)
		}
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	var reached atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer other.Close()
	for _, code := range []int{301, 302, 307, 308} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, strings.Replace(other.URL, "//", "//u:hunter2@", 1)+"/login", code)
		}))
		for _, kind := range Kinds() {
			for _, q := range samples[kind] {
				_, err := ask(t, kind, q, Options{URL: s.URL, Username: "dana", Password: "sesame"})
				wantKind(t, err, kind, NotThis)
				if !strings.Contains(err.Error(), "/login") || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("%T: %v", q, err)
				}
			}
		}
		s.Close()
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d requests went to the other host", n)
	}
}

func TestUnsupported(t *testing.T) {
	for _, kind := range Kinds() {
		set, err := Open(map[string]Options{kind: {URL: "http://127.0.0.1:1"}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = set[kind].Query(t.Context(), strange(kind), testWindow)
		wantKind(t, err, kind, BadQuery)
	}
}

type strange string

func (s strange) Source() string { return string(s) }
func (s strange) String() string { return "strange" }

func TestOpenRefuses(t *testing.T) {
	for name, o := range map[string]Options{
		"no url":       {},
		"no scheme":    {URL: "127.0.0.1:9090"},
		"other scheme": {URL: "ftp://x"},
		"bad url":      {URL: "http://dana:hunter2 @x:y"},
		"no such ca":   {URL: "https://x", CAFile: "testdata/none.pem"},
		"half a pair":  {URL: "https://x", CertFile: "testdata/none.pem"},
		"ca is no pem": {URL: "https://x", CAFile: "client.go"},
	} {
		for _, kind := range Kinds() {
			_, err := Open(map[string]Options{kind: o})
			if err == nil {
				t.Errorf("%s: %s was opened", name, kind)
			} else if strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := Open(map[string]Options{"loki": {URL: "http://x"}}); err == nil || !strings.Contains(err.Error(), "loki") {
		t.Errorf("unknown kind: %v", err)
	}
}
