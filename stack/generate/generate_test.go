package main

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// TestNothingIsStale compares what is in the tree with what the sources give.
func TestNothingIsStale(t *testing.T) {
	tree := os.DirFS("..")
	want, err := render(tree)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range want {
		if got, err := fs.ReadFile(tree, name); err != nil || string(got) != string(text) {
			t.Errorf("%s is stale: run go generate ./stack (%v)", name, err)
		}
	}
	for _, pattern := range []string{"prometheus/rules/*/*", "prometheus/tests/*/*"} {
		there, err := fs.Glob(tree, pattern)
		if err != nil || len(there) < 10 {
			t.Fatalf("%s finds %v (%v)", pattern, there, err)
		}
		for _, name := range there {
			if want[name] == nil {
				t.Errorf("%s is made from nothing: remove it", name)
			}
		}
	}
}

// TestBadTemplates has errors name the template and the profile.
func TestBadTemplates(t *testing.T) {
	good := fstest.MapFS{}
	for _, name := range []string{"prometheus/rules/app.yml.tmpl", "prometheus/tests/app_test.yml.tmpl", "slo/slo.yaml"} {
		text, err := os.ReadFile("../" + name)
		if err != nil {
			t.Fatal(err)
		}
		good[name] = &fstest.MapFile{Data: text}
	}
	if _, err := render(good); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"<<per 1>>":                                  "app_test.yml.tmpl, profile demo",
		"<<phases \"1m 1m\">>":                       "three lengths",
		"<<phases \"1m 7s 1m\">>":                    "not a multiple of the step",
		"<<phases \"1m 1m 1m\">><<gauge 1 2 \"x\">>": "invalid syntax",
		"<<phases \"1m 1m 1m\">><<fault \"x\">>":     "not a valid duration",
	} {
		bad := fstest.MapFS{}
		for k, v := range good {
			bad[k] = v
		}
		bad["prometheus/tests/app_test.yml.tmpl"] = &fstest.MapFile{Data: []byte(name)}
		if _, err := render(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, want)
		}
	}
	if _, err := render(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "run this in the folder stack") {
		t.Errorf("an empty folder gives %v", err)
	}
}

// TestCourse holds the words of the unit tests to the samples that they stand for.
func TestCourse(t *testing.T) {
	c := &course{step: 5 * time.Second}
	if _, err := c.phases("20s 15s 5s"); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		got  func(a, b, c any) (string, error)
		in   [3]any
		want string
	}{
		{c.gauge, [3]any{1, 2.5, 3}, "1x3 2.5x2 3"},
		{c.gauge, [3]any{"_", "stale", 3}, "_x4 stale _x2 3"},
		{c.gauge, [3]any{0, "10..40", "stale"}, "0x3 20+10x2 stale"},
		{c.gauge, [3]any{"8..0", 0, "_"}, "6-2x3 0x2 _x1"},
		{c.counter, [3]any{2, 0, 1}, "10+10x3 40x2 45"},
		{c.counter, [3]any{"_", 1, "stale"}, "_x4 5+5x2 stale"},
	} {
		if got, err := tc.got(tc.in[0], tc.in[1], tc.in[2]); err != nil || got != tc.want {
			t.Errorf("%v gives %q (%v), want %q", tc.in, got, err, tc.want)
		}
	}
	fault, _ := c.fault("10s")
	after, _ := c.after("1m")
	if c.quiet() != "15s" || fault != "30s" || after != "1m35s" {
		t.Errorf("moments are %s, %s, %s", c.quiet(), fault, after)
	}
}
