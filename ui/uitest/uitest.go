// Package uitest drives a shell without a terminal: commands run synchronously,
// the clock stands still until it is advanced, there is no ticker, and the
// sources are a function. Nothing in it sleeps. Only tests import it.
package uitest

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/theme"
)

// Start is the time of a shell's clock at first: a Tuesday afternoon, UTC.
var Start = time.Date(2026, time.March, 3, 14, 2, 11, 0, time.UTC)

// Config says what shell to make. The zero value of every field but Views has a
// use; embedding sets what a test rarely cares about.
type Config struct {
	Views []ui.View
	// W and H are the terminal; 0 means 120 by 40.
	W, H int
	// Now is the first time of the clock; zero means [Start].
	Now time.Time
	// Answer answers the queries; nil answers all with an empty frame.
	Answer func(sources.Query, sources.Window) (sources.Frame, error)
	// Act carries out the actions; nil lets all succeed with an empty receipt.
	Act func(sources.Action) (sources.Receipt, error)
	// Hold names queries whose answers stay away until [Shell.Release]; nil holds none.
	Hold func(sources.Query) bool
	// Kinds are the sources of the header; nil means prometheus, alertmanager and elasticsearch.
	Kinds []string
	// Shell is the rest of the shell's configuration; Views, Sources, Kinds and Now
	// of it are overridden. An empty context is named "demo", an empty user "dana".
	Shell ui.Config
}

// Shell is a shell under test.
type Shell struct {
	t     testing.TB
	cfg   Config
	model tea.Model
	now   time.Time
	w, h  int
	asked []sources.Query
	acted []sources.Action
	held  []tea.Cmd
	quit  bool
	last  []tea.Msg
}

// held is what a source panics with instead of an answer that stays away.
type held struct{}

// New makes a shell, gives it its size and runs everything that follows from it.
func New(t testing.TB, cfg Config) *Shell {
	t.Helper()
	if cfg.W == 0 {
		cfg.W = 120
	}
	if cfg.H == 0 {
		cfg.H = 40
	}
	if cfg.Now.IsZero() {
		cfg.Now = Start
	}
	if cfg.Kinds == nil {
		cfg.Kinds = []string{"alertmanager", "elasticsearch", "prometheus"}
	}
	s := &Shell{t: t, cfg: cfg, now: cfg.Now}
	c := cfg.Shell
	c.Views, c.Sources, c.Kinds, c.Now = cfg.Views, (*fake)(s), cfg.Kinds, func() time.Time { return s.now }
	if c.Theme == nil {
		th, err := theme.New("dark")
		if err != nil {
			t.Fatal(err)
		}
		c.Theme = th
	}
	if c.Context == "" {
		c.Context = "demo"
	}
	if c.User == "" {
		c.User = "dana"
	}
	if c.Local == nil {
		c.Local = time.UTC
	}
	s.model = ui.New(c)
	s.Resize(cfg.W, cfg.H)
	return s
}

// fake is the sources of a shell under test.
type fake Shell

// Query implements [sources.Source].
func (f *fake) Query(ctx context.Context, q sources.Query, w sources.Window) (sources.Frame, error) {
	if err := ctx.Err(); err != nil {
		return sources.Frame{}, err
	}
	if f.cfg.Hold != nil && f.cfg.Hold(q) {
		panic(held{})
	}
	f.asked = append(f.asked, q)
	if f.cfg.Answer == nil {
		return sources.Frame{}, nil
	}
	return f.cfg.Answer(q, w)
}

// Act implements [sources.Actor].
func (f *fake) Act(_ context.Context, a sources.Action) (sources.Receipt, error) {
	f.acted = append(f.acted, a)
	if f.cfg.Act == nil {
		return sources.Receipt{}, nil
	}
	return f.cfg.Act(a)
}

// Send gives the shell a message and runs, depth first, all commands that follow.
func (s *Shell) Send(msg tea.Msg) {
	s.t.Helper()
	if msg = ui.Filter(s.model, msg); msg == nil {
		return
	}
	var cmd tea.Cmd
	s.model, cmd = s.model.Update(msg)
	s.run(cmd, 0)
}

