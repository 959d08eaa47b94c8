package stack_test

import (
	"bytes"
	"encoding/json"
	"fmt"
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
