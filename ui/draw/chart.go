package draw

import (
	"time"

	"firewatch/sources"
	"firewatch/ui/theme"
)

// Threshold is a value that a chart marks with a line.
type Threshold struct {
	Value float64
	Level theme.Level
	// Below says that it is worse below than above.
	Below bool
	// Label is written at the line; empty means the value in the chart's unit.
	Label string
}

// Marker is a moment that a chart marks, such as a deployment.
type Marker struct {
	At    time.Time
	Label string
}

// Chart draws series over time, with axes in units.
type Chart struct {
	Series []sources.Series
	// Names are the series' names in the legend; where one is missing or empty
	// the series' own Legend is taken.
	Names []string
	Unit  Unit
	// Start and End are the ends of the time axis; Step is the distance of the
	// samples: where two are further apart than that, the line has a gap.
	Start, End time.Time
	Step       time.Duration
	// Location is the time axis' zone; nil means UTC.
	Location *time.Location
	// Min and Max are the ends of the value axis when FixMin or FixMax is set;
	// otherwise the data decide.
	Min, Max       float64
	FixMin, FixMax bool
	Thresholds     []Threshold
	Markers        []Marker
	// Cursor is a moment at which values are read off; zero for none.
	Cursor time.Time
	// Stack fills areas on top of each other instead of drawing lines.
	Stack bool
	// Legend adds the names and values of the series.
	Legend bool
}

// Draw makes the block.
func (c Chart) Draw(b Box) Block {
	var lines []string
	for i, s := range c.Series {
		lines = append(lines, b.look().Series(i).Render(Cut(Spark(s.Values(), max(b.W-20, 0))+" "+Line(s.Legend), b.W)))
	}
	return Fit(b, lines)
}
