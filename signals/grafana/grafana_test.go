package grafana_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"firewatch/signals/grafana"
)

// everyKind is a board with a chart of each kind, and of each way to be graded.
func everyKind() grafana.Board {
	high := grafana.Limits{Warn: &grafana.Limit{Value: 0.8}, Crit: &grafana.Limit{Value: 0.9, Strict: true}}
	low := grafana.Limits{Warn: &grafana.Limit{Value: 0.5, Below: true}, Crit: &grafana.Limit{Value: 0.1, Below: true}}
	one := 1.0
	b := grafana.Board{
		UID: "every-kind", Title: "Every kind", About: "about", Tags: []string{"tag"}, Logs: true,
		Choices: []grafana.Choice{
			{Name: "job", Label: "job", Among: "up", Several: true, All: true},
			{Name: "instance", Title: "host", Label: "instance", Among: `up{job=~"$job"}`},
			{Name: "env", Label: "env", Among: "up", All: true},
		},
		Events: []grafana.Event{{Name: "loads", Expr: "loaded", Text: "{{version}}", Moments: true, Color: "blue"}, {Name: "alerts", Expr: "ALERTS", Color: "red", Off: true}},
	}
	for i, kind := range grafana.Kinds() {
		c := grafana.Chart{
			ID: kind, Title: kind, Note: "note", Kind: kind, Unit: "ratio", Max: &one, Keys: []string{"a", "b"}, Spark: i%2 == 0,
			Queries: []grafana.Query{
				{Expr: "up", Legend: "{{job}}"},
				{Expr: "up > 0", Name: "column", Unit: "times", Limits: low, Mirror: true, Exemplars: true},
				{Expr: "1", Name: "other", Unit: "bytes", Max: &one, Limit: true},
			},
		}
		if i%3 > 0 {
			c.Limits = []grafana.Limits{high, low}[i%2]
		}
		b.Rows = append(b.Rows, grafana.Row{Title: kind, Folded: i%4 == 0, Charts: []grafana.Chart{c}})
	}
	return b
}

func encoded(t *testing.T, b grafana.Board) []byte {
	t.Helper()
	d, err := b.Dashboard()
	if err != nil {
		t.Fatal(err)
	}
	text, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestSchema holds the output to testdata/dashboard.schema.json: the dashboard,
// its variables, annotations, links, rows, places and queries, and the options,
// units, thresholds and overrides of each panel that is written. The schema does
// not say what Prometheus makes of an expression.
func TestSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("testdata/dashboard.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	check := func(text []byte) error {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(doc)
	}
	text := encoded(t, everyKind())
	if err := check(text); err != nil {
		t.Errorf("%v", err)
	}
	// The schema would see what is wrong.
	for _, c := range []struct{ from, to string }{
		{`"graphMode": "area"`, `"graphMode": "hills"`},
		{`"titleFormat"`, `"titelFormat"`},
		{`"schemaVersion": 39`, `"schemaVersion": "39"`},
		{`"negative-Y"`, `"negativeY"`},
		{`"reduceOptions"`, `"reduceOption"`},
		{`"fillOpacity": 60`, `"fillOpacity": "60"`},
		{`"type": "status-history"`, `"type": "history"`},
		{`"refId": "A"`, `"refid": "A"`},
	} {
		broken := strings.Replace(string(text), c.from, c.to, 1)
		if broken == string(text) {
			t.Errorf("%s is not in the output", c.from)
		} else if check([]byte(broken)) == nil {
			t.Errorf("%s passes for %s", c.to, c.from)
		}
	}
}

func TestReadsBack(t *testing.T) {
	text := encoded(t, everyKind())
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var back grafana.Dashboard
	if err := d.Decode(&back); err != nil {
		t.Fatal(err)
	}
	again, err := back.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, again) {
		t.Error("the model reads other than it writes")
	}
}

// TestPlaces has panels within the grid, none above another, and numbers that stay
// when a chart comes in front.
func TestPlaces(t *testing.T) {
	chart := func(id, kind string) grafana.Chart {
		return grafana.Chart{ID: id, Title: id, Kind: kind, Keys: []string{"a", "b"}, Queries: []grafana.Query{{Expr: "up"}}}
	}
	board := func(charts ...grafana.Chart) map[string]grafana.Panel {
		b := grafana.Board{UID: "x", Rows: []grafana.Row{{Title: "one", Charts: charts}, {Title: "two", Folded: true, Charts: charts}}}
		d, err := b.Dashboard()
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]grafana.Panel{}
		taken := map[[2]int]string{}
		for _, p := range d.Panels {
			out[fmt.Sprint(p.Type, p.Title)] = p
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
						t.Errorf("%s at %d, %d is over %s or the edge", p.Title, x, y, other)
					}
					taken[[2]int{x, y}] = p.Title
				}
			}
		}
		return out
	}
	charts := []grafana.Chart{
		chart("a", grafana.Stat), chart("b", grafana.Gauge), chart("c", grafana.Stat), chart("d", grafana.TimeSeries),
		chart("e", grafana.Heatmap), chart("f", grafana.Table), chart("g", grafana.Area),
	}
	before := board(charts...)
	after := board(append([]grafana.Chart{chart("new", grafana.Stat)}, charts...)...)
	for name, p := range before {
		if after[name].ID != p.ID {
			t.Errorf("%s was %d and is %d", name, p.ID, after[name].ID)
		}
	}
	if n := len(before["rowtwo"].Panels); n != len(charts) {
		t.Errorf("the folded row has %d panels", n)
	}
	if w := before["timeseriesd"].GridPos.W; w != 12 {
		t.Errorf("two charts in a line are %d wide", w)
	}
}

