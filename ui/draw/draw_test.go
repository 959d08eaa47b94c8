package draw

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"firewatch/sources"
	"firewatch/ui/theme"
)

var update = flag.Bool("update", false, "write the golden files anew")

// box is a box with a theme of the given name.
func box(t testing.TB, w, h int, name string) Box {
	t.Helper()
	th, err := theme.New(name)
	if err != nil {
		t.Fatal(err)
	}
	return Box{W: w, H: h, Theme: th}
}

// golden compares a block with testdata/name.golden: as text, unless escapes
// are wanted, which are then written readably.
func golden(t *testing.T, name string, block Block, escapes bool) {
	t.Helper()
	var sb strings.Builder
	for _, l := range block {
		if escapes {
			l = strings.ReplaceAll(l, "\x1b", "␛")
		} else {
			l = ansi.Strip(l) + "|"
		}
		sb.WriteString(l + "\n")
	}
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(sb.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if sb.String() != string(want) {
		t.Errorf("%s differs; got\n%s\nwant\n%s", name, sb.String(), want)
	}
}

// noon is the end of the windows in tests.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// wave is a series of n samples that ends at noon: around mid, up and down by amp.
func wave(legend string, n int, step time.Duration, mid, amp, phase float64) sources.Series {
	s := sources.Series{Legend: legend}
	for i := range n {
		at := noon.Add(-time.Duration(n-1-i) * step)
		x := float64(i)
		s.Points = append(s.Points, sources.Point{T: at.UnixMilli(), V: mid + amp*(math.Sin(x/17+phase)+0.3*math.Sin(x/3.1+2*phase))})
	}
	return s
}

// latency is a chart with everything on it.
func latency() Chart {
	p99 := wave("p99", 240, 15*time.Second, 0.240, 0.08, 0)
	p99.Points[150].V = 0.730
	p99.Points = append(p99.Points[:60:60], p99.Points[80:]...)
	return Chart{
		Series: []sources.Series{wave("p50", 240, 15*time.Second, 0.040, 0.006, 2), wave("p95", 240, 15*time.Second, 0.120, 0.03, 1), p99},
		Unit:   "seconds", Start: noon.Add(-time.Hour), End: noon, Step: 15 * time.Second, Legend: true,
		Thresholds: []Threshold{{Value: 0.5, Level: theme.Crit, Label: "slo 500ms"}},
		Markers:    []Marker{{At: noon.Add(-20 * time.Minute), Label: "v1.4.2"}},
	}
}
