package draw

import (
	"time"

	"firewatch/ui/theme"
)

// Span is a stretch of time that a chart marks on its time axis, such as one in
// which an alert fired.
type Span struct {
	From, To time.Time
	Level    theme.Level
	// Faint marks a stretch that only leads up to one, such as the wait before an
	// alert fires: it is drawn broken.
	Faint bool
}

// drawSpans marks the stretches on the rule of the time axis, the faint ones
// under the others.
func (c Chart) drawSpans(cv *canvas, x, y, w int, t timeAxis) {
	for _, faint := range []bool{true, false} {
		for _, s := range c.Spans {
			if s.Faint != faint || s.To.Before(c.Start) || s.From.After(c.End) || s.To.Before(s.From) {
				continue
			}
			from, to := max(t.at(later(s.From, c.Start)), 0), t.at(earlier(s.To, c.End))
			glyph := '━'
			if faint {
				glyph = '╍'
			}
			for i := from; i <= min(to, w-1); i++ {
				cv.set(x+i, y, glyph, levelInk(s.Level))
			}
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