// TestThresholds reads the steps of a stat: the colour from the lowest value up.
func TestThresholds(t *testing.T) {
	limit := func(v float64, below bool) *grafana.Limit { return &grafana.Limit{Value: v, Below: below} }
	for _, c := range []struct {
		limits grafana.Limits
		want   string
	}{
		{grafana.Limits{}, "green"},
		{grafana.Limits{Warn: limit(1, false)}, "green 1 yellow"},
		{grafana.Limits{Crit: limit(1, false)}, "green 1 red"},
		{grafana.Limits{Warn: limit(1, false), Crit: limit(2, false)}, "green 1 yellow 2 red"},
		{grafana.Limits{Warn: limit(0.5, true), Crit: limit(0.1, true)}, "red 0.1 yellow 0.5 green"},
		{grafana.Limits{Warn: limit(0.5, true)}, "yellow 0.5 green"},
		{grafana.Limits{Crit: limit(0.5, true)}, "red 0.5 green"},
		{grafana.Limits{Crit: &grafana.Limit{Value: 0, Strict: true}}, "green 1e-09 red"},
	} {
		b := grafana.Board{Rows: []grafana.Row{{Charts: []grafana.Chart{{ID: "a", Kind: grafana.Stat, Limits: c.limits, Queries: []grafana.Query{{Expr: "up"}}}}}}}
		d, err := b.Dashboard()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range d.Panels[1].FieldConfig.Defaults.Thresholds.Steps {
			if s.Value != nil {
				got = append(got, fmt.Sprint(*s.Value))
			}
			got = append(got, s.Color)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// TestTables joins columns on the labels that they are told, and only those.
func TestTables(t *testing.T) {
	c := grafana.Chart{ID: "t", Kind: grafana.Table, Keys: []string{"host"}, Beside: []string{"os"}, Queries: []grafana.Query{
		{Expr: "info"}, {Expr: "a + b", Name: "sum"}, {Expr: "c", Name: "c"},
	}}
	d, err := grafana.Board{Rows: []grafana.Row{{Charts: []grafana.Chart{c}}}}.Dashboard()
	if err != nil {
		t.Fatal(err)
	}
	p := d.Panels[1]
	var exprs []string
	for _, target := range p.Targets {
		exprs = append(exprs, target.Expr)
	}
	if want := []string{"info", "max by (host) (a + b)", "max by (host) (c)"}; !slices.Equal(exprs, want) {
		t.Errorf("asks %q", exprs)
	}
	got, err := json.Marshal(p.Transformations[1].Options)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"excludeByName":{"Time":true,"Value #A":true,"__name__":true},"indexByName":{"Value #B":3,"Value #C":4,"host":0,"os":1},"renameByName":{"Value #B":"sum","Value #C":"c"}}`
	if string(got) != want {
		t.Errorf("organizes %s", got)
	}
}

func TestRefuses(t *testing.T) {
	up := []grafana.Query{{Expr: "up"}}
	for want, charts := range map[string][]grafana.Chart{
		`chart a: unknown kind "pie"`:      {{ID: "a", Kind: "pie", Queries: up}},
		"chart a: it has no queries":       {{ID: "a", Kind: grafana.Stat}},
		"chart a: a query is empty":        {{ID: "a", Kind: grafana.Stat, Queries: []grafana.Query{{Expr: " "}}}},
		`chart a: unknown unit "furlongs"`: {{ID: "a", Kind: grafana.Stat, Unit: "furlongs", Queries: up}},
		"chart a: a matrix needs 2 keys":   {{ID: "a", Kind: grafana.Matrix, Keys: []string{"x"}, Queries: up}},
		"chart a is there twice":           {{ID: "a", Kind: grafana.Stat, Queries: up}, {ID: "a", Kind: grafana.Stat, Queries: up}},
	} {
		_, err := grafana.Board{UID: "b", Rows: []grafana.Row{{Title: "r", Charts: charts}}}.Dashboard()
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "dashboard b: row r: ") {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestSchemaFile has the schema name every kind of panel that the package writes.
func TestSchemaFile(t *testing.T) {
	schema, err := os.ReadFile("testdata/dashboard.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	d, err := everyKind().Dashboard()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Panels {
		for _, p := range append(p.Panels, p) {
			if p.Type != "row" && !bytes.Contains(schema, []byte(`{"const": "`+p.Type+`"}`)) {
				t.Errorf("the schema says nothing about the options of %s", p.Type)
			}
		}
	}
}
