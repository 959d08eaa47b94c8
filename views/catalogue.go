package views

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"firewatch/ui/draw"
)

//go:embed panels/*.yaml
var panelFiles embed.FS

// catalogue is the built-in one. Its files are part of the program, so a fault
// in them is a fault of the build, found by the first test that runs.
var catalogue = builtin()

// Entry is one panel as plain data: what is asked and how it is shown, on this
// screen or on another.
type Entry struct {
	// ID names the entry, such as "infra.cpu.util"; its first word is its family.
	ID string `yaml:"id"`
	// Title is for a screen that shows the entry by itself; empty means the ID.
	Title string `yaml:"title"`
	// View is the tab that the entry belongs to, from the head of its file.
	View string `yaml:"-"`
	// Kind is how it is drawn: see [Kinds].
	Kind string `yaml:"kind"`
	// Unit says what the values count; it is also the unit of the axis.
	Unit draw.Unit `yaml:"unit"`
	// Thresholds grade the values.
	Thresholds Limits `yaml:"thresholds"`
	// Legend names the series: a template of labels, with macros.
	Legend string `yaml:"legend"`
	// Query is PromQL with macros.
	Query string `yaml:"q"`
	// Overlay is the entry whose chart this one is drawn into.
	Overlay string `yaml:"overlay"`
	// Stack piles areas up: "true" the series of this entry, another word all
	// entries that carry the same one.
	Stack string `yaml:"stack"`
	// Optional hides the panel where there is no such metric, instead of saying
	// that it has no data.
	Optional bool `yaml:"optional"`
	// Note is what a reader has to know about the numbers.
	Note string `yaml:"note"`
	// Form is the form of histogram that the query reads: classic, native, or any.
	Form string `yaml:"form"`
	// Table is what the columns of one table share; empty means that the ID
	// without its last word says it.
	Table string `yaml:"table"`
	// Max is the end of the value axis; nil lets the data decide.
	Max *float64 `yaml:"max"`
	// Mirror draws the values below the axis, as the other direction of a pair.
	Mirror bool `yaml:"mirror"`
	// Spark adds the recent course to a single value.
	Spark bool `yaml:"spark"`
}

// Kinds are the ways to draw an entry.
var Kinds = []string{
	"stat", "timeseries", "area", "gauge", "bars", "toplist", "table", "column", "heatmap", "heatrow", "matrix", "threshold-line",
}

// Units are the words that an entry's unit may be; none at all is a label.
var Units = []draw.Unit{
	"", "ratio", "times", "number", "count", "ops", "rps", "bytes", "Bps", "seconds", "duration", "celsius", "watts", "hertz",
	"cores", "bool", "code", "euro",
}

// check says what is wrong with an entry by itself.
func (e *Entry) check() error {
	switch {
	case e.ID == "":
		return errors.New("a panel has no id")
	case !slices.Contains(Kinds, e.Kind):
		return fmt.Errorf("panel %s: unknown kind %q: known are %s", e.ID, e.Kind, strings.Join(Kinds, ", "))
	case !slices.Contains(Units, e.Unit):
		return fmt.Errorf("panel %s: unknown unit %q: known are %v", e.ID, e.Unit, Units[1:])
	case strings.TrimSpace(e.Query) == "":
		return fmt.Errorf("panel %s: no query (q)", e.ID)
	case !slices.Contains([]string{"", "classic", "native", "any"}, e.Form):
		return fmt.Errorf("panel %s: unknown form %q: known are classic, native, any", e.ID, e.Form)
	}
	for _, m := range append(macrosIn(e.Query), macrosIn(e.Legend)...) {
		if !known(m) {
			return fmt.Errorf("panel %s: unknown macro $%s: known are %s", e.ID, m, strings.Join(Macros, ", "))
		}
	}
	return nil
}

// Stacked says whether the entry's areas lie on top of each other.
func (e *Entry) Stacked() bool { return e.Stack != "" && e.Stack != "false" }

// top is the end of the value axis; 0 where the data decide.
func (e *Entry) top() float64 {
	if e.Max == nil {
		return 0
	}
	return *e.Max
}

