// Package drift compares two distributions over the same bins: a reference, such
// as the training set, and what is seen live. Its functions are pure; shares are
// 0..1 and need not add up exactly to 1, because they are normalised first.
package drift

import (
	"errors"
	"math"
)

// The floors keep a bin that is empty on one side from making the distance
// infinite; they are those of the recording rules, so that both agree.
const (
	psiFloor = 1e-4
	jsFloor  = 1e-9
)

// The thresholds of the population stability index and of the Jensen-Shannon and
// Kolmogorov-Smirnov distances: from Warn on a shift is worth watching, from Crit
// on the distribution is another one.
const (
	PSIWarn, PSICrit = 0.10, 0.25
	JSWarn, JSCrit   = 0.10, 0.20
	KSWarn, KSCrit   = 0.10, 0.20
)

// ErrBins means that the two distributions cannot be compared.
var ErrBins = errors.New("the distributions need the same number of bins, and a positive sum each")

// Distance is how far the live distribution is from the reference.
type Distance struct {
	// PSI is the population stability index: sum of (a-e) ln(a/e).
	PSI float64
	// JS is the Jensen-Shannon distance, base 2: 0..1, symmetric.
	JS float64
	// KS is the largest difference of the cumulative shares, in the order of the
	// bins; it means nothing for categories.
	KS float64
}

// Compare gives the distances of live from reference, two vectors of counts or
// shares in the same order of bins. Vectors of different length, negative or
// not finite values, and sums that are not positive are [ErrBins].
func Compare(reference, live []float64) (Distance, error) {
	e, ok1 := normalise(reference)
	a, ok2 := normalise(live)
	if !ok1 || !ok2 || len(e) != len(a) {
		return Distance{}, ErrBins
	}
	var d Distance
	var js, cumA, cumE float64
	for i := range e {
		d.PSI += part(a[i], e[i])
		ja, je := max(a[i], jsFloor), max(e[i], jsFloor)
		js += (ja*math.Log2(2*ja/(ja+je)) + je*math.Log2(2*je/(ja+je))) / 2
		cumA += a[i]
		cumE += e[i]
		d.KS = max(d.KS, math.Abs(cumA-cumE))
	}
	d.JS = math.Sqrt(max(js, 0))
	return d, nil
}

// part is what one bin adds to the population stability index.
func part(live, reference float64) float64 {
	a, e := max(live, psiFloor), max(reference, psiFloor)
	return (a - e) * math.Log(a/e)
}

func normalise(v []float64) ([]float64, bool) {
	var sum float64
	for _, x := range v {
		if x < 0 || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, false
		}
		sum += x
	}
	if sum <= 0 || math.IsInf(sum, 0) {
		return nil, false
	}
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = x / sum
	}
	return out, true
}

// Noise is the index that is expected without any drift, from n live samples in
// that many bins against m reference samples (0 for a reference known exactly):
// about (bins-1)(1/n + 1/m).
func Noise(bins int, n, m float64) float64 {
	if n <= 0 {
		return math.Inf(1)
	}
	noise := 1 / n
	if m > 0 {
		noise += 1 / m
	}
	return float64(max(bins-1, 0)) * noise
}

// Enough says whether n live samples in that many bins are enough for the index
// to mean something: the noise without drift stays far below PSIWarn. For 10 bins
// that is 900.
func Enough(bins int, n float64) bool { return n >= 100*float64(max(bins-1, 1)) }
