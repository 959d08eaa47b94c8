package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firewatch/cli"
	"firewatch/demo/embedded"
	"firewatch/demo/service/chaos"
)

// TestMain lets the test binary be the demo: one that opens a console, or a role.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "console" || roleNamed(os.Args[1]) != nil) {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// anywhere puts every part on a free port, without a past.
func anywhere(more ...string) []string {
	args := []string{"--history", "0"}
	for _, p := range portFlags {
		args = append(args, "--"+p.flag, "0")
	}
	return append(args, more...)
}

// command runs a command that ends by itself.
func command(args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = run(args, &o, &e)
	return code, o.String(), e.String()
}

func TestHeadless(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	r, w := io.Pipe()
	var errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(anywhere("--headless"), w, &errs)
		_ = w.Close()
	}()
	out := bufio.NewReader(r)
	line, err := out.ReadString('\n')
	if err != nil {
		t.Fatalf("%v after %q; it said %s", err, line, &errs)
	}
	var at map[string]string
	if err := json.Unmarshal([]byte(line), &at); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	for _, part := range []string{"prometheus/-/ready", "alertmanager/-/ready", "elasticsearch/", "service/healthz"} {
		name, path, _ := strings.Cut(part, "/")
		resp, err := http.Get(at[name] + "/" + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s answers %s", part, resp.Status)
		}
	}
	for _, part := range []string{"feature_store", "hostsim", "sink", "probe"} {
		if resp, err := http.Get(at[part] + "/metrics"); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("%s at %q: %v", part, at[part], err)
		} else {
			_ = resp.Body.Close()
		}
	}
	var checked bytes.Buffer
	if code := cli.Run([]string{"config", "check", "--config", at["config"]}, &checked, &checked); code != 0 || !strings.Contains(checked.String(), at["elasticsearch"]) {
		t.Errorf("the console's configuration is refused with %d: %s", code, &checked)
	}

	t.Run("chaos", func(t *testing.T) {
		for _, c := range []struct {
			args string
			code int
			says string
		}{
			{"chaos error-burst --for 1m --intensity 0.3", ok, "error-burst at 0.3 (share of requests) until "},
			{"chaos list", ok, "active at 0.3 until"},
			{"chaos list", ok, "alertmanager-stop*"},
			{"chaos list", ok, "answered by http://127.0.0.1:"},
			{"chaos error-burst --stop", ok, "1 ended"},
			{"chaos error-burst --stop", misused, `"error-burst" is not active`},
			{"chaos --stop", ok, "0 ended"},
			{"chaos list --for 1m", misused, "--for does not go with this"},
			{"chaos --stop --ramp 1s", misused, "--ramp does not go with this"},
			{"chaos latency --intensity NaN", misused, "--intensity NaN is not an amount"},
			{"chaos latency --intensity 20000", misused, "at most 10000 (milliseconds)"},
			{"chaos latency --for abc", misused, "\"abc\" for \"--for\" flag"},
			{"chaos eror-burst", misused, "error-burst, latency"},
			{"chaos latency --for 9h", misused, "30m"},
			{"chaos", misused, "name one fault: error-burst"},
			{"chaos latency --url " + at["prometheus"], failed, "takes no faults: 404"},
		} {
			code, out, errs := command(strings.Fields(c.args)...)
			if code != c.code || !strings.Contains(out+errs, c.says) {
				t.Errorf("%s: %d %s%s, want %d and %q", c.args, code, out, errs, c.code, c.says)
			}
		}
	})

	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if rest, _ := io.ReadAll(out); len(rest) > 0 {
		t.Errorf("more than one line: %s", rest)
	}
	if code := <-ended; code != ok {
		t.Errorf("it ended with %d: %s", code, &errs)
	}
	if left, _ := filepath.Glob(filepath.Join(tmp, "*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	for _, part := range []string{"alertmanager", "prometheus"} {
		if !strings.Contains(errs.String(), part) {
			t.Errorf("progress does not name %s: %s", part, &errs)
		}
	}
}

