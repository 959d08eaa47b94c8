package stack_test

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	amconfig "github.com/prometheus/alertmanager/config"
	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	promconfig "github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"

	"firewatch/stack"
)

// The files are read by the servers' own loaders, as they are and as rendered.

func TestPrometheusAsItStands(t *testing.T) {
	text, err := stack.Files.ReadFile("prometheus/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := promconfig.Load(string(text), promslog.NewNopLogger()); err != nil {
		t.Error(err)
	}
}

func TestPrometheusRendered(t *testing.T) {
	pattern, err := stack.WriteRules(filepath.Join(t.TempDir(), "rules"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := stack.Prometheus{
		Rules:        pattern,
		Alertmanager: "127.0.0.1:19093",
		Targets: map[string][]string{
			"prometheus":   {"127.0.0.1:19090"},
			"fraud-scorer": {"127.0.0.1:15000", "127.0.0.1:15001"},
		},
	}.Render()
	if err != nil {
		t.Fatal(err)
	}
	conf, err := promconfig.Load(string(text), promslog.NewNopLogger())
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	jobs, err := conf.GetScrapeConfigs()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, j := range jobs {
		for _, d := range j.ServiceDiscoveryConfigs {
			for _, group := range d.(discovery.StaticConfig) {
				for _, target := range group.Targets {
					got[j.JobName] = append(got[j.JobName], string(target[model.AddressLabel]))
				}
				if j.JobName == "fraud-scorer" && group.Labels["service"] != "fraud-scorer" {
					t.Errorf("labels of %s are gone: %v", j.JobName, group.Labels)
				}
			}
		}
		if !*j.ScrapeNativeHistograms || !*j.AlwaysScrapeClassicHistograms {
			t.Errorf("%s does not keep both forms of a histogram", j.JobName)
		}
	}
	if len(got) != 2 || !slices.Equal(got["fraud-scorer"], []string{"127.0.0.1:15000", "127.0.0.1:15001"}) || !slices.Equal(got["prometheus"], []string{"127.0.0.1:19090"}) {
		t.Errorf("targets are %v", got)
	}
	if am := conf.AlertingConfig.AlertmanagerConfigs[0].ServiceDiscoveryConfigs[0].(discovery.StaticConfig); am[0].Targets[0][model.AddressLabel] != "127.0.0.1:19093" {
		t.Errorf("alertmanager is %v", am)
	}
	if !slices.Equal(conf.RuleFiles, []string{pattern}) {
		t.Errorf("rule files are %v, want %s", conf.RuleFiles, pattern)
	}
	for _, comment := range []string{"stable since 3.8", "keep _bucket"} {
		if !strings.Contains(string(text), comment) {
			t.Errorf("the comment %q is gone", comment)
		}
	}
	parse := parser.NewParser(parser.Options{})
	if err := rules.ParseFiles(conf.RuleFiles, model.UTF8Validation, parse, promslog.NewNopLogger()); err != nil {
		t.Error(err)
	}
}

func TestPrometheusUnknownJob(t *testing.T) {
	_, err := stack.Prometheus{Targets: map[string][]string{"fraud-scorr": {"127.0.0.1:1"}}}.Render()
	if err == nil || !strings.Contains(err.Error(), "fraud-scorr") {
		t.Errorf("got %v, want an error that names the job", err)
	}
}

func TestAlertmanager(t *testing.T) {
	asIs, err := stack.Files.ReadFile("alertmanager/alertmanager.yml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := amconfig.Load(string(asIs)); err != nil {
		t.Error(err)
	}
	a := stack.Alertmanager{Sink: "127.0.0.1:19099", SMTP: "127.0.0.1:12525"}
	text, err := a.Render()
	if err != nil {
		t.Fatal(err)
	}
	conf, err := amconfig.Load(string(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if n := len(conf.EventRecorder.FileOutputs); n > 0 {
		t.Errorf("%d files of events, which nobody reads", n)
	}
	hooks := 0
	for _, r := range conf.Receivers {
		for _, h := range r.WebhookConfigs {
			hooks++
			if u, err := url.Parse(string(h.URL)); err != nil || u.Host != a.Sink {
				t.Errorf("%s goes to %v (%v)", r.Name, h.URL, err)
			}
		}
	}
	if hooks != 2 {
		t.Errorf("%d webhooks", hooks)
	}
	if got := conf.Global.SMTPSmarthost.String(); got != a.SMTP {
		t.Errorf("mail goes to %s", got)
	}
	if got := conf.Global.PagerdutyURL.String(); got != "http://"+a.Sink+"/pagerduty/v2/enqueue" {
		t.Errorf("pager is %s", got)
	}
	if strings.Contains(string(text), "sink:") {
		t.Errorf("a compose address is left in\n%s", text)
	}
}

func TestWriteRulesReplaces(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "slo.yml"), []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := stack.WriteRules(dir); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "slo.yml")); strings.HasPrefix(string(text), "old") {
		t.Error("the old rule file is still there")
	}
}
