package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"
)

// lines appends log lines to a file or to a writer. A file that is rotated away
// is opened anew under its name within a second. It is safe for concurrent use.
type lines struct {
	path string // "" for a writer
	errs io.Writer

	mu     sync.Mutex
	to     io.Writer
	file   *os.File
	looked time.Time
	broken bool
}

// openLines opens a file to append to, or takes the writer when there is no
// path. What goes wrong later is said on errs once, until it goes well again.
func openLines(path string, out, errs io.Writer) (*lines, error) {
	l := &lines{path: path, errs: errs, to: out}
	if path == "" {
		return l, nil
	}
	return l, l.open()
}

func (l *lines) open() error {
	file, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("open the log: %w: make its directory first", err)
	}
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	if l.file != nil {
		_ = l.file.Close()
	}
	l.file, l.to, l.looked = file, file, time.Now()
	return nil
}

// write appends one line, in one write, so that lines of several processes do
// not mix.
func (l *lines) write(doc []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.follow()
	if err == nil {
		_, err = l.to.Write(append(doc[:len(doc):len(doc)], '\n'))
	}
	if err != nil && !l.broken {
		fmt.Fprintf(l.errs, "demo: log lines are lost: %v\n", err)
	}
	l.broken = err != nil
}

// follow opens the file anew when its name stands for another one.
func (l *lines) follow() error {
	if l.file == nil || time.Since(l.looked) < time.Second {
		return nil
	}
	l.looked = time.Now()
	there, err := os.Stat(l.path)
	if err == nil {
		var mine fs.FileInfo
		if mine, err = l.file.Stat(); err == nil && os.SameFile(there, mine) {
			return nil
		}
	}
	return l.open()
}

func (l *lines) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		_ = l.file.Close()
	}
}
