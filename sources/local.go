package sources

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// maxRemarks is how many notes of a context are shown, the newest; maxNoteFile
	// bounds how much of the file is read, in bytes from its end.
	maxRemarks  = 1000
	maxNoteFile = 4 << 20
	// maxRemark bounds the text of one note, in bytes.
	maxRemark = 4 << 10
)

// Notes asks for what was written down on this machine in one context; the
// answer is in Frame.Remarks, oldest first.
type Notes struct{ Context string }

// Source implements [Query].
func (Notes) Source() string { return "local" }

// String implements [Query].
func (q Notes) String() string { return "notes of " + q.Context }

// AddNote writes a note down; an empty ID gets one. Undo takes it back.
type AddNote struct{ Remark Remark }

// Source implements [Action].
func (AddNote) Source() string { return "local" }

// String implements [Action].
func (a AddNote) String() string { return "note: " + Clean(a.Remark.Text) }

// Brief implements [Briefer].
func (AddNote) Brief(_ time.Time, done bool) string { return tense(done, "writing the note", "noted") }

// Local implements [Local].
func (AddNote) Local() bool { return true }

// RemoveNote takes a note back; the file keeps both.
type RemoveNote struct{ Remark Remark }

// Source implements [Action].
func (RemoveNote) Source() string { return "local" }

// String implements [Action].
func (a RemoveNote) String() string { return "remove the note: " + Clean(a.Remark.Text) }

// Local implements [Local].
func (RemoveNote) Local() bool { return true }

// SaveFile writes a text to a new file that only its owner may read; one that
// is there already is left alone and is an error.
type SaveFile struct{ Path, Text string }

// Source implements [Action].
func (SaveFile) Source() string { return "local" }

// String implements [Action].
func (a SaveFile) String() string {
	return fmt.Sprintf("write %d bytes to %s", len(a.Text), Clean(a.Path))
}

// Brief implements [Briefer].
func (a SaveFile) Brief(_ time.Time, done bool) string {
	return tense(done, "writing ", "wrote ") + Clean(a.Path)
}

// Local implements [Local].
func (SaveFile) Local() bool { return true }

// local keeps notes as one JSON object a line.
type local struct {
	path string
	now  func() time.Time
	mu   sync.Mutex
}

// NewLocal is the source of what is kept on this machine, under the kind
// "local": notes are in dir, which is made with the first one. It needs no
// configuration and may be used by several processes at once.
func NewLocal(dir string) Source {
	return &local{path: filepath.Join(dir, "notes.jsonl"), now: time.Now}
}

// entry is one line of the file; a removal names the note that it removes.
type entry struct {
	Remark
	Removed bool `json:"removed,omitempty"`
}

// Query implements [Source].
func (l *local) Query(_ context.Context, q Query, _ Window) (Frame, error) {
	notes, ok := q.(Notes)
	if !ok {
		return Frame{}, unsupported("local", q)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	entries, damaged, err := l.read()
	if err != nil {
		return Frame{}, &Error{Source: "local", What: "notes", Err: err}
	}
	removed := map[string]bool{}
	for _, e := range entries {
		if e.Removed {
			removed[e.ID] = true
		}
	}
	var f Frame
	for _, e := range entries {
		if e.Context == notes.Context && !removed[e.ID] {
			r := e.Remark
			r.ID, r.Who, r.About, r.Text = Clean(r.ID), Clean(r.Who), Clean(r.About), CleanLines(r.Text)
			f.Remarks = append(f.Remarks, r)
		}
	}
	slices.SortStableFunc(f.Remarks, func(a, b Remark) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.ID, b.ID)) })
	f.Total = len(f.Remarks)
	if f.Total > maxRemarks {
		f.Remarks = f.Remarks[f.Total-maxRemarks:]
		f.Notes = append(f.Notes, fmt.Sprintf("%d notes, only the newest %d are shown", f.Total, maxRemarks))
	}
	if damaged > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%d lines of %s are no notes and were passed over", damaged, l.path))
	}
	return f, nil
}

// read gives the entries of the file's end and how many lines were none.
func (l *local) read() (entries []entry, damaged int, err error) {
	file, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	cut := info.Size() > maxNoteFile
	if cut {
		if _, err := file.Seek(-maxNoteFile, io.SeekEnd); err != nil {
			return nil, 0, err
		}
	}
	lines := bufio.NewScanner(io.LimitReader(file, maxNoteFile))
	lines.Buffer(nil, maxNoteFile)
	for lines.Scan() {
		if cut { // the first line may have begun before
			cut = false
			continue
		}
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var e entry
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.ID == "" {
			damaged++
			continue
		}
		entries = append(entries, e)
	}
	return entries, damaged, lines.Err()
}

// Act implements [Actor].
func (l *local) Act(_ context.Context, a Action) (Receipt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch a := a.(type) {
	case AddNote:
		return l.add(a.Remark)
	case RemoveNote:
		e := entry{Remark: a.Remark, Removed: true}
		if err := l.append(e); err != nil {
			return Receipt{}, &Error{Source: "local", What: "remove a note", Err: err}
		}
		return Receipt{ID: a.Remark.ID, Undo: AddNote{Remark{At: a.Remark.At, Who: a.Remark.Who, Context: a.Remark.Context, About: a.Remark.About, Text: a.Remark.Text}}}, nil
	case SaveFile:
		return Receipt{ID: a.Path}, save(a)
	}
	return Receipt{}, unsupported("local", a)
}

func (l *local) add(r Remark) (Receipt, error) {
	r.Text = strings.TrimSpace(r.Text)
	if r.Text == "" || len(r.Text) > maxRemark {
		return Receipt{}, &Error{Source: "local", Kind: BadQuery, What: "write a note", Err: fmt.Errorf("it has %d bytes: between 1 and %d can be kept", len(r.Text), maxRemark)}
	}
	if r.ID == "" {
		r.ID = rand.Text()
	}
	if r.At.IsZero() {
		r.At = l.now()
	}
	if err := l.append(entry{Remark: r}); err != nil {
		return Receipt{}, &Error{Source: "local", What: "write a note", Err: err}
	}
	return Receipt{ID: r.ID, Undo: RemoveNote{r}}, nil
}

// append writes one entry by one call, so that processes that write at once do
// not mix their lines, and after a line that was cut off begins a new one.
func (l *local) append(e entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	last := make([]byte, 1)
	if info, err := file.Stat(); err == nil && info.Size() > 0 {
		if _, err := file.ReadAt(last, info.Size()-1); err == nil && last[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	_, err = file.Write(line)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// save writes a new file; one that cannot be written whole is removed.
func save(a SaveFile) error {
	fail := func(err error) error {
		return &Error{Source: "local", Kind: BadQuery, What: "write a file", Err: err}
	}
	file, err := os.OpenFile(a.Path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fail(fmt.Errorf("%s is there already: name another", a.Path))
	}
	if err != nil {
		return fail(err)
	}
	_, err = file.WriteString(a.Text)
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(a.Path)
		return fail(err)
	}
	return nil
}
