package service

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"firewatch/demo/service/hostsim"
	"firewatch/demo/service/sink"
)

// RoleNames are the names of all roles, in the order that [Demo.Roles] has them.
var RoleNames = []string{"serve", "featurestore", "hostsim", "sink", "probe", "load"}

// build makes the roles that the options ask for.
func (d *Demo) build() error {
	for _, name := range d.opts.Roles {
		if !slices.Contains(RoleNames, name) {
			return fmt.Errorf("build the demo: no role %q: there are %s", name, strings.Join(RoleNames, ", "))
		}
	}
	makers := map[string]func() error{
		"serve": d.makeServe, "featurestore": d.makeStore, "hostsim": d.makeHosts,
		"sink": d.makeSink, "probe": d.makeProbe, "load": d.makeLoad,
	}
	for _, name := range RoleNames {
		if d.opts.Roles != nil && !slices.Contains(d.opts.Roles, name) {
			continue
		}
		if err := makers[name](); err != nil {
			return fmt.Errorf("build the role %s: %w", name, err)
		}
	}
	if d.scorer != nil {
		if d.store == nil { // a scorer alone has profiles of its own until it is told of a store
			d.store = newStore(prometheus.NewRegistry(), d.clock, d.chaos, d.journal, d.opts.Seed)
		}
		d.at = within{d.scorer, d.store}
	}
	return nil
}

func (d *Demo) makeServe() error {
	reg := prometheus.NewRegistry()
	d.scorer = newScorer(reg, d.clock, d.journal, d.chaos, d.opts.Seed, scorerEndpoints)
	d.scorer.follows = d.opts.Follow != ""
	d.history = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "demo_history_until_timestamp_seconds", Help: "End of the simulated history; 0 without one.",
	})
	reg.MustRegister(d.history)
	a := &api{scorer: d.scorer, route: d.route, run: d.run()}
	if !d.scorer.follows {
		reg.MustRegister(faultGauge{d.chaos})
		if d.opts.Chaos {
			a.chaos = d.chaos.Handler()
		}
	}
	d.add("serve", "fraud-scorer", map[string]string{"service": "fraud-scorer", "env": "demo"}, a.handler(), reg)
	return nil
}

func (d *Demo) makeStore() error {
	reg := prometheus.NewRegistry()
	d.store = newStore(reg, d.clock, d.chaos, d.journal, d.opts.Seed)
	mux := alive()
	mux.Handle("POST "+featuresRoute, d.store)
	d.add("featurestore", "feature-store", map[string]string{"service": "feature-store", "env": "demo"}, mux, reg)
	return nil
}

func (d *Demo) makeHosts() error {
	d.hosts = hostsim.New(hostsim.Options{Seed: d.opts.Seed, Now: d.clock.Now, Level: d.chaos.Level, Kernel: d.logKernel})
	d.expose("hostsim", "hostsim", map[string]string{"env": "demo", "simulated": "true"}, alive(), d.hosts, d.hosts)
	return nil
}

func (d *Demo) makeSink() error {
	d.sink = sink.New(d.clock.Now, d.logSink)
	d.aside("sink", "sink", map[string]string{"service": "sink", "env": "demo"}, d.sink, d.sink.Metrics())
	return nil
}

func (d *Demo) makeProbe() error {
	if d.opts.Newest == nil {
		if d.opts.Roles == nil {
			return nil
		}
		return errors.New("it has nowhere to look for its lines")
	}
	reg := prometheus.NewRegistry()
	d.probe = newProbe(reg, d.clock, d.journal, d.opts.Newest)
	d.aside("probe", "log-probe", map[string]string{"service": "log-probe", "env": "demo"}, d.probe, reg)
	role := &d.roles[len(d.roles)-1]
	role.Handler = d.unlessStopped("probe-stop", role.Handler)
	return nil
}

func (d *Demo) makeLoad() error {
	reg := prometheus.NewRegistry()
	d.traffic, d.calls = newTraffic(d.opts.Seed, d.chaos), newCallMetrics(reg)
	d.traffic.run = d.run()
	if d.opts.Roles != nil { // with all roles in one process the callers have no address
		d.aside("load", "traffic", map[string]string{"service": "traffic", "env": "demo"}, alive(), reg)
	}
	return nil
}

// alive answers health checks.
func alive() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"status": "alive"})
	})
	return mux
}

// unlessStopped hangs up on everybody while a fault is active.
func (d *Demo) unlessStopped(fault string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.chaos.Level(fault) > 0 {
			panic(http.ErrAbortHandler) // the server closes the connection and says nothing
		}
		h.ServeHTTP(w, r)
	})
}

// add makes a role of an API and a registry; the metrics of the process join
// the registry's.
func (d *Demo) add(name, job string, labels map[string]string, api http.Handler, reg *prometheus.Registry) {
	process := prometheus.NewRegistry()
	process.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	d.expose(name, job, labels, api, &exposition{own: reg, process: process, age: d.age}, reg)
}

// aside makes a role that shows the metrics of the process only when the process
// is its own: beside others they would be the same once more.
func (d *Demo) aside(name, job string, labels map[string]string, api http.Handler, reg *prometheus.Registry) {
	if len(d.opts.Roles) == 1 {
		d.add(name, job, labels, api, reg)
	} else {
		d.expose(name, job, labels, api, reg, reg)
	}
}

// expose makes a role of an API and what its /metrics shows.
func (d *Demo) expose(name, job string, labels map[string]string, api http.Handler, g prometheus.Gatherer, own prometheus.Collector) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(g, promhttp.HandlerOpts{EnableOpenMetrics: true, DisableCompression: true}))
	mux.Handle("/", api)
	d.roles = append(d.roles, Role{Name: name, Job: job, Labels: labels, Handler: mux, Gatherer: g, Metrics: own})
}
