package draw

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"firewatch/sources"
	"firewatch/ui/theme"
)

// text is a block as plain text.
func text(b Block) string { return ansi.Strip(strings.Join(b, "\n")) }

// flat is n samples of one value that end at noon.
func flat(legend string, n int, v float64) sources.Series {
	return wave(legend, n, 15*time.Second, v, 0, 0)
}

func hour(series ...sources.Series) Chart {
	return Chart{Series: series, Unit: "number", Start: noon.Add(-time.Hour), End: noon, Step: 15 * time.Second, Legend: true}
}

// TestChartKeepsPeaks draws one outlier among many samples at widths where a
// column stands for dozens of them.
func TestChartKeepsPeaks(t *testing.T) {
	for at := range 240 {
		s := flat("a", 241, 10)
		s.Points[at].V = 90
		for _, w := range []int{24, 61} {
			c := hour(s)
			got := c.columns(s.Points, w)
			peak := 0.0
			for _, v := range got {
				peak = max(peak, v)
			}
			if peak != 90 {
				t.Fatalf("the peak at sample %d is lost in %d columns: %v", at, w, peak)
			}
			c.Thresholds = []Threshold{{Value: 5, Below: true}}
			s.Points[at].V = 1
			if got := c.columns(s.Points, w); !contains(got, 1) {
				t.Fatalf("the dip at sample %d is lost in %d columns", at, w)
			}
			s.Points[at].V = 90
		}
	}
}

func contains(list []float64, v float64) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

func TestChartGaps(t *testing.T) {
	whole := flat("a", 241, 10)
	for _, c := range []struct {
		name   string
		points []sources.Point
		gaps   bool
	}{
		{"whole", whole.Points, false},
		{"every second is missing, as the step says", nil, true},
		{"five minutes missing", append(append([]sources.Point{}, whole.Points[:100]...), whole.Points[120:]...), true},
		{"not a number", func() []sources.Point {
			p := append([]sources.Point{}, whole.Points...)
			for i := 100; i < 120; i++ {
				p[i].V = math.NaN()
			}
			return p
		}(), true},
	} {
		points := c.points
		if points == nil {
			for i := 0; i < len(whole.Points); i += 2 {
				points = append(points, whole.Points[i])
			}
		}
		missing := 0
		for _, v := range hour().columns(points, 240) {
			if math.IsNaN(v) {
				missing++
			}
		}
		if (missing > 0) != c.gaps {
			t.Errorf("%s: %d columns are empty", c.name, missing)
		}
	}
}

func TestChartLegend(t *testing.T) {
	b := box(t, 100, 20, "dark")
	c := hour(flat("small", 241, 1), flat("large", 241, 9), sources.Series{Legend: "none"}, flat("middle", 241, 5))
	order := func() string {
		var names []string
		for _, w := range strings.Fields(text(c.Draw(b))) {
			switch w {
			case "small", "middle", "large", "none", "renamed":
				names = append(names, w)
			}
		}
		return strings.Join(names, " ")
	}
	if got := order(); got != "large middle small none" {
		t.Errorf("worst first gives %q", got)
	}
	c.Names = []string{"renamed"}
	if got := order(); got != "large middle renamed none" {
		t.Errorf("with a name given: %q", got)
	}
	c.Thresholds = []Threshold{{Value: 3, Level: theme.Crit, Below: true}}
	if got := order(); got != "renamed middle large none" {
		t.Errorf("where low is bad: %q", got)
	}
	if !strings.Contains(text(c.Draw(b)), "min") {
		t.Error("where low is bad the legend has no minimum")
	}
	many := hour()
	for range 40 {
		many.Series = append(many.Series, flat("instance", 241, 3))
	}
	if got := text(many.Draw(b.Sized(60, 12))); !strings.Contains(got, " more") {
		t.Errorf("what does not fit is not counted:\n%s", got)
	}
}

// TestChartKeepsTheWorst draws more lines than fit: the best are left out, and counted.
func TestChartKeepsTheWorst(t *testing.T) {
	c := hour()
	for i := range maxLines + 16 {
		c.Series = append(c.Series, flat("instance", 241, float64(i)))
	}
	for _, tc := range []struct {
		name          string
		low           bool
		drawn, absent float64
	}{{"high is bad", false, maxLines + 15, 0}, {"low is bad", true, 0, maxLines + 15}} {
		c.Thresholds = nil
		if tc.low {
			c.Thresholds = []Threshold{{Value: -1, Below: true}}
		}
		// As high as there are values, so that each has a line of its own; with the
		// names the box is taller by a quarter.
		c.FixMin, c.FixMax, c.Max = true, true, maxLines+15
		b := box(t, 60, 2+maxLines+16, "dark")
		c.Legend = false
		plot := c.Draw(b)
		full := func(v float64) bool {
			return len([]rune(strings.ReplaceAll(ansi.Strip(plot[maxLines+15-int(v)]), " ", ""))) > 40
		}
		if !full(tc.drawn) {
			t.Errorf("%s: the worst line is not drawn", tc.name)
		}
		if full(tc.absent) {
			t.Errorf("%s: the best line is drawn", tc.name)
		}
		c.Legend = true
		if got := text(c.Draw(b)); !strings.Contains(got, " more, 16 not drawn") {
			t.Errorf("%s: the legend does not count what is not drawn:\n%s", tc.name, got)
		}
		if got := text(c.Draw(box(t, 240, 140, "dark"))); !strings.Contains(got, "… 16 not drawn") {
			t.Errorf("%s: a legend with room for all does not count what is not drawn:\n%s", tc.name, got)
		}
	}
	c.Stack = true
	if got := text(c.Draw(box(t, 60, 20, "dark"))); strings.Contains(got, "not drawn") {
		t.Errorf("a stack leaves areas out:\n%s", got)
	}
}

