package views

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
	"firewatch/ui/uitest"
)

// store is a log store that lines are put into.
type store struct {
	lines []*sources.Log
	err   error
	total int
}

func (st *store) answer(q sources.Query, w sources.Window) (sources.Frame, error) {
	if st.err != nil {
		return sources.Frame{}, st.err
	}
	switch q := q.(type) {
	case sources.Tail, sources.Lines:
		return sources.Frame{Logs: slices.Clone(st.lines), Total: st.total}, nil
	case sources.Fields:
		return sources.Frame{Metadata: []sources.Metric{{Name: "http.response.status_code"}, {Name: "service.name"}, {Name: "service.version"}}}, nil
	case sources.Histogram:
		var f sources.Frame
		step := w.Span() / time.Duration(max(q.Buckets, 1))
		for i, level := range []string{"info", "warn", "error"} {
			s := sources.Series{Legend: level, Labels: map[string]string{"level": level}}
			for k := range max(q.Buckets, 1) {
				s.Points = append(s.Points, sources.Point{T: w.Start.Add(time.Duration(k) * step).UnixMilli(), V: float64((k*7+i*3)%(12-4*i) + i)})
			}
			f.Series = append(f.Series, s)
		}
		return f, nil
	case sources.Facet:
		var f sources.Frame
		for i, v := range map[string][]string{"log.level": {"info", "error", "warn"}, "service.name": {"fraud-scorer", "featurestore"}}[q.Field] {
			f.Series = append(f.Series, sources.Series{Legend: v, Labels: map[string]string{"value": v}, Points: []sources.Point{{T: w.End.UnixMilli(), V: float64(900 / (i + 1))}}})
		}
		return f, nil
	}
	return sources.Frame{}, nil
}

// put appends n lines, one every second, of which every fifth is an error and
// every seventh a warning.
func (st *store) put(n int) {
	for range n {
		i := len(st.lines)
		l := &sources.Log{
			ID: fmt.Sprintf("id-%d", i), Index: "logs-mldemo.inference-default", Time: uitest.Start.Add(time.Duration(i-100) * time.Second), Level: "info",
			Message: fmt.Sprintf("request %d completed", i), Service: "fraud-scorer", Host: "demo-1", TraceID: fmt.Sprintf("4bf92f3577b34da6a3ce929d0e0e%04d", i/2),
		}
		switch {
		case i%5 == 4:
			l.Level, l.Message, l.ErrorType = "error", fmt.Sprintf("request %d failed: model backend unavailable", i), "BackendUnavailable"
			l.Stack = sources.CleanLines("goroutine 7 [running]:\nmain.predict(0x1)\n\t/src/predict.go:41\nmain.serve()\n\t/src/serve.go:12\nmain.main()\n\t/src/main.go:8")
		case i%7 == 6:
			l.Level, l.Message = "warn", fmt.Sprintf("request %d was slow", i)
		}
		l.Raw, _ = json.Marshal(map[string]any{"@timestamp": l.Time, "message": l.Message, "log.level": l.Level, "trace.id": l.TraceID, "event": map[string]any{"duration": 18211000}})
		st.lines = append(st.lines, l)
	}
}

func startLogs(t *testing.T, st *store, cfg uitest.Config) *uitest.Shell {
	t.Helper()
	cfg.Views, cfg.Answer = []ui.View{&logs{}}, st.answer
	if cfg.Shell.Zone == ui.Relative {
		cfg.Shell.Zone = ui.UTC
	}
	return uitest.New(t, cfg)
}

func hundred() *store {
	st := &store{}
	st.put(100)
	return st
}

func TestLogsFrames(t *testing.T) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"80x24", 80, 24}, {"120x40", 120, 40}, {"200x60", 200, 60}} {
		st := hundred()
		s := startLogs(t, st, uitest.Config{W: size.w, H: size.h})
		uitest.Golden(t, "logs-tail-"+size.name, s.Frame())
		s.Press("E", "enter")
		uitest.Golden(t, "logs-line-"+size.name, s.Frame())
		if size.w == 120 {
			s.Press("J")
			uitest.Golden(t, "logs-json-"+size.name, s.Frame())
			s.Press("J", "esc")
			st.put(42)
			s.Advance(2 * time.Second)
			uitest.Golden(t, "logs-held-"+size.name, s.Frame())
			s.Press("/")
			s.Type("service.")
			uitest.Golden(t, "logs-filter-"+size.name, s.Frame())
		}
	}
}

