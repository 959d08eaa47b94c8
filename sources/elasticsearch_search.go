package sources

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
	"github.com/elastic/go-elasticsearch/v8/esapi"
)

var _ = register("elasticsearch", newElasticsearch)

const (
	defaultIndex = "logs-*"
	// maxPage is the most hits that one search may ask for: a server's default
	// index.max_result_window.
	maxPage = 10_000
)

// object is a JSON object of a request.
type object map[string]any

// elasticsearch asks one cluster about the indices of one pattern.
type elasticsearch struct {
	t       *transport
	client  *elastictransport.Client
	indices []string
	// patience is what the server is given for one search; it answers then with
	// what it has.
	patience time.Duration
	now      func() time.Time

	schema schemas
	tails  tails
}

func newElasticsearch(o Options) (Source, error) {
	t, err := newTransport("elasticsearch", o)
	if err != nil {
		return nil, err
	}
	base := *t.base // the library owns what it is given
	client, err := elastictransport.NewClient(
		elastictransport.WithURLs(&base), elastictransport.WithTransport(t), elastictransport.WithDisableRetry(), elastictransport.WithUserAgent(userAgent))
	if err != nil {
		return nil, err
	}
	es := &elasticsearch{t: t, client: client, patience: t.timeout * 8 / 10, now: time.Now}
	for name := range strings.SplitSeq(o.Index, ",") {
		if name = strings.TrimSpace(name); name != "" {
			es.indices = append(es.indices, name)
		}
	}
	if es.indices == nil {
		es.indices = []string{defaultIndex}
	}
	return es, nil
}

// Query implements [Source].
func (es *elasticsearch) Query(ctx context.Context, q Query, w Window) (Frame, error) {
	ctx, c := begin(ctx, "search "+strings.Join(es.indices, ","))
	var f Frame
	var err error
	switch q := q.(type) {
	case Lines:
		f, err = es.lines(ctx, q, w)
	case Tail:
		f, err = es.tail(ctx, q)
	case Histogram:
		f, err = es.histogram(ctx, q, w)
	case Facet:
		f, err = es.facet(ctx, q, w)
	case Fields:
		c.what = "list the fields of " + strings.Join(es.indices, ",")
		f, err = es.fields(ctx)
	case LogStatus:
		c.what = "ask the cluster how it is"
		f, err = es.status(ctx, c)
	default:
		return Frame{}, unsupported("elasticsearch", q)
	}
	if err != nil {
		return Frame{}, es.failed(c, err)
	}
	f.Cost = c.spent(f.Cost.Samples)
	return f, nil
}

// failed is the *[Error] of whatever went wrong. A filter that does not parse
// was never sent.
func (es *elasticsearch) failed(c *call, err error) error {
	var bad *FilterError
	if errors.As(err, &bad) {
		return &Error{Source: es.t.kind, Kind: BadQuery, Err: bad}
	}
	return es.t.undecoded(c, err)
}

// do sends a request of the official client and reads the whole answer.
func (es *elasticsearch) do(ctx context.Context, r esapi.Request) ([]byte, error) {
	resp, err := r.Do(ctx, es.client)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// search sends one search. A body with a point in time names no index.
func (es *elasticsearch) search(ctx context.Context, body object) (*hits, error) {
	if body["timeout"] == nil {
		body["timeout"] = fmt.Sprintf("%dms", es.patience.Milliseconds())
	}
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r := esapi.SearchRequest{Body: bytes.NewReader(b)}
	if body["pit"] == nil {
		yes := true
		r.Index, r.IgnoreUnavailable, r.AllowNoIndices = es.indices, &yes, &yes
	}
	answer, err := es.do(ctx, r)
	if err != nil {
		return nil, err
	}
	return readHits(answer)
}

// readHits decodes the answer of a search.
func readHits(b []byte) (*hits, error) {
	out := &hits{}
	var meta struct {
		TimedOut bool `json:"timed_out"`
		Shards   struct {
			Total, Failed int
			Failures      []struct{ Reason failed }
		} `json:"_shards"`
		Total struct{ Value int }
	}
	s := scan{b: b}
	whole, large := false, 0
	keep := func(into any) error {
		v, err := s.value()
		if err == nil && json.Unmarshal(v, into) != nil {
			err = errJSON
		}
		return err
	}
	err := s.object(func(key []byte) error {
		switch string(key) {
		case "timed_out":
			return keep(&meta.TimedOut)
		case "_shards":
			return keep(&meta.Shards)
		case "pit_id":
			return keep(&out.pit)
		case "aggregations":
			return keep(&out.aggs)
		case "hits":
			whole = true
			return s.object(func(key []byte) error {
				switch string(key) {
				case "total":
					return keep(&meta.Total)
				case "hits":
					return s.array(func() error {
						l, last, err := s.hit()
						if err != nil {
							return err
						}
						if l.Raw == nil {
							large++
						}
						out.lines, out.last = append(out.lines, l), last
						return nil
					})
				}
				_, err := s.value()
				return err
			})
		}
		_, err := s.value()
		return err
	})
	if err == nil && s.next() != 0 || err == nil && !whole {
		err = errJSON
	}
	if err != nil {
		return nil, err
	}
	out.total = meta.Total.Value
	if meta.TimedOut {
		out.notes = append(out.notes, "the server ran out of time, this is a part")
	}
	if n := meta.Shards.Failed; n > 0 {
		note := fmt.Sprintf("%d of %d shards failed", n, meta.Shards.Total)
		if len(meta.Shards.Failures) > 0 {
			note += ": " + bounded(Clean(meta.Shards.Failures[0].Reason.words()), maxReason)
		}
		out.notes = append(out.notes, note)
	}
	if large > 0 {
		out.notes = append(out.notes, fmt.Sprintf("%d lines are larger than %d KiB, their fields are left out", large, maxRaw>>10))
	}
	return out, nil
}

// hit reads one hit and its sort values.
func (s *scan) hit() (*Log, []byte, error) {
	var index, id, source, last []byte
	err := s.object(func(key []byte) error {
		v, err := s.value()
		switch string(key) {
		case "_index":
			index = v
		case "_id":
			id = v
		case "_source":
			source = v
		case "sort":
			last = v
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if source == nil {
		source = []byte("{}")
	}
	l, err := newLog(unquoted(index), unquoted(id), source)
	if err != nil {
		return nil, nil, err
	}
	if l.Time.IsZero() && len(last) > 1 { // its own words for the time are unusual, the server's are not
		first, _, _ := bytes.Cut(bytes.Trim(last, "[]"), []byte(","))
		l.Time = instant(bytes.TrimSpace(first))
	}
	return l, last, nil
}

// openPIT makes a snapshot that pages can be read from while lines arrive.
func (es *elasticsearch) openPIT(ctx context.Context) (string, error) {
	yes := true
	answer, err := es.do(ctx, esapi.OpenPointInTimeRequest{Index: es.indices, KeepAlive: "1m", IgnoreUnavailable: &yes})
	if err != nil {
		return "", err
	}
	var pit struct{ ID string }
	if err := json.Unmarshal(answer, &pit); err != nil {
		return "", err
	}
	return pit.ID, nil
}

// closePIT gives the snapshot back. It would end by itself, so a failure does
// not count, nor does a caller who has gone.
func (es *elasticsearch) closePIT(ctx context.Context, id string) {
	b, err := json.Marshal(object{"id": id})
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_, _ = es.do(ctx, esapi.ClosePointInTimeRequest{Body: bytes.NewReader(b)})
}
