package sources_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
	"github.com/elastic/go-elasticsearch/v8/esapi"

	"firewatch/demo/logstore"
	"firewatch/sources"
)

// noon is when the corpus happens.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// logBackend is one server under the contract.
type logBackend struct {
	t    testing.TB
	url  string
	real bool
	run  string // part of every stream's name, so that runs do not meet
	api  *elastictransport.Client
}

// logBackends runs a test against the log store and, where the environment
// names one, against a genuine Elasticsearch.
func logBackends(t *testing.T, test func(t *testing.T, b *logBackend)) {
	t.Run("logstore", func(t *testing.T) {
		s, err := logstore.New(logstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		srv := httptest.NewServer(s)
		t.Cleanup(func() { srv.Close(); s.Close() })
		test(t, newLogBackend(t, srv.URL, false))
	})
	t.Run("elasticsearch", func(t *testing.T) {
		at := os.Getenv("FIREWATCH_TEST_ELASTICSEARCH")
		if at == "" {
			t.Skip("no genuine Elasticsearch: start one with stack/elasticsearch/testserver/run.sh and set FIREWATCH_TEST_ELASTICSEARCH to its address")
		}
		b := newLogBackend(t, at, true)
		b.installTemplate()
		test(t, b)
	})
}

func newLogBackend(t testing.TB, at string, real bool) *logBackend {
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	api, err := elastictransport.NewClient(elastictransport.WithURLs(u))
	if err != nil {
		t.Fatal(err)
	}
	return &logBackend{t: t, url: at, real: real, run: fmt.Sprintf("fw%x", time.Now().UnixNano()), api: api}
}

func (b *logBackend) stream(dataset string) string {
	return "logs-" + b.run + "." + dataset + "-default"
}
func (b *logBackend) pattern() string { return "logs-" + b.run + ".*" }

// installTemplate gives the genuine server the mapping of stack/elasticsearch.
// The minimal distribution lacks match_only_text, lifecycles and processors.
func (b *logBackend) installTemplate() {
	b.t.Helper()
	raw, err := os.ReadFile("../stack/elasticsearch/component-logs-mldemo-mappings.json")
	if err != nil {
		b.t.Fatal(err)
	}
	var component struct{ Template json.RawMessage }
	if err := json.Unmarshal(bytes.ReplaceAll(raw, []byte("match_only_text"), []byte("text")), &component); err != nil {
		b.t.Fatal(err)
	}
	body := fmt.Sprintf(`{"index_patterns":["logs-fw*"],"priority":500,"data_stream":{},"template":%s}`, component.Template)
	if code, answer := b.ask("PUT", "/_index_template/firewatch-contract", body); code != 200 {
		b.t.Fatalf("install the template: %d %s", code, answer)
	}
}

// ask sends one request as curl would.
func (b *logBackend) ask(method, path, body string) (int, []byte) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, answer
}

// load takes documents in through the official client, as they are.
func (b *logBackend) load(stream string, docs ...string) {
	b.t.Helper()
	var body strings.Builder
	for _, d := range docs {
		var doc struct{ Event struct{ ID string } }
		if err := json.Unmarshal([]byte(d), &doc); err != nil {
			b.t.Fatalf("%v: %s", err, d)
		}
		fmt.Fprintf(&body, `{"create":{"_id":%q}}`+"\n%s\n", doc.Event.ID, d)
	}
	resp, err := esapi.BulkRequest{Index: stream, Body: strings.NewReader(body.String()), Pipeline: "_none", Refresh: "true"}.Do(b.t.Context(), b.api)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	if resp.IsError() || !bytes.Contains(answer, []byte(`"errors":false`)) {
		b.t.Fatalf("bulk: %s %.600s", resp.Status(), answer)
	}
}