func TestTailHoldsItsPlace(t *testing.T) {
	st := hundred()
	s := startLogs(t, st, uitest.Config{W: 100, H: 30})
	shows := func(text string) bool { return strings.Contains(s.Frame(), text) }
	if !shows("request 98 completed") {
		t.Fatalf("the newest line is not on the screen:\n%s", s.Frame())
	}
	st.put(3)
	s.Advance(time.Second)
	if !shows("request 102 completed") {
		t.Errorf("it does not follow:\n%s", s.Frame())
	}
	s.Press("k", "k")
	before := rowsWith(s.Frame(), "request ")
	st.put(42)
	s.Advance(time.Second)
	if !shows("▼ 42 new, F or G follows") {
		t.Errorf("it does not count what came:\n%s", s.Frame())
	}
	if after := rowsWith(s.Frame(), "request "); after[0] != before[0] || after[5] != before[5] {
		t.Errorf("the lines moved while held:\n%s\n%s", before[0], after[0])
	}
	for _, follow := range []string{"F", "G"} {
		s.Press("k", follow)
		if !shows("request 143") || shows("follows") {
			t.Errorf("%s does not follow again:\n%s", follow, s.Frame())
		}
	}
	// Down on the last line is the same wish.
	s.Press("k", "j", "j")
	st.put(1)
	s.Advance(time.Second)
	if shows("new, F or G") {
		t.Errorf("j on the last line does not follow:\n%s", s.Frame())
	}
}

func rowsWith(frame, text string) []string {
	var out []string
	for _, l := range strings.Split(frame, "\n") {
		if strings.Contains(l, text) {
			out = append(out, l)
		}
	}
	return out
}

// A line that leaves the buffer takes the cursor to the oldest that is left.
func TestTailLosesTheLine(t *testing.T) {
	st := hundred()
	s := startLogs(t, st, uitest.Config{W: 100, H: 30})
	s.Press("g", "enter")
	if f := s.Frame(); !strings.Contains(f, "request 0 completed") {
		t.Fatalf("g does not go to the oldest line:\n%s", f)
	}
	st.lines = st.lines[50:]
	s.Advance(2 * time.Second)
	if f := s.Frame(); !strings.Contains(f, "request 0 completed") {
		t.Errorf("the document that is read goes away:\n%s", f)
	}
	s.Press("esc", "y")
	if got := copied(s); got != "request 50 completed" {
		t.Errorf("the line that is gone leaves the cursor on %q, want the oldest that is left", got)
	}
	st.lines = nil
	s.Advance(2 * time.Second)
	s.Press("j", "e", "enter", "y", "o")
	_ = s.Frame()
}

func TestLevels(t *testing.T) {
	st := hundred()
	s := startLogs(t, st, uitest.Config{})
	for _, c := range []struct{ key, want string }{
		{">", "trace"}, {">", "debug"}, {">", "info"}, {">", "warn"}, {"<", "info"}, {">", "warn"}, {">", "error"}, {">", "fatal"}, {">", "fatal"}, {"<", "error"},
	} {
		s.Asked()
		s.Press(c.key)
		asked := s.Asked()
		if c.want != "fatal" && len(asked) > 0 && !slices.Contains(asked, sources.Query(sources.Tail{Level: c.want})) {
			t.Errorf("%s asks %v, want a tail of %s and worse", c.key, asked, c.want)
		}
		if f := s.Frame(); !strings.Contains(f, "level>="+c.want) {
			t.Errorf("%s: the border does not say level>=%s", c.key, c.want)
		}
	}
	s.Press("esc")
	if strings.Contains(s.Frame(), "level>=") {
		t.Error("esc does not clear the level")
	}
}

