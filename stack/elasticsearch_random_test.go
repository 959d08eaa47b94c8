package stack_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestElasticsearchKeepsRandomLines feeds documents that nobody thought of.
func TestElasticsearchKeepsRandomLines(t *testing.T) {
	e := fullElasticsearch(t)
	const n = 1500
	r := rand.New(rand.NewPCG(7, 11))
	stream, docs := e.stream("random"), []string{}
	for i := range n {
		body := randomObject(r, 3)
		body["mark"] = fmt.Sprintf("mark-%d", i)
		if body["event.id"] != nil { // an id that is there twice is a resend
			body["event.id"] = fmt.Sprintf("%s-%d", e.run, i)
		}
		line := encode(body)
		switch {
		case i%10 == 3:
			line = line[:len(line)-1-r.IntN(4)] // cut, as by a crash
			line += fmt.Sprintf(" mark-%d", i)
		case i%10 == 7:
			maps.DeleteFunc(body, func(name string, _ any) bool { return strings.HasPrefix(name, "_") })
			docs = append(docs, encode(body))
			continue
		}
		docs = append(docs, handedOver(line, i))
	}
	for part := range slices.Chunk(docs, 250) {
		e.ship(stream, part...)
	}
	e.ask("POST", "/logs-mldemo."+e.run+"*/_refresh", "", nil)
	kept := e.all("logs-mldemo." + e.run + "*")
	by := map[string]int{}
	for _, d := range kept {
		for _, mark := range slices.Compact(slices.Sorted(slices.Values(regexp.MustCompile(`mark-\d+`).FindAllString(d.text, -1)))) {
			by[mark]++
		}
		for _, field := range []string{"@timestamp", "message", "log.level", "event.ingested", "event.kind"} {
			if d.get(field) == nil {
				t.Errorf("%s has no %s: %.300s", d.ID, field, d.text)
			}
		}
	}
	lost, refused := 0, 0
	for i := range n {
		if by[fmt.Sprintf("mark-%d", i)] == 0 {
			lost++
			if lost < 5 {
				t.Errorf("lost: %.400s", docs[i])
			}
		}
	}
	for _, d := range kept {
		if strings.Contains(d.text, `"_rejected"`) {
			refused++
		}
	}
	t.Logf("%d documents sent, %d lost, %d refused by the mapping and kept as rejected", n, lost, refused)
}

var randomNames = []string{
	"message", "level", "log", "log.level", "@timestamp", "event", "event.id", "event.kind", "error", "error.message", "host", "host.name", "service", "service.name",
	"http", "http.response.status_code", "client.ip", "user", "labels", "labels.a", "labels.a.b", "tags", "trace", "trace.id", "ml.score", "a", "a.b", "a.b.c", "b", "", " ", ".", "a.", ".a", "a..b",
	"_id", "_index", "_source", "__one", "__line", "severity_number", "body", "attributes", "data_stream", "data_stream.dataset", "ecs", "agent", "input", "timestamp", "ts", "größe", "a b",
}

func randomObject(r *rand.Rand, depth int) map[string]any {
	out := map[string]any{}
	for range 1 + r.IntN(6) {
		out[randomNames[r.IntN(len(randomNames))]] = randomValue(r, depth)
	}
	return out
}

func randomValue(r *rand.Rand, depth int) any {
	switch r.IntN(12) {
	case 0:
		return nil
	case 1:
		return r.IntN(2) == 0
	case 2:
		return r.IntN(700)
	case 3:
		return r.NormFloat64() * 1e18
	case 4:
		return []string{"ERROR", "warn", "Info", "10", "", "notice"}[r.IntN(6)]
	case 5:
		return []string{"2026-11-22T15:14:02.381Z", "2026-11-22 15:14:02", "1763824442", "10.0.0.1", "never"}[r.IntN(5)]
	case 6:
		return strings.Repeat("long ", r.IntN(3000))
	case 7, 8:
		if depth > 0 {
			return randomObject(r, depth-1)
		}
	case 9:
		if depth > 0 {
			return []any{randomValue(r, depth-1), randomValue(r, depth-1)}
		}
	case 10:
		return "\x00\x1b[31m\u202e\ufffd\u2028"
	}
	return fmt.Sprintf("text %d", r.IntN(100))
}
