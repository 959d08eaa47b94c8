package fraud

import (
	"math"
	"math/rand/v2"
	"testing"
)

func generator() *rand.Rand { return rand.New(rand.NewPCG(42, 7)) }

// TestReference compares the bins with the table of the design.
func TestReference(t *testing.T) {
	ref := Train(generator(), &Primary, 100_000)
	want := map[string][]float64{
		"amount":           {9.43, 14.05, 18.65, 23.82, 29.88, 37.56, 47.90, 63.95, 95.22},
		"distance_km":      {1.10, 1.78, 2.53, 3.40, 4.49, 5.93, 8.01, 11.32, 18.35},
		"device_age_days":  {25.4, 53.6, 85.3, 122, 165, 219, 288, 385, 551},
		"account_age_days": {94, 201, 323, 461, 626, 827, 1084, 1449, 2073},
		"chargeback_ratio": {.002, .004, .006, .008, .011, .015, .020, .026, .038},
		"tx_count_24h":     {1, 2, 3, 4, 5},
	}
	for _, b := range ref.Bins {
		edges, ok := want[b.Feature]
		if ok && len(edges) != len(b.Edges) {
			t.Errorf("%s has edges %v, want %v", b.Feature, b.Edges, edges)
			continue
		}
		for i, e := range edges {
			if tolerance := .03*e + .0005; math.Abs(b.Edges[i]-e) > tolerance {
				t.Errorf("%s edge %d is %g, want %g", b.Feature, i, b.Edges[i], e)
			}
		}
		sum := 0.0
		for _, s := range b.Share {
			sum += s
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("%s shares sum to %g", b.Feature, sum)
		}
		if len(b.Labels) != len(b.Share) || len(b.Labels) != len(b.Edges)+2 || len(b.Labels) > 12 {
			t.Errorf("%s has %d labels, %d shares, %d edges", b.Feature, len(b.Labels), len(b.Share), len(b.Edges))
		}
	}
	score := ref.Bins[len(ref.Bins)-1].Share
	for i, w := range []float64{.7614, .0389, .0229, .0173, .0157, .0140, .0144, .0153, .0199, .0803} {
		if math.Abs(score[i]-w) > .006 {
			t.Errorf("score bin %d holds %.4f, want %.4f", i, score[i], w)
		}
	}
	if again := Train(generator(), &Primary, 100_000); again.Bins[0].Edges[4] != ref.Bins[0].Edges[4] || again.Quality != ref.Quality {
		t.Error("the same seed gives another reference")
	}
}

func TestQuality(t *testing.T) {
	ideal := Model{Weights: truth}
	tests := []struct {
		name  string
		model *Model
		shift Shift
		want  Quality
	}{
		{"truth", &ideal, Shift{}, Quality{.835, .86, .81, .950, .15}},
		{"1.4.0", &Primary, Shift{}, Quality{.83, .87, .80, .950, .144}},
		{"1.3.0", &Previous, Shift{}, Quality{.59, .57, .61, .86, .171}},
		{"1.5.0", &Canary, Shift{}, Quality{.56, .39, 1, .75, .41}},
		{"1.4.0 after drift", &Primary, Shift{Drift: 1}, Quality{F1: .92}}, // better, not worse: drift is no damage
		{"1.4.0 after concept drift", &Primary, Shift{Concept: 1}, Quality{F1: .25, Accuracy: .85}},
	}
	for _, tt := range tests {
		got := tt.model.Evaluate(generator(), tt.shift, 60_000)
		check := func(what string, got, want float64) {
			if want != 0 && math.Abs(got-want) > .025 {
				t.Errorf("%s: %s is %.3f, want %.3f", tt.name, what, got, want)
			}
		}
		check("F1", got.F1, tt.want.F1)
		check("precision", got.Precision, tt.want.Precision)
		check("recall", got.Recall, tt.want.Recall)
		check("accuracy", got.Accuracy, tt.want.Accuracy)
		check("positives", got.Positive, tt.want.Positive)
	}
}

func TestPSI(t *testing.T) {
	ref := Train(generator(), &Primary, 100_000)
	psi := func(s Shift, n int, feature int) float64 {
		r := rand.New(rand.NewPCG(1, 2))
		counts := make([]uint32, len(ref.Bins[feature].Labels))
		for range n {
			f := Draw(r, s)
			counts[ref.Bins[feature].Of(f.Row(Primary.Score(f.Terms()))[feature])]++
		}
		return ref.Bins[feature].PSI(counts)
	}
	for feature, name := range Names {
		if got := psi(Shift{}, 20_000, feature); got > .01 {
			t.Errorf("without a shift the PSI of %s is %.3f", name, got)
		}
		if got := psi(Shift{Concept: 1}, 20_000, feature); got > .01 {
			t.Errorf("concept drift alone gives %s a PSI of %.3f", name, got)
		}
	}
	if got := psi(Shift{Drift: 1}, 20_000, 0); math.Abs(got-1.37) > .1 {
		t.Errorf("amounts times three give PSI %.2f, want 1.37", got)
	}
	if got := psi(Shift{Drift: .25}, 20_000, 0); got < .12 || got > .24 {
		t.Errorf("amounts times 1.5 give PSI %.2f, want a moderate one", got)
	}
	if got := psi(Shift{Drift: 1}, 20_000, 9); got < .25 {
		t.Errorf("a full shift gives the scores PSI %.2f, want more than .25", got)
	}
	if got := ref.Bins[0].PSI(make([]uint32, len(ref.Bins[0].Labels))); got != 0 {
		t.Errorf("PSI of nothing is %g", got)
	}
}
