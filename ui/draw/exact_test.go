package draw

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"firewatch/sources"
	"firewatch/ui/theme"
)

// words are texts that have broken terminals before.
var words = []string{
	"", "a", "checkout", "a rather long name with several words in it", "日本語のホスト", "半a角b全", "e\u0301e\u0301e\u0301", "\u0301leading",
	"⚠\ufe0f warn", "👨\u200d👩\u200d👧 family", "🇩🇪🇫🇷", "स्ते", "tab\there", "line\nend", "cr\rhere", "nul\x00bel\a", "\x1b[31mred\x1b[0m", "\x1b]52;c;AAAA\a",
	"\x1bP+q\x1b\\dcs", "\x9b2J", "\xff\xfe\xf0", "\u202eevil\u202c", "\u200bzero\u200b", strings.Repeat("x", 300), strings.Repeat("宽", 90), "✗ down", "<b>&amp;", "\u1100\u1161\u11a8",
}

// source of random but repeatable input.
type dice struct{ *rand.Rand }

func (d dice) word() string { return words[d.IntN(len(words))] }

func (d dice) number() float64 {
	switch d.IntN(14) {
	case 0:
		return math.NaN()
	case 1:
		return math.Inf(1)
	case 2:
		return math.Inf(-1)
	case 3:
		return math.MaxFloat64
	case 4:
		return -math.MaxFloat64
	case 5:
		return math.SmallestNonzeroFloat64
	case 6:
		return 0
	case 7:
		return -d.ExpFloat64() * 1e3
	case 8:
		return d.ExpFloat64() * math.Pow(10, float64(d.IntN(40)-20))
	}
	return d.Float64() * 100
}

func (d dice) numbers() []float64 {
	if d.IntN(8) == 0 {
		return nil
	}
	out := make([]float64, d.IntN(200))
	calm := d.IntN(2) == 0
	for i := range out {
		if out[i] = d.Float64() * 50; !calm {
			out[i] = d.number()
		}
	}
	return out
}

func (d dice) level() theme.Level { return theme.Level(d.IntN(7) - 1) }

func (d dice) moment() time.Time {
	if d.IntN(12) == 0 {
		return time.Time{}
	}
	return noon.Add(time.Duration(d.IntN(7200)-5400) * time.Second)
}

func (d dice) series() []sources.Series {
	out := make([]sources.Series, d.IntN(9))
	for i := range out {
		out[i].Legend = d.word()
		at := noon.Add(-time.Duration(d.IntN(5000)) * time.Second).UnixMilli()
		for _, v := range d.numbers() {
			out[i].Points = append(out[i].Points, sources.Point{T: at, V: v})
			at += int64(d.IntN(60000) + 1)
		}
	}
	return out
}

func (d dice) unit() Unit { return units[d.IntN(len(units))] }

func (d dice) location() *time.Location {
	switch d.IntN(4) {
	case 0:
		return nil
	case 1:
		return time.FixedZone("", -(3*3600 + 1800))
	case 2:
		return time.FixedZone("+0545", 5*3600+2700)
	}
	return time.UTC
}

var units = []Unit{"ratio", "times", "number", "count", "ops", "rps", "bytes", "Bps", "seconds", "duration", "celsius", "watts", "hertz", "cores", "bool", "code", "euro", "", "nonsense"}

func list[T any](d dice, n int, make func() T) []T {
	var out []T
	for range d.IntN(n) {
		out = append(out, make())
	}
	return out
}

