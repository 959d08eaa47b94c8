package ui

import (
	"context"
	"errors"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
)

const (
	// slots bounds the requests in flight, slotsEach those to one source, so that
	// a source that hangs leaves room for the others.
	slots, slotsEach = 8, 6
	// keep is how long an answer stays after its query left the screen, and spare
	// how many such answers there are at most: typing a filter leaves one a key.
	keep, spare = 5 * time.Minute, 64
	// maxBackoff bounds the wait after failures of one query.
	maxBackoff = 30 * time.Second
	// blurSlows is what the intervals are multiplied by while the terminal is not looked at.
	blurSlows = 4
)

// scheduler is the only starter of I/O. It has no goroutine and no clock: the
// shell calls want after every message and done with every answer, and Bubble
// Tea runs the commands that want returns.
type scheduler struct {
	ctx    context.Context
	source sources.Source
	// clock only measures how long a request took, off the event loop.
	clock   func() time.Time
	every   time.Duration
	gen     int
	entries map[sources.Query]*entry
	health  map[string]*health
	round   uint64
	serial  uint64
	flying  int
	blurred bool
	// paused stops the refreshing: only what was never asked since the last
	// generation is asked.
	paused bool
	// frozen keeps what is on the screen: newer answers are held back.
	frozen bool
	// frozenAt is since when.
	frozenAt time.Time
	total    sources.Cost
}

// entry is what is known of one query.
type entry struct {
	Result
	// version is unique among all answers, so that a change of it is a change of the data.
	version uint64
	// gen is the generation that was last answered.
	gen int
	// round is the last call of want that named the query, wanted its time, born the first.
	round        uint64
	wanted, born time.Time
	// serial names the request in flight; cancel is nil when there is none.
	serial uint64
	cancel context.CancelFunc
	// ended is when the last request ended; wait is the time from then to the next.
	ended time.Time
	wait  time.Duration
	fails int
	// alone counts the failures in a row that came while the source answered others.
	alone int
	// held is the newest answer that came while the screen was frozen, heldAt when.
	held   *resultMsg
	heldAt time.Time
}

// resultMsg is the end of one request.
type resultMsg struct {
	q      sources.Query
	gen    int
	serial uint64
	frame  sources.Frame
	err    error
	took   time.Duration
}

func newScheduler(ctx context.Context, src sources.Source, every time.Duration, clock func() time.Time) *scheduler {
	return &scheduler{
		ctx: ctx, source: src, every: every, clock: clock, gen: 1,
		entries: map[sources.Query]*entry{}, health: map[string]*health{},
	}
}

// want starts a request for each query that is due, as far as there are slots,
// cancels those in flight for queries that nobody wants any more, and forgets
// answers that nobody looked at for long.
func (s *scheduler) want(now time.Time, w sources.Window, qs []sources.Query) tea.Cmd {
	s.round++
	var due []*entry
	var asks []sources.Query
	for _, q := range qs {
		e := s.entries[q]
		if e == nil {
			e = &entry{born: now}
			if h := s.health[q.Source()]; h != nil && h.dead() {
				e.Err = h.err
			}
			s.entries[q] = e
		}
		if e.round == s.round {
			continue
		}
		e.round, e.wanted = s.round, now
		if e.cancel == nil && s.due(e, q, now) {
			due, asks = append(due, e), append(asks, q)
		}
	}
	s.tidy(now)
	if len(due) == 0 {
		return nil
	}
	// Who waited longest goes first, so that a few fast queries cannot take all slots.
	order := make([]int, len(due))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return due[a].ended.Compare(due[b].ended) })
	var cmds []tea.Cmd
	for _, i := range order {
		if s.flying >= slots {
			break
		}
		if cmd := s.start(now, w, asks[i], due[i]); cmd != nil {
			cmds = append(cmds, cmd)
		}
	}
	return tea.Batch(cmds...)
}

// tidy cancels what nobody wants any more and forgets what nobody wanted for long.
func (s *scheduler) tidy(now time.Time) {
	unwanted := 0
	var oldest sources.Query
	for q, e := range s.entries {
		if e.round == s.round {
			continue
		}
		if e.cancel != nil {
			s.land(e, q.Source())
		}
		if now.Sub(e.wanted) > keep {
			delete(s.entries, q)
			continue
		}
		unwanted++
		if oldest == nil || e.round < s.entries[oldest].round {
			oldest = q
		}
	}
	if unwanted > spare {
		delete(s.entries, oldest)
	}
}

// due says whether a query that is on the screen should be asked.
func (s *scheduler) due(e *entry, q sources.Query, now time.Time) bool {
	switch {
	case e.gen != s.gen:
		return true
	case s.paused:
		return false
	case s.healthOf(q.Source()).dead():
		// The source's own probes decide when this is asked again.
		return true
	}
	return !now.Before(e.ended.Add(max(e.wait, s.interval(q))))
}

// interval is the time between an answer and the next request of a query.
func (s *scheduler) interval(q sources.Query) time.Duration {
	d := s.every
	if r, ok := q.(sources.Refresher); ok && r.Every() > 0 {
		d = r.Every()
	}
	if s.blurred {
		d *= blurSlows
	}
	return d
}

