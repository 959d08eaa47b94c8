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
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"firewatch/demo/service/chaos"
	"firewatch/demo/service/hostsim"
	"firewatch/demo/service/sink"
)

// Options say how the demo runs. The zero value is all roles in one process,
// seed 0, the clock of the wall, no log and no faults.
type Options struct {
	Seed uint64
	// Roles are those of [RoleNames] that run here, nil all of them. A scorer
	// without a feature store beside it and without the address of one looks
	// features up by itself.
	Roles []string
	// Now is the clock outside of [Demo.FastForward]; nil is time.Now.
	Now func() time.Time
	// Log takes one ECS line at a time, without a newline. It must not block and
	// may keep the slice.
	Log func(doc []byte)
	// Node names this instance in the log lines; "" is demo-1.
	Node string
	// Chaos lets faults be started over HTTP.
	Chaos bool
	// Follow is the base URL of the role serve whose faults this demo takes part
	// in, "" when it has its own. A scorer that follows is a further replica: it
	// alone acts on version-skew, and leaves faults of the process to the first.
	Follow string
	// OnFault is told of every fault that starts or ends, from any goroutine, for
	// those that break the servers around the demo; it must not block. Faults that
	// nobody but it can act on are refused when it is nil.
	OnFault func(name string, on bool)
	// Spans takes the spans of sampled requests; nil leaves them out. See
	// [ExportSpans].
	Spans sdktrace.SpanProcessor
	// Newest finds, where the lines of Log are searched, the @timestamp of the
	// newest one with event.action heartbeat; the zero time when there is none.
	// With it the role probe watches the way of the logs; nil leaves it out.
	Newest func(ctx context.Context) (time.Time, error)
}

// Role is one part of the demo with an address of its own.
type Role struct {
	Name     string              // one of RoleNames
	Job      string              // the scrape job
	Labels   map[string]string   // labels of the scrape target
	Handler  http.Handler        // its API, and /metrics
	Gatherer prometheus.Gatherer // what /metrics shows, at the demo's own time
	// Metrics are those of Gatherer that have a history, without those of the
	// process: to be read many times, without the price of gathering.
	Metrics prometheus.Collector
}

// Demo is the roles that run in this process. Its methods may be called from any
// goroutine, except that FastForward must be over before Start begins.
type Demo struct {
	opts    Options
	clock   *clock
	chaos   *chaos.Controller
	journal *journal
	lines   *pipeline
	roles   []Role
	age     *age

	// What the roles are made of, nil for those that do not run here.
	scorer  *scorer
	history prometheus.Gauge
	store   *store
	traffic *traffic
	calls   *callMetrics
	labels  labelQueue
	hosts   *hostsim.Sim
	sink    *sink.Sink
	probe   *probe

	mu       sync.Mutex
	at       route     // where the scorer looks features up
	replicas []string  // base URLs that callers call beside the first
	reached  time.Time // end of the history, zero without one
	stop     context.CancelFunc
	running  sync.WaitGroup
}

// New builds the demo. Nothing runs until [Demo.Start].
func New(o Options) (*Demo, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &clock{wall: o.Now}
	d := &Demo{opts: o, clock: c, age: &age{clock: c, born: o.Now()}}
	d.lines = &pipeline{out: o.Log}
	// Processes that share a seed must not share the ids of their lines.
	own := fnv.New64a()
	_, _ = io.WriteString(own, strings.Join(o.Roles, " ")+o.Node)
	d.journal = &journal{clock: c, node: o.Node, rng: rand.New(rand.NewPCG(o.Seed, 0x106^own.Sum64()))}
	if o.Log != nil {
		d.journal.sink = d.lines.write
	}
	d.chaos = chaos.New(c.Now, d.onFault)
	d.chaos.Refuse(func(f chaos.Fault) error {
		if f.Embedded && o.OnFault == nil {
			return errors.New("it breaks a server that only the demo in one process has in its hands: start that with go run ./demo")
		}
		return nil
	})
	if err := errors.Join(d.build(), d.trace()); err != nil {
		return nil, err
	}
	return d, nil
}

// run tells this demo from another one of the same seed: it was built at another
// moment.
func (d *Demo) run() uint64 { return uint64(d.opts.Now().UnixNano()) }

// Roles returns the roles that run here and have an address, always in the same
// order.
func (d *Demo) Roles() []Role { return d.roles }

func (d *Demo) route() route {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at
}

// onFault logs a fault that starts or ends, unless it is somebody else's, and has
// everybody act on it who cannot just look.
func (d *Demo) onFault(started bool, a chaos.Active) {
	if !started { // what waited comes before the line that says so
		d.lines.stall(d.chaos.On("logs-stop"))
	}
	if d.opts.Follow == "" {
		d.logFault(started, a)
	}
	d.lines.stall(d.chaos.On("logs-stop"))
	if d.scorer != nil {
		d.scorer.onFault(a.Fault)
	}
	if d.sink != nil && a.Fault == "notify-fail" {
		d.sink.Fail("slack", d.chaos.On(a.Fault))
	}
	if d.opts.OnFault != nil {
		d.opts.OnFault(a.Fault, d.chaos.On(a.Fault))
	}
}

func (d *Demo) logFault(started bool, a chaos.Active) {
	l := &line{
		Level: "warn", Message: fmt.Sprintf("chaos: %s at %g (%s) until %s", a.Fault, a.Intensity, a.Unit, a.Until.UTC().Format(time.TimeOnly)),
		Event: event{Dataset: app, Action: "chaos-started"}, Labels: labels{"chaos": a.Fault},
	}
	if !started {
		l.Level, l.Event.Action = "info", "chaos-ended"
		l.Message = fmt.Sprintf("chaos: %s ended after %s", a.Fault, d.clock.Now().Sub(a.Since).Round(time.Second))
	}
	d.journal.write(l)
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

// logKernel writes what the kernel of a simulated host has to say.
func (d *Demo) logKernel(e hostsim.Event) {
	d.journal.write(&line{
		Level: e.Level, Message: e.Message, Event: event{Dataset: app, Category: []string{"host"}, Action: e.Action, Outcome: "failure"},
		Service: origin{Name: "kernel", Version: "6.12.41-sim", Environment: "demo", Node: named{e.Host}}, Host: &host{e.Host},
		Labels: labels{"simulated": "host"},
	})
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
// the channel "mail" of the role sink, which must run here.
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
