package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"firewatch/demo/embedded"
)

// state is what a running demo leaves for other commands to find it, in a file of
// its own: demos may run side by side.
type state struct {
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	Service string    `json:"service"`
}

// statePath is the file of one process, and the pattern of all of them for "*".
func statePath(process string) string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("firewatch-demo-%d-%s.json", os.Getuid(), process))
}

// remember writes the state; the function it returns removes it. A state that
// cannot be written is only worth a word: the commands that look for it take
// --url too.
func remember(stack *embedded.Stack, errs io.Writer) (forget func()) {
	path := statePath(strconv.Itoa(os.Getpid()))
	text, err := json.Marshal(state{PID: os.Getpid(), Started: time.Now(), Service: stack.URLs.Service})
	if err == nil {
		err = replaceFile(path, text)
	}
	if err != nil {
		fmt.Fprintf(errs, "demo: other commands will need --url to find this demo: %v\n", err)
		return func() {}
	}
	return func() { _ = os.Remove(path) }
}

// replaceFile writes a new file over an old one at once, readable by its owner
// only.
func replaceFile(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// recall reads the state of the demo that was started last of those that run, and
// removes what demos that did not end well have left. When none runs, the error
// is [fs.ErrNotExist].
func recall() (newest state, err error) {
	found, err := filepath.Glob(statePath("*"))
	if err != nil {
		return state{}, err
	}
	err = fs.ErrNotExist
	for _, path := range found {
		text, unread := os.ReadFile(path)
		if errors.Is(unread, fs.ErrNotExist) { // it ended just now
			continue
		}
		if unread != nil {
			return state{}, unread
		}
		var s state
		if json.Unmarshal(text, &s) != nil || !alive(s.PID) {
			_ = os.Remove(path)
			continue
		}
		if err != nil || s.Started.After(newest.Started) {
			newest, err = s, nil
		}
	}
	return newest, err
}

// alive says whether a process of this user runs.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	return err == nil && pid > 0 && p.Signal(syscall.Signal(0)) == nil
}

// serviceURL is where the service of the running demo is: as given, as the
// state says, or at its default port.
func serviceURL(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	s, err := recall()
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("http://127.0.0.1:%d", embedded.DefaultPorts()["serve"].Number), nil
	}
	return s.Service, err
}