// start makes the command that asks q, or nil when its source has no slot.
func (s *scheduler) start(now time.Time, w sources.Window, q sources.Query, e *entry) tea.Cmd {
	h := s.healthOf(q.Source())
	if !h.admits(now) {
		return nil
	}
	s.serial++
	ctx, cancel := context.WithCancel(s.ctx)
	e.cancel, e.serial, e.Asked = cancel, s.serial, true
	h.flying++
	s.flying++
	src, gen, serial, clock := s.source, s.gen, s.serial, s.clock
	return func() tea.Msg {
		began := clock()
		f, err := src.Query(ctx, q, w)
		return resultMsg{q: q, gen: gen, serial: serial, frame: f, err: err, took: clock().Sub(began)}
	}
}

// land ends the request in flight, whether answered or given up.
func (s *scheduler) land(e *entry, source string) {
	e.cancel()
	e.cancel = nil
	s.flying--
	s.healthOf(source).flying--
}

// done takes an answer in, and says whether it changed what can be shown.
func (s *scheduler) done(now time.Time, m resultMsg) bool {
	e := s.entries[m.q]
	if e == nil || e.cancel == nil || m.serial != e.serial {
		return false
	}
	s.land(e, m.q.Source())
	if errors.Is(m.err, context.Canceled) && s.ctx.Err() != nil {
		return false
	}
	e.ended = now
	if m.err != nil {
		s.total.Requests++
	}
	s.total.Requests += m.frame.Cost.Requests
	s.total.Bytes += m.frame.Cost.Bytes
	s.total.Samples += m.frame.Cost.Samples
	s.judge(now, e, m)
	e.gen = m.gen
	if m.err != nil {
		e.fails++
		e.wait = min(maxBackoff, s.every<<min(e.fails, 6))
		e.Err, e.Took = m.err, m.took
		s.version(e)
		return true
	}
	e.fails, e.alone, e.wait = 0, 0, 0
	if s.frozen && e.Ready() {
		// At stays that of what is shown: nobody must take it for newer than it is.
		e.held, e.heldAt = &m, now
		return false
	}
	s.accept(e, now, m)
	return true
}

// accept puts an answer on the screen.
func (s *scheduler) accept(e *entry, now time.Time, m resultMsg) {
	e.Frame, e.At, e.Err, e.Took, e.held = m.frame, now, nil, m.took, nil
	s.version(e)
}

func (s *scheduler) version(e *entry) {
	s.serial++
	e.version = s.serial
}

// bump starts a new generation: what is in flight is given up, and everything
// on the screen is asked again at once, dead sources included.
func (s *scheduler) bump() {
	s.gen++
	for q, e := range s.entries {
		if e.cancel != nil {
			s.land(e, q.Source())
		}
		e.wait, e.fails, e.ended = 0, 0, time.Time{}
	}
	for _, h := range s.health {
		h.until = time.Time{}
	}
}

// again has one query asked at once, whatever its interval.
func (s *scheduler) again(q sources.Query) {
	if e := s.entries[q]; e != nil {
		e.ended, e.wait, e.gen = time.Time{}, 0, 0
	}
}

// againOf has all queries of a source asked at once, after a write to it or its
// return; one whose failures are its own goes on waiting.
func (s *scheduler) againOf(source string) {
	for q, e := range s.entries {
		if q.Source() == source && e.alone <= suspect {
			s.again(q)
		}
	}
}

// freeze keeps the screen as it is, or lets it go on with the newest answers.
func (s *scheduler) freeze(now time.Time, on bool) {
	s.frozen, s.frozenAt = on, now
	if on {
		return
	}
	for _, e := range s.entries {
		if e.held != nil {
			s.accept(e, e.heldAt, *e.held)
		}
	}
}

// heldBack counts the answers that a frozen screen does not show yet.
func (s *scheduler) heldBack() int {
	n := 0
	for _, e := range s.entries {
		if e.held != nil {
			n++
		}
	}
	return n
}

// stale says that an answer on the screen is older than two refreshes.
func (s *scheduler) stale(e *entry, q sources.Query, now time.Time) bool {
	return e.Ready() && now.Sub(e.At) > 2*s.interval(q)+time.Second
}

// settled says whether every query on the screen has an answer or an error.
func (s *scheduler) settled() bool {
	for _, e := range s.entries {
		if e.round == s.round && !e.Ready() && e.Err == nil {
			return false
		}
	}
	return true
}

// stop gives up everything in flight.
func (s *scheduler) stop() {
	for q, e := range s.entries {
		if e.cancel != nil {
			s.land(e, q.Source())
		}
	}
}

// failing counts the queries on the screen that go to a source, and those whose
// last request failed, with one of the errors.
func (s *scheduler) failing(source string) (all, failed int, err error) {
	var newest uint64
	for q, e := range s.entries {
		if e.round != s.round || q.Source() != source {
			continue
		}
		all++
		if e.Err != nil {
			failed++
			if e.version > newest {
				newest, err = e.version, e.Err
			}
		}
	}
	return all, failed, err
}
