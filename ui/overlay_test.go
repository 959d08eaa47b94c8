package ui_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
	"firewatch/ui/uitest"
)

func switchless(context.Context, string) (ui.Config, error) {
	return ui.Config{}, errors.New("not in this test")
}

// opener is a tab whose key o shows what show makes.
type opener struct {
	show   func() ui.Overlay
	filter string
	said   []string
}

func (*opener) Name() string { return "opener" }
func (v *opener) Layout(*ui.Env) ui.Node {
	return ui.P(ui.Panel{Title: "under", Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
		return draw.Fit(b, []string{"filter is " + v.filter})
	}})
}

func (v *opener) Keys(*ui.Env) []ui.Key {
	return []ui.Key{
		{ID: "show", On: []string{"o"}, Help: "show", Run: func(env *ui.Env) tea.Cmd { env.Show(v.show()); return nil }},
		{ID: "later", On: []string{"l"}, Help: "later", Run: func(env *ui.Env) tea.Cmd {
			return env.Then(drop{"x"}, func(env *ui.Env, _ sources.Receipt, _ error) tea.Cmd { env.Show(v.show()); return nil })
		}},
	}
}

func (v *opener) say(text string) func(*ui.Env) tea.Cmd {
	return func(*ui.Env) tea.Cmd { v.said = append(v.said, text); return nil }
}

func opened(t *testing.T, show func(v *opener) ui.Overlay) (*uitest.Shell, *opener) {
	t.Helper()
	v := &opener{}
	v.show = func() ui.Overlay { return show(v) }
	s := start(t, uitest.Config{Views: []ui.View{v}, W: 80, H: 24})
	s.Press("o")
	return s, v
}

func TestConfirm(t *testing.T) {
	show := func(v *opener) ui.Overlay {
		return ui.Confirm("expire", []string{"This ends the silence of 3 alerts at once; they notify at the next interval of their group."}, "", v.say("yes"))
	}
	for key, want := range map[string]string{"y": "[yes]", "n": "[]", "esc": "[]", "q": "[]"} {
		s, v := opened(t, show)
		holds(t, s.Frame(), "─ expire ─", "This ends the silence of 3 alerts", "y yes   n no")
		s.Press("x", "j", "enter", "enter")
		holds(t, s.Frame(), "─ expire ─")
		s.Press(key)
		lacks(t, s.Frame(), "─ expire ─")
		if got := fmt.Sprint(v.said); got != want {
			t.Errorf("%s does %s, want %s", key, got, want)
		}
	}
}

func TestConfirmByTyping(t *testing.T) {
	s, v := opened(t, func(v *opener) ui.Overlay { return ui.Confirm("expire", nil, "prod", v.say("yes")) })
	s.Press("y", "enter")
	holds(t, s.Frame(), "type prod and press enter", " y")
	if cur := s.View().Cursor; cur == nil || cur.X == 0 {
		t.Errorf("the cursor is at %+v", cur)
	}
	s.Press("backspace")
	s.Type("pro")
	s.Press("enter")
	if len(v.said) > 0 {
		t.Fatal("half a word confirms")
	}
	s.Type("d")
	s.Press("enter")
	if fmt.Sprint(v.said) != "[yes]" {
		t.Error("the word does not confirm")
	}
}

// TestConfirmKeepsItsAnswer has more to say than the screen holds.
func TestConfirmKeepsItsAnswer(t *testing.T) {
	body := make([]string, 40)
	for i := range body {
		body[i] = fmt.Sprintf("line %d", i+1)
	}
	for _, typed := range []string{"", "prod"} {
		s, _ := opened(t, func(v *opener) ui.Overlay { return ui.Confirm("silence?", body, typed, v.say("yes")) })
		answer := "y yes   n no"
		if typed != "" {
			answer = "type prod and press enter"
		}
		for _, size := range []struct{ w, h int }{{80, 24}, {40, 10}, {40, 6}} {
			s.Resize(size.w, size.h)
			holds(t, s.Frame(), "silence?", answer, "more lines")
		}
		s.Resize(80, 24)
		holds(t, s.Frame(), "line 1 ", "line 15 ")
	}
}

