// Command generate writes what is made from one source for each profile of the
// stack: the rule files of Prometheus, from templates and from the objectives,
// and the unit tests of the alerts. It is run in the folder stack, by go generate.
package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"firewatch/signals/slo"
)

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// write renders every file below dir.
func write(dir string) error {
	files, err := render(os.DirFS(dir))
	if err != nil {
		return err
	}
	for name, text := range files {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// profile is a kind of installation. The two differ in how long things take, not
// in what is watched.
type profile struct {
	name string
	// runbooks is put before the name of a runbook: relative to docs in the demo,
	// the place where a team publishes its runbooks elsewhere.
	runbooks string
	slo      slo.Profile
	// step is how often the unit tests have a sample.
	step time.Duration
}

var profiles = []profile{
	{
		name: "demo", runbooks: "runbooks/", step: 5 * time.Second,
		// A hundred events in a long window, whatever the objective: the traffic of
		// the demo is known, and a few failures by hand shall be seen.
		slo: slo.Profile{Scale: 12, Interval: 5 * time.Second, PeriodInterval: 30 * time.Second, MinEvents: 100},
	},
	{
		name: "production", runbooks: "https://runbooks.example.net/", step: time.Minute,
		slo: slo.Profile{Scale: 1, Interval: 30 * time.Second, PeriodInterval: time.Minute},
	},
}

// head says where a file comes from.
const head = "# Made by go generate ./stack from %s: edit that.\n"

// render returns every file that is made from the sources in a folder like stack,
// by its path in it.
func render(from fs.FS) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, dir := range []string{"prometheus/rules", "prometheus/tests"} {
		sources, err := fs.Glob(from, dir+"/*.yml.tmpl")
		if err != nil {
			return nil, err
		}
		if len(sources) == 0 {
			return nil, fmt.Errorf("there is no template in %s: run this in the folder stack", dir)
		}
		for _, source := range sources {
			for _, p := range profiles {
				text, err := p.fill(from, source)
				if err != nil {
					return nil, fmt.Errorf("%s, profile %s: %w", source, p.name, err)
				}
				out[path.Join(dir, p.name, strings.TrimSuffix(path.Base(source), ".tmpl"))] = text
			}
		}
	}
	const source = "slo/slo.yaml"
	file, err := from.Open(source)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	spec, err := slo.Parse(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	for _, p := range profiles {
		p.slo.Runbooks = p.runbooks
		b := bytes.NewBufferString(fmt.Sprintf(head, source))
		if err := slo.WriteRules(b, spec.Rules(p.slo)); err != nil {
			return nil, err
		}
		out["prometheus/rules/"+p.name+"/slo.yml"] = b.Bytes()
	}
	return out, nil
}

// fill executes a template. Its actions stand in << >>, since the templates of
// Prometheus have the braces.
func (p profile) fill(from fs.FS, source string) ([]byte, error) {
	text, err := fs.ReadFile(from, source)
	if err != nil {
		return nil, err
	}
	c := &course{step: p.step}
	t, err := template.New(path.Base(source)).Delims("<<", ">>").Option("missingkey=error").Funcs(template.FuncMap{
		"per": func(demo, production any) any {
			if p.name == "demo" {
				return demo
			}
			return production
		},
		"profile": func() string { return p.name },
		"runbook": func(alert string) string { return p.runbooks + alert + ".md" },

		"step":   func() string { return short(p.step) },
		"phases": c.phases, "gauge": c.gauge, "counter": c.counter,
		"quiet": c.quiet, "fault": c.fault, "after": c.after,
	}).Parse(string(text))
	if err != nil {
		return nil, err
	}
	b := bytes.NewBufferString(fmt.Sprintf(head, source))
	if err := t.Execute(b, nil); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
