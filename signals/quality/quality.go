// Package quality turns counts of predictions against the labels that arrived for
// them into the measures of a classifier. Its functions are pure.
package quality

import (
	"maps"
	"math"
	"slices"
)

// Few is the number of labels below which the measures say nothing.
const Few = 100

// Matrix counts labelled predictions: by what was predicted, then by what was so.
// Counts that are negative or not finite do not count.
type Matrix map[string]map[string]float64

// Add counts n more.
func (m Matrix) Add(predicted, actual string, n float64) {
	if !(n > 0) || math.IsInf(n, 0) {
		return
	}
	if m[predicted] == nil {
		m[predicted] = map[string]float64{}
	}
	m[predicted][actual] += n
}

// Measure is a ratio with its standard error; both are NaN where there is nothing
// to divide by.
type Measure struct{ Value, Error float64 }

// Summary are the measures of a matrix.
type Summary struct {
	// Class is the class that counts as positive, of two the rarer one; empty for
	// more, where the measures are the means over the classes.
	Class string
	// N is the number of labels.
	N float64
	// The standard error of F1 and MCC is not known and NaN.
	F1, Precision, Recall, Accuracy, MCC Measure
	// Positive is the share of predictions that are positive; NaN with more than two classes.
	Positive Measure
}

// Summary works the measures out.
func (m Matrix) Summary() Summary {
	classes, actual, total := m.classes()
	out := Summary{N: total, Positive: Measure{math.NaN(), math.NaN()}}
	right := 0.0
	for _, c := range classes {
		right += m[c][c]
	}
	switch {
	case len(classes) <= 2:
		if len(classes) > 0 {
			out.Class = slices.MinFunc(classes, func(a, b string) int {
				switch {
				case actual[a] < actual[b]:
					return -1
				case actual[a] > actual[b]:
					return 1
				}
				return 0
			})
		}
		out.F1, out.Precision, out.Recall, out.MCC, out.Positive = m.against(out.Class, total)
	default:
		n := float64(len(classes))
		for _, c := range classes {
			f1, p, r, mcc, _ := m.against(c, total)
			for _, sum := range []struct {
				to *Measure
				of Measure
			}{{&out.F1, f1}, {&out.Precision, p}, {&out.Recall, r}, {&out.MCC, mcc}} {
				// A class that was never predicted has no precision; it counts as none.
				if v := sum.of.Value; v == v {
					sum.to.Value += v / n
				}
				sum.to.Error = math.NaN()
			}
		}
	}
	out.Accuracy = ratio(right, total)
	return out
}

// classes are the names in order, the labels of each, and all labels.
func (m Matrix) classes() (names []string, actual map[string]float64, total float64) {
	actual = map[string]float64{}
	for predicted, row := range m {
		actual[predicted] += 0
		for a, n := range row {
			actual[a] += n
			total += n
		}
	}
	return slices.Sorted(maps.Keys(actual)), actual, total
}

// against are the measures of one class against all others.
func (m Matrix) against(class string, total float64) (f1, precision, recall, mcc, positive Measure) {
	var tp, fp, fn float64
	for predicted, row := range m {
		for actual, n := range row {
			switch {
			case predicted == class && actual == class:
				tp += n
			case predicted == class:
				fp += n
			case actual == class:
				fn += n
			}
		}
	}
	tn := total - tp - fp - fn
	f1 = Measure{ratio(2*tp, 2*tp+fp+fn).Value, math.NaN()}
	mcc = Measure{(tp*tn - fp*fn) / math.Sqrt((tp+fp)*(tp+fn)*(tn+fp)*(tn+fn)), math.NaN()}
	if math.IsInf(mcc.Value, 0) {
		mcc.Value = math.NaN()
	}
	return f1, ratio(tp, tp+fp), ratio(tp, tp+fn), mcc, ratio(tp+fp, total)
}

func ratio(part, of float64) Measure {
	if of <= 0 {
		return Measure{math.NaN(), math.NaN()}
	}
	p := part / of
	return Measure{p, math.Sqrt(max(p*(1-p), 0) / of)}
}

// Z is how many standard errors the first of two shares is above the second, each
// of n trials; 0 where there are too few to say.
func Z(p1, n1, p2, n2 float64) float64 {
	pooled := (p1*n1 + p2*n2) / (n1 + n2)
	z := (p1 - p2) / math.Sqrt(pooled*(1-pooled)*(1/n1+1/n2))
	if !(n1 > 0) || !(n2 > 0) || math.IsNaN(z) || math.IsInf(z, 0) {
		return 0
	}
	return z
}
