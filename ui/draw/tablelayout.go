package draw

// tableLayout says where the columns of a table stand.
type tableLayout struct {
	// w is the width of the rows without the scroll bar, gap the blanks between columns.
	w, gap int
	// widths are the columns' cells; below zero the column is left out.
	widths []int
	// texts are the columns' widest texts beside a meter or a sparkline, so that
	// the bars of all rows in view are on one scale.
	texts []int
	// bar says that there is a scroll bar, mark that there is room for marks at the left.
	bar, mark bool
}

// markWidth is the room for the mark of a chosen row.
const markWidth = 2

// measure takes the texts of a row into account.
func (l *tableLayout) measure(cells []Cell) {
	for k := range min(len(cells), len(l.texts)) {
		if c := &cells[k]; l.widths[k] > 0 && (c.HasMeter || c.Spark != nil) {
			l.texts[k] = max(l.texts[k], Width(c.label(l.widths[k])))
		}
	}
}

// layout drops columns in their order until the rest fits at its least width,
// and shares what is left among those without a width of their own.
func (t Table) layout(b Box) tableLayout {
	l := tableLayout{w: b.W, gap: 1, widths: make([]int, len(t.Columns)), texts: make([]int, len(t.Columns)), bar: t.Rows > b.H-1 && b.W > 10, mark: t.Marked != nil}
	if b.W >= 100 {
		l.gap = 2
	}
	if l.bar {
		l.w--
	}
	room := l.w
	if l.mark {
		room -= markWidth
	}
	least := func(c Column) int {
		switch {
		case c.W > 0:
			return c.W
		case c.Min > 0:
			return c.Min
		}
		return 8
	}
	need, sharing, kept := -l.gap, 0, 0
	for i, c := range t.Columns {
		l.widths[i] = least(c)
		need += l.widths[i] + l.gap
		kept++
		if c.W <= 0 {
			sharing++
		}
	}
	for need > room && kept > 1 {
		k := -1
		for i, c := range t.Columns {
			if l.widths[i] >= 0 && (k < 0 || c.Drop >= t.Columns[k].Drop) {
				k = i
			}
		}
		if t.Columns[k].W <= 0 {
			sharing--
		}
		need -= l.widths[k] + l.gap
		l.widths[k] = -1
		kept--
	}
	extra := room - need
	for i, c := range t.Columns {
		if l.widths[i] < 0 {
			continue
		}
		if extra < 0 {
			l.widths[i] = max(room, 0)
		} else if c.W <= 0 {
			n := extra / sharing
			l.widths[i] += n
			extra -= n
			sharing--
		}
	}
	return l
}
