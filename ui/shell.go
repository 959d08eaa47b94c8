package ui

import (
	"context"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui/theme"
)

// Config is what a shell is made of. Views and Sources are required.
type Config struct {
	// Views are the tabs in order.
	Views []View
	// Sources answers the queries and carries out the actions; Kinds lists the
	// backends that the header shows.
	Sources interface {
		sources.Source
		sources.Actor
	}
	Kinds []string
	// Context is the name in the config, User who acts.
	Context, User string
	// ReadOnly forbids writing; Prod marks the context as production.
	ReadOnly, Prod bool
	// Theme is the colours; nil means the theme "dark".
	Theme *theme.Theme
	// Refresh is the time between an answer and the next request; 0 means 5 s.
	// Span is the length of the window at the start; 0 means an hour.
	Refresh, Span time.Duration
	// Zone is how moments are printed at the start, Local the zone of the user; nil means [time.Local].
	Zone  Zone
	Local *time.Location
	// Keys remaps keys, by "view.id" or "shell.id"; see [Validate].
	Keys map[string][]string
	// Mouse says whether the mouse is on at the start.
	Mouse bool
	// Open is the tab to begin with and what to open it at, such as
	// "alerts severity=critical"; empty is the first tab.
	Open string
	// Contexts are the names that Switch takes. Switch makes the configuration of
	// another context; it runs off the event loop and may block.
	Contexts []string
	Switch   func(ctx context.Context, name string) (Config, error)
	// Attention is how new pages make themselves noticed.
	Attention Attention
	// Getenv tells of the terminal; nil means [os.Getenv].
	Getenv func(string) string
	// Audit is called once for each write, off the event loop, and must be safe
	// for concurrent use; its error is shown. Nil keeps no record beyond the
	// command log.
	Audit func(AuditEntry) error
	// Now is the clock; nil means [time.Now].
	Now func() time.Time
	// Written is the number of bytes written to the terminal so far, for the debug
	// overlay; [Run] sets it.
	Written func() int64
}

// Shell is the console's only Bubble Tea model. Its state changes only in
// Update.
type Shell struct {
	ctx   context.Context
	cfg   Config
	theme *theme.Theme
	// chosen is the theme that the user asked for; nil leaves it to the config.
	chosen *theme.Theme
	sched  *scheduler

	w, h int
	// tab is the index of the open view; back are the tabs that Env.Open left.
	tab  int
	back []int
	// placed is the layout of the last message; focus is the index of the panel
	// that has the keys, full shows it alone.
	placed []placed
	focus  int
	full   bool
	// epoch changes when a view's choices may have changed.
	epoch uint64
	zone  Zone
	mouse bool
	frame timeframe
	// layers are the open overlays, the top one last.
	layers []layer
	// byKey is true while a key is handled.
	byKey bool
	toast toast
	desk  desk
	paint painter
	meter meter
	// history are the lines of the command palette, oldest first.
	history []string
	wheel   wheel
	ready   bool
	// opening is the serial of the last context that was asked for.
	opening   int
	attention attention
	// pulse has every source asked something, for its dot in the header.
	pulse bool
}

// tickMsg comes once a second; nothing else in the program keeps time.
type tickMsg time.Time

// switchedMsg is another context's configuration.
type switchedMsg struct {
	serial int
	name   string
	cfg    Config
	err    error
}

// New makes a shell of a valid configuration. It does no I/O before its first
// command is run.
func New(cfg Config) *Shell { return newShell(context.Background(), cfg) }

func newShell(ctx context.Context, cfg Config) *Shell {
	s := &Shell{ctx: ctx, zone: cfg.Zone, mouse: cfg.Mouse}
	s.configure(cfg)
	return s
}

