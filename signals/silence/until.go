package silence

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var spans = regexp.MustCompile(`^(?:(\d{1,4})w)?(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?(?:(\d{1,8})s)?$`)

// Until is the moment that text names, seen from now: a length such as 15m, 2h,
// 1d or 1d12h; a time of day in loc such as "until 09:00", the next time that
// the clock shows it; "tomorrow 09:00", "monday 09:00"; or a date with a time,
// 2026-11-23 09:00. A moment that is not after now is an error.
func Until(text string, now time.Time, loc *time.Location) (time.Time, error) {
	s := strings.ToLower(strings.TrimSpace(text))
	s = strings.TrimSpace(strings.TrimPrefix(s, "for "))
	s = strings.TrimSpace(strings.TrimPrefix(s, "until "))
	if d, ok := span(s); ok {
		if d <= 0 {
			return time.Time{}, fmt.Errorf("%q is no time at all", text)
		}
		return now.Add(d), nil
	}
	if t, ok := moment(s, now.In(loc)); ok {
		if !t.After(now) {
			return time.Time{}, fmt.Errorf("%q is in the past", text)
		}
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%q is not a time: write 15m, 2h, 1d, 17:30, tomorrow 09:00, monday 09:00 or 2026-11-23 09:00", text)
}

func span(s string) (time.Duration, bool) {
	m := spans.FindStringSubmatch(s)
	if m == nil || s == "" {
		return 0, false
	}
	var d time.Duration
	for i, unit := range []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi(m[i+1])
		d += time.Duration(n) * unit
	}
	return d, true
}

// moment reads a day and a time of day; now carries the location.
func moment(s string, now time.Time) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02t15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, true
		}
	}
	if t, err := time.Parse(time.RFC3339, strings.ToUpper(s)); err == nil {
		return t, true
	}
	day, clock, two := strings.Cut(s, " ")
	if !two {
		day, clock = "", s
	}
	c, err := time.Parse("15:04", strings.TrimSpace(clock))
	if err != nil {
		return time.Time{}, false
	}
	on := func(days int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+days, c.Hour(), c.Minute(), 0, 0, now.Location())
	}
	switch day {
	case "":
		if t := on(0); t.After(now) {
			return t, true
		}
		return on(1), true
	case "today":
		return on(0), true
	case "tomorrow":
		return on(1), true
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := strings.ToLower(d.String())
		if len(day) < 3 || !strings.HasPrefix(name, day) {
			continue
		}
		days := (int(d) - int(now.Weekday()) + 7) % 7
		if t := on(days); t.After(now) {
			return t, true
		}
		return on(days + 7), true
	}
	return time.Time{}, false
}
