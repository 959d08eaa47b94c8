package stack_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

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
