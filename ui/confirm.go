package ui

import (
	"fmt"
	"slices"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// Confirm asks before yes is done: y does it, n, q or esc does not; enter does
// nothing, since whoever chose from a menu by enter may press it twice. If typed
// is not empty it must be written in full instead and ended by enter, for what is
// hard to take back. Body lines are wrapped.
func Confirm(title string, body []string, typed string, yes func(*Env) tea.Cmd) Overlay {
	c := &confirm{title: title, body: body, typed: typed, yes: yes}
	if typed != "" {
		c.input = newInput("")
	}
	return c
}

type confirm struct {
	title, typed string
	body         []string
	yes          func(*Env) tea.Cmd
	input        textinput.Model
	row          int
}

// Title implements [Overlay].
func (c *confirm) Title() string { return c.title }

// Size implements [Overlay].
func (c *confirm) Size(_ *Env, w, _ int) (int, int) {
	w = min(w, 72)
	return w, len(c.lines(w)) + 3
}

func (c *confirm) lines(w int) []string {
	var out []string
	for _, l := range c.body {
		out = append(out, draw.Wrap(l, max(w-2, 1))...)
	}
	return out
}

// Draw implements [Overlay].
func (c *confirm) Draw(_ *Env, b draw.Box) draw.Block {
	// The question and the way to answer it stay when the body is too long: what
	// cannot be read in full must not be answered blindly.
	room, lines := b.H-2, c.lines(b.W)
	if c.typed != "" {
		room--
	}
	if more := len(lines) - max(room-1, 0); len(lines) > room && more > 0 {
		lines = append(lines[:len(lines)-more:len(lines)-more], fmt.Sprintf("… %d more lines: enlarge the terminal", more))
	}
	var out []string
	for _, l := range lines[:max(min(len(lines), room), 0)] {
		out = append(out, " "+l)
	}
	if b.H > 2 {
		out = append(out, "")
	}
	if c.typed == "" {
		return draw.Fit(b, append(out, " "+b.Theme.Focus.Render("y")+" yes   "+b.Theme.Focus.Render("n")+" no"))
	}
	style := b.Theme.Level(theme.Warn)
	out = append(out, " type "+style.Render(c.typed)+" and press enter, or esc:")
	c.row = len(out)
	c.input.SetWidth(max(b.W-4, 1))
	return draw.Fit(b, append(out, " "+c.input.View()))
}

// Key implements [Overlay].
func (c *confirm) Key(env *Env, k tea.KeyPressMsg) (bool, tea.Cmd) {
	names := namesOf(k)
	is := func(on ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(on, n) })
	}
	switch {
	case is("esc"), c.typed == "" && is("n", "N", "q"):
		return true, nil
	case c.typed == "" && is("y", "Y"), c.typed != "" && is("enter") && c.input.Value() == c.typed:
		return true, c.yes(env)
	case c.typed != "" && !is("enter"):
		c.input, _ = c.input.Update(k)
	}
	return false, nil
}

func (c *confirm) paste(_ *Env, text string) {
	if c.typed != "" {
		c.input, _ = c.input.Update(tea.PasteMsg{Content: text})
	}
}

func (c *confirm) cursor() (x, y int) {
	if c.typed == "" {
		return 0, 0
	}
	return 1 + inputColumn(c.input), c.row
}

// newInput is a one-line text field with the terminal's own cursor.
func newInput(value string) textinput.Model {
	m := textinput.New()
	m.Prompt = ""
	m.SetVirtualCursor(false)
	m.SetStyles(textinput.Styles{})
	m.CharLimit = 4096
	m.Focus()
	m.SetValue(value)
	m.CursorEnd()
	return m
}

// inputColumn is where the cursor is in a field, in cells from its left edge.
func inputColumn(m textinput.Model) int {
	if c := m.Cursor(); c != nil {
		return c.X
	}
	return 0
}
