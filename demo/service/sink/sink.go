// Package sink stands in for the places alerts are delivered to: Slack,
// PagerDuty, Opsgenie, mail, a webhook inbox and a dead man's switch. It keeps
// what arrives, so that routing can be proved without any of them, and can be
// told to refuse. Only the demo imports it.
package sink

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Channels are all the places there are.
var Channels = []string{"slack", "pager", "opsgenie", "inbox", "deadman", "mail"}

// What is kept at most. The oldest deliveries go first.
const (
	maxBody       = 1 << 20
	maxDeliveries = 1000
	maxBytes      = 32 << 20 // of all bodies
)

// silence is how long the dead man's switch waits for a ping.
const silence = 90 * time.Second

// Delivery is one notification that arrived.
type Delivery struct {
	Time    time.Time       `json:"time"`
	Channel string          `json:"channel"`
	Status  int             `json:"status"` // what the sink answered
	State   string          `json:"state"`  // of the group: "firing", "resolved", "" when it does not say
	Alert   string          `json:"alert"`  // name that the alerts of the group share, "" when it does not say
	Alerts  int             `json:"alerts"` // how many it says there are, 0 when it does not
	Summary string          `json:"summary"`
	Body    json.RawMessage `json:"body"` // as it came; text is a JSON string
	alias   string          // Opsgenie's key of the group
}

// Note is something worth a log line.
type Note struct {
	Channel, Action, Text string
	Failed                bool
}

// Sink is all channels together. It is an [http.Handler] and safe for
// concurrent use.
type Sink struct {
	now    func() time.Time
	note   func(Note)
	mux    *http.ServeMux
	reg    *prometheus.Registry
	counts *prometheus.CounterVec

	mu     sync.Mutex
	got    []Delivery // oldest first
	bytes  int        // of their bodies
	broken map[string]bool
	ping   time.Time // of the dead man's switch, zero before the first
	silent bool
}

// New makes an empty sink on a clock; note takes its log lines.
func New(now func() time.Time, note func(Note)) *Sink {
	s := &Sink{
		now: now, note: note, mux: http.NewServeMux(), reg: prometheus.NewRegistry(), broken: map[string]bool{},
		counts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sink_deliveries_total", Help: "Notifications that arrived.",
		}, []string{"channel", "result"}),
	}
	s.reg.MustRegister(s.counts, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "sink_deadman_silent", Help: "1 while the dead man's switch has not heard from Alertmanager for 90 s.",
	}, func() float64 {
		if s.Silent() {
			return 1
		}
		return 0
	}))
	for _, c := range Channels {
		s.counts.WithLabelValues(c, "ok")
		s.counts.WithLabelValues(c, "refused")
	}
	for pattern, channel := range map[string]string{
		"POST /slack":                "slack",
		"POST /pagerduty/v2/enqueue": "pager",
		"POST /opsgenie/v2/alerts":   "opsgenie",
		// Closing, notes and updates of an alert are deliveries as well.
		"POST /opsgenie/v2/alerts/{id}/{action}": "opsgenie",
		"PUT /opsgenie/v2/alerts/{id}/{action}":  "opsgenie",
		"POST /webhook/{name}":                   "inbox",
		"POST /deadman/ping":                     "deadman",
	} {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.take(w, r, channel) })
	}
	s.mux.HandleFunc("GET /{$}", s.page)
	s.mux.HandleFunc("GET /deliveries", s.list)
	s.mux.HandleFunc("GET /deadman", s.deadman)
	s.mux.HandleFunc("POST /-/fail", s.fail)
	s.mux.HandleFunc("DELETE /-/fail", s.fail)
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"status": "alive"})
	})
	return s
}

// ServeHTTP implements [http.Handler].
func (s *Sink) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Metrics returns the sink's own metrics.
func (s *Sink) Metrics() *prometheus.Registry { return s.reg }

func (s *Sink) take(w http.ResponseWriter, r *http.Request, channel string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		answer(w, http.StatusRequestEntityTooLarge, map[string]any{"error": err.Error()})
		return
	}
	status := s.deliver(channel, body, r.PathValue("action"), r.PathValue("id"))
	switch {
	case status >= 400:
		answer(w, status, map[string]any{"error": channel + " was told to refuse"})
	case channel == "slack":
		_, _ = io.WriteString(w, "ok")
	case channel == "pager":
		answer(w, status, map[string]any{"status": "success", "message": "Event processed", "dedup_key": "sink"})
	default:
		answer(w, status, map[string]any{"result": "Request will be processed", "took": 0, "requestId": "sink"})
	}
}

