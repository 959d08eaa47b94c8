package stack_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// What no server here can check is checked against what the makers document:
// ILM, the failure store, API keys and Kibana's saved objects by the schemas of
// testdata/schema, Filebeat and Logstash by the names of their options. That a
// value does what it should is not shown by this; what Elasticsearch itself runs
// is in the tests whose names begin with TestElasticsearch.

func TestBodiesMatchTheDocumentedAPI(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertContent()
	schema := func(name string) *jsonschema.Schema {
		s, err := compiler.Compile(filepath.Join("testdata", "schema", name))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	check := func(t *testing.T, s *jsonschema.Schema, text []byte) error {
		t.Helper()
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return s.Validate(v)
	}
	for file, c := range map[string]struct{ schema, good, bad string }{
		"elasticsearch/ilm-logs-90d.json":               {"ilm-policy.json", `"max_age": "1d"`, `"max_age": "1 day"`},
		"elasticsearch/index-template-logs-mldemo.json": {"index-template.json", `"failure_store": {"enabled": true`, `"failure_store": {"on": true`},
		"elasticsearch/apikey-console-reader.json":      {"api-key.json", `"read_failure_store"`, `"all"`},
		"elasticsearch/apikey-logstash-writer.json":     {"api-key.json", `"create_doc"`, `"delete"`},
	} {
		text := logFile(t, file)
		s := schema(c.schema)
		if err := check(t, s, text); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		broken := bytes.Replace(text, []byte(c.good), []byte(c.bad), 1)
		if bytes.Equal(broken, text) || check(t, s, broken) == nil {
			t.Errorf("%s: the schema takes %s", file, c.bad)
		}
	}
	s := schema("saved-object.json")
	for i, l := range bytes.Split(bytes.TrimSpace(logFile(t, "kibana/saved-objects.ndjson")), []byte("\n")) {
		if err := check(t, s, l); err != nil {
			t.Errorf("line %d of the saved objects: %v", i+1, err)
		}
	}
}

// TestLinesAreKeptForNinetyDays reads the retention out of every file that has one.
func TestLinesAreKeptForNinetyDays(t *testing.T) {
	var policy struct {
		Policy struct {
			Phases map[string]struct {
				MinAge  string `json:"min_age"`
				Actions map[string]map[string]any
			}
		}
	}
	decodeLogFile(t, "elasticsearch/ilm-logs-90d.json", &policy)
	phases := policy.Policy.Phases
	if phases["delete"].MinAge != "90d" || phases["delete"].Actions["delete"] == nil {
		t.Error("the policy does not delete after 90 days")
	}
	// The 90 days count from the rollover, so a late one keeps lines for longer.
	if phases["hot"].Actions["rollover"]["max_age"] != "1d" || phases["hot"].Actions["rollover"]["max_primary_shard_size"] != "10gb" {
		t.Error("an index does not roll over after a day or 10 GB")
	}
	var template struct {
		Patterns []string `json:"index_patterns"`
		Template struct {
			Settings struct {
				Index struct {
					Lifecycle struct{ Name string }
					Pipeline  string `json:"default_pipeline"`
				}
			}
			Lifecycle struct {
				Retention string `json:"data_retention"`
			}
			Options struct {
				FailureStore struct {
					Lifecycle struct {
						Retention string `json:"data_retention"`
					}
				} `json:"failure_store"`
			} `json:"data_stream_options"`
		}
	}
	decodeLogFile(t, "elasticsearch/index-template-logs-mldemo.json", &template)
	in := template.Template
	if in.Settings.Index.Lifecycle.Name != "logs-90d" || in.Lifecycle.Retention != "90d" || in.Options.FailureStore.Lifecycle.Retention != "90d" {
		t.Errorf("the template keeps lines otherwise: %+v", in)
	}
	if in.Settings.Index.Pipeline != "logs-mldemo" || !slices.Contains(template.Patterns, "logs-mldemo.*-*") {
		t.Errorf("the template is not for the lines of the demo: %+v", template)
	}
}

// TestSetupLoadsTheFilesThatAreThere holds what setup.sh says of the files by
// name, and the line it takes out for servers without ILM.
func TestSetupLoadsTheFilesThatAreThere(t *testing.T) {
	script := string(logFile(t, "setup/setup.sh"))
	for _, m := range regexp.MustCompile(`\$here/((?:elasticsearch|kibana)/[\w.-]+)`).FindAllStringSubmatch(script, -1) {
		if strings.Contains(m[1], "apikey-") {
			continue // its name is put together from a list
		}
		if _, err := os.Stat(m[1]); err != nil {
			t.Error(err)
		}
	}
	files, _ := filepath.Glob("elasticsearch/*.*")
	for _, f := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), "apikey-"), ".json")
		if !strings.Contains(script, filepath.Base(f)) && !strings.Contains(script, name) {
			t.Errorf("setup.sh does not load %s", f)
		}
	}
	line := regexp.MustCompile(`sed '/(.*)/d'`).FindStringSubmatch(script)
	if line == nil {
		t.Fatal("setup.sh takes no line out")
	}
	var rest []string
	for l := range strings.SplitSeq(string(logFile(t, "elasticsearch/index-template-logs-mldemo.json")), "\n") {
		if !strings.Contains(l, line[1]) {
			rest = append(rest, l)
		}
	}
	var v struct {
		Template struct {
			Settings struct{ Index map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(strings.Join(rest, "\n")), &v); err != nil {
		t.Fatalf("without ILM the template is no JSON: %v", err)
	}
	if len(v.Template.Settings.Index) == 0 || v.Template.Settings.Index["lifecycle"] != nil {
		t.Error("without ILM the template still names a policy")
	}
}

// filebeatOptions are the options of Filebeat 8.19 that its reference documents
// for what filebeat.yml uses.
type filebeatOptions struct {
	Inputs []struct {
		Type, ID        string
		Enabled         any
		Paths           []string
		Identity        *struct{}      `yaml:"file_identity.fingerprint"`
		Fingerprint     fingerprinting `yaml:"prospector.scanner.fingerprint"`
		CheckInterval   string         `yaml:"prospector.scanner.check_interval"`
		CloseInactive   string         `yaml:"close.on_state_change.inactive"`
		MessageMaxBytes int            `yaml:"message_max_bytes"`
		Fields          map[string]string
		FieldsUnderRoot bool `yaml:"fields_under_root"`
		Parsers         []struct {
			Multiline struct {
				Type, Pattern, Match, Timeout string
				Negate                        bool
				MaxLines                      int `yaml:"max_lines"`
			}
		}
	} `yaml:"filebeat.inputs"`
	Queue struct {
		Events       int
		MinEvents    int    `yaml:"flush.min_events"`
		FlushTimeout string `yaml:"flush.timeout"`
	} `yaml:"queue.mem"`
	Output struct {
		Hosts            []string
		CompressionLevel int `yaml:"compression_level"`
		BulkMaxSize      int `yaml:"bulk_max_size"`
	} `yaml:"output.logstash"`
	HTTP struct {
		Enabled bool
		Host    string
		Port    int
	}
	Logging struct {
		Level    string
		ToStderr bool `yaml:"to_stderr"`
	}
}

type fingerprinting struct {
	Enabled        bool
	Offset, Length int
}

func filebeat(t *testing.T) (o filebeatOptions) {
	t.Helper()
	dec := yaml.NewDecoder(bytes.NewReader(logFile(t, "filebeat/filebeat.yml")))
	dec.KnownFields(true)
	if err := dec.Decode(&o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestFilebeatReadsEveryFile(t *testing.T) {
	o := filebeat(t)
	ids := map[string]bool{}
	for _, in := range o.Inputs {
		if in.Type != "filestream" || in.ID == "" || ids[in.ID] {
			t.Errorf("input %q of type %q: a filestream needs an id of its own", in.ID, in.Type)
		}
		ids[in.ID] = true
		if !in.Fingerprint.Enabled {
			t.Errorf("input %q does not know files by their first bytes", in.ID)
		}
	}
	// The first line of a role is long enough to be read at once, and two roles
	// that start in the same millisecond differ in what the fingerprint sees.
	first := func(role string) string {
		return `{"@timestamp":"2026-11-22T15:14:02.381Z","log.level":"info","message":"` + role + ` 2.3.0 starts","ecs.version":"8.17.0",` +
			`"event":{"dataset":"mldemo.app","kind":"event","category":["process"],"action":"role-started","outcome":"success","id":"01M82KSD9N6HZ0NB8S5J99NR58","sequence":1}}`
	}
	if n := o.Inputs[0].Fingerprint.Length; n > len(first("sink")) || first("sink")[:n] == first("traffic")[:n] {
		t.Errorf("the first %d bytes of a file do not tell the roles apart", n)
	}
	if !slices.Equal(o.Inputs[0].Paths, []string{"/var/log/mldemo/*.log", "/var/log/mldemo/*.log.1"}) || !slices.Equal(o.Output.Hosts, []string{"${LOGSTASH_HOSTS:logstash:5044}"}) {
		t.Errorf("reads %v, sends to %v", o.Inputs[0].Paths, o.Output.Hosts)
	}
}

// TestFilebeatJoinsTraces runs the pattern on the engine that Filebeat uses,
// which is this one.
func TestFilebeatJoinsTraces(t *testing.T) {
	joins := regexp.MustCompile(filebeat(t).Inputs[0].Parsers[0].Multiline.Pattern)
	for text, events := range map[string]int{
		"{\"a\":1}\n{\"a\":2}\n{\"a\":3}":             3,
		"one\ntwo\nthree":                             3,
		"2026-11-22T15:14:02Z ERROR a\n\tat b.c(D)\n": 1,
		"ERROR x\njava.io.IOException: y\n\tat a.b(C.java:1)\nCaused by: java.lang.Error: z\n\t... 3 more\nINFO next":                 2,
		"ERROR x\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nValueError: bad\nINFO next":             2,
		"panic: x\n\ngoroutine 1 [running]:\nmain.(*T).run(0x1)\n\t/src/a.go:7 +0x1d\ncreated by main.main\n\t/src/a.go:3\nINFO next": 2,
		"listening on :80\nserved 3 requests (ok)\ndone":                                                                              3,
	} {
		n := 0
		for i, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			if i == 0 || !joins.MatchString(l) {
				n++
			}
		}
		if n != events {
			t.Errorf("%d events, want %d, of\n%s", n, events, text)
		}
	}
}

// TestKibanaShowsFieldsThatExist follows the saved objects to the mapping.
func TestKibanaShowsFieldsThatExist(t *testing.T) {
	fields := mappedFields(t)
	type object struct {
		ID, Type   string
		Attributes struct {
			Title, FieldAttrs, FieldFormatMap string
			Columns                           []string
			Sort                              [][]string
			Meta                              struct{ SearchSourceJSON string } `json:"kibanaSavedObjectMeta"`
		}
		References []struct{ ID, Name, Type string }
	}
	known, seen := map[string]string{}, map[string]int{}
	for l := range bytes.SplitSeq(bytes.TrimSpace(logFile(t, "kibana/saved-objects.ndjson")), []byte("\n")) {
		var o object
		if err := json.Unmarshal(l, &o); err != nil {
			t.Fatal(err)
		}
		seen[o.Type]++
		var used []string
		for _, m := range []string{o.Attributes.FieldAttrs, o.Attributes.FieldFormatMap} {
			var by map[string]any
			if m != "" {
				if err := json.Unmarshal([]byte(m), &by); err != nil {
					t.Error(err)
				}
			}
			used = slices.AppendSeq(used, maps.Keys(by))
		}
		used = append(used, o.Attributes.Columns...)
		for _, s := range o.Attributes.Sort {
			used = append(used, s[0])
		}
		if o.Type == "search" {
			var source struct {
				Query        struct{ Query, Language string }
				IndexRefName string
			}
			if err := json.Unmarshal([]byte(o.Attributes.Meta.SearchSourceJSON), &source); err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`([\w.@]+): `).FindAllStringSubmatch(source.Query.Query, -1) {
				used = append(used, m[1])
			}
			if len(o.References) != 1 || o.References[0].Name != source.IndexRefName || known[o.References[0].ID] != o.References[0].Type {
				t.Errorf("%s does not find its data view: %v, %s", o.ID, o.References, source.IndexRefName)
			}
		}
		for _, name := range used {
			if !fields[name] {
				t.Errorf("%s uses %s, which is not in the mapping", o.ID, name)
			}
		}
		known[o.ID] = o.Type
	}
	if seen["index-pattern"] != 1 || seen["search"] < 1 {
		t.Errorf("the saved objects are %v", seen)
	}
}

// mappedFields are the names of the mapping's fields.
func mappedFields(t *testing.T) map[string]bool {
	t.Helper()
	type node struct {
		Type       string
		Path       string
		Properties map[string]json.RawMessage
	}
	var component struct {
		Template struct{ Mappings node }
	}
	decodeLogFile(t, "elasticsearch/component-logs-mldemo-mappings.json", &component)
	out := map[string]bool{}
	var walk func(prefix string, n node)
	walk = func(prefix string, n node) {
		for name, raw := range n.Properties {
			var child node
			if err := json.Unmarshal(raw, &child); err != nil {
				t.Fatal(err)
			}
			if child.Type != "" && child.Type != "object" {
				out[prefix+name] = true
			}
			walk(prefix+name+".", child)
		}
	}
	walk("", component.Template.Mappings)
	return out
}

// TestPipelineIsWhole reads the ingest pipeline: every step is known, and what a
// script is told of the schema is in the mapping.
func TestPipelineIsWhole(t *testing.T) {
	var p struct {
		Description string
		Version     int
		Processors  []map[string]struct {
			Tag    string
			Source string
			Params struct {
				Roles  map[string][]string
				Levels map[string]string
				Known  []string
			}
		}
		OnFailure []map[string]any `yaml:"on_failure"`
	}
	if err := yaml.Unmarshal(logFile(t, "elasticsearch/pipeline-logs-mldemo.yml"), &p); err != nil {
		t.Fatal(err)
	}
	fields := mappedFields(t)
	var steps []string
	for _, step := range p.Processors {
		for kind, s := range step {
			steps = append(steps, kind+" "+s.Tag)
			for role := range s.Params.Roles {
				if !fields[role] {
					t.Errorf("the role %s is not in the mapping", role)
				}
			}
			for from, to := range s.Params.Levels {
				if !slices.Contains(s.Params.Known, to) || slices.Contains(s.Params.Known, from) {
					t.Errorf("the level %s becomes %s", from, to)
				}
			}
		}
	}
	if got := fmt.Sprint(steps); got != "[json line dissect  dissect  kv  script shape script roles set  set ]" || len(p.OnFailure) != 3 {
		t.Errorf("the steps are %s, then %d for failures", got, len(p.OnFailure))
	}
}

func logFile(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decodeLogFile(t *testing.T, file string, into any) {
	t.Helper()
	if err := json.Unmarshal(logFile(t, file), into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
