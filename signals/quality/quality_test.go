package quality_test

import (
	"math"
	"testing"

	"firewatch/signals/quality"
)

func near(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-6
}

func matrix(rows ...any) quality.Matrix {
	m := quality.Matrix{}
	for i := 0; i < len(rows); i += 3 {
		m.Add(rows[i].(string), rows[i+1].(string), rows[i+2].(float64))
	}
	return m
}

// The expected values were worked out by hand from the definitions.
func TestSummary(t *testing.T) {
	nan := math.NaN()
	for name, tc := range map[string]struct {
		m                                            quality.Matrix
		class                                        string
		n, f1, precision, recall, accuracy, mcc, pos float64
	}{
		"nothing": {quality.Matrix{}, "", 0, nan, nan, nan, nan, nan, nan},
		"two classes, the rarer is positive": {
			matrix("fraud", "fraud", 80., "fraud", "legit", 20., "legit", "fraud", 20., "legit", "legit", 880.),
			"fraud", 1000, 0.8, 0.8, 0.8, 0.96, 0.7777778, 0.1,
		},
		"all right":       {matrix("a", "a", 10., "b", "b", 90.), "a", 100, 1, 1, 1, 1, 1, 0.1},
		"never predicted": {matrix("legit", "fraud", 10., "legit", "legit", 90.), "fraud", 100, 0, nan, 0, 0.9, nan, 0},
		"one class only":  {matrix("legit", "legit", 90.), "legit", 90, 1, 1, 1, 1, nan, 1},
		"three classes": {
			matrix("a", "a", 10., "b", "b", 10., "c", "c", 5., "c", "a", 5.),
			"", 30, (0.8 + 1 + 2./3) / 3, (1 + 1 + 0.5) / 3, (2./3 + 1 + 1) / 3, 25. / 30, 0.7798541, nan,
		},
	} {
		got := tc.m.Summary()
		for what, pair := range map[string][2]float64{
			"labels": {got.N, tc.n}, "f1": {got.F1.Value, tc.f1}, "precision": {got.Precision.Value, tc.precision}, "recall": {got.Recall.Value, tc.recall},
			"accuracy": {got.Accuracy.Value, tc.accuracy}, "mcc": {got.MCC.Value, tc.mcc}, "positive": {got.Positive.Value, tc.pos},
		} {
			if !near(pair[0], pair[1]) {
				t.Errorf("%s: %s is %v, want %v", name, what, pair[0], pair[1])
			}
		}
		if got.Class != tc.class {
			t.Errorf("%s: class %q, want %q", name, got.Class, tc.class)
		}
	}
	m := matrix("a", "a", 50., "a", "b", 50.)
	m.Add("a", "a", -3)
	m.Add("a", "b", math.Inf(1))
	m.Add("b", "b", math.NaN())
	if s := m.Summary(); s.N != 100 || !near(s.Accuracy.Value, 0.5) || !near(s.Accuracy.Error, 0.05) {
		t.Errorf("%+v", s)
	}
}

func TestZ(t *testing.T) {
	for _, tc := range []struct{ p1, n1, p2, n2, want float64 }{
		{0.5, 100, 0.5, 100, 0},
		{0.6, 200, 0.5, 200, 2.0100756},
		{1, 20, 0.01, 10000, 40.6607919},
		{0, 100, 0, 100, 0},
		{0.1, 0, 0.2, 100, 0},
		{math.NaN(), 10, 0.2, 100, 0},
	} {
		if got := quality.Z(tc.p1, tc.n1, tc.p2, tc.n2); !near(got, tc.want) {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}
