package slo

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// lines finds the line that a field of the file stands on.
type lines struct{ doc *yaml.Node }

// at is the line of the deepest part of the path that the file has; keys of
// mappings and numbers of list items lead there.
func (l lines) at(path ...any) int {
	n := l.doc
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		n = n.Content[0]
	}
	line := n.Line
	for _, step := range path {
		var next *yaml.Node
		switch step := step.(type) {
		case int:
			if n.Kind == yaml.SequenceNode && step < len(n.Content) {
				next = n.Content[step]
				line = next.Line
			}
		case string:
			for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == step {
					next, line = n.Content[i+1], n.Content[i].Line
				}
			}
		}
		if next == nil {
			return line
		}
		n = next
	}
	return line
}

// name is how a path is written in errors: slos[0].sli.
func name(path []any) string {
	var b strings.Builder
	for _, step := range path {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", step)
		case string:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(step)
		}
	}
	return b.String()
}

// placeholder stands for the length of the range, in Sloth's spelling, with or
// without spaces.
var placeholder = regexp.MustCompile(`\{\{\s*\.window\s*\}\}`)

// word is what names may be, so that they fit into the names of groups and into
// links.
var word = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$`)

// check finds everything that rules cannot be made of.
func (s Spec) check(file lines) error {
	var errs []error
	bad := func(why string, path ...any) {
		errs = append(errs, fmt.Errorf("line %d: %s: %s", file.at(path...), name(path), why))
	}
	if s.Version != Version {
		bad(fmt.Sprintf("%q is not known: write %s", s.Version, Version), "version")
	}
	if !word.MatchString(s.Service) {
		bad(fmt.Sprintf("%q is no name: use lower case letters, digits and dashes", s.Service), "service")
	}
	checkLabels := func(labels map[string]string, path ...any) {
		for k := range labels {
			if !model.LegacyValidation.IsValidLabelName(k) || k == "service" || strings.HasPrefix(k, "sloth_") {
				bad("this label name cannot be used: take another, service and sloth_ are set by the rules", append(path, k)...)
			}
		}
	}
	checkLabels(s.Labels, "labels")
	checkLabels(s.Alerting.Labels, "alerting", "labels")
	checkLabels(s.Alerting.Page.Labels, "alerting", "page", "labels")
	checkLabels(s.Alerting.Ticket.Labels, "alerting", "ticket", "labels")
	if len(s.SLOs) == 0 {
		bad("there is none: add one with name, objective and sli", "slos")
	}
	seen := map[string]bool{}
	for i, o := range s.SLOs {
		if !word.MatchString(o.Name) {
			bad(fmt.Sprintf("%q is no name: use lower case letters, digits and dashes", o.Name), "slos", i, "name")
		}
		if seen[o.Name] {
			bad(fmt.Sprintf("%q is there twice: give each objective a name of its own", o.Name), "slos", i, "name")
		}
		seen[o.Name] = true
		if !(o.Percent > 0 && o.Percent < 100) {
			bad(fmt.Sprintf("%v is not between 0 and 100: write a percentage such as 99.9", o.Percent), "slos", i, "objective")
		}
		if o.Window < Period(7*24*time.Hour) || o.Window > Period(90*24*time.Hour) {
			bad(fmt.Sprintf("%s is not between 7d and 90d, for which the windows of the alerts are made", o.Window), "slos", i, "window")
		}
		for _, e := range o.SLI.check() {
			bad(e.why, append([]any{"slos", i, "sli"}, e.path...)...)
		}
	}
	return errors.Join(errs...)
}

// wrong is a field below an indicator and what is wrong with it.
type wrong struct {
	path []any
	why  string
}

func (s SLI) check() (out []wrong) {
	bad := func(why string, path ...any) { out = append(out, wrong{path, why}) }
	switch {
	case s.Events == nil && s.Latency == nil:
		bad("it says nothing: give it events or latency")
	case s.Events != nil && s.Latency != nil:
		bad("it has both events and latency: make two objectives of them")
	case s.Events != nil:
		e := s.Events
		if (e.Bad == "") == (e.Good == "") {
			bad("give it either bad or good, whichever is counted", "events")
		}
		for _, q := range []struct{ field, text string }{{"bad", e.Bad}, {"good", e.Good}, {"total", e.Total}} {
			switch {
			case q.text == "" && q.field == "total":
				bad("it is missing: write the query that counts all events", "events", q.field)
			case q.text != "" && !placeholder.MatchString(q.text):
				bad("it has no range: write [{{.window}}] where the length of the range goes", "events", q.field)
			}
		}
	default:
		l := s.Latency
		if !model.LegacyValidation.IsValidMetricName(l.Histogram) || strings.HasSuffix(l.Histogram, "_bucket") {
			bad(fmt.Sprintf("%q is no histogram: write its name without _bucket", l.Histogram), "latency", "histogram")
		}
		if strings.ContainsAny(l.Selector, "{}") {
			bad("write the matchers without braces", "latency", "selector")
		}
		if !(l.Under > 0) || math.IsInf(l.Under, 0) {
			bad(fmt.Sprintf("%v is no limit: write seconds above 0, such as 0.25", l.Under), "latency", "under")
		}
	}
	return out
}
