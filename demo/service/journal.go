package service

import (
	"encoding/json"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// line is one log line in the Elastic Common Schema, with the dotted keys an
// ECS logger writes.
type line struct {
	Time    string     `json:"@timestamp"`
	Level   string     `json:"log.level"`
	Message string     `json:"message"`
	ECS     string     `json:"ecs.version"`
	Event   event      `json:"event"`
	Service origin     `json:"service"`
	Trace   string     `json:"trace.id,omitempty"`
	Span    string     `json:"span.id,omitempty"`
	Root    string     `json:"transaction.id,omitempty"`
	HTTP    *httpField `json:"http,omitempty"`
	URL     *urlField  `json:"url,omitempty"`
	Client  *client    `json:"client,omitempty"`
	Host    *host      `json:"host,omitempty"`
	User    *user      `json:"user,omitempty"`
	Error   *failure   `json:"error,omitempty"`
	ML      *ml        `json:"ml,omitempty"`
	Labels  labels     `json:"labels,omitempty"`
}

type (
	event struct {
		Dataset  string   `json:"dataset"`
		Kind     string   `json:"kind"`
		Category []string `json:"category,omitempty"`
		Action   string   `json:"action"`
		Outcome  string   `json:"outcome"`
		ID       string   `json:"id"`
		Sequence uint64   `json:"sequence"`
		Duration int64    `json:"duration,omitempty"` // nanoseconds
	}
	origin struct {
		Name        string `json:"name"`
		Version     string `json:"version"`
		Environment string `json:"environment"`
		Node        named  `json:"node"`
	}
	named struct {
		Name string `json:"name"`
	}
	httpField struct {
		Request  httpRequest  `json:"request"`
		Response httpResponse `json:"response"`
		Route    string       `json:"route"`
	}
	httpRequest struct {
		Method string `json:"method"`
		ID     string `json:"id,omitempty"`
	}
	httpResponse struct {
		Status int `json:"status_code"`
	}
	urlField struct {
		Path string `json:"path"`
	}
	client struct {
		IP string `json:"ip"`
	}
	host struct {
		Name string `json:"name"`
	}
	user struct {
		ID string `json:"id"`
	}
	failure struct {
		Type    string `json:"type"`
		Message string `json:"message"`
		Stack   string `json:"stack_trace,omitempty"`
	}
	ml struct {
		Model     *mlModel `json:"model,omitempty"`
		Score     *float64 `json:"score,omitempty"`
		Predicted string   `json:"predicted,omitempty"`
		Actual    string   `json:"actual,omitempty"`
		Feature   string   `json:"feature,omitempty"`
	}
	mlModel struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		Variant string `json:"variant"`
	}
	labels map[string]string
)

// Data sets, each a data stream of its own.
const (
	inference = "mldemo.inference"
	clients   = "mldemo.client"
	app       = "mldemo.app"
)

// journal writes log lines. It is safe for concurrent use; lines leave in the
// order of their sequence.
type journal struct {
	sink  func([]byte)
	clock *clock
	node  string // this instance, where a line names none of its own; "" leaves it

	mu  sync.Mutex
	rng *rand.Rand
	seq uint64
}

// write completes a line and hands it out. The caller sets level, message,
// dataset and action; service defaults to the scorer, outcome to success, or
// to failure for errors.
func (j *journal) write(l *line) {
	if j.sink == nil {
		return
	}
	now := j.clock.Now().UTC()
	l.Time, l.ECS = now.Format("2006-01-02T15:04:05.000Z"), "8.17.0"
	l.Event.Kind = "event"
	if l.Service.Name == "" {
		l.Service = scorerOrigin
	}
	if j.node != "" && l.Service.Node == scorerOrigin.Node {
		l.Service.Node.Name = j.node
	}
	if l.Event.Outcome == "" {
		l.Event.Outcome = "success"
		if l.Error != nil {
			l.Event.Outcome = "failure"
		}
	}
	if j.clock.simulated() {
		if l.Labels == nil {
			l.Labels = labels{}
		}
		l.Labels["simulated"] = "history"
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	l.Event.Sequence, l.Event.ID = j.seq, j.id(now)
	doc, err := json.Marshal(l)
	if err != nil { // only a NaN score could do it, and scores are probabilities
		return
	}
	j.sink(doc)
}

// id draws a ULID: sortable by time, and the same for the same seed.
func (j *journal) id(now time.Time) string {
	var id ulid.ULID
	_ = id.SetTime(ulid.Timestamp(now)) // fails only after the year 10889
	hi, lo := j.rng.Uint64(), j.rng.Uint64()
	for i := range 5 {
		id[6+i], id[11+i] = byte(hi>>(8*i)), byte(lo>>(8*i))
	}
	return id.String()
}

var scorerOrigin = origin{Name: "fraud-scorer", Version: "2.3.0", Environment: "demo", Node: named{"demo-1"}}
