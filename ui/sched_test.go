package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
)

// ask is a question of a source of that name.
type ask struct{ source, text string }

func (a ask) Source() string { return a.source }
func (a ask) String() string { return a.text }

// tail is a question that sets its own pace.
type tail struct{ ask }

func (tail) Every() time.Duration { return time.Second }

// steps drives a scheduler by hand: commands are kept, not run.
type steps struct {
	t   *testing.T
	s   *scheduler
	now time.Time
	// flight are the commands by query, with the contexts of those that ran.
	flight map[sources.Query]tea.Cmd
	ctx    map[sources.Query]context.Context
	reply  func(sources.Query) (sources.Frame, error)
}

func newSteps(t *testing.T) *steps {
	st := &steps{t: t, now: time.Unix(1_000_000, 0), flight: map[sources.Query]tea.Cmd{}, ctx: map[sources.Query]context.Context{}}
	st.s = newScheduler(context.Background(), st, 5*time.Second, func() time.Time { return st.now })
	return st
}

// Query implements [sources.Source].
func (st *steps) Query(ctx context.Context, q sources.Query, _ sources.Window) (sources.Frame, error) {
	st.ctx[q] = ctx
	if st.reply == nil {
		return sources.Frame{Names: []string{q.String()}, Cost: sources.Cost{Requests: 1, Samples: 10}}, nil
	}
	return st.reply(q)
}

// want names queries and returns those that were started by it, sorted.
func (st *steps) want(qs ...sources.Query) []string {
	st.t.Helper()
	cmd := st.s.want(st.now, sources.Window{}, qs)
	var out []string
	for _, c := range cmdsOf(cmd) {
		// The command is run to learn its query; its answer is kept for later.
		m := c().(resultMsg)
		st.flight[m.q] = func() tea.Msg { return m }
		out = append(out, m.q.String())
	}
	slices.Sort(out)
	return out
}

func cmdsOf(c tea.Cmd) []tea.Cmd {
	if c == nil {
		return nil
	}
	// A batch of one is the command itself; running a request is harmless here.
	switch m := c().(type) {
	case tea.BatchMsg:
		var out []tea.Cmd
		for _, k := range m {
			out = append(out, cmdsOf(k)...)
		}
		return out
	case resultMsg:
		return []tea.Cmd{func() tea.Msg { return m }}
	}
	return nil
}

// land lets the answer of a query come.
func (st *steps) land(q sources.Query) bool {
	st.t.Helper()
	c := st.flight[q]
	if c == nil {
		st.t.Fatalf("%s is not in flight", q)
	}
	delete(st.flight, q)
	return st.s.done(st.now, c().(resultMsg))
}

func (st *steps) pass(d time.Duration) { st.now = st.now.Add(d) }

func (st *steps) expect(what string, got []string, want ...string) {
	st.t.Helper()
	if !slices.Equal(got, want) {
		st.t.Errorf("%s: started %v, want %v", what, got, want)
	}
}

func fails(k sources.Kind) func(sources.Query) (sources.Frame, error) {
	return func(q sources.Query) (sources.Frame, error) {
		return sources.Frame{}, &sources.Error{Source: q.Source(), Kind: k, Err: errors.New("no")}
	}
}

func TestDueAndInFlight(t *testing.T) {
	st := newSteps(t)
	a, b := ask{"prom", "a"}, ask{"prom", "b"}
	st.expect("first", st.want(a, b, a), "a", "b")
	st.expect("in flight", st.want(a, b))
	if !st.land(a) {
		t.Error("an answer was not taken")
	}
	st.expect("answered", st.want(a, b))
	st.pass(5 * time.Second)
	st.expect("due again, the other still in flight", st.want(a, b), "a")
	if r := st.s.entries[a]; r.Frame.Names[0] != "a" || !r.Ready() || r.Err != nil {
		t.Errorf("the answer is %+v", r.Result)
	}
	if st.s.flying != 2 {
		t.Errorf("%d in flight, want 2", st.s.flying)
	}
}

