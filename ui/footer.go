package ui

import (
	"strings"

	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// toastLines is how many lines a toast takes at most.
const toastLines = 3

// footer is the keys of the view, or the toast while there is one: a toast that
// is too long for a line takes some of those above it too, unless an overlay
// needs them.
func (s *Shell) footer(env *Env, room int) []string {
	if s.toast.text == "" || !env.Now.Before(s.toast.until) {
		return []string{s.keyLine(env)}
	}
	room = min(room, toastLines)
	if len(s.layers) > 0 {
		room = 1
	}
	text := draw.Line(s.toast.text)
	lines := []string{text}
	if width := s.w - 3; draw.Width(text) > width && room > 1 {
		lines = draw.Wrap(text, width)
	}
	if len(lines) > room {
		lines = append(lines[:room-1:room-1], strings.Join(lines[room-1:], " "))
	}
	style, head := s.theme.Level(s.toast.level), " "+s.toast.level.Glyph()+" "
	for i, l := range lines {
		lines[i] = join([]run{{style, head + l}}, s.w, theme.Style{})
		head = "   "
	}
	return lines
}

// keyLine is what can be done in the open tab.
func (s *Shell) keyLine(env *Env) string {
	t := s.theme
	right := []run{{t.Bar, "  "}}
	for _, k := range s.shellKeys() {
		if !k.Hidden {
			right = append(right, run{t.Key, keyLabel(k)}, run{t.Bar, " " + k.Help + "  "})
		}
	}
	room := max(s.w-width(right), 0)
	left := []run{{t.Bar, " "}}
	for _, k := range s.viewKeys(env) {
		if k.Hidden || len(k.On) == 0 {
			continue
		}
		name, help := t.Key, t.Bar
		if k.Off != "" {
			// Dim by the tab style, which suits the bar's background.
			name, help = t.Tab, t.Tab
		}
		next := []run{{name, keyLabel(k)}, {help, " " + k.Help + "  "}}
		if width(left)+width(next) > room {
			break
		}
		left = append(left, next...)
	}
	return join(left, room, t.Bar) + join(right, s.w-room, t.Bar)
}

// keyLabel is the first key of an action, as short as the footer needs it.
func keyLabel(k Key) string {
	if len(k.On) == 0 {
		return ""
	}
	switch k.On[0] {
	case "enter":
		return "⏎"
	case "space":
		return "space"
	}
	return k.On[0]
}