func TestChartCursor(t *testing.T) {
	s := flat("a", 241, 10)
	s.Points[120].V = 77
	c := hour(s)
	c.Cursor = noon.Add(-30 * time.Minute)
	got := text(c.Draw(box(t, 80, 12, "dark")))
	if !strings.Contains(got, "a  77") || !strings.Contains(got, "11:30:00") {
		t.Errorf("the cursor's value or time is not there:\n%s", got)
	}
	c.Cursor = noon.Add(time.Hour)
	if got := text(c.Draw(box(t, 80, 12, "dark"))); !strings.Contains(got, "a   –") && !strings.Contains(got, "a  –") {
		t.Errorf("a cursor outside shows a value:\n%s", got)
	}
}

func TestChartThresholds(t *testing.T) {
	c := hour(flat("a", 241, 10))
	c.Thresholds = []Threshold{{Value: 12, Level: theme.Warn}, {Value: 1e6, Level: theme.Crit}}
	got := text(c.Draw(box(t, 80, 14, "dark")))
	for _, want := range []string{"▲ 12", "╌╌╌╌", "↑ ✗ 1M"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not there:\n%s", want, got)
		}
	}
	if strings.Contains(got, "500k") || strings.Contains(got, "1.0M") {
		t.Errorf("a far threshold flattens the data:\n%s", got)
	}
}

// TestChartScale says where the axis starts and ends.
func TestChartScale(t *testing.T) {
	for _, c := range []struct {
		name   string
		chart  Chart
		lo, hi float64
	}{
		{"starts at zero", hour(wave("", 241, 15*time.Second, 50, 30, 0)), 0, 100},
		{"far from zero", hour(wave("", 241, 15*time.Second, 1000, 2, 0)), 997, 1003},
		{"flat", hour(flat("", 241, 7)), 0, 8},
		{"all zero", hour(flat("", 241, 0)), 0, 1},
		{"fixed", func() Chart {
			c := hour(flat("", 241, 7))
			c.FixMin, c.FixMax, c.Min, c.Max = true, true, 0, 3
			return c
		}(), 0, 3},
		{"fixed the wrong way round", func() Chart {
			c := hour(flat("", 241, 7))
			c.FixMin, c.FixMax, c.Min, c.Max = true, true, 5, 5
			return c
		}(), 5, 5.005},
		{"empty", hour(), 0, 1},
	} {
		lines := c.chart.lines(8)
		for i := range lines {
			lines[i].columns = c.chart.columns(c.chart.Series[lines[i].index].Points, 60)
		}
		if s := c.chart.scale(lines, 12); s.lo != c.lo && math.Abs(s.lo-c.lo) > 3 || math.Abs(s.hi-c.hi) > 3 {
			t.Errorf("%s: axis from %v to %v, want %v to %v", c.name, s.lo, s.hi, c.lo, c.hi)
		}
	}
}

// TestChartPlacesValues draws flat lines and looks for them on the line of their value.
func TestChartPlacesValues(t *testing.T) {
	c := hour(flat("a", 241, 30), flat("b", 241, 70))
	c.Legend, c.FixMin, c.FixMax, c.Max = false, true, true, 100
	got := c.Draw(box(t, 60, 13, "dark")) // 11 lines: one for each ten
	for y, l := range got[:11] {
		v := 100 - 10*y
		if line := strings.Contains(ansi.Strip(l), "────────"); line != (v == 30 || v == 70) {
			t.Errorf("line of %d: %q", v, ansi.Strip(l))
		}
	}
}

func TestColumnsShowErrors(t *testing.T) {
	few := sources.Series{Points: []sources.Point{{T: noon.Add(-30 * time.Minute).UnixMilli(), V: 1}}}
	lots := flat("", 240, 1e6)
	crit := box(t, 60, 10, "dark").Theme.Level(theme.Crit).Render("█")
	c := Columns{Series: []sources.Series{lots, few}, Levels: []theme.Level{theme.Good, theme.Crit}, Start: noon.Add(-time.Hour), End: noon, Step: 15 * time.Second}
	if got := strings.Join(c.Draw(box(t, 60, 10, "dark")), "\n"); strings.Count(got, crit) != 1 {
		t.Errorf("one error among a million lines is not one cell:\n%s", got)
	}
}
