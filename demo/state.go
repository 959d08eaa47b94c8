package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"firewatch/demo/embedded"
)

// addresses say where the parts of a running demo answer, as base URLs without a
// trailing slash, and where the console's configuration for them is. A part that
// does not run is "".
type addresses struct {
	Prometheus    string `json:"prometheus"`
	Alertmanager  string `json:"alertmanager"`
	Elasticsearch string `json:"elasticsearch"`
	Jaeger        string `json:"jaeger"`
	Service       string `json:"service"`
	FeatureStore  string `json:"feature_store"`
	Hostsim       string `json:"hostsim"`
	Sink          string `json:"sink"`
	Probe         string `json:"probe"`
	Node          string `json:"node"`
	Config        string `json:"config"`
}

func addressesOf(s *embedded.Stack) addresses {
	return addresses{
		Prometheus: s.URLs.Prometheus, Alertmanager: s.URLs.Alertmanager, Elasticsearch: s.URLs.Elasticsearch,
		Jaeger:  s.URLs.Jaeger,
		Service: s.URLs.Service, FeatureStore: s.URLs.FeatureStore, Hostsim: s.URLs.Hostsim, Sink: s.URLs.Sink,
		Probe: s.URLs.Probe, Node: s.URLs.Node, Config: s.ConfigPath,
	}
}

// state is what a running demo leaves for other commands to find it, in a file of
// its own: demos may run side by side.
type state struct {
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	Dir     string    `json:"dir,omitempty"` // the temporary directory, which goes with the demo
	addresses
}

const prefix = "firewatch-demo-"

// statePath is the file of one process, and the pattern of all of them for "*".
func statePath(process string) string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("%s%d-%s.json", prefix, os.Getuid(), process))
}

// remember writes the state; the function it returns removes it. A state that
// cannot be written is only worth a word: the commands that look for it take
// --url too.
func remember(stack *embedded.Stack, temporary bool, errs io.Writer) (forget func()) {
	path := statePath(strconv.Itoa(os.Getpid()))
	s := state{PID: os.Getpid(), Started: time.Now(), addresses: addressesOf(stack)}
	if temporary {
		s.Dir = stack.Dir
	}
	text, err := json.Marshal(s)
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

// recall reads the state of the demo that was started last of those that run. When
// none runs, the error is [fs.ErrNotExist].
func recall() (newest state, err error) {
	demos, err := running()
	if err != nil {
		return state{}, err
	}
	if len(demos) == 0 {
		return state{}, fs.ErrNotExist
	}
	return slices.MaxFunc(demos, func(a, b state) int { return a.Started.Compare(b.Started) }), nil
}

// running reads the states of the demos that run, and removes what those that
// did not end well have left: their states and their temporary directories.
func running() (demos []state, err error) {
	found, err := filepath.Glob(statePath("*"))
	if err != nil {
		return nil, err
	}
	for _, path := range found {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) { // it ended just now
			continue
		}
		if err != nil {
			return nil, err
		}
		var s state
		if json.Unmarshal(text, &s) == nil && alive(s.PID) {
			demos = append(demos, s)
			continue
		}
		// Whatever a file says that somebody left there, nothing else is removed.
		if filepath.Dir(s.Dir) == filepath.Clean(os.TempDir()) && strings.HasPrefix(filepath.Base(s.Dir), prefix) {
			_ = os.RemoveAll(s.Dir)
		}
		_ = os.Remove(path)
	}
	return demos, nil
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