func TestGrace(t *testing.T) {
	v := &opener{}
	v.show = func() ui.Overlay { return ui.Confirm("still on it?", nil, "", v.say("yes")) }
	s := start(t, uitest.Config{Views: []ui.View{v}, W: 80, H: 24})
	s.Press("l")
	holds(t, s.Frame(), "still on it?")
	s.Advance(300 * time.Millisecond)
	s.Press("y", "enter")
	if len(v.said) > 0 {
		t.Fatal("a key that was meant for something else confirmed")
	}
	s.Advance(300 * time.Millisecond)
	s.Press("y")
	if len(v.said) > 0 {
		t.Fatal("a key in the middle of typing confirmed")
	}
	s.Advance(400 * time.Millisecond)
	s.Press("y")
	if len(v.said) != 1 {
		t.Error("after the grace y does nothing")
	}
}

func TestPrompt(t *testing.T) {
	s, v := opened(t, func(v *opener) ui.Overlay {
		return ui.Prompt(ui.PromptSpec{
			Title: "filter", Initial: v.filter, Hint: "a matcher such as severity=critical", History: []string{"old=1", "older=2"},
			Complete: func(_ *ui.Env, text string) []string {
				var out []string
				for _, w := range []string{"service=scorer", "severity=critical   3 of them", "severity=info"} {
					if strings.HasPrefix(w, text) {
						out = append(out, w)
					}
				}
				return out
			},
			Check: func(s string) error {
				if s != "" && !strings.Contains(s, "=") {
					return errors.New("a matcher needs =")
				}
				return nil
			},
			Live: func(_ *ui.Env, s string) { v.filter = s },
			Done: func(env *ui.Env, s string) tea.Cmd { return v.say(s)(env) },
		})
	})
	s.Type("sev")
	holds(t, s.Frame(), "filter is sev", "▲ a matcher needs =", "severity=critical   3 of them")
	s.Press("enter")
	if len(v.said) > 0 {
		t.Error("what Check refuses was taken")
	}
	s.Press("tab")
	holds(t, s.Frame(), "filter is severity=critical", "a matcher such as")
	s.Press("esc")
	holds(t, s.Frame(), "filter is\n"[:9])
	if v.filter != "" {
		t.Errorf("esc leaves the filter %q", v.filter)
	}
	s.Press("o")
	s.Type("x=1")
	s.Press("up", "up", "up", "down", "down", "enter")
	if fmt.Sprint(v.said) != "[x=1]" {
		t.Errorf("through the history and back: %q", v.said)
	}
	s.Press("o", "up", "ctrl+u")
	s.Send(tea.PasteMsg{Content: "a=b\nc=d"})
	s.Press("enter")
	if got := v.said[len(v.said)-1]; strings.Contains(got, "\n") || !strings.HasPrefix(got, "a=b") {
		t.Errorf("pasted: %q", got)
	}
}

func TestMenu(t *testing.T) {
	show := func(v *opener) ui.Overlay {
		return ui.Menu("silence", []ui.Item{
			{Key: "1", Label: "15 minutes", Run: v.say("15m")},
			{Key: "2", Label: "1 hour", Note: "usual", Run: v.say("1h")},
			{Key: "3", Label: "for ever", Off: "the policy forbids it"},
		})
	}
	s, v := opened(t, show)
	holds(t, s.Frame(), "─ silence ─", "1  15 minutes", "usual", "the policy forbids it")
	s.Press("j", "enter")
	s.Press("o", "1")
	s.Press("o", "3")
	holds(t, s.Frame(), "for ever: the policy forbids it", "─ silence ─")
	s.Press("q")
	lacks(t, s.Frame(), "─ silence ─")
	if fmt.Sprint(v.said) != "[1h 15m]" {
		t.Errorf("chosen %v", v.said)
	}
}

func TestPager(t *testing.T) {
	s, _ := opened(t, func(*opener) ui.Overlay {
		return ui.Pager("text", func(_ *ui.Env, w int) []string {
			var out []string
			for i := range 100 {
				out = append(out, fmt.Sprintf("line %d of width %d", i+1, w))
			}
			return out
		})
	})
	holds(t, s.Frame(), "text  1–20 of 100", "line 20 ")
	lacks(t, s.Frame(), "line 21 ")
	s.Press("j", "down")
	holds(t, s.Frame(), "text  3–22 of 100")
	s.Press("space")
	holds(t, s.Frame(), "text  22–41 of 100")
	s.Press("G")
	holds(t, s.Frame(), "text  81–100 of 100")
	s.Press("pgup", "k")
	holds(t, s.Frame(), "text  61–80 of 100")
	s.Press("g")
	holds(t, s.Frame(), "text  1–20 of 100")
	s.Press("q")
	lacks(t, s.Frame(), "line 1 ")
}