// TestConsole opens the console as the demo does, a process of its own, and has
// it print one frame.
func TestConsole(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = w
	defer func() { os.Stdout = stdout }()
	frame := make(chan string)
	go func() { text, _ := io.ReadAll(r); frame <- string(text) }()
	code, _, errs := command(anywhere("--", "--once", "--view", "alerts", "--size", "100x20")...)
	_ = w.Close()
	text := <-frame
	if code != ok && code != failed || !strings.Contains(text, "alerts") || strings.Count(text, "\n") < 20 {
		t.Errorf("the console ended with %d, said %s and drew\n%s", code, errs, text)
	}
}

func TestMisuse(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, c := range []struct {
		args, says string
		code       int
	}{
		{"help", "demo chaos NAME", ok},
		{"--help", "--history", ok},
		{"chaos --help", "--intensity", ok},
		{"wat", `unknown command "wat"`, misused},
		{"--histroy 1h", "--histroy", misused},
		{"--history 1y", "1y", misused},
		{"--history -1h", "between 0 and a week", misused},
		{"--service-port 70000", "--service-port 70000 is not a port", misused},
		{"--headless now", `unexpected argument "now"`, misused},
		{"--log /nowhere/at/all", "open the log", failed},
		{"chaos latency --url http://127.0.0.1:1", "no demo answers: start one", failed},
		{"chaos latency --url http://[", "http://[", misused},
	} {
		code, out, errs := command(strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("%s: %d %s%s, want %d and %q", c.args, code, out, errs, c.code, c.says)
		}
	}
}

// TestState looks for the demo to talk to among those that have left a state:
// some run, some were killed, and some end.
func TestState(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	gone := exec.Command(os.Args[0], "-test.run", "^$")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	leave := func(name string, s state) {
		t.Helper()
		text, _ := json.Marshal(s)
		if err := replaceFile(statePath(name), text); err != nil {
			t.Fatal(err)
		}
	}
	finds := func(want string) {
		t.Helper()
		if got, err := serviceURL(""); got != want || err != nil {
			t.Errorf("it finds %s, %v; want %s", got, err, want)
		}
	}
	const none = "http://127.0.0.1:5000"
	finds(none)
	own, other := filepath.Join(os.TempDir(), "firewatch-demo-123"), filepath.Join(os.TempDir(), "mail")
	for _, dir := range []string{own, other, filepath.Join(own, "prometheus")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	leave("0", state{PID: gone.Process.Pid, Dir: other})
	leave("1", state{PID: gone.Process.Pid, Started: noon.Add(time.Hour), Dir: own, addresses: addresses{Service: "http://killed"}})
	finds(none)
	if _, err := os.Stat(statePath("1")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the state of a process that is gone is kept: %v", err)
	}
	if _, err := os.Stat(own); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its directory is kept: %v", err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("a directory that is not a demo's is gone: %v", err)
	}
	leave("2", state{PID: os.Getpid(), Started: noon, addresses: addresses{Service: "http://first"}})
	leave("3", state{PID: os.Getppid(), Started: noon.Add(time.Minute), addresses: addresses{Service: "http://second"}})
	finds("http://second")
	if err := os.Remove(statePath("3")); err != nil {
		t.Fatal(err)
	}
	finds("http://first")

	var said bytes.Buffer
	forget := remember(&embedded.Stack{URLs: embedded.URLs{Service: "http://own"}}, true, &said)
	finds("http://own")
	forget()
	finds("http://first")
	if said.Len() > 0 {
		t.Errorf("it said %s", &said)
	}
}

func TestFaultTable(t *testing.T) {
	more := map[string]string{"cpu-burn": "active at 0.25 until 23:59:59"}
	table := faultTable(chaos.Faults, more)
	for line := range strings.Lines(table) {
		if n := len(strings.TrimRight(line, "\n")); n > listWidth {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	for _, want := range []string{"latency                      700 (milliseconds)        feature", "alertmanager-config-broken*  on  ", "  active at 0.25 until 23:59:59\n"} {
		if !strings.Contains(table, want) {
			t.Errorf("there is no %q in\n%s", want, table)
		}
	}
}
