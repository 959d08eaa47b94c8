package drift_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"firewatch/signals/drift"
)

func named(names ...string) []drift.Bin {
	out := make([]drift.Bin, len(names))
	for i, n := range names {
		out[i] = drift.Bin{Name: n, Reference: float64(i + 1), Live: float64(len(names) - i)}
	}
	return out
}

func TestSort(t *testing.T) {
	for want, ordered := range map[string]bool{
		"01 02 09 10 11 missing":                true,
		"1 2 9 10 100 missing":                  true,
		"00-03 04-07 08-11 20-23 missing":       true,
		"<0 0-9.5 9.5-20 >=20 missing":          true,
		"(-inf,-3] (-3,0] (0,+Inf)":             true,
		"-1e3 -5 .5 1e2":                        true,
		"<=10 10-20 >20":                        true,
		"electronics fuel gaming other missing": false,
		"false true missing":                    false,
		"3 4 5g":                                false,
		"1-a":                                   false,
		"7 missing":                             false,
	} {
		bins := named(strings.Fields(want)...)
		rnd := rand.New(rand.NewPCG(1, 2))
		for range 20 {
			rnd.Shuffle(len(bins), func(i, j int) { bins[i], bins[j] = bins[j], bins[i] })
			drift.Sort(bins)
			var got []string
			for _, b := range bins {
				got = append(got, b.Name)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("sorted %v, want %s", got, want)
			}
		}
		if drift.Ordered(bins) != ordered {
			t.Errorf("%s: ordered is %v", want, !ordered)
		}
	}
}

// A value that stands in any order gives the same distances, and missing values
// are no part of KS.
func TestMeasure(t *testing.T) {
	bins := []drift.Bin{{"10", 1, 4}, {"missing", 0, 10}, {"2", 1, 2}, {"1", 1, 1}, {"9", 1, 3}}
	d, err := drift.Measure(bins)
	if err != nil || math.Abs(d.KS-0.2) > 1e-9 {
		t.Errorf("KS %v, want 0.2 (%v)", d.KS, err)
	}
	if bins[0].Name != "10" {
		t.Error("the caller's bins were sorted")
	}
	want, _ := drift.Compare([]float64{1, 1, 1, 1, 0}, []float64{1, 2, 3, 4, 10})
	if math.Abs(d.PSI-want.PSI) > 1e-9 || math.Abs(d.JS-want.JS) > 1e-9 {
		t.Errorf("%+v, want PSI and JS of %+v", d, want)
	}
	sum := 0.0
	for _, p := range drift.Parts(bins) {
		sum += p
	}
	if math.Abs(sum-d.PSI) > 1e-9 {
		t.Errorf("the parts add up to %v, the index is %v", sum, d.PSI)
	}
	if drift.Used(bins) != 5 || drift.Used([]drift.Bin{{"1", 0, 0}, {"2", 0, 1}, {"3", 1, 0}}) != 2 {
		t.Error("bins that are empty on both sides are counted")
	}
	words := []drift.Bin{{"legit", 9, 5}, {"fraud", 1, 5}}
	if d, err := drift.Measure(words); err != nil || !math.IsNaN(d.KS) || !(d.PSI > 0.25) {
		t.Errorf("categories: %+v, %v", d, err)
	}
	for _, bad := range [][]drift.Bin{nil, {{"1", 1, 0}}, {{"1", 0, 1}}, {{"1", 1, math.NaN()}, {"2", 1, 1}}} {
		if _, err := drift.Measure(bad); err == nil || drift.Parts(bad) != nil {
			t.Errorf("%v was compared", bad)
		}
	}
}

func TestDiagnose(t *testing.T) {
	const u, s, m = drift.Unknown, drift.Steady, drift.Moved
	for _, tc := range []struct {
		signs drift.Signs
		want  string
	}{
		{drift.Signs{}, ""},
		{drift.Signs{Invalid: m, Inputs: m, Quality: m}, "upstream"},
		{drift.Signs{Invalid: s, Skew: m, Inputs: m}, "transform"},
		{drift.Signs{Invalid: s, Inputs: m, Score: m, Quality: s}, "covariate drift"},
		{drift.Signs{Invalid: s, Inputs: s, Quality: m}, "concept drift"},
		{drift.Signs{Invalid: s, Inputs: s, Quality: m, Deployed: true}, "it is the deployment"},
		{drift.Signs{Invalid: s, Inputs: m, Quality: m, Deployed: true}, "it is the deployment"},
		{drift.Signs{Invalid: s, Inputs: m, Quality: m}, "retrain"},
		{drift.Signs{Invalid: s, Inputs: m, Score: m, Quality: u}, "not known yet"},
		{drift.Signs{Invalid: s, Inputs: m, Score: s, Quality: u}, ""},
		{drift.Signs{Invalid: s, Inputs: u, Score: s, Quality: m}, ""},
		{drift.Signs{Invalid: s, Inputs: s, Score: m, Quality: s}, "scores moved"},
		{drift.Signs{Invalid: s, Inputs: s, Score: s, Quality: s}, "as in training"},
		{drift.Signs{Invalid: s, Inputs: s, Score: s, Quality: u}, ""},
		{drift.Signs{Inputs: s, Score: s, Quality: s}, ""},
	} {
		got := tc.signs.Diagnose()
		if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
			t.Errorf("%+v: %q, want %q", tc.signs, got, tc.want)
		}
	}
}
