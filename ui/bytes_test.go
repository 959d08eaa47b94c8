package ui_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"firewatch/sources"
	"firewatch/ui"
)

// sink counts what is written to it.
type sink struct{ n atomic.Int64 }

func (s *sink) Write(p []byte) (int, error) {
	s.n.Add(int64(len(p)))
	return len(p), nil
}

// quiet waits until nothing was written for some frames, and returns the count.
func (s *sink) quiet() int64 {
	for last := int64(-1); ; time.Sleep(40 * time.Millisecond) {
		if n := s.n.Load(); n == last {
			return n
		} else {
			last = n
		}
	}
}

// BenchmarkBytes is what goes to a terminal of 120 by 40 for one refresh: when
// nothing came that is new but the time of day, and when all eight charts moved
// by one step.
func BenchmarkBytes(b *testing.B) {
	for name, by := range map[string]time.Duration{"nothing-new": time.Second, "all-charts-move": 30 * time.Second} {
		b.Run(name, func(b *testing.B) {
			var now atomic.Int64
			now.Store(time.Date(2026, 3, 3, 14, 0, 0, 0, time.UTC).UnixNano())
			out := &sink{}
			m := ui.New(ui.Config{
				Views: []ui.View{wall{8}}, Kinds: []string{"prometheus"}, Context: "demo", Local: time.UTC,
				Now:     func() time.Time { return time.Unix(0, now.Load()) },
				Sources: canned(func(_ context.Context, q sources.Query, w sources.Window) (sources.Frame, error) { return waves(q, w) }),
			})
			p := tea.NewProgram(m, tea.WithInput(nil), tea.WithOutput(out), tea.WithWindowSize(120, 40),
				tea.WithColorProfile(colorprofile.TrueColor), tea.WithoutSignalHandler(), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
			done := make(chan error, 1)
			go func() { _, err := p.Run(); done <- err }()
			p.Send(struct{}{})
			if by < 30*time.Second {
				p.Send(tea.KeyPressMsg{Code: '{', Text: "{"}) // a window that does not follow the clock
			}
			first := out.quiet()
			b.ReportMetric(float64(first), "bytes-first")
			before := first
			n := 0
			for b.Loop() {
				now.Add(int64(by))
				p.Send(struct{}{})
				before = out.quiet()
				n++
			}
			b.ReportMetric(float64(before-first)/float64(n), "bytes/refresh")
			p.Quit()
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		})
	}
}
