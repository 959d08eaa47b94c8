package draw

import "firewatch/ui/theme"

// Stat is one number with a name.
type Stat struct {
	Label, Value, Note string
	Level              theme.Level
	// Spark, unless empty, is the value's recent course.
	Spark []float64
}

// Stats draws tiles side by side, in as many rows as they need.
func Stats(b Box, stats []Stat) Block {
	var lines []string
	for _, s := range stats {
		lines = append(lines, tidy(s.Label)+" "+b.look().Level(s.Level).Render(tidy(s.Value))+" "+tidy(s.Note))
	}
	return Fit(b, lines)
}
