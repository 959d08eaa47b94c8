package draw

import (
	"fmt"
	"testing"
	"time"

	"firewatch/ui/theme"
)

// busy is a chart of six series over a full window.
func busy() Chart {
	c := latency()
	c.Series = nil
	for i := range 6 {
		c.Series = append(c.Series, wave(fmt.Sprintf("instance-%d:8080", i), 240, 15*time.Second, 0.1+0.05*float64(i), 0.05, float64(i)))
	}
	return c
}

func BenchmarkChart(b *testing.B) {
	th, _ := theme.New("dark")
	for _, stack := range []bool{false, true} {
		c := busy()
		c.Stack = stack
		b.Run(fmt.Sprintf("160x50/stack=%v", stack), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Draw(Box{W: 160, H: 50, Theme: th})
			}
		})
	}
}

// many is a long table whose rows cost nothing to make.
func many() Table {
	t := hosts(5000, 2500)
	cells := t.Row(2)
	t.Row = func(int) []Cell { return cells }
	return t
}

func BenchmarkTable(b *testing.B) {
	th, _ := theme.New("dark")
	t := many()
	b.ReportAllocs()
	for b.Loop() {
		t.Draw(Box{W: 160, H: 50, Theme: th})
	}
}

func BenchmarkSpark(b *testing.B) {
	s := wave("", 240, 15*time.Second, 10, 4, 0)
	v := s.Values()
	b.ReportAllocs()
	for b.Loop() {
		Spark(v, 40)
	}
}

func BenchmarkColumns(b *testing.B) {
	th, _ := theme.New("dark")
	c := counts()
	b.ReportAllocs()
	for b.Loop() {
		c.Draw(Box{W: 160, H: 12, Theme: th})
	}
}

func BenchmarkFramed(b *testing.B) {
	th, _ := theme.New("dark")
	block := busy().Draw(Box{W: 158, H: 48, Theme: th})
	b.ReportAllocs()
	for b.Loop() {
		Framed(Box{W: 160, H: 50, Theme: th}, Frame{Title: "latency", Note: "4m"}, func(Box) Block { return block })
	}
}

// TestAllocations holds what the benchmarks measure, without their noise.
func TestAllocations(t *testing.T) {
	b := box(t, 160, 50, "dark")
	c, table := busy(), many()
	s := wave("", 240, 15*time.Second, 10, 4, 0)
	values := s.Values()
	for _, limit := range []struct {
		name string
		most float64
		draw func()
	}{
		{"chart", 400, func() { c.Draw(b) }},
		{"table", 900, func() { table.Draw(b) }},
		{"spark", 2, func() { Spark(values, 40) }},
	} {
		if got := testing.AllocsPerRun(20, limit.draw); got > limit.most {
			t.Errorf("%s: %.0f allocations, at most %.0f", limit.name, got, limit.most)
		}
	}
}
