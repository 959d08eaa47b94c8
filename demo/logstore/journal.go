package logstore

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// journal is the file that keeps documents across restarts: one object a line
// with the stream, the _id and the source. A nil journal keeps nothing.
type journal struct {
	path  string
	file  *os.File
	lines int
}

type entry struct {
	Index  string          `json:"_index"`
	ID     string          `json:"_id"`
	Source json.RawMessage `json:"_source"`
}

// appendEntry writes one line.
func appendEntry(b []byte, name, id, source string) []byte {
	b = appendJSON(append(b, `{"_index":`...), name)
	b = appendJSON(append(b, `,"_id":`...), id)
	b = append(append(b, `,"_source":`...), source...)
	return append(b, "}\n"...)
}

func openJournal(path string, each func(name, id string, source []byte)) (*journal, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{path: path, file: f}
	r := bufio.NewReaderSize(f, 1<<20)
	whole := true
	for {
		line, err := r.ReadBytes('\n')
		if len(line) > 0 {
			j.lines++
			whole = line[len(line)-1] == '\n'
			var e entry
			if json.Unmarshal(line, &e) == nil && e.Index != "" && e.ID != "" {
				each(e.Index, e.ID, e.Source)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
		}
	}
	if !whole { // the next line must not continue one that a crash cut
		if _, err := f.WriteString("\n"); err != nil {
			return nil, errors.Join(fmt.Errorf("write %s: %w", path, err), f.Close())
		}
	}
	return j, nil
}

func (j *journal) append(name, id, source string) error {
	if j == nil {
		return nil
	}
	if _, err := j.file.Write(appendEntry(nil, name, id, source)); err != nil {
		return fmt.Errorf("write %s: %w", j.path, err)
	}
	j.lines++
	return nil
}

// long says whether the file has more lines than are worth keeping.
func (j *journal) long(limit int) bool { return j != nil && j.lines > limit }

// rewrite replaces the file by one that holds what lines yields.
func (j *journal) rewrite(lines func(func(name, id, source string) error) error) error {
	f, err := os.OpenFile(j.path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	n := 0
	err = lines(func(name, id, source string) error {
		n++
		_, err := w.Write(appendEntry(nil, name, id, source))
		return err
	})
	if err := errors.Join(err, w.Flush(), f.Close()); err != nil {
		return fmt.Errorf("rewrite %s: %w", j.path, err)
	}
	if err := os.Rename(j.path+".new", j.path); err != nil {
		return err
	}
	f, err = os.OpenFile(j.path, os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	err = j.file.Close()
	j.file, j.lines = f, n
	return err
}

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	return j.file.Close()
}
