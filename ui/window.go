package ui

import (
	"fmt"
	"strings"
	"time"

	"firewatch/sources"
)

// spans are the lengths that zooming steps through.
var spans = []time.Duration{
	5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour,
	12 * time.Hour, 24 * time.Hour, 2 * 24 * time.Hour, 7 * 24 * time.Hour,
}

// timeframe is what the user chose to look at: a length, and an end unless it
// follows the clock.
type timeframe struct {
	span time.Duration
	end  time.Time
	live bool
	// gen counts the choices, seen is the one that the last window was made of, step its step.
	gen, seen int
	step      time.Duration
}

// window is the aligned window for a screen of w cells.
func (t *timeframe) window(now time.Time, w int) sources.Window {
	end := t.end
	if t.live {
		end = now
	}
	return sources.At(end, t.span, max(w, minCells), t.live)
}

// moved says whether w is another question than the last one that it was asked
// of, rather than the same one a step later.
func (t *timeframe) moved(w sources.Window) bool {
	moved := t.step != 0 && (t.seen != t.gen || t.step != w.Step)
	t.seen, t.step = t.gen, w.Step
	return moved
}

// zoom goes n steps along the ladder of lengths, positive to shorter ones,
// around the middle of a window that is not live.
func (t *timeframe) zoom(now time.Time, n int) {
	span := t.span
	for ; n > 0; n-- {
		span = shorter(span)
	}
	for ; n < 0; n++ {
		span = longer(span)
	}
	if span == t.span {
		return
	}
	if !t.live {
		t.end = t.end.Add((span - t.span) / 2)
	}
	t.span = span
	t.gen++
	t.clamp(now)
}

func shorter(d time.Duration) time.Duration {
	for i := len(spans) - 1; i >= 0; i-- {
		if spans[i] < d {
			return spans[i]
		}
	}
	return d
}

func longer(d time.Duration) time.Duration {
	for _, s := range spans {
		if s > d {
			return s
		}
	}
	return d
}

// pan moves by n half windows, negative to earlier; a window that would reach
// the present is live.
func (t *timeframe) pan(now time.Time, n int) {
	if t.live {
		if n > 0 {
			return
		}
		t.end, t.live = now, false
	}
	t.end = t.end.Add(time.Duration(n) * t.span / 2)
	t.gen++
	t.clamp(now)
}

// clamp keeps the window out of the future.
func (t *timeframe) clamp(now time.Time) {
	if !t.live && !t.end.Before(now) {
		t.live = true
	}
}

// follow goes back to the present.
func (t *timeframe) follow() {
	if !t.live {
		t.live = true
		t.gen++
	}
}

// set shows another window.
func (t *timeframe) set(now time.Time, span time.Duration, end time.Time, live bool) {
	t.span, t.end, t.live = max(span, time.Minute), end, live
	t.gen++
	t.clamp(now)
}

// spanText is a length as people say it: 90m is "1h30m", 48h "2d".
func spanText(d time.Duration) string {
	var sb strings.Builder
	for _, u := range []struct {
		name string
		d    time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		if n := d / u.d; n > 0 {
			fmt.Fprintf(&sb, "%d%s", n, u.name)
			d -= n * u.d
		}
	}
	if sb.Len() == 0 {
		return "0s"
	}
	return sb.String()
}

// parseSpan reads a length such as 6h, 2d or 1h30m.
func parseSpan(s string) (time.Duration, error) {
	bad := fmt.Errorf("%q is no length of time: write it like 15m, 6h or 2d", s)
	days, rest, ok := strings.Cut(s, "d")
	var d time.Duration
	if ok {
		var n int
		if _, err := fmt.Sscanf(days+"\n", "%d\n", &n); err != nil || n < 0 || n > 3650 {
			return 0, bad
		}
		d = time.Duration(n) * 24 * time.Hour
	} else {
		rest = s
	}
	if rest != "" {
		more, err := time.ParseDuration(rest)
		if err != nil {
			return 0, bad
		}
		d += more
	}
	if d < time.Minute || d > 366*24*time.Hour {
		return 0, fmt.Errorf("%q is out of range: a window is a minute to a year long", s)
	}
	return d, nil
}
