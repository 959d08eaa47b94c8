package history

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"golang.org/x/sync/errgroup"
)

// Span is a stretch of time with the step that it is recorded in.
type Span struct {
	Start, End time.Time
	Step       time.Duration
}

// Evaluate evaluates the recording rules of the files that a pattern matches
// over each span, oldest first, and records what they give. A rule that reads
// what others record comes after them, whatever file it is in. Alerts have no
// history.
func (r *Recorder) Evaluate(ctx context.Context, pattern string, spans []Span) error {
	found, err := load(pattern)
	if err != nil {
		return fmt.Errorf("record history of the rules: %w", err)
	}
	engine := promql.NewEngine(promql.EngineOpts{
		Logger: slog.New(slog.DiscardHandler), MaxSamples: 50_000_000, Timeout: time.Minute,
		EnableAtModifier: true, EnableNegativeOffset: true, Parser: parser.NewParser(parser.Options{}),
	})
	for _, ready := range ordered(found) {
		var running errgroup.Group
		running.SetLimit(4)
		for _, rule := range ready {
			running.Go(func() error {
				for _, s := range spans {
					if err := r.evaluate(ctx, engine, rule, s); err != nil {
						return fmt.Errorf("record history of rule %s: %w", rule.Name(), err)
					}
				}
				return nil
			})
		}
		if err := running.Wait(); err != nil {
			return err
		}
	}
	return nil
}

func (r *Recorder) evaluate(ctx context.Context, engine *promql.Engine, rule *recording, s Span) error {
	query, err := engine.NewRangeQuery(ctx, r, nil, rule.Query().String(), s.Start, s.End, s.Step)
	if err != nil {
		return err
	}
	defer query.Close()
	matrix, err := query.Exec(ctx).Matrix()
	if err != nil {
		return err
	}
	app := r.head.AppenderV2(ctx)
	for _, given := range matrix {
		b := labels.NewBuilder(given.Metric)
		b.Set(labels.MetricName, rule.Name())
		rule.Labels().Range(func(l labels.Label) { b.Set(l.Name, l.Value) })
		own := series{labels: b.Labels()}
		for _, p := range given.Floats {
			if err := own.append(app, p.T, sample{v: p.F}); err != nil {
				return errors.Join(err, app.Rollback())
			}
		}
	}
	return app.Commit()
}

// recording is a rule with what says its place among the others.
type recording struct {
	rules.Rule
	reads []string // metrics
}

// load returns the recording rules, with the labels of their groups.
func load(pattern string) ([]*recording, error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	manager := rules.NewManager(&rules.ManagerOptions{
		NameValidationScheme: model.UTF8Validation, Logger: slog.New(slog.DiscardHandler), Parser: parser.NewParser(parser.Options{}),
	})
	groups, errs := manager.LoadGroups(time.Minute, labels.EmptyLabels(), "", nil, false, files...)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	var found []*recording
	for _, g := range groups {
		for _, rule := range g.Rules() {
			if _, ok := rule.(*rules.RecordingRule); ok {
				found = append(found, &recording{Rule: rule, reads: metrics(rule.Query())})
			}
		}
	}
	return found, nil
}

// ordered sorts rules into rounds: those of a round read nothing that is
// recorded in the same round or a later one. Rules that wait for each other
// come last, together.
func ordered(list []*recording) (rounds [][]*recording) {
	for len(list) > 0 {
		waiting := map[string]bool{}
		for _, rule := range list {
			waiting[rule.Name()] = true
		}
		var ready, later []*recording
		for _, rule := range list {
			if slices.ContainsFunc(rule.reads, func(name string) bool { return waiting[name] && name != rule.Name() }) {
				later = append(later, rule)
			} else {
				ready = append(ready, rule)
			}
		}
		if len(ready) == 0 {
			ready, later = later, nil
		}
		rounds, list = append(rounds, ready), later
	}
	return rounds
}

// metrics returns the names that an expression reads.
func metrics(expr parser.Expr) (names []string) {
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if selector, ok := n.(*parser.VectorSelector); ok {
			for _, m := range selector.LabelMatchers {
				if m.Name == labels.MetricName && m.Type == labels.MatchEqual {
					names = append(names, m.Value)
				}
			}
		}
		return nil
	})
	return names
}
