//go:build !race

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firewatch/demo/embedded"
	"firewatch/demo/gameday"
)

func TestGamedayMisuse(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, c := range []struct {
		args, says string
		code       int
	}{
		{"gameday --help", "--by-hand", ok},
		{"gameday list", "logstash-stop", ok},
		{"gameday", "name scenarios, all or list", misused},
		{"gameday meteor", `no scenario "meteor": there are drift, `, misused},
		{"gameday all drift", `no scenario "all"`, misused},
		{"gameday drift -o xml", `-o "xml": want table or json`, misused},
		{"gameday drift --patience 0.5", "--patience of 1 to 10", misused},
		{"gameday drift --sink nowhere", `--sink "nowhere" is not a URL`, misused},
		{"gameday drift --demo /nowhere", "/nowhere", misused},
		{"gameday drift --demo main.go", "--demo main.go has no line of a demo", misused},
		{"gameday drift --service http://127.0.0.1:1", "ask the service for its faults", failed},
	} {
		code, out, errs := command(strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("%s: %d %s%s, want %d and %q", c.args, code, out, errs, c.code, c.says)
		}
		for line := range strings.Lines(out) {
			if len(strings.TrimSuffix(line, "\n")) > listWidth && c.args == "gameday list" {
				t.Errorf("%d columns: %s", len(line), line)
			}
		}
	}
}

// TestGameday plays one scenario on the demo that runs, and one on a demo whose
// line is in a file.
func TestGameday(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for an alert and its notification, twice")
	}
	t.Setenv("TMPDIR", t.TempDir())
	stack, err := embedded.Start(t.Context(), embedded.Options{Seed: 42})
	if err != nil {
		t.Fatal(err)
	}
	defer stack.Stop()
	var said bytes.Buffer
	forget := remember(stack, true, &said)
	code, out, errs := command("gameday", "gpu-xid", "logstash-stop")
	forget()
	if code != ok || errs != "" || !strings.Contains(out, "+0 s  begins   a GPU falls off the bus") || !strings.Contains(out, "\n1 passed, 0 failed, 1 skipped\n") {
		t.Errorf("it ended with %d: %s%s", code, out, errs)
	}

	line, err := json.Marshal(addressesOf(stack))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "demo.json")
	if err := os.WriteFile(file, line, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs = command("gameday", "oom", "-o", "json", "--demo", file, "--patience", "2")
	var results []gameday.Result
	if err := json.Unmarshal([]byte(out), &results); code != ok || err != nil {
		t.Fatalf("it ended with %d, %v: %s%s", code, err, out, errs)
	}
	if len(results) != 1 || results[0].State != "passed" || len(results[0].Checks) != 3 || results[0].Checks[0].Seconds == 0 || !strings.Contains(errs, "oom") {
		t.Errorf("the results are %s, and it said %s", out, errs)
	}
}
