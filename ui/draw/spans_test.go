package draw

import (
	"strings"
	"testing"
	"time"

	"firewatch/sources"
)

// A stretch is on the axis from its beginning to its end, cut at the window's
// ends; a faint one is broken and gives way.
func TestSpans(t *testing.T) {
	start := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	at := func(m int) time.Time { return start.Add(time.Duration(m) * time.Minute) }
	series := sources.Series{Legend: "a"}
	for m := range 61 {
		series.Points = append(series.Points, sources.Point{T: at(m).UnixMilli(), V: 1})
	}
	for _, h := range []int{5, 6, 12} {
		c := Chart{Series: []sources.Series{series}, Start: start, End: at(60), Step: time.Minute, Spans: []Span{
			{From: at(20), To: at(40), Faint: true}, {From: at(30), To: at(40)}, {From: at(55), To: at(90)}, {From: at(-9), To: at(3)},
			{From: at(70), To: at(80)}, {From: at(50), To: at(45)},
		}}
		// One column a minute, whatever the labels of the axis take.
		gutter := strings.IndexRune(c.Draw(Box{W: 65, H: h})[h-2], '└') + 1
		block := c.Draw(Box{W: gutter + 61, H: h})
		plot := []rune(block[h-2])[gutter:]
		for i, r := range plot {
			want := '─'
			switch {
			case i >= 55, i >= 30 && i <= 40, i <= 3:
				want = '━'
			case i >= 20 && i < 30:
				want = '╍'
			}
			if r != want && r != '┬' || r == '┬' && want != '─' {
				t.Errorf("height %d, column %d: %q, want %q\n%s", h, i, r, want, strings.Join(block, "\n"))
				break
			}
		}
	}
}