func (b *logBackend) open(o sources.Options) sources.Source {
	b.t.Helper()
	o.URL = b.url
	if o.Index == "" {
		o.Index = b.pattern()
	}
	set, err := sources.Open(map[string]sources.Options{"elasticsearch": o})
	if err != nil {
		b.t.Fatal(err)
	}
	return set
}

// corpus is thirty lines, a minute apart, the first at noon.
func corpus() (docs []string) {
	at := func(i int) string { return noon.Add(time.Duration(i) * time.Minute).Format("2006-01-02T15:04:05.000Z") }
	add := func(rest string) {
		i := len(docs) + 1
		docs = append(docs, fmt.Sprintf(`{"@timestamp":%q,"event":{"id":"d%02d","sequence":%d,"ingested":%q,"duration":%d},%s}`, at(i-1), i, i, at(i-1), i*1_000_000, rest))
	}
	api := `"service":{"name":"api","version":"1.2.0"},"host":{"name":"node-1"},`
	web := `"service":{"name":"web-front","version":"2.0.0-rc.1"},"host":{"name":"node-2"},`
	add(api + `"log":{"level":"info"},"message":"Started HTTP server on port 8080"`)
	add(api + `"log":{"level":"debug"},"message":"cache miss for user_42"`)
	add(api + `"log":{"level":"error"},"message":"Connection refused by backend 10.1.4.22:9000","error":{"type":"BackendUnavailable","message":"connection refused"},"trace":{"id":"4bf92f3577b34da6a3ce929d0e0e4736"},"span":{"id":"00f067aa0ba902b7"}`)
	add(api + `"log":{"level":"warn"},"message":"retrying request, attempt 2/5","http":{"response":{"status_code":503},"route":"/predict"}`)
	add(web + `"log":{"level":"ERROR"},"message":"Timeout while waiting for upstream (30s)","http":{"response":{"status_code":504},"route":"/predict"},"tags":["slow","edge"]`)
	add(web + `"log":{"level":"Warning"},"message":"disk usage at 91% on /var/log","labels":{"team":"sre","zone":"eu-1"}`)
	add(web + `"log":{"level":"info"},"message":"GET /predict 200 12ms","http":{"response":{"status_code":200},"route":"/predict"},"url":{"path":"/predict"},"client":{"ip":"10.1.4.22"}`)
	add(web + `"log":{"level":"info"},"message":"GET /health 200 1ms","http":{"response":{"status_code":200},"route":"/health"},"url":{"path":"/health"},"client":{"ip":"10.1.9.7"}`)
	add(api + `"log":{"level":"fatal"},"message":"out of memory: killed process 4711","error":{"type":"OOM","stack_trace":"main.run\n\tmain.go:42"}`)
	add(`"message":"a line without level, service or host"`)
	add(api + `"log":{"level":"info"},"message":"model fraud-v2.1 loaded","ml":{"model":{"name":"fraud","version":"2.1"},"score":0.913}`)
	add(api + `"log":{"level":"info"},"message":"prediction made","ml":{"model":{"name":"fraud","version":"2.1"},"score":0.25,"predicted":"ok"}`)
	add(api + `"log":{"level":"critical"},"message":"Überlauf im Puffer, größe=99"`)
	add(web + `"log":{"level":"info"},"message":"user's session isn't valid: foo-bar baz_qux a.b.c"`)
	add(web + `"log":{"level":"trace"},"message":"日本語のログ and some more","tags":["i18n"]`)
	add(api + `"log":{"level":"notice"},"message":"quoted \"inner\" text and back\\slash"`)
	add(api + `"log":{"level":"error"},"message":"backend connection was refused","error":{"type":"BackendUnavailable"},"labels":{"team":"ml","zone":"eu-2"}`)
	add(api + `"log":{"level":"error"},"message":"AND OR NOT are words here: (parens) [brackets] {braces}"`)
	for i := len(docs); i < 30; i++ {
		add(fmt.Sprintf(`"service":{"name":"worker"},"host":{"name":"node-%d"},"log":{"level":%q},"message":"job %d done in %d ms","retries":%d,"ok":%v`,
			i%3, []string{"info", "debug", "error"}[i%3], i, i*7, i%4, i%2 == 0))
	}
	return docs
}

