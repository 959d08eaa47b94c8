package sources

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestMatcherString(t *testing.T) {
	for want, m := range map[string]Matcher{
		`alertname="X"`:              {Name: "alertname", Value: "X", Equal: true},
		`path=~"a|b"`:                {Name: "path", Value: "a|b", Regex: true, Equal: true},
		`env!="prod"`:                {Name: "env", Value: "prod"},
		`env!~"p.*"`:                 {Name: "env", Value: "p.*", Regex: true},
		`a=""`:                       {Name: "a", Equal: true},
		`a="say \"hi\" C:\\x\ny é日"`: {Name: "a", Value: "say \"hi\" C:\\x\ny é日", Equal: true},
		`"http.route"="/x"`:          {Name: "http.route", Value: "/x", Equal: true},
		`"größe"="xl"`:               {Name: "größe", Value: "xl", Equal: true},
		`"a"="x\ty"`:                 {Name: "a", Value: "x\ty", Equal: true},
		`"a"="\u202e\x1b[31m\u200b"`: {Name: "a", Value: "\u202e\x1b[31m\u200b", Equal: true},
		`"a\u202e{}"!~"\ufeff"`:      {Name: "a\u202e{}", Value: "\ufeff", Regex: true},
		`"0digit"="bad \xff utf-8"`:  {Name: "0digit", Value: "bad \xff utf-8", Equal: true},
		`""="no name"`:               {Value: "no name", Equal: true},
	} {
		if got := m.String(); got != want || Clean(got) != got {
			t.Errorf("%+v is %s, want %s", m, got, want)
		}
	}
}

func TestActionStrings(t *testing.T) {
	at := time.Date(2026, 11, 22, 20, 0, 0, 0, time.FixedZone("CET", 3600))
	s := Silence{
		Matchers: []Matcher{{Name: "alertname", Value: "X", Equal: true}, {Name: "path", Value: "a|b", Regex: true, Equal: true}},
		EndsAt:   at, CreatedBy: "dana\x1b[1m", Comment: "two\nlines",
	}
	later := s
	later.ID, later.StartsAt = "id-1", at.Add(-time.Hour)
	for _, tt := range []struct {
		a    Action
		want string
	}{
		{SetSilence{s}, `silence {alertname="X", path=~"a|b"} until 2026-11-22T19:00:00Z by dana: two⏎lines`},
		{SetSilence{later}, `change silence id-1 {alertname="X", path=~"a|b"} from 2026-11-22T18:00:00Z until 2026-11-22T19:00:00Z by dana: two⏎lines`},
		{ExpireSilence{later}, `expire silence id-1 {alertname="X", path=~"a|b"}`},
	} {
		if got := tt.a.String(); got != tt.want || tt.a.Source() != "alertmanager" {
			t.Errorf("%s\nwant %s", got, tt.want)
		}
	}
}

func TestActionBriefs(t *testing.T) {
	now := time.Date(2026, 11, 22, 19, 14, 0, 0, time.FixedZone("CET", 3600))
	one := Matcher{Name: "alertname", Value: "High\x07ErrorRate", Equal: true}
	some := []Matcher{one, {Name: "service", Value: "scorer", Equal: true}, {Name: "env", Value: "p.*", Regex: true, Equal: true}}
	end := now.Add(15 * time.Minute).UTC()
	ack := Silence{Matchers: some, EndsAt: end, Comment: "ACK! dana: rolling back"}
	for _, tt := range []struct {
		a    Briefer
		want [2]string
	}{
		{SetSilence{ack}, [2]string{"acking HighErrorRate until 19:29 CET", "acked HighErrorRate until 19:29 CET"}},
		{SetSilence{Silence{Matchers: some, EndsAt: end.Add(20 * time.Hour)}}, [2]string{
			"silencing HighErrorRate (3 matchers) until Mon 23 Nov 15:29 CET", "silenced HighErrorRate (3 matchers) until Mon 23 Nov 15:29 CET"}},
		{SetSilence{Silence{Matchers: some[1:], EndsAt: end}}, [2]string{"silencing 2 matchers until 19:29 CET", "silenced 2 matchers until 19:29 CET"}},
		{SetSilence{Silence{Matchers: some[2:], EndsAt: end}}, [2]string{"silencing 1 matcher until 19:29 CET", "silenced 1 matcher until 19:29 CET"}},
		{SetSilence{Silence{ID: "id-1", EndsAt: end}}, [2]string{"changing silence id-1 until 19:29 CET", "changed silence id-1 until 19:29 CET"}},
		{SetSilence{Silence{ID: "id-1", Matchers: some[:1]}}, [2]string{"changing silence HighErrorRate", "changed silence HighErrorRate"}},
		{ExpireSilence{Silence{ID: "id-1"}}, [2]string{"expiring silence id-1", "expired silence id-1"}},
		{ExpireSilence{Silence{ID: "id-1", Matchers: some}}, [2]string{"expiring silence HighErrorRate (3 matchers)", "expired silence HighErrorRate (3 matchers)"}},
		{ExpireSilence{ack}, [2]string{"un-acking HighErrorRate", "un-acked HighErrorRate"}},
	} {
		if got := [2]string{tt.a.Brief(now, false), tt.a.Brief(now, true)}; got != tt.want {
			t.Errorf("%q\nwant %q", got, tt.want)
		}
	}
}

