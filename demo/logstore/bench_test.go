package logstore

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// line is a document such as the demo's service writes.
func line(r *rand.Rand, i int, at time.Time) []byte {
	level := [...]string{"info", "info", "info", "info", "info", "info", "debug", "debug", "warn", "error"}[r.IntN(10)]
	message := fmt.Sprintf("prediction %d made for user u-%04d in %dms", i, r.IntN(3000), r.IntN(80))
	if level == "error" {
		message = "request failed: model backend unavailable"
	}
	b, err := json.Marshal(map[string]any{
		"@timestamp": at.Format("2006-01-02T15:04:05.000Z"), "log.level": level, "message": message, "ecs.version": "8.17.0",
		"event":    map[string]any{"dataset": "mldemo.inference", "kind": "event", "action": "prediction-made", "outcome": "success", "id": fmt.Sprintf("01JD9W3V7X%012d", i), "sequence": i, "duration": r.IntN(90_000_000)},
		"service":  map[string]any{"name": "fraud-scorer", "version": "2.3.0", "environment": "demo", "node": map[string]any{"name": fmt.Sprintf("demo-%d", r.IntN(4))}},
		"trace.id": fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()), "span.id": fmt.Sprintf("%016x", r.Uint64()),
		"http": map[string]any{"request": map[string]any{"method": "POST", "id": fmt.Sprintf("r-%d", i)}, "response": map[string]any{"status_code": 200}, "route": "/predict"},
		"url":  map[string]any{"path": "/predict"}, "client": map[string]any{"ip": fmt.Sprintf("10.1.%d.%d", r.IntN(8), r.IntN(256))}, "user": map[string]any{"id": fmt.Sprintf("u-%04d", r.IntN(3000))},
		"ml": map[string]any{"model": map[string]any{"name": "fraud", "version": "1.4.0", "variant": "primary"}, "score": r.Float64(), "predicted": "legit"},
	})
	if err != nil {
		panic(err)
	}
	return b
}

func filled(tb testing.TB, n int) *Store {
	s := open(tb, Options{MaxBytes: 1 << 30})
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		if err := s.Add("logs-mldemo.inference-default", line(r, i, noon.Add(time.Duration(i-n)*30*time.Millisecond))); err != nil {
			tb.Fatal(err)
		}
	}
	return s
}

func BenchmarkAdd(b *testing.B) {
	s := open(b, Options{MaxBytes: 1 << 30})
	r := rand.New(rand.NewPCG(1, 2))
	docs := make([][]byte, b.N)
	for i := range docs {
		docs[i] = line(r, i, noon.Add(time.Duration(i)*time.Millisecond))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, d := range docs {
		if err := s.Add("logs-mldemo.inference-default", d); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkQuery asks a store of 100,000 documents what the console asks.
func BenchmarkQuery(b *testing.B) {
	const n = 100_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := filled(b, n)
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.Logf("%d bytes a document by the heap, %d by the store's own count", (after.HeapAlloc-before.HeapAlloc)/n, s.bytes/n)
	sorted := `"sort":[{"@timestamp":{"order":"desc","unmapped_type":"date"}},{"event.sequence":{"order":"desc","unmapped_type":"long","missing":"_last"}}]`
	hour := `{"range":{"@timestamp":{"gte":"now-1h"}}}`
	for _, bb := range []struct{ name, body string }{
		{"newest", `{"size":500,` + sorted + `,"track_total_hits":true}`},
		{"errors", `{"size":500,"query":{"bool":{"filter":[` + hour + `,{"terms":{"log.level":["error","fatal"]}}]}},` + sorted + `,"track_total_hits":true}`},
		{"words", `{"size":500,"query":{"bool":{"filter":[` + hour + `,{"match":{"message":{"query":"backend unavailable","operator":"and"}}}]}},` + sorted + `}`},
		{"phrase", `{"size":500,"query":{"match_phrase":{"message":"model backend"}},` + sorted + `}`},
		{"everywhere", `{"size":10,"query":{"query_string":{"query":"u-0042"}},` + sorted + `}`},
		{"wildcard", `{"size":10,"query":{"wildcard":{"message":"unavail*"}},` + sorted + `}`},
		{"tail", `{"size":1000,"query":{"range":{"event.ingested":{"gte":"now-5s"}}},"sort":[{"event.ingested":"asc"}],"track_total_hits":true}`},
		{"histogram", `{"size":0,"query":` + hour + `,"aggs":{"t":{"date_histogram":{"field":"@timestamp","fixed_interval":"1m"},"aggs":{"l":{"filters":{"filters":{
			"info":{"terms":{"log.level":["info","INFO"]}},"warn":{"terms":{"log.level":["warn"]}},"error":{"terms":{"log.level":["error"]}},"debug":{"terms":{"log.level":["debug"]}}}}}}}}}`},
		{"facet", `{"size":0,"query":` + hour + `,"aggs":{"s":{"terms":{"field":"user.id","size":10}}}}`},
		{"facets of traces", `{"size":0,"aggs":{"s":{"terms":{"field":"trace.id","size":10},"aggs":{"d":{"avg":{"field":"event.duration"}}}}}}`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				if code, answer := ask(b, s, "POST", "/logs-*/_search", bb.body); code != 200 {
					b.Fatal(answer)
				}
			}
		})
	}
}
