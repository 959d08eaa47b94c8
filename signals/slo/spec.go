package slo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// Version is what a specification names as its version.
const Version = "firewatch/v1"

// Spec is a file of objectives of one service. Parse makes one that is complete
// and checked; a Spec made by hand is not.
type Spec struct {
	Version string `yaml:"version"`
	// Service is the name that the objectives are listed under.
	Service string `yaml:"service"`
	// Labels are put on every rule, such as the team.
	Labels map[string]string `yaml:"labels"`
	// Alerting is what the alerts of all objectives share.
	Alerting Alerting `yaml:"alerting"`
	SLOs     []SLO    `yaml:"slos"`
}

// SLO is one objective.
type SLO struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
	// Percent is the promised share of good events in percent, such as 99.9.
	Percent float64 `yaml:"objective"`
	// Window is the length of the rolling period; Parse makes a missing one 30 days.
	Window Period `yaml:"window"`
	// SLI says how the events are counted: one of its fields is set.
	SLI SLI `yaml:"sli"`
}

// SLI is the indicator of an objective.
type SLI struct {
	Events  *Events  `yaml:"events"`
	Latency *Latency `yaml:"latency"`
}

// Events counts events by two queries with {{.window}} for the length of the
// range: all of them, and either the bad or the good ones. Each gives one series.
type Events struct {
	Bad   string `yaml:"bad"`
	Good  string `yaml:"good"`
	Total string `yaml:"total"`
}

// Latency counts what a histogram observed above a limit.
type Latency struct {
	// Histogram is the metric's name without _bucket.
	Histogram string `yaml:"histogram"`
	// Selector holds the matchers, without braces. It should leave failures out:
	// a failure that is fast is not good.
	Selector string `yaml:"selector"`
	// Under is the limit in seconds. A classic histogram must have it as a bound.
	Under float64 `yaml:"under"`
	// Native says that the histogram has no series per bound.
	Native bool `yaml:"native"`
}

// Alerting names the labels and annotations of the alerts. An annotation that is
// set here replaces the one that Rules writes.
type Alerting struct {
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
	Page        Severity          `yaml:"page"`
	Ticket      Severity          `yaml:"ticket"`
}

// Severity is what the alerts of one severity have besides.
type Severity struct {
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// Period is a duration that is written as Prometheus writes it: 30d, 4w, 12h.
type Period time.Duration

// UnmarshalText reads a duration; an error says how one is written.
func (p *Period) UnmarshalText(text []byte) error {
	d, err := model.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a length of time: write one such as 30d or 4w", text)
	}
	*p = Period(d)
	return nil
}

// String is the duration as Prometheus writes it.
func (p Period) String() string { return model.Duration(p).String() }

// Objective is what the SLO promises.
func (s SLO) Objective() Objective {
	return Objective{Target: s.Percent / 100, Period: time.Duration(s.Window)}
}

// ID is the name of the objective among those of all services.
func (s Spec) ID(o SLO) string { return s.Service + "-" + o.Name }

// maxSpec bounds what Parse reads.
const maxSpec = 1 << 20

// Parse reads a specification. A field that is not known is an error, and so is
// everything that rules could not be made of: the error then holds one line for
// each, with the line of the file where it can be told and what to write instead.
func Parse(r io.Reader) (Spec, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSpec+1))
	if err != nil {
		return Spec{}, fmt.Errorf("read the objectives: %w", err)
	}
	if len(text) > maxSpec {
		return Spec{}, fmt.Errorf("read the objectives: more than %d bytes: split the file", maxSpec)
	}
	var spec Spec
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	switch err := dec.Decode(&spec); {
	case errors.Is(err, io.EOF):
		return Spec{}, fmt.Errorf("read the objectives: the file is empty: it needs version: %s, service and slos", Version)
	case err != nil:
		return Spec{}, fmt.Errorf("read the objectives: %w", friendly(err))
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return Spec{}, errors.New("read the objectives: a second document follows: give each service a file of its own")
	}
	for i := range spec.SLOs {
		if spec.SLOs[i].Window == 0 {
			spec.SLOs[i].Window = Period(30 * 24 * time.Hour)
		}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return Spec{}, fmt.Errorf("read the objectives: %w", err)
	}
	if err := spec.check(lines{&doc}); err != nil {
		return Spec{}, err
	}
	return spec, nil
}

var (
	unknownField = regexp.MustCompile(`line (\d+): field (\S+) not found in type slo\.(\w+)`)
	goType       = regexp.MustCompile(`into slo\.(\w+)`)
)

// friendly says the decoder's errors in the words of the file.
func friendly(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:\n")
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if m := unknownField.FindStringSubmatch(line); m != nil {
			line = fmt.Sprintf("line %s: %q is not a field here: it may have %s", m[1], m[2], fieldsOf[m[3]])
		}
		out = append(out, goType.ReplaceAllString(strings.TrimPrefix(line, "yaml: "), "for a $1"))
	}
	return errors.New(strings.Join(out, "; "))
}

// fieldsOf lists the fields of each part of the file.
var fieldsOf = map[string]string{
	"Spec":     "version, service, labels, alerting, slos",
	"SLO":      "name, description, objective, window, sli",
	"SLI":      "events, latency",
	"Events":   "bad, good, total",
	"Latency":  "histogram, selector, under, native",
	"Alerting": "labels, annotations, page, ticket",
	"Severity": "labels, annotations",
}
