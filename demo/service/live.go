package service

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"firewatch/demo/service/fraud"
)

// maxUnderWay bounds the calls of the load generator: beyond it callers give
// up at once, as a connection pool would have them.
const maxUnderWay = 512

// Start goes live: callers call addrs["serve"] and the scorer asks
// addrs["featurestore"], each a host:port or a URL; without the latter it looks
// features up within the process. What happened between the end of the history
// and now is made up for first. The demo runs until ctx ends or [Demo.Stop].
func (d *Demo) Start(ctx context.Context, addrs map[string]string) error {
	serve := base(addrs["serve"])
	if d.traffic != nil && serve == "" {
		return fmt.Errorf("starting the demo's traffic: no address for the role %q", "serve")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stop != nil {
		return errRunning
	}
	ctx, d.stop = context.WithCancel(ctx)
	if now := d.clock.Now(); !d.reached.IsZero() && d.reached.Before(now) && now.Sub(d.reached) < 10*time.Minute {
		d.newRun(d.reached, d.reached).until(now)
		d.clock.release()
	}
	d.age.mu.Lock()
	d.age.alive = d.clock.Now()
	d.age.mu.Unlock()
	client := newClient()
	if features := base(addrs["featurestore"]); d.scorer != nil && features != "" {
		d.at = across{scorer: d.scorer, client: client, url: features + featuresRoute}
	}
	d.logProcess("role-started", "starts")
	for _, loop := range d.loops(client, serve) {
		d.running.Add(1)
		go func() {
			defer d.running.Done()
			loop(ctx)
		}()
	}
	return nil
}

// logProcess tells of a role that has a process of its own.
func (d *Demo) logProcess(action, does string) {
	if d.opts.Roles == nil {
		return
	}
	for _, r := range d.roles {
		d.journal.write(&line{
			Level: "info", Message: r.Job + " " + scorerOrigin.Version + " " + does,
			Event:   event{Dataset: app, Category: []string{"process"}, Action: action},
			Service: origin{Name: r.Job, Version: scorerOrigin.Version, Environment: "demo", Node: scorerOrigin.Node},
		})
	}
}

// loops are what runs all the time, by the roles that do.
func (d *Demo) loops(client *http.Client, serve string) []func(context.Context) {
	loops := []func(context.Context){d.tick}
	if d.traffic != nil {
		l := &load{Demo: d, client: client, url: serve, slots: make(chan struct{}, maxUnderWay)}
		loops = append(loops, l.call, l.label)
	}
	if d.scorer != nil && !d.scorer.follows {
		loops = append(loops, d.burn, d.leakGoroutines, d.leakMemory, d.leakFiles)
	}
	if d.probe != nil {
		loops = append(loops, d.probe.run)
	}
	if d.opts.Follow != "" {
		loops = append(loops, d.follow)
	}
	return loops
}

// CallAlso has callers call these replicas of the scorer in turn with the one
// that Start names, until it is called again; none leaves that one alone.
func (d *Demo) CallAlso(replicas ...string) {
	urls := make([]string, len(replicas))
	for i, r := range replicas {
		urls[i] = base(r)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.replicas = urls
}

// Stop ends all that Start began, and waits for it.
func (d *Demo) Stop() {
	d.mu.Lock()
	stop := d.stop
	d.mu.Unlock()
	if stop == nil {
		return
	}
	stop()
	d.running.Wait()
	d.logProcess("role-stopped", "stops")
	d.lines.stall(false)
	d.mu.Lock()
	d.stop = nil
	d.mu.Unlock()
}

func base(addr string) string {
	if addr != "" && !strings.Contains(addr, "://") {
		addr = "http://" + addr
	}
	return strings.TrimSuffix(addr, "/")
}

func newClient() *http.Client {
	return &http.Client{
		Timeout: 40 * time.Second,
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
			MaxIdleConns:        128,
			MaxIdleConnsPerHost: 64,
			DisableCompression:  true,
		},
	}
}

// tick does once a second what nobody asks for.
func (d *Demo) tick(ctx context.Context) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			d.chaos.Expire()
			if d.scorer != nil {
				d.scorer.watch()
			}
			if d.hosts != nil {
				d.hosts.Watch()
			}
			if d.sink != nil {
				d.sink.Watch()
			}
		}
	}
}

// load is the callers: they call in an open loop, whether or not the last
// call has been answered.
type load struct {
	*Demo
	client *http.Client
	url    string
	slots  chan struct{}
	turn   atomic.Uint64

	mu    sync.Mutex
	queue labelQueue
}

