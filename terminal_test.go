package main_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// terminal is a program under a pseudo terminal, and an emulator that shows what
// a person would see.
type terminal struct {
	t    *testing.T
	cmd  *exec.Cmd
	tty  *os.File
	vt   vt10x.Terminal
	done chan error

	mu  sync.Mutex
	raw bytes.Buffer
}

// binDir is where the console was compiled to; empty when no test needed it.
var binDir string

// build compiles the console once for all tests.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "firewatch-e2e-")
	if err != nil {
		return "", err
	}
	binDir = dir
	bin := filepath.Join(dir, "firewatch")
	out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if running != nil {
		if err := running.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop the embedded servers:", err)
			code = max(code, 1)
		}
	}
	if binDir != "" {
		_ = os.RemoveAll(binDir)
	}
	os.Exit(code)
}

// start runs the console under a terminal of the given size.
func start(t *testing.T, cols, rows int, args ...string) *terminal {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, cmd: exec.Command(bin, args...), vt: vt10x.New(vt10x.WithSize(cols, rows)), done: make(chan error, 1)}
	home := t.TempDir()
	term.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_STATE_HOME="+home, "SSH_TTY=")
	term.tty, err = pty.StartWithSize(term.cmd, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		// Parse waits for the rest of a character that two reads cut in half; the
		// emulator's Write does not.
		screen := bufio.NewReader(io.TeeReader(term.tty, term))
		for term.vt.Parse(screen) == nil {
			continue
		}
		term.done <- term.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = term.cmd.Process.Kill()
		_ = term.tty.Close()
	})
	return term
}

// Write keeps the bytes that the program wrote.
func (term *terminal) Write(p []byte) (int, error) {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.raw.Write(p)
}

// bytes is everything the program wrote so far.
func (term *terminal) bytes() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.raw.String()
}

// screen is what a person sees.
func (term *terminal) screen() string { return term.vt.String() }

// press types keys.
func (term *terminal) press(keys string) {
	term.t.Helper()
	if _, err := io.WriteString(term.tty, keys); err != nil {
		term.t.Fatal(err)
	}
}

// see waits until the screen matches the expression and returns the screen.
func (term *terminal) see(within time.Duration, pattern string) string {
	term.t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.Now().Add(within)
	for {
		s := term.screen()
		if re.MatchString(s) {
			return s
		}
		select {
		case err := <-term.done:
			term.done <- err
			term.t.Fatalf("the console ended (%v) before the screen showed %q:\n%s", err, pattern, s)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			term.t.Fatalf("no %q on the screen within %s:\n%s", pattern, within, strings.TrimRight(s, "\n "))
		}
	}
}

// end waits for the program's end.
func (term *terminal) end(within time.Duration) error {
	term.t.Helper()
	select {
	case err := <-term.done:
		term.done <- err
		return err
	case <-time.After(within):
		term.t.Fatalf("the console is still running after %s:\n%s", within, term.screen())
		return nil
	}
}
