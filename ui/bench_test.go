package ui_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/uitest"
)

// wall is eight charts of six lines, the most that a tab shows.
type wall struct{ panels int }

func (w wall) Name() string          { return "wall" }
func (w wall) Keys(*ui.Env) []ui.Key { return ui.Cursor(new(int), 3) }
func (w wall) Layout(env *ui.Env) ui.Node {
	win := env.Window
	var rows []ui.Node
	for i := 0; i < w.panels; i += 2 {
		var kids []ui.Node
		for j := range 2 {
			title := fmt.Sprintf("chart %d", i+j)
			kids = append(kids, ui.P(ui.Panel{Title: title, Queries: []sources.Query{sources.PromQL{Expr: title}}, Draw: func(b draw.Box, a []sources.Frame) draw.Block {
				return draw.Chart{Series: a[0].Series, Unit: "ratio", Start: win.Start, End: win.End, Step: win.Step, Legend: true}.Draw(b)
			}}))
		}
		rows = append(rows, ui.Row(kids...))
	}
	return ui.Col(rows...)
}

func waves(_ sources.Query, w sources.Window) (sources.Frame, error) {
	var f sources.Frame
	for i := range 6 {
		s := sources.Series{Legend: fmt.Sprint("line ", i)}
		for t := w.Start; !t.After(w.End); t = t.Add(w.Step) {
			s.Points = append(s.Points, sources.Point{T: t.UnixMilli(), V: 0.5 + 0.4*math.Sin(float64(t.Unix())/900+float64(i))})
		}
		f.Series = append(f.Series, s)
	}
	return f, nil
}

func screen(b testing.TB) tea.Model {
	s := uitest.New(b, uitest.Config{Views: []ui.View{wall{8}, &hosts{}, bells{}}, W: 200, H: 60, Answer: waves})
	s.Frame()
	return s.Model()
}

// BenchmarkIdle is a message that changes nothing. Budget: 0.5 ms.
func BenchmarkIdle(b *testing.B) {
	m := screen(b)
	b.ReportAllocs()
	for b.Loop() {
		m, _ = m.Update(struct{}{})
		_ = m.View()
	}
}

// BenchmarkDirty draws every panel anew. Budget: 8 ms.
func BenchmarkDirty(b *testing.B) {
	m := screen(b)
	key := tea.KeyPressMsg{Code: 'j', Text: "j"}
	b.ReportAllocs()
	for b.Loop() {
		m, _ = m.Update(key)
		_ = m.View()
	}
}

// BenchmarkOverlay is a message that changes nothing while the help is open.
func BenchmarkOverlay(b *testing.B) {
	m := screen(b)
	m, _ = m.Update(tea.KeyPressMsg{Code: '?', Text: "?"})
	b.ReportAllocs()
	for b.Loop() {
		m, _ = m.Update(struct{}{})
		_ = m.View()
	}
}

// TestAllocations holds what a message that changes nothing may allocate.
func TestAllocations(t *testing.T) {
	m := screen(t)
	n := testing.AllocsPerRun(50, func() {
		m, _ = m.Update(struct{}{})
		_ = m.View()
	})
	if n > 400 {
		t.Errorf("an idle message makes %.0f allocations, at most 400", n)
	}
	_ = time.Second
}
