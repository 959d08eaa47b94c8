package draw

import (
	"fmt"
	"testing"
	"time"

	"firewatch/ui/theme"
)

// TestLanes draws marks on one axis: the worse of two in a column, none outside
// of the window, and the cursor behind them.
func TestLanes(t *testing.T) {
	l := Lanes{
		Start: noon.Add(-time.Hour), End: noon, Cursor: noon.Add(-20 * time.Minute), Location: time.UTC,
		Lanes: []Lane{
			{Name: "fired", Marks: []LaneMark{
				{noon.Add(-40 * time.Minute), '▲', theme.Warn}, {noon.Add(-40 * time.Minute), '✗', theme.Crit}, {noon.Add(-40 * time.Minute), '○', theme.Info},
				{noon.Add(-2 * time.Hour), '✗', theme.Crit}, {noon, '○', theme.Info},
			}},
			{Name: "held", Marks: []LaneMark{{noon.Add(-20 * time.Minute), '◆', theme.None}}},
			{Name: "notes 日本"},
		},
	}
	for _, s := range [][2]int{{60, 4}, {30, 3}, {12, 2}} {
		golden(t, fmt.Sprintf("lanes-%dx%d", s[0], s[1]), l.Draw(box(t, s[0], s[1], "dark")), false)
	}
	for w := range 12 {
		for h := range 6 {
			l.Draw(Box{W: w, H: h})
		}
	}
}
