package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"firewatch/demo/embedded"
)

// state is what a running demo leaves for other commands to find it.
type state struct {
	PID     int    `json:"pid"`
	Service string `json:"service"`
}

func statePath() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("firewatch-demo-%d.json", os.Getuid()))
}

// remember writes the state; the function it returns removes it, unless another
// demo has taken its place. A state that cannot be written is only worth a word:
// the commands that look for it take --url too.
func remember(stack *embedded.Stack, errs io.Writer) (forget func()) {
	text, err := json.Marshal(state{PID: os.Getpid(), Service: stack.URLs.Service})
	if err == nil {
		err = replaceFile(statePath(), text)
	}
	if err != nil {
		fmt.Fprintf(errs, "demo: other commands will need --url to find this demo: %v\n", err)
		return func() {}
	}
	return func() {
		if now, err := recall(); err == nil && now.PID == os.Getpid() {
			_ = os.Remove(statePath())
		}
	}
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

// recall reads the state of the demo that was started last. When there is none,
// or it did not end well and left its state behind, the error is
// [fs.ErrNotExist].
func recall() (state, error) {
	var s state
	text, err := os.ReadFile(statePath())
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("read %s: %w", statePath(), err)
	}
	if p, err := os.FindProcess(s.PID); err != nil || errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone) {
		return s, fs.ErrNotExist
	}
	return s, nil
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
