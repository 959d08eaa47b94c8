package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"firewatch/demo/embedded/history"
)

// The past is recorded the finer the nearer it is: a chart of an hour has steps
// of some 15 seconds and needs two samples in each rate interval, and the
// one-minute rates of the rules need a sample every 30 seconds throughout.
var resolutions = []struct {
	within time.Duration
	step   time.Duration
}{
	{time.Hour, 10 * time.Second},
	{1 << 62, 30 * time.Second},
}

// wantsPast says whether a history is to be written: when one is asked for and
// there are no metrics yet.
func (s *Stack) wantsPast() bool {
	entries, err := os.ReadDir(s.path("prometheus"))
	return s.opts.History > 0 && (err != nil || len(entries) == 0)
}

// past simulates the traffic of the time before now and writes its metrics, with
// what the recording rules make of them, where Prometheus will find them. Its
// log lines go to the log store.
func (s *Stack) past(ctx context.Context) (err error) {
	jobs, err := history.Targets(s.path("prometheus.yml"))
	if err != nil {
		return err
	}
	var targets []*history.Target
	for _, role := range s.service.Roles() {
		target := jobs[role.Job]
		if target == nil {
			continue
		}
		target.Metrics, target.Gatherer = role.Metrics, role.Gatherer
		targets = append(targets, target)
	}
	recorder, err := history.NewRecorder(s.opts.History)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, recorder.Close()) }()
	if err := s.markUnfinished(); err != nil {
		return err
	}

	finest := resolutions[0].step
	end := time.Now().Truncate(time.Second)
	start := end.Add(-s.opts.History)
	began := time.Now()
	err = s.service.FastForward(start, end, finest, func(now time.Time) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if now.Sub(start)%stepAt(end.Sub(now)) != 0 && now.Before(end) {
			return nil
		}
		return recorder.Scrape(ctx, now, targets)
	})
	if err != nil {
		return fmt.Errorf("simulate the last %s: %w", s.opts.History, err)
	}
	s.opts.Logger.Info("history is simulated", "series", recorder.Series(), "took", time.Since(began))
	began = time.Now()
	if err := recorder.Evaluate(ctx, s.path("rules", "*.yml"), spans(start, end)); err != nil {
		return err
	}
	s.opts.Logger.Info("history of the rules is evaluated", "series", recorder.Series(), "took", time.Since(began))
	if err := recorder.Write(ctx, s.path("prometheus")); err != nil {
		return err
	}
	return os.Remove(s.unfinished())
}

// stepAt is the step that a moment of this age is recorded in.
func stepAt(age time.Duration) time.Duration {
	for _, r := range resolutions {
		if age < r.within {
			return r.step
		}
	}
	return resolutions[len(resolutions)-1].step
}

// spans cuts a stretch of time where the step changes, oldest first.
func spans(start, end time.Time) (cut []history.Span) {
	to := end
	for _, r := range resolutions {
		from := start
		if end.Sub(start) > r.within {
			from = end.Add(-r.within)
		}
		cut = append([]history.Span{{Start: from, End: to, Step: r.step}}, cut...)
		if from.Equal(start) {
			break
		}
		to = from.Add(-r.step)
	}
	return cut
}
