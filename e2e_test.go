package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"firewatch/demo/embedded"
)

// stack is the embedded servers, started once for all stories.
var stack = sync.OnceValues(func() (*embedded.Stack, error) {
	s, err := embedded.Start(context.Background(), embedded.Options{History: 20 * time.Minute, Seed: 42})
	running = s
	return s, err
})

// running is what has to be stopped in the end; nil when no story needed servers.
var running *embedded.Stack

// servers starts the embedded servers, or gives those that run.
func servers(t *testing.T) *embedded.Stack {
	t.Helper()
	if testing.Short() {
		t.Skip("the stories need the embedded servers")
	}
	s, err := stack()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFirstData: every tab fills from the embedded servers, and q leaves the
// terminal as it was.
func TestFirstData(t *testing.T) {
	s := servers(t)
	term := start(t, 120, 40, "--config", s.ConfigPath)
	term.see(15*time.Second, `(?s)hosts.*db-1 \(simulated\).*%`)
	for _, tab := range []struct{ key, pattern string }{
		{"2", `(?s)services.*fraud-scorer.*/s`},
		{"3", `(?s)models.*1\.4\.0`},
		{"4", `(?s)objectives.*fraud-scorer availability.*99\.9%`},
		{"5", `(?s)alerts.*Watchdog`},
		{"6", `(?s)tail.*fraud-scorer`},
	} {
		term.press(tab.key)
		term.see(15*time.Second, tab.pattern)
	}
	term.press("1")
	term.see(5*time.Second, "hosts")
	term.press("q")
	if err := term.end(5 * time.Second); err != nil {
		t.Errorf("q ends the console with %v", err)
	}
	restored(t, term)
}

// restored checks that the modes that the console switched on are off again.
func restored(t *testing.T, term *terminal) {
	t.Helper()
	raw := term.bytes()
	for _, mode := range []string{"?1049", "?2004", "?1004", "?1002"} {
		on, off := strings.LastIndex(raw, "\x1b["+mode+"h"), strings.LastIndex(raw, "\x1b["+mode+"l")
		if on > off {
			t.Errorf("mode %s is still on", mode)
		}
	}
	if hidden, shown := strings.LastIndex(raw, "\x1b[?25l"), strings.LastIndex(raw, "\x1b[?25h"); hidden > shown {
		t.Error("the cursor is still hidden")
	}
}

// TestServerDiesAndReturns: Prometheus stops under the console; the last frame
// stays, aged and with the reason, the keys go on working, and data comes back.
func TestServerDiesAndReturns(t *testing.T) {
	s := servers(t)
	term := start(t, 120, 40, "--config", s.ConfigPath, "--refresh", "1s")
	term.see(15*time.Second, `(?s)hosts.*db-1 \(simulated\).*%`)
	if err := s.StopPrometheus(); err != nil {
		t.Fatal(err)
	}
	frame := term.see(20*time.Second, `prometheus unreachable`)
	if !strings.Contains(frame, "db-1 (simulated)") {
		t.Errorf("the last frame went with the server:\n%s", frame)
	}
	term.see(20*time.Second, `(?s)hosts.*\d+s ago`)
	term.press("5")
	term.see(5*time.Second, "Watchdog")
	term.press("1")
	if err := s.StartPrometheus(); err != nil {
		t.Fatal(err)
	}
	term.see(60*time.Second, `● prometheus \S+ms`)
	term.press("q")
	if err := term.end(5 * time.Second); err != nil {
		t.Errorf("q ends the console with %v", err)
	}
}

// TestSignals: SIGTERM restores the terminal too, and so does Ctrl-C.
func TestSignals(t *testing.T) {
	s := servers(t)
	for name, stop := range map[string]func(*terminal){
		"SIGTERM": func(term *terminal) { _ = term.cmd.Process.Signal(syscall.SIGTERM) },
		"Ctrl-C":  func(term *terminal) { term.press("\x03") },
	} {
		t.Run(name, func(t *testing.T) {
			term := start(t, 80, 24, "--config", s.ConfigPath)
			term.see(15*time.Second, "hosts")
			stop(term)
			_ = term.end(5 * time.Second)
			restored(t, term)
		})
	}
}

// TestErrorsBecomeAnAlert: a hundred failing requests lead, with nobody touching
// anything, to a firing alert on the screen; acknowledged, silenced and expired
// from the keyboard, with Alertmanager's own API as the witness of each step.
func TestErrorsBecomeAnAlert(t *testing.T) {
	s := servers(t)
	home := t.TempDir()
	audit := filepath.Join(home, "audit.jsonl")
	term := start(t, 160, 45, "--config", s.ConfigPath, "--view", "alerts", "--audit", audit)
	term.see(15*time.Second, "Watchdog")
	for range 100 {
		resp, err := http.Get(s.URLs.Service + "/error")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	term.see(2*time.Minute, `HighErrorRate\s+(active|firing)`)

	term.press("/")
	term.press("alertname=HighErrorRate\r")
	term.see(5*time.Second, `(?s)HighErrorRate`)
	term.press("a")
	term.press("looking at it\r")
	acked := eventually(t, "an acknowledgement", func() *silence {
		return find(t, s, func(x silence) bool {
			return x.Status.State == "active" && strings.HasPrefix(x.Comment, "ACK! ") && strings.Contains(x.Comment, "looking at it")
		})
	})
	term.see(30*time.Second, `HighErrorRate\s+acked`)

	term.press("x")
	term.see(5*time.Second, `expire silence \S+\?`)
	term.press("y")
	eventually(t, "the expiry of the acknowledgement", func() *silence {
		return find(t, s, func(x silence) bool { return x.ID == acked.ID && x.Status.State == "expired" })
	})

	if _, err := os.Stat(audit); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(audit)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(data, []byte("\n")); n < 2 || !bytes.Contains(data, []byte(acked.ID)) {
		t.Errorf("the audit file has %d lines and must name %s:\n%s", n, acked.ID, data)
	}
	if info, err := os.Stat(audit); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the audit file is %v, %v", info.Mode(), err)
	}
	term.press("\x03")
	_ = term.end(5 * time.Second)
}

// TestPostedLineIsTailed: a JSON line posted to the service is on the Logs tab
// within three seconds and is found by a plain search.
func TestPostedLineIsTailed(t *testing.T) {
	s := servers(t)
	term := start(t, 120, 40, "--config", s.ConfigPath, "--view", "logs level>=error")
	// The first page has to be there: the three seconds are those of a tail that runs.
	term.see(15*time.Second, `(?s)tail.*(fraud-scorer|no line)`)
	resp, err := http.Post(s.URLs.Service+"/", "application/json", strings.NewReader(`{"level":"error","message":"posted by a story"}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		t.Fatalf("POST / answers %s", resp.Status)
	}
	term.see(3*time.Second, "posted by a story")
	var found struct {
		Hits struct {
			Hits []struct {
				Source json.RawMessage `json:"_source"`
			}
		}
	}
	get(t, s.URLs.Elasticsearch+"/_search?q=level:error&size=100", &found)
	body, _ := json.Marshal(found)
	if !regexp.MustCompile("posted by a story").Match(body) {
		t.Errorf("_search?q=level:error does not find it in %d hits", len(found.Hits.Hits))
	}
	term.press("\x03")
	_ = term.end(5 * time.Second)
}

// silence is what the story reads of Alertmanager's answer.
type silence struct {
	ID, Comment, CreatedBy string
	Status                 struct{ State string }
}

// find is the first silence that the server has and that fits; nil when none does.
func find(t *testing.T, s *embedded.Stack, fits func(silence) bool) *silence {
	t.Helper()
	var all []silence
	get(t, s.URLs.Alertmanager+"/api/v2/silences", &all)
	for _, x := range all {
		if fits(x) {
			return &x
		}
	}
	return nil
}

func get(t *testing.T, url string, into any) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// eventually waits for what to be there.
func eventually[T any](t *testing.T, what string, look func() *T) *T {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if got := look(); got != nil {
			return got
		}
	}
	t.Fatalf("no %s within 20 s", what)
	return nil
}