// widgets are all widgets on random data.
var widgets = map[string]func(d dice, b Box) Block{
	"fit": func(d dice, b Box) Block { return Fit(b, list(d, 60, func() string { return Line(d.word()) })) },
	"framed": func(d dice, b Box) Block {
		return Framed(b, Frame{d.word(), d.word(), d.IntN(2) == 0, d.level()}, func(in Box) Block {
			if d.IntN(2) == 0 {
				return nil
			}
			return Message(in, d.level(), d.word())
		})
	},
	"message": func(d dice, b Box) Block { return Message(b, d.level(), list(d, 6, d.word)...) },
	"overlaid": func(d dice, b Box) Block {
		base := Fit(b, list(d, 50, func() string { return b.look().Series(d.IntN(9)).Render(Line(d.word())) + Line(d.word()) }))
		top := b.Sized(d.IntN(60), d.IntN(20))
		return Overlaid(base, d.IntN(180)-30, d.IntN(70)-10, Message(top, d.level(), d.word(), d.word()))
	},
	"table": func(d dice, b Box) Block {
		t := Table{
			Columns: list(d, 9, func() Column {
				return Column{d.word(), d.IntN(3) * d.IntN(20), d.IntN(20), d.IntN(2) == 0, d.IntN(4)}
			}),
			Rows: d.IntN(80) - 1, Sel: d.IntN(90) - 2, Sorted: d.IntN(10), Desc: d.IntN(2) == 0, Empty: d.word(),
		}
		t.Row = func(int) []Cell {
			return list(d, 10, func() Cell {
				return Cell{d.word(), d.level(), d.IntN(2) == 0, d.numbers(), d.number(), d.number(), d.IntN(3) == 0, d.word(), d.IntN(5) == 0, d.word()}
			})
		}
		if d.IntN(2) == 0 {
			t.Marked = func(i int) bool { return i%3 == 0 }
		}
		return t.Draw(b)
	},
	"chart": func(d dice, b Box) Block {
		c := Chart{
			Series: d.series(), Unit: d.unit(), Start: d.moment(), End: d.moment(), Step: time.Duration(d.IntN(90)-5) * time.Second,
			Location: d.location(), Min: d.number(), Max: d.number(), FixMin: d.IntN(3) == 0, FixMax: d.IntN(3) == 0,
			Thresholds: list(d, 4, func() Threshold { return Threshold{d.number(), d.level(), d.IntN(2) == 0, d.word()} }),
			Markers:    list(d, 4, func() Marker { return Marker{d.moment(), d.word()} }),
			Names:      list(d, 4, d.word), Stack: d.IntN(3) == 0, Legend: d.IntN(3) > 0,
		}
		if d.IntN(2) == 0 {
			c.Cursor = d.moment()
		}
		return c.Draw(b)
	},
	"columns": func(d dice, b Box) Block {
		return Columns{
			Series: d.series(), Levels: list(d, 8, d.level), Start: d.moment(), End: d.moment(),
			Step: time.Duration(d.IntN(90)-5) * time.Second, Location: d.location(), Unit: d.unit(),
		}.Draw(b)
	},
	"stats": func(d dice, b Box) Block {
		return Stats(b, list(d, 12, func() Stat { return Stat{d.word(), d.word(), d.word(), d.level(), d.numbers(), d.number()} }))
	},
	"bars": func(d dice, b Box) Block {
		return Bars(b, list(d, 60, func() Bar { return Bar{d.word(), d.word(), d.number(), d.level()} }), d.number())
	},
	"heat": func(d dice, b Box) Block {
		return Heat{list(d, 20, d.word), list(d, 20, d.numbers), d.number(), d.moment(), d.moment(), d.location()}.Draw(b)
	},
	"pairs": func(d dice, b Box) Block {
		return Fit(b, Pairs(b, list(d, 20, func() Pair { return Pair{d.word(), d.word(), d.level()} })))
	},
	"spark": func(d dice, b Box) Block { return Fit(b.Sized(b.W, 1), []string{Spark(d.numbers(), b.W)}) },
	"meter": func(d dice, b Box) Block { return Fit(b.Sized(b.W, 1), []string{Meter(d.number(), b.W)}) },
}

// exact fails unless the block has the box's lines and cells, however a
// terminal measures them.
func exact(t *testing.T, name string, b Box, got Block) {
	t.Helper()
	h := max(b.H, 0)
	if name == "spark" || name == "meter" {
		h = 1
	}
	if len(got) != h {
		t.Fatalf("%s %dx%d: %d lines", name, b.W, b.H, len(got))
	}
	for y, l := range got {
		if strings.ContainsAny(l, "\n\r\t") {
			t.Fatalf("%s %dx%d: control in line %d: %q", name, b.W, b.H, y, l)
		}
		g, wc := ansi.StringWidth(l), ansi.StringWidthWc(l)
		if g != max(b.W, 0) || wc != g || Width(l) != g {
			t.Fatalf("%s %dx%d: line %d has %d (%d, %d) cells: %q", name, b.W, b.H, y, g, wc, Width(l), l)
		}
	}
}

func TestExact(t *testing.T) {
	for name, widget := range widgets {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(800) {
				d := dice{rand.New(rand.NewPCG(seed, 7))}
				b := box(t, d.IntN(145)-3, d.IntN(54)-3, theme.Names()[d.IntN(5)])
				if d.IntN(3) == 0 {
					b.W, b.H = d.IntN(16), d.IntN(6)
				}
				if d.IntN(20) == 0 {
					b.Theme = nil
				}
				exact(t, name, b, widget(d, b))
				again := dice{rand.New(rand.NewPCG(seed, 8))}
				once := widget(again, b)
				again = dice{rand.New(rand.NewPCG(seed, 8))}
				if strings.Join(once, "\n") != strings.Join(widget(again, b), "\n") {
					t.Fatalf("%s %dx%d: the same data gave two blocks", name, b.W, b.H)
				}
			}
		})
	}
}

// FuzzText puts one hostile text into every place that takes text.
func FuzzText(f *testing.F) {
	for i, w := range words {
		f.Add(w, i*7%140, i*3%50)
	}
	f.Fuzz(func(t *testing.T, s string, w, h int) {
		b := box(t, w%200, h%60, "dark")
		cell := func(int) []Cell {
			return []Cell{{Text: s, Level: theme.Crit, Match: s}, {Text: s, HasMeter: true}, {Text: s, Match: "a"}}
		}
		exact(t, "table", b, Table{Columns: []Column{{Title: s}, {Title: s, W: 9}, {Title: s, Right: true}}, Rows: 3, Row: cell}.Draw(b))
		exact(t, "framed", b, Framed(b, Frame{Title: s, Note: s, Level: theme.Warn}, func(in Box) Block { return Message(in, theme.Crit, s) }))
		exact(t, "pairs", b, Fit(b, Pairs(b, []Pair{{s, s, theme.Crit}})))
		exact(t, "stats", b, Stats(b, []Stat{{Label: s, Value: s, Note: s}}))
		exact(t, "bars", b, Bars(b, []Bar{{Label: s, Text: s, Value: 3}}, 5))
		c := latency()
		c.Names, c.Unit = []string{s, s}, Unit(s)
		c.Thresholds[0].Label, c.Markers[0].Label = s, s
		exact(t, "chart", b, c.Draw(b))
		if got := Line(s); Line(got) != got {
			t.Fatalf("Line of %q is not stable: %q", s, got)
		}
	})
}
