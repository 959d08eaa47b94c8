package ui

import (
	"time"

	"firewatch/ui/draw"
)

// Moment prints a moment as the user wants to see moments: "3m ago" or "in 3m",
// "14:02:11", "14:02:11Z", with the date before it when it is not today's. The
// zero time is a dash.
func (e *Env) Moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	switch e.Zone {
	case Local:
		return stamp(t.In(e.zoneLocal()), e.Now.In(e.zoneLocal()))
	case UTC:
		return stamp(t.UTC(), e.Now.UTC()) + "Z"
	case Relative:
	}
	d := e.Now.Sub(t)
	if d < 0 {
		return draw.Age(d)
	}
	return draw.Age(d) + " ago"
}

// Location is the zone for clocks and time axes: UTC when moments are printed in
// UTC, else the user's own.
func (e *Env) Location() *time.Location {
	if e.Zone == UTC {
		return time.UTC
	}
	return e.zoneLocal()
}

func (e *Env) zoneLocal() *time.Location {
	if e.local == nil {
		return time.Local
	}
	return e.local
}

func stamp(t, now time.Time) string {
	if t.Year() == now.Year() && t.YearDay() == now.YearDay() {
		return t.Format("15:04:05")
	}
	return t.Format("2006-01-02 15:04:05")
}
