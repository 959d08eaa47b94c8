package slo_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"firewatch/signals/slo"
)

const spec = `version: firewatch/v1
service: checkout
labels: {team: shop}
slos:
  - name: availability
    objective: 99.5
    sli:
      events:
        good: sum(rate(ok_total[{{.window}}]))
        total: sum(rate(all_total[{{ .window }}]))
  - name: speed
    objective: 95
    window: 4w
    description: Answers within a second.
    sli:
      latency: {histogram: took_seconds, selector: 'job="a"', under: 1}
`

func TestParse(t *testing.T) {
	got, err := slo.Parse(strings.NewReader(spec))
	if err != nil {
		t.Fatal(err)
	}
	a, b := got.SLOs[0], got.SLOs[1]
	if time.Duration(a.Window) != 30*day || time.Duration(b.Window) != 28*day || b.Window.String() != "4w" {
		t.Errorf("windows are %s and %s", a.Window, b.Window)
	}
	if got.ID(a) != "checkout-availability" || !near(a.Objective().Budget(), 0.005) || b.Description == "" || got.Labels["team"] != "shop" {
		t.Errorf("parsed as %+v", got)
	}
}

// stackFiles are the objectives of the stack and the examples next to them.
var stackFiles = []string{"../../stack/slo/slo.yaml", "../../stack/slo/examples/ml.yaml", "../../stack/slo/examples/callers.yaml"}

// What the stack ships has to stay valid.
func TestParseStack(t *testing.T) {
	for _, name := range stackFiles {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := parsed(t, string(text)); len(got.SLOs) == 0 {
			t.Errorf("%s has %d objectives", name, len(got.SLOs))
		}
	}
}

// Every error names the line and the field, and says what to write.
func TestParseErrors(t *testing.T) {
	for _, tc := range []struct{ from, to, want string }{
		{"version: firewatch/v1", "version: prometheus/v1", `line 1: version: "prometheus/v1" is not known: write firewatch/v1`},
		{"service: checkout", "service: Check Out", `line 2: service: "Check Out" is no name`},
		{"labels: {team: shop}", "labels: {te-am: shop}", `line 3: labels.te-am: this label name cannot be used`},
		{"labels: {team: shop}", "labels: {service: shop}", `line 3: labels.service: this label name cannot be used`},
		{"labels: {team: shop}", "label: {team: shop}", `line 3: "label" is not a field here: it may have version, service, labels, alerting, slos`},
		{"objective: 99.5", "objective: 100", "line 6: slos[0].objective: 100 is not between 0 and 100"},
		{"objective: 99.5", "objective: most", "line 6: cannot unmarshal"},
		{"objective: 99.5", "objective: .nan", "line 6: slos[0].objective: NaN is not between"},
		{"name: speed", "name: availability", `line 11: slos[1].name: "availability" is there twice`},
		{"window: 4w", "window: 2h", "line 13: slos[1].window: 2h is not between 7d and 90d"},
		{"window: 4w", "window: a month", `"a month" is not a length of time: write one such as 30d or 4w`},
		{"        good: sum(rate(ok_total[{{.window}}]))\n", "", "line 8: slos[0].sli.events: give it either bad or good"},
		{"        total: sum(rate(all_total[{{ .window }}]))\n", "", "line 8: slos[0].sli.events.total: it is missing"},
		{"[{{ .window }}]", "[5m]", "line 10: slos[0].sli.events.total: it has no range: write [{{.window}}]"},
		{"good: sum", "fine: sum", `line 9: "fine" is not a field here: it may have bad, good, total`},
		{"histogram: took_seconds", "histogram: took_seconds_bucket", `line 16: slos[1].sli.latency.histogram: "took_seconds_bucket" is no histogram`},
		{`selector: 'job="a"'`, `selector: '{job="a"}'`, "line 16: slos[1].sli.latency.selector: write the matchers without braces"},
		{"under: 1}", "under: -1}", "slos[1].sli.latency.under: -1 is no limit"},
		{"      latency: {histogram", "      raw: {histogram", `line 16: "raw" is not a field here: it may have events, latency`},
		{spec, "", "the file is empty"},
		{spec, "a", "cannot unmarshal"},
		{spec, "\t", "found character that cannot start any token"},
		{spec, spec + "---\n" + spec, "give each service a file of its own"},
		{spec, "version: firewatch/v1\nservice: x\n", "slos: there is none: add one"},
		{spec, "version: firewatch/v1\nservice: x\nslos: [{name: a, objective: 1}]\n", "line 3: slos[0].sli: it says nothing: give it events or latency"},
		{spec, strings.Repeat("#", 2<<20), "split the file"},
	} {
		text := strings.Replace(spec, tc.from, tc.to, 1)
		if text == spec {
			t.Fatalf("%q is not there", tc.from)
		}
		_, err := slo.Parse(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%.60q for %.40q gives\n  %v\nwant\n  %s", tc.to, tc.from, err, tc.want)
		}
	}
}

// All that is wrong is told at once.
func TestParseTellsEverything(t *testing.T) {
	_, err := slo.Parse(strings.NewReader("version: x\nservice: Y\nslos:\n  - {name: '', objective: 0}\n"))
	if err == nil {
		t.Fatal("no error")
	}
	if got := strings.Count(err.Error(), "\n") + 1; got != 5 {
		t.Errorf("%d errors, want 5:\n%v", got, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(spec)
	f.Add("slos: [{sli: {events: }}]")
	f.Add("version: &a {b: *a}")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := slo.Parse(strings.NewReader(text))
		if err == nil && len(got.Rules(slo.Profile{})) < 3 {
			t.Errorf("a valid file gives no rules: %q", text)
		}
	})
}