func TestRefresherAndBlur(t *testing.T) {
	st := newSteps(t)
	a, l := ask{"prom", "a"}, tail{ask{"logs", "l"}}
	st.want(a, l)
	st.land(a)
	st.land(l)
	st.pass(time.Second)
	st.expect("the tail is due each second", st.want(a, l), "l")
	st.land(l)
	st.s.blurred = true
	st.pass(3 * time.Second)
	st.expect("nobody looks", st.want(a, l))
	st.pass(time.Second)
	st.expect("four times slower", st.want(a, l), "l")
	st.s.blurred = false
	st.expect("looked at again", st.want(a, l), "a")
}

func TestBackOff(t *testing.T) {
	st := newSteps(t)
	a, b := ask{"prom", "a"}, ask{"prom", "b"}
	st.reply = func(q sources.Query) (sources.Frame, error) {
		if q == sources.Query(a) {
			return fails(sources.BadQuery)(q)
		}
		return sources.Frame{}, nil
	}
	st.want(a, b)
	st.land(a)
	st.land(b)
	for _, wait := range []time.Duration{10 * time.Second, 20 * time.Second, 30 * time.Second, 30 * time.Second} {
		st.pass(wait - time.Second)
		if slices.Contains(st.want(a, b), "a") {
			t.Errorf("asked before %s were over", wait)
		}
		if st.flight[b] != nil {
			st.land(b)
		}
		st.pass(time.Second)
		if !slices.Contains(st.want(a, b), "a") {
			t.Errorf("not asked after %s", wait)
		}
		st.land(a)
		if st.flight[b] != nil {
			st.land(b)
		}
	}
	e := st.s.entries[a]
	if e.Err == nil || e.Ready() {
		t.Errorf("the error is not kept: %+v", e.Result)
	}
	st.reply = nil
	st.pass(30 * time.Second)
	st.want(a)
	st.land(a)
	if e.Err != nil || e.fails != 0 {
		t.Errorf("a good answer leaves %v, %d fails", e.Err, e.fails)
	}
}

func TestLastGoodFrameStays(t *testing.T) {
	st := newSteps(t)
	a := ask{"prom", "a"}
	st.want(a)
	st.land(a)
	st.reply = fails(sources.Failed)
	at := st.now
	st.pass(5 * time.Second)
	st.want(a)
	st.land(a)
	e := st.s.entries[a]
	if e.Err == nil || len(e.Frame.Names) != 1 || !e.At.Equal(at) {
		t.Errorf("after a failure: %+v", e.Result)
	}
	if st.s.stale(e, a, st.now) {
		t.Error("stale after one refresh")
	}
	st.pass(7 * time.Second)
	if !st.s.stale(e, a, st.now) {
		t.Error("not stale after more than two refreshes")
	}
}

func TestCancelOnLeave(t *testing.T) {
	st := newSteps(t)
	a, b := ask{"prom", "a"}, ask{"prom", "b"}
	st.want(a)
	st.expect("another tab", st.want(b), "b")
	if st.ctx[a].Err() == nil {
		t.Error("the request of the tab that was left is not cancelled")
	}
	if st.ctx[b].Err() != nil {
		t.Error("the request of the open tab is cancelled")
	}
	if st.land(a) {
		t.Error("a late answer was taken")
	}
	if st.s.flying != 1 {
		t.Errorf("%d in flight, want 1", st.s.flying)
	}
	st.expect("back again", st.want(a), "a")
}

func TestForgets(t *testing.T) {
	st := newSteps(t)
	a, b := ask{"prom", "a"}, ask{"prom", "b"}
	st.want(a)
	st.land(a)
	st.pass(keep)
	st.want(b)
	if st.s.entries[a] == nil {
		t.Error("forgotten too soon")
	}
	st.pass(time.Second)
	st.want(b)
	if st.s.entries[a] != nil {
		t.Error("an answer that nobody looks at is kept for ever")
	}
}

