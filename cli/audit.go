package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"firewatch/ui"
)

// auditMax is the size at which the audit file is rotated; one older file is kept.
const auditMax = 10 << 20

// auditLog records every write as one JSON object a line, readable by its owner
// only. It is safe for concurrent use. Nothing is made on the disk before prove
// or the first write, so that looking leaves no trace.
type auditLog struct {
	path string
	mu   sync.Mutex
	file *os.File
}

// newAudit keeps its record at path, or at the default place when it is empty.
func newAudit(path string) *auditLog {
	if path == "" {
		path = defaultAudit()
	}
	return &auditLog{path: path}
}

// prove opens the file, so that a record that cannot be kept is reported before
// anything is changed on a server.
func (a *auditLog) prove() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.open(); err != nil {
		return fmt.Errorf("%w: name another place with --audit", a.named(err))
	}
	return nil
}

// named is err with the file once.
func (a *auditLog) named(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return fmt.Errorf("audit file %s: %w", a.path, err)
}

// defaultAudit is under XDG_STATE_HOME, or where that defaults to.
func defaultAudit() string {
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			home = os.TempDir()
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "firewatch", "audit.jsonl")
}

// write appends one entry and gives it to the disk. The error names the file.
func (a *auditLog) write(e ui.AuditEntry) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.append(e); err != nil {
		return a.named(err)
	}
	return nil
}

func (a *auditLog) append(e ui.AuditEntry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := a.open(); err != nil {
		return err
	}
	if _, err := a.file.Write(append(line, '\n')); err != nil {
		return err
	}
	return a.file.Sync()
}

// open opens the file, rotated when it has grown too large.
func (a *auditLog) open() error {
	if a.file != nil {
		info, err := a.file.Stat()
		if err != nil {
			return err
		}
		if info.Size() < auditMax {
			return nil
		}
		if err := a.file.Close(); err != nil {
			return err
		}
		a.file = nil
		if err := os.Rename(a.path, a.path+".1"); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(a.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(a.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	a.file = f
	return nil
}

func (a *auditLog) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file != nil {
		_ = a.file.Close()
		a.file = nil
	}
}
