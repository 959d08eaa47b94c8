package draw

import (
	"fmt"
	"math"
	"testing"
	"time"

	"firewatch/sources"
	"firewatch/ui/theme"
)

// hosts is a table with every kind of cell.
func hosts(rows, sel int) Table {
	load := wave("", 60, time.Minute, 0.5, 0.2, 0)
	return Table{
		Columns: []Column{
			{Title: "host", Min: 12}, {Title: "state", W: 8, Drop: 1}, {Title: "cpu", W: 7, Right: true}, {Title: "memory", W: 16, Drop: 2},
			{Title: "load", W: 20, Drop: 3}, {Title: "network", W: 10, Right: true, Drop: 2}, {Title: "note", Min: 10, Drop: 4},
		},
		Rows: rows, Sel: sel, Sorted: 3, Desc: true, Empty: "no host matches",
		Row: func(i int) []Cell {
			cpu := 0.99 - float64(i)*0.07
			l, state := theme.None, Cell{Text: "● up", Level: theme.Good}
			switch {
			case cpu > 0.9:
				l, state = theme.Crit, Cell{Text: "down", Level: theme.Crit}
			case cpu > 0.8:
				l = theme.Warn
			}
			return []Cell{
				{Text: fmt.Sprintf("web-%02d:9100", i), Match: "B-0"}, state, {Text: Unit("ratio").Format(cpu), Level: l},
				{Text: Unit("ratio").Format(cpu / 2), Meter: cpu / 2, HasMeter: true, Level: l}, {Spark: load.Values()[:60-i%50]},
				{Text: Unit("Bps").Format(float64(i+1) * 1.7e6)}, {Text: "eu-central, 日本語", Dim: true},
			}
		},
	}
}

// counts is a log histogram with a few errors among many lines.
func counts() Columns {
	c := Columns{Start: noon.Add(-time.Hour), End: noon, Step: time.Minute, Unit: "count", Levels: []theme.Level{theme.None, theme.Good, theme.Warn, theme.Crit}}
	for k, mid := range []float64{40, 300, 25, 0} {
		s := wave("", 60, time.Minute, mid, mid/4, float64(k))
		for i := range s.Points {
			s.Points[i].T -= 60000
			s.Points[i].V = math.Round(s.Points[i].V)
			if k == 3 && i > 30 && i < 40 {
				s.Points[i].V = float64((i - 30) * 20)
			}
			if k == 3 && i == 50 {
				s.Points[i].V = 1
			}
		}
		c.Series = append(c.Series, s)
	}
	return c
}

func memory() Chart {
	c := Chart{Unit: "bytes", Start: noon.Add(-6 * time.Hour), End: noon, Step: time.Minute, Stack: true, Legend: true, Location: time.FixedZone("CET", 3600)}
	for k, n := range []string{"used", "cached", "buffers"} {
		c.Series = append(c.Series, wave(n, 360, time.Minute, float64(4-k)*1.3e9, 3e8, float64(k)))
	}
	return c
}

func stats() []Stat {
	s := wave("", 40, time.Minute, 10, 4, 0)
	return []Stat{
		{Label: "requests", Value: "1.2k/s", Note: "+3% 1h", Spark: s.Values()},
		{Label: "errors", Value: "2.31%", Note: "budget 0.5%", Level: theme.Crit, Spark: s.Values()[10:]},
		{Label: "p95 latency", Value: "412ms", Level: theme.Warn, Spark: s.Values()[20:]},
		{Label: "saturation", Value: "41.0%", Level: theme.Good},
		{Label: "instances", Value: "4/4", Note: "ready"},
	}
}

