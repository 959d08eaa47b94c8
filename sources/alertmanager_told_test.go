package sources

import (
	"context"
	"slices"
	"strings"
	"testing"
)

// An answer that is the same as the last is not taken apart again, and what was
// handed out does not change with the next one.
func TestSameAlertsAreReadOnce(t *testing.T) {
	const one = `[{"fingerprint":"f1","labels":{"alertname":"One"},"status":{"state":"active"},"receivers":[{"name":"r"}]}]`
	told := &toldAlerts{}
	read := func(body string) ([]Alert, error) {
		a := alertsAnswer{told: told}
		err := a.readBody(strings.NewReader(body))
		return a.alerts, err
	}
	first, err := read(one)
	if err != nil || len(first) != 1 || first[0].Name() != "One" {
		t.Fatalf("%v, %v", first, err)
	}
	again, err := read(one)
	if err != nil || &again[0] != &first[0] {
		t.Errorf("the same answer was read anew: %v", err)
	}
	other, err := read(strings.Replace(one, "One", "Two", 1))
	if err != nil || other[0].Name() != "Two" || first[0].Name() != "One" {
		t.Errorf("another answer gives %v, and the first is now %v: %v", other, first, err)
	}
	for _, broken := range []string{"", "[", one + "x", `{"a":1}`} {
		if got, err := read(broken); err == nil {
			t.Errorf("%q is read as %v", broken, got)
		}
	}
	if back, err := read(one); err != nil || !slices.Equal(back[0].Receivers, []string{"r"}) {
		t.Errorf("after a broken answer: %v, %v", back, err)
	}
	if none, err := read("[]"); err != nil || len(none) != 0 {
		t.Errorf("no alerts are %v, %v", none, err)
	}
}

// A broken answer on the wire is an error of the source, as it is for the other lists.
func TestBrokenAlertsAreRefused(t *testing.T) {
	a := newMember(t, map[string]string{"/api/v2/alerts": `[{"fingerprint":"f1"},`})
	if _, err := cluster(t, a).Query(context.Background(), Alerts{}, Window{}); err == nil {
		t.Error("half an answer is taken")
	}
}