var hour = sources.Window{Start: noon, End: noon.Add(time.Hour), Step: time.Minute}

func ids(list []*sources.Log) string {
	var out []string
	for _, l := range list {
		out = append(out, strings.TrimPrefix(l.ID, "d"))
	}
	return strings.Join(out, " ")
}

// logFilters are filters with the lines of the corpus that they find.
var logFilters = []struct{ filter, level, want string }{
	{"", "", "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30"},
	{"", "error", "03 05 09 13 17 18 21 24 27 30"},
	{"", "warn", "03 04 05 06 09 13 17 18 21 24 27 30"},
	{"", "fatal", "09 13"},
	{"refused", "", "03 17"},
	{"REFUSED", "", "03 17"},
	{"connection refused", "", "03 17"},
	{`"connection refused"`, "", "03"},
	{"refuse", "", ""},
	{"refus*", "", "03 17"},
	{"*fuse*", "", "03 17"},
	{"timeout or refused", "", "03 05 17"},
	{"refused and not was", "", "03"},
	{"not refused and service.name: api and log.level: error", "", "18"},
	{"log.level: error", "", "03 17 18 21 24 27 30"},
	{"level: error", "", "03 17 18 21 24 27 30"},
	{"level >= error", "", "03 05 09 13 17 18 21 24 27 30"},
	{"level > error", "", "09 13"},
	{"level < debug", "", "15"},
	{"level <= debug and not level: trace", "", "02 20 23 26 29"},
	{"service.name: web-front", "", "05 06 07 08 14 15"},
	{`service.name: "web-front"`, "", "05 06 07 08 14 15"},
	{"service.name: web*", "", "05 06 07 08 14 15"},
	{"service.name: web", "", ""},
	{"service.name: (api or worker) and http.response.status_code: *", "", "04"},
	{"service.name: (api or web-front) and level: warn", "", "04"},
	{"http.response.status_code >= 500", "", "04 05"},
	{"http.response.status_code > 503 or http.response.status_code < 201", "", "05 07 08"},
	{"http.response.status_code: 200", "", "07 08"},
	{`http.route: "/predict"`, "", "04 05 07"},
	{`http.route: \/predict`, "", "04 05 07"},
	{"http.route: /predict and not tags: slow", "", "04 07"},
	{"tags: (slow and edge)", "", "05"},
	{"tags: (slow or i18n)", "", "05 15"},
	{"labels.team: *", "", "06 17"},
	{"labels.*: eu-2", "", "17"},
	{"not service.name: *", "", "10"},
	{"error.message: refused", "", "03"},
	{"error.stack_trace: main.run", "", "09"},
	{"error.type: Backend*", "", "03 17"},
	{"trace.id: 4bf92f3577b34da6a3ce929d0e0e4736", "", "03"},
	{"client.ip: 10.1.4.22", "", "07"},
	{`client.ip: "10.1.0.0/16"`, "", "07 08"},
	{"ml.score > 0.5", "", "11"},
	{"ml.score: 0.25", "", "12"},
	{"event.sequence >= 29", "", "29 30"},
	{"retries: 3", "", "20 24 28"},
	{"ok: true and retries: 2", "", "19 23 27"},
	{`@timestamp >= "2026-11-22T12:28:00Z"`, "", "29 30"},
	{"@timestamp < 2026-11-22T12\\:01\\:00Z", "", "01"},
	{"überlauf", "", "13"},
	{"GRÖSSE", "", ""},
	{"größe", "", "13"},
	{"99", "", "13"},
	{"日", "", "15"},
	{"user's", "", "14"},
	{"foo", "", "14"},
	{"foo-bar", "", "14"},
	{"baz_qux", "", "14"},
	{"qux", "", ""},
	{"a.b.c", "", "14"},
	{"user_42", "", "02"},
	{"8080", "", "01"},
	{"fraud-v2.1", "", "11"},
	{`"model fraud v2.1 loaded"`, "", "11"},
	{`"AND OR NOT"`, "", "18"},
	{`\and`, "", "15 16 18"},
	{`"back\\slash"`, "", "16"},
	{"nosuchfield: x", "", ""},
	{"nosuchfield >= 3", "", ""},
	{"(refused or timeout) and (service.name: api)", "error", "03 17"},
	{"message: (prediction or loaded)", "", "11 12"},
	{"message: *", "", "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30"},
	{"job 2*", "", "04 07 08 19 20 21 22 23 24 25 26 27 28 29 30"},
	{"lucene:level:error", "", "03 17 18 21 24 27 30"},
	{"lucene:level:error AND refused", "", "03 17"},
	{"lucene:refused OR timeout", "", "03 05 17"},
	{"lucene:refused AND NOT was", "", "03"},
	{`lucene:"connection refused"`, "", "03"},
	{"lucene:+backend -connection", "", ""},
	{"lucene:http.response.status_code:[500 TO *]", "", "04 05"},
	{"lucene:http.response.status_code:{503 TO 504]", "", "05"},
	{"lucene:http.response.status_code:>=504", "", "05"},
	{"lucene:service.name:(api OR web\\-front) AND log.level:info", "", "01 07 08 11 12 14"},
	{"lucene:_exists_:ml.score", "", "11 12"},
	{"lucene:error.type:Back*", "", "03 17"},
	{"lucene:loaded^2 prediction", "", "11 12"},
	{"lucene:job AND (25 OR 26) AND NOT debug", "", "26 27"},
}

