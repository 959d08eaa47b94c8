package stack_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// line is one case of TestElasticsearchLines. MARK in its text stands for a mark
// that no other case has.
type line struct {
	name  string
	text  string            // a line of a log file, or a document when posted
	post  bool              // an application posts it itself
	want  map[string]string // fields by path, printed; "" for one that is not there
	tags  string
	where string // the stream's data set: "" for its own, or rejected
}

const aLongText = 1 << 20

var lines = []line{
	{name: "the demo's own line", text: `{"@timestamp":"2026-11-22T15:14:02.381Z","log.level":"error","message":"request failed MARK","ecs.version":"8.17.0","event":{"dataset":"mldemo.inference","kind":"event","category":["web"],"action":"request-failed","id":"MARK-id","sequence":48211,"duration":18211000},"service":{"name":"fraud-scorer","version":"2.3.0","environment":"demo","node":{"name":"demo-1"}},"trace.id":"4bf92f3577b34da6a3ce929d0e0e4736","span.id":"00f067aa0ba902b7","http":{"request":{"method":"POST"},"response":{"status_code":500},"route":"/predict"},"error":{"type":"BackendUnavailable","message":"model backend unavailable"},"ml":{"score":0.913},"labels":{"chaos":"error-burst"}}`,
		want: map[string]string{"@timestamp": "2026-11-22T15:14:02.381Z", "log.level": "error", "event.outcome": "failure", "trace.id": "4bf92f3577b34da6a3ce929d0e0e4736", "service.name": "fraud-scorer", "host.name": "filebeat", "error.message": "model backend unavailable", "log.file.path": "/var/log/mldemo/fraud-scorer.log", "agent.id": "", "input": "", "ecs.version": "8.17.0", "_id": "MARK-id"}},
	{name: "dotted keys", text: `{"@timestamp":"2026-11-22T15:14:02Z","log.level":"WARN","message":"MARK","http.response.status_code":404,"service.name":"a"}`,
		want: map[string]string{"log.level": "warn", "event.outcome": "success", "service.name": "a"}},
	{name: "nested keys, posted", post: true, text: `{"@timestamp":"2026-11-22T15:14:02Z","log":{"level":"Error"},"message":"MARK","http":{"response":{"status_code":503}}}`,
		want: map[string]string{"log.level": "error", "event.outcome": "failure", "event.kind": "event", "ecs.version": "8.17.0"}},
	{name: "the seed's own check, posted", post: true, text: `{"level":"ERROR","message":"MARK"}`,
		want: map[string]string{"log.level": "error", "level": ""}},
	{name: "both spellings of a level", text: `{"level":"x","log":{"level":"debug"},"message":"MARK"}`,
		want: map[string]string{"log.level": "debug", "labels.level": "x"}},
	{name: "a number from a JSON logger", text: `{"level":50,"time":1763824442381,"msg":"MARK","pid":7}`,
		want: map[string]string{"log.level": "error", "@timestamp": "2025-11-22T15:14:02.381Z", "message": "MARK"}},
	{name: "seconds with a fraction", text: `{"level":"info","ts":1763824442.381,"msg":"MARK"}`,
		want: map[string]string{"@timestamp": "2025-11-22T15:14:02.381Z"}},
	{name: "a level nobody knows", text: `{"level":"loud","message":"MARK"}`, want: map[string]string{"log.level": "info", "labels.level": "loud"}},
	{name: "synonyms", text: `{"level":"[CRITICAL]","message":"MARK"}`, want: map[string]string{"log.level": "fatal"}},
	{name: "OpenTelemetry", text: `{"timestamp":"2026-11-22T15:14:02.381123456Z","severity_text":"WARN","severity_number":13,"body":{"text":"MARK"},"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","resource":{"attributes":{"service.name":"checkout","host.name":"web-1"}},"attributes":{"exception.type":"IOError","exception.stacktrace":"at x"}}`,
		want: map[string]string{"log.level": "warn", "message": "MARK", "trace.id": "4bf92f3577b34da6a3ce929d0e0e4736", "span.id": "00f067aa0ba902b7", "service.name": "checkout", "host.name": "filebeat", "error.type": "IOError", "error.stack_trace": "at x", "@timestamp": "2026-11-22T15:14:02.381123456Z"}},
	{name: "OpenTelemetry by number alone", text: `{"severity_number":21,"body":"MARK"}`, want: map[string]string{"log.level": "fatal", "message": "MARK"}},
	{name: "values where ECS has objects", text: `{"host":"web-1","service":"pay","error":"no route","user":"u-1","event":"MARK","log":"x"}`,
		want: map[string]string{"host.name": "web-1", "service.name": "pay", "error.message": "no route", "user.id": "u-1", "log.level": "info"}},
	{name: "a message that is an object", text: `{"message":{"a":"MARK"},"level":"error"}`, want: map[string]string{"message": "{a=MARK}", "log.level": "error"}},
	{name: "no message", text: `{"level":"error","code":"MARK"}`, want: map[string]string{"message": `{"level":"error","code":"MARK"}`}},
	{name: "no time, posted", post: true, text: `{"message":"MARK"}`, want: map[string]string{"log.level": "info", "@timestamp": "now"}},
	{name: "no time in a line: when it was read", text: `{"message":"MARK"}`, want: map[string]string{"@timestamp": "2026-11-22T16:00:00.000Z"}},
	{name: "a time that is none", text: `{"@timestamp":"yesterday","message":"MARK"}`, tags: "_bad_timestamp",
		want: map[string]string{"@timestamp": "2026-11-22T16:00:00.000Z", "labels.timestamp": "yesterday"}},
	{name: "a day that is none", text: `{"@timestamp":"2026-13-45T15:14:02Z","message":"MARK"}`, tags: "_bad_timestamp", want: map[string]string{"@timestamp": "2026-11-22T16:00:00.000Z"}},
	{name: "a time that is an object", text: `{"@timestamp":{"a":1},"message":"MARK"}`, tags: "_bad_timestamp", want: map[string]string{"@timestamp": "2026-11-22T16:00:00.000Z"}},
	{name: "two times", text: `{"@timestamp":["2026-11-22T15:14:02Z","2026-11-22T15:14:03Z"],"message":"MARK"}`, want: map[string]string{"@timestamp": "2026-11-22T15:14:02Z"}},
	{name: "nanoseconds and a zone", text: `{"@timestamp":"2026-11-22T16:14:02.381123456+01:00","message":"MARK"}`, want: map[string]string{"@timestamp": "2026-11-22T16:14:02.381123456+01:00"}},
	{name: "the year ten thousand", text: `{"@timestamp":"+12026-11-22T16:14:02Z","message":"MARK"}`, tags: "_bad_timestamp"},

	{name: "plain", text: `2026-11-22T15:14:02.381Z ERROR  main - it broke MARK`, want: map[string]string{"log.level": "error", "@timestamp": "2026-11-22T15:14:02.381Z", "message": "main - it broke MARK", "event.original": `2026-11-22T15:14:02.381Z ERROR  main - it broke MARK`}},
	{name: "plain, as Python writes", text: `2026-11-22 15:14:02,381 WARNING app: low MARK`, want: map[string]string{"log.level": "warn", "@timestamp": "2026-11-22T15:14:02.381Z", "message": "app: low MARK"}},
	{name: "plain, in brackets", text: `[2026-11-22 15:14:02] [crit] disk MARK`, want: map[string]string{"log.level": "fatal", "@timestamp": "2026-11-22T15:14:02Z", "message": "disk MARK"}},
	{name: "plain, as Go writes", text: `2026/11/22 15:14:02 listening on MARK`, want: map[string]string{"log.level": "info", "@timestamp": "2026-11-22T15:14:02Z", "message": "listening on MARK"}},
	{name: "logfmt", text: `level=warn ts=2026-11-22T15:14:02.381Z component=rules msg="two words MARK" err=""`, want: map[string]string{"log.level": "warn", "@timestamp": "2026-11-22T15:14:02.381Z", "message": "two words MARK", "labels.component": "rules"}},
	{name: "plain without anything", text: `just words MARK`, want: map[string]string{"log.level": "info", "message": "just words MARK", "@timestamp": "2026-11-22T16:00:00.000Z"}},
	{name: "a number first", text: `1763824442 is not always a time MARK`, want: map[string]string{"@timestamp": "2026-11-22T16:00:00.000Z", "message": "1763824442 is not always a time MARK"}},
	{name: "a stack trace", text: "panic: index out of range MARK\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:7 +0x1d", want: map[string]string{"log.level": "fatal"}},
	{name: "Python's trace", text: "Traceback (most recent call last):\n  File \"a.py\", line 1\nValueError: MARK", want: map[string]string{"log.level": "error"}},

	{name: "broken JSON", text: `{"level":"error","message":"MARK`, tags: "_not_json", want: map[string]string{"error.type": "json", "message": `{"level":"error","message":"MARK`, "log.level": "info"}},
	{name: "two values in a line", text: `{"message":"MARK"} {"message":"second"}`, tags: "_not_json", want: map[string]string{"message": `{"message":"MARK"} {"message":"second"}`}},
	{name: "a brace and nothing else", text: `{MARK`, tags: "_not_json", want: map[string]string{"message": "{MARK"}},
	{name: "keys twice", text: `{"message":"first","message":"MARK","level":"info","level":"error"}`, want: map[string]string{"message": "MARK", "log.level": "error"}},
	{name: "the server's own names", text: `{"_id":"x","_index":"other","_routing":"r","_source":{"a":1},"message":"MARK"}`, want: map[string]string{"id": "x", "index": "other", "message": "MARK"}},
	{name: "another stream's names", text: `{"data_stream":{"dataset":"evil","type":"metrics"},"message":"MARK"}`, want: map[string]string{"data_stream.type": "logs", "data_stream.namespace": "default"}},
	{name: "names that no mapping takes", text: `{"":1,".":2,"a..b":3,".c":4,"d.":5," ":6,"message":"MARK"}`, want: map[string]string{"message": "MARK", "a._.b": "3", "unnamed.c": "4", "d._": "5"}},
	{name: "a name and names below it", text: `{"x":"v","x.y":"w","x.y.z":"q","message":"MARK"}`, want: map[string]string{"x.value": "v", "x.y.value": "w", "x.y.z": "q"}},
	{name: "deeper than a mapping goes", text: `{"message":"MARK","deep":` + strings.Repeat(`{"a":`, 300) + `1` + strings.Repeat(`}`, 300) + `}`, want: map[string]string{"message": "MARK"}},
	{name: "dots deeper than a mapping goes", text: `{"message":"MARK","` + strings.Repeat("a.", 300) + `b":1}`, want: map[string]string{"message": "MARK"}},
	{name: "a line of a megabyte", text: `{"message":"MARK ` + strings.Repeat("word ", aLongText/5) + `","service":{"name":"` + strings.Repeat("n", 40_000) + `"},"note":"` + strings.Repeat("n", 40_000) + `"}`, want: map[string]string{"log.level": "info"}},
	{name: "a plain line of a megabyte", text: `MARK ` + strings.Repeat("w", aLongText), want: map[string]string{"log.level": "info"}},
	{name: "control characters", text: "{\"message\":\"MARK \\u0000\\u001b[31mred\\u202e\\u2028\",\"level\":\"error\"}", want: map[string]string{"message": "MARK \x00\x1b[31mred\u202e\u2028", "log.level": "error"}},
	{name: "control characters, plain", text: "MARK \x00\x1b[31mred", want: map[string]string{"message": "MARK \x00\x1b[31mred"}},
	{name: "bytes that are not UTF-8, as Filebeat writes them", text: "MARK " + strings.ToValidUTF8("\xff\xfe caf\xe9", "\ufffd"), want: map[string]string{"message": "MARK \ufffd caf\ufffd"}},
	{name: "values of the wrong type", text: `{"message":"MARK","client":{"ip":"not an address"},"event":{"duration":"long"},"http":{"response":{"status_code":"OK"}},"ml":{"score":"high"}}`,
		want: map[string]string{"event.outcome": "unknown", "client.ip": "not an address", "ml.score": "high"}},
	{name: "an object where another line has a value", text: `{"message":"MARK","service":{"name":{"first":"a"}}}`, where: "rejected",
		want: map[string]string{"error.type": "rejected", "log.level": "error", "event.kind": "pipeline_error"}, tags: "_rejected"},
	{name: "what this pipeline calls its own", post: true, text: `{"message":"MARK","__one":5,"__line":7}`, tags: "_ingest_failure",
		want: map[string]string{"message": "MARK", "error.type": "ingest", "event.kind": "pipeline_error", "log.level": "error"}},
	{name: "the fault of a line that has an error", text: `{"message":"MARK","error":{"message":"its own"},"@timestamp":"never"}`, tags: "_bad_timestamp", want: map[string]string{"error.message": "its own"}},
	{name: "labels of any type", text: `{"message":"MARK","labels":{"a":1,"b":true,"c":"2026-11-22","d":1.5}}`, want: map[string]string{"labels.a": "1"}},
	{name: "labels of the other types", text: `{"message":"MARK","labels":{"a":"text","b":7,"c":false,"d":"x"}}`, want: map[string]string{"labels.a": "text"}},
	{name: "labels that are a list", text: `{"message":"MARK","labels":["a","b"]}`, want: map[string]string{"labels.value": "[a b]"}},
	{name: "tags that are a word", text: `{"message":"MARK","tags":"one"}`, want: map[string]string{"tags": "one"}},
	{name: "an id that is too long", text: `{"message":"MARK","event":{"id":"` + strings.Repeat("x", 600) + `"}}`, want: map[string]string{"message": "MARK"}},
	{name: "an id that is a number", text: `{"message":"MARK","event":{"id":123456789012}}`, want: map[string]string{"event.id": "123456789012", "_id": "123456789012"}},
	{name: "nothing at all, posted", post: true, text: `{"labels":{"x":"MARK"}}`, want: map[string]string{"message": "(no message)", "labels.x": "MARK"}},
	{name: "an empty id", post: true, text: `{"message":"MARK","event":{"id":""}}`, want: map[string]string{"message": "MARK"}},
	{name: "an event of Alertmanager", text: `{"@timestamp":"2026-11-22T15:14:02.381123456Z", "instance":"am-1", "data":{"notification":{"alerts":[{"hash":"17293822569102704640", "details":{"fingerprint":"17293822569102704640", "name":"MARK", "labels":{"labels":[{"key":"alertname", "value":"MARK"}]}, "startsAt":"2026-11-22T15:13:52Z"}}], "groupInfo":{"receiverName":"pager"}, "repeatInterval":"1800s", "reason":"NOTIFY_REASON_FIRST_NOTIFICATION", "flushId":"1", "integration":{"name":"pagerduty"}}}}`,
		want: map[string]string{"@timestamp": "2026-11-22T15:14:02.381123456Z", "instance": "am-1", "data.notification.reason": "NOTIFY_REASON_FIRST_NOTIFICATION", "data.notification.groupInfo.receiverName": "pager", "data.notification.integration.name": "pagerduty", "log.level": "info"}},
	// The last, since no field that comes after is indexed.
	{name: "five thousand fields", text: `{"message":"MARK"` + manyFields(5000) + `}`, want: map[string]string{"message": "MARK", "field4999": "4999"}},
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"field%d":%d`, i, i)
	}
	return b.String()
}

// TestElasticsearchLines feeds good, malformed and hostile lines through the
// pipeline and finds each of them again.
func TestElasticsearchLines(t *testing.T) {
	e := fullElasticsearch(t)
	stream := e.stream("lines")
	var docs []string
	for i, l := range lines {
		text := strings.ReplaceAll(l.text, "MARK", fmt.Sprintf("mark%03d", i))
		if !l.post {
			text = handedOver(text, i)
		}
		docs = append(docs, text)
	}
	if known := e.ship(stream, docs...); known != 0 {
		t.Errorf("%d new lines were taken for known ones", known)
	}
	pattern := "logs-mldemo." + e.run + "*"
	e.ask("POST", "/"+pattern+"/_refresh", "", nil)
	kept := e.all(pattern)
	if len(kept) != len(lines) {
		t.Errorf("%d lines were sent, %d are there", len(lines), len(kept))
	}
	for i, l := range lines {
		mark := fmt.Sprintf("mark%03d", i)
		t.Run(l.name, func(t *testing.T) {
			hits := find(kept, mark)
			if len(hits) != 1 {
				t.Fatalf("%d documents carry %s, want one", len(hits), mark)
			}
			d := hits[0]
			for path, want := range l.want {
				want = strings.ReplaceAll(want, "MARK", mark)
				var got any = d.ID
				if path != "_id" {
					got = d.get(path)
				}
				s := ""
				if got != nil {
					s = fmt.Sprint(got)
				}
				if n, ok := got.(float64); ok {
					s = fmt.Sprintf("%.12g", n)
				}
				if want == "now" {
					at, err := time.Parse(time.RFC3339, s)
					if err != nil || time.Since(at).Abs() > 5*time.Minute {
						t.Errorf("%s is %q, want the present", path, s)
					}
					continue
				}
				if s != want {
					t.Errorf("%s is %.200q, want %.200q", path, s, want)
				}
			}
			var tags []string
			if list, ok := d.get("tags").([]any); ok {
				for _, tag := range list {
					tags = append(tags, fmt.Sprint(tag))
				}
			}
			if l.tags != "" && !slices.Contains(tags, l.tags) {
				t.Errorf("tags are %v, want %s", tags, l.tags)
			}
			if l.tags == "" && strings.Contains(strings.Join(tags, " "), "_") {
				t.Errorf("tagged %v: %v", tags, d.get("error.message"))
			}
			if at, err := time.Parse(time.RFC3339, fmt.Sprint(d.get("event.ingested"))); err != nil || time.Since(at).Abs() > 5*time.Minute {
				t.Errorf("event.ingested is %v", d.get("event.ingested"))
			}
			for name := range d.Source {
				if strings.HasPrefix(name, "__") {
					t.Errorf("%s left the pipeline", name)
				}
			}
			if where := "rejected"; (l.where == where) != strings.Contains(d.Index, e.run+where) {
				t.Errorf("it is in %v, want it in %q", d.Index, l.where)
			}
		})
	}

	t.Run("sent again", func(t *testing.T) {
		var files []string
		for i, l := range lines {
			if !l.post && l.where == "" && l.name != "an id that is too long" {
				files = append(files, docs[i])
			}
		}
		if known := e.ship(stream, files...); known != len(files) {
			t.Errorf("%d lines were sent again, %d are known", len(files), known)
		}
	})
	t.Run("found as the console asks", func(t *testing.T) {
		for query, atLeast := range map[string]int{"level:error": 5, "log.level:fatal": 4, "event.outcome:failure": 2, "tags:_not_json": 3, "event.kind:pipeline_error": 2, "labels.a:text": 1, `message:"it broke"`: 1} {
			var got struct {
				Hits struct{ Total struct{ Value int } }
			}
			e.ask("POST", "/"+pattern+"/_search", encode(map[string]any{"query": map[string]any{"query_string": map[string]any{"query": query}}}), &got)
			if got.Hits.Total.Value < atLeast {
				t.Errorf("%s finds %d lines, want %d", query, got.Hits.Total.Value, atLeast)
			}
		}
	})
}

// TestElasticsearchRefusesAloud sends what is no document at all: the sender is
// told, so that it can keep it.
func TestElasticsearchRefusesAloud(t *testing.T) {
	e := fullElasticsearch(t)
	stream := e.stream("refused")
	for name, doc := range map[string]string{
		"bytes that are not UTF-8": "{\"message\":\"\xff\xfe\"}",
		"broken JSON":              `{"message":"x"`,
		"the server's own names":   `{"_id":"x","message":"y"}`,
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), "POST", e.url+"/"+stream+"/_doc", strings.NewReader(doc))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			answer, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != 400 || !json.Valid(answer) || !bytes.Contains(answer, []byte("reason")) {
				t.Errorf("%d %s", resp.StatusCode, answer)
			}
		})
	}
}

// TestElasticsearchMarksEmptyDocuments posts what the server takes for a document
// without fields: a list loses its elements before the pipeline sees it.
func TestElasticsearchMarksEmptyDocuments(t *testing.T) {
	e := fullElasticsearch(t)
	for _, doc := range []string{`{}`, `[1,2]`} {
		stream := e.stream("empty")
		if code := e.ask("POST", "/"+stream+"/_doc?refresh=true", doc, nil); code != 201 {
			t.Errorf("%s: %d", doc, code)
		}
		for _, d := range e.all(stream) {
			if !strings.Contains(d.text, "_not_json") || !strings.Contains(fmt.Sprint(d.get("error.message")), "empty") {
				t.Errorf("%s became %s", doc, d.text)
			}
		}
	}
}

// TestElasticsearchTakesLinesQuickly feeds lines as the demo writes them.
func TestElasticsearchTakesLinesQuickly(t *testing.T) {
	e := fullElasticsearch(t)
	const n, batch = 5000, 500
	stream, docs := e.stream("many"), []string{}
	for i := range n {
		docs = append(docs, handedOver(strings.ReplaceAll(strings.ReplaceAll(lines[0].text, "MARK-id", fmt.Sprintf("%s-%d", e.run, i)), "MARK", fmt.Sprint(i)), i))
	}
	began := time.Now()
	for part := range slices.Chunk(docs, batch) {
		e.ship(stream, part...)
	}
	took := time.Since(began)
	var count struct{ Count int }
	e.ask("GET", "/"+stream+"/_count", "", &count)
	if count.Count != n {
		t.Errorf("%d of %d lines are there", count.Count, n)
	}
	t.Logf("%d lines in %s: %.0f a second", n, took.Round(time.Millisecond), n/took.Seconds())
}
