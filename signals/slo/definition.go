package slo

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// File is a file of objectives that was read.
type File struct {
	Name string
	Text []byte
}

// Definition is one objective as a file gives it, whatever its format.
type Definition struct {
	// ID is what its series have as sloth_id.
	ID, Service, Name, Description string
	// Percent is the promised share of good events in percent.
	Percent float64
	// Window is the period as the file writes it, "calendar" after it where it is no
	// rolling one.
	Window string
	// Kind says how it is counted: events, latency, native latency, ratio (of time),
	// gauge, slices.
	Kind string
	// Format is the header of its document, File and Line where it stands.
	Format string
	File   string
	Line   int
	// Unsupported says why there are no rules of it; empty where there are.
	Unsupported string
	// Notes are what the rules do otherwise than the file asks.
	Notes []string

	// spec has this objective only.
	spec Spec
	// timed is true where moments are counted and no events, which are then never
	// too few; slice is the length of its slices of time.
	timed bool
	slice time.Duration
	// alert is the name of its alerts where it is not ours, silent are the
	// severities that it wants no alert for.
	alert  string
	silent []string
}

// SLI is how its events are counted; empty for one that is not supported.
func (d Definition) SLI() SLI {
	if len(d.spec.SLOs) == 0 {
		return SLI{}
	}
	return d.spec.SLOs[0].SLI
}

// Objective is what it promises, over a period of 0 where that is not supported.
func (d Definition) Objective() Objective {
	o := Objective{Target: d.Percent / 100}
	if len(d.spec.SLOs) > 0 {
		o.Period = time.Duration(d.spec.SLOs[0].Window)
	}
	return o
}

// defined is the definition of one objective of a specification.
func defined(s Spec, o SLO, kind string) Definition {
	s.SLOs = []SLO{o}
	return Definition{
		ID: s.ID(o), Service: s.Service, Name: o.Name, Description: o.Description, Percent: o.Percent,
		Window: o.Window.String(), Kind: kind, spec: s,
	}
}

// kindOf names how an indicator counts.
func kindOf(s SLI) string {
	switch {
	case s.Latency != nil && s.Latency.Native:
		return "native latency"
	case s.Latency != nil:
		return "latency"
	}
	return "events"
}

// RulesOf returns the rules of definitions, as [Spec.Rules] makes them. Those that
// are not supported have none. It fails where an objective cannot be had with the
// windows of the profile, and where an ID is there twice.
func RulesOf(all []Definition, p Profile) ([]Group, error) {
	var ratios, metas, alerts []Group
	var errs []error
	for _, d := range all {
		if d.Unsupported != "" {
			continue
		}
		if shortest := p.windows()[0]; d.slice > shortest {
			errs = append(errs, fmt.Errorf("%s:%d: %s: its slices of %s do not fit into a window of %s: take the production profile", d.File, d.Line, d.ID, prom(d.slice), prom(shortest)))
			continue
		}
		q := p
		if d.timed {
			q.MinEvents = 1e-9
		}
		groups := d.spec.Rules(q)
		n := len(groups)
		ratios = append(ratios, groups[:n-2]...)
		metas = merge(metas, groups[n-2])
		last := groups[n-1]
		last.Rules = d.own(last.Rules)
		alerts = merge(alerts, last)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return slices.Concat(ratios, metas, alerts), nil
}

// own are the alerts as the file wants them.
func (d Definition) own(alerts []Rule) []Rule {
	var out []Rule
	for _, r := range alerts {
		severity := cmp.Or(r.Labels["sloth_severity"], "ticket")
		if slices.Contains(d.silent, severity) {
			continue
		}
		if d.alert != "" && r.Alert == AlertBurn {
			r.Alert = d.alert
		}
		out = append(out, r)
	}
	return out
}

// merge adds a group, to the one of its name where there is one.
func merge(all []Group, g Group) []Group {
	if len(g.Rules) == 0 {
		return all
	}
	for i := range all {
		if all[i].Name == g.Name {
			all[i].Rules = append(all[i].Rules, g.Rules...)
			return all
		}
	}
	return append(all, g)
}

// ReadFiles reads objectives of every format that is known: the console's own,
// OpenSLO v1, Sloth's and Pyrra's, any number of documents in a file. What one
// document of OpenSLO names is looked for in all files. The error has one line
// for each thing that is wrong, with its file, line and field; the definitions
// that are right come with it.
func ReadFiles(files []File) ([]Definition, error) {
	r := &reader{open: openDocs{sli: map[string]openDoc{}, service: map[string]openDoc{}, policy: map[string]openDoc{}, source: map[string]openDoc{}, condition: map[string]openDoc{}}}
	for _, f := range files {
		if len(f.Text) > maxSpec {
			r.fail(f.Name, 1, "", fmt.Sprintf("the file has more than %d bytes: split it", maxSpec))
			continue
		}
		found := false
		for _, d := range documents(string(f.Text)) {
			found = true
			r.document(f.Name, d)
		}
		if !found {
			r.fail(f.Name, 1, "", "the file is empty: it needs version: "+Version+", service and slos, or another format's document")
		}
	}
	r.resolve()
	seen := map[string]Definition{}
	for _, d := range r.out {
		if first, ok := seen[d.ID]; ok {
			r.fail(d.File, d.Line, "", fmt.Sprintf("%q is already in %s:%d: give one of them another name", d.ID, first.File, first.Line))
			continue
		}
		seen[d.ID] = d
	}
	return r.out, errors.Join(r.errs...)
}

// reader collects what files define.
type reader struct {
	out  []Definition
	errs []error
	open openDocs
}

func (r *reader) fail(file string, line int, field, why string) {
	if field != "" {
		why = field + ": " + why
	}
	r.errs = append(r.errs, fmt.Errorf("%s:%d: %s", file, line, why))
}

// documents splits a file at its lines of three dashes. Each document has as many
// empty lines before it as it has lines before it in the file, so that every
// number of a line is the file's.
func documents(text string) (out []string) {
	var b strings.Builder
	line, filled := 0, false
	flush := func() {
		if filled {
			out = append(out, b.String())
		}
		b.Reset()
		b.WriteString(strings.Repeat("\n", line))
		filled = false
	}
	for part := range strings.SplitAfterSeq(text, "\n") {
		rest, marked := strings.CutPrefix(part, "---")
		if marked && strings.TrimSpace(rest) == "" {
			line++
			flush()
			continue
		}
		bare := strings.TrimSpace(part)
		filled = filled || bare != "" && bare[0] != '#'
		b.WriteString(part)
		line++
	}
	flush()
	return out
}
