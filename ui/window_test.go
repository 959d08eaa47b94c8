package ui

import (
	"testing"
	"time"
)

func TestTimeframe(t *testing.T) {
	now := time.Date(2026, 3, 3, 14, 2, 11, 0, time.UTC)
	f := &timeframe{span: time.Hour, live: true}
	w := f.window(now, 120)
	if w.Step != 30*time.Second || w.Span() != time.Hour || !w.Live || !w.End.Equal(now.Truncate(30*time.Second)) {
		t.Errorf("the window is %+v", w)
	}
	if f.moved(w) {
		t.Error("the first window counts as a change")
	}
	if w := f.window(now.Add(time.Minute), 120); f.moved(w) {
		t.Error("the clock counts as a change of the question")
	}
	if w := f.window(now, 40); !f.moved(w) {
		t.Error("another step is no change")
	}
	f.pan(now, -1)
	w = f.window(now, 40)
	if w.Live || !f.moved(w) || f.moved(w) {
		t.Errorf("panned: %+v", w)
	}
	if want := now.Add(-30 * time.Minute).Truncate(w.Step); !w.End.Equal(want) {
		t.Errorf("panned to %s, want %s", w.End, want)
	}
	f.zoom(now, -1)
	if f.span != 3*time.Hour || !f.live {
		t.Errorf("zoomed out to %s, live %t: it would reach the future", f.span, f.live)
	}
	f.pan(now, 1)
	if !f.live {
		t.Error("panned into the future")
	}
	f.pan(now, -4)
	end := f.end
	f.zoom(now, 1)
	if f.span != time.Hour || !f.end.Equal(end.Add(-time.Hour)) {
		t.Errorf("zoomed around %s: ends %s", end, f.end)
	}
	f.follow()
	if !f.live {
		t.Error("not back to the present")
	}
	for range 20 {
		f.zoom(now, 1)
	}
	if f.span != 5*time.Minute {
		t.Errorf("the shortest window is %s", f.span)
	}
	for range 20 {
		f.zoom(now, -1)
	}
	if f.span != 7*24*time.Hour {
		t.Errorf("the longest window is %s", f.span)
	}
	f.set(now, 90*time.Minute, now.Add(time.Hour), false)
	if !f.live {
		t.Error("a window of the future is shown")
	}
	f.zoom(now, 1)
	if f.span != time.Hour {
		t.Errorf("from 1h30m in: %s", f.span)
	}
}

func TestSpanText(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"5m": 5 * time.Minute, "6h": 6 * time.Hour, "2d": 48 * time.Hour, "1h30m": 90 * time.Minute, "1d12h": 36 * time.Hour, "90s": 90 * time.Second,
	} {
		d, err := parseSpan(text)
		if err != nil || d != want {
			t.Errorf("%s is %s, %v", text, d, err)
		}
	}
	for _, text := range []string{"", "x", "6", "-1h", "5s", "d", "xd", "1dx", "9999d", "400d", "1.5d"} {
		if d, err := parseSpan(text); err == nil {
			t.Errorf("%q is taken for %s", text, d)
		}
	}
	for d, want := range map[time.Duration]string{0: "0s", time.Hour: "1h", 90 * time.Minute: "1h30m", 48 * time.Hour: "2d", 7 * 24 * time.Hour: "7d"} {
		if got := spanText(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}
