package draw

import "firewatch/ui/theme"

// Pair is a name and its value.
type Pair struct {
	Name, Value string
	Level       theme.Level
}

// Pairs are lines of names and values, the values under each other and wrapped
// to the box's width; the height does not count. A line end in a value is kept.
// Put them into [Fit] or a pager.
func Pairs(b Box, pairs []Pair) []string {
	b = b.clamped()
	name := 0
	for _, p := range pairs {
		name = max(name, Width(Line(p.Name)))
	}
	name = min(name, max(b.W/3, min(12, b.W/2)))
	t := b.look()
	var out []string
	for _, p := range pairs {
		value := p.Value
		if p.Level >= theme.Warn && !telling(value) {
			value = p.Level.Glyph() + " " + value
		}
		lines := Wrap(value, b.W-name-2)
		if len(lines) == 0 {
			lines = []string{""}
		}
		for i, l := range lines {
			n := ""
			if i == 0 {
				n = Line(p.Name)
			}
			out = append(out, Pad(t.Dim.Render(Pad(n, name))+"  "+t.Level(p.Level).Render(l), b.W))
		}
	}
	return out
}