func TestForgetsTheOldestOfMany(t *testing.T) {
	st := newSteps(t)
	for i := range 3 * spare {
		q := ask{"prom", fmt.Sprint(i)}
		st.want(q)
		st.land(q)
	}
	if n := len(st.s.entries); n > spare+2 {
		t.Errorf("%d answers are kept, at most %d", n, spare+1)
	}
	if st.s.entries[ask{"prom", fmt.Sprint(3*spare - 2)}] == nil {
		t.Error("the newest answer is forgotten")
	}
}

func TestGeneration(t *testing.T) {
	st := newSteps(t)
	a, b := ask{"prom", "a"}, ask{"prom", "b"}
	st.want(a, b)
	st.land(b)
	st.s.bump()
	if st.ctx[a].Err() == nil {
		t.Error("the old window's request is not cancelled")
	}
	if st.land(a) {
		t.Error("the old window's answer was taken")
	}
	st.expect("asked again at once", st.want(a, b), "a", "b")
	if !st.land(a) {
		t.Error("the new window's answer was not taken")
	}
}

func TestOneProbe(t *testing.T) {
	st := newSteps(t)
	a, b, c, other := ask{"prom", "a"}, ask{"prom", "b"}, ask{"prom", "c"}, ask{"am", "x"}
	st.want(a, b, c, other)
	for _, q := range []sources.Query{a, b, c, other} {
		st.land(q)
	}
	st.reply = func(q sources.Query) (sources.Frame, error) {
		if q.Source() == "prom" {
			return fails(sources.Unreachable)(q)
		}
		return sources.Frame{}, nil
	}
	st.pass(5 * time.Second)
	st.want(a, b, c, other)
	st.land(a)
	if st.s.entries[c].Err != nil {
		t.Error("a request in flight is told before it ends")
	}
	st.land(b)
	st.land(c)
	st.land(other)
	seen := map[string]int{}
	for i := range 6 {
		st.pass(maxProbe)
		started := slices.DeleteFunc(st.want(a, b, c, other), func(q string) bool { return q == "x" })
		if len(started) != 1 {
			t.Fatalf("round %d: probes %v, want one", i, started)
		}
		seen[started[0]]++
		st.expect("no second probe at once", slices.DeleteFunc(st.want(a, b, c, other), func(q string) bool { return q == "x" }))
		for q := range st.flight {
			st.land(q)
		}
	}
	if len(seen) != 3 {
		t.Errorf("the probes are %v: one query starves", seen)
	}
	d := ask{"prom", "new"}
	st.want(a, b, c, d)
	if st.s.entries[d].Err == nil {
		t.Error("a new query of a dead source has no reason")
	}
	st.reply = nil
	st.pass(maxProbe)
	st.want(a, b, c)
	for q := range st.flight {
		st.land(q)
	}
	if got := st.want(a, b, c); len(got) != 3 {
		t.Errorf("after the source came back %v were asked, want all", got)
	}
}

func TestProbesWithinSeconds(t *testing.T) {
	st := newSteps(t)
	a := ask{"prom", "a"}
	st.reply = fails(sources.Unreachable)
	var waits []time.Duration
	last := st.now
	for range 60 {
		if len(st.want(a)) > 0 {
			waits = append(waits, st.now.Sub(last))
			last = st.now
			st.land(a)
		}
		st.pass(time.Second)
	}
	want := []time.Duration{0, 1, 2, 4, 8, 10, 10, 10, 10}
	for i := range want {
		want[i] *= time.Second
	}
	if !slices.Equal(waits, want) {
		t.Errorf("probes after %v, want %v", waits, want)
	}
}

func TestTimeoutsInARow(t *testing.T) {
	st := newSteps(t)
	slow := ask{"prom", "slow"}
	st.reply = fails(sources.Timeout)
	for i := range deaf {
		if st.s.healthOf("prom").dead() {
			t.Errorf("dead after %d time-outs", i)
		}
		st.pass(maxBackoff)
		st.want(slow)
		st.land(slow)
	}
	if !st.s.healthOf("prom").dead() {
		t.Errorf("alive after %d time-outs", deaf)
	}
}

