package ui_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
)

// child names the program that this test binary is to be instead of a test.
const child = "FIREWATCH_UI_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(child) == "" {
		os.Exit(m.Run())
	}
	c := ui.Config{
		Views: []ui.View{&hosts{}, &bomb{}}, Context: "demo", Kinds: []string{"prometheus"}, Refresh: time.Second,
		Sources: canned(func(_ context.Context, q sources.Query, w sources.Window) (sources.Frame, error) { return answer(q, w) }),
	}
	if os.Getenv(child) == "wall" {
		c.Views = []ui.View{wall{8}}
		c.Sources = canned(func(_ context.Context, q sources.Query, w sources.Window) (sources.Frame, error) { return waves(q, w) })
	}
	var opts []tea.ProgramOption
	if n, err := strconv.Atoi(os.Getenv("FIREWATCH_UI_FPS")); err == nil {
		opts = append(opts, tea.WithFPS(n))
	}
	if err := ui.Run(context.Background(), c, opts...); err != nil {
		fmt.Fprintln(os.Stderr, "ended by:", err)
		os.Exit(3)
	}
	os.Exit(0)
}

// bomb is a tab whose key b panics.
type bomb struct{}

func (*bomb) Name() string { return "bomb" }
func (*bomb) Layout(*ui.Env) ui.Node {
	return ui.P(ui.Panel{Title: "bomb", Draw: func(b draw.Box, _ []sources.Frame) draw.Block { return draw.Fit(b, []string{"ticking"}) }})
}
func (*bomb) Keys(*ui.Env) []ui.Key {
	return []ui.Key{{ID: "boom", On: []string{"b"}, Help: "boom", Run: func(*ui.Env) tea.Cmd { panic("boom") }}}
}

// tty is a program under a pseudo terminal.
type tty struct {
	t    testing.TB
	cmd  *exec.Cmd
	file *os.File
	out  bytes.Buffer
	read chan []byte
}

func onTerminal(t testing.TB, kind string, env ...string) *tty {
	t.Helper()
	return under(t, exec.Command(os.Args[0]), kind, env...)
}

// onShell has the shell run a script, with the program as $0.
func onShell(t testing.TB, kind, script string) *tty {
	t.Helper()
	return under(t, exec.Command("bash", "-c", script, os.Args[0]), kind)
}