func TestGolden(t *testing.T) {
	bars := []Bar{{"checkout", "412/s", 412, theme.None}, {"search", "1.2k/s", 1200, theme.Warn}, {"payment-gateway-eu-central-1", "88/s", 88, theme.Crit}, {"idle", "0/s", 0, theme.None}}
	pairs := []Pair{
		{"alertname", "HighErrorRate", theme.None}, {"severity", "critical", theme.Crit},
		{"summary", "5 % of the requests to checkout fail since 14:02, which burns the budget of the month in two days", theme.None},
		{"runbook_url", "https://runbooks.example.org/checkout/high-error-rate-and-some-more#first-steps", theme.None}, {"empty", "", theme.None},
	}
	heat := Heat{Rows: []string{"≤ 1s", "≤ 250ms", "≤ 50ms"}, Start: noon.Add(-time.Hour), End: noon}
	for k, mid := range []float64{2, 40, 90} {
		s := wave("", 60, time.Minute, mid, mid, float64(k))
		heat.Values = append(heat.Values, s.Values())
	}
	temperature := Chart{Series: []sources.Series{wave("core 0", 60, time.Minute, 63, 1.2, 0), wave("core 1", 60, time.Minute, 64, 1.5, 1)}, Unit: "celsius",
		Start: noon.Add(-time.Hour), End: noon, Step: time.Minute, Legend: true, Cursor: noon.Add(-25 * time.Minute), Thresholds: []Threshold{{Value: 95, Level: theme.Warn}}}
	available := Chart{Series: []sources.Series{wave("availability", 96, 15*time.Minute, 0.9993, 0.0004, 0)}, Unit: "ratio", FixMax: true, Max: 1,
		Start: noon.Add(-24 * time.Hour), End: noon, Step: 15 * time.Minute, Legend: true, Thresholds: []Threshold{{Value: 0.999, Level: theme.Crit, Below: true, Label: "objective 99.9%"}}}
	draws := []struct {
		name  string
		sizes [][2]int
		draw  func(Box) Block
	}{
		{"chart", [][2]int{{12, 3}, {40, 8}, {80, 16}, {120, 24}}, latency().Draw},
		{"chart-mono", [][2]int{{80, 16}}, func(b Box) Block { b.Theme = nil; return latency().Draw(b) }},
		{"chart-stack", [][2]int{{60, 14}}, memory().Draw},
		{"chart-stack-mono", [][2]int{{60, 14}}, func(b Box) Block { b.Theme = nil; return memory().Draw(b) }},
		{"chart-zoomed", [][2]int{{72, 12}}, temperature.Draw},
		{"chart-low", [][2]int{{72, 12}}, available.Draw},
		{"chart-empty", [][2]int{{50, 8}}, Chart{Unit: "ratio", Start: noon.Add(-time.Hour), End: noon, Legend: true}.Draw},
		{"table", [][2]int{{36, 6}, {80, 10}, {120, 14}}, hosts(40, 3).Draw},
		{"table-short", [][2]int{{80, 8}}, hosts(3, 2).Draw},
		{"table-empty", [][2]int{{60, 7}}, hosts(0, 0).Draw},
		{"columns", [][2]int{{40, 6}, {100, 12}}, counts().Draw},
		{"columns-mono", [][2]int{{100, 12}}, func(b Box) Block { b.Theme = nil; return counts().Draw(b) }},
		{"stats", [][2]int{{40, 11}, {60, 3}, {100, 4}, {50, 1}}, func(b Box) Block { return Stats(b, stats()) }},
		{"bars", [][2]int{{40, 3}, {80, 5}}, func(b Box) Block { return Bars(b, bars, 0) }},
		{"heat", [][2]int{{70, 4}}, heat.Draw},
		{"pairs", [][2]int{{44, 12}}, func(b Box) Block { return Fit(b, Pairs(b, pairs)) }},
		{"framed", [][2]int{{3, 2}, {12, 3}, {30, 5}, {60, 6}}, func(b Box) Block {
			return Framed(b, Frame{Title: "request latency", Note: "3m old: connection refused", Level: theme.Warn}, func(in Box) Block {
				return Message(in, theme.Crit, "prometheus is unreachable", "check sources.prometheus.url")
			})
		}},
		{"overlaid", [][2]int{{60, 10}}, func(b Box) Block {
			base := Framed(b, Frame{Title: "hosts"}, hosts(9, 1).Draw)
			top := Framed(b.Sized(30, 4), Frame{Title: "silence", Focus: true}, func(in Box) Block { return Message(in, theme.None, "silence 日本 for 2h?") })
			return Overlaid(base, 24, 4, top)
		}},
	}
	for _, d := range draws {
		for _, s := range d.sizes {
			golden(t, fmt.Sprintf("%s-%dx%d", d.name, s[0], s[1]), d.draw(box(t, s[0], s[1], "dark")), false)
		}
	}
}

func TestGoldenEscapes(t *testing.T) {
	for _, name := range []string{"dark", "mono"} {
		b := box(t, 60, 16, name)
		h := hosts(9, 0)
		h.Marked = func(i int) bool { return i == 2 }
		golden(t, "escapes-"+name, Above(Framed(b.Sized(60, 7), Frame{Title: "hosts", Note: "4m", Focus: true, Level: theme.Warn}, h.Draw), latency().Draw(b.Sized(60, 9))), true)
	}
}
