package slo

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The headers of the documents that are known.
const (
	slothVersion   = "prometheus/v1"
	openVersion    = "openslo/v1"
	pyrraVersion   = "pyrra.dev/v1alpha1"
	slothKind      = "sloth.slok.dev/v1"
	operatorPrefix = "monitoring.coreos.com/"
)

// document reads one document by what its header says.
func (r *reader) document(file, text string) {
	var head struct {
		Version    string    `yaml:"version"`
		APIVersion string    `yaml:"apiVersion"`
		Kind       string    `yaml:"kind"`
		Groups     yaml.Node `yaml:"groups"`
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		r.failed(file, 1, err.Error())
		return
	}
	at := lines{&doc}
	if err := doc.Decode(&head); err != nil {
		r.failed(file, at.at(), err.Error())
		return
	}
	d := document{reader: r, file: file, text: text, lines: at}
	switch {
	case head.Version == Version:
		d.own()
	case head.Version == slothVersion:
		d.sloth()
	case head.APIVersion == openVersion:
		d.openSLO(head.Kind)
	case head.APIVersion == pyrraVersion && head.Kind == "ServiceLevelObjective":
		d.pyrra()
	case head.APIVersion == slothKind && head.Kind == "AlertWindows":
		r.fail(file, at.at("kind"), "kind", "windows of alerts are no objectives: leave the file out, and name the profile with --profile or --scale")
	case head.APIVersion == slothKind:
		r.fail(file, at.at("apiVersion"), "apiVersion", "this is Sloth's form for Kubernetes: give what is below spec as a document with version: "+slothVersion)
	case strings.HasPrefix(head.APIVersion, "openslo/"):
		r.fail(file, at.at("apiVersion"), "apiVersion", fmt.Sprintf("%q is not known: write it as %s", head.APIVersion, openVersion))
	case head.Groups.Kind != 0 || strings.HasPrefix(head.APIVersion, operatorPrefix):
		r.fail(file, at.at("groups"), "", "these are rules and no objectives: name the file that they are made from")
	default:
		field, value := "version", head.Version
		if head.APIVersion != "" {
			field, value = "apiVersion", strings.TrimSpace(head.APIVersion+" "+head.Kind)
		}
		r.fail(file, at.at(field), field, fmt.Sprintf("%q is not known: write version: %s, version: %s, apiVersion: %s or apiVersion: %s", value, Version, slothVersion, openVersion, pyrraVersion))
	}
}

// document is one that is being read.
type document struct {
	*reader
	lines
	file, text string
}

// bad reports a field.
func (d document) bad(why string, path ...any) {
	d.fail(d.file, d.at(path...), name(path), why)
}

var atLine = regexp.MustCompile(`^(?:.*: )?line (\d+): `)

// failed reports an error that may name lines, one on each line of its text.
func (r *reader) failed(file string, line int, text string) {
	text = strings.TrimPrefix(text, "yaml: unmarshal errors:\n")
	for part := range strings.SplitSeq(text, "\n") {
		part = strings.TrimSpace(part)
		at := line
		if m := atLine.FindStringSubmatch(part); m != nil {
			at, _ = strconv.Atoi(m[1])
			part = strings.TrimPrefix(part, m[0])
		}
		if part != "" {
			r.fail(file, at, "", strings.TrimPrefix(part, "yaml: "))
		}
	}
}

// own reads the console's format.
func (d document) own() {
	spec, err := Parse(strings.NewReader(d.text))
	if err != nil {
		d.failed(d.file, d.at(), strings.ReplaceAll(err.Error(), "; line ", "\nline "))
		return
	}
	for i, o := range spec.SLOs {
		def := defined(spec, o, kindOf(o.SLI))
		def.Format, def.File, def.Line = Version, d.file, d.at("slos", i)
		d.out = append(d.out, def)
	}
}

// strict decodes the document; what is not a field of v is reported. It is false
// when anything was.
func (d document) strict(v any) bool {
	dec := yaml.NewDecoder(strings.NewReader(d.text))
	dec.KnownFields(true)
	err := dec.Decode(v)
	if err == nil {
		return true
	}
	fields := map[string]string{}
	fieldsIn(reflect.TypeOf(v), fields)
	text := unknownField.ReplaceAllStringFunc(err.Error(), func(s string) string {
		m := unknownField.FindStringSubmatch(s)
		return fmt.Sprintf("line %s: %q is not a field here: it may have %s", m[1], m[2], fields[m[3]])
	})
	d.failed(d.file, d.at(), goType.ReplaceAllString(text, "here"))
	return false
}

// fieldsIn lists the fields of every struct within a type, by the type's name.
func fieldsIn(t reflect.Type, out map[string]string) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		fieldsIn(t.Elem(), out)
	case reflect.Struct:
		if _, done := out[t.Name()]; done || t.PkgPath() == reflect.TypeFor[yaml.Node]().PkgPath() {
			return
		}
		var names []string
		out[t.Name()] = ""
		for i := range t.NumField() {
			tag, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
			if tag != "" && tag != "-" {
				names = append(names, tag)
			}
			fieldsIn(t.Field(i).Type, out)
		}
		out[t.Name()] = strings.Join(names, ", ")
	}
}

// title is what the names of services and objectives may be in the other formats.
var title = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

// promised checks the promise and the period, which every format has.
func (d document) promised(percent float64, path ...any) bool {
	if percent > 0 && percent < 100 {
		return true
	}
	d.bad(fmt.Sprintf("%v %% is not between 0 and 100 %%: write a share that can be missed", number(percent)), path...)
	return false
}
