package views

import (
	"strings"
	"testing"

	"firewatch/ui/theme"
)

func TestBuiltinCatalogue(t *testing.T) {
	for _, e := range catalogue.Entries() {
		if e.View == "" {
			t.Errorf("%s belongs to no view", e.ID)
		}
		if e.Overlay != "" && catalogue.Entry(e.Overlay) == nil {
			t.Errorf("%s is drawn into %s, which does not exist", e.ID, e.Overlay)
		}
		// The same limits are drawn and graded: the worse one must be the farther one.
		if w, c := e.Thresholds.Warn, e.Thresholds.Crit; w != nil && c != nil && (w.Below != c.Below || w.Below != (c.Value < w.Value)) {
			t.Errorf("%s: crit %v is not beyond warn %v", e.ID, *c, *w)
		}
	}
}

func TestRuntimes(t *testing.T) {
	if len(catalogue.runtimes) == 0 {
		t.Fatal("no runtimes")
	}
	for _, r := range catalogue.runtimes {
		for _, id := range r.Panels {
			if catalogue.Entry(id) == nil {
				t.Errorf("runtime %s shows %s, which does not exist", r.Name, id)
			}
		}
	}
}

func TestCatalogueRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"kind", "panels: [{id: a.b, kind: pie, q: up}]", `panel a.b: unknown kind "pie"`},
		{"unit", "panels: [{id: a.b, kind: stat, unit: furlong, q: up}]", `panel a.b: unknown unit "furlong"`},
		{"macro", "panels: [{id: a.b, kind: stat, q: 'up{$nodes}'}]", "panel a.b: unknown macro $nodes"},
		{"threshold", "panels: [{id: a.b, kind: stat, q: up, thresholds: {warn: '=3'}}]", `"=3" is no threshold`},
		{"level", "panels: [{id: a.b, kind: stat, q: up, thresholds: {wran: 3}}]", "wran"},
		{"key", "panels: [{id: a.b, kind: stat, query: up}]", "query"},
		{"twice", "panels: [{id: a.b, kind: stat, q: up}, {id: a.b, kind: stat, q: up}]", "a.b is there twice"},
		{"no query", "panels: [{id: a.b, kind: stat}]", "panel a.b: no query"},
		{"no id", "panels: [{kind: stat, q: up}]", "no id"},
		{"no yaml", "panels: [", "x.yaml"},
	} {
		_, err := ParseCatalogue("x.yaml", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "x.yaml") {
			t.Errorf("%s: got %v, want something about %q in x.yaml", c.name, err, c.want)
		}
	}
	if c, err := ParseCatalogue("empty.yaml", nil); err != nil || len(c.Entries()) != 0 {
		t.Errorf("an empty file: %v, %d entries", err, len(c.Entries()))
	}
}

func TestCatalogueMerge(t *testing.T) {
	one, err := ParseCatalogue("one", []byte("panels: [{id: a.a, kind: stat, q: up}, {id: a.b, kind: stat, q: up}]"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := ParseCatalogue("two", []byte("panels: [{id: a.b, kind: gauge, q: down}, {id: a.c, kind: stat, q: up}]"))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, e := range one.Merge(two).Entries() {
		got += e.ID + ":" + e.Kind + " "
	}
	if want := "a.a:stat a.b:gauge a.c:stat "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if one.Entry("a.b").Kind != "stat" {
		t.Error("merging changed the first catalogue")
	}
}

func TestLimits(t *testing.T) {
	parse := func(text string) Limits {
		c, err := ParseCatalogue("x", []byte("panels: [{id: a.a, kind: stat, q: up, thresholds: "+text+"}]"))
		if err != nil {
			t.Fatal(err)
		}
		return c.Entry("a.a").Thresholds
	}
	nan := 0.0
	nan /= nan
	for _, c := range []struct {
		text  string
		v     float64
		level theme.Level
		score float64
	}{
		{"{warn: 0.8, crit: 0.9}", 0.45, theme.Good, 0.5},
		{"{warn: 0.8, crit: 0.9}", 0.8, theme.Warn, div(0.8, 0.9)},
		{"{warn: 0.8, crit: 0.9}", 0.9, theme.Crit, 1},
		{"{warn: '>1'}", 1, theme.Good, 1},
		{"{warn: '>1'}", 1.5, theme.Warn, 1.5},
		{"{crit: '<1'}", 1, theme.Good, 1},
		{"{crit: '<1'}", 0, theme.Crit, 10},
		{"{warn: '<0.5', crit: '<0.1'}", 0.4, theme.Warn, 0.25},
		{"{crit: '>0'}", 0, theme.Good, 0},
		{"{crit: '>0'}", 1, theme.Crit, 10},
		{"{}", 5, theme.None, 0},
		{"{warn: 1}", nan, theme.None, 0},
	} {
		l := parse(c.text)
		if got := l.Level(c.v); got != c.level {
			t.Errorf("%s: %v is %v, want %v", c.text, c.v, got, c.level)
		}
		if got := l.Score(c.v); got != c.score {
			t.Errorf("%s: score of %v is %v, want %v", c.text, c.v, got, c.score)
		}
	}
}

// div divides as the program does, not as the compiler does.
func div(a, b float64) float64 { return a / b }

func TestMacros(t *testing.T) {
	for _, c := range []struct{ q, want string }{
		{"up{$node}", `up{instance="a"}`},
		{`x{mode="idle",$gpu}`, `x{mode="idle",}`},
		{"x{$err,$node}[$ri]", `x{instance="a"}[60s]`},
		{"$lat_bucket{$svc} / $lat", `{"http.lat_bucket",job="j"} / "http.lat"`},
		{"$req{$svc}", `{"http.lat_count",job="j"}`},
		{"sum by (le, $route) (x)", `sum by (le, "http.route") (x)`},
		{"sum by ($status) (x)", `sum by (code) (x)`},
	} {
		e := Entry{Query: c.q}
		got := e.Expr(Vars{"node": is("instance", "a"), "svc": is("job", "j"), "ri": "60s", "lat": "http.lat", "route": "http.route", "status": "code"})
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.q, got, c.want)
		}
	}
	for _, c := range []struct {
		values []string
		want   string
	}{
		{nil, ""},
		{[]string{`a"b`}, `instance="a\"b"`},
		{[]string{"a.b", `c\d`}, `instance=~"a\\.b|c\\\\d"`},
	} {
		if got := is("instance", c.values...); got != c.want {
			t.Errorf("%q: got %s, want %s", c.values, got, c.want)
		}
	}
	if got := is("http.route", "/"); got != `"http.route"="/"` {
		t.Errorf("a label with a dot: %s", got)
	}
}

func TestNativeRewrite(t *testing.T) {
	e := Entry{Query: "sum(rate($req{$err,$svc}[$ri] offset 1w)) / sum(increase($lat_sum{$svc}[$ri]))"}
	got := e.Expr(Vars{"lat": "h", "form": "native", "ri": "1m", "svc": `a="b"`})
	want := `sum(histogram_count(rate(h{a="b"}[1m] offset 1w))) / sum(histogram_sum(increase(h{a="b"}[1m])))`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got = e.Expr(Vars{"lat": "h", "req": "r", "form": "native", "ri": "1m", "svc": `a="b"`})
	if !strings.HasPrefix(got, `sum(rate(r{a="b"}`) {
		t.Errorf("a counter of its own is taken as it is: %s", got)
	}
}
