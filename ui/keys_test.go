package ui_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/theme"
	"firewatch/ui/uitest"
)

func TestTabsAndPanes(t *testing.T) {
	s := start(t, uitest.Config{})
	title := func() string { return s.View().WindowTitle }
	for _, step := range []struct{ key, title string }{
		{"2", "bells"}, {"1", "hosts"}, {"]", "bells"}, {"]", "hosts"}, {"[", "bells"}, {"9", "bells"},
	} {
		if s.Press(step.key); title() != "firewatch demo: "+step.title {
			t.Errorf("after %s the title is %q", step.key, title())
		}
	}
	s.Press("1", "tab", "f")
	if f := s.Frame(); strings.Contains(f, "─ list ─") || !strings.Contains(f, "─ load ─") {
		t.Errorf("f does not show the focused pane alone:\n%s", f)
	}
	s.Press("q")
	holds(t, s.Frame(), "─ list ─", "─ load ─")
	if s.Quit() {
		t.Error("q quit although there was something to leave")
	}
}

func TestFullScreenAsksForItsPanelOnly(t *testing.T) {
	s := start(t, uitest.Config{})
	s.Asked()
	s.Press("f")
	s.Advance(6e9)
	if got := asked(s); got != "prometheus up; alertmanager /api/v2/alerts" {
		t.Errorf("asked %s", got)
	}
}

func TestBackThenQuit(t *testing.T) {
	s := start(t, uitest.Config{})
	s.Press("enter")
	holds(t, s.Frame(), "─ web-1 ─")
	s.Press("esc")
	holds(t, s.Frame(), "─ list ─")
	s.Press("esc")
	if s.Quit() {
		t.Fatal("esc quits")
	}
	s.Press("enter", "q")
	if s.Quit() {
		t.Fatal("q quits from a drill-down")
	}
	if s.Press("q"); !s.Quit() {
		t.Error("q does not quit at the top")
	}
	s = start(t, uitest.Config{})
	s.Press(":")
	if s.Press("ctrl+c"); !s.Quit() {
		t.Error("ctrl+c does not quit out of an overlay")
	}
}

func TestOpenGoesBackToWhereItCameFrom(t *testing.T) {
	s := start(t, uitest.Config{Shell: ui.Config{Open: "bells"}})
	holds(t, s.Frame(), "3 alerts")
	s.Press(":")
	s.Type("hosts web-3")
	s.Press("enter")
	holds(t, s.Frame(), "─ web-3 ─")
	s.Press("esc")
	holds(t, s.Frame(), "─ list ─")
	s.Press("esc")
	holds(t, s.Frame(), "3 alerts")
}

func TestOffKeySaysWhy(t *testing.T) {
	s := start(t, uitest.Config{Answer: func(sources.Query, sources.Window) (sources.Frame, error) { return sources.Frame{}, nil }})
	s.Press("enter")
	holds(t, s.Frame(), "open: no host yet")
	s.Press("z")
	holds(t, s.Frame(), "undo the last write: nothing to undo")
	s.Advance(11e9)
	holds(t, s.Frame(), "⏎ open")
}

func TestOtherKeyboards(t *testing.T) {
	s := start(t, uitest.Config{})
	// A Russian layout: the key of j writes о, that of ? with shift a comma.
	s.Send(tea.KeyPressMsg{Code: 'о', Text: "о", BaseCode: 'j'})
	holds(t, s.Frame(), "> web-2")
	s.Send(tea.KeyPressMsg{Code: 'п', Text: "П", BaseCode: 'g', ShiftedCode: 'П', Mod: tea.ModShift})
	holds(t, s.Frame(), "> web-3")
	// What is typed into a field stays what it is.
	s.Press(":")
	s.Send(tea.KeyPressMsg{Code: 'о', Text: "о", BaseCode: 'j'})
	holds(t, s.Frame(), "│ о ")
}

