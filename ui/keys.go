package ui

import (
	"slices"
	"strings"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"firewatch/ui/theme"
)

// shellName is the owner of the shell's keys in the config.
const shellName = "shell"

// shellKeys are the keys that work in every tab.
func (s *Shell) shellKeys() []Key {
	do := func(f func(*Env)) func(*Env) tea.Cmd {
		return func(env *Env) tea.Cmd { f(env); return nil }
	}
	keys := []Key{
		{ID: "help", On: []string{"?"}, Help: "keys", Run: do(func(env *Env) { env.Show(s.helpPager()) })},
		{ID: "command", On: []string{":"}, Help: "command", Run: do(func(env *Env) { env.Show(s.palette(env)) })},
		{ID: "back", On: []string{"esc"}, Help: "back", Hidden: true, Run: do(func(env *Env) { s.goBack(env) })},
		{ID: "quit", On: []string{"q"}, Help: "back, then quit", Hidden: true, Run: func(env *Env) tea.Cmd {
			if s.goBack(env) {
				return nil
			}
			return s.quit()
		}},
		{ID: "exit", On: []string{"ctrl+c"}, Help: "quit at once", Hidden: true, Run: func(*Env) tea.Cmd { return s.quit() }},
		{ID: "next-tab", On: []string{"]"}, Help: "next tab", Hidden: true, Run: do(func(*Env) { s.turn(1) })},
		{ID: "prev-tab", On: []string{"["}, Help: "previous tab", Hidden: true, Run: do(func(*Env) { s.turn(-1) })},
		{ID: "next-pane", On: []string{"tab"}, Help: "next pane", Hidden: true, Run: do(func(*Env) { s.turnPane(1) })},
		{ID: "prev-pane", On: []string{"shift+tab"}, Help: "previous pane", Hidden: true, Run: do(func(*Env) { s.turnPane(-1) })},
		{ID: "full", On: []string{"f"}, Help: "pane to the full screen and back", Hidden: true, Run: do(func(*Env) { s.full = !s.full })},
		{ID: "refresh", On: []string{"r"}, Help: "refresh now", Hidden: true, Run: do(func(*Env) {
			s.sched.bump()
			s.say(theme.Info, "asked again")
		})},
		{ID: "pause", On: []string{"ctrl+r"}, Help: "pause and resume the refreshing", Hidden: true, Run: do(func(*Env) {
			s.sched.paused = !s.sched.paused
		})},
		{ID: "freeze", On: []string{"p", "="}, Help: "freeze the screen and let it go on", Hidden: true, Run: do(func(env *Env) {
			s.sched.freeze(env.Now, !s.sched.frozen)
		})},
		{ID: "zone", On: []string{"t"}, Help: "times relative, local, UTC", Hidden: true, Run: do(func(*Env) {
			s.zone = (s.zone + 1) % (UTC + 1)
			s.say(theme.Info, "times "+zoneNames[s.zone])
		})},
		{ID: "zoom-in", On: []string{"+"}, Help: "shorter window", Hidden: true, Run: do(func(env *Env) { s.frame.zoom(env.Now, 1) })},
		{ID: "zoom-out", On: []string{"-"}, Help: "longer window", Hidden: true, Run: do(func(env *Env) { s.frame.zoom(env.Now, -1) })},
		{ID: "earlier", On: []string{"{"}, Help: "half a window earlier", Hidden: true, Run: do(func(env *Env) { s.frame.pan(env.Now, -1) })},
		{ID: "later", On: []string{"}"}, Help: "half a window later", Hidden: true, Run: do(func(env *Env) { s.frame.pan(env.Now, 1) })},
		{ID: "live", On: []string{"0"}, Help: "back to the present", Hidden: true, Run: do(func(*Env) { s.frame.follow() })},
		{ID: "context", On: []string{"c"}, Help: "another context", Hidden: true, Off: s.noContexts(), Run: do(func(env *Env) { env.Show(s.contextMenu()) })},
		{ID: "log", On: []string{"@"}, Help: "what was written, and the answers", Hidden: true, Run: do(func(env *Env) { env.Show(s.commandLog()) })},
		{ID: "undo", On: []string{"z"}, Help: "undo the last write", Hidden: true, Writes: true, Off: s.noUndo(), Run: func(*Env) tea.Cmd { return s.undoLast() }},
		{ID: "mouse", On: []string{"f2"}, Help: "mouse on and off", Hidden: true, Run: do(func(*Env) {
			s.mouse = !s.mouse
			s.say(theme.Info, map[bool]string{true: "mouse on", false: "mouse off: the terminal selects text"}[s.mouse])
		})},
		{ID: "suspend", On: []string{"ctrl+z"}, Help: "suspend to the shell", Hidden: true, Run: func(*Env) tea.Cmd { return s.suspend() }},
		{ID: "repaint", On: []string{"ctrl+l"}, Help: "paint the screen anew", Hidden: true, Run: func(*Env) tea.Cmd { return tea.ClearScreen }},
		{ID: "debug", Help: "what the console itself costs", Hidden: true, Run: do(func(env *Env) { env.Show(s.debugPager()) })},
	}
	for i, v := range s.cfg.Views[:min(len(s.cfg.Views), 9)] {
		keys = append(keys, Key{ID: "tab-" + string(rune('1'+i)), On: []string{string(rune('1' + i))}, Help: v.Name(), Hidden: true, Run: do(func(*Env) {
			s.back = nil
			s.enter(i)
		})})
	}
	return s.remap(shellName, keys)
}

