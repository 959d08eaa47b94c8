package ui

import (
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// footer is the keys of the view, or the toast while there is one.
func (s *Shell) footer(env *Env) string {
	t := s.theme
	if s.toast.text != "" && env.Now.Before(s.toast.until) {
		style := t.Level(s.toast.level)
		return join([]run{{style, " " + s.toast.level.Glyph() + " " + draw.Line(s.toast.text)}}, s.w, theme.Style{})
	}
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
