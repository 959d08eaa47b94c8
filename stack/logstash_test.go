package stack_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Logstash cannot be had here. Its configuration is read by a parser of the
// documented grammar, and every option of every plugin must be one that the
// plugin's page lists; what the patterns do is shown on a real Elasticsearch,
// whose regular expressions have the same constructs.

// logstashOptions are the options that each plugin documents, of those used.
var logstashOptions = map[string][]string{
	"input beats":             {"id", "port", "host"},
	"input dead_letter_queue": {"id", "path", "pipeline_id", "commit_offsets", "clean_consumed"},
	"filter mutate":           {"id", "gsub", "replace", "add_field", "add_tag", "remove_field", "remove_tag"},
	"filter json":             {"id", "source", "target", "skip_on_invalid_json"},
	"filter fingerprint":      {"id", "source", "target", "method", "concatenate_sources"},
	"filter ruby":             {"id", "code"},
	"output elasticsearch":    {"id", "hosts", "data_stream", "data_stream_auto_routing", "data_stream_sync_fields", "api_key", "ssl_enabled"},
}

func TestLogstashPipelines(t *testing.T) {
	files, _ := filepath.Glob("logstash/pipeline/*.conf")
	if len(files) != 2 {
		t.Fatalf("the pipelines are %v", files)
	}
	ids := map[string]bool{}
	for _, file := range files {
		sections, err := parsePipeline(string(logFile(t, file)))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for section, blocks := range sections {
			plugins(blocks, func(b block) {
				allowed, ok := logstashOptions[section+" "+b.name]
				if !ok {
					t.Errorf("%s: %s %s is not a plugin that is known here", file, section, b.name)
				}
				for name := range b.options {
					if !slices.Contains(allowed, name) {
						t.Errorf("%s: %s has no option %s", file, b.name, name)
					}
				}
				id, _ := b.options["id"].(string)
				if id == "" || ids[id] {
					t.Errorf("%s: a %s has no id of its own: %q", file, b.name, id)
				}
				ids[id] = true
				if b.name == "drop" {
					t.Errorf("%s drops events", file)
				}
			})
		}
		for _, o := range sections["output"] {
			// Refused by the plugin together with data streams.
			for _, name := range []string{"document_id", "index", "action"} {
				if o.options[name] != nil {
					t.Errorf("%s: %s is refused for data streams", file, name)
				}
			}
			if o.options["data_stream"] != "true" || o.options["data_stream_auto_routing"] != "true" {
				t.Errorf("%s: the output does not write to data streams", file)
			}
		}
	}
}

// TestLogstashSettings holds the settings to the names that Logstash documents.
func TestLogstashSettings(t *testing.T) {
	var settings map[string]any
	if err := yaml.Unmarshal(logFile(t, "logstash/logstash.yml"), &settings); err != nil {
		t.Fatal(err)
	}
	known := []string{"node.name", "api.http.host", "log.level", "config.reload.automatic", "pipeline.ecs_compatibility", "xpack.monitoring.enabled",
		"queue.type", "queue.max_bytes", "queue.checkpoint.writes", "dead_letter_queue.enable", "dead_letter_queue.max_bytes", "dead_letter_queue.flush_interval"}
	for name := range settings {
		if !slices.Contains(known, name) {
			t.Errorf("logstash.yml: %s is not a setting that is known here", name)
		}
	}
	if settings["queue.type"] != "persisted" || settings["dead_letter_queue.enable"] != true {
		t.Error("logstash.yml: lines are lost with the process, or when they are refused")
	}
	var pipelines []map[string]any
	if err := yaml.Unmarshal(logFile(t, "logstash/pipelines.yml"), &pipelines); err != nil {
		t.Fatal(err)
	}
	for _, p := range pipelines {
		for name := range p {
			if !slices.Contains([]string{"pipeline.id", "path.config", "queue.type", "dead_letter_queue.enable", "pipeline.workers"}, name) {
				t.Errorf("pipelines.yml: %s is not a setting that is known here", name)
			}
		}
		file := strings.Replace(fmt.Sprint(p["path.config"]), "/usr/share/logstash/", "logstash/", 1)
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
}

// TestLogstashStreams holds the data sets that Logstash lets through to those of
// the demo, and the streams to the template.
func TestLogstashStreams(t *testing.T) {
	text := string(logFile(t, "logstash/pipeline/mldemo.conf"))
	journal := string(logFile(t, "../demo/service/journal.go"))
	for _, set := range []string{"mldemo.inference", "mldemo.client", "mldemo.app"} {
		if strings.Count(text, fmt.Sprintf("%q", set)) < 2 || !strings.Contains(journal, fmt.Sprintf("%q", set)) {
			t.Errorf("the data set %s is not the same for the demo and for Logstash", set)
		}
	}
}

// TestLogstashRedacts runs the patterns of the filter in a real Elasticsearch.
func TestLogstashRedacts(t *testing.T) {
	e := fullElasticsearch(t)
	sections, err := parsePipeline(string(logFile(t, "logstash/pipeline/mldemo.conf")))
	if err != nil {
		t.Fatal(err)
	}
	var steps []any
	plugins(sections["filter"], func(b block) {
		list, _ := b.options["gsub"].([]any)
		for i := 0; i+2 < len(list); i += 3 {
			with := strings.ReplaceAll(list[i+2].(string), `\1`, "$1") // as Java writes it
			steps = append(steps, map[string]any{"gsub": map[string]any{"field": list[i], "pattern": list[i+1], "replacement": with}})
		}
	})
	if len(steps) != 3 {
		t.Fatalf("%d patterns", len(steps))
	}
	for in, want := range map[string]string{
		"paid with 4111111111111111 today":                                     "paid with [card] today",
		"paid with 4111 1111 1111 1111.":                                       "paid with [card].",
		"5500-0000-0000-0004, 340000000000009":                                 "[card], [card]",
		"3782 822463 10005":                                                    "[card]",
		`{"card":4111111111111111,"message":"x"}`:                              `{"card":"[card]","message":"x"}`,
		`{"card": "4111111111111111"}`:                                         `{"card": "[card]"}`,
		`{"span.id":"4111111111111111","trace_id":"4111111111111111"}`:         `{"span.id":"4111111111111111","trace_id":"4111111111111111"}`,
		`{"time":1763824442381,"ts":1763824442381000,"n":1763824442381000000}`: `{"time":1763824442381,"ts":1763824442381000,"n":1763824442381000000}`,
		"hash a4111111111111111b stays":                                        "hash a4111111111111111b stays",
	} {
		body := encode(map[string]any{"pipeline": map[string]any{"processors": steps}, "docs": []any{map[string]any{"_source": map[string]any{"message": in}}}})
		var got struct {
			Docs []struct {
				Doc struct {
					Source struct{ Message string } `json:"_source"`
				}
			}
		}
		if code := e.ask("POST", "/_ingest/pipeline/_simulate", body, &got); code != 200 || len(got.Docs) != 1 {
			t.Fatalf("simulate: %d", code)
		}
		if m := got.Docs[0].Doc.Source.Message; m != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", in, m, want)
		}
		if json.Valid([]byte(in)) != json.Valid([]byte(got.Docs[0].Doc.Source.Message)) {
			t.Errorf("%s is no JSON any more", in)
		}
	}
}
