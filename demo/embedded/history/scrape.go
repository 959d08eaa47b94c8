package history

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"golang.org/x/sync/errgroup"
)

// Target is what one scrape job would read: metrics, and the labels that the
// scrape adds to them. A target belongs to one recorder.
type Target struct {
	Labels   labels.Labels // job and instance included
	Honor    bool          // the labels of a metric win over those of the target
	Metrics  prometheus.Collector
	Gatherer prometheus.Gatherer // instead of Metrics: slower

	families map[any]*family // by description, or by name when gathered
	key      []byte
	up       series
}

// family is what was seen of one metric name.
type family struct {
	name    string
	metrics map[string]*metric // by label values
}

func newFamily(name string) *family { return &family{name: name, metrics: map[string]*metric{}} }

// metric is one metric with the series that it becomes, in a fixed order.
type metric struct {
	labels []*dto.LabelPair
	series []series
}

type series struct {
	ref    storage.SeriesRef
	labels labels.Labels
}

// Scrape reads each target and records its samples, and that it was up, at a
// moment that must not be before the last one.
//
// It takes what the collectors have and leaves out the gathering and the
// exchange format of a real scrape, which would be nine tenths of the time. A
// test holds it to the series and values that Prometheus's own parser finds.
func (r *Recorder) Scrape(ctx context.Context, now time.Time, targets []*Target) error {
	var running errgroup.Group
	for _, t := range targets {
		running.Go(func() error {
			app := r.head.AppenderV2(ctx)
			if err := t.scrape(app, now.UnixMilli()); err != nil {
				return errors.Join(fmt.Errorf("record history of %s: %w", t.Labels, err), app.Rollback())
			}
			return app.Commit()
		})
	}
	return running.Wait()
}

func (t *Target) scrape(app storage.AppenderV2, now int64) error {
	if t.families == nil {
		t.families = map[any]*family{}
		t.up.labels = t.label(labels.FromStrings(labels.MetricName, "up"))
	}
	read := t.collect
	if t.Metrics == nil {
		read = t.gather
	}
	if err := read(app, now); err != nil {
		return err
	}
	return t.up.append(app, now, sample{v: 1})
}

func (t *Target) collect(app storage.AppenderV2, now int64) error {
	found := make(chan prometheus.Metric, 256)
	go func() { t.Metrics.Collect(found); close(found) }()
	var failed error
	for m := range found {
		if failed == nil {
			failed = t.collected(app, now, m)
		}
	}
	return failed
}

func (t *Target) collected(app storage.AppenderV2, now int64, m prometheus.Metric) error {
	f := t.families[m.Desc()]
	if f == nil {
		name, err := nameOf(m.Desc())
		if err != nil {
			return err
		}
		f = newFamily(name)
		t.families[m.Desc()] = f
	}
	var d dto.Metric
	if err := m.Write(&d); err != nil {
		return err
	}
	return t.record(app, now, f, &d)
}

func (t *Target) gather(app storage.AppenderV2, now int64) error {
	found, err := t.Gatherer.Gather()
	if err != nil {
		return err
	}
	for _, mf := range found {
		f := t.families[mf.GetName()]
		if f == nil {
			f = newFamily(mf.GetName())
			t.families[f.name] = f
		}
		for _, d := range mf.Metric {
			if err := t.record(app, now, f, d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Target) record(app storage.AppenderV2, now int64, f *family, d *dto.Metric) error {
	t.key = t.key[:0]
	for _, l := range d.Label {
		t.key = append(append(t.key, l.GetValue()...), 0xff)
	}
	known := f.metrics[string(t.key)]
	if known == nil {
		known = &metric{labels: d.Label}
		f.metrics[string(t.key)] = known
	}
	w := writer{app: app, now: now, target: t, name: f.name, metric: known}
	w.write(d)
	return w.err
}

// nameOf takes a name from the text of a description, the only place that
// tells it.
func nameOf(d *prometheus.Desc) (string, error) {
	_, rest, ok := strings.Cut(d.String(), "fqName: ")
	if ok {
		if quoted, err := strconv.QuotedPrefix(rest); err == nil {
			return strconv.Unquote(quoted)
		}
	}
	return "", fmt.Errorf("no metric name in %s", d)
}

// label adds the labels of the target to those of a metric, as a scrape does.
func (t *Target) label(exposed labels.Labels) labels.Labels {
	b := labels.NewBuilder(exposed)
	t.Labels.Range(func(l labels.Label) {
		own := exposed.Get(l.Name)
		switch {
		case own == "":
			b.Set(l.Name, l.Value)
		case !t.Honor:
			b.Set("exported_"+l.Name, own)
			b.Set(l.Name, l.Value)
		}
	})
	return b.Labels()
}

func (s *series) append(app storage.AppenderV2, now int64, v sample) error {
	ref, err := app.Append(s.ref, s.labels, 0, now, v.v, v.h, nil, storage.AOptions{})
	if err != nil {
		return fmt.Errorf("%s: %w", s.labels, err)
	}
	s.ref = ref
	return nil
}
