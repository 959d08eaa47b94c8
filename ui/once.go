package ui

import (
	"context"
	"io"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// onceFor bounds the wait for the first answers when ctx has no deadline.
const onceFor = 15 * time.Second

// Once shows the configuration's first tab on a screen of w by h that is not
// there, waits until every query on it has an answer or an error, or ctx ends,
// and returns the frame as plain text, blanks at line ends removed, without a
// line end at its end. Failed says that a query of the screen has an error or no
// answer.
func Once(ctx context.Context, cfg Config, w, h int) (frame string, failed bool) {
	if _, ok := ctx.Deadline(); !ok {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, onceFor)
		defer stop()
	}
	s := newShell(ctx, cfg)
	s.pulse = true
	s.w, s.h = max(w, 1), max(h, 1)
	o := &once{Shell: s}
	// How the program ended is not what is asked: the frame says what came in time.
	_, _ = tea.NewProgram(o,
		tea.WithContext(ctx), tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithoutRenderer(),
		tea.WithWindowSize(s.w, s.h),
	).Run()
	s.sched.stop()
	return s.plain(), s.failed()
}

// once is a shell that quits when its screen is complete.
type once struct{ *Shell }

// Update implements [tea.Model].
func (o *once) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	_, cmd := o.Shell.Update(msg)
	if len(o.placed) > 0 && o.sched.settled() {
		cmd = tea.Quit
	}
	return o, cmd
}

// View implements [tea.Model]: nobody looks before the end.
func (o *once) View() tea.View { return tea.NewView("") }

// plain is the screen without escape sequences.
func (s *Shell) plain() string {
	lines, _ := s.lines()
	for i, l := range lines {
		lines[i] = strings.TrimRight(ansi.Strip(l), " ")
	}
	return strings.Join(lines, "\n")
}

// failed says whether a panel of the screen has an error or lacks an answer.
func (s *Shell) failed() bool {
	for _, q := range queries(s.placed) {
		if r := s.result(q); r.Err != nil || !r.Ready() {
			return true
		}
	}
	return false
}
