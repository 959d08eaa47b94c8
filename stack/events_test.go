//go:build !race

package stack_test

import (
	"encoding/json"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/eventrecorder/eventrecorderpb"
	"github.com/prometheus/alertmanager/featurecontrol"
)

// TestAlertmanagerRecordsEvents has Alertmanager's own recorder write the file
// that its configuration names, one line of JSON for each event.
func TestAlertmanagerRecordsEvents(t *testing.T) {
	conf := load(t, demoFile).EventRecorder
	if len(conf.FileOutputs) != 1 {
		t.Fatalf("the events go to %+v", conf)
	}
	to := filepath.Join(t.TempDir(), path.Base(conf.FileOutputs[0].Path))
	conf.FileOutputs[0].Path = to
	recorder := eventrecorder.NewRecorderFromConfig(conf, "am-1", slog.New(slog.DiscardHandler), nil)
	recorder.RecordEvent(eventrecorder.WithEventRecording(t.Context()), func() *eventrecorderpb.EventData {
		return &eventrecorderpb.EventData{EventType: &eventrecorderpb.EventData_Notification{Notification: &eventrecorderpb.NotificationEvent{
			Reason:      eventrecorderpb.NotifyReason_NOTIFY_REASON_FIRST_NOTIFICATION,
			Integration: &eventrecorderpb.Integration{Name: "pagerduty"},
		}}}
	})
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	var event struct {
		Time     string `json:"@timestamp"`
		Instance string
		Data     struct {
			Notification struct {
				Reason      string
				Integration struct{ Name string }
			}
		}
	}
	if err := json.Unmarshal(text, &event); err != nil || strings.Count(string(text), "\n") != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	if n := event.Data.Notification; event.Time == "" || event.Instance != "am-1" || n.Reason != "NOTIFY_REASON_FIRST_NOTIFICATION" || n.Integration.Name != "pagerduty" {
		t.Errorf("the event is %s", text)
	}
	// Filebeat waits until a file has as many bytes as it is known by.
	if o := filebeat(t); len(text) < o.Inputs[1].Fingerprint.Length {
		t.Errorf("an event of %d bytes waits for the next one", len(text))
	}
}

// TestEventsReachTheirStream follows the events from Alertmanager's file through
// the volume, Filebeat and Logstash to the template of the stream.
func TestEventsReachTheirStream(t *testing.T) {
	p := everything(t)
	const flag = "--enable-feature="
	at := slices.IndexFunc(p.Services["alertmanager"].Command, func(s string) bool { return strings.HasPrefix(s, flag) })
	if at < 0 {
		t.Fatal("compose does not turn the recorder on")
	}
	features, err := featurecontrol.NewFlags(slog.New(slog.DiscardHandler), strings.TrimPrefix(p.Services["alertmanager"].Command[at], flag))
	if err != nil || !features.EnableEventRecorder() {
		t.Errorf("the flag does not turn the recorder on (%v)", err)
	}

	file := load(t, demoFile).EventRecorder.FileOutputs[0].Path
	volume := ""
	for _, v := range p.Services["alertmanager"].Volumes {
		if v.Target == path.Dir(file) {
			volume = v.Source
		}
	}
	for _, reader := range []string{"filebeat", "logrotate"} {
		seen := ""
		for _, v := range p.Services[reader].Volumes {
			if v.Source == volume {
				seen = path.Join(v.Target, path.Base(file))
			}
		}
		switch {
		case seen == "":
			t.Errorf("%s does not see the volume %q of %s", reader, volume, file)
		case reader == "filebeat" && !slices.Contains(filebeat(t).Inputs[1].Paths, seen):
			t.Errorf("filebeat does not read %s", seen)
		case reader == "logrotate" && !strings.Contains(strings.Join(p.Services[reader].Command, " "), path.Dir(seen)+" "):
			t.Errorf("nobody turns %s over", seen)
		}
	}
	for _, in := range filebeat(t).Inputs {
		if in.Enabled != true {
			t.Errorf("the input %s is not read", in.ID)
		}
	}

	routing := regexp.MustCompile(`(?s)\[log\]\[file\]\[path\] =~ "([^"]+)" \{.*?"\[data_stream\]\[dataset\]" => "([^"]+)"`).
		FindStringSubmatch(string(logFile(t, "logstash/pipeline/mldemo.conf")))
	if routing == nil {
		t.Fatal("logstash does not look at the file")
	}
	for _, name := range filebeat(t).Inputs[1].Paths {
		if !regexp.MustCompile(routing[1]).MatchString(name) {
			t.Errorf("logstash takes %s for a log", name)
		}
	}
	for _, name := range filebeat(t).Inputs[0].Paths {
		if regexp.MustCompile(routing[1]).MatchString(name) {
			t.Errorf("logstash takes %s for events", name)
		}
	}
	var template struct {
		Patterns []string `json:"index_patterns"`
	}
	decodeLogFile(t, "elasticsearch/index-template-logs-mldemo.json", &template)
	if stream := "logs-" + routing[2] + "-default"; !slices.ContainsFunc(template.Patterns, func(p string) bool { ok, _ := path.Match(p, stream); return ok }) {
		t.Errorf("no template is for %s", stream)
	}
}