func TestRefusalIsNoDeath(t *testing.T) {
	for _, k := range []sources.Kind{sources.Denied, sources.BadQuery, sources.Failed, sources.TooLarge} {
		st := newSteps(t)
		a := ask{"prom", "a"}
		st.reply = fails(k)
		st.want(a)
		st.land(a)
		if st.s.healthOf("prom").dead() {
			t.Errorf("%s makes a source dead", k)
		}
	}
}

func TestSlots(t *testing.T) {
	st := newSteps(t)
	var qs []sources.Query
	for i := range 12 {
		qs = append(qs, ask{"prom", fmt.Sprintf("p%02d", i)})
	}
	qs = append(qs, ask{"am", "x"}, ask{"es", "y"}, ask{"es", "z"})
	got := st.want(qs...)
	st.expect("eight in all, six for each source", got, "p00", "p01", "p02", "p03", "p04", "p05", "x", "y")
	st.land(qs[0])
	st.expect("a slot is free", st.want(qs...), "p06")
	st.land(qs[12])
	st.expect("for another source", st.want(qs...), "z")
	// Those that never had a turn go before those that are due again.
	st.pass(time.Minute)
	st.land(qs[1])
	if got := st.want(qs...); !slices.Equal(got, []string{"p07"}) {
		t.Errorf("started %v, want the one that waits longest", got)
	}
}

func TestPause(t *testing.T) {
	st := newSteps(t)
	a, b := ask{"prom", "a"}, ask{"prom", "b"}
	st.want(a)
	st.land(a)
	st.s.paused = true
	st.pass(time.Minute)
	st.expect("only what was never asked", st.want(a, b), "b")
	st.land(b)
	st.s.bump()
	st.expect("a refresh by hand", st.want(a, b), "a", "b")
	st.land(a)
	st.land(b)
	st.pass(time.Minute)
	st.expect("and no more", st.want(a, b))
}

func TestFreeze(t *testing.T) {
	st := newSteps(t)
	a, b := ask{"prom", "a"}, ask{"prom", "b"}
	st.want(a)
	st.land(a)
	st.s.freeze(st.now, true)
	v, shown := st.s.entries[a].version, st.s.entries[a].At
	st.reply = func(sources.Query) (sources.Frame, error) { return sources.Frame{Names: []string{"new"}}, nil }
	st.pass(5 * time.Second)
	st.want(a, b)
	if st.land(a) || st.s.entries[a].version != v || st.s.entries[a].Frame.Names[0] != "a" {
		t.Error("a frozen answer changed")
	}
	if got := st.s.entries[a].At; !got.Equal(shown) {
		t.Errorf("a frozen answer says that it is of %v, not of %v", got, shown)
	}
	if !st.land(b) {
		t.Error("a first answer is held back")
	}
	if st.s.heldBack() != 1 {
		t.Errorf("%d held back, want 1", st.s.heldBack())
	}
	st.s.freeze(st.now, false)
	if st.s.entries[a].Frame.Names[0] != "new" || st.s.heldBack() != 0 {
		t.Error("the newest answer is lost")
	}
	if got := st.s.entries[a].At; got.Sub(shown) != 5*time.Second {
		t.Errorf("the newest answer says that it is of %v, the one before was of %v", got, shown)
	}
}

func TestAgain(t *testing.T) {
	st := newSteps(t)
	a, b, c := ask{"prom", "a"}, ask{"prom", "b"}, ask{"am", "c"}
	st.want(a, b, c)
	for _, q := range []sources.Query{a, b, c} {
		st.land(q)
	}
	st.s.again(a)
	st.expect("one query", st.want(a, b, c), "a")
	st.land(a)
	st.s.againOf("am")
	st.expect("one source", st.want(a, b, c), "c")
}