func TestJumps(t *testing.T) {
	s := startLogs(t, hundred(), uitest.Config{})
	for _, c := range []struct{ key, want string }{
		{"E", "request 94 failed"}, {"E", "request 89 failed"}, {"e", "request 94 failed"}, {"e", "request 99 failed"}, {"W", "request 97 was slow"}, {"W", "request 90 was slow"}, {"w", "request 97 was slow"},
	} {
		s.Press(c.key, "y")
		if got := copied(s); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s goes to %q, want %q", c.key, got, c.want)
		}
	}
	s.Press("G", "w")
	if f := s.Frame(); !strings.Contains(f, "no warn below") {
		t.Errorf("it does not say that there is none:\n%s", f)
	}
}

// copied is what was last put on the clipboard.
func copied(s *uitest.Shell) string {
	out := ""
	for _, m := range s.Messages() {
		if text := fmt.Sprint(m); fmt.Sprintf("%T", m) == "tea.setClipboardMsg" {
			out = text
		}
	}
	return out
}

func TestClickOnALine(t *testing.T) {
	st := hundred()
	st.lines[95].Message = strings.Repeat("words ", 40) + "END"
	s := startLogs(t, st, uitest.Config{W: 100, Shell: ui.Config{Mouse: true}})
	s.Press("ctrl+w")
	for _, text := range []string{"END", "request 93"} {
		for y, l := range strings.Split(s.Frame(), "\n") {
			if strings.Contains(l, text) {
				s.Send(tea.MouseClickMsg{X: 20, Y: y, Button: tea.MouseLeft})
				break
			}
		}
		s.Press("y")
		if got := copied(s); !strings.Contains(got, text) {
			t.Errorf("a click on %s selects %q", text, got)
		}
	}
}

func TestTraceAndBack(t *testing.T) {
	st := hundred()
	s := startLogs(t, st, uitest.Config{Shell: ui.Config{Open: "logs level>=info status:500"}})
	s.Asked()
	s.Press("o")
	want := sources.Tail{Filter: `trace.id:"4bf92f3577b34da6a3ce929d0e0e0049"`}
	if asked := s.Asked(); !slices.Contains(asked, sources.Query(want)) {
		t.Errorf("asked %v, want %v", asked, want)
	}
	s.Press("esc")
	if f := s.Frame(); !strings.Contains(f, "level>=info status:500") {
		t.Errorf("esc does not go back to the filter before:\n%s", f)
	}
	st.lines[99].TraceID = ""
	s.Press("o")
	if f := s.Frame(); !strings.Contains(f, "the line names no trace") {
		t.Errorf("a line without a trace is followed:\n%s", f)
	}
}

func TestFilterPrompt(t *testing.T) {
	s := startLogs(t, hundred(), uitest.Config{})
	s.Press("/")
	s.Type("not ser")
	if f := s.Frame(); !strings.Contains(f, "not service.name:") || !strings.Contains(f, "not service.version:") {
		t.Errorf("fields are not completed:\n%s", f)
	}
	s.Press("tab")
	s.Type(`"x"`)
	s.Asked()
	s.Press("enter")
	want := sources.Query(sources.Tail{Filter: `not service.name:"x"`})
	if asked := s.Asked(); !slices.Contains(asked, want) {
		t.Errorf("asked %v, want %v", asked, want)
	}
	s.Press("/", "ctrl+u")
	s.Type("a:(b")
	s.Press("enter")
	if f := s.Frame(); !strings.Contains(f, "column 5") || len(s.Asked()) != 0 {
		t.Errorf("a filter that does not parse is taken:\n%s", f)
	}
	s.Press("ctrl+u")
	s.Type("not")
	if f := s.Frame(); !strings.Contains(f, `not service.name:"x"`) {
		t.Errorf("what was typed before is not offered:\n%s", f)
	}
}

