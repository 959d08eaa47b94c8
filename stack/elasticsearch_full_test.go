package stack_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// elastic is a real Elasticsearch that has the ingest processors, with what
// setup/setup.sh loads into it.
type elastic struct {
	t   *testing.T
	url string
	run string // part of every stream's name, so that runs do not meet
}

// fullElasticsearch runs setup.sh against the server that the environment names.
func fullElasticsearch(t *testing.T) *elastic {
	t.Helper()
	at := os.Getenv("FIREWATCH_TEST_ELASTICSEARCH_FULL")
	if at == "" {
		t.Skip("no Elasticsearch with ingest processors: run make test-elasticsearch-full (Java 17, Maven, a download of 909 MB), or set FIREWATCH_TEST_ELASTICSEARCH_FULL to the address of one")
	}
	e := &elastic{t: t, url: strings.TrimRight(at, "/"), run: fmt.Sprintf("t%x", time.Now().UnixNano())}
	e.setup()
	return e
}

func (e *elastic) setup() string {
	e.t.Helper()
	cmd := exec.Command("sh", "setup/setup.sh")
	cmd.Env = append(os.Environ(), "ES_URL="+e.url, "KIBANA_URL=", "SETUP_WAIT=30")
	said, err := cmd.CombinedOutput()
	if err != nil {
		e.t.Fatalf("setup.sh: %v\n%s", err, said)
	}
	return string(said)
}

func (e *elastic) stream(dataset string) string {
	return "logs-mldemo." + e.run + dataset + "-default"
}

// ask sends one request as curl would and decodes the answer into out.
func (e *elastic) ask(method, path, body string, out any) (status int) {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), method, e.url+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			e.t.Fatalf("%s %s: %v: %.300s", method, path, err, answer)
		}
	}
	return resp.StatusCode
}

// outcome is what the server said about one document of a bulk request.
type outcome struct {
	Status       int
	Error        struct{ Type, Reason string }
	FailureStore string `json:"failure_store"`
}

// bulk creates documents as Logstash does, in one request.
func (e *elastic) bulk(stream string, docs ...string) []outcome {
	e.t.Helper()
	var body strings.Builder
	for _, d := range docs {
		body.WriteString("{\"create\":{}}\n" + d + "\n")
	}
	var answer struct {
		Items []struct{ Create outcome }
		Error any
	}
	if code := e.ask("POST", "/"+stream+"/_bulk?refresh=true", body.String(), &answer); code != 200 {
		e.t.Fatalf("bulk: %d %v", code, answer.Error)
	}
	var out []outcome
	for _, i := range answer.Items {
		out = append(out, i.Create)
	}
	return out
}

// ship sends documents and does with what is refused what Logstash does by
// pipeline/rejected.conf. It reports how many were there before.
func (e *elastic) ship(stream string, docs ...string) (known int) {
	e.t.Helper()
	for i, o := range e.bulk(stream, docs...) {
		switch o.Status {
		case 201:
		case 409:
			known++
		case 400:
			if o.FailureStore == "used" {
				continue
			}
			for _, again := range e.bulk(e.stream("rejected"), rejected(docs[i], o)) {
				if again.Status != 201 && again.Status != 409 {
					e.t.Errorf("a refused document was refused again: %d %s\n%.300s", again.Status, again.Error.Reason, docs[i])
				}
			}
		default:
			e.t.Errorf("status %d: %s %s", o.Status, o.Error.Type, o.Error.Reason)
		}
	}
	return known
}

// rejected is the document that pipeline/rejected.conf makes of one that
// Elasticsearch refused.
func rejected(doc string, o outcome) string {
	sum := sha256.Sum256([]byte(doc))
	return encode(map[string]any{
		"@timestamp": time.Now().UTC(), "@version": "1",
		"message": "refused by Elasticsearch: " + o.Error.Reason,
		"error":   map[string]any{"type": "rejected", "message": o.Error.Reason},
		"event":   map[string]any{"kind": "pipeline_error", "dataset": "mldemo.rejected", "original": doc, "id": fmt.Sprintf("%x", sum)},
		"log":     map[string]any{"level": "error"},
		"tags":    []string{"_rejected"},
	})
}

// handedOver is a line of a log file as it reaches Elasticsearch: what Filebeat
// says about it, its text as it stood in the file, and the id that Logstash
// gives a line that names none.
func handedOver(line string, offset int) string {
	doc := map[string]any{
		"@timestamp": "2026-11-22T16:00:00.000Z", "@version": "1", "message": line,
		"host":        map[string]any{"name": "filebeat"},
		"agent":       map[string]any{"type": "filebeat", "version": "8.19.21", "name": "filebeat", "id": "a", "ephemeral_id": "b"},
		"input":       map[string]any{"type": "filestream"},
		"ecs":         map[string]any{"version": "8.0.0"},
		"log":         map[string]any{"offset": offset, "file": map[string]any{"path": "/var/log/mldemo/fraud-scorer.log", "fingerprint": "f"}},
		"data_stream": map[string]any{"type": "logs", "dataset": "mldemo.app", "namespace": "default"},
	}
	var own struct {
		Event  struct{ ID any }
		Dotted any `json:"event.id"`
	}
	if json.Unmarshal([]byte(line), &own) != nil || own.Event.ID == nil && own.Dotted == nil {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", offset, line))
		doc["event"] = map[string]any{"id": fmt.Sprintf("%x", sum)}
	}
	return encode(doc)
}

