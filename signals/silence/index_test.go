package silence

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"firewatch/sources"
)

// The index leaves out no silence that matches: for random silences and alerts
// the holders are those that every silence tried one by one gives.
func TestIndexLeavesNothingOut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	names := []string{"alertname", "team", "instance", "severity", "http.route"}
	values := []string{"", "a", "b", "web-1", "web-2", "web-10", "web.1", "ab", "a|b", "x\ny"}
	exprs := []string{"a|b", "web-.*", "web-1.*", "(web|a).*", ".*", "", "a||b", "web-[12]", `web\.1`, "a|", "^a", "(?i)WEB-1", "x.y", "a?b", "a{0}b", "web-1|web-10", "(?:a|b)$"}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	held := 0
	for range 300 {
		alerts := make([]sources.Alert, r.IntN(40))
		for i := range alerts {
			alerts[i].Fingerprint, alerts[i].Labels = fmt.Sprint(i), map[string]string{}
			for _, n := range names {
				if v := values[r.IntN(len(values))]; r.IntN(4) > 0 {
					alerts[i].Labels[n] = v
				}
			}
		}
		silences := make([]sources.Silence, r.IntN(20))
		for i := range silences {
			s := &silences[i]
			s.ID, s.State, s.EndsAt = fmt.Sprint(i), "active", now.Add(time.Duration(r.IntN(3)+1)*time.Hour)
			for range r.IntN(3) + 1 {
				m := sources.Matcher{Name: names[r.IntN(len(names))], Value: values[r.IntN(len(values))], Equal: r.IntN(4) > 0}
				if m.Regex = r.IntN(2) == 0; m.Regex {
					m.Value = exprs[r.IntN(len(exprs))]
				}
				s.Matchers = append(s.Matchers, m)
			}
		}
		b := NewBook(alerts, silences, now)
		for i := range alerts {
			var want []string
			for k := range b.active {
				if b.active[k].holds(&alerts[i]) {
					want = append(want, b.active[k].silence.ID)
				}
			}
			var got []string
			for _, s := range b.Holders(&alerts[i]) {
				got = append(got, s.ID)
			}
			held += len(got)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("%v is held by %v, want %v of %v", alerts[i].Labels, got, want, silences)
			}
		}
	}
	if held < 1000 {
		t.Fatalf("only %d alerts were held: the test compares nothing", held)
	}
}
