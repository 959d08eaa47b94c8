package views

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// plainly writes conditions down: joint left op right, divided by bars.
func plainly(list []condition) string {
	var out []string
	for _, c := range list {
		right := c.Right
		if c.fixed() {
			right = fmt.Sprintf("#%v", c.Value)
		}
		out = append(out, strings.Join(strings.Fields(strings.Join([]string{c.Joint, "‹" + c.Left + "›", c.Op, right}, " ")), " "))
	}
	return strings.Join(out, " | ")
}

func TestConditions(t *testing.T) {
	for expr, want := range map[string]string{
		"up == 0": "‹up› == #0",
		"service:http_errors:ratio_rate1m > 0.05 and service:http_requests:rate1m > 0.5": "‹service:http_errors:ratio_rate1m› > #0.05 | and ‹service:http_requests:rate1m› > #0.5",
		`a{x="> 5"} >= 1e3`:                          `‹a{x="> 5"}› >= #1000`,
		`sum by (job) (rate(a{b!="c"}[5m])) / 2 < 3`: `‹sum by (job) (rate(a{b!="c"}[5m])) / 2› < #3`,
		"5 < a":                   "‹a› > #5",
		"a > -1.5":                "‹a› > #-1.5",
		"a > 1 unless b":          "‹a› > #1 | unless ‹b›",
		"a > 1 AND b":             "‹a› > #1 | and ‹b›",
		"a{x='it\\'s >'} > 1":     "‹a{x='it\\'s >'}› > #1",
		"(a > 2) + b > 4":         "‹(a > 2) + b› > #4",
		"a - 5m > 1":              "‹a - 5m› > #1",
		"band > 3":                "‹band› > #3",
		"a > .5":                  "‹a› > #0.5",
		`{"odd.name"} != 0`:       `‹{"odd.name"}› != #0`,
		"a > b":                   "‹a› > b",
		"a > 1 or b > 2":          "‹a› > #1 | or ‹b› > #2",
		"a > 1 + b":               "‹a› > 1 + b",
		"(a > 1)":                 "‹a› > #1",
		"((a > 1) and b) or c":    "‹a› > #1 | and ‹b› | or ‹c›",
		"a > 1 # b\nand c":        "‹a› > #1 | and ‹c›",
		"vector(1)":               "‹vector(1)›",
		"up":                      "‹up›",
		"absent(up{job=\"x\"})":   "‹up{job=\"x\"}› absent",
		"absent_over_time(a[5m])": "‹a› absent",
		"absent(a) == 1":          "‹absent(a)› == #1",
		"absent(a) or b":          "‹a› absent | or ‹b›",
		"a < on (m, v) group_left () (max by (m) (b) - 0.08) and on (m) c > 300": "‹a› < (max by (m) (b) - 0.08) | and ‹c› > #300",
		"a < 0.3 * avg_over_time(a[5m] offset 1m)":                               "‹a› < 0.3 * avg_over_time(a[5m] offset 1m)",
		"a > 1 unless on (instance) up == 0":                                     "‹a› > #1 | unless ‹up› == #0",
		"a > ignoring (x) b":                                                     "‹a› > b",
		"rate(a[1m]) / (rate(b[1m]) > 0) > 0.01":                                 "‹rate(a[1m]) / (rate(b[1m]) > 0)› > #0.01",
	} {
		if got := plainly(conditions(expr)); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", expr, got, want)
		}
	}
	for _, expr := range []string{
		"", "a > bool 1", "a > 1 < 5", "1 > 2", "a > 1h", "a > (1", "a) > 1", `a{x="} > 1`, "a =~ 1", "a = 1", "> 1", "and > 1", "a > 1 and (b", "a > 1 and", "()", "a >",
	} {
		if got := conditions(expr); got != nil {
			t.Errorf("%s is taken apart as %s", expr, plainly(got))
		}
	}
}

// Every rule of the stack is taken apart, and each that compares has a limit.
func TestConditionsOfTheStack(t *testing.T) {
	files, err := filepath.Glob("../stack/prometheus/rules/*/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no rules: %v", err)
	}
	n := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Groups []struct {
				Rules []struct{ Alert, Expr string }
			}
		}
		if err := yaml.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		for _, g := range doc.Groups {
			for _, r := range g.Rules {
				if r.Alert == "" {
					continue
				}
				n++
				list := conditions(r.Expr)
				if len(list) == 0 || r.Alert != watchdog && !slices.ContainsFunc(list, func(c condition) bool { return c.Op != "" }) {
					t.Errorf("%s of %s: %s", r.Alert, file, plainly(list))
				}
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d rules were read", n)
	}
}

func FuzzConditions(f *testing.F) {
	f.Add(`a{x="> 5"} >= 1e3 and on(x) (b or absent(c[5m]))`)
	f.Fuzz(func(t *testing.T, expr string) {
		for i, c := range conditions(expr) {
			if c.Left == "" || c.Op != "" && c.Op != "absent" && mirrored[c.Op] == "" || (i == 0) != (c.Joint == "") {
				t.Errorf("%q: %+v", expr, c)
			}
		}
	})
}

func TestUnitOf(t *testing.T) {
	for expr, want := range map[string]string{
		"service:http_errors:ratio_rate1m": "ratio", "service:http_latency_seconds:p95_rate1m": "seconds", "node_memory_free_bytes{a=\"b\"}": "bytes",
		"rate(http_seconds_total[1m])": "number", "http_request_duration_seconds_count": "number", "up": "number", "": "number",
		"service:http_requests:rate1m": "rps", "instance:node_network_receive_bytes:rate5m": "Bps", "service:batch_size:p95_rate1m": "number",
	} {
		if got := unitOf(expr); string(got) != want {
			t.Errorf("%s: %s, want %s", expr, got, want)
		}
	}
}

func FuzzAlertFilter(f *testing.F) {
	for _, s := range []string{"severity=critical !@silenced", `{a="b"} -word`, "!", `"x"=~"(`} {
		f.Add(s)
	}
	row := newAlertRow()
	f.Fuzz(func(_ *testing.T, text string) {
		if filter, err := parseAlertFilter(text); err == nil {
			filter.match(row, "dana")
		}
	})
}

func newAlertRow() *alertRow {
	a := newManager().alerts[2]
	return &alertRow{id: "x", alert: &a}
}