func TestFilterError(t *testing.T) {
	st := &store{err: &sources.Error{Source: "elasticsearch", Kind: sources.BadQuery, Err: fmt.Errorf("filter, column 9: a value is missing after :")}}
	s := startLogs(t, st, uitest.Config{})
	if f := s.Frame(); !strings.Contains(f, "column 9") {
		t.Errorf("the error of the filter is not shown:\n%s", f)
	}
}

func TestPastIsNoTail(t *testing.T) {
	s := startLogs(t, hundred(), uitest.Config{})
	s.Asked()
	s.Press("{")
	asked := s.Asked()
	if !slices.Contains(asked, sources.Query(sources.Lines{})) {
		t.Errorf("asked %v, want the lines of the window", asked)
	}
	s.Advance(5 * time.Second)
	if slices.Contains(s.Asked(), sources.Query(sources.Tail{})) {
		t.Error("the tail goes on in the past")
	}
	s.Press("0")
	if !slices.Contains(s.Asked(), sources.Query(sources.Tail{})) {
		t.Error("back in the present it does not follow")
	}
}

func TestOpenLogs(t *testing.T) {
	for arg, want := range map[string]logSearch{
		"a:b": {"a:b", ""}, "level>=warn": {"", "warn"}, "level>=ERROR  x and y": {"x and y", "error"}, " ": {},
		"level >= warn and a:b": {"a:b", "warn"}, "level>=warn or a:b": {"level>=warn or a:b", ""}, "level>=trace": {"", "trace"},
	} {
		v := &logs{doc: &sources.Log{}}
		if err := v.Open(nil, arg); err != nil || v.search != want || v.doc != nil {
			t.Errorf("%s: %+v %v", arg, v.search, err)
		}
	}
	for _, arg := range []string{"level>=loud x", "a:(b", `level>=warn "x`} {
		v := &logs{}
		if err := v.Open(nil, arg); err == nil || v.search != (logSearch{}) {
			t.Errorf("%s: %v %+v", arg, err, v.search)
		}
	}
}

func TestLineKeys(t *testing.T) {
	s := startLogs(t, hundred(), uitest.Config{W: 100})
	shows := func(text string) bool { return strings.Contains(s.Frame(), text) }
	s.Press("enter")
	if !shows("… 3 more lines: u unfolds") || shows("main.go:8") {
		t.Errorf("the stack trace is not folded:\n%s", s.Frame())
	}
	s.Press("u")
	if !shows("main.go:8") {
		t.Errorf("u does not unfold it:\n%s", s.Frame())
	}
	s.Press("J")
	if !shows(`"duration": 18211000`) {
		t.Errorf("J does not show the document:\n%s", s.Frame())
	}
	s.Press("Y")
	if got := copied(s); !strings.Contains(got, `"duration":18211000`) {
		t.Errorf("Y copies %q", got)
	}
	s.Press("esc", "i")
	if shows("volume") {
		t.Error("i does not hide the histogram")
	}
}

func TestWrap(t *testing.T) {
	st := hundred()
	st.lines[50].Message = strings.Repeat("long words ", 40)
	st.lines[99].Message = strings.Repeat("words ", 40) + "END"
	s := startLogs(t, st, uitest.Config{W: 80, H: 24})
	if strings.Contains(s.Frame(), "END") {
		t.Fatal("a long line is not cut")
	}
	s.Press("ctrl+w")
	if !strings.Contains(s.Frame(), "END") {
		t.Errorf("a long line is not wrapped:\n%s", s.Frame())
	}
	s.Press("g")
	for range 100 {
		if s.Press("j"); len(selectedRows(s)) == 0 {
			t.Fatalf("the line under the cursor is not on the screen:\n%s", s.Frame())
		}
	}
}

// selectedRows are the screen rows in the style of the cursor's line.
func selectedRows(s *uitest.Shell) []string {
	th, _ := theme.New("dark")
	var out []string
	for _, l := range strings.Split(s.Styled(), "\n") {
		for level := theme.None; level <= theme.Crit; level++ {
			on, _, _ := strings.Cut(th.Selected(level).Render("\x00"), "\x00")
			if strings.Contains(l, on) {
				out = append(out, l)
			}
		}
	}
	return out
}