func TestContractLogFilters(t *testing.T) {
	logBackends(t, func(t *testing.T, b *logBackend) {
		b.load(b.stream("app"), corpus()...)
		src := b.open(sources.Options{})
		for _, tt := range logFilters {
			f, err := src.Query(t.Context(), sources.Lines{Filter: tt.filter, Level: tt.level}, hour)
			if err != nil {
				t.Errorf("%q: %v", tt.filter, err)
				continue
			}
			if got := ids(f.Logs); got != tt.want {
				t.Errorf("%q, level %q:\n got %s\nwant %s", tt.filter, tt.level, got, tt.want)
			}
			if f.Total != len(f.Logs) || len(f.Notes) > 0 {
				t.Errorf("%q: total %d of %d lines, notes %q", tt.filter, f.Total, len(f.Logs), f.Notes)
			}
		}
	})
}

func TestContractLogQueries(t *testing.T) {
	logBackends(t, func(t *testing.T, b *logBackend) {
		docs := corpus()
		b.load(b.stream("app"), docs[:20]...)
		b.load(b.stream("client"), docs[20:]...)
		src := b.open(sources.Options{})
		ask := func(q sources.Query, w sources.Window) sources.Frame {
			t.Helper()
			f, err := src.Query(t.Context(), q, w)
			if err != nil {
				t.Fatalf("%T: %v", q, err)
			}
			if f.Cost.Requests == 0 || f.Cost.Bytes == 0 {
				t.Errorf("%T: cost %+v", q, f.Cost)
			}
			return f
		}

		f := ask(sources.Lines{Limit: 3}, hour)
		if got := ids(f.Logs); got != "28 29 30" || f.Total != 30 {
			t.Errorf("the newest three of two streams: %s of %d", got, f.Total)
		}
		part := hour
		part.Start, part.End = noon.Add(5*time.Minute), noon.Add(8*time.Minute)
		if got := ids(ask(sources.Lines{}, part).Logs); got != "06 07 08" {
			t.Errorf("a window of three minutes: %s", got)
		}
		part.Live = true
		if got := ask(sources.Lines{}, part); len(got.Logs) != 25 {
			t.Errorf("a live window has %d lines, those after its last step included it is 25", len(got.Logs))
		}

		l := ask(sources.Lines{Filter: "level: error and refused"}, hour).Logs[0]
		if l.Message != "Connection refused by backend 10.1.4.22:9000" || l.Level != "error" || l.Service != "api" || l.Host != "node-1" ||
			l.TraceID != "4bf92f3577b34da6a3ce929d0e0e4736" || l.SpanID != "00f067aa0ba902b7" || l.ErrorType != "BackendUnavailable" || l.Seq != 3 ||
			!l.Time.Equal(noon.Add(2*time.Minute)) || !l.Ingested.Equal(l.Time) || l.Late {
			t.Errorf("a line decodes to %+v", *l)
		}
		fields := map[string]string{}
		for _, f := range l.Fields() {
			fields[f.Name] = f.Value
		}
		if fields["service.name"] != "api" || fields["event.sequence"] != "3" || fields["error.message"] != "connection refused" || len(fields) != 14 {
			t.Errorf("its fields are %v", fields)
		}

		f = ask(sources.Histogram{Buckets: 12}, hour)
		got := map[string]string{}
		for _, s := range f.Series {
			var counts []string
			for _, p := range s.Points {
				counts = append(counts, fmt.Sprint(p.V))
			}
			got[s.Labels["level"]] = strings.Join(counts, " ")
		}
		want := map[string]string{
			"trace": "0 0 1 0 0 0 0 0 0 0 0 0", "debug": "1 0 0 1 1 2 0 0 0 0 0 0", "info": "1 2 3 2 2 1 0 0 0 0 0 0",
			"warn": "1 1 0 0 0 0 0 0 0 0 0 0", "error": "2 0 0 2 2 2 0 0 0 0 0 0", "fatal": "0 1 1 0 0 0 0 0 0 0 0 0", "": "0 1 0 0 0 0 0 0 0 0 0 0",
		}
		for level, counts := range want {
			if got[level] != counts {
				t.Errorf("histogram of %q: %s, want %s", level, got[level], counts)
			}
		}
		if len(f.Series) != 7 || f.Series[4].Labels["level"] != "error" || f.Total != 30 || f.Series[0].Points[0].T != noon.UnixMilli() {
			t.Errorf("histogram: %d series, total %d", len(f.Series), f.Total)
		}

		live := sources.Window{Start: noon.Add(2 * time.Minute), End: noon.Add(26*time.Minute + 30*time.Second), Step: 30 * time.Second, Live: true}
		f = ask(sources.Histogram{Buckets: 6}, live)
		if p := f.Series[2].Points; len(p) != 6 || p[0].T != noon.UnixMilli() || f.Total != 30 {
			t.Errorf("a live histogram of whole buckets has %d of them from %d with %d lines", len(p), p[0].T, f.Total)
		}

		facet := func(q sources.Facet) (out []string) {
			for _, s := range ask(q, hour).Series {
				out = append(out, fmt.Sprintf("%s=%v", s.Labels["value"], s.Points[0].V))
			}
			return out
		}
		if got := facet(sources.Facet{Field: "service.name", Size: 2}); !slices.Equal(got, []string{"worker=12", "api=11"}) {
			t.Errorf("services: %v", got)
		}
		if got := facet(sources.Facet{Field: "http.response.status_code"}); !slices.Equal(got, []string{"200=2", "503=1", "504=1"}) {
			t.Errorf("status codes: %v", got)
		}
		if got := facet(sources.Facet{Field: "level", Filter: "service.name: web*"}); !slices.Equal(got, []string{"info=3", "ERROR=1", "Warning=1", "trace=1"}) {
			t.Errorf("levels: %v", got)
		}
		if got := facet(sources.Facet{Field: "ok"}); !slices.Equal(got, []string{"false=6", "true=6"}) {
			t.Errorf("booleans: %v", got)
		}
		if got := facet(sources.Facet{Field: "nosuch"}); len(got) != 0 {
			t.Errorf("a field that is not mapped: %v", got)
		}

		types := map[string]string{}
		for _, m := range ask(sources.Fields{}, hour).Metadata {
			types[m.Name] = m.Type
		}
		for name, kind := range map[string]string{"@timestamp": "date", "message": "text", "log.level": "keyword", "level": "keyword", "retries": "long", "ok": "boolean", "client.ip": "ip", "labels.team": "keyword", "ml.score": "float"} {
			if types[name] != kind {
				t.Errorf("field %s is %q, want %s", name, types[name], kind)
			}
		}
		if _, ok := types["service"]; ok || types["_id"] != "" {
			t.Errorf("objects and metadata are listed: %v", types)
		}

		st := ask(sources.LogStatus{}, hour).Status
		if !strings.HasPrefix(st.Version, "8.19.") || st.Health == "" {
			t.Errorf("status: %+v", st)
		}

		none := b.open(sources.Options{Index: "logs-nosuch-*"})
		for _, q := range []sources.Query{sources.Lines{}, sources.Tail{}, sources.Histogram{}, sources.Facet{Field: "service.name"}, sources.Fields{}} {
			f, err := none.Query(t.Context(), q, hour)
			if err != nil || len(f.Logs) > 0 || f.Total != 0 {
				t.Errorf("%T of a pattern that matches nothing: %v, %d lines", q, err, len(f.Logs))
			}
		}

		for filter, says := range map[string]string{
			"http.response.status_code: abc": "abc",
			"@timestamp > yesterday":         "yesterday",
			"lucene:a AND (":                 "parse",
		} {
			_, err := src.Query(t.Context(), sources.Lines{Filter: filter}, hour)
			if filter == "lucene:a AND (" {
				if err == nil { // lenient is the server's word for finding nothing
					continue
				}
			}
			if e, ok := err.(*sources.Error); !ok || e.Kind != sources.BadQuery || !strings.Contains(strings.ToLower(e.Error()), says) {
				t.Errorf("%q: %v", filter, err)
			}
		}
		readonly := b.open(sources.Options{ReadOnly: true})
		for _, q := range []sources.Query{sources.Lines{}, sources.Tail{}, sources.Histogram{}, sources.Fields{}, sources.LogStatus{}} {
			if _, err := readonly.Query(t.Context(), q, hour); err != nil {
				t.Errorf("%T in a read-only context: %v", q, err)
			}
		}
	})
}

