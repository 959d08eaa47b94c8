package sources

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// maxTails is how many tails are remembered: what a screen shows and a few
	// that it may come back to.
	maxTails = 4
	// firstPage, pollPage and maxPages bound one poll.
	firstPage = 500
	pollPage  = 1000
	maxPages  = 5
	// maxTailLines and maxTailBytes bound what a tail keeps.
	maxTailLines = 20_000
	maxTailBytes = 64 << 20
	// maxAhead is how far into the future a line may move the cursor. One that
	// claims more would keep all that follow from being read.
	maxAhead = time.Minute
	// lateBy is how much older than what is shown a line must be to count as late.
	lateBy = 5 * time.Second
	// sayFor is how long skipped lines are spoken of.
	sayFor = 30 * time.Second
)

// tails are the tails by their query. The zero value is ready.
type tails struct {
	mu  sync.Mutex
	all map[Tail]*tail
}

// of is the tail of a query; beyond maxTails the one that was asked longest ago
// is forgotten.
func (ts *tails) of(q Tail, now time.Time) *tail {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.all[q]
	if t == nil {
		if len(ts.all) >= maxTails {
			var oldest Tail
			var since time.Time
			for k, v := range ts.all {
				if since.IsZero() || v.asked.Before(since) {
					oldest, since = k, v.asked
				}
			}
			delete(ts.all, oldest)
		}
		if ts.all == nil {
			ts.all = map[Tail]*tail{}
		}
		t = &tail{turn: make(chan struct{}, 1), limit: bound(q.Limit, 5000, maxTailLines)}
		ts.all[q] = t
	}
	t.asked = now
	return t
}

// tail is one stream of lines.
type tail struct {
	asked time.Time     // under tails.mu
	turn  chan struct{} // whoever filled it may use progress
	limit int
	progress
}

// progress is what is known of a stream.
type progress struct {
	// field is what the cursor counts; another one begins anew.
	field string
	// cursor is the greatest arrival read, started the first one. Lines that
	// arrived no later than started and happened before horizon were there
	// before the tail: they are not its business.
	cursor, started, horizon time.Time
	// skew is how far the clock of the arrivals is ahead of ours.
	skew time.Duration
	// floor is where skipping ended: what arrived before is not looked for again.
	floor time.Time

	lines []*Log // in order; the slice is never changed, only replaced
	seen  seen

	skipped   int
	skippedAt time.Time
}

// tail answers [Tail].
func (es *elasticsearch) tail(ctx context.Context, q Tail) (Frame, error) {
	sc, err := es.learn(ctx, q.Filter)
	if err != nil {
		return Frame{}, err
	}
	t := es.tails.of(q, es.now())
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return Frame{}, ctx.Err()
	}
	field, overlap := sc.arrival()
	if t.field != field {
		t.progress = progress{field: field}
	}
	p := &poll{es: es, sc: sc, q: q, t: t, overlap: overlap}
	if t.cursor.IsZero() {
		err = p.begin(ctx)
	} else {
		err = p.follow(ctx)
	}
	p.take()
	if err != nil {
		return Frame{}, err
	}
	if t.skipped > 0 && es.now().Sub(t.skippedAt) < sayFor {
		p.notes = append(p.notes, fmt.Sprintf("%d lines skipped, narrow the filter", t.skipped))
	} else {
		t.skipped = 0
	}
	return Frame{Logs: t.lines, Notes: p.notes, Cost: Cost{Samples: p.samples}}, nil
}

// poll is one look for new lines.
type poll struct {
	es      *elasticsearch
	sc      schema
	q       Tail
	t       *tail
	overlap time.Duration

	fresh   []*Log
	samples int
	notes   []string
}

// find searches with the tail's filter and conditions of its own.
func (p *poll) find(ctx context.Context, body object, also ...object) (*hits, error) {
	query, err := p.sc.query(p.q.Filter, p.q.Level, also...)
	if err != nil {
		return nil, err
	}
	body["query"], body["timeout"] = query, "3s"
	h, err := p.es.search(ctx, body)
	if err != nil {
		return nil, err
	}
	p.samples += len(h.lines)
	for _, n := range h.notes {
		if !slices.Contains(p.notes, n) {
			p.notes = append(p.notes, n)
		}
	}
	return h, nil
}

// begin reads the newest lines.
func (p *poll) begin(ctx context.Context) error {
	t := p.t
	size := min(firstPage, t.limit)
	h, err := p.find(ctx, object{"sort": p.sc.sorted("desc"), "size": size, "track_total_hits": false})
	if err != nil || len(h.lines) == 0 {
		return err
	}
	var arrivals []time.Time
	for _, l := range h.lines {
		arrivals = append(arrivals, p.arrival(l))
	}
	slices.SortFunc(arrivals, time.Time.Compare)
	t.skew = max(0, arrivals[len(arrivals)/2].Sub(p.es.now()))
	p.add(h.lines)
	t.started = t.cursor
	if len(h.lines) == size {
		t.horizon = h.lines[len(h.lines)-1].Time
	}
	return nil
}

