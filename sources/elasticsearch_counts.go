package sources

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// lines answers [Lines].
func (es *elasticsearch) lines(ctx context.Context, q Lines, w Window) (Frame, error) {
	sc, err := es.learn(ctx, q.Filter)
	if err != nil {
		return Frame{}, err
	}
	end := w.End
	if w.Live { // the window ends at its last whole step, the newest lines are younger
		end = time.Time{}
	}
	query, err := sc.query(q.Filter, q.Level, sc.within(w.Start, end))
	if err != nil {
		return Frame{}, err
	}
	h, err := es.search(ctx, object{
		"query": query, "sort": sc.sorted("desc"), "size": bound(q.Limit, 500, maxPage), "track_total_hits": true,
	})
	if err != nil {
		return Frame{}, err
	}
	slices.SortStableFunc(h.lines, byTime)
	return Frame{Logs: h.lines, Total: h.total, Notes: h.notes, Cost: Cost{Samples: len(h.lines)}}, nil
}

// bound is n, or what stands for 0, at most limit.
func bound(n, zero, limit int) int {
	if n <= 0 {
		n = zero
	}
	return min(n, limit)
}

// histogram answers [Histogram]. The buckets are whole, so they may begin a
// little before the window and end a little after it. Levels are counted by conditions rather than
// by the values that the fields have, so that every spelling counts.
func (es *elasticsearch) histogram(ctx context.Context, q Histogram, w Window) (Frame, error) {
	sc, err := es.learn(ctx, q.Filter)
	if err != nil {
		return Frame{}, err
	}
	step := w.Last(w.Span(), bound(q.Buckets, 60, 1000)).Step
	start, end := w.Start.Truncate(step), w.End
	if w.Live { // the newest lines are younger than the window's last whole step
		end = end.Add(w.Step)
	}
	end = end.Add(step - 1).Truncate(step)
	query, err := sc.query(q.Filter, q.Level, sc.within(start, end))
	if err != nil {
		return Frame{}, err
	}
	byLevel := object{}
	for _, l := range Levels {
		byLevel[l] = sc.levels([]string{l})
	}
	h, err := es.search(ctx, object{
		"query": query, "size": 0, "track_total_hits": true,
		"aggs": object{"time": object{
			"date_histogram": object{
				"field": sc.time(), "fixed_interval": fmt.Sprintf("%ds", int(step.Seconds())), "min_doc_count": 0,
				"extended_bounds": object{"min": start.UnixMilli(), "max": end.Add(-step).UnixMilli()},
			},
			"aggs": object{"level": object{"filters": object{"filters": byLevel}}},
		}},
	})
	if err != nil {
		return Frame{}, err
	}
	var aggs struct {
		Time struct {
			Buckets []struct {
				Key   int64
				Count int `json:"doc_count"`
				Level struct {
					Buckets map[string]struct {
						Count int `json:"doc_count"`
					}
				}
			}
		}
	}
	if err := readAggs(h, &aggs); err != nil {
		return Frame{}, err
	}
	f := Frame{Total: h.total, Notes: h.notes, Cost: Cost{Samples: len(aggs.Time.Buckets)}}
	for _, l := range append(slices.Clone(Levels), "") {
		s := Series{Legend: l, Labels: map[string]string{"level": l}}
		if l == "" {
			s.Legend = "no level"
		}
		for _, b := range aggs.Time.Buckets {
			n := b.Level.Buckets[l].Count
			if l == "" {
				n = b.Count
				for _, known := range b.Level.Buckets {
					n -= known.Count
				}
			}
			s.Points = append(s.Points, Point{b.Key, float64(max(n, 0))})
		}
		f.Series = append(f.Series, s)
	}
	return f, nil
}

// readAggs decodes aggregations; an index pattern that matches nothing has none.
func readAggs(h *hits, into any) error {
	if h.aggs == nil {
		return nil
	}
	return json.Unmarshal(h.aggs, into)
}

