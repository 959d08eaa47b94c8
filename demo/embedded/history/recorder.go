// Package history writes a past for Prometheus to find when it starts: samples
// gathered at simulated times, and the recording rules evaluated over them, in
// one block of its storage.
package history

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"time"

	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// Recorder collects the samples of a past. It is not safe for concurrent use.
type Recorder struct {
	head   *tsdb.Head
	chunks string // directory of the head's full chunks
	span   time.Duration
}

// NewRecorder makes a recorder for a past that is as long as span at most.
// Close releases it.
func NewRecorder(span time.Duration) (*Recorder, error) {
	chunks, err := os.MkdirTemp("", "firewatch-history-")
	if err != nil {
		return nil, fmt.Errorf("record history: %w", err)
	}
	o := tsdb.DefaultHeadOptions()
	o.ChunkDirRoot = chunks
	// A head takes what is no older than half a range, and the rules are
	// evaluated when all else is recorded.
	o.ChunkRange = (2*span + time.Hour).Milliseconds()
	o.IsolationDisabled = true
	head, err := tsdb.NewHead(nil, slog.New(slog.DiscardHandler), nil, nil, o, tsdb.NewHeadStats())
	if err == nil {
		err = head.Init(math.MinInt64)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("record history: %w", err), os.RemoveAll(chunks))
	}
	return &Recorder{head: head, chunks: chunks, span: span}, nil
}

// Series says how many series there are so far.
func (r *Recorder) Series() int { return int(r.head.NumSeries()) }

// Querier implements [storage.Queryable].
func (r *Recorder) Querier(mint, maxt int64) (storage.Querier, error) {
	return tsdb.NewBlockQuerier(tsdb.NewRangeHead(r.head, mint, maxt), mint, maxt)
}

// Write writes what was recorded as one block into a storage directory, which
// no server may have open. Nothing recorded writes nothing.
func (r *Recorder) Write(ctx context.Context, dir string) error {
	if r.head.NumSeries() == 0 {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	compactor, err := tsdb.NewLeveledCompactor(ctx, nil, slog.New(slog.DiscardHandler), []int64{r.span.Milliseconds()}, chunkenc.NewPool(), nil)
	if err != nil {
		return fmt.Errorf("write history: %w", err)
	}
	// The end of a block is exclusive.
	if _, err := compactor.Write(dir, r.head, r.head.MinTime(), r.head.MaxTime()+1, nil); err != nil {
		return fmt.Errorf("write history into %s: %w", dir, err)
	}
	return nil
}

// Close releases memory and files. It does not touch what was written.
func (r *Recorder) Close() error {
	return errors.Join(r.head.Close(), os.RemoveAll(r.chunks))
}
