package ui

import (
	"context"
	"errors"
	"os"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// fps is how often a changed screen is painted at most, fpsRemote the same over
// SSH. Measured by BenchmarkKeyToScreen: a key that comes right after a paint is
// on the screen after 9 ms at 120, 17 ms at 60 and 34 ms at 30; the renderer's
// ticker costs 1.7, 1.3 and 0.3 per cent of a core while nothing happens. Over a
// line with a round trip of its own the difference is not felt.
const fps, fpsRemote = 120, 60

// Run shows the console on the terminal until the user quits or ctx ends, and
// restores the terminal, after a panic too. A program that was ended by ctx, by
// SIGTERM or by ctrl+c is no error.
func Run(ctx context.Context, cfg Config, opts ...tea.ProgramOption) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	out := &counted{File: os.Stdout}
	cfg.Written = out.n.Load
	s := newShell(ctx, cfg)
	s.pulse = true
	rate := fps
	if remote(os.Getenv) {
		rate = fpsRemote
	}
	all := append([]tea.ProgramOption{
		tea.WithContext(ctx), tea.WithOutput(out), tea.WithFilter(Filter), tea.WithFPS(rate),
	}, opts...)
	// The renderer leaves the title empty behind it.
	_, _ = out.WriteString(pushTitle)
	defer func() { _, _ = out.WriteString(popTitle) }()
	_, err := tea.NewProgram(s, all...).Run()
	if errors.Is(err, tea.ErrInterrupted) || errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil
	}
	return err
}

func remote(env func(string) string) bool { return env("SSH_TTY") != "" || env("SSH_CONNECTION") != "" }

// counted is the terminal, with the bytes written to it counted. The renderer
// writes from its own goroutine, hence the atomic.
type counted struct {
	*os.File
	n atomic.Int64
}

// Write implements [io.Writer].
func (c *counted) Write(p []byte) (int, error) {
	n, err := c.File.Write(p)
	c.n.Add(int64(n))
	return n, err
}

// synchronized makes the renderer wrap its writes in mode 2026, which it does
// not ask for over SSH with a TERM that it doesn't know. A terminal that does
// not know the mode ignores it. FIREWATCH_NO_SYNC turns it off.
func synchronized(env func(string) string) tea.Cmd {
	if !remote(env) || env("FIREWATCH_NO_SYNC") != "" {
		return nil
	}
	return func() tea.Msg {
		return tea.ModeReportMsg{Mode: ansi.ModeSynchronizedOutput, Value: ansi.ModeReset}
	}
}