// facet answers [Facet].
func (es *elasticsearch) facet(ctx context.Context, q Facet, w Window) (Frame, error) {
	sc, err := es.learn(ctx, q.Filter)
	if err != nil {
		return Frame{}, err
	}
	end := w.End
	if w.Live {
		end = time.Time{}
	}
	query, err := sc.query(q.Filter, q.Level, sc.within(w.Start, end))
	if err != nil {
		return Frame{}, err
	}
	body := object{"query": query, "size": 0, "track_total_hits": true, "aggs": object{
		"values": object{"terms": object{"field": sc.known(q.Field), "size": bound(q.Size, 10, 1000)}},
	}}
	h, err := es.search(ctx, body)
	var refused *Error
	if errors.As(err, &refused) && refused.Kind == BadQuery && strings.Contains(refused.Error(), "keyword") {
		// Text cannot be counted. Where nobody wrote a mapping, it has a keyword inside.
		body["aggs"] = object{"values": object{"terms": object{"field": q.Field + ".keyword", "size": bound(q.Size, 10, 1000)}}}
		if again, err2 := es.search(ctx, body); err2 == nil && again.total > 0 {
			h, err = again, nil
		}
	}
	if err != nil {
		return Frame{}, err
	}
	var aggs struct {
		Values struct {
			Buckets []struct {
				Key   json.RawMessage
				Named string `json:"key_as_string"`
				Count int    `json:"doc_count"`
			}
		}
	}
	if err := readAggs(h, &aggs); err != nil {
		return Frame{}, err
	}
	f := Frame{Total: h.total, Notes: h.notes, Cost: Cost{Samples: len(aggs.Values.Buckets)}}
	for _, b := range aggs.Values.Buckets {
		value := b.Named
		if value == "" {
			value = unquoted(b.Key)
		}
		value = Clean(value)
		f.Series = append(f.Series, Series{
			Legend: value, Labels: map[string]string{"value": value}, Points: []Point{{w.End.UnixMilli(), float64(b.Count)}},
		})
	}
	return f, nil
}

// fields answers [Fields].
func (es *elasticsearch) fields(ctx context.Context) (Frame, error) {
	types, err := es.fieldTypes(ctx, "*")
	if err != nil {
		return Frame{}, err
	}
	var f Frame
	for _, name := range slices.Sorted(maps.Keys(types)) {
		if len(f.Metadata) == maxMetadata {
			f.Notes = append(f.Notes, fmt.Sprintf("%d more fields are left out", len(types)-maxMetadata))
			break
		}
		f.Metadata = append(f.Metadata, Metric{Name: Clean(name), Type: Clean(types[name])})
	}
	f.Cost.Samples = len(f.Metadata)
	return f, nil
}

// status answers [LogStatus]. A reader may be allowed one of the two questions
// only, and a managed cluster has no health to tell.
func (es *elasticsearch) status(ctx context.Context, c *call) (Frame, error) {
	st := &Status{}
	f := Frame{Status: st}
	b, err := es.do(ctx, esapi.InfoRequest{})
	if err == nil {
		var info struct {
			Version struct {
				Number string
				Flavor string `json:"build_flavor"`
			}
		}
		if json.Unmarshal(b, &info) != nil || info.Version.Number == "" {
			return Frame{}, &Error{Source: es.t.kind, Kind: NotThis, Status: http.StatusOK, Err: errors.New(c.what + ": " + es.t.base.Host + " answers, but not as Elasticsearch")}
		}
		st.Version = Clean(info.Version.Number)
		if info.Version.Flavor != "" && info.Version.Flavor != "default" {
			st.Version += " (" + Clean(info.Version.Flavor) + ")"
		}
	}
	b, sick := es.do(ctx, esapi.ClusterHealthRequest{})
	var health struct{ Status string }
	if sick == nil {
		sick = json.Unmarshal(b, &health)
	}
	switch {
	case err != nil && sick != nil:
		return Frame{}, err
	case err != nil:
		f.Notes = append(f.Notes, "no version: "+Clean(err.Error()))
	case sick != nil:
		f.Notes = append(f.Notes, "no cluster health: "+Clean(sick.Error()))
	}
	st.Health = Clean(health.Status)
	st.Time = c.clock()
	return f, nil
}
