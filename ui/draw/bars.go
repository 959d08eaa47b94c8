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
// a full of zero or less means the largest value.
func Bars(b Box, bars []Bar, full float64) Block {
	if !(full > 0) {
		for _, v := range bars {
			if !math.IsInf(v.Value, 0) && v.Value > full {
				full = v.Value
			}
		}
	}
	label, text := 0, 0
	for _, v := range bars {
		label, text = max(label, Width(tidy(v.Label))), max(text, Width(tidy(v.Text)))
	}
	label = min(label, b.W/2)
	var lines []string
	for _, v := range bars {
		lines = append(lines, Pad(tidy(v.Label), label)+" "+b.look().Level(v.Level).Render(Meter(v.Value/full, b.W-label-text-2))+" "+PadLeft(tidy(v.Text), text))
	}
	return Fit(b, lines)
}
