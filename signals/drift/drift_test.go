package drift_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"firewatch/signals/drift"
)

// The expected values were worked out with the textbook formulas in Python, with
// the same floors.
func TestCompare(t *testing.T) {
	for name, tc := range map[string]struct {
		reference, live []float64
		want            drift.Distance
	}{
		"the same": {[]float64{1, 2, 3}, []float64{10, 20, 30}, drift.Distance{}},
		"a shift":  {[]float64{.25, .25, .25, .25}, []float64{.1, .2, .3, .4}, drift.Distance{PSI: 0.228217, JS: 0.200503, KS: 0.2}},
		"disjoint": {[]float64{1, 0}, []float64{0, 1}, drift.Distance{PSI: 18.418839, JS: 1, KS: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := drift.Compare(tc.reference, tc.live)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got.PSI-tc.want.PSI) > 1e-5 || math.Abs(got.JS-tc.want.JS) > 1e-5 || math.Abs(got.KS-tc.want.KS) > 1e-9 {
				t.Errorf("%+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestCompareRefuses(t *testing.T) {
	ok := []float64{1, 2}
	for name, bad := range map[string][]float64{
		"another length": {1, 2, 3}, "empty": nil, "all zero": {0, 0}, "negative": {1, -1}, "not a number": {1, math.NaN()}, "infinite": {1, math.Inf(1)},
	} {
		if _, err := drift.Compare(ok, bad); !errors.Is(err, drift.ErrBins) {
			t.Errorf("live %s: %v", name, err)
		}
		if _, err := drift.Compare(bad, ok); !errors.Is(err, drift.ErrBins) {
			t.Errorf("reference %s: %v", name, err)
		}
	}
}

func TestCompareProperties(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		n := 2 + rnd.IntN(15)
		a, b := make([]float64, n), make([]float64, n)
		for i := range n {
			a[i], b[i] = rnd.Float64()*rnd.Float64(), float64(rnd.IntN(5))
		}
		b[0]++
		x, err1 := drift.Compare(a, b)
		y, err2 := drift.Compare(b, a)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if math.Abs(x.PSI-y.PSI) > 1e-9 || math.Abs(x.JS-y.JS) > 1e-9 || math.Abs(x.KS-y.KS) > 1e-9 {
			t.Fatalf("not symmetric: %+v %+v", x, y)
		}
		if x.PSI < 0 || x.JS < 0 || x.JS > 1+1e-9 || x.KS < 0 || x.KS > 1+1e-9 {
			t.Fatalf("out of range: %+v", x)
		}
	}
}

// Samples of the reference itself show about the noise that is predicted.
func TestNoise(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	const bins, n, runs = 10, 1000, 400
	reference := make([]float64, bins)
	for i := range reference {
		reference[i] = 1.0 / bins
	}
	var sum float64
	for range runs {
		live := make([]float64, bins)
		for range n {
			live[rnd.IntN(bins)]++
		}
		d, err := drift.Compare(reference, live)
		if err != nil {
			t.Fatal(err)
		}
		sum += d.PSI
	}
	want := drift.Noise(bins, n, 0)
	if got := sum / runs; got < 0.8*want || got > 1.2*want {
		t.Errorf("mean index without drift %v, predicted %v", got, want)
	}
	if !drift.Enough(10, 900) || drift.Enough(10, 899) {
		t.Error("ten bins need 900 samples")
	}
}
