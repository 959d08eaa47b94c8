package slo

import (
	"maps"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// slothFile is a document of Sloth's prometheus/v1.
type slothFile struct {
	Version string            `yaml:"version"`
	Service string            `yaml:"service"`
	Labels  map[string]string `yaml:"labels"`
	Plugins yaml.Node         `yaml:"slo_plugins"`
	SLOs    []slothSLO        `yaml:"slos"`
}

type slothSLO struct {
	Name        string            `yaml:"name"`
	Description string            `yaml:"description"`
	Objective   float64           `yaml:"objective"`
	Labels      map[string]string `yaml:"labels"`
	Plugins     yaml.Node         `yaml:"plugins"`
	SLI         slothSLI          `yaml:"sli"`
	Alerting    slothAlerting     `yaml:"alerting"`
}

type slothSLI struct {
	Raw    *slothRaw    `yaml:"raw"`
	Events *slothEvents `yaml:"events"`
	Plugin *slothPlugin `yaml:"plugin"`
}

type slothRaw struct {
	ErrorRatio string `yaml:"error_ratio_query"`
}

type slothEvents struct {
	Error string `yaml:"error_query"`
	Total string `yaml:"total_query"`
}

type slothPlugin struct {
	ID      string            `yaml:"id"`
	Options map[string]string `yaml:"options"`
}

type slothAlerting struct {
	Name        string            `yaml:"name"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
	Page        slothAlert        `yaml:"page_alert"`
	Ticket      slothAlert        `yaml:"ticket_alert"`
}

type slothAlert struct {
	Disable     bool              `yaml:"disable"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// sloth reads a document of Sloth. Its period is 30 days, which Sloth takes from
// elsewhere when it is told to.
func (d document) sloth() {
	var f slothFile
	if !d.strict(&f) {
		return
	}
	before := len(d.errs)
	if !title.MatchString(f.Service) {
		d.bad("it is no name: use letters, digits and dashes", "service")
	}
	if len(f.SLOs) == 0 {
		d.bad("there is none: add one with name, objective and sli", "slos")
	}
	d.usable(f.Labels, "labels")
	for i, s := range f.SLOs {
		here := func(path ...any) []any { return append([]any{"slos", i}, path...) }
		if !title.MatchString(s.Name) {
			d.bad("it is no name: use letters, digits and dashes", here("name")...)
		}
		d.promised(s.Objective, here("objective")...)
		d.usable(s.Labels, here("labels")...)
		d.usable(s.Alerting.Labels, here("alerting", "labels")...)
		d.usable(s.Alerting.Page.Labels, here("alerting", "page_alert", "labels")...)
		d.usable(s.Alerting.Ticket.Labels, here("alerting", "ticket_alert", "labels")...)
		sli, kind, why := d.slothSLI(s.SLI, here("sli"))
		if len(d.errs) > before {
			continue
		}
		labels := maps.Clone(f.Labels)
		if labels == nil {
			labels = map[string]string{}
		}
		maps.Copy(labels, s.Labels)
		def := defined(Spec{
			Version: Version, Service: f.Service, Labels: labels,
			Alerting: Alerting{
				Labels: s.Alerting.Labels, Annotations: s.Alerting.Annotations,
				Page:   Severity{s.Alerting.Page.Labels, s.Alerting.Page.Annotations},
				Ticket: Severity{s.Alerting.Ticket.Labels, s.Alerting.Ticket.Annotations},
			},
		}, SLO{Name: s.Name, Description: s.Description, Percent: s.Objective, Window: Period(30 * 24 * time.Hour), SLI: sli}, kind)
		def.Format, def.File, def.Line, def.Unsupported = "sloth "+slothVersion, d.file, d.at("slos", i), why
		def.timed, def.alert = kind == "ratio", s.Alerting.Name
		if s.Alerting.Page.Disable {
			def.silent = append(def.silent, "page")
		}
		if s.Alerting.Ticket.Disable {
			def.silent = append(def.silent, "ticket")
		}
		if !f.Plugins.IsZero() || !s.Plugins.IsZero() {
			def.Notes = append(def.Notes, "its plugins of rules are not run")
		}
		d.out = append(d.out, def)
	}
}

// slothSLI takes an indicator over; why is set where there can be no rules of it.
func (d document) slothSLI(s slothSLI, path []any) (sli SLI, kind, why string) {
	field := func(more ...any) []any { return append(append([]any{}, path...), more...) }
	query := func(text, name string, more ...any) string {
		if strings.TrimSpace(text) == "" {
			d.bad("it is missing: write the "+name, field(more...)...)
			return ""
		}
		q, err := windowed(text, "rate")
		if err != nil {
			d.bad(err.Error(), field(more...)...)
		} else if !placeholder.MatchString(text) {
			d.bad("it has no range: write [{{.window}}] where the length of the range goes", field(more...)...)
		}
		return q
	}
	n := 0
	for _, set := range []bool{s.Raw != nil, s.Events != nil, s.Plugin != nil} {
		if set {
			n++
		}
	}
	switch {
	case n != 1:
		d.bad("give it one of events, raw and plugin", path...)
	case s.Plugin != nil:
		return SLI{}, "plugin", "its queries are made by the plugin " + s.Plugin.ID + ", which is a program: write them as events"
	case s.Raw != nil:
		return ratioSLI(query(s.Raw.ErrorRatio, "query of the error ratio", "raw", "error_ratio_query")), "ratio", ""
	default:
		return SLI{Events: &Events{
			Bad:   query(s.Events.Error, "query that counts the bad events", "events", "error_query"),
			Total: query(s.Events.Total, "query that counts all events", "events", "total_query"),
		}}, "events", ""
	}
	return SLI{}, "", ""
}

// ratioSLI counts every moment as one event, which is as bad as the ratio says. A
// moment without a value counts as none.
func ratioSLI(ratio string) SLI {
	known := atom(ratio) + " >= 0"
	return SLI{Events: &Events{Bad: known, Total: atom(known) + " * 0 + 1"}}
}

// usable checks the names of labels that rules shall have.
func (d document) usable(labels map[string]string, path ...any) {
	for k := range labels {
		if !model.LegacyValidation.IsValidLabelName(k) || strings.HasPrefix(k, "sloth_") || k == "service" {
			d.bad("this label name cannot be used: take another, service and sloth_ are set by the rules", append(append([]any{}, path...), k)...)
		}
	}
}
