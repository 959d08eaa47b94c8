package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"firewatch/signals/alert"
	"firewatch/signals/silence"
	"firewatch/sources"
)

// watchFlags are what watch may be told.
type watchFlags struct {
	until          string
	timeout, every time.Duration
	quiet          bool
}

var watchUntil = []string{"resolved", "acked", "firing"}

// watchCommand waits for something to become of alerts.
func (p *program) watchCommand() *command {
	var o watchFlags
	return &command{
		name: "watch", args: "FILTER... --until resolved|acked|firing", does: "wait until alerts are resolved, are taken, or fire",
		more: filterHelp + `
resolved: none of them fires any more, held or not. acked: somebody has each of them, or it is muted. firing: one of them
fires and nobody has it. Each change is a line. A server that does not answer is asked again, ever more seldom.`,
		flags: func(f *pflag.FlagSet) {
			f.StringVar(&o.until, "until", "resolved", "what to wait for: "+strings.Join(watchUntil, ", "))
			f.DurationVar(&o.timeout, "timeout", 0, "give up after this time; 0 never does")
			f.DurationVar(&o.every, "every", 0, "the time between two looks (default the context's refresh)")
			f.BoolVarP(&o.quiet, "quiet", "q", false, "print nothing, only exit")
		},
		codes: map[int]string{
			ok:        "it came to that",
			failed:    "it did not come to that within --timeout, or failed: the message on standard error says which",
			unmatched: "waiting for resolved or acked, and nothing matches; for acked: all of it was resolved before",
		},
		examples: []string{
			"firewatch watch alertname=DeployFailed --until resolved --timeout 30m && ./next-step",
			"firewatch watch severity=critical --until firing; notify-send page",
		},
		run: func(ctx context.Context, args []string) (int, error) {
			f, err := filter(args)
			switch {
			case err != nil:
			case !slices.Contains(watchUntil, o.until):
				err = fmt.Errorf("watch: --until: %q is not one of %s", o.until, strings.Join(watchUntil, ", "))
			case o.timeout < 0 || o.every < 0:
				err = errors.New("watch: --timeout and --every cannot be negative")
			}
			if err != nil {
				return misused, err
			}
			at, err := p.open()
			if err != nil {
				return misused, err
			}
			defer at.close()
			return at.watch(ctx, o, f)
		},
	}
}

// slowest is how seldom a server that does not answer is asked.
const slowest = time.Minute

// watch looks until it has come to what is waited for.
func (at *place) watch(ctx context.Context, o watchFlags, f alert.Filter) (int, error) {
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("watch: not %s within %s", o.until, o.timeout))
		defer cancel()
	}
	if o.every == 0 {
		o.every = at.refresh
	}
	known := map[string]string{}
	pause, first := o.every, true
	for {
		h, err := at.look(ctx)
		switch e := (*sources.Error)(nil); {
		case ctx.Err() != nil:
			return failed, context.Cause(ctx)
		case errors.As(err, &e) && e.Kind != sources.Unreachable && e.Kind != sources.Timeout && e.Kind != sources.Busy && e.Kind != sources.Failed:
			return failed, err
		case err != nil:
			at.note("%v", err)
			pause = min(2*pause, max(slowest, o.every))
		default:
			rows := slices.DeleteFunc(h.pick(f, at.user), func(r alert.Row) bool { return r.Status.State == silence.Pending })
			if !o.quiet {
				at.changes(known, rows)
			}
			if done, code := o.reached(rows, first); done {
				if code == unmatched {
					return code, fmt.Errorf("watch: no alert matches %s", f.Text)
				}
				return code, nil
			}
			pause, first = o.every, false
		}
		select {
		case <-ctx.Done():
			return failed, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// reached says whether the rows are what is waited for, and the exit code then.
func (o *watchFlags) reached(rows []alert.Row, first bool) (bool, int) {
	loud := slices.ContainsFunc(rows, func(r alert.Row) bool { return r.Status.State == silence.Firing })
	switch {
	case o.until == "firing":
		return loud, ok
	case len(rows) == 0 && (first || o.until == "acked"):
		return true, unmatched
	case o.until == "acked":
		return !loud, ok
	}
	return len(rows) == 0, ok
}

// changes prints what is not as it was known, and knows it from then on.
func (at *place) changes(known map[string]string, rows []alert.Row) {
	stamp := at.now().UTC().Format(time.RFC3339)
	seen := map[string]bool{}
	for i := range rows {
		r := &rows[i]
		seen[r.ID] = true
		text := r.Status.State.String()
		if who := r.Who(); who != "" {
			text += " by " + who
		}
		if known[r.ID] == text {
			continue
		}
		fmt.Fprintf(at.out, "%s  %s  %s\n", stamp, named(r.Alert), text)
		known[r.ID] = text
		known["name "+r.ID] = named(r.Alert)
	}
	var gone []string
	for id := range known {
		if !seen[id] && !strings.HasPrefix(id, "name ") {
			gone = append(gone, id)
		}
	}
	slices.Sort(gone)
	for _, id := range gone {
		fmt.Fprintf(at.out, "%s  %s  resolved\n", stamp, known["name "+id])
		delete(known, id)
		delete(known, "name "+id)
	}
}

// named is an alert and what it is on.
func named(a *sources.Alert) string { return strings.TrimSpace(a.Name() + " " + alert.Where(a.Labels)) }
