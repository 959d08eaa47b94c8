package draw

import (
	"time"

	"firewatch/sources"
	"firewatch/ui/theme"
)

// Columns draws counts over time as vertical bars, the series stacked.
type Columns struct {
	Series []sources.Series
	// Levels are the series' levels, by index; one without is drawn as None.
	Levels []theme.Level
	// Start and End are the ends of the time axis, Step the width of a bucket.
	Start, End time.Time
	Step       time.Duration
	// Location is the time axis' zone; nil means UTC.
	Location *time.Location
	Unit     Unit
}

// Draw makes the block.
func (c Columns) Draw(b Box) Block {
	var lines []string
	for _, s := range c.Series {
		lines = append(lines, Spark(s.Values(), b.W))
	}
	return Fit(b, lines)
}
