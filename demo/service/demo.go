// Package service is the demo's inference service: a fraud detector, the
// feature store it asks, the callers that use it, simulated hosts, and a sink
// that stands in for the channels alerts are delivered to. Everything follows
// from one seed and one clock, hours of history can be written in a second, and
// every part can be broken on purpose. Only the demo binary imports it.
package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"firewatch/demo/service/chaos"
	"firewatch/demo/service/hostsim"
	"firewatch/demo/service/sink"
)

// Options say how the demo runs. The zero value is seed 0, the clock of the
// wall, no log and no faults.
type Options struct {
	Seed uint64
	// Now is the clock outside of [Demo.FastForward]; nil is time.Now.
	Now func() time.Time
	// Log takes one ECS line at a time, without a newline. It must not block and
	// may keep the slice.
	Log func(doc []byte)
	// Chaos lets faults be started over HTTP.
	Chaos bool
	// Newest finds, where the lines of Log are searched, the @timestamp of the
	// newest one with event.action heartbeat; the zero time when there is none.
	// With it the role probe watches the way of the logs; nil leaves it out.
	Newest func(ctx context.Context) (time.Time, error)
}

// Role is one part of the demo with an address of its own.
type Role struct {
	Name     string              // serve, featurestore, hostsim, sink or probe
	Job      string              // the scrape job
	Labels   map[string]string   // labels of the scrape target
	Handler  http.Handler        // its API, and /metrics
	Gatherer prometheus.Gatherer // what /metrics shows, at the demo's own time
	// Metrics are those of Gatherer that have a history, without those of the
	// process: to be read many times, without the price of gathering.
	Metrics prometheus.Collector
}

// Demo is all roles together. Its methods may be called from any goroutine,
// except that FastForward must be over before Start begins.
type Demo struct {
	clock   *clock
	chaos   *chaos.Controller
	journal *journal
	scorer  *scorer
	store   *store
	traffic *traffic
	labels  labelQueue
	history prometheus.Gauge
	hosts   *hostsim.Sim
	sink    *sink.Sink
	probe   *probe // nil without Options.Newest
	roles   []Role
	age     *age

	mu      sync.Mutex
	at      route     // where the scorer looks features up
	reached time.Time // end of the history, zero without one
	stop    context.CancelFunc
	running sync.WaitGroup
}

// New builds the demo. Nothing runs until [Demo.Start].
func New(o Options) (*Demo, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &clock{wall: o.Now}
	d := &Demo{clock: c, age: &age{clock: c, born: o.Now()}}
	d.journal = &journal{sink: o.Log, clock: c, rng: rand.New(rand.NewPCG(o.Seed, 0x106))}
	d.chaos = chaos.New(c.Now, d.onFault)

	serve, features := prometheus.NewRegistry(), prometheus.NewRegistry()
	d.scorer = newScorer(serve, c, d.journal, d.chaos, o.Seed, scorerEndpoints)
	d.store = newStore(features, c, d.chaos, d.journal, o.Seed)
	d.traffic = newTraffic(o.Seed, d.chaos)
	d.at = within{d.scorer, d.store}
	d.history = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "demo_history_until_timestamp_seconds", Help: "End of the simulated history; 0 without one.",
	})
	serve.MustRegister(d.history, faultGauge{d.chaos})

	d.hosts = hostsim.New(hostsim.Options{Seed: o.Seed, Now: c.Now, Level: d.chaos.Level})
	d.sink = sink.New(c.Now, d.logSink)

	a := &api{scorer: d.scorer, route: d.route}
	if o.Chaos {
		a.chaos = d.chaos.Handler()
	}
	mux := http.NewServeMux()
	mux.Handle("POST "+featuresRoute, d.store)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, map[string]any{"status": "alive"}) })
	d.add("serve", "fraud-scorer", map[string]string{"service": "fraud-scorer", "env": "demo"}, a.handler(), serve)
	d.add("featurestore", "feature-store", map[string]string{"service": "feature-store", "env": "demo"}, mux, features)
	d.expose("hostsim", "hostsim", map[string]string{"env": "demo", "simulated": "true"}, http.NotFoundHandler(), d.hosts, d.hosts)
	d.expose("sink", "sink", map[string]string{"service": "sink", "env": "demo"}, d.sink, d.sink.Metrics(), d.sink.Metrics())
	if o.Newest != nil {
		reg := prometheus.NewRegistry()
		d.probe = newProbe(reg, c, d.journal, o.Newest)
		d.expose("probe", "log-probe", map[string]string{"service": "log-probe", "env": "demo"}, d.probe, reg, reg)
	}
	return d, nil
}

