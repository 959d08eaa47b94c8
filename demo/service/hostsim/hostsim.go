// Package hostsim simulates three hosts and two GPUs as node_exporter and
// dcgm-exporter would show them. A scrape asks for the state of its moment:
// gauges follow from the time, counters from the time since the last scrape.
// Only the demo imports it.
package hostsim

import (
	"math"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Options say how the simulation runs; all fields but Kernel are needed.
type Options struct {
	Seed uint64
	Now  func() time.Time
	// Level is how strongly a fault is active, 0 for not at all.
	Level func(fault string) float64
	// Kernel takes what the kernels of the hosts write, from [Sim.Watch]; nil drops
	// it.
	Kernel func(Event)
}

// Sim is the simulation. It is a [prometheus.Gatherer] and a
// [prometheus.Collector], and safe for concurrent use.
type Sim struct {
	opts  Options
	mu    sync.Mutex
	last  time.Time
	hosts []*machine
	gpus  []*gpu
	said  []said // by complaint
	order []*family
	index map[string]*family
}

// family is one metric and its series.
type family struct {
	name, help string
	kind       dto.MetricType
	desc       *prometheus.Desc
	series     []series
}

// series is one line of a scrape. It is left out while its host is down.
type series struct {
	labels []*dto.LabelPair
	host   *machine // nil for what is known without the host
	value  func() float64
}

// longest is how much time one step of the counters may cover: a scrape after a
// longer pause sees the hosts as if they had been paused as well.
const longest = 5 * time.Minute

// New builds the hosts. They boot when they are first scraped, with all counters
// at 0.
func New(o Options) *Sim {
	s := &Sim{opts: o, index: map[string]*family{}, said: make([]said, len(complaints))}
	for i, spec := range specs {
		m := newMachine(spec, noise{o.Seed + uint64(i)*7919})
		s.hosts = append(s.hosts, m)
		s.describe(m)
		for n := range spec.gpus {
			g := newGPU(m, n, noise{o.Seed + 104729 + uint64(n)})
			s.gpus = append(s.gpus, g)
			s.describeGPU(g)
		}
	}
	return s
}

// Gather implements [prometheus.Gatherer]. It is what a scrape reads: a
// registry would check on every call what cannot be wrong here.
func (s *Sim) Gather() ([]*dto.MetricFamily, error) {
	var last *family
	out := make([]*dto.MetricFamily, 0, len(s.order))
	s.each(func(f *family, r reading) {
		if f != last {
			last = f
			out = append(out, &dto.MetricFamily{Name: &f.name, Help: &f.help, Type: &f.kind, Metric: make([]*dto.Metric, 0, len(f.series))})
		}
		m := &dto.Metric{}
		_ = r.Write(m) // never fails
		mf := out[len(out)-1]
		mf.Metric = append(mf.Metric, m)
	})
	return out, nil
}

// Describe implements [prometheus.Collector]: which series there are depends on
// which hosts are up.
func (s *Sim) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (s *Sim) Collect(ch chan<- prometheus.Metric) {
	s.each(func(_ *family, r reading) { ch <- r })
}

// each moves the hosts to the present and hands out what they show, family by
// family.
func (s *Sim) each(yield func(*family, reading)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(s.opts.Now())
	for _, f := range s.order {
		for i := range f.series {
			if sr := &f.series[i]; sr.host == nil || !sr.host.down {
				yield(f, reading{f, sr.labels, sr.value()})
			}
		}
	}
}

// reading is one series at one moment.
type reading struct {
	family *family
	labels []*dto.LabelPair
	value  float64
}

// Desc implements [prometheus.Metric].
func (r reading) Desc() *prometheus.Desc { return r.family.desc }

// Write implements [prometheus.Metric].
func (r reading) Write(m *dto.Metric) error {
	m.Label = r.labels
	switch r.family.kind {
	case dto.MetricType_COUNTER:
		m.Counter = &dto.Counter{Value: &r.value}
	case dto.MetricType_UNTYPED:
		m.Untyped = &dto.Untyped{Value: &r.value}
	default:
		m.Gauge = &dto.Gauge{Value: &r.value}
	}
	return nil
}

// Instances returns the instance labels of the simulated hosts.
func (s *Sim) Instances() []string {
	names := make([]string, len(s.hosts))
	for i, m := range s.hosts {
		names[i] = m.instance
	}
	return names
}

// advance moves all hosts to a moment. Where time jumps back the counters go on
// from where they are.
func (s *Sim) advance(now time.Time) {
	dt := max(0, min(now.Sub(s.last), longest)).Seconds()
	if s.last.IsZero() {
		dt = 0
	}
	s.last = now
	at := float64(now.UnixMilli()) / 1000
	for _, m := range s.hosts {
		m.advance(at, dt, s.opts.Level)
	}
	for _, g := range s.gpus {
		g.advance(at, dt, s.opts.Level)
	}
}

func (s *Sim) add(name, help string, kind dto.MetricType, host *machine, value func() float64, labels ...string) {
	f := s.index[name]
	if f == nil {
		var names []string
		for i := 0; i < len(labels); i += 2 {
			names = append(names, labels[i])
		}
		f = &family{name: name, help: help, kind: kind, desc: prometheus.NewDesc(name, help, names, nil)}
		s.index[name] = f
		s.order = append(s.order, f)
	}
	f.series = append(f.series, series{pairs(labels), host, value})
}

// pairs makes label pairs of names and values in turn, sorted by name.
func pairs(labels []string) []*dto.LabelPair {
	out := make([]*dto.LabelPair, 0, len(labels)/2)
	for i := 0; i < len(labels); i += 2 {
		out = append(out, &dto.LabelPair{Name: &labels[i], Value: &labels[i+1]})
	}
	slices.SortFunc(out, func(a, b *dto.LabelPair) int {
		if a.GetName() < b.GetName() {
			return -1
		}
		return 1
	})
	return out
}

// noise is a source of smooth random curves: the same moment always has the
// same value.
type noise struct{ seed uint64 }

// at returns a value in -1..1 that changes within about a period.
func (n noise) at(t float64, period float64, channel uint64) float64 {
	x := t / period
	i := math.Floor(x)
	f := x - i
	f = f * f * (3 - 2*f)
	a, b := n.knot(uint64(int64(i)), channel), n.knot(uint64(int64(i)+1), channel)
	return a + (b-a)*f
}

func (n noise) knot(i, channel uint64) float64 {
	x := n.seed ^ i*0x9e3779b97f4a7c15 ^ channel*0xbf58476d1ce4e5b9
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return float64((x^x>>31)>>11)/(1<<52) - 1
}

// wave follows the callers' day, which is ten minutes long.
func wave(t float64) float64 { return math.Sin(2 * math.Pi * math.Mod(t, 600) / 600) }