// run runs a command and what it leads to.
func (s *Shell) run(cmd tea.Cmd, depth int) {
	s.t.Helper()
	if cmd == nil {
		return
	}
	if depth > 100 {
		s.t.Fatal("uitest: commands lead to commands without end")
	}
	msg, ok := s.call(cmd)
	if !ok || msg == nil {
		return
	}
	if _, ok := msg.(tea.QuitMsg); ok {
		s.quit = true
		return
	}
	// A batch and a sequence are both slices of commands; the latter's type has no name.
	if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
		for i := range v.Len() {
			s.run(v.Index(i).Interface().(tea.Cmd), depth+1)
		}
		return
	}
	s.last = append(s.last, msg)
	var next tea.Cmd
	s.model, next = s.model.Update(msg)
	s.run(next, depth+1)
}

// call runs one command; false means that its answer stays away.
func (s *Shell) call(cmd tea.Cmd) (msg tea.Msg, ok bool) {
	defer func() {
		switch r := recover(); r.(type) {
		case nil:
		case held:
			s.held = append(s.held, cmd)
		default:
			panic(r)
		}
	}()
	return cmd(), true
}

// Release lets the answers come that were held back.
func (s *Shell) Release() {
	s.t.Helper()
	s.cfg.Hold = nil
	cmds := s.held
	s.held = nil
	for _, cmd := range cmds {
		s.run(cmd, 0)
	}
}

// Press presses keys by the names that Bubble Tea gives them: "j", "G", "enter",
// "ctrl+d", "shift+tab", "space", "f2".
func (s *Shell) Press(keys ...string) {
	s.t.Helper()
	for _, k := range keys {
		s.Send(Key(s.t, k))
	}
}

// Type presses the keys that write text.
func (s *Shell) Type(text string) {
	s.t.Helper()
	for _, r := range text {
		s.Send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// Advance moves the clock and gives the shell a beat for each second of it, as
// the ticker would; the rest of a second counts as one.
func (s *Shell) Advance(d time.Duration) {
	s.t.Helper()
	for d > 0 {
		step := min(d, time.Second)
		s.now = s.now.Add(step)
		d -= step
		s.Send(struct{}{})
	}
}

// Now is the clock.
func (s *Shell) Now() time.Time { return s.now }

// Resize gives the terminal another size.
func (s *Shell) Resize(w, h int) {
	s.t.Helper()
	s.w, s.h = w, h
	s.Send(tea.WindowSizeMsg{Width: w, Height: h})
}

// Answer changes how queries are answered from now on.
func (s *Shell) Answer(f func(sources.Query, sources.Window) (sources.Frame, error)) {
	s.cfg.Answer = f
}

// Hold changes whose answers stay away from now on.
func (s *Shell) Hold(f func(sources.Query) bool) { s.cfg.Hold = f }

// Frame is the screen as plain text, blanks at line ends removed.
func (s *Shell) Frame() string {
	lines := strings.Split(ansi.Strip(s.Styled()), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// Styled is the screen as it is sent, escape sequences included. It fails the
// test when the screen is not exactly as wide and high as the terminal.
func (s *Shell) Styled() string {
	s.t.Helper()
	out := s.model.View().Content
	if s.h == 0 {
		return out
	}
	lines := strings.Split(out, "\n")
	if len(lines) != s.h {
		s.t.Errorf("the screen has %d lines, the terminal %d", len(lines), s.h)
	}
	for i, l := range lines {
		if w := ansi.StringWidth(l); w != s.w {
			s.t.Errorf("line %d is %d cells wide, the terminal %d: %q", i+1, w, s.w, ansi.Strip(l))
		}
	}
	return out
}

// View is what the shell would have Bubble Tea paint.
func (s *Shell) View() tea.View { return s.model.View() }

// Model is the shell itself.
func (s *Shell) Model() tea.Model { return s.model }

// Asked are the queries that were asked since the last call, in order.
func (s *Shell) Asked() []sources.Query {
	out := s.asked
	s.asked = nil
	return out
}

// Acted are the actions that were carried out since the last call, in order.
func (s *Shell) Acted() []sources.Action {
	out := s.acted
	s.acted = nil
	return out
}

// Quit says whether the shell ended the program.
func (s *Shell) Quit() bool { return s.quit }

// Messages are what commands led to since the last call, for those that speak to
// the terminal, such as a copy to the clipboard.
func (s *Shell) Messages() []tea.Msg {
	out := s.last
	s.last = nil
	return out
}