func under(t testing.TB, cmd *exec.Cmd, kind string, env ...string) *tty {
	t.Helper()
	p := &tty{t: t, cmd: cmd, read: make(chan []byte, 64)}
	reports := filepath.Join(t.TempDir(), "race")
	p.cmd.Env = append(os.Environ(), append([]string{child + "=" + kind, "GORACE=exitcode=0 log_path=" + reports, "TERM=xterm-256color", "COLORTERM=truecolor", "SSH_TTY=", "SSH_CONNECTION="}, env...)...)
	f, err := pty.StartWithSize(p.cmd, &pty.Winsize{Cols: 120, Rows: 40})
	if err != nil {
		t.Skipf("no pseudo terminal here: %v", err)
	}
	p.file = f
	go func() {
		defer close(p.read)
		for {
			buf := make([]byte, 32<<10)
			n, err := f.Read(buf)
			if n > 0 {
				p.read <- buf[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = f.Close()
		races(t, reports)
	})
	return p
}

// races fails for what the race detector reported of the program, but for the
// library's own: at its end it closes the input that its reader still waits on.
func races(t testing.TB, reports string) {
	t.Helper()
	files, err := filepath.Glob(reports + ".*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for report := range strings.SplitSeq(string(text), "==================") {
			ended := strings.Contains(report, "cancelreader.(*epollCancelReader).Close") && strings.Contains(report, ").shutdown")
			if strings.Contains(report, "DATA RACE") && !ended {
				t.Error(report)
			}
		}
	}
}

// until reads what the program writes until it has written text.
func (p *tty) until(text string) {
	p.t.Helper()
	late := time.After(20 * time.Second)
	for !strings.Contains(p.out.String(), text) {
		select {
		case b, ok := <-p.read:
			if !ok {
				p.t.Fatalf("the program ended before it wrote %q: %q", text, p.out.String())
			}
			p.out.Write(b)
		case <-late:
			p.t.Fatalf("no %q within 20 s: %q", text, p.out.String())
		}
	}
}

func (p *tty) press(keys string) {
	p.t.Helper()
	p.out.Reset()
	if _, err := p.file.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// end reads to the end and returns the exit code.
func (p *tty) end() int {
	p.t.Helper()
	late := time.After(20 * time.Second)
	for open := true; open; {
		select {
		case b, ok := <-p.read:
			p.out.Write(b)
			open = ok
		case <-late:
			p.t.Fatalf("the program does not end: %q", p.out.String())
		}
	}
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

// restored holds that the terminal was put back: out of the alternate screen,
// the cursor shown, focus reports and bracketed paste off.
func (p *tty) restored() {
	p.t.Helper()
	for _, seq := range []string{"\x1b[?1049l", "\x1b[?25h", "\x1b[?1004l", "\x1b[?2004l"} {
		if !strings.Contains(p.out.String(), seq) {
			p.t.Errorf("the terminal did not get %q back: %q", seq, p.out.String())
		}
	}
}

func TestRunQuits(t *testing.T) {
	for name, end := range map[string]func(*tty){
		"q":       func(p *tty) { p.press("q") },
		"ctrl+c":  func(p *tty) { p.press("\x03") },
		"SIGTERM": func(p *tty) { _ = p.cmd.Process.Signal(syscall.SIGTERM) },
		"SIGINT":  func(p *tty) { _ = p.cmd.Process.Signal(syscall.SIGINT) },
	} {
		t.Run(name, func(t *testing.T) {
			p := onTerminal(t, "hosts")
			p.until("web-1")
			if !strings.Contains(p.out.String(), "\x1b[?1049h") {
				t.Error("not on the alternate screen")
			}
			if kept, named := strings.Index(p.out.String(), "\x1b[22;2t"), strings.Index(p.out.String(), "\x1b]2;"); kept < 0 || named < kept {
				t.Error("the title is not kept before it is changed")
			}
			end(p)
			if code := p.end(); code != 0 {
				t.Errorf("exit code %d: %q", code, p.out.String())
			}
			p.restored()
			if !strings.HasSuffix(p.out.String(), "\x1b[23;2t") {
				t.Errorf("the title is not restored at the very end: %q", p.out.String())
			}
		})
	}
}

func TestRunPanics(t *testing.T) {
	p := onTerminal(t, "hosts")
	p.until("web-1")
	p.press("2")
	p.until("ticking")
	p.press("b")
	if code := p.end(); code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
	p.restored()
	if !strings.Contains(p.out.String(), "boom") {
		t.Errorf("the reason is lost: %q", p.out.String())
	}
}

// TestRunSuspends stops the program under a shell with job control, which brings
// it back when the word is given.
func TestRunSuspends(t *testing.T) {
	p := onShell(t, "hosts", `set -m; "$0"; echo stopped; read -r word; fg >/dev/null; exit $?`)
	p.until("web-1")
	p.press("\x1a")
	p.until("stopped")
	if !strings.Contains(p.out.String(), "\x1b[?1049l") {
		t.Errorf("the screen was not given back: %q", p.out.String())
	}
	p.out.Reset()
	p.press("back\n")
	p.until("\x1b[?1049h")
	p.until("web-1")
	p.press("q")
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	p.restored()
}

// TestRunWithoutJobControl presses the same key where nobody could bring the
// program back: as the leader of the session, and as the child of a shell that
// keeps no jobs.
func TestRunWithoutJobControl(t *testing.T) {
	for name, p := range map[string]*tty{"leader": onTerminal(t, "hosts"), "child": onShell(t, "hosts", `"$0"; exit $?`)} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			p.until("web-1")
			p.press("\x1a")
			p.until("no shell to suspend to")
			p.press("2")
			p.until("ticking")
			p.press("q")
			if code := p.end(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			p.restored()
		})
	}
}

func TestRunOverSSH(t *testing.T) {
	const begin = "\x1b[?2026h"
	p := onTerminal(t, "hosts", "SSH_TTY=/dev/pts/7", "TERM=xterm-unheard-of")
	p.until("web-1")
	p.press("j")
	p.until(begin)
	p.press("q")
	p.end()
	p = onTerminal(t, "hosts", "SSH_TTY=/dev/pts/7", "TERM=xterm-unheard-of", "FIREWATCH_NO_SYNC=1")
	p.until("web-1")
	p.press("2")
	p.until("ticking")
	p.press("q")
	p.end()
	if strings.Contains(p.out.String(), begin) {
		t.Error("synchronized output although it was turned off")
	}
}

func TestDebugCountsBytes(t *testing.T) {
	p := onTerminal(t, "hosts")
	p.until("web-1")
	p.press(":debug\r")
	p.until("bytes in all")
	if strings.Contains(p.out.String(), "0 bytes/s, 0 bytes in all") {
		t.Errorf("no bytes are counted: %q", p.out.String())
	}
	p.press("\x03")
	p.end()
}

// BenchmarkKeyToScreen is the time from a key until the first byte of what it
// changed, and what the program costs a second while nothing happens, at three
// frame rates.
func BenchmarkKeyToScreen(b *testing.B) {
	for _, fps := range []string{"30", "60", "120"} {
		b.Run(fps+"fps", func(b *testing.B) {
			p := onTerminal(b, "hosts", "FIREWATCH_UI_FPS="+fps)
			p.until("web-1")
			p.press("\x12") // no refreshing meanwhile
			p.until("paused")
			size, other := 0, map[string]string{"j": "k", "k": "j"}
			for key := "j"; b.Loop(); key = other[key] {
				p.press(key)
				size += len(<-p.read)
			}
			b.ReportMetric(float64(size)/float64(b.N), "bytes/key")
			before := cpu(p.cmd.Process.Pid)
			time.Sleep(3 * time.Second)
			b.ReportMetric(float64(cpu(p.cmd.Process.Pid)-before)/3/10, "%cpu-idle")
			p.press("\x03")
			p.end()
		})
	}
}

// cpu is the processor time of a process in milliseconds, 0 where the system does not say.
func cpu(pid int) int {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return (user + system) * 10
}
