package embedded

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 1 << 20

// newestHeartbeat asks the log store for the newest line of the log probe, by
// HTTP, so that what the probe measures is the way that a reader goes. The zero
// time says that there is none.
func (s *Stack) newestHeartbeat(ctx context.Context) (time.Time, error) {
	query := url.Values{"q": {"event.action:heartbeat"}, "sort": {"@timestamp:desc"}, "size": {"1"}, "_source_includes": {"@timestamp"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URLs.Elasticsearch+"/_search?"+query.Encode(), nil)
	if err != nil {
		return time.Time{}, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return time.Time{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return time.Time{}, fmt.Errorf("search for the newest heartbeat: %s", resp.Status)
	}
	var answer struct {
		Hits struct {
			Hits []struct {
				Source struct {
					At time.Time `json:"@timestamp"`
				} `json:"_source"`
			}
		}
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&answer); err != nil {
		return time.Time{}, fmt.Errorf("search for the newest heartbeat: %w", err)
	}
	if len(answer.Hits.Hits) == 0 {
		return time.Time{}, nil
	}
	return answer.Hits.Hits[0].Source.At, nil
}