func TestProgramEnds(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	st := newSteps(t)
	st.s.ctx = ctx
	a := ask{"prom", "a"}
	st.reply = func(sources.Query) (sources.Frame, error) { return sources.Frame{}, context.Canceled }
	st.want(a)
	stop()
	if st.land(a) || st.s.entries[a].Err != nil {
		t.Error("the end of the program shows as an error")
	}
}

func TestCosts(t *testing.T) {
	st := newSteps(t)
	a := ask{"prom", "a"}
	st.want(a)
	st.land(a)
	st.reply = fails(sources.Failed)
	st.pass(time.Minute)
	st.want(a)
	st.land(a)
	if c := st.s.total; c.Requests != 2 || c.Samples != 10 {
		t.Errorf("the costs are %+v", c)
	}
}

// One query that a server refuses to serve, among others that it answers, must
// not have the others asked without end, in whatever order the answers come.
func TestOneFailsAmongMany(t *testing.T) {
	for _, kind := range []sources.Kind{sources.Unreachable, sources.Busy, sources.NotThis} {
		for _, first := range []bool{true, false} {
			t.Run(fmt.Sprint(kind, " first ", first), func(t *testing.T) {
				st := newSteps(t)
				bad, good := ask{"prom", "bad"}, []sources.Query{ask{"prom", "b"}, ask{"prom", "c"}, ask{"prom", "d"}}
				all := append([]sources.Query{bad}, good...)
				st.reply = func(q sources.Query) (sources.Frame, error) {
					if q == bad {
						return fails(kind)(q)
					}
					return sources.Frame{Names: []string{"x"}}, nil
				}
				asked := map[string]int{}
				const seconds = 120
				for range seconds {
					for rounds := 0; ; rounds++ {
						if rounds > 20 {
							t.Fatal("answers lead to requests without end")
						}
						started := st.want(all...)
						for _, q := range started {
							asked[q]++
						}
						if len(st.flight) == 0 {
							break
						}
						if _, ok := st.flight[bad]; ok && first {
							st.land(bad)
						}
						for _, q := range good {
							if _, ok := st.flight[q]; ok {
								st.land(q)
							}
						}
						if _, ok := st.flight[bad]; ok {
							st.land(bad)
						}
					}
					st.pass(time.Second)
				}
				if asked["bad"] > 30 {
					t.Errorf("the query that fails was asked %d times in %d s", asked["bad"], seconds)
				}
				for _, q := range good {
					if n := asked[q.String()]; n < seconds/15 || n > seconds/2 {
						t.Errorf("%s was asked %d times in %d s", q, n, seconds)
					}
					if e := st.s.entries[q]; e.Err != nil && st.now.Sub(e.At) > 20*time.Second {
						t.Errorf("%s is held to be dead: %v, last answer %s ago", q, e.Err, st.now.Sub(e.At))
					}
				}
			})
		}
	}
}

// TestDeadSourceIsSaidPlainly has one query find its source dead: the others
// name what is wrong with the source, not the request of another.
func TestDeadSourceIsSaidPlainly(t *testing.T) {
	st := newSteps(t)
	a, b, c := ask{"prom", "a"}, ask{"prom", "b"}, ask{"prom", "c"}
	st.want(b)
	st.land(b)
	st.reply = func(q sources.Query) (sources.Frame, error) {
		return sources.Frame{}, &sources.Error{Source: "prom", Kind: sources.Unreachable, What: "ask " + q.String(), Err: errors.New("cannot reach web:9090")}
	}
	st.want(a, b)
	st.land(a)
	st.want(a, b, c)
	for q, want := range map[ask]string{a: "prom: ask a: cannot reach web:9090", b: "prom: cannot reach web:9090", c: "prom: cannot reach web:9090"} {
		if err := st.s.entries[q].Err; err == nil || err.Error() != want {
			t.Errorf("%s says %v, want %s", q.text, err, want)
		}
	}
}
