package draw

import (
	"strconv"

	"firewatch/ui/theme"
)

// Column is one column of a [Table].
type Column struct {
	Title string
	// W is the width in cells; 0 shares what the others leave.
	W int
	// Min is the least width of a column that shares; 0 means 8.
	Min int
	// Right aligns to the right, for numbers.
	Right bool
	// Drop says which columns go first where the table is narrow: the highest
	// first, of equals the rightmost; 0 goes last.
	Drop int
}

// Cell is one value of a [Table]. All text is plain: styles are the table's.
type Cell struct {
	Text string
	// Level styles the text; from Warn on its glyph is set before the text, unless
	// the text says the level itself.
	Level theme.Level
	Dim   bool
	// Spark, unless nil, is drawn as a sparkline over the column's width less the text.
	Spark []float64
	// Top is where the sparkline's scale ends; 0 means at its largest value.
	Top float64
	// Meter is drawn as a bar before the text when HasMeter is set.
	Meter    float64
	HasMeter bool
	// Match is a text within Text to be highlighted wherever it occurs, case-blind.
	Match string
	// Span has the text run over the columns behind, whose cells are not drawn, for
	// a row that heads others. Tail is at the right end then and is kept whole
	// where the text is cut.
	Span bool
	Tail string
}

// Table draws rows under a header. Only the rows on the screen are asked for.
type Table struct {
	Columns []Column
	// Rows is the number of rows, Row the cells of one of them; a row may have
	// fewer cells than there are columns. The table keeps them until it is drawn.
	Rows int
	Row  func(i int) []Cell
	// Sel is the row under the cursor, -1 for none.
	Sel int
	// Sorted is the number of the sorted column, counted from 1; 0 for none. Desc
	// says that its largest value is on top.
	Sorted int
	Desc   bool
	// Empty is said where there are no rows.
	Empty string
	// Marked says which rows are chosen; nil means that none can be.
	Marked func(i int) bool
}

// Draw makes the block: a header line, and rows scrolled so that Sel is in view.
// A bar at the right says where the rows in view lie when they are not all.
func (t Table) Draw(b Box) Block {
	b = b.clamped()
	if b.H == 0 || b.W == 0 {
		return Fit(b, nil)
	}
	body := b.In(0, 1)
	l := t.layout(b)
	out := make(Block, 0, b.H)
	var r row
	out = append(out, t.header(&r, b, l))
	if t.Rows <= 0 || t.Row == nil {
		return append(out, Message(body, theme.None, Line(t.Empty))...)
	}
	first := t.first(body.H)
	rows := make([][]Cell, max(min(body.H, t.Rows-first), 0))
	for y := range rows {
		rows[y] = t.Row(first + y)
		l.measure(rows[y])
	}
	for y := range body.H {
		i := first + y
		if y < len(rows) {
			t.line(&r, b, l, i, rows[y])
		} else {
			r.add(theme.Style{}, Spaces(l.w), l.w)
		}
		if l.bar {
			s := "│"
			if y == thumb(first, body.H, t.Rows) {
				s = "┃"
			}
			r.add(b.look().Border, s, 1)
		}
		out = append(out, r.String())
	}
	return out
}

// At is the row at line y of the block that Draw makes for b, or -1.
func (t Table) At(b Box, y int) int {
	i := t.first(b.H-1) + y - 1
	if y < 1 || y >= b.H || i >= t.Rows {
		return -1
	}
	return i
}

// Position is where the cursor is, such as 12/340; without a cursor the number
// of rows, and empty without rows.
func (t Table) Position() string {
	n := strconv.Itoa(t.Rows)
	switch {
	case t.Rows <= 0:
		return ""
	case t.Sel < 0:
		return n
	}
	return strconv.Itoa(min(t.Sel, t.Rows-1)+1) + "/" + n
}

// first is the row on top when h rows are in view: the cursor stays in the
// middle except at the ends.
func (t Table) first(h int) int {
	return max(min(min(t.Sel, t.Rows-1)-h/2, t.Rows-h), 0)
}

// thumb is the line of the scroll bar's mark when rows from first on are in view.
func thumb(first, h, rows int) int {
	if rows <= h || h < 2 {
		return 0
	}
	y := first * (h - 1) / (rows - h)
	// The ends are marked only when they are reached.
	if first > 0 {
		y = max(y, 1)
	}
	if first < rows-h {
		y = min(y, h-2)
	}
	return max(y, 0)
}
