package embedded

import (
	"context"
	"time"

	"firewatch/demo/service"
)

// newestHeartbeat asks the log store, whose address is known only after the
// service is built.
func (s *Stack) newestHeartbeat(ctx context.Context) (time.Time, error) {
	return service.Heartbeats(&s.client, s.URLs.Elasticsearch)(ctx)
}
