package service

import (
	"math"
	"testing"
	"time"

	"firewatch/demo/service/chaos"
)

// TestTraffic counts a day of arrivals: their rate follows the cycle, their
// gaps are those of a Poisson process, their mix is the promised one.
func TestTraffic(t *testing.T) {
	d, _ := stage(t, Options{})
	tr := newTraffic(42, d.chaos)
	routes, users, items := map[string]float64{}, map[string]float64{}, 0.0
	var perSlice [10]float64 // of the cycle
	n, labelled := 0.0, 0.0
	var delays time.Duration
	const cycles = 12
	for at := noon; ; {
		at = tr.next(at)
		if !at.Before(noon.Add(cycles * cycle)) {
			break
		}
		if !tr.accepted(at) {
			continue
		}
		n++
		perSlice[at.Sub(noon)%cycle/(cycle/10)]++
		c := tr.draw()
		routes[c.route]++
		for i, tx := range c.items {
			items++
			users[tx.User]++
			if c.labels[i].delay >= 0 {
				labelled++
				delays += c.labels[i].delay
				if c.labels[i].delay > 45*time.Second {
					t.Fatalf("a label takes %s", c.labels[i].delay)
				}
			}
		}
	}
	for i, got := range perSlice {
		want := 0.0
		for s := range 60 {
			want += cycles * rate(noon.Add(time.Duration(i)*cycle/10+time.Duration(s)*time.Second))
		}
		if math.Abs(got-want) > 5*math.Sqrt(want) { // five standard deviations of a Poisson count
			t.Errorf("slice %d had %g calls, want %.0f", i, got, want)
		}
	}
	near := func(what string, got, want, within float64) {
		if math.Abs(got-want) > within {
			t.Errorf("%s is %.3f, want %.3f", what, got, want)
		}
	}
	near("share of /predict", routes["/predict"]/n, .82, .01)
	near("share of /predict/batch", routes["/predict/batch"]/n, .10, .01)
	near("items per second", items/(cycles*cycle.Seconds()), 18.2, .4)
	near("share of labelled items", labelled/items, .98, .003)
	near("mean delay of a label", delays.Seconds()/labelled, 9.9, .2)
	if len(users) < 1200 || users["u-0001"]/items < .05 || users["u-0001"] < 8*users["u-0020"] {
		t.Errorf("%d users, the first with %g, the twentieth with %g of %g: not like Zipf", len(users), users["u-0001"], users["u-0020"], items)
	}
}

func TestTrafficStops(t *testing.T) {
	d, _ := stage(t, Options{})
	if _, err := d.chaos.Start("traffic-stop", chaos.Request{}); err != nil {
		t.Fatal(err)
	}
	for at := noon; at.Before(noon.Add(time.Minute)); at = d.traffic.next(at) {
		if d.traffic.accepted(at) {
			t.Fatal("somebody calls although traffic has stopped")
		}
	}
}

func TestSameSeedSameTraffic(t *testing.T) {
	draw := func(seed uint64) (out []call) {
		d, _ := stage(t, Options{})
		tr := newTraffic(seed, d.chaos)
		for range 50 {
			out = append(out, tr.draw())
		}
		return out
	}
	a, b, c := draw(42), draw(42), draw(43)
	same := true
	for i := range a {
		if a[i].trace != b[i].trace || a[i].route != b[i].route || len(a[i].items) != len(b[i].items) {
			t.Fatalf("call %d differs with the same seed", i)
		}
		for k := range a[i].items {
			if a[i].items[k] != b[i].items[k] || a[i].labels[k] != b[i].labels[k] {
				t.Fatalf("call %d item %d differs with the same seed", i, k)
			}
		}
		same = same && a[i].trace == c[i].trace
	}
	if same {
		t.Error("another seed draws the same calls")
	}
	s1, m1, _ := storedFor(42, lookupKey{"u-1", "t-1"})
	s2, m2, _ := storedFor(42, lookupKey{"u-1", "t-1"})
	s3, _, _ := storedFor(42, lookupKey{"u-1t", "-1"})
	if s1 != s2 || m1 != m2 || s1 == s3 {
		t.Error("the store does not know its profiles")
	}
}

// TestRunsDoNotShareTraces wants ids to follow from the seed and from when the demo
// was built: what was sent before a restart is still there after it.
func TestRunsDoNotShareTraces(t *testing.T) {
	first := func(at time.Time) trace {
		return newDemo(t, Options{Roles: []string{"load"}, Now: func() time.Time { return at }}).traffic.draw().trace
	}
	if first(noon) != first(noon) {
		t.Error("the same run differs from itself")
	}
	if first(noon).ID == first(noon.Add(time.Second)).ID {
		t.Error("two runs of one seed share the ids of their traces")
	}
}
