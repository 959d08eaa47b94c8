package views

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// profileFile holds metric profiles, not panels.
const profileFile = "profiles.yaml"

// profiles are the known ways to name request metrics, in the order of trial.
var profiles = builtinProfiles()

// profile says how a service names its request metrics; the file explains the fields.
type profile struct {
	Name     string  `yaml:"name"`
	Probe    string  `yaml:"probe"`
	Lat      string  `yaml:"lat"`
	Scale    float64 `yaml:"scale"`
	Req      string  `yaml:"req"`
	Status   words   `yaml:"status"`
	Route    words   `yaml:"route"`
	Method   words   `yaml:"method"`
	Err      string  `yaml:"err"`
	Inflight words   `yaml:"inflight"`
	Svc      string  `yaml:"svc"`
}

// words is one word or a list of them.
type words []string

// UnmarshalYAML reads a scalar or a list.
func (w *words) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = words{n.Value}
		return nil
	}
	return n.Decode((*[]string)(w))
}

// first is the first word that is in the list, or the very first word when none
// is; empty without words.
func (w words) first(list []string) string {
	for _, s := range w {
		if slices.Contains(list, s) {
			return s
		}
	}
	if len(w) > 0 {
		return w[0]
	}
	return ""
}

// runtime names the panels for the saturation of a language's runtime, by the
// metric that tells it.
type runtime struct {
	Name   string   `yaml:"name"`
	Probe  string   `yaml:"probe"`
	Panels []string `yaml:"panels"`
}

// The forms of a latency metric.
const (
	classicForm = "classic"
	nativeForm  = "native"
	bothForms   = "both"
	summaryForm = "summary"
	noForm      = ""
)

// instrumentation is what the metric names of one job say about it.
type instrumentation struct {
	profile *profile
	// form is that of the latency histogram.
	form string
	// names are all metric names of the job.
	names []string
	// labels are those of the request counter; empty until they are known.
	labels []string
}

// detect finds the profile of a job from its metric names; its profile is nil
// when none fits.
func detect(names []string) instrumentation {
	have := make(map[string]bool, len(names))
	for _, n := range names {
		have[n] = true
	}
	exists := func(base string) bool {
		return base != "" && (have[base] || have[base+"_count"] || have[base+"_bucket"])
	}
	in := instrumentation{names: names}
	for i := range profiles {
		p := &profiles[i]
		if !exists(p.Probe) {
			continue
		}
		in.profile = p
		switch {
		case p.Lat == "":
		case have[p.Lat] && have[p.Lat+"_bucket"]:
			in.form = bothForms
		case have[p.Lat+"_bucket"]:
			in.form = classicForm
		case have[p.Lat] && have[p.Lat+"_count"]:
			in.form = summaryForm
		case have[p.Lat]:
			in.form = nativeForm
		}
		break
	}
	return in
}

// has says whether the job exports the metric.
func (in *instrumentation) has(name string) bool { return slices.Contains(in.names, name) }

// runtimePanels are the catalogue's entries for the job's runtime; empty when it is unknown.
func (in *instrumentation) runtimePanels() []string {
	for _, r := range catalogue.runtimes {
		if in.has(r.Probe) {
			return r.Panels
		}
	}
	return nil
}

// vars are the macros of the profile, for the service that the matchers select.
// Without a profile there are only the matchers.
func (in *instrumentation) vars(v Vars, svc ...string) Vars {
	p := in.profile
	if p == nil {
		return v.With("svc", all(svc...))
	}
	out := v.With(
		"svc", all(append(slices.Clone(svc), p.Svc)...),
		"lat", p.Lat,
		"status", p.Status.first(in.labels),
		"route", p.Route.first(in.labels),
	)
	if p.Req != "" && in.has(p.Req) {
		out["req"] = p.Req
	}
	out["err"] = p.Err
	if p.Err == "" && out["status"] != "" {
		out["err"] = quoteName(out["status"]) + `=~"5.."`
	}
	for _, g := range p.Inflight {
		if in.has(g) {
			out["inflight"] = g
			break
		}
	}
	if p.Scale != 0 {
		out["scale"] = strconv.FormatFloat(p.Scale, 'g', -1, 64)
	}
	if in.form == nativeForm {
		out["form"] = nativeForm
	}
	return out
}

// counter is the series selector that request counts come from, by its bare name.
func (in *instrumentation) counter() string {
	p := in.profile
	switch {
	case p == nil:
		return ""
	case p.Req != "" && in.has(p.Req):
		return p.Req
	case in.form == nativeForm:
		return p.Lat
	}
	return p.Lat + "_count"
}

// builtinProfiles reads the embedded file; a fault in it is a fault of the build.
func builtinProfiles() []profile {
	name := path.Join("panels", profileFile)
	data, err := panelFiles.ReadFile(name)
	if err != nil {
		panic(err)
	}
	out, err := parseProfiles(name, data)
	if err != nil {
		panic(err)
	}
	return out
}

// parseProfiles reads a file of profiles.
func parseProfiles(name string, data []byte) ([]profile, error) {
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	var f struct {
		Profiles []profile `yaml:"profiles"`
	}
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("read metric profiles of %s: %w", name, err)
	}
	for _, p := range f.Profiles {
		if p.Name == "" || p.Probe == "" || p.Lat == "" && p.Req == "" {
			return nil, fmt.Errorf("read metric profiles of %s: profile %q needs name, probe, and lat or req", name, strings.TrimSpace(p.Name))
		}
	}
	return f.Profiles, nil
}
