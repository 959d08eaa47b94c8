package draw

import (
	"math"
	"time"
)

// timeAxis maps the moments of a window to columns.
type timeAxis struct {
	start, end time.Time
	loc        *time.Location
	w          int
}

// tick is a labelled column.
type tick struct {
	x     int
	label string
}

// newTimeAxis makes an axis w columns wide; a window without a span counts as one second.
func newTimeAxis(start, end time.Time, loc *time.Location, w int) timeAxis {
	if loc == nil {
		loc = time.UTC
	}
	if !end.After(start) {
		end = start.Add(time.Second)
	}
	return timeAxis{start, end, loc, w}
}

// at is the column of t; below zero or from w on outside of the window.
func (a timeAxis) at(t time.Time) int {
	f := float64(t.UnixMilli()-a.start.UnixMilli()) / float64(max(a.end.UnixMilli()-a.start.UnixMilli(), 1))
	if f < 0 || f > 1 {
		return -1
	}
	return int(math.Round(f * float64(a.w-1)))
}

// calendar is the steps that a time axis may have, in seconds, with the format of its labels.
var calendar = []struct {
	step   int64
	format string
}{
	{1, "15:04:05"}, {2, "15:04:05"}, {5, "15:04:05"}, {10, "15:04:05"}, {15, "15:04:05"}, {30, "15:04:05"},
	{60, "15:04"}, {120, "15:04"}, {300, "15:04"}, {600, "15:04"}, {900, "15:04"}, {1800, "15:04"},
	{3600, "15:04"}, {7200, "15:04"}, {10800, "15:04"}, {21600, "15:04"}, {43200, "15:04"},
	{86400, "02 Jan"}, {2 * 86400, "02 Jan"}, {7 * 86400, "02 Jan"}, {14 * 86400, "02 Jan"}, {30 * 86400, "02 Jan"},
	{91 * 86400, "Jan 06"}, {365 * 86400, "Jan 06"},
}

// ticks are round moments of the zone's clock, as many as have room; midnight
// is labelled with its date.
func (a timeAxis) ticks() []tick {
	if a.w < 1 {
		return nil
	}
	seconds := max(float64(a.end.Unix()-a.start.Unix()), 1)
	best := calendar[len(calendar)-1]
	for _, c := range calendar {
		if float64(c.step)/seconds*float64(a.w) >= float64(len(c.format)+4) {
			best = c
			break
		}
	}
	// Ticks are counted on the wall clock, whose distance to UTC may change on the way.
	offset := func(unix int64) int64 {
		_, off := time.Unix(unix, 0).In(a.loc).Zone()
		return int64(off)
	}
	var out []tick
	wall := a.start.Unix() + offset(a.start.Unix())
	wall -= ((wall % best.step) + best.step) % best.step
	for i := 0; i < a.w+2; i, wall = i+1, wall+best.step {
		unix := wall - offset(wall)
		unix = wall - offset(unix)
		t := time.Unix(unix, 0).In(a.loc)
		if t.After(a.end) {
			break
		}
		x := a.at(t)
		if x < 0 || len(out) > 0 && out[len(out)-1].x >= x {
			continue
		}
		format := best.format
		if len(format) == len("15:04") && t.Hour() == 0 && t.Minute() == 0 {
			format = "02 Jan"
		}
		out = append(out, tick{x, t.Format(format)})
	}
	return out
}

// zone is the name of the zone at the end of the window.
func (a timeAxis) zone() string {
	name, _ := a.end.In(a.loc).Zone()
	if name == "" || name[0] == '+' || name[0] == '-' {
		return "UTC" + name
	}
	return Line(name)
}

// draw puts the axis at x, y of a canvas: with lines of 2 a rule with tick
// marks and the labels under it, with 1 the labels alone. The day and the zone
// stand at the right. A cursor inside the window has its time written.
func (a timeAxis) draw(c *canvas, x, y, lines int, cursor time.Time) {
	if lines < 1 || a.w < 1 {
		return
	}
	ticks := a.ticks()
	if lines > 1 {
		c.set(x-1, y, '└', inkBorder)
		for i := range a.w {
			c.set(x+i, y, '─', inkBorder)
		}
		for _, t := range ticks {
			c.set(x+t.x, y, '┬', inkBorder)
		}
		y++
	}
	end := x + a.w
	name := a.zone()
	if a.w >= 44 {
		name = a.end.In(a.loc).Format("02 Jan ") + name
	}
	if n := Width(name); n+8 <= a.w {
		end -= n
		c.write(end, y, name, x+a.w, inkDim)
	}
	from, to := -1, -1
	if at := a.at(cursor); !cursor.IsZero() && at >= 0 {
		label := " " + cursor.In(a.loc).Format("15:04:05") + " "
		from = max(min(x+at-len(label)/2, x+a.w-len(label)), 0)
		to = c.write(from, y, label, c.w, inkAccent)
	}
	last := 0
	for _, t := range ticks {
		at := max(x+t.x-len(t.label)/2, x-1, 0)
		if at < last || at+len(t.label) >= end || at < to && at+len(t.label) > from {
			continue
		}
		last = c.write(at, y, t.label, end, inkDim) + 1
	}
}
