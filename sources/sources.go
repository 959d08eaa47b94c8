// Package sources is what firewatch reads and writes: one file or folder for
// each backend, one [Query] type for each question, one [Action] type for each
// write. It imports nothing else of this module and no terminal package beyond
// x/ansi for stripping; every room of the program may import it.
//
// Text that a server sent is cleaned here (see [Clean]), once, when it enters;
// nothing downstream strips again. Every slice that a server can grow is
// bounded here, and [Frame.Notes] says when something was left out.
package sources

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Query is one question to one backend. Implementations are comparable values,
// so that a query is a map key and the same question asked by two panels is
// one request.
type Query interface {
	// Source is the kind of backend that answers, such as "prometheus".
	Source() string
	// String is what a person would paste into that server's own interface.
	String() string
}

// Refresher is implemented by a query that wants to be asked again at its own
// pace rather than at the context's refresh interval, such as a log tail.
type Refresher interface {
	// Every is the time between the answer and the next request; a value of
	// zero or less means the context's own interval.
	Every() time.Duration
}

// Window is the span of time on the screen. Start and End are multiples of Step
// since the Unix epoch, in UTC, so that a chart moves only when a step
// completes and answers can be kept between refreshes.
type Window struct {
	Start, End time.Time
	Step       time.Duration
	// Live is true while End follows the clock.
	Live bool
}

// Span is the length of the window.
func (w Window) Span() time.Duration { return w.End.Sub(w.Start) }

// Last returns a live-or-not copy of w that ends where w ends and is span long,
// with the step recalculated for points columns.
func (w Window) Last(span time.Duration, points int) Window {
	return At(w.End, span, points, w.Live)
}

// ladder is the steps that windows may have: few, so that panels of different
// widths share them, each a divisor of the next larger calendar unit.
var ladder = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// At is the window of the given span that ends at end, aligned to the smallest
// step of the ladder that gives at most points steps. A span or a number of
// points below one is taken as one second or one point.
func At(end time.Time, span time.Duration, points int, live bool) Window {
	span = max(span, time.Second)
	step := ladder[len(ladder)-1]
	for _, s := range ladder {
		if span <= s*time.Duration(max(points, 1)) {
			step = s
			break
		}
	}
	e := end.UTC().Truncate(step)
	n := max((span+step-1)/step, 1)
	return Window{Start: e.Add(-n * step), End: e, Step: step, Live: live}
}

// Source answers queries of one kind. It is safe for concurrent use.
type Source interface {
	// Query asks q over w and returns when the answer is whole or ctx ends. The
	// error, if any, is an *[Error]; a frame that comes with an error is empty.
	Query(ctx context.Context, q Query, w Window) (Frame, error)
}

// Action is one write to one backend, as plain data.
type Action interface {
	// Source is the kind of backend that carries it out.
	Source() string
	// String says in one line what will be done, as the audit log keeps it.
	String() string
}

// Briefer is implemented by an action that can also be said in a few words.
type Briefer interface {
	// Brief says what is being done, such as "acking HighErrorRate until 14:17 UTC",
	// or what was done: "acked …". Moments are in the zone of now.
	Brief(now time.Time, done bool) string
}

// Local is implemented by an action that changes nothing but this machine, so
// that a read-only context allows it.
type Local interface {
	// Local says whether it does.
	Local() bool
}

// Receipt is what a write left behind.
type Receipt struct {
	// ID names what was written, such as a silence's id.
	ID string
	// Request is the write as a command that a person could run, without secrets.
	Request string
	// Amtool is the same as a command of Alertmanager's own tool; empty for what it
	// cannot do.
	Amtool string
	// Undo takes the write back; nil when it cannot be taken back.
	Undo Action
	// Note is said to the user beside the success: a new id, a wider effect.
	Note string
}

// Actor is implemented by a source that can also write. An action is sent at
// most once: a source never retries a write by itself.
type Actor interface {
	Act(ctx context.Context, a Action) (Receipt, error)
}

// Drafter is implemented by a source that can say what a write would send.
type Drafter interface {
	// Draft does all that Act does short of sending it: the receipt has the
	// request, and no undo. It is allowed where writing is not.
	Draft(ctx context.Context, a Action) (Receipt, error)
}

// Set routes queries and actions to the source of their kind. It is itself a
// [Source] and an [Actor]; the zero value answers everything with
// [NotConfigured].
type Set map[string]Source

// Query implements [Source].
func (s Set) Query(ctx context.Context, q Query, w Window) (Frame, error) {
	src, ok := s[q.Source()]
	if !ok {
		return Frame{}, missing(q.Source())
	}
	return src.Query(ctx, q, w)
}

// Act implements [Actor].
func (s Set) Act(ctx context.Context, a Action) (Receipt, error) {
	src, ok := s[a.Source()]
	if !ok {
		return Receipt{}, missing(a.Source())
	}
	actor, ok := src.(Actor)
	if !ok {
		return Receipt{}, &Error{Source: a.Source(), Kind: BadQuery, Err: fmt.Errorf("%s cannot be written to", a.Source())}
	}
	return actor.Act(ctx, a)
}

// Draft implements [Drafter]. An action of a source that has no drafts has an
// empty receipt.
func (s Set) Draft(ctx context.Context, a Action) (Receipt, error) {
	src, ok := s[a.Source()]
	if !ok {
		return Receipt{}, missing(a.Source())
	}
	if d, ok := src.(Drafter); ok {
		return d.Draft(ctx, a)
	}
	return Receipt{}, nil
}

// Kinds lists the configured kinds in the order of [Kinds].
func (s Set) Kinds() []string {
	var out []string
	for _, k := range Kinds() {
		if _, ok := s[k]; ok {
			out = append(out, k)
		}
	}
	return out
}

func missing(kind string) error {
	return &Error{Source: kind, Kind: NotConfigured, Err: fmt.Errorf("no %s in this context", kind)}
}

// registry holds the constructors; it is written only during initialisation.
var registry = map[string]func(Options) (Source, error){}

func register(kind string, open func(Options) (Source, error)) bool {
	if _, ok := registry[kind]; ok {
		panic("sources: " + kind + " is registered twice")
	}
	registry[kind] = open
	return true
}

// Kinds lists the registered kinds of source, sorted.
func Kinds() []string {
	out := make([]string, 0, len(registry))
	for k := range registry {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Open makes the sources that opts names, by kind. It does not connect: an
// address that nobody answers is an error of the first query. A kind that is
// not registered, an address that is no URL or a certificate that cannot be
// read is an error here.
func Open(opts map[string]Options) (Set, error) {
	set := Set{}
	for kind, o := range opts {
		open, ok := registry[kind]
		if !ok {
			return nil, fmt.Errorf("unknown source %q: known are %v", kind, Kinds())
		}
		src, err := open(o)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", kind, err)
		}
		set[kind] = src
	}
	return set, nil
}
