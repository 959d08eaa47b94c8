package service

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
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
	if serve == "" {
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
	if features := base(addrs["featurestore"]); features != "" {
		d.at = across{scorer: d.scorer, client: client, url: features + featuresRoute}
	}
	l := &load{Demo: d, client: client, url: serve, slots: make(chan struct{}, maxUnderWay)}
	loops := []func(context.Context){l.call, l.label, d.tick, d.burn, d.leak}
	if d.probe != nil {
		loops = append(loops, d.probe.run)
	}
	for _, loop := range loops {
		d.running.Add(1)
		go func() {
			defer d.running.Done()
			loop(ctx)
		}()
	}
	return nil
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
			d.scorer.watch()
			d.sink.Watch()
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

	mu    sync.Mutex
	queue labelQueue
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
	if post(ctx, l.client, c.method, l.url+c.route, c.trace, body, &out) != nil {
		return // the scorer has counted and logged it
	}
	if c.route == "/predict" {
		out.Predictions = []prediction{out.prediction}
	}
	if len(out.Predictions) == len(c.labels) {
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
		labels := make([]truth, len(due))
		for i, d := range due {
			labels[i] = truth{d.id, d.actual}
		}
		_ = post(ctx, l.client, http.MethodPost, l.url+"/feedback", trace{}, map[string]any{"labels": labels}, nil)
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
