package fraud

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Names of the features in the order of [Row]; the last is the score itself.
var Names = []string{
	"amount", "hour", "merchant_category", "distance_km", "is_foreign",
	"device_age_days", "tx_count_24h", "account_age_days", "chargeback_ratio", "_score",
}

// Row is one scored row as numbers, in the order of [Names]; NaN is a missing
// value.
type Row [10]float64

// Row returns the features and the score as numbers.
func (f *Features) Row(score float64) Row {
	return Row{
		f.Amount, float64(f.Hour), float64(f.Category), f.Distance, float64(bit(f.Foreign)),
		f.DeviceAge, f.TxCount, f.AccountAge, f.Chargeback, score,
	}
}

// Bins are the training bins of one feature: a value belongs to the first
// bin whose edge it does not exceed, to the last one above all edges, and to
// "missing" when it is NaN.
type Bins struct {
	Feature string
	Labels  []string  // one per bin, "missing" last
	Edges   []float64 // one fewer than the bins without "missing"
	Share   []float64 // of each bin in training
	Median  float64   // stands in for a missing value
}

// Of returns the bin of a value.
func (b *Bins) Of(v float64) int {
	if v != v {
		return len(b.Labels) - 1
	}
	for i, e := range b.Edges {
		if v <= e {
			return i
		}
	}
	return len(b.Edges)
}

// Floor is the share an empty bin counts as in [PSI].
const Floor = 1e-4

// PSI is the population stability index of counts against the training share.
// It is 0 when nothing was counted.
func (b *Bins) PSI(counts []uint32) float64 {
	n := 0.0
	for _, c := range counts {
		n += float64(c)
	}
	if n == 0 {
		return 0
	}
	psi := 0.0
	for i, e := range b.Share {
		a, e := max(float64(counts[i])/n, Floor), max(e, Floor)
		psi += (a - e) * math.Log(a/e)
	}
	return psi
}

// Reference is what a version was trained on: bins by feature in the order of
// [Names], and its quality on held-out rows.
type Reference struct {
	Bins    []Bins
	Quality Quality
}

// missingInTraining is the share of transactions whose device was never seen.
const missingInTraining = .002

// Train draws n rows and computes the reference of a model. The same generator
// state gives the same reference.
func Train(r *rand.Rand, m *Model, n int) *Reference {
	columns := make([][]float64, len(Names))
	for i := range columns {
		columns[i] = make([]float64, 0, n)
	}
	var c Confusion
	for range n {
		f := Draw(r, Shift{})
		t := f.Terms()
		score := m.Score(t)
		c[bit(score >= Threshold)][bit(r.Float64() < truth.Score(t))]++
		for i, v := range f.Row(score) {
			columns[i] = append(columns[i], v)
		}
	}
	ref := &Reference{Quality: c.Quality()}
	if m.Offline != (Quality{}) {
		ref.Quality = m.Offline
	}
	for i, name := range Names {
		ref.Bins = append(ref.Bins, bins(name, columns[i]))
	}
	return ref
}

func bins(name string, values []float64) Bins {
	b := Bins{Feature: name}
	switch name {
	case "hour":
		b.Edges, b.Labels = []float64{3, 7, 11, 15, 19}, []string{"00-03", "04-07", "08-11", "12-15", "16-19", "20-23"}
	case "merchant_category":
		b.Labels = slices.Clone(Categories)
		for i := range len(Categories) - 1 {
			b.Edges = append(b.Edges, float64(i))
		}
	case "is_foreign":
		b.Edges, b.Labels = []float64{0}, []string{"false", "true"}
	case "_score":
		for i := 1; i < 10; i++ {
			b.Edges = append(b.Edges, float64(i)/10)
		}
	default:
		slices.Sort(values)
		b.Median = values[len(values)/2]
		for i := 1; i < 10; i++ {
			b.Edges = append(b.Edges, values[len(values)*i/10])
		}
		b.Edges = slices.Compact(b.Edges)
	}
	for i := len(b.Labels); i <= len(b.Edges); i++ {
		b.Labels = append(b.Labels, fmt.Sprintf("%02d", i+1))
	}
	b.Labels = append(b.Labels, "missing")
	b.Share = make([]float64, len(b.Labels))
	for _, v := range values {
		b.Share[b.Of(v)]++
	}
	known := 1.0
	if name == "device_age_days" {
		known -= missingInTraining
		b.Share[len(b.Share)-1] = missingInTraining * float64(len(values)) / known
	}
	for i := range b.Share {
		b.Share[i] *= known / float64(len(values))
	}
	return b
}

// Missing draws whether a device is one of those the store never saw.
func Missing(r *rand.Rand) bool { return r.Float64() < missingInTraining }