// follow reads what arrived since, and looks back over what may have become
// visible only after younger lines. When nothing is amiss it is one request.
func (p *poll) follow(ctx context.Context) error {
	t := p.t
	low := t.cursor.Add(-p.overlap)
	if t.floor.After(low) {
		low = t.floor
	}
	all := p.arrived("gte", low, time.Time{})
	h, err := p.find(ctx, object{"sort": p.order("asc"), "size": pollPage, "track_total_hits": true}, all...)
	if err != nil {
		return err
	}
	p.add(h.lines)
	if h.total <= len(h.lines) {
		return nil
	}
	// More than a page: from here on a snapshot, so that lines of one instant
	// are not lost between pages.
	id, err := p.es.openPIT(ctx)
	if err != nil {
		return err
	}
	defer p.es.closePIT(ctx, id)
	from := t.cursor
	back := p.arrived("gte", low, from)
	h, err = p.find(ctx, object{"size": 0, "track_total_hits": true, "pit": object{"id": id}}, back...)
	if err != nil {
		return err
	}
	if h.total > t.seen.between(low, from) {
		left, err := p.pages(ctx, id, back)
		if err != nil {
			return err
		}
		if left > 0 {
			p.skip(h.total - t.seen.between(low, from))
			t.floor = from
		}
	}
	ahead := p.arrived("gt", from, time.Time{})
	left, err := p.pages(ctx, id, ahead)
	if err != nil || left == 0 {
		return err
	}
	// Too much to read: go on from the newest.
	h, err = p.find(ctx, object{"sort": p.order("desc"), "size": pollPage, "track_total_hits": false, "pit": object{"id": id}}, ahead...)
	if err != nil {
		return err
	}
	before := len(p.fresh)
	p.add(h.lines)
	p.skip(left - (len(p.fresh) - before))
	t.floor = t.cursor
	for _, l := range h.lines {
		if at := p.arrival(l); at.Before(t.floor) {
			t.floor = at
		}
	}
	return nil
}

// pages reads up to maxPages in the order of arrival from a snapshot and
// returns how many lines it did not come to.
func (p *poll) pages(ctx context.Context, pit string, where []object) (left int, err error) {
	body := object{"sort": p.order("asc"), "size": pollPage, "track_total_hits": true, "pit": object{"id": pit}}
	for page := range maxPages {
		h, err := p.find(ctx, body, where...)
		if err != nil {
			return 0, err
		}
		if page == 0 {
			left = h.total
		}
		p.add(h.lines)
		left -= len(h.lines)
		if len(h.lines) < pollPage || left <= 0 {
			return 0, nil
		}
		body["search_after"], body["track_total_hits"] = h.last, false
	}
	return left, nil
}

// arrived is the lines that arrived since a time, and no later than another
// unless that is zero, without those that were there before the tail. A line
// that does not say when it arrived did so when it happened.
func (p *poll) arrived(op string, from, to time.Time) []object {
	between := func(field string) object {
		bounds := object{op: stamp(from), "format": "strict_date_optional_time"}
		if !to.IsZero() {
			bounds["lte"] = stamp(to)
		}
		return object{"range": object{field: bounds}}
	}
	came := between(p.t.field)
	if at := p.sc.time(); at != p.t.field {
		came = object{"bool": object{"minimum_should_match": 1, "should": []object{came, {"bool": object{
			"filter": []object{between(at)}, "must_not": []object{{"exists": object{"field": p.t.field}}},
		}}}}}
	}
	out := []object{came}
	if !p.t.horizon.IsZero() && !from.After(p.t.started) {
		before := func(field, op string, t time.Time) object {
			return object{"range": object{field: object{op: stamp(t), "format": "strict_date_optional_time"}}}
		}
		out = append(out, object{"bool": object{"must_not": []object{{"bool": object{"filter": []object{
			before(p.t.field, "lte", p.t.started), before(p.sc.time(), "lt", p.t.horizon),
		}}}}}})
	}
	return out
}

func (p *poll) order(direction string) []object {
	out := []object{{p.t.field: object{"order": direction, "unmapped_type": "date"}}}
	if at := p.sc.time(); at != p.t.field {
		out = append(out, object{at: object{"order": direction, "unmapped_type": "date"}})
	}
	return out
}

// arrival is when a line came, by the clock that the cursor counts.
func (p *poll) arrival(l *Log) time.Time {
	if p.t.field == "event.ingested" && !l.Ingested.IsZero() {
		return l.Ingested.Truncate(time.Millisecond)
	}
	return l.Time.Truncate(time.Millisecond)
}

// add takes in the lines that were not seen yet and moves the cursor.
func (p *poll) add(lines []*Log) {
	last := p.es.now().Add(p.t.skew + maxAhead)
	for _, l := range lines {
		at := p.arrival(l)
		if p.t.seen.add(l.Index+"/"+l.ID, at) {
			p.fresh = append(p.fresh, l)
		}
		if at.After(p.t.cursor) && at.Before(last) {
			p.t.cursor = at
		}
	}
}

func (p *poll) skip(n int) {
	if n > 0 {
		p.t.skipped += n
		p.t.skippedAt = p.es.now()
	}
}

// take puts the fresh lines among those kept.
func (p *poll) take() {
	t := p.t
	if len(p.fresh) == 0 {
		return
	}
	slices.SortStableFunc(p.fresh, byTime)
	if n := len(t.lines); n > 0 {
		line := t.lines[n-1].Time.Add(-lateBy)
		for _, l := range p.fresh {
			l.Late = l.Time.Before(line)
		}
	}
	merged := make([]*Log, 0, len(t.lines)+len(p.fresh))
	old, fresh := t.lines, p.fresh
	for len(old) > 0 && len(fresh) > 0 {
		if byTime(fresh[0], old[0]) < 0 {
			merged, fresh = append(merged, fresh[0]), fresh[1:]
		} else {
			merged, old = append(merged, old[0]), old[1:]
		}
	}
	merged = append(append(merged, old...), fresh...)
	keep, bytes := 0, 0
	for keep < min(len(merged), t.limit) && bytes <= maxTailBytes {
		l := merged[len(merged)-1-keep]
		bytes += len(l.Raw) + len(l.Message) + len(l.Stack)
		keep++
	}
	t.lines = slices.Clip(merged[len(merged)-keep:])
}