// group is what the columns of one table, or the areas of one stack, share.
func (e *Entry) group() string {
	if e.Table != "" {
		return e.Table
	}
	i := max(strings.LastIndexByte(e.ID, '.'), 0)
	return e.ID[:i]
}

// Variable is what a user picks before looking, such as the hosts: the values
// come from a query, or the variable is a constant.
type Variable struct {
	Query   string `yaml:"query"`
	Const   string `yaml:"const"`
	Label   string `yaml:"label"`
	Display string `yaml:"display"`
	Multi   bool   `yaml:"multi"`
	All     bool   `yaml:"all"`
}

// Catalogue is a set of entries by ID. The zero value is empty. A catalogue is
// not changed after it was made: [Catalogue.Merge] makes another one.
type Catalogue struct {
	entries   map[string]*Entry
	order     []string
	variables map[string]Variable
	runtimes  []runtime
}

// file is what a catalogue file may hold.
type file struct {
	View      string              `yaml:"view"`
	Variables map[string]Variable `yaml:"variables"`
	Panels    []*Entry            `yaml:"panels"`
	Runtimes  []runtime           `yaml:"runtimes"`
	Fallbacks []map[string]string `yaml:"fallbacks"`
}

// ParseCatalogue reads one file of entries. An unknown key, kind, unit or macro,
// a broken threshold, or an ID that is there twice is an error that names it.
func ParseCatalogue(name string, data []byte) (Catalogue, error) {
	c := Catalogue{entries: map[string]*Entry{}, variables: map[string]Variable{}}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	var f file
	if err := d.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return c, fmt.Errorf("read panels of %s: %w", name, err)
	}
	for _, e := range f.Panels {
		if e == nil {
			continue
		}
		if err := e.check(); err != nil {
			return c, fmt.Errorf("read panels of %s: %w", name, err)
		}
		if c.entries[e.ID] != nil {
			return c, fmt.Errorf("read panels of %s: panel %s is there twice", name, e.ID)
		}
		e.View = f.View
		c.entries[e.ID] = e
		c.order = append(c.order, e.ID)
	}
	maps.Copy(c.variables, f.Variables)
	c.runtimes = f.Runtimes
	return c, nil
}

// Merge is c with the entries of o added; where both have an ID, o's is taken.
func (c Catalogue) Merge(o Catalogue) Catalogue {
	out := Catalogue{entries: map[string]*Entry{}, variables: map[string]Variable{}}
	for _, from := range []Catalogue{c, o} {
		for _, id := range from.order {
			if out.entries[id] == nil {
				out.order = append(out.order, id)
			}
			out.entries[id] = from.entries[id]
		}
		maps.Copy(out.variables, from.variables)
		out.runtimes = append(out.runtimes, from.runtimes...)
	}
	return out
}

// Entries are all entries in the order of the files.
func (c Catalogue) Entries() []*Entry {
	out := make([]*Entry, len(c.order))
	for i, id := range c.order {
		out[i] = c.entries[id]
	}
	return out
}

// Entry is the one with the ID, nil when there is none.
func (c Catalogue) Entry(id string) *Entry { return c.entries[id] }

// Variable is the one with the name, the zero value when there is none.
func (c Catalogue) Variable(name string) Variable { return c.variables[name] }

// Builtin is the catalogue that is part of the program.
func Builtin() Catalogue { return catalogue }

// builtin reads the embedded files, all but those that hold no panels.
func builtin() Catalogue {
	var out Catalogue
	names, err := fs.Glob(panelFiles, "panels/*.yaml")
	if err != nil {
		panic(err)
	}
	for _, n := range names {
		if path.Base(n) == profileFile {
			continue
		}
		data, err := panelFiles.ReadFile(n)
		if err != nil {
			panic(err)
		}
		c, err := ParseCatalogue(n, data)
		if err != nil {
			panic(err)
		}
		for _, id := range c.order {
			if out.entries[id] != nil {
				panic("panel " + id + " is in two files")
			}
		}
		out = out.Merge(c)
	}
	return out
}