func TestRemap(t *testing.T) {
	s := start(t, uitest.Config{Shell: ui.Config{Keys: map[string][]string{"hosts.open": {"o"}, "shell.help": {"f1"}, "shell.exit": {"ctrl+q"}}}})
	holds(t, s.Frame(), "o open", "f1 keys")
	s.Press("enter")
	holds(t, s.Frame(), "─ list ─")
	s.Press("o")
	holds(t, s.Frame(), "─ web-1 ─")
	s.Press("?")
	holds(t, s.Frame(), "─ web-1 ─")
	s.Press("f1")
	holds(t, s.Frame(), "─ keys")
	if s.Press("ctrl+c"); s.Quit() {
		t.Error("a remapped exit leaves the old key")
	}
	if s.Press("ctrl+q"); !s.Quit() {
		t.Error("the remapped exit does nothing")
	}
}

func TestValidate(t *testing.T) {
	views := []ui.View{&hosts{}, bells{}}
	if err := ui.Validate(views, nil); err != nil {
		t.Errorf("the tabs of this test: %v", err)
	}
	for _, tc := range []struct {
		keys map[string][]string
		want string
	}{
		{map[string][]string{"hosts.silense": {"s"}}, `hosts has no action "silense": known are down, up,`},
		{map[string][]string{"host.open": {"s"}}, `keys.host.open: no tab "host": known are hosts, bells, shell`},
		{map[string][]string{"open": {"s"}}, `no tab "open"`},
		{map[string][]string{"shell.quit": {"D"}}, `key "D" means both hosts.drop and shell.quit`},
		{map[string][]string{"shell.help": {":"}}, `key ":" means both shell.help and shell.command`},
		{map[string][]string{"hosts.drop": {" d"}}, `" d" is no key`},
		{map[string][]string{"shell.exit": {}}, "needs a key to quit by"},
	} {
		if err := ui.Validate(views, tc.keys); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: %v, want %q", tc.keys, err, tc.want)
		}
	}
	if err := ui.Validate(views, map[string][]string{"hosts.drop": {"+"}, "shell.undo": {"u"}}); err != nil {
		t.Errorf("a tab may take + from the shell: %v", err)
	}
}

func TestKeymap(t *testing.T) {
	sections := ui.Keymap([]ui.View{&hosts{}, bells{}}, map[string][]string{"hosts.open": {"o"}})
	if len(sections) != 3 || sections[0].Name != "hosts" || sections[2].Name != "shell" {
		t.Fatalf("the sections are %v", sections)
	}
	ids := map[string]bool{}
	for _, k := range sections[2].Keys {
		if ids[k.ID] || k.ID == "" || k.Help == "" {
			t.Errorf("shell key %q is double or says nothing", k.ID)
		}
		ids[k.ID] = true
	}
	i := slices.IndexFunc(sections[0].Keys, func(k ui.Key) bool { return k.ID == "open" })
	if sections[0].Keys[i].On[0] != "o" {
		t.Error("the key map is not remapped")
	}
}

func TestWindowKeys(t *testing.T) {
	var last sources.Window
	s := start(t, uitest.Config{Answer: func(q sources.Query, w sources.Window) (sources.Frame, error) {
		last = w
		return answer(q, w)
	}})
	holds(t, s.Frame(), "last 1h")
	s.Asked()
	s.Press("-")
	if got := asked(s); got != "prometheus up; prometheus load; alertmanager /api/v2/alerts" {
		t.Errorf("another window asked %s", got)
	}
	holds(t, s.Frame(), "last 3h")
	if last.Span().Hours() != 3 {
		t.Errorf("asked over %s", last.Span())
	}
	s.Press("{")
	holds(t, s.Frame(), "09:32–12:32 UTC, not live")
	if last.Live {
		t.Error("the window asked is live")
	}
	s.Press("0")
	holds(t, s.Frame(), "last 3h")
	s.Press(":")
	s.Type("window 2d")
	s.Press("enter")
	holds(t, s.Frame(), "last 2d")
	s.Press("{")
	holds(t, s.Frame(), "Feb 28 14:00–Mar 2 14:00 UTC, not live")
	s.Press(":")
	s.Type("window soon")
	s.Press("enter")
	holds(t, s.Frame(), `"soon" is no length of time`)
}

