package ui

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"firewatch/sources"
	"firewatch/ui/theme"
)

// toastFor is how long a toast stays, toastBad one that tells of a failure.
const toastFor, toastBad = 4 * time.Second, 10 * time.Second

// copyLimit bounds what is put on the clipboard: terminals drop longer sequences.
const copyLimit = 74_000

// toast is what the user just did, in a line.
type toast struct {
	level        theme.Level
	text         string
	since, until time.Time
}

// badFor is how long the news of a failure stays whatever keys are pressed: it
// may arrive while the user is already doing something else.
const badFor = 2 * time.Second

// pressed takes the toast away at a key, unless it was not to be overlooked.
func (t *toast) pressed(now time.Time) {
	if t.level < theme.Crit || now.Sub(t.since) >= badFor {
		*t = toast{}
	}
}

// result implements host.
func (s *Shell) result(q sources.Query) *Result {
	if e := s.sched.entries[q]; e != nil {
		return &e.Result
	}
	return &Result{}
}

// open implements host.
func (s *Shell) open(tab, arg string) tea.Cmd {
	i, err := s.find(tab)
	if err != nil {
		s.say(theme.Warn, err.Error())
		return nil
	}
	if arg != "" {
		o, ok := s.cfg.Views[i].(Opener)
		if !ok {
			s.say(theme.Warn, fmt.Sprintf("%s takes no argument", s.cfg.Views[i].Name()))
			return nil
		}
		if err := o.Open(s.env(), arg); err != nil {
			s.say(theme.Warn, err.Error())
			return nil
		}
	}
	if i != s.tab {
		s.back = append(s.back, s.tab)
		s.back = s.back[max(0, len(s.back)-16):]
		s.enter(i)
	}
	s.epoch++
	return nil
}

// openLine opens a tab from a line such as "alerts severity=critical".
func (s *Shell) openLine(line string) tea.Cmd {
	tab, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
	if tab == "" {
		return nil
	}
	cmd := s.open(tab, strings.TrimSpace(arg))
	s.back = nil
	return cmd
}

// enter shows a tab from its first panel.
func (s *Shell) enter(i int) {
	s.tab, s.focus, s.full, s.placed = i, 0, false, nil
	s.epoch++
}

// find is the index of the tab of that name, of its only tab that begins so, or
// of its number.
func (s *Shell) find(name string) (int, error) {
	var names []string
	var hits []int
	for i, v := range s.cfg.Views {
		if v.Name() == name || fmt.Sprint(i+1) == name {
			return i, nil
		}
		if strings.HasPrefix(v.Name(), name) {
			hits = append(hits, i)
		}
		names = append(names, v.Name())
	}
	if len(hits) == 1 {
		return hits[0], nil
	}
	return 0, fmt.Errorf("no tab %q: there are %s", name, strings.Join(names, ", "))
}

// say implements host.
func (s *Shell) say(l theme.Level, text string) {
	d := toastFor
	if l >= theme.Warn {
		d = toastBad
	}
	now := s.cfg.Now()
	s.toast = toast{level: l, text: text, since: now, until: now.Add(d)}
}

// show implements host.
func (s *Shell) show(o Overlay) {
	s.layers = append(s.layers, layer{Overlay: o, opened: s.cfg.Now(), asked: s.byKey})
}

// copy implements host.
func (s *Shell) copy(text string) tea.Cmd {
	n := len([]rune(text))
	switch {
	case text == "":
		s.say(theme.Warn, "nothing to copy")
		return nil
	case len(text) > copyLimit:
		s.say(theme.Warn, fmt.Sprintf("%d characters are more than a terminal takes: not copied", n))
		return nil
	}
	said := fmt.Sprintf("copied %d characters", n)
	if os.Getenv("TMUX") == "" {
		s.say(theme.Good, said)
		return tea.SetClipboard(text)
	}
	// Which of the two tmux lets through depends on its options; both together do
	// no harm.
	s.say(theme.Good, said+" · tmux needs set-clipboard or allow-passthrough on")
	seq := ansi.SetSystemClipboard(text)
	return tea.Raw(seq + ansi.TmuxPassthrough(seq))
}

// refresh implements host.
func (s *Shell) refresh(q sources.Query) { s.sched.again(q) }

// goTo implements host.
func (s *Shell) goTo(w sources.Window) {
	s.frame.set(s.cfg.Now(), w.Span(), w.End, w.Live)
	s.epoch++
}

// switchTo makes the command that opens another context.
func (s *Shell) switchTo(name string) tea.Cmd {
	i := slices.IndexFunc(s.cfg.Contexts, func(c string) bool { return strings.EqualFold(c, name) })
	switch {
	case s.cfg.Switch == nil || i < 0:
		s.say(theme.Warn, fmt.Sprintf("no context %q: there are %s", name, strings.Join(s.cfg.Contexts, ", ")))
		return nil
	case s.desk.flying() > 0:
		s.say(theme.Warn, "a write is on its way: switch when it is done")
		return nil
	}
	ctx, open := s.ctx, s.cfg.Switch
	name = s.cfg.Contexts[i]
	s.opening++
	serial := s.opening
	s.say(theme.Info, "opening "+name+"…")
	return func() tea.Msg {
		cfg, err := open(ctx, name)
		return switchedMsg{serial: serial, name: name, cfg: cfg, err: err}
	}
}

// switched takes another context's configuration in, unless one was asked for
// since; a failure keeps this one. A write that was begun while the context
// opened goes on where it was sent to, but cannot be undone from here: its undo
// would go to another server.
func (s *Shell) switched(m switchedMsg) {
	if m.serial != s.opening {
		return
	}
	if m.err != nil {
		s.say(theme.Crit, fmt.Sprintf("context %s: %v", m.name, m.err))
		return
	}
	cfg := m.cfg
	cfg.Now, cfg.Written = s.cfg.Now, s.cfg.Written
	if cfg.Theme == nil {
		cfg.Theme = s.theme
	}
	if cfg.Open == "" {
		cfg.Open = s.view().Name()
	}
	level, said := theme.Good, "context "+m.name
	for _, v := range s.cfg.Views {
		if l, ok := v.(Leaver); ok {
			if ends := l.Leave(s.env()); ends != "" {
				level, said = theme.Warn, said+" · "+ends
			}
		}
	}
	s.configure(cfg)
	s.say(level, said)
}
