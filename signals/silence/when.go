package silence

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// between finds the hyphen of a range of times: one with blanks around it, or one
// between two times of day; those inside of a date are neither.
var between = regexp.MustCompile(`^(.*\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})$`)

// When is the span that text names, seen from now: an end as [Until] reads it,
// which starts now; a start with a length, "tomorrow 09:00 for 2h"; or a start
// and an end, "sat 22:00-23:30", "22:00-02:00", "mon 09:00 until tue 18:00". An
// end by the clock alone is the next one after the start. A span that is over is
// an error; one that has begun starts now.
func When(text string, now time.Time, loc *time.Location) (start, end time.Time, err error) {
	s := strings.ToLower(strings.Join(strings.Fields(text), " "))
	from, to, length := s, "", ""
	if a, b, ok := cut(s, " for "); ok {
		from, length = a, b
	} else if m := between.FindStringSubmatch(s); m != nil {
		from, to = m[1], m[2]
	} else {
		for _, sep := range []string{" until ", " to ", " - ", " – "} {
			if a, b, ok := cut(s, sep); ok {
				from, to = a, b
				break
			}
		}
	}
	if to == "" && length == "" {
		end, err = Until(text, now, loc)
		return now, end, err
	}
	from = strings.TrimSpace(strings.TrimPrefix(from, "from "))
	switch t, ok := moment(from, now.In(loc)); {
	case from == "now":
		start = now
	case ok:
		start = t
	default:
		return start, end, fmt.Errorf("%q is not a time to start at: write now, 22:00, tomorrow 09:00, sat 22:00 or 2026-11-23 09:00", from)
	}
	if length != "" {
		d, ok := span(strings.TrimPrefix(length, "for "))
		if !ok || d <= 0 {
			return start, end, fmt.Errorf("%q is not a length such as 30m, 2h or 1d", length)
		}
		end = start.Add(d)
	} else if end, err = Until(to, start, loc); err != nil {
		return start, end, err
	}
	// A weekday's window that is going on is meant, not the one in a week.
	if week := start.In(loc).AddDate(0, 0, -7); start.After(now) && weekday(from) && end.In(loc).AddDate(0, 0, -7).After(now) && !week.After(now) {
		start, end = week, end.In(loc).AddDate(0, 0, -7)
	}
	if !end.After(now) {
		return start, end, fmt.Errorf("%q is in the past", text)
	}
	if start.Before(now) {
		start = now
	}
	return start, end, nil
}

func cut(s, sep string) (before, after string, ok bool) {
	before, after, ok = strings.Cut(s, sep)
	return before, after, ok && strings.TrimSpace(before) != "" && strings.TrimSpace(after) != ""
}

// weekday says whether a moment starts with the name of a day.
func weekday(s string) bool {
	day, _, two := strings.Cut(s, " ")
	for d := time.Sunday; d <= time.Saturday; d++ {
		if two && len(day) >= 3 && strings.HasPrefix(strings.ToLower(d.String()), day) {
			return true
		}
	}
	return false
}