// suspend gives the terminal back to the shell that started the program.
func (s *Shell) suspend() tea.Cmd {
	if !stoppable() {
		s.say(theme.Warn, "no shell to suspend to")
		return nil
	}
	return tea.Suspend
}

// zoneNames are the zones as :zone names them.
var zoneNames = []string{"relative", "local", "utc"}

func (s *Shell) noContexts() string {
	if s.cfg.Switch == nil || len(s.cfg.Contexts) < 2 {
		return "the config has no other context"
	}
	return ""
}

func (s *Shell) noUndo() string {
	if len(s.desk.undo) == 0 {
		return "nothing to undo"
	}
	return ""
}

// viewKeys are the open tab's keys, remapped, and off where they would write in
// a read-only context.
func (s *Shell) viewKeys(env *Env) []Key { return s.remap(s.view().Name(), s.view().Keys(env)) }

func (s *Shell) remap(owner string, keys []Key) []Key {
	for i := range keys {
		if on, ok := s.cfg.Keys[owner+"."+keys[i].ID]; ok {
			keys[i].On = on
		}
		if keys[i].Writes && s.cfg.ReadOnly {
			keys[i].Off = "context " + s.cfg.Context + " is read-only"
		}
	}
	return keys
}

// press handles one key: the top overlay's, else the tab's, else the shell's.
func (s *Shell) press(env *Env, k tea.KeyPressMsg) tea.Cmd {
	s.epoch++
	s.byKey = true
	defer func() { s.byKey = false }()
	names := namesOf(k)
	if s.means("exit", names) {
		return s.quit()
	}
	if len(s.layers) > 0 {
		return s.overlayKey(env, k)
	}
	s.toast.pressed(env.Now)
	return s.run(env, names)
}

// run runs what the key of these names stands for. A key that is off says why,
// unless the same key does something else at the moment.
func (s *Shell) run(env *Env, names []string) tea.Cmd {
	if len(s.cfg.Views) == 0 {
		return nil
	}
	keys := append(s.viewKeys(env), s.shellKeys()...)
	for _, name := range names {
		var off *Key
		for i := range keys {
			k := &keys[i]
			if !slices.Contains(k.On, name) || k.Run == nil {
				continue
			}
			if k.Off == "" {
				return k.Run(env)
			}
			if off == nil {
				off = k
			}
		}
		if off != nil {
			s.say(theme.Warn, off.Help+": "+off.Off)
			return nil
		}
	}
	return nil
}

// means says whether a key stands for the shell's action of this ID.
func (s *Shell) means(id string, names []string) bool {
	on, ok := s.cfg.Keys[shellName+"."+id]
	if !ok && id == "exit" {
		on = []string{"ctrl+c"}
	}
	return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(on, n) })
}

// namesOf are the names that a key may be bound by, most specific first: the
// text that it gave, then the key itself, so that keys work on a keyboard
// layout that does not write Latin letters, if the terminal reports base codes.
func namesOf(k tea.KeyPressMsg) []string {
	names := []string{k.String()}
	add := func(n string) {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if k.BaseCode != 0 && k.BaseCode != k.Code {
		switch k.Mod {
		case 0:
			add(string(k.BaseCode))
		case tea.ModShift:
			add(string(unicode.ToUpper(k.BaseCode)))
		}
	}
	add(k.Keystroke())
	return names
}

// goBack leaves one thing, the innermost first, and says whether there was one.
func (s *Shell) goBack(env *Env) bool {
	if s.full {
		s.full = false
		return true
	}
	if b, ok := s.view().(Backer); ok && b.Back(env) {
		return true
	}
	if n := len(s.back); n > 0 {
		i := s.back[n-1]
		s.back = s.back[:n-1]
		s.enter(i)
		return true
	}
	return false
}

// turn goes n tabs on, around the end.
func (s *Shell) turn(n int) {
	s.back = nil
	s.enter((s.tab + n + len(s.cfg.Views)) % len(s.cfg.Views))
}

// turnPane gives the keys to the n-th next panel, around the end.
func (s *Shell) turnPane(n int) {
	if len(s.placed) < 2 || s.full {
		return
	}
	s.focus = (s.focus + n + len(s.placed)) % len(s.placed)
}

// keyNames prints the keys of an action: "j/down".
func keyNames(k Key) string { return strings.Join(k.On, "/") }

// clock is the time of day as the header prints it, with its zone.
func clock(t time.Time) string { return t.Format("15:04:05 MST") }
