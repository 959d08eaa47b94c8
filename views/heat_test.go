package views

import (
	"fmt"
	"math"
	"testing"
	"time"

	"firewatch/sources"
)

func heatWindow() sources.Window {
	start := time.Unix(1_700_000_000, 0).UTC().Truncate(time.Minute)
	return sources.Window{Start: start, End: start.Add(3 * time.Minute), Step: time.Minute}
}

func heatSeries(w sources.Window, le string, values ...float64) sources.Series {
	s := sources.Series{Labels: map[string]string{"le": le}}
	for i, v := range values {
		if v == v {
			s.Points = append(s.Points, sources.Point{T: w.Start.Add(time.Duration(i) * w.Step).UnixMilli(), V: v})
		}
	}
	return s
}

func TestClassicBuckets(t *testing.T) {
	w := heatWindow()
	nan := math.NaN()
	got := buckets([]sources.Series{
		heatSeries(w, "0.1", 5, 6, nan, 1), heatSeries(w, "+Inf", 10, 9, nan, 4), heatSeries(w, "1.0", 8, 9, nan, 0), heatSeries(w, "no number", 1, 1, 1, 1),
	}, w)
	want := "0.1 1 +Inf"
	names := ""
	for i := len(got) - 1; i >= 0; i-- {
		names += fmt.Sprint(got[i].high) + " "
	}
	if names != want+" " {
		t.Fatalf("buckets %s, want %s", names, want)
	}
	for i, want := range [][]float64{{2, 0, nan, 4}, {3, 3, nan, 0}, {5, 6, nan, 1}} {
		if s := fmt.Sprint(got[i].counts); s != fmt.Sprint(want) {
			t.Errorf("up to %v: %s, want %v", got[i].high, s, want)
		}
	}
}

func TestNativeBuckets(t *testing.T) {
	w := heatWindow()
	s := sources.Series{
		Points: []sources.Point{{T: w.Start.UnixMilli(), V: 7}, {T: w.Start.Add(2 * time.Minute).UnixMilli(), V: 1}, {T: w.Start.Add(time.Hour).UnixMilli(), V: 1}, {T: 0, V: 1}},
		Buckets: [][]sources.Bucket{
			{{Low: 0.5, High: 0.7, Count: 2}, {Low: 0.7, High: 1, Count: 3}, {Low: 1, High: 1.4, Count: 1}, {Low: -1, High: 0, Count: 1}, {Low: 2, High: math.Inf(1), Count: 1}},
			{{Low: 1, High: 2, Count: 1}}, {{Low: 1, High: 2, Count: 1}}, {{Low: 1, High: 2, Count: 1}},
		},
	}
	got := buckets([]sources.Series{s}, w)
	if len(got) != 2 {
		t.Fatalf("%d bands, want those up to 2 and to 1: %v", len(got), got)
	}
	nan := math.NaN()
	for i, want := range []band{{1, 2, []float64{1, nan, 1, nan}}, {0.5, 1, []float64{5, nan, nan, nan}}} {
		if fmt.Sprint(got[i]) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got[i], want)
		}
	}
}

func TestFold(t *testing.T) {
	nan := math.NaN()
	list := []band{{8, 16, []float64{0, nan}}, {4, 8, []float64{1, nan}}, {2, 4, []float64{nan, 3}}, {1, 2, []float64{2, 3}}, {0, 1, []float64{0, 0}}}
	if got := fold(list, 9); len(got) != 3 || got[0].high != 8 || got[2].low != 1 {
		t.Errorf("the idle ends are kept: %v", got)
	}
	got := fold(list, 2)
	if fmt.Sprint(got) != fmt.Sprint([]band{{2, 8, []float64{1, 3}}, {1, 2, []float64{2, 3}}}) {
		t.Errorf("folded to two: %v", got)
	}
	if list[1].counts[1] == list[1].counts[1] {
		t.Error("folding changed what it was given")
	}
	if got := fold(nil, 0); got != nil {
		t.Errorf("nothing folds to %v", got)
	}
}
