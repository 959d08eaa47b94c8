package draw

import "time"

// Heat draws one row of shaded cells a series over time.
type Heat struct {
	// Rows are the names, Values one line of numbers a row, oldest first.
	Rows       []string
	Values     [][]float64
	Start, End time.Time
	// Location is the time axis' zone; nil means UTC.
	Location *time.Location
}

// Draw makes the block.
func (h Heat) Draw(b Box) Block {
	var lines []string
	for i, v := range h.Values {
		name := ""
		if i < len(h.Rows) {
			name = tidy(h.Rows[i])
		}
		lines = append(lines, Pad(name, 12)+" "+Spark(v, b.W-13))
	}
	return Fit(b, lines)
}
