package draw

import (
	"strings"

	"firewatch/ui/theme"
)

// Frame is the border of a panel.
type Frame struct {
	// Title is in the top border at the left, Note at the right: an age, a count,
	// the reason for a stale panel.
	Title, Note string
	// Focus marks the panel that has the keys.
	Focus bool
	// Level colours the note and, from Warn on, sets its glyph before it, or in its
	// place when there is none.
	Level theme.Level
}

// edge is the characters of a border.
type edge struct {
	corners    [4]string
	rule, side string
}

// edges are the usual border and the heavy one, which marks the panel with the
// keys where no colour does.
var edges = [...]edge{{[4]string{"╭", "╮", "╰", "╯"}, "─", "│"}, {[4]string{"┏", "┓", "┗", "┛"}, "━", "┃"}}

// Framed draws a border and, inside, what inner makes of the box that is left.
// A box too small for a border gets the inside alone.
func Framed(b Box, f Frame, inner func(Box) Block) Block {
	b = b.clamped()
	if b.W < 4 || b.H < 3 {
		return Fit(b, inner(b))
	}
	t := b.look()
	line, e := t.Border, edges[0]
	if f.Focus {
		line = t.Focus
		if t.Plain {
			e = edges[1]
		}
	}
	in := b.In(2, 2)
	body := Fit(in, inner(in))
	out := make(Block, 0, b.H)
	out = append(out, top(b, f, line, e))
	side := line.Render(e.side)
	for _, l := range body {
		out = append(out, side+l+side)
	}
	return append(out, line.Render(e.corners[2]+strings.Repeat(e.rule, b.W-2)+e.corners[3]))
}

// top is the upper border with the title and the note in it.
func top(b Box, f Frame, line theme.Style, e edge) string {
	t := b.look()
	title, note := Line(f.Title), Line(f.Note)
	if f.Level >= theme.Warn {
		note = strings.TrimSuffix(f.Level.Glyph()+" "+note, " ")
	}
	// The line around them takes two corners, and a dash and two blanks for each.
	room := b.W - 2
	if title != "" {
		// A note may take room from the title, up to a half of it.
		least := min(Width(title), room/2-3)
		title = Cut(title, min(max(room-6-Width(note), least), room-3))
	}
	used := 0
	if title != "" {
		used = Width(title) + 3
	}
	if note != "" {
		note = Cut(note, room-used-3)
	}
	head := line.Render(e.corners[0])
	if title != "" {
		style := t.Title
		if f.Focus {
			style = t.Focus
		}
		head = line.Render(e.corners[0]+e.rule) + style.Render(" "+title+" ")
	}
	tail := line.Render(e.corners[1])
	if note != "" {
		style := t.Dim
		if f.Level != theme.None {
			style = t.Level(f.Level)
		}
		tail = style.Render(" "+note+" ") + line.Render(e.rule+e.corners[1])
		used += Width(note) + 3
	}
	return head + line.Render(strings.Repeat(e.rule, room-used)) + tail
}
