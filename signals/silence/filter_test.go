package silence

import (
	"strings"
	"testing"
	"time"

	"firewatch/sources"
)

func TestFilterOfSilences(t *testing.T) {
	silences := []sources.Silence{
		{ID: "ack", State: "active", EndsAt: noon.Add(10 * time.Minute), CreatedBy: "dana", Comment: "ACK! dana: disk", Matchers: []sources.Matcher{eq("alertname", "DiskFull"), eq("service", "db")}},
		{ID: "wide", State: "active", EndsAt: noon.Add(5 * time.Hour), CreatedBy: "sam", Comment: "deploy", Matchers: []sources.Matcher{re("service", "api|web")}, Annotations: map[string]string{"ticket": "OPS-7"}},
		{ID: "next", State: "pending", EndsAt: noon.Add(9 * time.Hour), CreatedBy: "sam", Matchers: []sources.Matcher{eq("service", "db")}},
		{ID: "old", State: "expired", EndsAt: noon.Add(-time.Hour), CreatedBy: "dana", Matchers: []sources.Matcher{eq("service", "db")}},
	}
	alerts := []sources.Alert{{Labels: map[string]string{"alertname": "DiskFull", "service": "db"}}}
	x := NewShelf(alerts, silences, "dana", noon)
	for text, want := range map[string]string{
		"":                  "ack wide next",
		"@mine":             "ack",
		"@mine @expired":    "old",
		"@expiring":         "ack",
		"@unused":           "wide",
		"@pending":          "next",
		"!@acks @active":    "wide",
		"service=api":       "wide",
		"service=db":        "ack next",
		`service=~"api.*"`:  "wide",
		"service!=db":       "wide",
		"!service=db":       "wide",
		"ops-7":             "wide",
		"diskfull":          "ack",
		"deploy @mine":      "",
		"@expired service=": "",
	} {
		f, err := ParseFilter(text)
		if err != nil {
			if !strings.HasSuffix(text, "=") {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		var got []string
		for i := range silences {
			if f.Match(&silences[i], &x) {
				got = append(got, silences[i].ID)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q picks %q, want %q", text, got, want)
		}
	}
	x.Within = 6 * time.Hour
	if f, _ := ParseFilter("@expiring"); !f.Match(&silences[1], &x) {
		t.Error("six hours do not reach to five hours from now")
	}
	for text, want := range map[string]string{"@firing": "not a state of silences: one of @active", "a=~(": "regular expression", "@": "not a state"} {
		if _, err := ParseFilter(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
