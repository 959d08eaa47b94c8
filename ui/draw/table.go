package draw

import (
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
	// first, 0 never.
	Drop int
}

// Cell is one value of a [Table].
type Cell struct {
	Text  string
	Level theme.Level
	Dim   bool
	// Spark, unless nil, is drawn as a sparkline over the column's width less the text.
	Spark []float64
	// Meter is drawn as a bar before the text when HasMeter is set.
	Meter    float64
	HasMeter bool
	// Match is a text within Text to be highlighted wherever it occurs, case-blind.
	Match string
}

// Table draws rows under a header. Only the rows on the screen are asked for.
type Table struct {
	Columns []Column
	// Rows is the number of rows, Row the cells of one of them.
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
	// Marked says which rows are chosen; nil means none.
	Marked func(i int) bool
}

// Draw makes the block: a header line, and rows scrolled so that Sel is in view.
func (t Table) Draw(b Box) Block {
	b = b.Sized(b.W, b.H)
	if b.H == 0 {
		return Block{}
	}
	widths := t.widths(b.W)
	var lines []string
	head := ""
	for i, c := range t.Columns {
		if widths[i] < 0 {
			continue
		}
		head += align(c.Title, widths[i], c.Right) + " "
	}
	lines = append(lines, b.look().Dim.Render(Cut(head, b.W)))
	if t.Rows == 0 && t.Empty != "" {
		lines = append(lines, Message(b.In(0, 1), theme.None, t.Empty)...)
	}
	first := t.first(b.H - 1)
	for i := first; i < min(first+b.H-1, t.Rows); i++ {
		cells := t.Row(i)
		l := ""
		for k, c := range t.Columns {
			if widths[k] < 0 || k >= len(cells) {
				continue
			}
			text := tidy(cells[k].Text)
			if cells[k].Spark != nil {
				text = Spark(cells[k].Spark, widths[k])
			}
			if cells[k].HasMeter {
				text = Meter(cells[k].Meter, widths[k]-Width(text)-1) + " " + text
			}
			l += align(text, widths[k], c.Right) + " "
		}
		l = Pad(l, b.W)
		if i == t.Sel {
			l = b.look().Select.Render(l)
		}
		lines = append(lines, l)
	}
	return Fit(b, lines)
}

// At is the row at line y of the block that Draw makes for b, or -1.
func (t Table) At(b Box, y int) int {
	i := t.first(b.H-1) + y - 1
	if y < 1 || y >= b.H || i >= t.Rows {
		return -1
	}
	return i
}

// first is the row on top when h rows are in view.
func (t Table) first(h int) int {
	return max(min(t.Sel-h/2, t.Rows-h), 0)
}

// widths are the columns' cells, -1 for a dropped one.
func (t Table) widths(w int) []int {
	out := make([]int, len(t.Columns))
	share, left := 0, w
	for i, c := range t.Columns {
		out[i] = c.W
		left -= c.W + 1
		if c.W == 0 {
			share++
		}
	}
	for i, c := range t.Columns {
		if c.W == 0 {
			out[i] = max(left/share, 0)
		}
	}
	return out
}

func align(s string, w int, right bool) string {
	if right {
		return PadLeft(s, w)
	}
	return Pad(s, w)
}
