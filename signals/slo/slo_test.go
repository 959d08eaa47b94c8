package slo_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"firewatch/signals/slo"
)

const day = 24 * time.Hour

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(1, math.Abs(b)) }

// The factors are those of the SRE workbook, and of Sloth for 28 days.
func TestFactors(t *testing.T) {
	for i, want := range []struct{ of30, of28 float64 }{{14.4, 13.44}, {6, 5.6}, {3, 2.8}, {1, 0.9333333333333333}} {
		w := slo.Windows(1)[i]
		if got := w.Factor(30 * day); !near(got, want.of30) {
			t.Errorf("%s over %s of 30 d: %v, want %v", w.Severity, w.Long, got, want.of30)
		}
		if got := w.Factor(28 * day); !near(got, want.of28) {
			t.Errorf("%s over %s of 28 d: %v, want %v", w.Severity, w.Long, got, want.of28)
		}
		if got := slo.Windows(12)[i].Factor(30 * day); !near(got, want.of30) {
			t.Errorf("the demo's factor is %v, want %v", got, want.of30)
		}
	}
}

func TestBudget(t *testing.T) {
	o := slo.Objective{Target: 0.999, Period: 30 * day}
	if got := o.Burn(0.0144); !near(got, 14.4) {
		t.Errorf("burn = %v", got)
	}
	if got := o.Left(0.0005); !near(got, 0.5) {
		t.Errorf("left = %v", got)
	}
	if got := o.Left(0.0044); !near(got, -3.4) {
		t.Errorf("an overspent budget is %v, want -3.4", got)
	}
	if got := o.Spent(14.4, time.Hour); !near(got, 0.02) {
		t.Errorf("spent = %v", got)
	}
	if got := o.LowTraffic(14.4); math.Round(got) != 69 {
		t.Errorf("low traffic = %v, want about 69", got)
	}
	for _, bad := range []float64{0, 1, -1, 2, math.NaN()} {
		if got := (slo.Objective{Target: bad, Period: day}).Budget(); !math.IsNaN(got) {
			t.Errorf("budget of target %v = %v, want NaN", bad, got)
		}
	}
}

func TestExhaustion(t *testing.T) {
	o := slo.Objective{Target: 0.999, Period: 30 * day}
	for _, tc := range []struct {
		left, burn float64
		want       time.Duration
		ends       bool
	}{
		{1, 14.4, 50 * time.Hour, true},
		{0.5, 3, 5 * day, true},
		{0.5, 1, 0, false},
		{0.5, 0, 0, false},
		{0, 0, 0, true},
		{-2, 5, 0, true},
		{math.NaN(), 5, 0, false},
		{0.5, math.NaN(), 0, false},
	} {
		got, ends := o.Exhaustion(tc.left, tc.burn)
		if ends != tc.ends || (got-tc.want).Abs() > time.Second {
			t.Errorf("left %v burn %v: %v %v, want %v %v", tc.left, tc.burn, got, ends, tc.want, tc.ends)
		}
	}
}

// Spending for the time to exhaustion spends what was left, whatever the numbers.
func TestExhaustionSpendsTheRest(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		o := slo.Objective{Target: 0.9 + 0.0999*rnd.Float64(), Period: time.Duration(1+rnd.IntN(90)) * day}
		left, burn := rnd.Float64(), 1.01+20*rnd.Float64()
		d, ends := o.Exhaustion(left, burn)
		if !ends || math.Abs(o.Spent(burn, d)-left) > 1e-6 {
			t.Fatalf("%+v left %v burn %v: %v spends %v", o, left, burn, d, o.Spent(burn, d))
		}
	}
}

func TestConditions(t *testing.T) {
	o := slo.Objective{Target: 0.999, Period: 30 * day}
	got := o.Conditions(slo.Windows(1), map[time.Duration]float64{
		time.Hour: 20, 5 * time.Minute: 30,
		6 * time.Hour: 7, 30 * time.Minute: 2,
		24 * time.Hour: 1, 2 * time.Hour: 4,
	})
	for i, want := range []string{"fires", "ending", "starting", "starting"} {
		if got[i].State() != want {
			t.Errorf("row %d is %q, want %q", i, got[i].State(), want)
		}
	}
	if !got[0].Fires() || got[1].Fires() || got[3].Fires() {
		t.Error("the wrong rows fire")
	}
	if got := o.Conditions(slo.Windows(1), nil)[0].State(); got != "no data" {
		t.Errorf("without data the state is %q", got)
	}
}

// The table follows the windows that are recorded; without any it is the standard one.
func TestTable(t *testing.T) {
	o := slo.Objective{Target: 0.999, Period: 30 * day}
	for name, tc := range map[string]struct {
		burn map[time.Duration]float64
		want time.Duration
	}{
		"none":     {nil, time.Hour},
		"standard": {map[time.Duration]float64{5 * time.Minute: 1, 30 * time.Minute: 1, time.Hour: 1, 6 * time.Hour: 1}, time.Hour},
		"demo":     {map[time.Duration]float64{30 * time.Second: 1, 150 * time.Second: 1, 5 * time.Minute: 1, 30 * time.Minute: 1}, 5 * time.Minute},
	} {
		if got := o.Table(tc.burn)[0].Long; got != tc.want {
			t.Errorf("%s: the first window is %s, want %s", name, got, tc.want)
		}
	}
}