func TestForm(t *testing.T) {
	var sent map[string]string
	fail := errors.New("409 the silence has ended")
	affected := sources.Instant{Expr: "affected"}
	form := func(v *opener) ui.Overlay {
		return &ui.Form{
			Heading: "silence",
			Fields: []ui.FormField{
				{Name: "for", Value: "2h", Hint: "15m, 2h, 1d", Check: func(s string) error {
					if _, err := time.ParseDuration(s); err != nil {
						return errors.New("no length of time")
					}
					return nil
				}},
				{Name: "comment"},
			},
			Asks: func(*ui.Env, map[string]string) []sources.Query { return []sources.Query{affected} },
			Preview: func(env *ui.Env, values map[string]string, b draw.Box) draw.Block {
				return draw.Message(b, theme.Info, fmt.Sprintf("mutes %d for %s", len(env.Result(affected).Frame.Series), values["for"]))
			},
			Submit: func(_ *ui.Env, values map[string]string) (tea.Cmd, error) {
				sent = values
				return nil, fail
			},
		}
	}
	s, _ := opened(t, form)
	if got := asked(s); got != "prometheus affected" {
		t.Errorf("the preview asked %q", got)
	}
	holds(t, s.Frame(), "─ silence ─", "for  2h", "15m, 2h, 1d", "mutes 3 for 2h")
	s.Press("backspace")
	holds(t, s.Frame(), "▲ no length of time", "mutes 3 for 2")
	s.Press("ctrl+s")
	if sent != nil {
		t.Error("a wrong value was sent")
	}
	s.Type("m")
	s.Press("enter")
	s.Type("deploy")
	cur := s.View().Cursor
	lines := strings.Split(s.Frame(), "\n")
	if cur == nil || !strings.HasSuffix(strings.TrimRight(string([]rune(lines[cur.Y])[:cur.X]), " "), "deploy") {
		t.Errorf("the cursor is at %+v, not behind what was typed", cur)
	}
	s.Press("enter")
	holds(t, s.Frame(), "✗ 409 the silence has ended", "deploy")
	if fmt.Sprint(sent) != "map[comment:deploy for:2m]" {
		t.Errorf("sent %v", sent)
	}
	fail = nil
	s.Press("ctrl+s")
	lacks(t, s.Frame(), "─ silence ─")
}

func TestPalette(t *testing.T) {
	s := start(t, uitest.Config{})
	run := func(line string) {
		s.Press(":")
		s.Type(line)
		s.Press("enter")
	}
	run("bells")
	holds(t, s.Frame(), "3 alerts")
	run("ho")
	holds(t, s.Frame(), "─ list ─")
	run("hosts web-3")
	holds(t, s.Frame(), "─ web-3 ─")
	run("hosts a=b")
	holds(t, s.Frame(), `hosts takes a host's name, not "a=b"`)
	run("bells x")
	holds(t, s.Frame(), "bells takes no argument")
	run("nonsense")
	holds(t, s.Frame(), `no command "nonsense": tab lists them`)
	run("z")
	holds(t, s.Frame(), `"z" may be zone or zoom-in`)
	run("zone utc")
	run("theme nope")
	holds(t, s.Frame(), `unknown theme "nope"`)
	run("theme light")
	run("freeze")
	holds(t, s.Frame(), "frozen")
	run("debug")
	holds(t, s.Frame(), "─ debug ─", "requests", "generation 1")
	s.Press("esc", ":", "up", "up")
	holds(t, s.Frame(), "│ freeze ")
	s.Press("ctrl+u")
	s.Type("win")
	s.Press("tab")
	s.Type(" 6")
	s.Press("tab")
	holds(t, s.Frame(), "│ window 6h ")
	s.Press("enter")
	holds(t, s.Frame(), "last 6h")
	if run("q"); !s.Quit() {
		t.Error(":q does not quit")
	}
}

