package sources

import (
	"cmp"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/common/model"
)

const (
	// overlap is how many of the steps already held are asked for again, for
	// samples that arrived late; what arrived later still is found when the
	// whole window is read again, after wholeEvery.
	overlap    = 2
	wholeEvery = 5 * time.Minute
	// quietFor is how long a window whose step has not completed may be answered
	// without asking at all: longer would hide that the server is gone.
	quietFor = 30 * time.Second
	// maxHeld bounds the samples held for all expressions together, at 16 bytes
	// each for floats.
	maxHeld = 1_000_000
)

// windows holds, for each expression and step, what was read of it, so that a
// refresh asks only for the steps that are new. The zero value is ready; it is
// safe for concurrent use.
type windows struct {
	mu      sync.Mutex
	held    map[windowKey]*held
	samples int
	uses    int
}

type windowKey struct {
	expr string
	step time.Duration
}

// answer is what one range query gave: its lines by identity.
type answer struct {
	lines lines
	notes []string
	// cut says that there are more lines than were sent. Such an answer is not
	// held: the next one may leave out others.
	cut bool
}

// lines are series by their identity.
type lines map[model.Fingerprint]line

// line is one series, oldest point first. Points and buckets are never written
// to once they are held: frames share them.
type line struct {
	labels  map[string]string
	points  []Point
	buckets [][]Bucket
}

// held is every step from from to to, in Unix milliseconds. It is replaced,
// never changed, but for used.
type held struct {
	answer
	from, to int64
	// whole is when the whole window was read, last when the steps before to
	// were: every step was read then, or later than overlap steps after itself.
	whole, last time.Time
	samples     int
	used        int
}

// atEnds finds expressions whose value at one step depends on the whole window.
var atEnds = regexp.MustCompile(`@\s*(start|end)\s*\(|\b(step|range)\s*\(\s*\)`)

// read answers expr over w, asking fetch for what is not held. Both ends of
// what fetch is asked for are inclusive. The lines are for the caller to read.
func (ws *windows) read(expr string, w Window, now time.Time, fetch func(from, to time.Time) (answer, error)) (answer, error) {
	if atEnds.MatchString(expr) {
		return fetch(w.Start, w.End)
	}
	key := windowKey{expr, w.Step}
	start, end, step := w.Start.UnixMilli(), w.End.UnixMilli(), w.Step.Milliseconds()
	h := ws.get(key)
	from, to, missing := missingSteps(h, start, end, step, now)
	if missing {
		fresh, err := fetch(time.UnixMilli(from), time.UnixMilli(to))
		if err != nil {
			return answer{}, err
		}
		if fresh.cut {
			ws.put(key, nil)
			if from != start || to != end {
				return fetch(w.Start, w.End)
			}
			return fresh, nil
		}
		if from == start && to == end {
			h = &held{answer: fresh, from: start, to: end, whole: now, last: now}
		} else {
			h = h.with(fresh, from, to, start, end, now)
		}
		ws.put(key, h)
	}
	return h.between(start, end), nil
}

// missingSteps is the range to ask for so that h covers start to end, and false
// when it does already.
func missingSteps(h *held, start, end, step int64, now time.Time) (from, to int64, missing bool) {
	if h == nil || now.Sub(h.whole) >= wholeEvery || start > h.to+step || end < h.from-step || start < h.from && end > h.to {
		return start, end, true
	}
	again := max(h.to-(overlap-1)*step, h.from)
	settled := h.last.UnixMilli() >= h.to+overlap*step
	switch {
	case start < h.from:
		return start, h.from - step, true
	case end > h.to:
		return again, end, true
	case end >= again && !settled && now.Sub(h.last) >= min(time.Duration(step)*time.Millisecond, quietFor):
		return again, h.to, true
	}
	return 0, 0, false
}

// with is h after fresh was read for the steps from from to to. What lies more
// than the length of the window outside of start to end is let go.
func (h *held) with(fresh answer, from, to, start, end int64, now time.Time) *held {
	n := &held{whole: h.whole, last: h.last, from: min(h.from, from), to: max(h.to, to)}
	if to >= h.to {
		n.last = now
	}
	n.from = max(n.from, start-(end-start))
	n.to = min(n.to, end+(end-start))
	n.notes = fresh.notes
	n.lines = make(lines, max(len(h.lines), len(fresh.lines)))
	for id, l := range h.lines {
		if l = join(l.cut(n.from, from-1), fresh.lines[id].cut(n.from, n.to), l.cut(to+1, n.to)); len(l.points) > 0 {
			n.lines[id] = l
		}
	}
	for id, l := range fresh.lines {
		if _, ok := h.lines[id]; !ok {
			n.lines[id] = l.cut(n.from, n.to)
		}
	}
	return n
}

// between is the part of h from start to end, without the lines that have
// nothing there.
func (h *held) between(start, end int64) answer {
	a := answer{notes: slices.Clip(h.notes), lines: make(lines, len(h.lines))}
	for id, l := range h.lines {
		if l = l.cut(start, end); len(l.points) > 0 {
			a.lines[id] = l
		}
	}
	return a
}

// cut is the part of l from from to to, both inclusive; it shares l's memory.
func (l line) cut(from, to int64) line {
	a := l.index(from)
	b := max(a, l.index(to+1))
	l.points = l.points[a:b:b]
	if l.buckets != nil {
		l.buckets = l.buckets[a:b:b]
	}
	return l
}

func (l line) index(t int64) int {
	i, _ := slices.BinarySearchFunc(l.points, t, func(p Point, t int64) int { return cmp.Compare(p.T, t) })
	return i
}

// join puts parts that follow each other in time into one line of its own memory.
func join(parts ...line) line {
	n, histogram := 0, false
	var out line
	for _, p := range parts {
		n += len(p.points)
		histogram = histogram || p.buckets != nil
		if out.labels == nil {
			out.labels = p.labels
		}
	}
	out.points = make([]Point, 0, n)
	if histogram {
		out.buckets = make([][]Bucket, 0, n)
	}
	for _, p := range parts {
		out.points = append(out.points, p.points...)
		switch {
		case p.buckets != nil:
			out.buckets = append(out.buckets, p.buckets...)
		case histogram:
			out.buckets = append(out.buckets, make([][]Bucket, len(p.points))...)
		}
	}
	return out
}

func (ws *windows) get(key windowKey) *held {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	h := ws.held[key]
	if h != nil {
		ws.uses++
		h.used = ws.uses
	}
	return h
}

// put keeps h, or forgets key when h is nil, and lets the least recently used
// go until the bound holds.
func (ws *windows) put(key windowKey, h *held) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.drop(key)
	if h == nil {
		return
	}
	for _, l := range h.lines {
		h.samples += len(l.points)
		for _, b := range l.buckets {
			h.samples += len(b)
		}
	}
	if h.samples > maxHeld/2 {
		return
	}
	if ws.held == nil {
		ws.held = map[windowKey]*held{}
	}
	for ws.samples+h.samples > maxHeld {
		var oldest windowKey
		least := ws.uses + 1
		for k, e := range ws.held {
			if e.used < least {
				oldest, least = k, e.used
			}
		}
		ws.drop(oldest)
	}
	ws.uses++
	h.used = ws.uses
	ws.held[key] = h
	ws.samples += h.samples
}

func (ws *windows) drop(key windowKey) {
	if h := ws.held[key]; h != nil {
		ws.samples -= h.samples
		delete(ws.held, key)
	}
}
