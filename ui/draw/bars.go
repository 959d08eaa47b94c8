package draw

import (
	"math"

	"firewatch/ui/theme"
)

// Bar is one line of [Bars].
type Bar struct {
	// Label is before the bar, Text behind it.
	Label, Text string
	Value       float64
	Level       theme.Level
}

// Bars draws horizontal bars, one a line, on a common scale that ends at full;
// a full of zero or less means the largest value. Values below zero and NaN
// have no bar. Where not all fit, the last line counts the rest.
func Bars(b Box, bars []Bar, full float64) Block {
	b = b.clamped()
	if b.H == 0 || b.W == 0 {
		return Fit(b, nil)
	}
	if !(full > 0) {
		full = 0
		for _, v := range bars {
			if !math.IsInf(v.Value, 0) && v.Value > full {
				full = v.Value
			}
		}
	}
	label, text := 0, 0
	for _, v := range bars {
		label, text = max(label, Width(Line(v.Label))), max(text, Width(v.text()))
	}
	text = min(text, b.W/3)
	label = min(label, max(b.W/3, b.W-text-22))
	room := b.W - label - text - 2
	t := b.look()
	shown := len(bars)
	if shown > b.H {
		shown = b.H - 1
	}
	var r row
	out := make(Block, 0, b.H)
	for _, v := range bars[:shown] {
		r.add(t.Text, Pad(Line(v.Label), label), label)
		if room > 0 {
			st := t.Accent
			if v.Level != theme.None {
				st = t.Level(v.Level)
			}
			ratio := v.Value / full
			if math.IsInf(v.Value, 1) {
				ratio = 1
			}
			r.add(t.Text, " ", 1)
			r.add(st, Meter(ratio, room), room)
			r.add(t.Text, " ", 1)
		}
		r.add(t.Level(v.Level), PadLeft(v.text(), text), text)
		out = append(out, Pad(r.String(), b.W))
	}
	if shown < len(bars) {
		out = append(out, t.Dim.Render(Pad(more(len(bars)-shown), b.W)))
	}
	return append(out, Fit(b.Sized(b.W, b.H-len(out)), nil)...)
}

// text is the bar's text with the glyph of a level to act on.
func (v Bar) text() string {
	s := Line(v.Text)
	if v.Level >= theme.Warn && !telling(s) {
		return v.Level.Glyph() + " " + s
	}
	return s
}