func encode(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

// found is a document of a search.
type found struct {
	ID     string         `json:"_id"`
	Index  string         `json:"_index"`
	Source map[string]any `json:"_source"`
	text   string
}

func (f *found) get(path string) any {
	var v any = f.Source
	for _, name := range strings.Split(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// all reads every document of streams.
func (e *elastic) all(streams string) (out []found) {
	e.t.Helper()
	var after []any
	for {
		query := map[string]any{"size": 500, "sort": []any{map[string]any{"_seq_no": "asc"}, map[string]any{"event.ingested": "asc"}}, "track_total_hits": false}
		if after != nil {
			query["search_after"] = after
		}
		var page struct {
			Hits struct {
				Hits []struct {
					found
					Raw  json.RawMessage `json:"_source"`
					Sort []any
				}
			}
		}
		if code := e.ask("POST", "/"+streams+"/_search", encode(query), &page); code != 200 {
			e.t.Fatalf("search: %d", code)
		}
		for _, h := range page.Hits.Hits {
			f := h.found
			f.text = string(h.Raw)
			if err := json.Unmarshal(h.Raw, &f.Source); err != nil {
				e.t.Fatal(err)
			}
			out = append(out, f)
			after = h.Sort
		}
		if len(page.Hits.Hits) < 500 {
			return out
		}
	}
}

// find returns the documents that carry a mark, wherever in them it stands.
func find(docs []found, mark string) (out []found) {
	word := regexp.MustCompile(regexp.QuoteMeta(mark) + `\b`)
	for _, d := range docs {
		if word.MatchString(d.text) {
			out = append(out, d)
		}
	}
	return out
}

func TestElasticsearchSetupIsRepeatable(t *testing.T) {
	e := fullElasticsearch(t)
	said := e.setup()
	for _, want := range []string{"the component template logs-mldemo@mappings is in place", "the ingest pipeline logs-mldemo is in place", "the index template logs-mldemo is in place", "no data view", "done"} {
		if !strings.Contains(said, want) {
			t.Errorf("setup.sh does not say %q:\n%s", want, said)
		}
	}
	if e.ask("GET", "/_ilm/policy/logs-90d", "", nil) != 200 && !strings.Contains(said, "has no ILM") {
		t.Errorf("setup.sh says nothing of the ILM that the server lacks:\n%s", said)
	}
	var got struct {
		Templates []struct {
			Template struct {
				Template struct {
					Lifecycle map[string]any
					Options   map[string]any `json:"data_stream_options"`
				}
			} `json:"index_template"`
		} `json:"index_templates"`
	}
	e.ask("GET", "/_index_template/logs-mldemo", "", &got)
	if len(got.Templates) != 1 {
		t.Fatal("the index template is not there")
	}
	in := got.Templates[0].Template.Template
	if in.Lifecycle["data_retention"] != "90d" || !strings.Contains(fmt.Sprint(in.Options), "failure_store:map[enabled:true") {
		t.Errorf("retention and failure store are not as in the file: %v", in)
	}
}

// TestElasticsearchSetupSaysWhatIsWrong runs setup.sh where it cannot succeed.
func TestElasticsearchSetupSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		env  []string
		code int
		want string
	}{
		"nobody answers": {[]string{"ES_URL=http://127.0.0.1:1", "SETUP_WAIT=0"}, 3, "Elasticsearch did not come up on http://127.0.0.1:1 within 0 s"},
		"no number":      {[]string{"ES_URL=http://127.0.0.1:1", "SETUP_WAIT=soon"}, 2, "SETUP_WAIT is a number of seconds, not soon"},
		"no key file":    {[]string{"ES_URL=http://127.0.0.1:1", "ES_API_KEY_FILE=testdata/nosuch"}, 2, "ES_API_KEY_FILE cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath("curl"); err != nil {
				t.Skip("curl is missing")
			}
			cmd := exec.Command("sh", "setup/setup.sh")
			cmd.Env = append(append(os.Environ(), "ES_API_KEY=", "KIBANA_URL="), c.env...)
			said, _ := cmd.CombinedOutput()
			if cmd.ProcessState.ExitCode() != c.code || !strings.Contains(string(said), c.want) {
				t.Errorf("exit %d, want %d with %q:\n%s", cmd.ProcessState.ExitCode(), c.code, c.want, said)
			}
		})
	}
}
