package draw

import (
	"math"
	"testing"
)

func TestSparkUpTo(t *testing.T) {
	for _, c := range []struct {
		values []float64
		top    float64
		want   string
	}{
		{[]float64{0, 0.5, 1}, 0, "▁▅█"},
		{[]float64{0.1, 0.1, 0.1}, 1, "▂▂▂"},
		{[]float64{0.5, 1, 2}, 1, "▃▅█"},
		{[]float64{0, 0, 0}, 1, "▁▁▁"},
		{[]float64{0.5, 1}, math.NaN(), " ▅█"},
		{[]float64{0.5, 1}, math.Inf(1), " ▅█"},
		{[]float64{0.5, 1}, -1, " ▅█"},
	} {
		if got := SparkUpTo(c.values, 3, c.top); got != c.want {
			t.Errorf("%v up to %v: %q, want %q", c.values, c.top, got, c.want)
		}
	}
}
