package draw

import "firewatch/ui/theme"

// Pair is a name and its value.
type Pair struct {
	Name, Value string
	Level       theme.Level
}

// Pairs are lines of names and values, the values under each other and wrapped
// to the box's width; the height does not count. Put them into [Fit] or a pager.
func Pairs(b Box, pairs []Pair) []string {
	name := 0
	for _, p := range pairs {
		name = max(name, Width(tidy(p.Name)))
	}
	name = min(name, b.W/3)
	t := b.look()
	var out []string
	for _, p := range pairs {
		for i, l := range Wrap(tidy(p.Value), b.W-name-2) {
			n := ""
			if i == 0 {
				n = tidy(p.Name)
			}
			out = append(out, t.Dim.Render(Pad(n, name))+"  "+t.Level(p.Level).Render(l))
		}
	}
	return out
}