// add makes a role of an API and a registry; the metrics of the process join
// the registry's.
func (d *Demo) add(name, job string, labels map[string]string, api http.Handler, reg *prometheus.Registry) {
	process := prometheus.NewRegistry()
	process.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	d.expose(name, job, labels, api, &exposition{own: reg, process: process, age: d.age}, reg)
}

// expose makes a role of an API and what its /metrics shows.
func (d *Demo) expose(name, job string, labels map[string]string, api http.Handler, g prometheus.Gatherer, own prometheus.Collector) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(g, promhttp.HandlerOpts{EnableOpenMetrics: true, DisableCompression: true}))
	mux.Handle("/", api)
	d.roles = append(d.roles, Role{Name: name, Job: job, Labels: labels, Handler: mux, Gatherer: g, Metrics: own})
}

// Roles returns all roles, always in the same order.
func (d *Demo) Roles() []Role { return d.roles }

func (d *Demo) route() route {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at
}

// onFault logs a fault that starts or ends, and has the scorer act on it.
func (d *Demo) onFault(started bool, a chaos.Active) {
	l := &line{
		Level: "warn", Message: fmt.Sprintf("chaos: %s at %g (%s) until %s", a.Fault, a.Intensity, a.Unit, a.Until.UTC().Format(time.TimeOnly)),
		Event: event{Dataset: app, Action: "chaos-started"}, Labels: labels{"chaos": a.Fault},
	}
	if !started {
		l.Level, l.Event.Action = "info", "chaos-ended"
		l.Message = fmt.Sprintf("chaos: %s ended after %s", a.Fault, d.clock.Now().Sub(a.Since).Round(time.Second))
	}
	d.journal.write(l)
	d.scorer.onFault(a.Fault)
}

// faultGauge shows which faults are active.
type faultGauge struct{ *chaos.Controller }

var faultActive = prometheus.NewDesc("demo_chaos_active", "1 while a fault is active.", []string{"fault"}, nil)

// Describe implements [prometheus.Collector].
func (faultGauge) Describe(ch chan<- *prometheus.Desc) { ch <- faultActive }

// Collect implements [prometheus.Collector].
func (g faultGauge) Collect(ch chan<- prometheus.Metric) {
	active := map[string]float64{}
	for _, a := range g.Active() {
		active[a.Fault] = 1
	}
	for _, name := range chaos.Names() {
		ch <- prometheus.MustNewConstMetric(faultActive, prometheus.GaugeValue, active[name], name)
	}
}

// logSink writes what the sink has to say: a delivery, one it was told to
// refuse, or that the dead man's switch went silent.
func (d *Demo) logSink(n sink.Note) {
	l := &line{
		Level: "info", Message: n.Text, Event: event{Dataset: app, Action: n.Action},
		Service: origin{Name: "sink", Version: scorerOrigin.Version, Environment: "demo", Node: scorerOrigin.Node},
		Labels:  labels{"channel": n.Channel},
	}
	if n.Failed {
		l.Level, l.Error = "error", &failure{Type: "DeliveryRefused", Message: n.Text}
	}
	d.journal.write(l)
}

// ServeSMTP takes mail on a listener until it is closed; deliveries appear in
// the sink's channel "mail".
func (d *Demo) ServeSMTP(l net.Listener) error { return d.sink.ServeSMTP(l) }

var errRunning = errors.New("the demo is running already")

// mustJSON encodes a value that cannot fail to encode.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
