//go:build !race

package sources_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
)

// A kqlRow is one filter of testdata/kql/filters.txt: what is typed, the
// documents of testdata/kql/documents.ndjson that it finds, and its query.
type kqlRow struct{ filter, found, query string }

func kqlRows(t testing.TB) (out []kqlRow) {
	raw, err := os.ReadFile("testdata/kql/filters.txt")
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(strings.TrimSpace(string(raw)), "\n\n") {
		lines := strings.Split(block, "\n")
		if strings.HasPrefix(lines[0], "# ") {
			continue
		}
		if len(lines) != 3 {
			t.Fatalf("not three lines: %s", block)
		}
		found := strings.TrimSpace(lines[1])
		out = append(out, kqlRow{lines[0], strings.TrimPrefix(found, "none"), strings.TrimSpace(lines[2])})
	}
	return out
}

// kqlTypes are the types of the fields of the documents.
func kqlTypes(t testing.TB) map[string]string {
	raw, err := os.ReadFile("testdata/kql/types.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		name, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		out[name] = kind
	}
	return out
}

// kqlDocuments are the documents by id, a minute apart from noon on, some of
// them made a while before now.
func kqlDocuments(t testing.TB, now time.Time) (ids, docs []string) {
	raw, err := os.ReadFile("testdata/kql/documents.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	ago := func(d time.Duration) string { return now.Add(d).UTC().Format(time.RFC3339) }
	fill := strings.NewReplacer("{now-30m}", ago(-30*time.Minute), "{now-2h}", ago(-2*time.Hour), "{now+1d}", ago(24*time.Hour))
	for line := range strings.Lines(string(raw)) {
		i := len(docs) + 1
		ids = append(ids, fmt.Sprintf("d%02d", i))
		docs = append(docs, fmt.Sprintf(`{"@timestamp":%q,"event":{"id":"d%02d"},%s`, noon.Add(time.Duration(i)*time.Minute).Format(time.RFC3339), i, fill.Replace(strings.TrimSpace(line))[1:]))
	}
	return ids, docs
}

func recordKQL(t *testing.T, rows []kqlRow) {
	var out strings.Builder
	raw, err := os.ReadFile("testdata/kql/filters.txt")
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]kqlRow{}
	for _, r := range rows {
		by[r.filter] = r
	}
	for block := range strings.SplitSeq(strings.TrimSpace(string(raw)), "\n\n") {
		first, _, _ := strings.Cut(block, "\n")
		if r, ok := by[first]; ok {
			if r.found == "" {
				r.found = "none"
			}
			fmt.Fprintf(&out, "%s\n    %s\n    %s\n\n", r.filter, r.found, r.query)
		} else {
			fmt.Fprintf(&out, "%s\n\n", block)
		}
	}
	if err := os.WriteFile("testdata/kql/filters.txt", []byte(strings.TrimSuffix(out.String(), "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestFilterTable translates every filter of the table, and evaluates it here
// on every document: it is true for those that the table has.
func TestFilterTable(t *testing.T) {
	types, now := kqlTypes(t), time.Now()
	ids, docs := kqlDocuments(t, now)
	rows := kqlRows(t)
	if len(rows) < 150 || len(docs) < 60 {
		t.Fatalf("the table has %d filters on %d documents", len(rows), len(docs))
	}
	for i, r := range rows {
		got, err := sources.FilterOn(types, r.filter)
		if err != nil {
			t.Errorf("%s: %v", r.filter, err)
			continue
		}
		if string(got) != r.query {
			t.Errorf("%s:\n got %s\nwant %s", r.filter, got, r.query)
		}
		rows[i].query = string(got)
		if strings.HasPrefix(r.filter, "lucene:") {
			continue
		}
		p, err := sources.NewPredicate(r.filter, types, now)
		if err != nil {
			t.Errorf("%s: %v", r.filter, err)
			continue
		}
		var leaves, lines []string
		for j, d := range docs {
			if p.Match(sources.LeavesOf([]byte(d))) {
				leaves = append(leaves, ids[j][1:])
			}
			if p.MatchLog(&sources.Log{Raw: json.RawMessage(d)}) {
				lines = append(lines, ids[j][1:])
			}
		}
		if got := strings.Join(leaves, " "); got != r.found {
			t.Errorf("%s: here it is true for\n     %s\nnot  %s", r.filter, got, r.found)
		}
		if !slices.Equal(leaves, lines) {
			t.Errorf("%s: by line it is true for %q, by leaves for %q", r.filter, lines, leaves)
		}
	}
	if *record {
		recordKQL(t, rows)
	}
}

// TestContractLogKQLTable asks the servers for every filter of the table: they
// find the documents that it has, which are those that a predicate finds too.
func TestContractLogKQLTable(t *testing.T) {
	logBackends(t, func(t *testing.T, b *logBackend) {
		now := time.Now()
		_, docs := kqlDocuments(t, now)
		b.load(b.stream("kql"), docs...)
		src := b.open(sources.Options{})
		all := sources.Window{Start: noon, End: noon.Add(24 * time.Hour), Step: time.Minute}
		answer, err := src.Query(t.Context(), sources.Fields{}, all)
		if err != nil {
			t.Fatal(err)
		}
		types := map[string]string{}
		var list strings.Builder
		for _, m := range answer.Metadata {
			types[m.Name] = strings.Replace(m.Type, "match_only_text", "text", 1)
			fmt.Fprintf(&list, "%s %s\n", m.Name, types[m.Name])
		}
		if *record && b.real {
			if err := os.WriteFile("testdata/kql/types.txt", []byte(list.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want := kqlTypes(t); !maps.Equal(types, want) {
			t.Errorf("the fields are\n%v\nwant\n%v", types, want)
		}
		rows := kqlRows(t)
		for i, r := range rows {
			f, err := src.Query(t.Context(), sources.Lines{Filter: r.filter}, all)
			if err != nil {
				t.Errorf("%s: %v", r.filter, err)
				continue
			}
			got := ids(f.Logs)
			if got != r.found {
				t.Errorf("%s finds\n     %s\nnot  %s", r.filter, got, r.found)
			}
			rows[i].found = got
			if strings.HasPrefix(r.filter, "lucene:") {
				continue
			}
			p, err := sources.NewPredicate(r.filter, types, now)
			if err != nil {
				t.Errorf("%s: %v", r.filter, err)
				continue
			}
			has := map[string]bool{}
			for _, l := range f.Logs {
				has[l.ID] = true
			}
			everything, err := src.Query(t.Context(), sources.Lines{}, all)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range everything.Logs {
				if p.MatchLog(l) != has[l.ID] {
					t.Errorf("%s on %s: %v here, not so on the server\n%s", r.filter, l.ID, p.MatchLog(l), l.Raw)
				}
			}
		}
		if *record && b.real {
			recordKQL(t, rows)
		}
	})
}

// TestContractLogKQLServer asks a genuine server that knows the Kibana Query
// Language itself for the filters of the table that mean the same to both.
func TestContractLogKQLServer(t *testing.T) {
	logBackends(t, func(t *testing.T, b *logBackend) {
		if !b.real {
			t.Skip("the log store leaves the Kibana Query Language to the source")
		}
		_, docs := kqlDocuments(t, time.Now())
		b.load(b.stream("kql"), docs...)
		same := 0
		for _, r := range kqlRows(t) {
			if strings.HasPrefix(r.filter, "lucene:") {
				continue
			}
			body, _ := json.Marshal(map[string]any{
				"size": 100, "_source": false, "sort": []string{"@timestamp"},
				"query": map[string]any{"kql": map[string]any{"query": r.filter, "default_field": "message"}},
			})
			code, answer := b.ask("POST", "/"+b.pattern()+"/_search", string(body))
			if code == 400 && bytes.Contains(answer, []byte("unknown query [kql]")) {
				t.Skip("this Elasticsearch has no kql query: start the full one with ES_FLAVOR=full")
			}
			var found struct {
				Hits struct {
					Hits []struct {
						ID string `json:"_id"`
					}
				}
			}
			_ = json.Unmarshal(answer, &found)
			var list []*sources.Log
			for _, h := range found.Hits.Hits {
				list = append(list, &sources.Log{ID: h.ID})
			}
			got := ids(list)
			if code != 200 {
				got = fmt.Sprintf("refused: %.200s", answer)
			}
			why := kqlDiffers[r.filter]
			switch {
			case got == r.found && why == "":
				same++
			case got == r.found:
				t.Errorf("%s is said to differ (%s), and finds the same", r.filter, why)
			case why == "":
				t.Errorf("%s finds\n     %s by the server\nand  %s by us", r.filter, got, r.found)
			}
		}
		t.Logf("%d filters find the same, %d differ for a reason", same, len(kqlDiffers))
	})
}

// kqlDiffers are the filters that the server's own reading of the language
// takes otherwise, and why.
var kqlDiffers = func() map[string]string {
	out := map[string]string{}
	for why, filters := range map[string][]string{
		"more escapes are read": {
			`user.id: a\?b`,
			`user.id: "DOMAIN\user"`,
			`note: "\ud83d\ude80"`,
			`ml.predicted: not\ ok`,
			`url.path: \/api\/v1\/items*`,
		},
		"a pattern means no more than its stars": {
			`user.id: DOMAIN\\*`,
			`user.id: *\**`,
			`user.id: *?*`,
		},
		"8.19 reads no list of values, Kibana does": {
			`tags: (slow and edge)`,
			`tags: (slow or i18n)`,
			`tags: (edge and not slow)`,
			`tags: (not edge)`,
			`tags: (slow or (edge and not slow) or "i18n")`,
			`service.name: (checkout or cart or "orders db")`,
			`service.name: (check* or cart)`,
			`message: (timeout and upstream)`,
			`message: ("connection refused" or upstream)`,
			`message: (refus* and not limit)`,
			`user.*: (\not or and\*)`,
			`s*.name: (checkout or "orders db")`,
			`http.response.status_code: (500 or 503)`,
			`retries: (5 and 50)`,
			`cached: (true and false)`,
			`log.level: (error or warn) and not (tags: * or host.name: node-2)`,
			`http.response.status_code >= 500 and not service.name: (checkout or gateway)`,
		},
		"an object is there if anything in it is": {
			`service: *`,
			`ml: *`,
			`labels: *`,
			`items: *`,
		},
		"only fields that can have the value are asked": {
			`ml.*: fraud`,
		},
		"level is ordered by severity here": {
			`level >= warn`,
			`level >= error`,
			`level > error`,
			`level < info`,
			`level <= debug`,
			`log.level >= fatal`,
			`level > fatal`,
			`not level >= info and level: *`,
		},
	} {
		for _, f := range filters {
			out[f] = why
		}
	}
	return out
}()