// member is an Alertmanager of a cluster that answers from fixed texts, and
// counts what would have changed it.
type member struct {
	*httptest.Server
	answers map[string]string
	writes  atomic.Int64
	bodies  []string
	write   http.HandlerFunc
	date    time.Time
}

func newMember(t *testing.T, answers map[string]string) *member {
	m := &member{answers: answers}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !m.date.IsZero() {
			w.Header().Set("Date", m.date.UTC().Format(http.TimeFormat))
		}
		if r.Method != http.MethodGet {
			m.writes.Add(1)
			b, _ := io.ReadAll(r.Body)
			m.bodies = append(m.bodies, string(b))
			m.write(w, r)
			return
		}
		a, ok := m.answers[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, a)
	}))
	t.Cleanup(m.Close)
	return m
}

func cluster(t *testing.T, members ...*member) *alertmanager {
	t.Helper()
	var o Options
	for _, m := range members {
		o.URLs = append(o.URLs, m.URL)
	}
	s, err := newAlertmanager(o)
	if err != nil {
		t.Fatal(err)
	}
	am := s.(*alertmanager)
	am.settle = []time.Duration{0, 0}
	return am
}

func TestPeersAreMerged(t *testing.T) {
	const alert = `{"fingerprint":"%s","labels":{"alertname":"%s","severity":"%s"},"startsAt":"2026-11-22T11:%02d:00Z","updatedAt":"2026-11-22T12:%02d:00.000Z","endsAt":"2026-11-22T13:00:00Z","status":{"state":"%s","silencedBy":[],"inhibitedBy":[],"mutedBy":[]},"receivers":[{"name":"r"}],"annotations":{}}`
	const silence = `{"id":"%s","status":{"state":"%s"},"updatedAt":"2026-11-22T12:%02d:00.000Z","startsAt":"2026-11-22T11:00:00.000Z","endsAt":"2026-11-22T13:%02d:00.000Z","createdBy":"d","comment":"c","matchers":[{"name":"a","value":"b","isRegex":false}]}`
	a := newMember(t, map[string]string{
		"/api/v2/alerts": "[" + fmt.Sprintf(alert, "f1", "One", "warning", 5, 1, "active") + "," + fmt.Sprintf(alert, "f2", "Two", "warning", 3, 1, "active") + "]",
		"/api/v2/silences": "[" + fmt.Sprintf(silence, "s1", "active", 1, 30) + "," + fmt.Sprintf(silence, "s2", "active", 1, 20) + "," +
			fmt.Sprintf(silence, "s4", "expired", 1, 5) + "," + fmt.Sprintf(silence, "s5", "expired", 1, 6) + "]",
	})
	b := newMember(t, map[string]string{
		"/api/v2/alerts": "[" + fmt.Sprintf(alert, "f1", "One", "warning", 5, 1, "suppressed") + "," + fmt.Sprintf(alert, "f3", "Three", "critical", 9, 1, "active") + "," +
			fmt.Sprintf(alert, "f2", "Two", "warning", 3, 0, "suppressed") + "," + fmt.Sprintf(alert, "f4", "Four", "strange", 1, 0, "active") + "," + fmt.Sprintf(alert, "f5", "Five", "none", 1, 0, "active") + "]",
		"/api/v2/silences": "[" + fmt.Sprintf(silence, "s1", "pending", 2, 40) + "," + fmt.Sprintf(silence, "s3", "pending", 1, 10) + "]",
	})
	c := newMember(t, nil)
	c.Close()
	am := cluster(t, a, c, b)

	f, err := am.Query(t.Context(), Alerts{}, Window{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range f.Alerts {
		got = append(got, a.Name()+" "+a.State)
	}
	if want := []string{"Three active", "Two active", "One suppressed", "Four active", "Five active"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if len(f.Notes) != 1 || !strings.Contains(f.Notes[0], "cannot reach") {
		t.Errorf("%q", f.Notes)
	}

	f, err = am.Query(t.Context(), Silences{}, Window{})
	if err != nil {
		t.Fatal(err)
	}
	got = nil
	for _, s := range f.Silences {
		got = append(got, s.ID+" "+s.State)
	}
	if want := []string{"s2 active", "s3 pending", "s1 pending", "s5 expired", "s4 expired"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if len(f.Notes) != 2 || f.Notes[1] != "the peers disagree: 2 silences are not on all of them" {
		t.Errorf("%q", f.Notes)
	}
	if m := f.Silences[0].Matchers[0]; !m.Equal || m.Regex {
		t.Errorf("a matcher without isEqual is read as %s", m)
	}
}

func TestWriteGoesToOneLiveMember(t *testing.T) {
	dead := newMember(t, nil)
	dead.Close()
	ready := map[string]string{"/api/v2/status": `{}`, "/api/v2/silences": `[]`}
	one, two := newMember(t, ready), newMember(t, ready)
	answer := func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"silenceID":"id-1"}`) }
	one.write, two.write = answer, answer
	am := cluster(t, dead, one, two)
	s := Silence{Matchers: []Matcher{{Name: "a", Value: "b", Equal: true}}, EndsAt: time.Now().Add(time.Hour)}
	r, err := am.Act(t.Context(), SetSilence{s})
	if err != nil || r.ID != "id-1" || one.writes.Load() != 1 || two.writes.Load() != 0 {
		t.Errorf("%+v, %v: %d and %d writes", r, err, one.writes.Load(), two.writes.Load())
	}
	var sent map[string]any
	if err := json.Unmarshal([]byte(one.bodies[0]), &sent); err != nil {
		t.Fatal(err)
	}
	m := sent["matchers"].([]any)[0].(map[string]any)
	if m["isRegex"] != false || m["isEqual"] != true {
		t.Errorf("sent %s", one.bodies[0])
	}

	// Whatever the server answers, it is asked once.
	for code, kind := range map[int]Kind{400: BadQuery, 401: Denied, 404: BadQuery, 429: Busy, 500: Failed, 503: Busy} {
		one.writes.Store(0)
		one.write = func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			io.WriteString(w, `"the reason, word for word"`)
		}
		_, err := am.Act(t.Context(), SetSilence{s})
		wantKind(t, err, "alertmanager", kind)
		if !strings.Contains(err.Error(), "the reason, word for word") || one.writes.Load() != 1 || two.writes.Load() != 0 {
			t.Errorf("%d: %v, %d and %d writes", code, err, one.writes.Load(), two.writes.Load())
		}
	}
}

// TestSlowPeer has a member that never answers: it delays a read by the grace
// alone, and a write not at all.
func TestSlowPeer(t *testing.T) {
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { wait(r) }))
	defer slow.Close()
	good := newMember(t, map[string]string{"/api/v2/alerts": `[]`, "/api/v2/status": `{}`})
	good.write = func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"silenceID":"id-1"}`) }
	src, err := newAlertmanager(Options{URLs: []string{slow.URL, good.URL}, Timeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	am := src.(*alertmanager)
	am.grace = 10 * time.Millisecond
	f, err := am.Query(t.Context(), Alerts{}, Window{})
	if err != nil || len(f.Notes) != 1 || !strings.Contains(f.Notes[0], "no answer within 10ms after the others") {
		t.Errorf("%q, %v", f.Notes, err)
	}
	if r, err := am.Act(t.Context(), SetSilence{Silence{EndsAt: time.Now().Add(time.Hour)}}); err != nil || r.ID != "id-1" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestLostForGood(t *testing.T) {
	m := newMember(t, map[string]string{"/api/v2/status": `{}`, "/api/v2/silence/id-1": `{"id":"id-1","status":{"state":"active"}}`})
	m.write = func(http.ResponseWriter, *http.Request) {
		delete(m.answers, "/api/v2/silence/id-1")
		panic(http.ErrAbortHandler)
	}
	am := cluster(t, m)
	s := Silence{ID: "id-1", Matchers: []Matcher{{Name: "a", Value: "b", Equal: true}}, EndsAt: time.Now().Add(time.Hour)}
	_, err := am.Act(t.Context(), ExpireSilence{s})
	wantKind(t, err, "alertmanager", Unreachable)
	if !strings.Contains(err.Error(), "not known whether the silence was expired") {
		t.Error(err)
	}
	s.ID = ""
	_, err = am.Act(t.Context(), SetSilence{s})
	wantKind(t, err, "alertmanager", Unreachable)
	if !strings.Contains(err.Error(), "not known whether the silence was made") || m.writes.Load() != 2 {
		t.Errorf("%v after %d writes", err, m.writes.Load())
	}
}

func TestNothingIsSentToTheDead(t *testing.T) {
	m := newMember(t, map[string]string{"/api/v2/status": `{}`, "/api/v2/silences": `[]`})
	am := cluster(t, m)
	m.Close()
	_, err := am.Act(t.Context(), SetSilence{Silence{EndsAt: time.Now().Add(time.Hour)}})
	wantKind(t, err, "alertmanager", Unreachable)
	if strings.Contains(err.Error(), "not known") {
		t.Error(err)
	}
}

// TestServerClock makes a silence on a server whose clock is behind: a start by
// our clock would leave the alert loud.
func TestServerClock(t *testing.T) {
	m := newMember(t, map[string]string{"/api/v2/status": `{}`})
	m.write = func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"silenceID":"id-1"}`) }
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	m.date = now.Add(-3 * time.Minute)
	am := cluster(t, m)
	am.now = func() time.Time { return now }
	r, err := am.Act(t.Context(), SetSilence{Silence{StartsAt: now, EndsAt: now.Add(time.Hour)}})
	if err != nil || r.Note != "the server's clock is 3m0s off ours" {
		t.Errorf("%+v, %v", r, err)
	}
	var sent struct{ StartsAt, EndsAt time.Time }
	if err := json.Unmarshal([]byte(m.bodies[0]), &sent); err != nil {
		t.Fatal(err)
	}
	if sent.StartsAt.After(m.date) || !sent.EndsAt.Equal(now.Add(time.Hour)) {
		t.Errorf("sent %s to %s", sent.StartsAt, sent.EndsAt)
	}
}

func TestPeerThatLacksASilence(t *testing.T) {
	const silence = `{"id":"%s","status":{"state":"active"},"updatedAt":"%s","startsAt":"2026-11-22T11:00:00.000Z","endsAt":"2036-11-22T13:00:00.000Z","createdBy":"d","comment":"c","matchers":[{"name":"a","value":"b","isRegex":false}]}`
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	old, fresh := wireTime(at.Add(-time.Minute)), wireTime(at.Add(-5*time.Second))
	one := newMember(t, map[string]string{"/api/v2/silences": "[" + fmt.Sprintf(silence, "s1", old) + "," + fmt.Sprintf(silence, "s2", fresh) + "]"})
	two := newMember(t, map[string]string{"/api/v2/silences": `[]`})
	gone := newMember(t, nil)
	gone.Close()
	am := cluster(t, one, two, gone)
	am.now = func() time.Time { return at }
	f, err := am.Query(t.Context(), Silences{}, Window{})
	if err != nil || len(f.Peers) != 3 {
		t.Fatalf("%+v, %v", f.Peers, err)
	}
	if p := f.Peers[0]; len(p.Lacks) != 0 || p.Err != "" || p.Name != strings.TrimPrefix(one.URL, "http://") {
		t.Errorf("the first: %+v", p)
	}
	if p := f.Peers[1]; !slices.Equal(p.Lacks, []string{"s1"}) {
		t.Errorf("a silence of five seconds counts already, or one of a minute does not: %+v", p)
	}
	if p := f.Peers[2]; p.Err == "" || len(p.Lacks) != 0 {
		t.Errorf("one that does not answer lacks nothing that is known: %+v", p)
	}
}

func TestClusters(t *testing.T) {
	const alert = `[{"fingerprint":"%s","labels":{"alertname":"%s","severity":"%s"},"startsAt":"2026-11-22T11:00:00Z","status":{"state":"active"},"receivers":[{"name":"r"}],"annotations":{}}]`
	const silence = `[{"id":"%[1]s","status":{"state":"active"},"updatedAt":"2026-11-22T12:00:00Z","startsAt":"2026-11-22T11:00:00Z","endsAt":"2036-11-22T13:0%[2]d:00Z","createdBy":"d","comment":"c","matchers":[{"name":"a","value":"b","isRegex":false}]}]`
	place := func(id, severity string, end int) *member {
		m := newMember(t, map[string]string{
			"/api/v2/alerts": fmt.Sprintf(alert, "f1", "In"+id, severity), "/api/v2/silences": fmt.Sprintf(silence, id, end),
			"/api/v2/status": `{"cluster":{"status":"ready"},"versionInfo":{"version":"0.34.0"}}`, "/api/v2/alerts/groups": `[{"labels":{},"receiver":{"name":"r"},"alerts":` + fmt.Sprintf(alert, "f1", "In"+id, severity) + `}]`,
		})
		m.write = func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"silenceID":"made-in-`+id+`"}`) }
		return m
	}
	eu, us, gone := place("eu", "warning", 5), place("us", "critical", 1), newMember(t, nil)
	gone.Close()
	set, err := Open(map[string]Options{"alertmanager": {Clusters: map[string]Options{"eu": {URL: eu.URL}, "us": {URL: us.URL}, "ap": {URL: gone.URL}}}})
	if err != nil {
		t.Fatal(err)
	}
	read := func(q Query) Frame {
		t.Helper()
		f, err := set.Query(t.Context(), q, Window{})
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Notes) != 1 || !strings.HasPrefix(f.Notes[0], "cluster ap: ") {
			t.Errorf("%T: notes %q", q, f.Notes)
		}
		return f
	}
	f := read(Alerts{})
	if len(f.Alerts) != 2 || f.Alerts[0].Cluster != "us" || f.Alerts[1].Cluster != "eu" || f.Total != 2 {
		t.Errorf("alerts: %+v", f.Alerts)
	}
	if len(f.Peers) != 3 || f.Peers[0].Cluster != "ap" || f.Peers[0].Err == "" || f.Peers[1].Err != "" {
		t.Errorf("peers: %+v", f.Peers)
	}
	if g := read(Groups{}).Groups; len(g) != 2 || g[0].Cluster != "eu" || g[0].Alerts[0].Cluster != "eu" {
		t.Errorf("groups: %+v", g)
	}
	if s := read(AlertmanagerStatus{}); s.Status == nil || s.Peers[1].Version != "0.34.0" || s.Peers[1].Health != "ready" {
		t.Errorf("status: %+v", s)
	}
	one, err := set.Query(t.Context(), AlertmanagerStatus{Cluster: "us"}, Window{})
	if err != nil || one.Status == nil || len(one.Peers) != 1 || one.Peers[0].Cluster != "us" || len(one.Notes) != 0 {
		t.Errorf("status of one cluster: %+v, %v", one, err)
	}
	_, err = set.Query(t.Context(), AlertmanagerStatus{Cluster: "moon"}, Window{})
	wantKind(t, err, "alertmanager", BadQuery)
	silences := read(Silences{}).Silences
	if len(silences) != 2 || silences[0].Cluster != "us" || silences[1].Cluster != "eu" {
		t.Fatalf("silences: %+v", silences)
	}

	made := Silence{Cluster: "us", Matchers: []Matcher{{Name: "a", Value: "b", Equal: true}}, EndsAt: time.Now().Add(time.Hour)}
	r, err := set.Act(t.Context(), SetSilence{made})
	if err != nil || r.ID != "made-in-us" || eu.writes.Load() != 0 || us.writes.Load() != 1 {
		t.Fatalf("%+v, %v: %d and %d writes", r, err, eu.writes.Load(), us.writes.Load())
	}
	if undo, ok := r.Undo.(ExpireSilence); !ok || undo.Silence.Cluster != "us" {
		t.Errorf("the undo goes to another cluster: %+v", r.Undo)
	}
	for _, name := range []string{"", "moon"} {
		made.Cluster = name
		for _, a := range []Action{SetSilence{made}, ExpireSilence{made}} {
			_, err := set.Act(t.Context(), a)
			wantKind(t, err, "alertmanager", BadQuery)
			if !strings.Contains(err.Error(), "ap, eu, us") {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
	if eu.writes.Load() != 0 || us.writes.Load() != 1 {
		t.Errorf("%d and %d writes", eu.writes.Load(), us.writes.Load())
	}
	if _, err := Open(map[string]Options{"alertmanager": {Clusters: map[string]Options{"eu": {}}}}); err == nil || !strings.Contains(err.Error(), "cluster eu") {
		t.Errorf("a cluster without a url: %v", err)
	}
	shut, err := Open(map[string]Options{"alertmanager": {ReadOnly: true, Clusters: map[string]Options{"us": {URL: us.URL}}}})
	if err != nil {
		t.Fatal(err)
	}
	made.Cluster = "us"
	_, err = shut.Act(t.Context(), SetSilence{made})
	wantKind(t, err, "alertmanager", ReadOnly)
}
