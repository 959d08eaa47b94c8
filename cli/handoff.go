package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"firewatch/signals/incident"
	"firewatch/signals/silence"
	"firewatch/sources"
)

// The lengths of a shift that can be handed over.
const (
	minShift = time.Minute
	maxShift = 14 * 24 * time.Hour
)

// handoffCommand writes the hand-over.
func (p *program) handoffCommand() *command {
	var o struct{ since, out string }
	return &command{
		name: "handoff", args: "[--since 8h] [--out FILE]", does: "write the hand-over of a shift as Markdown",
		more: `What fires and who has it, silences and their ends, error budgets, what fired and cleared, the state of the monitoring, and
the timeline with its deploys and notes. What could not be read is named in it.`,
		flags: func(f *pflag.FlagSet) {
			f.StringVar(&o.since, "since", "8h", "how far to look back")
			f.StringVar(&o.out, "out", "", "write it to this new file, which only you can read, in place of standard output")
		},
		codes:    map[int]string{failed: "failed, or written without the alerts: the message on standard error says why"},
		examples: []string{"firewatch handoff --since 12h | glow -", "firewatch handoff --out shift.md"},
		run: func(ctx context.Context, args []string) (int, error) {
			if len(args) > 0 {
				return misused, fmt.Errorf("handoff takes no arguments, got %q", args)
			}
			length, err := p.back(o.since)
			if err != nil {
				return misused, fmt.Errorf("handoff: --since: %w", err)
			}
			at, err := p.open()
			if err != nil {
				return misused, err
			}
			defer at.close()
			text, unread := at.handoff(ctx, length)
			if o.out == "" {
				_, err = io.WriteString(p.out, text)
			} else {
				err = at.do(ctx, sources.SaveFile{Path: o.out, Text: text})
				if err == nil {
					fmt.Fprintln(p.out, o.out)
				}
			}
			if err := errors.Join(err, unread); err != nil {
				return failed, err
			}
			return ok, nil
		},
	}
}

// back reads how far to look back.
func (p *program) back(text string) (time.Duration, error) {
	now := p.now()
	end, err := silence.Until(text, now, time.Local)
	if err != nil {
		return 0, err
	}
	d := end.Sub(now)
	if d < minShift || d > maxShift {
		return 0, fmt.Errorf("%s is not between %s and 14d", text, minShift)
	}
	return d, nil
}

// handoff asks what a hand-over is made of, all at once, and writes it. The error
// is why it lacks the alerts.
func (at *place) handoff(ctx context.Context, length time.Duration) (string, error) {
	shift := incident.Shift{Context: at.name, Length: length}
	type answer struct {
		frame sources.Frame
		err   error
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	answers := map[sources.Query]answer{}
	now := at.now()
	window := sources.At(now, time.Hour, 60, true)
	for _, q := range shift.Questions() {
		wg.Go(func() {
			f, err := at.set.Query(ctx, q, window)
			mu.Lock()
			defer mu.Unlock()
			answers[q] = answer{f, err}
		})
	}
	wg.Wait()
	report := shift.Gather(at.user, now, time.Local, func(q sources.Query) (sources.Frame, error) { return answers[q].frame, answers[q].err })
	return incident.Handover(report), hinted(answers[sources.Alerts{}].err)
}

// do carries out an action that changes nothing but this machine.
func (at *place) do(ctx context.Context, a sources.Action) error {
	if err := at.audit.prove(); err != nil {
		return err
	}
	_, _, err, unrecorded := at.rec.Do(ctx, a)
	if unrecorded != nil {
		at.note("not on record: %v: %s", unrecorded, a)
	}
	return err
}
