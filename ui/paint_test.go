package ui_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/uitest"
)

// one is a tab of one panel.
type one struct{ panel ui.Panel }

func (*one) Name() string             { return "one" }
func (*one) Keys(*ui.Env) []ui.Key    { return nil }
func (v *one) Layout(*ui.Env) ui.Node { return ui.P(v.panel) }

func oneOf(qs ...sources.Query) *one {
	return &one{ui.Panel{Title: "cpu", Queries: qs, Draw: func(b draw.Box, a []sources.Frame) draw.Block {
		var lines []string
		for i, f := range a {
			lines = append(lines, fmt.Sprintf("answer %d has %d series", i, len(f.Series)))
		}
		return draw.Fit(b, lines)
	}}}
}

func failing(k sources.Kind, text string) func(sources.Query, sources.Window) (sources.Frame, error) {
	return func(q sources.Query, _ sources.Window) (sources.Frame, error) {
		return sources.Frame{}, &sources.Error{Source: q.Source(), Kind: k, Err: errors.New(text)}
	}
}

// lacks fails the test for each text that a frame has.
func lacks(t *testing.T, frame string, not ...string) {
	t.Helper()
	for _, w := range not {
		if strings.Contains(frame, w) {
			t.Errorf("the frame has %q:\n%s", w, frame)
		}
	}
}

func TestWaiting(t *testing.T) {
	s := start(t, uitest.Config{Views: []ui.View{oneOf(up)}, W: 80, H: 12, Hold: func(sources.Query) bool { return true }})
	holds(t, s.Frame(), "waiting for prometheus… 0 s")
	s.Advance(3 * time.Second)
	holds(t, s.Frame(), "waiting for prometheus… 3 s", "○ prometheus")
	s.Release()
	holds(t, s.Frame(), "answer 0 has 3 series")
}

func TestErrorWithoutData(t *testing.T) {
	s := start(t, uitest.Config{Views: []ui.View{oneOf(up)}, W: 100, H: 12, Answer: refused})
	holds(t, s.Frame(), "✗ prometheus: GET 127.0.0.1:9090: connection refused", "check the url in the config, and that the server runs", "✗ unreachable ─")
	s = start(t, uitest.Config{Views: []ui.View{oneOf(up)}, W: 100, H: 12, Answer: failing(sources.BadQuery, "parse error: unexpected end of input")})
	holds(t, s.Frame(), "▲ prometheus: parse error: unexpected end of input", "▲ refused ─")
}

func TestEmptyHasAReason(t *testing.T) {
	none := func(sources.Query, sources.Window) (sources.Frame, error) { return sources.Frame{}, nil }
	v := oneOf(sources.PromQL{Expr: "node_load1"})
	s := start(t, uitest.Config{Views: []ui.View{v}, W: 80, H: 12, Answer: none})
	holds(t, s.Frame(), "answer 0 has 0 series")
	v.panel.Blank = "is node_exporter scraped?"
	s = start(t, uitest.Config{Views: []ui.View{v}, W: 80, H: 14, Answer: none})
	holds(t, s.Frame(), "prometheus answered 0 series at 14:02:11", "for node_load1", "is node_exporter scraped?")
	v = oneOf(sources.Alerts{})
	v.panel.Blank = "nothing fires"
	s = start(t, uitest.Config{Views: []ui.View{v}, W: 80, H: 14, Answer: none})
	holds(t, s.Frame(), "alertmanager answered nothing at 14:02:11", "nothing fires")
}

func TestStaleAndRecovered(t *testing.T) {
	s := start(t, uitest.Config{Views: []ui.View{oneOf(up)}, W: 100, H: 12})
	s.Advance(4 * time.Second)
	lacks(t, s.Frame(), "ago")
	s.Answer(refused)
	s.Advance(6 * time.Second)
	holds(t, s.Frame(), "answer 0 has 3 series", "✗ unreachable · 10s ago ─", "✗ prometheus unreachable")
	s.Advance(55 * time.Second)
	holds(t, s.Frame(), "answer 0 has 3 series", "✗ unreachable · 1m ago ─")
	s.Answer(answer)
	s.Advance(11 * time.Second)
	holds(t, s.Frame(), "answer 0 has 3 series", "● prometheus <1ms")
	lacks(t, s.Frame(), "ago", "unreachable")
	// Nobody asks any more: the age alone says so.
	s.Press("ctrl+r")
	s.Advance(30 * time.Second)
	holds(t, s.Frame(), "s ago ─")
}

