package draw

import "firewatch/ui/theme"

// Message sets lines in the middle of the box, wrapped to its width; the first
// wears the level, the others are dim.
func Message(b Box, l theme.Level, lines ...string) Block {
	b = b.clamped()
	t := b.look()
	var text []string
	for i, s := range lines {
		style := t.Dim
		if i == 0 {
			style = t.Level(l)
			if l >= theme.Warn && s != "" {
				s = l.Glyph() + " " + s
			}
		}
		for _, w := range Wrap(s, max(b.W-2, min(b.W, 1))) {
			text = append(text, Spaces((b.W-Width(w))/2)+style.Render(w))
		}
	}
	text = text[:min(len(text), b.H)]
	out := make([]string, (b.H-len(text))/2, b.H)
	return Fit(b, append(out, text...))
}
