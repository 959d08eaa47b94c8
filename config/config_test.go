package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"firewatch/config"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const minimal = "contexts: {demo: {sources: {prometheus: {url: 'http://127.0.0.1:9090'}}}}\n"

func TestExampleLoads(t *testing.T) {
	c, err := config.Load(write(t, config.Example), nil)
	if err != nil {
		t.Fatal(err)
	}
	prod := c.Contexts["production"]
	if !prod.Prod || !prod.ReadOnly || prod.Refresh != 15*time.Second || prod.Span != 3*time.Hour {
		t.Errorf("production = %+v", prod)
	}
	if got := prod.Sources["alertmanager"].URLs; len(got) != 1 {
		t.Errorf("peers = %v", got)
	}
	if got := prod.Sources["prometheus"].Headers["x-scope-orgid"]; got != "payments" {
		t.Errorf("headers = %v", prod.Sources["prometheus"].Headers)
	}
	if c.Contexts["local"].Refresh != 5*time.Second {
		t.Errorf("the default refresh is missing: %+v", c.Contexts["local"])
	}
	if got := c.Keys["alerts.silence"]; len(got) != 1 || got[0] != "s" {
		t.Errorf("keys = %v", c.Keys)
	}
}

func TestMistakesNameTheKeyAndTheFile(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"top-level typo":   {minimal + "thme: dark\n", "unknown key thme"},
		"context typo":     {"contexts: {demo: {refesh: 5s, sources: {prometheus: {url: 'http://x'}}}}\n", "contexts.demo.refesh"},
		"source typo":      {"contexts: {demo: {sources: {prometheus: {ulr: 'http://x'}}}}\n", "contexts.demo.sources.prometheus.ulr"},
		"unknown source":   {"contexts: {demo: {sources: {promethus: {url: 'http://x'}}}}\n", "contexts.demo.sources.promethus: unknown source"},
		"no sources":       {"contexts: {demo: {refresh: 5s}}\n", "contexts.demo.sources: empty"},
		"no url":           {"contexts: {demo: {sources: {prometheus: {timeout: 5s}}}}\n", "contexts.demo.sources.prometheus.url: missing"},
		"no scheme":        {"contexts: {demo: {sources: {prometheus: {url: 'localhost:9090'}}}}\n", "must start with http"},
		"password in url":  {"contexts: {demo: {sources: {prometheus: {url: 'http://me:hunter2@x'}}}}\n", "carries credentials"},
		"wrong type":       {"contexts: {demo: {refresh: soon, sources: {prometheus: {url: 'http://x'}}}}\n", "refresh"},
		"refresh too fast": {"contexts: {demo: {refresh: 10ms, sources: {prometheus: {url: 'http://x'}}}}\n", "contexts.demo.refresh: 10ms is not between"},
		"span too long":    {"contexts: {demo: {span: 9000h, sources: {prometheus: {url: 'http://x'}}}}\n", "contexts.demo.span"},
		"unknown theme":    {minimal + "theme: dracula\n", `theme: unknown theme "dracula"`},
		"unknown context":  {minimal + "context: prod\n", `no context "prod": known are demo`},
		"not yaml":         {"contexts: {demo\n", "yaml"},
		"url and clusters": {"contexts: {demo: {sources: {alertmanager: {url: 'http://x', clusters: {eu: {url: 'http://y'}}}}}}\n", "both a url and clusters"},
		"cluster no url":   {"contexts: {demo: {sources: {alertmanager: {clusters: {eu: {timeout: 1s}}}}}}\n", "contexts.demo.sources.alertmanager.clusters.eu.url: missing"},
		"other clusters":   {"contexts: {demo: {sources: {prometheus: {clusters: {eu: {url: 'http://y'}}}}}}\n", "only alertmanager has clusters"},
		"nested clusters":  {"contexts: {demo: {sources: {alertmanager: {clusters: {eu: {clusters: {a: {url: 'http://y'}}}}}}}}\n", "no clusters of its own"},
		"relative runbook": {"contexts: {demo: {sources: {runbooks: {url: docs}}}}\n", "must start with http"},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, tc.text)
			_, err := config.Load(path, nil)
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %q lacks %q or the file", err, tc.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows a password: %q", err)
			}
		})
	}
}

