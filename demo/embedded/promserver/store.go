package promserver

import (
	"fmt"
	"os"
	"time"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/compression"
)

// maxBlock bounds what compaction joins; a tenth of the retention when that is
// shorter.
const maxBlock = 31 * 24 * time.Hour

// store is the local storage in the form the API wants it.
type store struct {
	*tsdb.DB
	db    *tsdb.DB
	stats *tsdb.DBStats
}

// Stats implements [web.LocalStorage].
func (s *store) Stats(label string, limit int) (*tsdb.Stats, error) {
	return s.Head().Stats(label, limit), nil
}

// BlockMetas implements [web.LocalStorage].
func (s *store) BlockMetas() ([]tsdb.BlockMeta, error) { return s.db.BlockMetas(), nil }

// WALReplayStatus implements [web.LocalStorage].
func (s *store) WALReplayStatus() (tsdb.WALReplayStatus, error) {
	return s.stats.Head.WALReplayStatus.GetWALReplayStatus(), nil
}

func (s *Server) openStore(conf *config.Config) error {
	if err := os.MkdirAll(s.opts.DataDir, 0o755); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	stats := tsdb.NewDBStats()
	db, err := tsdb.Open(s.opts.DataDir, s.log.With("component", "tsdb"), s.registry, s.storeOptions(conf), stats)
	if err != nil {
		return fmt.Errorf("open the storage in %s: %w", s.opts.DataDir, err)
	}
	s.store = &store{DB: db, db: db, stats: stats}
	return nil
}

// storeOptions takes from the configuration what cmd/prometheus takes from it or
// from its flags. Retention is kept for ever when the file names none.
func (s *Server) storeOptions(conf *config.Config) *tsdb.Options {
	o := tsdb.DefaultOptions()
	o.RetentionDuration = 0
	if t := conf.StorageConfig.TSDBConfig; t != nil {
		o.OutOfOrderTimeWindow = t.OutOfOrderTimeWindow
		if r := t.Retention; r != nil {
			s.retention = r.Time
			o.RetentionDuration = time.Duration(r.Time).Milliseconds()
			o.MaxBytes = int64(r.Size)
		}
	}
	o.MaxBlockDuration = maxBlock.Milliseconds()
	if tenth := o.RetentionDuration / 10; tenth > 0 && tenth < o.MaxBlockDuration {
		o.MaxBlockDuration = max(tenth, o.MinBlockDuration)
	}
	o.WALCompression = compression.Snappy
	o.EnableExemplarStorage = true
	o.MaxExemplars = conf.StorageConfig.ExemplarsConfig.MaxExemplars
	// A counter that is born with a value would otherwise have no rate.
	o.EnableSTAsZeroSample = true
	o.FeatureRegistry = s.features
	return o
}
