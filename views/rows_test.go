package views

import (
	"math"
	"slices"
	"testing"

	"firewatch/sources"
	"firewatch/ui/theme"
)

func sample(v float64, pairs ...string) sources.Series {
	return sources.Series{Labels: fl(pairs...), Points: []sources.Point{{T: 1000, V: v}}}
}

func TestJoin(t *testing.T) {
	course := sample(3, "instance", "a")
	course.Points = append(course.Points, sources.Point{T: 2000, V: 4})
	ids := []string{"infra.fleet.name", "infra.fleet.cpu", "infra.fleet.mem", "infra.fleet.cpu"}
	answers := []sources.Frame{
		{Series: []sources.Series{sample(1, "instance", "b", "nodename", "bee"), sample(1, "instance", "a", "nodename", "ant"), sample(1, "instance", "b", "nodename", "bee", "release", "2")}},
		{Series: []sources.Series{sample(0.95, "instance", "a"), sample(0.5, "instance", "c"), sample(1, "job", "x")}},
		{Series: []sources.Series{sample(math.NaN(), "instance", "a")}},
		{Series: []sources.Series{course}},
	}
	rows := join([]string{"instance"}, true, ids, answers)
	if got := keys(rows); !slices.Equal(got, []string{"b", "a"}) {
		t.Fatalf("rows %v, want those of the first answer", got)
	}
	a := rows[1]
	if v, ok := a.get("infra.fleet.cpu"); !ok || v != 0.95 {
		t.Errorf("cpu of a is %v %v: the value of this moment comes before the course", v, ok)
	}
	if got := a.courses["infra.fleet.cpu"]; !slices.Equal(got, []float64{3, 4}) {
		t.Errorf("course %v", got)
	}
	if _, ok := a.get("infra.fleet.mem"); ok {
		t.Error("a NaN counts as a value")
	}
	if c := a.cell("infra.fleet.mem"); c.Text != "–" {
		t.Errorf("a missing value is drawn as %q", c.Text)
	}
	if c := a.cell("infra.fleet.cpu"); c.Text != "95.0%" || c.Level != theme.Crit {
		t.Errorf("cpu is drawn as %+v", c)
	}
	if rows[0].labels["release"] != "2" || a.labels["nodename"] != "ant" {
		t.Errorf("labels are not gathered: %v", rows[0].labels)
	}
	if got := keys(join([]string{"instance"}, false, ids, answers)); !slices.Equal(got, []string{"b", "a", "c"}) {
		t.Errorf("all rows: %v", got)
	}
	if got := join([]string{"instance"}, false, ids, nil); got != nil {
		t.Errorf("rows of no answers: %v", got)
	}
	if got := a.score("infra.fleet.cpu", "infra.fleet.mem"); math.Abs(got-0.95/0.9) > 1e-9 {
		t.Errorf("score %v", got)
	}
}

func TestMatching(t *testing.T) {
	rows := []*row{{key: "1", labels: fl("a", "Web-1")}, {key: "2", labels: fl("a", "db", "b", "web")}, {key: "3"}}
	for text, want := range map[string][]string{
		"": {"1", "2", "3"}, "web": {"1", "2"}, "WEB-": {"1"}, "!web": {"3"}, "!": {"1", "2", "3"}, " db ": {"2"}, "nothing": {},
	} {
		if got := keys(matching(rows, text)); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