func TestThemeFromThePalette(t *testing.T) {
	s := start(t, uitest.Config{})
	dark := s.Styled()
	s.Press(":")
	s.Type("theme mono")
	s.Press("enter")
	if mono := s.Styled(); mono == dark || strings.Contains(mono, "38;2") {
		t.Error("the colours did not change")
	}
}

// TestThemeSurvivesTheContext changes the context after a theme was chosen: the
// theme is the user's, not the context's.
func TestThemeSurvivesTheContext(t *testing.T) {
	light, err := theme.New("light")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, uitest.Config{Shell: ui.Config{Contexts: []string{"demo", "prod"}, Switch: func(context.Context, string) (ui.Config, error) {
		return ui.Config{Views: []ui.View{&hosts{}}, Sources: sources.Set{}, Context: "prod", Theme: light}, nil
	}}})
	for _, line := range []string{"theme mono", "ctx prod"} {
		s.Press(":")
		s.Type(line)
		s.Press("enter")
	}
	holds(t, s.Frame(), "context prod")
	if strings.Contains(s.Styled(), "38;2") {
		t.Error("the context's theme replaced the chosen one")
	}
}

func TestReader(t *testing.T) {
	asked := sources.Instant{Expr: "preview"}
	s, v := opened(t, func(v *opener) ui.Overlay {
		return ui.Reader(ui.ReaderSpec{
			Title: "report", Asks: func(*ui.Env) []sources.Query { return []sources.Query{asked} },
			Lines: func(_ *ui.Env, w int) []string {
				var out []string
				for i := range 60 {
					out = append(out, fmt.Sprintf("line %d", i+1))
				}
				return out
			},
			Actions: func(*ui.Env) []ui.Key {
				return []ui.Key{
					{ID: "copy", On: []string{"y"}, Help: "copy", Run: v.say("copied")},
					{ID: "write", On: []string{"w"}, Help: "write", Off: "nowhere to", Run: v.say("written")},
				}
			},
		})
	})
	frame := s.Frame()
	for _, want := range []string{"report  1–19 of 60", "line 19", "y copy  w write"} {
		if !strings.Contains(frame, want) {
			t.Errorf("no %q in\n%s", want, frame)
		}
	}
	if strings.Contains(frame, "line 20") {
		t.Errorf("the actions have no line of their own:\n%s", frame)
	}
	s.Press("y", "w", "G")
	if got := s.Frame(); len(v.said) != 1 || !strings.Contains(got, "write: nowhere to") || !strings.Contains(got, "line 60") {
		t.Errorf("said %v on\n%s", v.said, got)
	}
	found := false
	for _, q := range s.Asked() {
		found = found || q == asked
	}
	if !found {
		t.Error("its question was not asked")
	}
	s.Press("q")
	if strings.Contains(s.Frame(), "report") {
		t.Error("q does not leave it")
	}
}

// noter is a tab whose key takes a text in the command palette.
type noter struct{ text string }

func (*noter) Name() string           { return "noter" }
func (*noter) Layout(*ui.Env) ui.Node { return ui.P(ui.Panel{Title: "noter"}) }
func (v *noter) Keys(*ui.Env) []ui.Key {
	return []ui.Key{{ID: "note", On: []string{"n"}, Help: "note", Run: func(*ui.Env) tea.Cmd { v.text = "asked"; return nil },
		With: func(_ *ui.Env, text string) (tea.Cmd, error) {
			if text == "bad" {
				return nil, errors.New("not this")
			}
			v.text = text
			return nil, nil
		}}}
}

func TestCommandWithText(t *testing.T) {
	v := &noter{}
	s := uitest.New(t, uitest.Config{Views: []ui.View{v}, W: 80, H: 24})
	for line, want := range map[string]string{"note": "asked", "note called  the vendor": "called  the vendor"} {
		s.Press(":")
		s.Type(line)
		s.Press("enter")
		if v.text != want {
			t.Errorf("%s: %q", line, v.text)
		}
	}
	s.Press(":")
	s.Type("note bad")
	s.Press("enter")
	if !strings.Contains(s.Frame(), "not this") {
		t.Errorf("the refusal is not said:\n%s", s.Frame())
	}
}
