//go:build !race

package slo_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/util/teststorage"

	"firewatch/signals/slo"
	"firewatch/sources"
)

// world is a store with an engine, and the true events that its counters count.
type world struct {
	t          *testing.T
	store      *teststorage.TestStorage
	engine     *promql.Engine
	end        time.Time
	bad, total []float64 // by minute, oldest first
}

// newWorld has four days of requests of one service: traffic is heavier by day,
// failures are few but for the last of them, which are as many as failing says.
func newWorld(t *testing.T, failing func(minutesLeft int) float64) *world {
	w := &world{t: t, store: teststorage.New(t), end: time.Unix(1_800_000_000, 0)}
	w.engine = promql.NewEngine(promql.EngineOpts{MaxSamples: 5_000_000, Timeout: time.Minute, Parser: parser.NewParser(parser.Options{})})
	t.Cleanup(func() { w.engine.Close() })
	const minutes = 4*24*60 + 5
	var good, bad float64
	app := w.store.Appender(context.Background())
	for m := range minutes + 1 {
		at := w.end.Add(time.Duration(m-minutes) * time.Minute).UnixMilli()
		for code, v := range map[string]float64{"200": good, "500": bad} {
			if _, err := app.Append(0, labels.FromStrings("__name__", "http_requests_total", "job", "api", "code", code), at, v); err != nil {
				t.Fatal(err)
			}
		}
		n := math.Round(1000 + 600*math.Sin(float64(m)/1440*2*math.Pi))
		b := math.Round(n * failing(minutes-m))
		good, bad = good+n-b, bad+b
		w.bad, w.total = append(w.bad, b), append(w.total, n)
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
	return w
}

// truth is the error ratio over a window, of events that were counted by hand.
func (w *world) truth(d time.Duration) float64 {
	last := len(w.bad) - 1 // what follows the last sample is not stored
	var bad, total float64
	for m := max(0, last-int(d/time.Minute)); m < last; m++ {
		bad, total = bad+w.bad[m], total+w.total[m]
	}
	return bad / total
}

// ask evaluates an expression at the end.
func (w *world) ask(expr string) promql.Vector {
	w.t.Helper()
	q, err := w.engine.NewInstantQuery(context.Background(), w.store, nil, expr, w.end)
	if err != nil {
		w.t.Fatalf("%s: %v", expr, err)
	}
	defer q.Close()
	v, err := q.Exec(context.Background()).Vector()
	if err != nil {
		w.t.Fatalf("%s: %v", expr, err)
	}
	return append(promql.Vector{}, v...)
}

func (w *world) one(expr string) float64 {
	w.t.Helper()
	v := w.ask(expr)
	if len(v) != 1 {
		w.t.Fatalf("%s has %d series", expr, len(v))
	}
	return v[0].F
}

// record stores the answers of the recording rules.
func (w *world) record(rules []sources.Rule) {
	for _, r := range rules {
		if r.Alerting {
			continue
		}
		app := w.store.Appender(context.Background())
		for _, s := range w.ask(r.Query) {
			b := labels.NewBuilder(s.Metric)
			b.Set("__name__", r.Name)
			for k, v := range r.Labels {
				b.Set(k, v)
			}
			if _, err := app.Append(0, b.Labels(), w.end.UnixMilli(), s.F); err != nil {
				w.t.Fatal(err)
			}
		}
		if err := app.Commit(); err != nil {
			w.t.Fatal(err)
		}
	}
}

// Ratios, factors, conditions and budgets are those that the rules of Sloth and of
// Pyrra come to on the same series.
func TestAnswersOfSlothAndPyrra(t *testing.T) {
	files := map[string]string{"sloth": "testdata/sloth-rules.yaml", "pyrra": "testdata/pyrra-rules.yaml"}
	for course, failing := range map[string]func(int) float64{
		"quiet":      func(int) float64 { return 0.0005 },
		"outage now": func(left int) float64 { return map[bool]float64{true: 0.3, false: 0.0005}[left < 70] },
		"outage over": func(left int) float64 {
			return map[bool]float64{true: 0.2, false: 0.0005}[left > 40 && left < 110]
		},
		"slow burn": func(left int) float64 { return map[bool]float64{true: 0.004, false: 0.0005}[left < 2000] },
	} {
		t.Run(course, func(t *testing.T) {
			w := newWorld(t, failing)
			for family, file := range files {
				rules := rulesIn(t, file)
				w.record(rules)
				f := slo.Recognise(rules)[0]
				burn := map[time.Duration]float64{}
				for d, selector := range f.Ratios {
					if d > 96*time.Hour {
						continue // an average over time, compared below
					}
					recorded := w.one(selector)
					bad, total := slo.SLI{Events: &slo.Events{Bad: f.Bad, Total: f.Total}}.Queries(d)
					if own := w.one("(" + bad + ") / (" + total + ")"); math.Abs(own-recorded) > 1e-12 {
						t.Errorf("%s over %v: %v, recorded is %v", family, d, own, recorded)
					}
					// A range of an hour holds the samples of 59 minutes, from which is
					// extrapolated.
					if a, b := w.truth(d), w.truth(d-time.Minute); recorded < min(a, b)-1e-5 || recorded > max(a, b)+1e-5 {
						t.Errorf("%s over %v: %v, of the events are %v to %v", family, d, recorded, a, b)
					}
					burn[d] = f.Burn(recorded)
				}
				want := map[string]bool{}
				for _, r := range rules {
					if r.Alerting && len(r.Query) > 100 && len(w.ask(r.Query)) > 0 {
						severity := r.Labels["sloth_severity"]
						if severity == "" {
							severity = map[string]string{"critical": "page", "warning": "ticket"}[r.Labels["severity"]]
						}
						want[severity] = true
					}
				}
				got := map[string]bool{}
				rows := f.Conditions(f.Rows, burn)
				for _, c := range rows {
					if c.Fires() {
						got[c.Severity] = true
					}
				}
				if got["page"] != want["page"] || got["ticket"] != want["ticket"] {
					t.Errorf("%s: conditions raise %v, the alerts %v", family, got, want)
				}
				if course == "outage now" && !got["page"] || course == "quiet" && len(got) > 0 || course == "slow burn" && (got["page"] || !got["ticket"]) {
					t.Errorf("%s: %v", family, got)
				}
			}
			// Pyrra's budget counts events, as the console's does.
			f := slo.Recognise(rulesIn(t, files["pyrra"]))[0]
			if recorded, counted := w.one(f.OverPeriod), w.truth(96*time.Hour+5*time.Minute); math.Abs(f.Left(recorded)-f.Left(counted)) > 0.02*f.Burn(counted) {
				t.Errorf("%v of the budget is left, of the events %v", f.Left(recorded), f.Left(counted))
			}
		})
	}
}

// The factors of the workbook are those that Sloth writes into its alerts.
func TestFactorsOfSloth(t *testing.T) {
	f := slo.Recognise(rulesIn(t, "testdata/sloth-rules.yaml"))[0]
	for i, w := range slo.Windows(1) {
		r := f.Rows[i]
		if r.Long != w.Long || r.Short != w.Short || r.Severity != w.Severity || !near(r.Factor(f.Period), w.Factor(f.Period)) || !near(r.Share, w.Share) {
			t.Errorf("row %d is %+v, Sloth's %+v", i, w, r)
		}
	}
}

// A burn of the factor over the long window takes the share of the budget; a burn
// that lasts for the whole period takes as much as it is; both at any period.
func TestSharesAndBurns(t *testing.T) {
	for days := 7; days <= 90; days++ {
		for _, target := range []float64{0.9, 0.99, 0.999, 0.9999} {
			o := slo.Objective{Target: target, Period: time.Duration(days) * day}
			for _, scale := range []int{1, 12} {
				for _, w := range slo.Windows(scale) {
					burn := w.Factor(o.Period)
					if !near(o.Spent(burn, w.Long), w.Share) || !near(o.Spent(burn, o.Period), burn) || !near(o.Left(burn*o.Budget()), 1-burn) {
						t.Fatalf("%v %+v: burn %v", o, w, burn)
					}
					// Half of the budget at this burn lasts half of the period over it.
					if d, ends := o.Exhaustion(0.5, burn); burn > 1 && (!ends || math.Abs(float64(d)-float64(o.Period)/2/burn) > 1) {
						t.Fatalf("%v %+v: gone in %v %v", o, w, d, ends)
					}
				}
			}
		}
	}
}
