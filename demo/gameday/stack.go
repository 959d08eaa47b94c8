package gameday

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Addresses are the base URLs of the servers of a stack, without a trailing
// slash.
type Addresses struct {
	Prometheus, Alertmanager, Elasticsearch, Jaeger, Service, Sink string
}

// stack speaks to the servers.
type stack struct {
	at     Addresses
	client http.Client
}

const (
	patience  = 10 * time.Second // for one answer
	maxAnswer = 64 << 20         // bytes; the deliveries of a long game day are many
)

// errStatus is an answer that is a refusal.
type errStatus struct {
	code int
	text string
}

func (e errStatus) Error() string {
	return fmt.Sprintf("answers %d: %s", e.code, e.text)
}

// call makes one request; in and out are JSON, nil for none.
func (s *stack) call(ctx context.Context, method, to string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, to, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, to, err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %w", method, to, errStatus{resp.StatusCode, fmt.Sprintf("%.200s", text)})
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%s %s: %w", method, to, err)
	}
	return nil
}

// alarm is an alert of Prometheus or of Alertmanager.
type alarm struct {
	Labels map[string]string
	State  string // of Prometheus: "pending" or "firing"
	Status struct{ InhibitedBy []string }
}

// alerts are those that Prometheus has, pending ones among them.
func (s *stack) alerts(ctx context.Context) ([]alarm, error) {
	var answer struct{ Data struct{ Alerts []alarm } }
	err := s.call(ctx, http.MethodGet, s.at.Prometheus+"/api/v1/alerts", nil, &answer)
	return answer.Data.Alerts, err
}

// held are the alerts that Alertmanager has.
func (s *stack) held(ctx context.Context) (list []alarm, err error) {
	return list, s.call(ctx, http.MethodGet, s.at.Alertmanager+"/api/v2/alerts", nil, &list)
}

// known counts the series of a selector.
func (s *stack) known(ctx context.Context, selector string) (int, error) {
	var answer struct {
		Data struct{ Result []json.RawMessage }
	}
	err := s.call(ctx, http.MethodGet, s.at.Prometheus+"/api/v1/query?query="+url.QueryEscape(selector), nil, &answer)
	return len(answer.Data.Result), err
}

// lines counts the log lines that a query finds from a moment on.
func (s *stack) lines(ctx context.Context, query string, since time.Time) (int, error) {
	ask := map[string]any{
		"size": 0, "track_total_hits": true,
		"query": map[string]any{"bool": map[string]any{"filter": []any{
			map[string]any{"range": map[string]any{"@timestamp": map[string]any{"gte": since.UTC().Truncate(time.Millisecond).Format(time.RFC3339Nano)}}},
			map[string]any{"query_string": map[string]any{"query": query}},
		}}},
	}
	var answer struct {
		Hits struct{ Total struct{ Value int } }
	}
	err := s.call(ctx, http.MethodPost, s.at.Elasticsearch+"/logs-mldemo.*/_search", ask, &answer)
	return answer.Hits.Total.Value, err
}

// found tells whether there is a span of a kind that began after a moment.
func (s *stack) found(ctx context.Context, what Span, since time.Time) (bool, error) {
	attributes := pairs(what.Where)
	if what.Failed {
		attributes["error"] = "true"
	}
	ask := url.Values{
		"query.serviceName": {what.Service}, "query.searchDepth": {"1"},
		"query.startTimeMin": {since.UTC().Format(time.RFC3339Nano)}, "query.startTimeMax": {time.Now().Add(time.Second).UTC().Format(time.RFC3339Nano)},
	}
	if what.Operation != "" {
		ask.Set("query.operationName", what.Operation)
	}
	if what.Longer > 0 {
		ask.Set("query.durationMin", what.Longer.String())
	}
	if len(attributes) > 0 {
		text, err := json.Marshal(attributes)
		if err != nil {
			return false, err
		}
		ask.Set("query.attributes", string(text))
	}
	var answer struct {
		Result struct{ ResourceSpans []json.RawMessage }
	}
	err := s.call(ctx, http.MethodGet, s.at.Jaeger+"/api/v3/traces?"+ask.Encode(), nil, &answer)
	var none errStatus
	if errors.As(err, &none) && none.code == http.StatusNotFound {
		return false, nil
	}
	return len(answer.Result.ResourceSpans) > 0, err
}

// delivery is a notification that the sink has got.
type delivery struct {
	Time           time.Time
	Channel, State string
	Status         int
	Alert          string
}

// deliveries are the notifications of alerts that fire which the sink took from a
// moment on.
func (s *stack) deliveries(ctx context.Context, since time.Time) ([]delivery, error) {
	var answer struct{ Deliveries []delivery }
	err := s.call(ctx, http.MethodGet, s.at.Sink+"/deliveries?since="+url.QueryEscape(since.UTC().Format(time.RFC3339Nano)), nil, &answer)
	var took []delivery
	for _, d := range answer.Deliveries {
		if d.Status < http.StatusBadRequest && d.State == "firing" {
			took = append(took, d)
		}
	}
	return took, err
}

// active names the faults that are under way.
func (s *stack) active(ctx context.Context) ([]string, error) {
	var answer struct{ Active []struct{ Fault string } }
	err := s.call(ctx, http.MethodGet, s.at.Service+"/-/chaos", nil, &answer)
	var names []string
	for _, a := range answer.Active {
		names = append(names, a.Fault)
	}
	return names, err
}

// take takes a step that breaks something. A fault ends by itself after at most
// this long.
func (s *stack) take(ctx context.Context, step Step, last time.Duration) error {
	if step.Fault != "" {
		ask := map[string]any{"duration": last.String()}
		if step.Intensity > 0 {
			ask["intensity"] = step.Intensity
		}
		return s.call(ctx, http.MethodPost, s.at.Service+"/-/chaos/"+step.Fault, ask, nil)
	}
	for range step.Requests {
		err := s.call(ctx, http.MethodGet, s.at.Service+step.Path, nil, nil)
		var status errStatus
		if err != nil && !errors.As(err, &status) { // a refusal is what it is for
			return err
		}
	}
	return nil
}

// undo ends what a step began. What has ended by itself is no error.
func (s *stack) undo(ctx context.Context, step Step) error {
	if step.Fault == "" {
		return nil
	}
	err := s.call(ctx, http.MethodDelete, s.at.Service+"/-/chaos/"+step.Fault, nil, nil)
	var gone errStatus
	if errors.As(err, &gone) && gone.code == http.StatusNotFound {
		return nil
	}
	return err
}

// missing names the addresses that are not there.
func (a Addresses) missing() string {
	return cmp.Or(when(a.Prometheus, "Prometheus"), when(a.Alertmanager, "Alertmanager"), when(a.Elasticsearch, "Elasticsearch"),
		when(a.Jaeger, "Jaeger"), when(a.Service, "the service"), when(a.Sink, "the sink"))
}

func when(address, name string) string {
	if address == "" {
		return name
	}
	return ""
}