func TestLayers(t *testing.T) {
	path := write(t, "context: Demo\n"+minimal)
	flags := pflag.NewFlagSet("firewatch", pflag.ContinueOnError)
	config.Flags(flags)

	t.Setenv("FIREWATCH_PROMETHEUS", "http://env:1")
	t.Setenv("FIREWATCH_SPAN", "2h")
	c, err := config.Load(path, flags)
	if err != nil {
		t.Fatal(err)
	}
	demo := c.Contexts["demo"]
	if demo.Sources["prometheus"].URL != "http://env:1" || demo.Span != 2*time.Hour {
		t.Errorf("the environment does not win over the file: %+v", demo)
	}
	if err := flags.Parse([]string{"--prometheus=http://flag:2", "--span=30m", "--readonly", "--theme=light"}); err != nil {
		t.Fatal(err)
	}
	if c, err = config.Load(path, flags); err != nil {
		t.Fatal(err)
	}
	demo = c.Contexts["demo"]
	if demo.Sources["prometheus"].URL != "http://flag:2" || demo.Span != 30*time.Minute || !demo.ReadOnly || c.Theme != "light" {
		t.Errorf("flags do not win over the environment: %+v, theme %s", demo, c.Theme)
	}
}

func TestReadOnlyFromOutsideHoldsForEveryContext(t *testing.T) {
	path := write(t, "context: demo\n"+`contexts:
  demo: {sources: {prometheus: {url: 'http://x'}}}
  shop: {sources: {alertmanager: {url: 'http://y'}}}
`)
	for name, tc := range map[string]struct {
		env  string
		args []string
		want bool
	}{
		"neither":      {"", nil, false},
		"flag":         {"", []string{"--readonly"}, true},
		"flag false":   {"true", []string{"--readonly=false"}, true},
		"env true":     {"true", nil, true},
		"env 1":        {"1", nil, true},
		"env TRUE":     {"TRUE", nil, true},
		"env 0":        {"0", nil, false},
		"flag and env": {"0", []string{"--readonly"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("FIREWATCH_READONLY", tc.env)
			flags := pflag.NewFlagSet("firewatch", pflag.ContinueOnError)
			config.Flags(flags)
			if err := flags.Parse(tc.args); err != nil {
				t.Fatal(err)
			}
			c, err := config.Load(path, flags)
			if err != nil {
				t.Fatal(err)
			}
			for _, context := range c.Names() {
				o, err := c.Options(context)
				if err != nil {
					t.Fatal(err)
				}
				for kind, source := range o {
					if c.Contexts[context].ReadOnly != tc.want || source.ReadOnly != tc.want {
						t.Errorf("%s, %s: read-only %v, its source %v, want %v", context, kind, c.Contexts[context].ReadOnly, source.ReadOnly, tc.want)
					}
				}
			}
		})
	}
	t.Setenv("FIREWATCH_READONLY", "on")
	if _, err := config.Load(path, nil); err == nil || !strings.Contains(err.Error(), "FIREWATCH_READONLY") {
		t.Errorf("a value that is neither: %v", err)
	}
}

func TestWithoutAFile(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	c, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Context != "local" || c.Contexts["local"].Sources["prometheus"].URL != "http://127.0.0.1:9090" || c.Path != "" {
		t.Errorf("config = %+v", c)
	}
	if _, err := config.Load(filepath.Join(t.TempDir(), "none.yaml"), nil); err == nil || !strings.Contains(err.Error(), "config example") {
		t.Errorf("a named file that is missing: %v", err)
	}
}

func TestBuiltinContexts(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	flags := pflag.NewFlagSet("firewatch", pflag.ContinueOnError)
	config.Flags(flags)
	if err := flags.Parse([]string{"--context=Compose", "--prometheus=http://127.0.0.1:9999"}); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"no file": "", "a file without contexts": write(t, "theme: dark\n")} {
		t.Run(name, func(t *testing.T) {
			c, err := config.Load(path, flags)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(c.Names(), " "); got != "compose local" || c.Context != "compose" {
				t.Fatalf("contexts %q, opens %q", got, c.Context)
			}
			o, err := c.Options("compose")
			if err != nil {
				t.Fatal(err)
			}
			for kind, want := range map[string]string{"prometheus": "http://127.0.0.1:9999", "alertmanager": "http://127.0.0.1:9093", "elasticsearch": "http://127.0.0.1:9200"} {
				if o[kind].URL != want {
					t.Errorf("%s at %q, want %s", kind, o[kind].URL, want)
				}
			}
			if got := c.Contexts["local"].Sources["prometheus"].URL; got != "http://127.0.0.1:9090" {
				t.Errorf("the flag changed a context that is not opened: %s", got)
			}
		})
	}
}

