package draw

import (
	"time"

	"firewatch/ui/theme"
)

// Lane is one line of a [Lanes]: what happened of one kind, by time.
type Lane struct {
	Name  string
	Marks []LaneMark
}

// LaneMark is one thing that happened: a single-width glyph, and how bad it was.
// Where two fall into one column, the worse is shown.
type LaneMark struct {
	At    time.Time
	Glyph rune
	Level theme.Level
}

// Lanes draws lines of marks over one time axis, so that what happened together
// stands under each other.
type Lanes struct {
	Lanes      []Lane
	Start, End time.Time
	Location   *time.Location
	// Cursor is a moment whose column is marked; zero marks none.
	Cursor time.Time
}

// Draw makes the block: a line for each lane, the first ones where there is no
// room for all, and the labels of the axis.
func (l Lanes) Draw(b Box) Block {
	b = b.clamped()
	if b.W == 0 || b.H == 0 {
		return Fit(b, nil)
	}
	name := 0
	for _, lane := range l.Lanes {
		name = max(name, Width(Line(lane.Name)))
	}
	left := min(name+2, b.W/3)
	c := newCanvas(b.W, b.H)
	axis := newTimeAxis(l.Start, l.End, l.Location, b.W-left)
	cursor := -1
	if !l.Cursor.IsZero() {
		cursor = axis.at(l.Cursor)
	}
	for y, lane := range l.Lanes[:min(len(l.Lanes), b.H-1)] {
		c.write(0, y, Cut(Line(lane.Name), left-1), left, inkDim)
		worst := map[int]theme.Level{}
		for _, m := range lane.Marks {
			x := axis.at(m.At)
			if was, ok := worst[x]; x < 0 || ok && m.Level <= was {
				continue
			}
			worst[x] = m.Level
			c.set(left+x, y, m.Glyph, levelInk(m.Level))
		}
		for i := range b.W - left {
			r, k := '·', inkBorder
			if i == cursor {
				r, k = '│', inkAccent
			}
			c.under(left+i, y, r, k)
		}
	}
	axis.draw(c, left, b.H-1, 1, l.Cursor)
	return c.block(b.look())
}
