package ui

import (
	"context"
	"fmt"
	"time"

	"firewatch/sources"
)

// Recorder carries out writes and puts each of them on record, for the console
// and for the commands alike. It is safe for concurrent use if Audit is.
type Recorder struct {
	Sources       sources.Actor
	User, Context string
	ReadOnly      bool
	Now           func() time.Time
	// Audit keeps an entry; nil keeps none.
	Audit func(AuditEntry) error
}

// Allow says why an action may not be carried out in this context; nil when it may.
func (r *Recorder) Allow(a sources.Action) error {
	if local, ok := a.(sources.Local); !r.ReadOnly || ok && local.Local() {
		return nil
	}
	return &sources.Error{Source: a.Source(), Kind: sources.ReadOnly, Err: fmt.Errorf("context %s is read-only: not done: %s", r.Context, a)}
}

// Do carries an action out, without asking Allow. Unrecorded is why the entry,
// which tells of a failure too, could not be put on record.
func (r *Recorder) Do(ctx context.Context, a sources.Action) (receipt sources.Receipt, entry AuditEntry, err, unrecorded error) {
	entry = AuditEntry{At: r.Now(), User: r.User, Context: r.Context, Action: a.String()}
	receipt, err = r.Sources.Act(ctx, a)
	entry.Took = r.Now().Sub(entry.At)
	entry.Request, entry.Amtool, entry.ID, entry.Note = receipt.Request, receipt.Amtool, receipt.ID, receipt.Note
	if err != nil {
		entry.Error = err.Error()
	}
	if r.Audit != nil {
		unrecorded = r.Audit(entry)
	}
	return receipt, entry, err, unrecorded
}