// next is the base URL of the replica whose turn it is.
func (l *load) next() string {
	l.Demo.mu.Lock()
	defer l.Demo.mu.Unlock()
	if n := l.turn.Add(1) % uint64(1+len(l.replicas)); n > 0 {
		return l.replicas[n-1]
	}
	return l.url
}

// call sends calls at their moments until ctx ends.
func (l *load) call(ctx context.Context) {
	l.mu.Lock()
	l.queue, l.labels = l.labels, labelQueue{}
	l.mu.Unlock()
	var under sync.WaitGroup
	defer under.Wait()
	at := l.clock.Now()
	for {
		at = l.traffic.next(at)
		if late := l.clock.Now().Sub(at); late > 5*time.Second { // the machine slept
			at = at.Add(late)
		}
		if sleep(ctx, at.Sub(l.clock.Now())) != nil {
			return
		}
		if !l.traffic.accepted(at) {
			continue
		}
		c := l.traffic.draw()
		select {
		case l.slots <- struct{}{}:
		default:
			l.calls.count(c, "given-up")
			continue
		}
		under.Add(1)
		go func() {
			defer under.Done()
			l.send(ctx, c)
			<-l.slots
		}()
	}
}

// send makes one call and queues the labels of what it predicted.
func (l *load) send(ctx context.Context, c call) {
	var body any
	switch {
	case c.route == "/predict":
		body = c.items[0]
	case len(c.items) > 0:
		body = map[string]any{"transactions": c.items}
	case c.body != nil:
		body = c.body
	}
	var out struct {
		prediction
		Predictions []prediction `json:"predictions"`
	}
	to := l.next()
	if err := post(ctx, l.client, c.method, to+c.route, c.trace, body, &out); err != nil {
		l.calls.count(c, "failed") // why, the scorer has counted and logged
		return
	}
	l.calls.count(c, "answered")
	if c.route == "/predict" {
		out.Predictions = []prediction{out.prediction}
	}
	if len(out.Predictions) == len(c.labels) {
		for i := range c.labels {
			c.labels[i].to = to
		}
		l.mu.Lock()
		l.queue.add(c.labels, out.Predictions, l.clock.Now())
		l.mu.Unlock()
	}
}

// label sends the ground truth that has arrived, once a second.
func (l *load) label(ctx context.Context) {
	type truth struct {
		ID    string `json:"prediction_id"`
		Fraud bool   `json:"fraud"`
	}
	for sleep(ctx, time.Second) == nil {
		l.mu.Lock()
		due := l.queue.due(l.clock.Now())
		l.mu.Unlock()
		if len(due) == 0 || l.chaos.Level("labels-stop") > 0 {
			continue
		}
		by := map[string][]truth{}
		for _, d := range due {
			to := cmp.Or(d.to, l.url) // those of a history name nobody
			by[to] = append(by[to], truth{d.id, d.actual})
		}
		for to, labels := range by {
			if post(ctx, l.client, http.MethodPost, to+"/feedback", trace{}, map[string]any{"labels": labels}, nil) == nil {
				l.calls.labels.Add(float64(len(labels)))
			}
		}
	}
}

// across leads requests to a feature store over the network.
type across struct {
	*scorer
	client *http.Client
	url    string
}

func (v across) lookup(ctx context.Context, tr trace, keys []lookupKey) ([]fraud.Profile, time.Duration, error) {
	began := time.Now()
	var out struct {
		Profiles []fraud.Profile `json:"profiles"`
	}
	err := post(ctx, v.client, http.MethodPost, v.url, tr, map[string]any{"keys": keys}, &out)
	if err == nil && len(out.Profiles) != len(keys) {
		err = fmt.Errorf("feature store gave %d profiles for %d keys", len(out.Profiles), len(keys))
	}
	return out.Profiles, time.Since(began), err
}

func (v across) infer(ctx context.Context, d time.Duration) (time.Duration, error) {
	return v.work(ctx, d)
}

const maxAnswer = 1 << 20

// post makes one request with a JSON body and reads a JSON answer; an answer
// of 400 or more is an error.
func post(ctx context.Context, c *http.Client, method, url string, tr trace, body, into any) error {
	var r io.Reader
	if body != nil {
		r = bytes.NewReader(mustJSON(body))
	}
	req, err := http.NewRequestWithContext(ctx, method, url, r)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if tr.ID != "" {
		req.Header.Set("Traceparent", tr.header())
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer func() {
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) // so that the connection can be used again
		_ = resp.Body.Close()
	}()
	if resp.StatusCode >= 400 {
		return fmt.Errorf("%s %s: %s", method, url, resp.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(into)
}