// TestContractLogTail follows numbered lines while they arrive: in bursts larger
// than a page, late by a minute, all in one millisecond. Every one is there, once.
func TestContractLogTail(t *testing.T) {
	logBackends(t, func(t *testing.T, b *logBackend) {
		src := b.open(sources.Options{})
		n := 0
		write := func(count int, at, ingested time.Time, spread time.Duration) {
			t.Helper()
			var docs []string
			for i := range count {
				n++
				d := time.Duration(i) * spread
				docs = append(docs, fmt.Sprintf(`{"@timestamp":%q,"log":{"level":"info"},"message":"line %d","event":{"id":"%s-%d","sequence":%d,"ingested":%q}}`,
					at.Add(d).Format("2006-01-02T15:04:05.000Z"), n, b.run, n, n, ingested.Add(d).Format("2006-01-02T15:04:05.000Z")))
			}
			b.load(b.stream("tail"), docs...)
		}
		q := sources.Tail{Limit: 20_000}
		poll := func() sources.Frame {
			t.Helper()
			f, err := src.Query(t.Context(), q, sources.Window{})
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		check := func(f sources.Frame, first, last int) {
			t.Helper()
			count := map[int64]int{}
			for i, l := range f.Logs {
				count[l.Seq]++
				if i > 0 && l.Time.Before(f.Logs[i-1].Time) {
					t.Fatalf("line %d is out of order", l.Seq)
				}
			}
			for i := first; i <= last; i++ {
				if count[int64(i)] != 1 {
					t.Fatalf("line %d is there %d times among %d", i, count[int64(i)], len(f.Logs))
				}
			}
			if len(f.Logs) != last-first+1 || len(f.Notes) > 0 {
				t.Fatalf("%d lines, want %d to %d; notes %q", len(f.Logs), first, last, f.Notes)
			}
		}

		write(700, noon, noon, time.Millisecond)
		check(poll(), 201, 700) // the newest page; what was there before is not the tail's business
		check(poll(), 201, 700)
		write(1, noon.Add(2*time.Second), noon.Add(2*time.Second), 0)
		check(poll(), 201, 701)
		write(2500, noon.Add(3*time.Second), noon.Add(3*time.Second), 0) // one millisecond, three pages
		check(poll(), 201, 3201)
		before := poll()
		write(5, noon.Add(time.Second), noon.Add(3*time.Second), 0) // stamped before, visible after the cursor passed
		check(poll(), 201, 3206)
		write(4, noon.Add(-time.Minute), noon.Add(5*time.Second), time.Millisecond) // late by their own clock
		f := poll()
		check(f, 201, 3210)
		for i, l := range f.Logs[:4] {
			if !l.Late || l.Seq != int64(3207+i) {
				t.Errorf("line %d at the front: late %v", l.Seq, l.Late)
			}
		}
		if f.Logs[4].Late || len(before.Logs) != 3001 {
			t.Errorf("an earlier answer changed, or a line that is not late is marked")
		}
		write(6900, noon.Add(8*time.Second), noon.Add(8*time.Second), time.Millisecond) // more than a poll reads
		f = poll()
		if len(f.Notes) != 1 || f.Notes[0] != "900 lines skipped, narrow the filter" || f.Logs[len(f.Logs)-1].Seq != int64(n) {
			t.Errorf("after a flood: %d lines, the last is %d of %d, notes %q", len(f.Logs), f.Logs[len(f.Logs)-1].Seq, n, f.Notes)
		}
		have := len(f.Logs)
		write(10, noon.Add(16*time.Second), noon.Add(16*time.Second), time.Millisecond)
		if f = poll(); len(f.Logs) != have+10 {
			t.Errorf("after the flood %d lines came, want 10", len(f.Logs)-have)
		}

		small, err := src.Query(t.Context(), sources.Tail{Limit: 50, Level: "info", Filter: "line"}, sources.Window{})
		if err != nil || len(small.Logs) != 50 || small.Logs[49].Seq != int64(n) {
			t.Errorf("a tail of 50: %d lines, %v", len(small.Logs), err)
		}
	})
}

// TestContractLogTailWithoutIngested follows lines by their own time.
func TestContractLogTailWithoutIngested(t *testing.T) {
	logBackends(t, func(t *testing.T, b *logBackend) {
		src := b.open(sources.Options{})
		n := 0
		write := func(count int, at time.Time) {
			var docs []string
			for range count {
				n++
				docs = append(docs, fmt.Sprintf(`{"@timestamp":%q,"message":"line","event":{"id":"%d","sequence":%d}}`, at.Format("2006-01-02T15:04:05.000Z"), n, n))
			}
			b.load(b.stream("plain"), docs...)
		}
		for i, want := range []int{20, 25, 1525, 1526} {
			switch i {
			case 0:
				write(20, noon)
			case 1:
				write(5, noon.Add(-4*time.Second))
			case 2:
				write(1500, noon.Add(time.Second))
			case 3:
				write(1, noon.Add(2*time.Second))
			}
			f, err := src.Query(t.Context(), sources.Tail{}, sources.Window{})
			if err != nil || len(f.Logs) != want {
				t.Errorf("poll %d: %d lines, want %d; %v", i, len(f.Logs), want, err)
			}
		}
	})
}