// configure starts over with another configuration; what belongs to the
// terminal and its user stays.
func (s *Shell) configure(cfg Config) {
	if cfg.Refresh <= 0 {
		cfg.Refresh = 5 * time.Second
	}
	if cfg.Span <= 0 {
		cfg.Span = time.Hour
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Getenv == nil {
		cfg.Getenv = os.Getenv
	}
	if cfg.Local == nil {
		cfg.Local = time.Local
	}
	if cfg.Theme == nil {
		cfg.Theme, _ = theme.New("dark")
	}
	if s.sched != nil {
		s.sched.stop()
	}
	next := newScheduler(s.ctx, cfg.Sources, cfg.Refresh, cfg.Now)
	if s.sched != nil {
		// An answer to the old context's question is never taken for the new one's.
		next.serial, next.blurred = s.sched.serial, s.sched.blurred
	}
	s.cfg, s.theme, s.sched = cfg, cfg.Theme, next
	if s.chosen != nil {
		s.theme = s.chosen
	}
	s.frame = timeframe{span: cfg.Span, live: true}
	s.tab, s.back, s.focus, s.full, s.layers, s.placed = 0, nil, 0, false, nil, nil
	s.desk.undo = nil
	s.desk.era++
	s.ready = false
	s.attention = attention{}
	s.epoch++
}

// Init implements [tea.Model].
func (s *Shell) Init() tea.Cmd { return tea.Batch(tick(), synchronized(os.Getenv)) }

func tick() tea.Cmd {
	return tea.Every(time.Second, func(t time.Time) tea.Msg { return tickMsg(t) })
}

// Update implements [tea.Model].
func (s *Shell) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	s.meter.begin(s.cfg.Now())
	env := s.env()
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.w, s.h = max(msg.Width, 0), max(msg.Height, 0)
	case tea.KeyPressMsg:
		cmd = s.press(env, msg)
	case tea.PasteMsg:
		s.paste(env, msg.Content)
	case tea.MouseClickMsg:
		cmd = s.click(env, msg.Mouse())
	case tea.MouseWheelMsg:
		cmd = s.scroll(env, msg.Mouse())
	case tea.FocusMsg:
		s.sched.blurred = false
	case tea.BlurMsg:
		s.sched.blurred = true
	case tea.ResumeMsg:
		cmd = tea.ClearScreen
	case tickMsg:
		cmd = tick()
	case resultMsg:
		s.sched.done(env.Now, msg)
	case actedMsg:
		cmd = s.acted(env, msg)
	case switchedMsg:
		s.switched(msg)
	}
	cmd = tea.Batch(cmd, s.settle())
	s.meter.end(s.cfg.Now())
	return s, cmd
}

// settle brings layout and requests in line with the state; it is the end of
// every message.
func (s *Shell) settle() tea.Cmd {
	if s.w <= 0 || s.h <= 0 || len(s.cfg.Views) == 0 {
		return nil
	}
	var cmd tea.Cmd
	if !s.ready {
		s.ready = true
		cmd = s.openLine(s.cfg.Open)
	}
	env := s.env()
	if s.frame.moved(env.Window) {
		s.sched.bump()
	}
	cmd = tea.Batch(cmd, s.keep(env), s.attend(env))
	s.layout(env)
	if p := s.focused(); p.Title != env.Focus {
		// The layout may depend on who has the keys.
		env = s.env()
		s.layout(env)
	}
	asks := queries(s.placed)
	for _, v := range s.cfg.Views {
		if b, ok := v.(Badger); ok {
			asks = append(asks, b.Pinned()...)
		}
	}
	for _, l := range s.layers {
		if a, ok := l.Overlay.(Asker); ok {
			asks = append(asks, a.Queries(env)...)
		}
	}
	if s.pulse {
		asks = s.pulses(asks)
	}
	return tea.Batch(cmd, s.sched.want(env.Now, env.Window, asks))
}

// keep lets the views do what is due without a key.
func (s *Shell) keep(env *Env) tea.Cmd {
	var cmds []tea.Cmd
	for _, v := range s.cfg.Views {
		if k, ok := v.(Keeper); ok {
			cmds = append(cmds, k.Keep(env))
		}
	}
	return tea.Batch(cmds...)
}

// layout asks the open view for its layout and gives the panels their places.
func (s *Shell) layout(env *Env) {
	area := s.area()
	s.placed = place(s.view().Layout(env), area, s.placed[:0])
	s.focus = min(s.focus, len(s.placed)-1)
	if s.full {
		s.placed = append(s.placed[:0], placed{s.placed[s.focus].Panel, area})
	}
}

// view is the open tab.
func (s *Shell) view() View { return s.cfg.Views[s.tab] }

// area is what header and footer leave.
func (s *Shell) area() rect {
	top := s.headerLines()
	return rect{0, top, s.w, max(s.h-top-1, 0)}
}

// env is what views and overlays see during one message.
func (s *Shell) env() *Env {
	now := s.cfg.Now()
	area := s.area()
	e := &Env{
		Now: now, Window: s.frame.window(now, area.w), Theme: s.theme, Zone: s.zone, W: area.w, H: area.h,
		User: s.cfg.User, Context: s.cfg.Context, ReadOnly: s.cfg.ReadOnly, Prod: s.cfg.Prod,
		Dialog: len(s.layers) > 0, local: s.cfg.Local, host: s,
	}
	if p := s.focused(); p != nil {
		e.Focus = p.Title
	}
	return e
}

// focused is the panel that has the keys; nil before the first layout.
func (s *Shell) focused() *Panel {
	switch {
	case len(s.placed) == 0:
		return nil
	case s.full:
		return s.placed[0].Panel
	}
	return s.placed[min(s.focus, len(s.placed)-1)].Panel
}
