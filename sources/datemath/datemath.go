// Package datemath reads dates the way Elasticsearch does: in the format
// strict_date_optional_time||epoch_millis, and relative ones such as now-1h/d. The
// source evaluates filters with it on lines that it holds, the demo's log store
// answers queries with it. It reads no clock and imports nothing of ours.
package datemath

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Parse reads a date as strict_date_optional_time||epoch_millis has it: an ISO 8601
// date whose parts may be missing from the right, UTC unless it names a zone, or
// milliseconds since the epoch. The unit is the smallest part given, one of
// y M d h m s and S for a fraction of a second. The error is in Elasticsearch's
// words.
func Parse(s string) (t time.Time, unit byte, err error) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil && !strings.Contains(s, ",") {
		if !strings.Contains(s, ".") {
			return t.UTC(), 's', nil
		}
		return t.UTC(), 'S', nil
	}
	date, clock, timed := strings.Cut(s, "T")
	if !timed {
		for _, l := range [...]struct {
			layout string
			unit   byte
		}{{"2006-01-02", 'd'}, {"2006-01", 'M'}, {"2006", 'y'}} {
			if t, err := time.Parse(l.layout, date); err == nil {
				return t, l.unit, nil
			}
		}
		if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
			return time.UnixMilli(ms).UTC(), 'S', nil
		}
		return t, 0, dateError(s)
	}
	zone := ""
	if i := strings.IndexAny(clock, "Z+-"); i >= 0 {
		clock, zone = clock[:i], clock[i:]
	}
	for _, z := range [...]string{"", "Z07:00", "Z0700", "Z07"} {
		if (z == "") != (zone == "") {
			continue
		}
		for _, l := range [...]struct {
			layout string
			unit   byte
		}{{"15:04:05", 's'}, {"15:04", 'm'}, {"15", 'h'}} {
			t, err := time.Parse("2006-01-02T"+l.layout+z, date+"T"+clock+zone)
			if err == nil && !strings.Contains(clock, ",") {
				if strings.Contains(clock, ".") {
					l.unit = 'S'
				}
				return t.UTC(), l.unit, nil
			}
		}
	}
	return t, 0, dateError(s)
}

func dateError(s string) error {
	return fmt.Errorf("failed to parse date field [%s] with format [strict_date_optional_time||epoch_millis]", short(s))
}

// short bounds a text that an error repeats.
func short(s string) string {
	if len(s) > maxQuoted {
		return strings.ToValidUTF8(s[:maxQuoted-3], "") + "..."
	}
	return s
}

// maxQuoted is how much of a text an error repeats, in bytes.
const maxQuoted = 80

// Eval reads a date that may be relative, such as now-1h/d or 2026-11-22||+1d. With
// up, as gt and lte ask for, it is the last millisecond of the unit that it is
// rounded to or that it leaves out. The result is in UTC.
func Eval(s string, now time.Time, up bool) (time.Time, error) {
	math, relative := strings.CutPrefix(s, "now")
	t := now.UTC()
	if !relative {
		var date string
		date, math, relative = strings.Cut(s, "||")
		var unit byte
		var err error
		if t, unit, err = Parse(date); err != nil {
			return t, err
		}
		if up && !relative {
			if unit == 'y' || unit == 'M' { // a month or a day left out is the first, whichever way
				unit = 'd'
			}
			t = ceil(t, unit)
		}
	}
	for math != "" {
		op := math[0]
		i := 1
		for i < len(math) && math[i] >= '0' && math[i] <= '9' {
			i++
		}
		if i == len(math) || (op != '+' && op != '-' && op != '/') || (op == '/' && i > 1) || i > 10 {
			return t, fmt.Errorf("failed to parse date field [%s]: [%s] is no date math", short(s), short(math))
		}
		n := 1
		if i > 1 {
			n, _ = strconv.Atoi(math[1:i])
		}
		if op == '-' {
			n = -n
		}
		unit := math[i]
		if strings.IndexByte("yMwdhHms", unit) < 0 {
			return t, fmt.Errorf("failed to parse date field [%s]: unit [%c] not supported for date math", short(s), unit)
		}
		switch {
		case op == '/' && up:
			t = ceil(floor(t, unit), unit)
		case op == '/':
			t = floor(t, unit)
		default:
			t = shift(t, unit, n)
		}
		math = math[i+1:]
	}
	return t, nil
}

func shift(t time.Time, unit byte, n int) time.Time {
	switch unit {
	case 'y':
		return addMonths(t, 12*n)
	case 'M':
		return addMonths(t, n)
	case 'w':
		return t.AddDate(0, 0, 7*n)
	case 'd':
		return t.AddDate(0, 0, n)
	case 'h', 'H':
		return t.Add(time.Duration(n) * time.Hour)
	case 'm':
		return t.Add(time.Duration(n) * time.Minute)
	default:
		return t.Add(time.Duration(n) * time.Second)
	}
}

// addMonths keeps the day, or takes the month's last one when it has fewer.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

func floor(t time.Time, unit byte) time.Time {
	y, m, d := t.Date()
	switch unit {
	case 'y':
		return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)
	case 'M':
		return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
	case 'w':
		return time.Date(y, m, d-(int(t.Weekday())+6)%7, 0, 0, 0, 0, time.UTC)
	case 'd':
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	case 'h', 'H':
		return t.Truncate(time.Hour)
	case 'm':
		return t.Truncate(time.Minute)
	default:
		return t.Truncate(time.Second)
	}
}

// ceil is the last millisecond of the unit that begins at t.
func ceil(t time.Time, unit byte) time.Time {
	if unit == 'S' {
		return t
	}
	return shift(t, unit, 1).Add(-time.Millisecond)
}
