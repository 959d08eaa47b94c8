package alertserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"firewatch/demo/embedded/alertserver"
)

const patience = 15 * time.Second

func TestLifecycle(t *testing.T) {
	before := runtime.NumGoroutine()
	notified := make(chan string, 16)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		notified <- string(text)
	}))
	dir := t.TempDir()
	conf := write(t, dir, config(hook.URL))
	start := func(address string) *alertserver.Server {
		t.Helper()
		s, err := alertserver.Start(alertserver.Options{ConfigFile: conf, DataDir: filepath.Join(dir, "data"), Listener: listen(t, address)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}

	s := start("127.0.0.1:0")
	if code, text := call(t, "GET", s.URL()+"/-/ready", ""); code != 200 {
		t.Errorf("ready answers %d %q", code, text)
	}
	var status struct {
		VersionInfo struct{ Version string }
		Cluster     struct{ Status string }
	}
	get(t, s.URL()+"/api/v2/status", &status)
	if status.VersionInfo.Version != alertserver.Version || status.Cluster.Status != "disabled" {
		t.Errorf("status is %+v", status)
	}

	fire(t, s.URL(), "loud")
	select {
	case text := <-notified:
		if !strings.Contains(text, `"alertname":"loud"`) {
			t.Errorf("the receiver got %s", text)
		}
	case <-time.After(patience):
		t.Fatal("the receiver got nothing")
	}
	var groups []struct{ Alerts []any }
	get(t, s.URL()+"/api/v2/alerts/groups", &groups)
	if len(groups) != 1 || len(groups[0].Alerts) != 1 {
		t.Errorf("groups are %+v", groups)
	}

	silence(t, s.URL(), "quiet")
	fire(t, s.URL(), "quiet")
	if got := state(t, s.URL(), "quiet"); got != "suppressed" {
		t.Errorf("a silenced alert is %s", got)
	}
	if code, _ := call(t, "POST", s.URL()+"/-/reload", ""); code != 200 {
		t.Errorf("reload answers %d", code)
	}
	if got := state(t, s.URL(), "quiet"); got != "suppressed" {
		t.Errorf("after a reload a silenced alert is %s", got)
	}

	// Silences outlive a restart on the same port; alerts are sent again.
	address := strings.TrimPrefix(s.URL(), "http://")
	http.DefaultClient.CloseIdleConnections()
	s.Stop()
	if _, err := net.Dial("tcp", address); err == nil {
		t.Error("somebody still listens after Stop")
	}
	s = start(address)
	fire(t, s.URL(), "quiet")
	if got := state(t, s.URL(), "quiet"); got != "suppressed" {
		t.Errorf("after a restart a silenced alert is %s", got)
	}
	http.DefaultClient.CloseIdleConnections()
	s.Stop()
	s.Stop()
	hook.Close()
	leaked(t, before)
}

func TestReloadRefused(t *testing.T) {
	dir := t.TempDir()
	conf := write(t, dir, config("http://127.0.0.1:1"))
	s, err := alertserver.Start(alertserver.Options{ConfigFile: conf, DataDir: filepath.Join(dir, "data"), Listener: listen(t, "127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	write(t, dir, "route: {receiver: nobody}")
	if code, text := call(t, "POST", s.URL()+"/-/reload", ""); code != 500 || !strings.Contains(text, "nobody") {
		t.Errorf("a bad file is answered with %d %q", code, text)
	}
	_, metrics := call(t, "GET", s.URL()+"/metrics", "")
	for _, want := range []string{"alertmanager_config_last_reload_successful 0", "alertmanager_integrations 1", `alertmanager_build_info{goversion=`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("%s is not in the metrics", want)
		}
	}
	fire(t, s.URL(), "still")
	if got := state(t, s.URL(), "still"); got != "active" {
		t.Errorf("after a refused reload an alert is %q", got)
	}
}

func TestStartFails(t *testing.T) {
	before := runtime.NumGoroutine()
	dir := t.TempDir()
	l := listen(t, "127.0.0.1:0")
	_, err := alertserver.Start(alertserver.Options{ConfigFile: write(t, dir, "route: {receiver: nobody}"), DataDir: filepath.Join(dir, "data"), Listener: l})
	if err == nil {
		t.Fatal("it started")
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("the listener is still open")
	}
	leaked(t, before)
}

func config(hook string) string {
	return fmt.Sprintf(`
route: {receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s}
receivers: [{name: hook, webhook_configs: [{url: '%s'}]}]
`, hook)
}

func fire(t *testing.T, base, name string) {
	t.Helper()
	alert := fmt.Sprintf(`[{"labels": {"alertname": %q}}]`, name)
	if code, text := call(t, "POST", base+"/api/v2/alerts", alert); code != 200 {
		t.Fatalf("the alert is answered with %d %s", code, text)
	}
}

func silence(t *testing.T, base, name string) {
	t.Helper()
	now := time.Now()
	text := fmt.Sprintf(`{"matchers": [{"name": "alertname", "value": %q, "isRegex": false}], "startsAt": %q, "endsAt": %q, "createdBy": "test", "comment": "test"}`,
		name, now.Format(time.RFC3339Nano), now.Add(time.Hour).Format(time.RFC3339Nano))
	if code, answer := call(t, "POST", base+"/api/v2/silences", text); code != 200 {
		t.Fatalf("the silence is answered with %d %s", code, answer)
	}
}

// state is what the API says of an alert once it is processed.
func state(t *testing.T, base, name string) string {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var alerts []struct{ Status struct{ State string } }
		get(t, base+"/api/v2/alerts?filter=alertname="+name, &alerts)
		if len(alerts) == 1 && alerts[0].Status.State != "unprocessed" {
			return alerts[0].Status.State
		}
	}
	return ""
}

func call(t *testing.T, method, url, text string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, bytes.NewBufferString(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}

func get(t *testing.T, url string, into any) {
	t.Helper()
	if _, text := call(t, "GET", url, ""); json.Unmarshal([]byte(text), into) != nil {
		t.Fatalf("%s answers %s", url, text)
	}
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func write(t *testing.T, dir, text string) string {
	t.Helper()
	path := filepath.Join(dir, "alertmanager.yml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// leaked fails when there are more goroutines than before, after those that are
// on their way out had time to go.
func leaked(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
		}
	}
}
