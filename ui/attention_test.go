package ui_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/uitest"
)

// pages is a tab that knows of pages.
type pages struct {
	list  []ui.Alarm
	known bool
}

func (*pages) Name() string { return "pages" }
func (*pages) Layout(*ui.Env) ui.Node {
	return ui.P(ui.Panel{Title: "pages", Draw: func(b draw.Box, _ []sources.Frame) draw.Block { return draw.Fit(b, nil) }})
}
func (*pages) Keys(*ui.Env) []ui.Key               { return nil }
func (p *pages) Alarms(*ui.Env) ([]ui.Alarm, bool) { return p.list, p.known }

func page(id, severity, text string) ui.Alarm {
	return ui.Alarm{ID: id, Severity: severity, Text: text}
}

// rung is what was written to the terminal past the screen.
func rung(s *uitest.Shell) string {
	var out strings.Builder
	for _, m := range s.Messages() {
		if r, ok := m.(tea.RawMsg); ok {
			fmt.Fprint(&out, r.Msg)
		}
	}
	return out.String()
}

// terminal is an environment of pairs.
func terminal(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestAttention(t *testing.T) {
	p := &pages{}
	s := uitest.New(t, uitest.Config{Views: []ui.View{&hosts{}, p}, Shell: ui.Config{
		Attention: ui.Attention{Bell: true, Title: true, Notify: "osc9", Severity: []string{"critical"}}, Getenv: terminal("TERM", "xterm-256color"),
	}})
	step := func(what, want string, list ...ui.Alarm) {
		t.Helper()
		p.list = list
		s.Advance(time.Second)
		if got := rung(s); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	down := page("f1@1", "critical", "TargetDown db-1: cannot be scraped")
	step("nothing is known yet", "", down)
	p.known = true
	step("what there is at the start", "", down)
	if got := s.View().WindowTitle; got != "▲1 demo firewatch" {
		t.Errorf("the title is %q", got)
	}
	disk := page("f2@1", "critical", "DiskFull db-1")
	ring := "\x1b]9;firewatch demo: critical: DiskFull db-1\x1b\\\a"
	step("a new page", ring, down, disk)
	step("the same pages", "", disk, down)
	step("one is acknowledged", "", down)
	step("and comes back", "", down, disk)
	step("it resolves", "")
	if got := s.View().WindowTitle; got != "firewatch demo: hosts" {
		t.Errorf("the title of nothing is %q", got)
	}
	step("and fires again", ring, page("f2@2", "critical", "DiskFull db-1"))
	step("no page", "", page("f3@1", "warning", "Slow"))
	step("several at once", "\x1b]9;firewatch demo: new pages, 3: DiskFull, TargetDown\x1b\\\a",
		page("f5@1", "critical", "TargetDown a"), page("f6@1", "critical", "TargetDown b"), page("f7@1", "critical", "DiskFull c"))
}

func TestNotifications(t *testing.T) {
	const text = "critical: Down\x1b]0;evil\a d\nb; ✗ 名"
	for _, c := range []struct {
		how  string
		env  []string
		want string
	}{
		{"osc9", nil, "\x1b]9;firewatch demo: critical: Down d⏎b; ? 名\x1b\\"},
		{"osc777", nil, "\x1b]777;notify;firewatch demo;critical: Down d⏎b; ? 名\x1b\\"},
		{"off", nil, ""},
		{"", nil, ""},
		{"auto", []string{"TERM", "linux"}, ""},
		{"auto", []string{"TERM", "dumb"}, ""},
		{"auto", nil, ""},
		{"auto", []string{"TERM", "xterm-256color"}, "\x1b]9;firewatch demo: critical: Down d⏎b; ? 名\x1b\\"},
		{"auto", []string{"TERM", "xterm-256color", "VTE_VERSION", "7600"}, "\x1b]777;notify;firewatch demo;critical: Down d⏎b; ? 名\x1b\\"},
		{"auto", []string{"TERM", "foot-direct"}, "\x1b]777;notify;firewatch demo;critical: Down d⏎b; ? 名\x1b\\"},
		{"auto", []string{"TERM", "tmux-256color", "TMUX", "/tmp/x"}, "\x1bPtmux;\x1b\x1b]9;firewatch demo: critical: Down d⏎b; ? 名\x1b\x1b\\\x1b\\"},
	} {
		p := &pages{known: true}
		s := uitest.New(t, uitest.Config{Views: []ui.View{p}, Shell: ui.Config{
			Attention: ui.Attention{Notify: c.how, Severity: []string{"critical"}}, Getenv: terminal(c.env...),
		}})
		p.list = []ui.Alarm{page("1", "critical", strings.TrimPrefix(text, "critical: "))}
		s.Advance(time.Second)
		if got := rung(s); got != c.want {
			t.Errorf("%s %v: %q, want %q", c.how, c.env, got, c.want)
		}
	}
	p := &pages{known: true}
	s := uitest.New(t, uitest.Config{Views: []ui.View{p}, Shell: ui.Config{Attention: ui.Attention{Notify: "osc9", Severity: []string{"critical"}}}})
	p.list = []ui.Alarm{page("1", "critical", strings.Repeat("long ", 1000))}
	s.Advance(time.Second)
	if n := len(rung(s)); n == 0 || n > 220 {
		t.Errorf("a notification of %d bytes", n)
	}
}

// TestAttentionIsBounded goes through more pages than are remembered.
func TestAttentionIsBounded(t *testing.T) {
	p := &pages{known: true}
	s := uitest.New(t, uitest.Config{Views: []ui.View{p}, Shell: ui.Config{Attention: ui.Attention{Bell: true, Severity: []string{"critical"}}}})
	stays := page("stays", "critical", "Stays")
	for i := range 5 {
		p.list = []ui.Alarm{stays}
		for k := range 4000 {
			p.list = append(p.list, page(fmt.Sprint(i, " ", k), "critical", "Storm"))
		}
		s.Advance(time.Second)
	}
	if got := rung(s); got != "\a\a\a\a\a" {
		t.Errorf("%q", got)
	}
	p.list = slices.Clone(p.list)
	s.Advance(time.Second)
	if got := rung(s); got != "" {
		t.Errorf("what still fires rang again: %q", got)
	}
}