func TestAdviceForABuiltinContextLoads(t *testing.T) {
	_, err := config.Load(write(t, "context: compose\n"+minimal), nil)
	if err == nil {
		t.Fatal("a file with contexts of its own has the built-in ones as well")
	}
	_, lines, ok := strings.Cut(err.Error(), "contexts:\n")
	if !ok {
		t.Fatalf("the error does not say what to add: %v", err)
	}
	block := "contexts:\n  demo: {sources: {prometheus: {url: 'http://127.0.0.1:9090'}}}\n"
	c, err := config.Load(write(t, "context: compose\n"+block+lines+"\n"), nil)
	if err != nil {
		t.Fatalf("what the error says to add does not load: %v", err)
	}
	if got := len(c.Contexts["compose"].Sources); got != 3 {
		t.Errorf("%d sources", got)
	}
	if _, err := config.Load(write(t, "context: other\n"+minimal), nil); err == nil || strings.Contains(err.Error(), "add it") {
		t.Errorf("advice for a context that is not built in: %v", err)
	}
}

func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pw"), []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("FW_TOKEN", "tok")
	text := "contexts: {demo: {readonly: true, sources: {prometheus: {url: 'http://x', username: me, password_file: " + filepath.Join(dir, "pw") + "}, alertmanager: {url: 'http://y', token_env: FW_TOKEN}}}}\n"
	c, err := config.Load(write(t, text), nil)
	if err != nil {
		t.Fatal(err)
	}
	o, err := c.Options("demo")
	if err != nil {
		t.Fatal(err)
	}
	if string(o["prometheus"].Password) != "hunter2" || string(o["alertmanager"].Token) != "tok" || !o["prometheus"].ReadOnly {
		t.Errorf("options are wrong")
	}
	if s := o["prometheus"].Password.String(); strings.Contains(s, "hunter2") {
		t.Errorf("a secret prints as %q", s)
	}
	c, err = config.Load(write(t, strings.ReplaceAll(text, "FW_TOKEN", "FW_NONE")), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Options("demo"); err == nil || !strings.Contains(err.Error(), "contexts.demo.sources.alertmanager.token") || !strings.Contains(err.Error(), "FW_NONE") {
		t.Errorf("a variable that is not set: %v", err)
	}
}

func TestClusters(t *testing.T) {
	path := write(t, "contexts: {demo: {sources: {alertmanager: {clusters: {eu: {urls: ['http://a', 'http://b'], token_env: FW_TOKEN}, us: {url: 'http://c'}}}, runbooks: {url: /srv/docs}}}}\n")
	c, err := config.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Options("demo"); err == nil || !strings.Contains(err.Error(), "contexts.demo.sources.alertmanager.clusters.eu.token") {
		t.Errorf("a secret that is not there: %v", err)
	}
	t.Setenv("FW_TOKEN", "hunter2")
	o, err := c.Options("demo")
	if err != nil {
		t.Fatal(err)
	}
	eu, us := o["alertmanager"].Clusters["eu"], o["alertmanager"].Clusters["us"]
	if eu.URL != "http://a" || len(eu.URLs) != 1 || eu.Token != "hunter2" || us.URL != "http://c" || us.Token != "" {
		t.Errorf("eu %+v, us %+v", eu, us)
	}
	if o["runbooks"].URL != "/srv/docs" {
		t.Errorf("runbooks %+v", o["runbooks"])
	}
	t.Setenv("FIREWATCH_ALERTMANAGER", "http://d")
	if c, err = config.Load(path, nil); err != nil {
		t.Fatal(err)
	}
	if s := c.Contexts["demo"].Sources["alertmanager"]; s.URL != "http://d" || s.Clusters != nil {
		t.Errorf("the environment does not replace the clusters: %+v", s)
	}
}
