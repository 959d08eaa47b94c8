package sources

import (
	"strings"
	"testing"
	"time"
)

func TestDraftSendsNothing(t *testing.T) {
	const before = `{"id":"s1","status":{"state":"active"},"updatedAt":"2026-11-22T12:00:00Z","startsAt":"2026-11-22T11:00:00.123Z","endsAt":"2036-11-22T13:00:00Z","createdBy":"d","comment":"c","matchers":[{"name":"a","value":"b","isRegex":false}]}`
	m := newMember(t, map[string]string{"/api/v2/status": `{"cluster":{"status":"ready"}}`, "/api/v2/silence/s1": before})
	made := Silence{Cluster: "eu", Matchers: []Matcher{{Name: "a", Value: "b", Equal: true}}, EndsAt: time.Now().Add(time.Hour), Comment: "why"}
	later := Silence{Cluster: "eu", ID: "s1", EndsAt: time.Date(2036, 11, 22, 14, 0, 0, 0, time.UTC)}
	for name, o := range map[string]Options{
		"one":       {URL: m.URL},
		"several":   {Clusters: map[string]Options{"eu": {URL: m.URL}}},
		"read-only": {URL: m.URL, ReadOnly: true},
	} {
		set, err := Open(map[string]Options{"alertmanager": o})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			action Action
			want   []string
		}{
			{SetSilence{made}, []string{"curl -X POST", `"comment":"why"`, "/api/v2/silences'"}},
			{SetSilence{later}, []string{"curl -X POST", `"id":"s1"`, "11:00:00.123Z", "14:00:00"}},
			{ExpireSilence{later}, []string{"curl -X DELETE", "/api/v2/silence/s1'"}},
		} {
			r, err := set.Draft(t.Context(), c.action)
			if err != nil {
				t.Errorf("%s: %v: %v", name, c.action, err)
			}
			for _, w := range c.want {
				if !strings.Contains(r.Request, w) {
					t.Errorf("%s: %v: %q is missing in %s", name, c.action, w, r.Request)
				}
			}
			if r.Undo != nil {
				t.Errorf("%s: %v: what was not done has an undo: %v", name, c.action, r.Undo)
			}
		}
	}
	if n := m.writes.Load(); n != 0 {
		t.Errorf("%d writes were sent", n)
	}
	_, err := Set{}.Draft(t.Context(), SetSilence{made})
	wantKind(t, err, "alertmanager", NotConfigured)
}
