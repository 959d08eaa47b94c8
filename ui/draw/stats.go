package draw

import "firewatch/ui/theme"

// Stat is one number with a name.
type Stat struct {
	Label, Value, Note string
	Level              theme.Level
	// Spark, unless empty, is the value's recent course.
	Spark []float64
	// Top is where the course's scale ends; 0 means at its largest value.
	Top float64
}

// The tiles' least width and the blanks between them.
const (
	tileWidth = 16
	tileGap   = 2
)

// Stats draws tiles side by side, in as many rows as they need: a label, the
// value with its note, and its course where there is height for it. Tiles that
// do not fit are left out at the end; in one line a tile is a label and a value.
func Stats(b Box, stats []Stat) Block {
	b = b.clamped()
	if len(stats) == 0 || b.H == 0 || b.W == 0 {
		return Fit(b, nil)
	}
	per := max(min((b.W+tileGap)/(tileWidth+tileGap), len(stats)), 1)
	rows := (len(stats) + per - 1) / per
	// Rows of equal length look better than a full one and a rest.
	per = (len(stats) + rows - 1) / rows
	h := 2
	for _, v := range stats {
		if len(v.Spark) > 0 {
			h = 3
		}
	}
	for h > 1 && rows*h > b.H {
		h--
	}
	if h > 1 && rows*(h+1)-1 <= b.H {
		h++ // a blank line between the rows
	}
	out := make([]string, 0, b.H)
	for first := 0; first < len(stats) && len(out) < b.H; first += per {
		blocks := make([]Block, 0, 2*per)
		for k := range per {
			w := (b.W - (per-1)*tileGap + k) / per
			tile := b.Sized(w, h)
			if k > 0 {
				blocks = append(blocks, Fit(b.Sized(tileGap, h), nil))
			}
			if first+k < len(stats) {
				blocks = append(blocks, stats[first+k].tile(tile))
			} else {
				blocks = append(blocks, Fit(tile, nil))
			}
		}
		out = append(out, Beside(blocks...)...)
	}
	return Fit(b, out)
}

// tile is one stat.
func (s Stat) tile(b Box) Block {
	t := b.look()
	value, label, note := Line(s.Value), Line(s.Label), Line(s.Note)
	if s.Level >= theme.Warn {
		value = s.Level.Glyph() + " " + value
	}
	style := t.Strong
	if s.Level != theme.None {
		style = t.Level(s.Level)
	}
	value = Cut(value, b.W)
	if b.H == 1 {
		label = Cut(label, b.W-Width(value)-1)
		if label != "" {
			label += " "
		}
		return Fit(b, []string{t.Dim.Render(label) + style.Render(value)})
	}
	second := style.Render(value)
	if room := b.W - Width(value) - 1; note != "" && room >= 3 {
		second += " " + t.Dim.Render(Cut(note, room))
	}
	lines := []string{t.Dim.Render(Cut(label, b.W)), second}
	if len(s.Spark) > 0 && b.H >= 3 {
		lines = append(lines, t.Accent.Render(SparkUpTo(s.Spark, b.W, s.Top)))
	}
	return Fit(b, lines)
}