// deliver keeps a notification and returns the status it is answered with. The
// action and the alias are those of a request about an alert that Opsgenie has.
func (s *Sink) deliver(channel string, body []byte, action, alias string) int {
	d := Delivery{Time: s.now().UTC(), Channel: channel, Status: http.StatusOK, Body: body, alias: alias}
	d.read(action)
	if channel == "pager" || channel == "opsgenie" {
		d.Status = http.StatusAccepted
	}
	if !json.Valid(body) {
		d.Body, _ = json.Marshal(string(body)) // a string always encodes
	}
	s.mu.Lock()
	if s.broken[channel] {
		d.Status = http.StatusInternalServerError
	}
	woke := false
	if channel == "deadman" && d.Status < 400 {
		woke, s.silent, s.ping = s.silent, false, d.Time
	}
	s.keep(&d)
	s.mu.Unlock()
	switch {
	case d.Status >= 400:
		s.counts.WithLabelValues(channel, "refused").Inc()
		s.note(Note{channel, "delivery-refused", channel + " refused: " + d.Summary, true})
	default:
		s.counts.WithLabelValues(channel, "ok").Inc()
		if channel != "deadman" {
			s.note(Note{channel, "delivered", channel + " got: " + d.Summary, false})
		} else if woke {
			s.note(Note{channel, "deadman-back", "dead man's switch hears Alertmanager again", false})
		}
	}
	return d.Status
}

// keep remembers a delivery, forgets what is too much, and tells a request about
// an alert of Opsgenie which one it is about. The lock is held.
func (s *Sink) keep(d *Delivery) {
	for i := len(s.got) - 1; d.Alert == "" && d.alias != "" && i >= 0; i-- {
		if s.got[i].alias == d.alias {
			d.Alert = s.got[i].Alert
		}
	}
	s.got = append(s.got, *d)
	s.bytes += len(d.Body)
	extra := max(0, len(s.got)-maxDeliveries)
	for _, old := range s.got[:extra] {
		s.bytes -= len(old.Body)
	}
	for ; s.bytes > maxBytes; extra++ {
		s.bytes -= len(s.got[extra].Body)
	}
	s.got = slices.Delete(s.got, 0, extra)
}

// Silent tells whether the dead man's switch has gone without a ping for too
// long. It is false until the first ping: there was nothing to miss.
func (s *Sink) Silent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.ping.IsZero() && s.now().Sub(s.ping) > silence
}

// Watch notes once when the dead man's switch goes silent. Call it about once
// a second.
func (s *Sink) Watch() {
	quiet := s.Silent()
	s.mu.Lock()
	tell := quiet && !s.silent
	s.silent = s.silent || quiet
	last := s.ping
	s.mu.Unlock()
	if tell {
		s.note(Note{"deadman", "deadman-silent", "no Watchdog since " + last.Format(time.TimeOnly) + ": Alertmanager or Prometheus is down", true})
	}
}

func (s *Sink) list(w http.ResponseWriter, r *http.Request) {
	channel, since, err := r.URL.Query().Get("channel"), time.Time{}, error(nil)
	if channel != "" && !slices.Contains(Channels, channel) {
		err = fmt.Errorf("no channel %q: there are %s", channel, strings.Join(Channels, ", "))
	}
	if text := r.URL.Query().Get("since"); err == nil && text != "" {
		since, err = parseSince(text, s.now())
	}
	if err != nil {
		answer(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
		return
	}
	list := []Delivery{}
	s.mu.Lock()
	for _, d := range s.got {
		if (channel == "" || d.Channel == channel) && !d.Time.Before(since) {
			list = append(list, d)
		}
	}
	s.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"deliveries": list})
}

// parseSince takes a moment or a length of time before now.
func parseSince(text string, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(-d), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("since is %q, want a time such as 2026-11-22T12:00:00Z or a length such as 10m", text)
	}
	return t, nil
}

func (s *Sink) deadman(w http.ResponseWriter, _ *http.Request) {
	silent := s.Silent()
	s.mu.Lock()
	ping := s.ping
	s.mu.Unlock()
	out := map[string]any{"silent": silent}
	if !ping.IsZero() {
		out["last_ping"] = ping
	}
	answer(w, http.StatusOK, out)
}

// fail makes a channel answer 500, or mends it again.
func (s *Sink) fail(w http.ResponseWriter, r *http.Request) {
	channel := r.URL.Query().Get("channel")
	if !slices.Contains(Channels, channel) {
		answer(w, http.StatusBadRequest, map[string]any{"error": fmt.Sprintf("no channel %q: there are %s", channel, strings.Join(Channels, ", "))})
		return
	}
	s.Fail(channel, r.Method == http.MethodPost)
	answer(w, http.StatusOK, map[string]any{"channel": channel, "failing": r.Method == http.MethodPost})
}

// Fail makes a channel refuse all deliveries, or take them again.
func (s *Sink) Fail(channel string, on bool) {
	s.mu.Lock()
	s.broken[channel] = on
	s.mu.Unlock()
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client is gone if this fails
}