func TestZonePauseFreeze(t *testing.T) {
	s := start(t, uitest.Config{})
	s.Press("t")
	holds(t, s.Frame(), "times local")
	s.Press("ctrl+r")
	holds(t, s.Frame(), "paused")
	s.Asked()
	s.Advance(20e9)
	if got := asked(s); got != "" {
		t.Errorf("asked %s while paused", got)
	}
	s.Press("ctrl+r")
	if got := asked(s); got == "" {
		t.Error("nothing is asked after the pause")
	}
	s.Press("p")
	s.Answer(func(q sources.Query, _ sources.Window) (sources.Frame, error) { return series("db-1"), nil })
	s.Advance(6e9)
	holds(t, s.Frame(), "frozen since 14:02, 3 newer", "web-1")
	s.Press("p")
	holds(t, s.Frame(), "db-1")
}

func TestMouse(t *testing.T) {
	s := start(t, uitest.Config{Shell: ui.Config{Mouse: true}})
	if s.View().MouseMode != tea.MouseModeCellMotion {
		t.Error("the mouse is off")
	}
	head := strings.Split(s.Frame(), "\n")[0]
	s.Send(tea.MouseClickMsg{X: strings.Index(head, "bells"), Y: 0, Button: tea.MouseLeft})
	holds(t, s.Frame(), "3 alerts")
	s.Send(tea.MouseClickMsg{X: strings.Index(head, "hosts"), Y: 0, Button: tea.MouseLeft})
	s.Send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	holds(t, s.Frame(), "> web-2")
	for range 50 {
		s.Send(tea.MouseWheelMsg{Button: tea.MouseWheelUp})
	}
	holds(t, s.Frame(), "> web-2")
	s.Advance(1e9)
	s.Send(tea.MouseWheelMsg{Button: tea.MouseWheelUp})
	holds(t, s.Frame(), "> web-1")
	s.Send(tea.MouseClickMsg{X: 100, Y: 10, Button: tea.MouseLeft})
	s.Press("f")
	holds(t, s.Frame(), "─ load ─")
	s.Press("f2")
	if s.View().MouseMode != tea.MouseModeNone {
		t.Error("f2 leaves the mouse on")
	}
}

func TestContexts(t *testing.T) {
	th, err := theme.New("light")
	if err != nil {
		t.Fatal(err)
	}
	var s *uitest.Shell
	c := ui.Config{Contexts: []string{"demo", "Prod"}}
	c.Switch = func(_ context.Context, name string) (ui.Config, error) {
		if name == "demo" {
			return ui.Config{}, errors.New("no such file: ca.pem")
		}
		return ui.Config{
			Views: []ui.View{bells{}, &hosts{}}, Sources: sources.Set{}, Kinds: []string{"prometheus"}, Context: "prod", Prod: true, ReadOnly: true, Theme: th,
			Contexts: c.Contexts, Switch: c.Switch,
		}, nil
	}
	s = start(t, uitest.Config{Shell: c})
	s.Press("c")
	holds(t, s.Frame(), "─ context ─", "1  demo", "open", "2  Prod")
	s.Press("2")
	holds(t, s.Frame(), "PROD prod read-only", "no prometheus in this context", "✗ prometheus not configured", "context Prod")
	s.Press("D")
	holds(t, s.Frame(), "drop: context prod is read-only")
	s.Press(":")
	s.Type("ctx nowhere")
	s.Press("enter")
	holds(t, s.Frame(), `no context "nowhere": there are demo, Prod`)
}

func TestSwitchFails(t *testing.T) {
	s := start(t, uitest.Config{Shell: ui.Config{Contexts: []string{"demo", "prod"}, Switch: func(context.Context, string) (ui.Config, error) {
		return ui.Config{}, errors.New("no such file: ca.pem")
	}}})
	s.Press(":")
	s.Type("ctx prod")
	s.Press("enter")
	holds(t, s.Frame(), "firewatch demo", "context prod: no such file: ca.pem", "web-1")
}
