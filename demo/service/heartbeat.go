package service

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Heartbeats returns a function for Options.Newest that asks an Elasticsearch at
// a base URL for the newest line of the log probe, over HTTP, so that what the
// probe measures is the way that a reader goes.
func Heartbeats(client *http.Client, elasticsearch string) func(context.Context) (time.Time, error) {
	query := url.Values{"q": {"event.action:heartbeat"}, "sort": {"@timestamp:desc"}, "size": {"1"}, "_source_includes": {"@timestamp"}}
	from := base(elasticsearch) + "/logs-mldemo.*/_search?" + query.Encode()
	return func(ctx context.Context) (time.Time, error) { return newestHeartbeat(ctx, client, from) }
}

func newestHeartbeat(ctx context.Context, client *http.Client, from string) (time.Time, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return time.Time{}, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return time.Time{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return time.Time{}, fmt.Errorf("search for the newest heartbeat: %s", resp.Status)
	}
	var found struct {
		Hits struct {
			Hits []struct {
				Source struct {
					At time.Time `json:"@timestamp"`
				} `json:"_source"`
			}
		}
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&found); err != nil {
		return time.Time{}, fmt.Errorf("search for the newest heartbeat: %w", err)
	}
	if len(found.Hits.Hits) == 0 {
		return time.Time{}, nil
	}
	return found.Hits.Hits[0].Source.At, nil
}