func TestOneOfTwoFails(t *testing.T) {
	load := sources.PromQL{Expr: "load"}
	bad := func(q sources.Query, w sources.Window) (sources.Frame, error) {
		if q == sources.Query(load) {
			return failing(sources.Timeout, "no answer within 10 s")(q, w)
		}
		return answer(q, w)
	}
	v := oneOf(up, load)
	s := start(t, uitest.Config{Views: []ui.View{v}, W: 100, H: 12, Answer: bad})
	holds(t, s.Frame(), "no answer within 10 s", "shorten the window", "▲ prometheus timeout")
	v.panel.Partial = true
	s = start(t, uitest.Config{Views: []ui.View{v}, W: 100, H: 12, Answer: bad})
	holds(t, s.Frame(), "answer 0 has 3 series", "answer 1 has 0 series", "▲ timeout · 0s ago ─")
}

func TestNotesOfTheServer(t *testing.T) {
	v := oneOf(up)
	v.panel.Note = "3 rows"
	s := start(t, uitest.Config{Views: []ui.View{v}, W: 100, H: 12, Answer: func(sources.Query, sources.Window) (sources.Frame, error) {
		f := series("a")
		f.Notes = []string{"only 1000 of 5000 series"}
		return f, nil
	}})
	holds(t, s.Frame(), "▲ 3 rows · only 1000 of 5000 series ─")
}

func TestCache(t *testing.T) {
	drawn := 0
	v := oneOf(up)
	inner := v.panel.Draw
	v.panel.Draw = func(b draw.Box, a []sources.Frame) draw.Block { drawn++; return inner(b, a) }
	s := start(t, uitest.Config{Views: []ui.View{v, bells{}}, W: 100, H: 12})
	since := func() int { s.Frame(); n := drawn; drawn = 0; return n }
	since()
	for _, tc := range []struct {
		name string
		do   func()
		want int
	}{
		{"nothing", func() {}, 0},
		{"a second without an answer", func() { s.Advance(time.Second) }, 0},
		{"an answer", func() { s.Advance(5 * time.Second) }, 1},
		{"a key", func() { s.Press("j") }, 1},
		{"another size", func() { s.Resize(90, 12) }, 1},
		{"the border only", func() { s.Answer(refused); s.Advance(5 * time.Second); s.Frame(); s.Advance(time.Second) }, 1},
		{"another tab and back", func() { s.Answer(answer); s.Press("2"); s.Frame(); s.Press("1") }, 1},
	} {
		if tc.do(); since() != tc.want {
			t.Errorf("%s: drawn a number of times that is not %d", tc.name, tc.want)
		}
	}
	v.panel.Ticks = true
	s.Advance(time.Second)
	since()
	s.Advance(time.Second)
	if since() != 1 {
		t.Error("a panel that ticks is not drawn each second")
	}
}

func TestHostileSizes(t *testing.T) {
	s := start(t, uitest.Config{})
	for _, overlay := range []string{"", "?", ":", "@"} {
		if overlay != "" {
			s.Press(overlay)
		}
		for _, size := range [][2]int{{0, 0}, {1, 1}, {1, 50}, {500, 1}, {19, 10}, {20, 5}, {20, 3}, {40, 6}, {80, 4}, {300, 100}, {4096, 3}, {80, 24}} {
			s.Resize(size[0], size[1])
			s.Frame() // fails the test where a line is not as wide as the screen
		}
		s.Press("esc")
	}
	s.Resize(30, 2)
	holds(t, s.Frame(), "terminal too small")
}

func TestFrames(t *testing.T) {
	for _, tc := range []struct {
		name string
		w, h int
		c    ui.Config
		keys []string
	}{
		{"first-80x24", 80, 24, ui.Config{}, nil},
		{"first-200x12", 200, 12, ui.Config{}, nil},
		{"prod-80x10", 80, 10, ui.Config{Context: "payments-eu", Prod: true, ReadOnly: true}, nil},
		{"help-100x30", 100, 30, ui.Config{}, []string{"?"}},
		{"palette-80x24", 80, 24, ui.Config{}, []string{":", "h"}},
		{"context-80x16", 80, 16, ui.Config{Contexts: []string{"demo", "staging", "prod"}, Switch: switchless}, []string{"c"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := start(t, uitest.Config{W: tc.w, H: tc.h, Shell: tc.c})
			s.Press(tc.keys...)
			uitest.Golden(t, tc.name, s.Frame())
		})
	}
}
