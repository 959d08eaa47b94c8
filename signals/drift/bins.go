package drift

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Bin is one bin of a feature: its share in the reference, and the live count or
// share of the same values.
type Bin struct {
	Name            string
	Reference, Live float64
}

// The bins that stand for no value of their own.
const (
	missing = "missing"
	other   = "other"
)

// number is a bin of numbers: one by itself, an open end, or a range.
var number = regexp.MustCompile(`^[\[(]?(<=?|>=?|≤|≥)?\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?[iI]nf)(\s*(?:-|\.\.|,|–|:|to)\s*[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[iI]nf))?[\])+]?$`)

// place is where a bin of numbers lies, and false for any other bin. Of two that
// begin at the same number the open end to the left comes first.
func place(name string) (at float64, open int, ok bool) {
	m := number.FindStringSubmatch(strings.TrimSpace(name))
	if m == nil {
		return 0, 0, false
	}
	at, err := strconv.ParseFloat(m[2], 64)
	if err != nil && !math.IsInf(at, 0) {
		return 0, 0, false
	}
	switch {
	case strings.HasPrefix(m[1], "<") || m[1] == "≤":
		open = -1
	case strings.HasPrefix(m[1], ">") || m[1] == "≥":
		open = 1
	}
	return at, open, true
}

// Sort puts bins into the order of their values: numbers and ranges by the number
// that they begin with, then words, then those for other and for missing values.
func Sort(bins []Bin) {
	slices.SortStableFunc(bins, func(a, b Bin) int {
		if c := cmp.Compare(rank(a.Name), rank(b.Name)); c != 0 {
			return c
		}
		x, openX, _ := place(a.Name)
		y, openY, _ := place(b.Name)
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(openX, openY), strings.Compare(a.Name, b.Name))
	})
}

func rank(name string) int {
	_, _, ok := place(name)
	switch {
	case ok:
		return 0
	case name == missing:
		return 3
	case name == other:
		return 2
	}
	return 1
}

// Ordered says whether the bins are those of numbers, so that cumulative shares
// mean something: bins for missing values apart, all of them have to be.
func Ordered(bins []Bin) bool {
	n := 0
	for _, b := range bins {
		if b.Name == missing {
			continue
		}
		if rank(b.Name) != 0 {
			return false
		}
		n++
	}
	return n > 1
}

// Measure is [Compare] for bins in any order. KS is of the known values, in the
// order of their numbers; it is NaN for categories. Bins that cannot be compared
// are [ErrBins].
func Measure(bins []Bin) (Distance, error) {
	sorted := slices.Clone(bins)
	Sort(sorted)
	split := func(keep func(Bin) bool) (reference, live []float64) {
		for _, b := range sorted {
			if keep(b) {
				reference, live = append(reference, b.Reference), append(live, b.Live)
			}
		}
		return reference, live
	}
	d, err := Compare(split(func(Bin) bool { return true }))
	if err != nil {
		return Distance{}, err
	}
	d.KS = math.NaN()
	if Ordered(sorted) {
		if known, err := Compare(split(func(b Bin) bool { return b.Name != missing })); err == nil {
			d.KS = known.KS
		}
	}
	return d, nil
}

// Parts are what each bin adds to the population stability index, in the order
// given; nil where the bins cannot be compared.
func Parts(bins []Bin) []float64 {
	reference, live := make([]float64, len(bins)), make([]float64, len(bins))
	for i, b := range bins {
		reference[i], live[i] = b.Reference, b.Live
	}
	e, ok1 := normalise(reference)
	a, ok2 := normalise(live)
	if !ok1 || !ok2 {
		return nil
	}
	out := make([]float64, len(bins))
	for i := range out {
		out[i] = part(a[i], e[i])
	}
	return out
}

// Used is the number of bins that either side has values in: those that are empty
// on both say nothing about how many samples are enough.
func Used(bins []Bin) int {
	n := 0
	for _, b := range bins {
		if b.Reference > 0 || b.Live > 0 {
			n++
		}
	}
	return n
}