// Whatever size and place, the block is exact and the cursor's line is on it.
func TestPlaceIsExact(t *testing.T) {
	th, _ := theme.New("dark")
	st := hundred()
	st.lines[98].Message = strings.Repeat("wide 日本 ", 30)
	look := lineLook{now: uitest.Start, zone: ui.UTC, loc: time.UTC}
	for _, wrap := range []bool{false, true} {
		look.wrap = wrap
		for _, w := range []int{0, 1, 2, 12, 13, 40, 69, 70, 120} {
			for h := range 8 {
				b := draw.Box{W: w, H: h, Theme: th}
				p := logPlace{}
				for _, i := range []int{-1, 99, 98, 97, 90, 0, 3, 99} {
					if i >= 0 {
						p.hold(st.lines, i, h)
					}
					block := p.draw(b, st.lines, look)
					if len(block) != h {
						t.Fatalf("%dx%d: %d lines", w, h, len(block))
					}
					for _, l := range block {
						if draw.Width(l) != w {
							t.Fatalf("%dx%d: a line of %d cells: %q", w, h, draw.Width(l), l)
						}
					}
				}
			}
		}
	}
	if block := (&logPlace{}).draw(draw.Box{W: 10, H: 2, Theme: th}, nil, look); len(block) != 2 {
		t.Error("no lines are no block")
	}
}

// Only what is on the screen is formatted, however much is kept.
func TestOnlyVisibleLinesAreDrawn(t *testing.T) {
	th, _ := theme.New("dark")
	few, many := &store{}, &store{}
	few.put(100)
	many.put(5000)
	look := lineLook{now: uitest.Start, zone: ui.UTC, loc: time.UTC}
	cost := func(st *store) float64 {
		p := logPlace{}
		return testing.AllocsPerRun(20, func() { p.draw(draw.Box{W: 120, H: 40, Theme: th}, st.lines, look) })
	}
	if a, b := cost(few), cost(many); b > a*1.1+10 {
		t.Errorf("%v allocations for 100 lines, %v for 5000", a, b)
	}
}

func BenchmarkLogsFrame(b *testing.B) {
	th, _ := theme.New("dark")
	st := &store{}
	st.put(5000)
	look := lineLook{now: uitest.Start, zone: ui.UTC, loc: time.UTC}
	p := logPlace{}
	b.ReportAllocs()
	for b.Loop() {
		p.draw(draw.Box{W: 200, H: 50, Theme: th}, st.lines, look)
	}
}

func TestHostileLines(t *testing.T) {
	st := hundred()
	for i, nasty := range []string{
		"\x1b[2J\x1b[31mred", "\x1b]52;c;ZXZpbA==\x07", "\x1bPq#0\x1b\\", "\u009b31m\u009d52;c;x\u009c", "a\u202eb\u2066c", "日本語 👩‍👩‍👧 ⚠️", "\xff\xfe\x80", "tab\tcr\rlf\nend", strings.Repeat("x", 9000),
	} {
		l := *st.lines[90+i]
		l.Message, l.Service, l.Stack, l.ErrorType = sources.Clean(nasty), sources.Clean(nasty), sources.CleanLines(nasty), sources.Clean(nasty)
		l.Raw, _ = json.Marshal(map[string]string{"message": nasty, nasty: "x"})
		st.lines[90+i] = &l
	}
	for _, w := range []int{1, 30, 80, 200} {
		s := startLogs(t, st, uitest.Config{W: w, H: 30})
		for _, k := range []string{"F", "ctrl+w", "enter", "J", "u", "k", "k", "k", "k", "k", "esc", "k", "k", "enter"} {
			s.Press(k)
			if f := s.Styled(); strings.Contains(f, "\x1b]") || strings.Contains(f, "\x1bP") || strings.Contains(f, "\u202e") || strings.Contains(f, "\u009b") || strings.Contains(f, "\x1b[2J") {
				t.Errorf("width %d after %s: a hostile sequence reaches the terminal", w, k)
			}
		}
	}
}
