package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/ui/draw"
)

// coalesced is the time within which turns of the wheel are taken together.
const coalesced = 16 * time.Millisecond

// wheel is what [Filter] held back.
type wheel struct {
	last  time.Time
	turns int
}

// Filter is for [tea.WithFilter]: it keeps floods of mouse messages from queueing
// ahead of keys. Movements are dropped, turns of the wheel within 16 ms become one.
func Filter(m tea.Model, msg tea.Msg) tea.Msg {
	s, ok := m.(*Shell)
	if !ok {
		return msg
	}
	switch msg := msg.(type) {
	case tea.MouseMotionMsg, tea.MouseReleaseMsg:
		return nil
	case tea.MouseWheelMsg:
		s.wheel.turns++
		now := s.cfg.Now()
		if now.Sub(s.wheel.last) < coalesced {
			return nil
		}
		s.wheel.last = now
		return msg
	}
	return msg
}

// scroll turns the wheel into the keys that move in the open tab or overlay.
func (s *Shell) scroll(env *Env, m tea.Mouse) tea.Cmd {
	k := tea.KeyPressMsg{Code: tea.KeyDown}
	switch m.Button {
	case tea.MouseWheelUp:
		k.Code = tea.KeyUp
	case tea.MouseWheelDown:
	default:
		return nil
	}
	n := min(max(s.wheel.turns, 1), 5)
	s.wheel.turns = 0
	var cmds []tea.Cmd
	for range n {
		cmds = append(cmds, s.press(env, k))
	}
	return tea.Batch(cmds...)
}

// click opens a tab or gives a panel the keys, and tells the panel where it was.
func (s *Shell) click(env *Env, m tea.Mouse) tea.Cmd {
	if m.Button != tea.MouseLeft || len(s.layers) > 0 {
		return nil
	}
	s.epoch++
	if m.Y == 0 {
		s.clickTab(env, m.X)
		return nil
	}
	for i, p := range s.placed {
		if !p.has(m.X, m.Y) {
			continue
		}
		if !s.full {
			s.focus = i
		}
		x, y, b := m.X-p.x-1, m.Y-p.y-1, draw.Box{W: p.w - 2, H: p.h - 2, Theme: s.theme}
		if p.Click != nil && x >= 0 && y >= 0 && x < b.W && y < b.H {
			return p.Click(s.env(), b, x, y)
		}
	}
	return nil
}

// clickTab opens the tab whose name is at column x of the header.
func (s *Shell) clickTab(env *Env, x int) {
	name := s.name()
	room := s.w - width(name)
	if s.headerLines() == 1 {
		room -= width(s.status(env, s.w))
	}
	at, tab := width(name), -1
	for _, r := range s.tabs(env, room) {
		if len(r.text) > 1 && r.text[0] == ' ' && r.text[1] >= '1' && r.text[1] <= '9' {
			tab++
		}
		if w := draw.Width(r.text); x >= at && x < at+w && tab >= 0 {
			s.back = nil
			s.enter(tab)
			return
		}
		at += draw.Width(r.text)
	}
}
