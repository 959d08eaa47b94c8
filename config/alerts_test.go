package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func loadText(t *testing.T, text string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path, nil)
}

func TestSilenceAndAttention(t *testing.T) {
	c, err := loadText(t, "silence: {max: 24h, quick: [\"2h\"], volatile: [], lease: 10m, templates: [{name: a, matchers: 'x=\"y\"', for: 1h, comment: c}]}\n"+
		"attention: {bell: false, severity: [critical, page]}\nviews: {alerts: {Loud Ones: \"@firing\"}}\n")
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Silence; s.Max != 24*time.Hour || len(s.Quick) != 1 || s.Volatile == nil || len(s.Volatile) != 0 || s.Lease != 10*time.Minute || s.MaxLease != 0 || s.Templates[0].Matchers != `x="y"` {
		t.Errorf("silence is %+v", s)
	}
	if a := c.Attention; a.Bell || !a.Title || a.Notify != "auto" || strings.Join(a.Severity, " ") != "critical page" {
		t.Errorf("attention is %+v", a)
	}
	if c.Views["alerts"]["loud ones"] != "@firing" {
		t.Errorf("views are %v", c.Views)
	}
	for text, want := range map[string]string{
		"attention: {notify: smoke}": "attention.notify", "silence: {lease: -1m}": "silence.lease", "silence: {leese: 1m}": "unknown key silence.leese",
	} {
		if _, err := loadText(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want an error at %s", text, err, want)
		}
	}
}
