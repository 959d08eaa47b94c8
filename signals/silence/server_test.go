//go:build !race

// The race detector would have the server compiled once more; these functions
// start nothing that it could find.

package silence_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/demo/embedded/alertserver"
	"firewatch/signals/silence"
	"firewatch/sources"
)

// The preview of a silence is what Alertmanager then does: random silences over
// random alerts, in one server.
func TestPreviewIsWhatHappens(t *testing.T) {
	url, set := serve(t)
	r := rand.New(rand.NewPCG(3, 4))
	names := []string{"alertname", "service", "instance", "http.route", "größe", `quo"te`}
	values := []string{"a", "b", "c.d", "(e|f)", "a|b", "$", `C:\x`, "x\ny", "日本", `say "hi"`}
	var posts []map[string]any
	for range 400 {
		labels := map[string]string{"alertname": values[r.IntN(len(values))]}
		for _, n := range names[1:] {
			if r.IntN(3) > 0 {
				labels[n] = values[r.IntN(len(values))]
			}
		}
		posts = append(posts, map[string]any{"labels": labels, "startsAt": time.Now(), "endsAt": time.Now().Add(time.Hour)})
	}
	post(t, url+"/api/v2/alerts", posts)
	ask := func(q sources.Query) sources.Frame {
		t.Helper()
		f, err := set.Query(t.Context(), q, sources.Window{})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	alerts := ask(sources.Alerts{}).Alerts
	if len(alerts) < 300 {
		t.Fatalf("%d alerts", len(alerts))
	}

	// What the form would show, before the silence is there.
	foretold := map[string][]string{}
	expressions := []string{"a|b", ".*", ".+", "a.b", "(?s)x.y", "x.y", "(?i)A", "[ab]", `c\.d`, "", "日.", `C:\\x`}
	for made := 0; made < 150; {
		s := sources.Silence{EndsAt: time.Now().Add(time.Hour), CreatedBy: "t", Comment: fmt.Sprint(made)}
		for range 1 + r.IntN(3) {
			m := sources.Matcher{Name: names[r.IntN(len(names))], Equal: r.IntN(3) > 0, Regex: r.IntN(2) == 0}
			if m.Value = values[r.IntN(len(values))]; m.Regex {
				m.Value = expressions[r.IntN(len(expressions))]
			}
			s.Matchers = append(s.Matchers, m)
		}
		if r.IntN(4) == 0 {
			s.Matchers, _ = silence.For(&alerts[r.IntN(len(alerts))], nil, alerts)
		}
		effect, err := silence.Preview(s.Matchers, alerts)
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := set.Act(t.Context(), sources.SetSilence{Silence: s})
		if err != nil {
			continue // all of its matchers match the empty string
		}
		made++
		for _, a := range effect.Mutes {
			foretold[a.Fingerprint] = append(foretold[a.Fingerprint], receipt.ID)
		}
	}
	for _, ids := range foretold {
		slices.Sort(ids)
	}
	// The marks on the alerts come with the next rounds of the server.
	wrong := ""
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		wrong = ""
		for _, a := range ask(sources.Alerts{}).Alerts {
			slices.Sort(a.SilencedBy)
			if want := foretold[a.Fingerprint]; !slices.Equal(a.SilencedBy, want) || (a.State == "suppressed") != (len(want) > 0) {
				wrong = fmt.Sprintf("%v is %s by %v, foretold %v", a.Labels, a.State, a.SilencedBy, want)
			}
		}
		if wrong == "" {
			t.Logf("%d alerts, %d of them muted by 150 silences", len(alerts), len(foretold))
			return
		}
	}
	t.Error(wrong)
}

// serve starts a server that tells nobody, and opens it.
func serve(t *testing.T) (url string, set sources.Set) {
	t.Helper()
	dir := t.TempDir()
	conf := filepath.Join(dir, "alertmanager.yml")
	if err := os.WriteFile(conf, []byte("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := alertserver.Start(alertserver.Options{ConfigFile: conf, DataDir: filepath.Join(dir, "data"), Listener: l})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	set, err = sources.Open(map[string]sources.Options{"alertmanager": {URL: server.URL()}})
	if err != nil {
		t.Fatal(err)
	}
	return server.URL(), set
}

// Acks of this console are kept whole through every renewal, end when they are
// taken back, and those of other tools are read for what they are.
func TestAckOnAServer(t *testing.T) {
	url, set := serve(t)
	post(t, url+"/api/v2/alerts", []map[string]any{
		{"labels": map[string]string{"alertname": "A", "instance": "1", "http.route": "/x/{id}"}}, {"labels": map[string]string{"alertname": "A", "instance": "2"}},
	})
	ask := func(q sources.Query) sources.Frame {
		t.Helper()
		f, err := set.Query(t.Context(), q, sources.Window{})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	alerts := ask(sources.Alerts{}).Alerts
	settings := silence.Defaults
	settings.Lease = 4 * time.Minute
	now := time.Now()
	made := settings.Ack(alerts[:1], silence.By{User: "dana", Reason: `it's "odd"; OPS-1`, Ticket: "OPS-1", Tool: "t", At: now}, alerts)
	if len(made) != 1 {
		t.Fatalf("%d silences for one alert", len(made))
	}
	receipt, err := set.Act(t.Context(), sources.SetSilence{Silence: made[0]})
	if err != nil {
		t.Fatal(err)
	}
	find := func(id string) sources.Silence {
		t.Helper()
		for _, s := range ask(sources.Silences{}).Silences {
			if s.ID == id {
				return s
			}
		}
		t.Fatalf("no silence %s", id)
		return sources.Silence{}
	}
	s := find(receipt.ID)
	next, ok := settings.Renewal(s, s.EndsAt, alerts, now.Add(3*time.Minute))
	if !ok {
		t.Fatal("no renewal in the last third of the lease")
	}
	renewed, err := set.Act(t.Context(), sources.SetSilence{Silence: next})
	if err != nil || renewed.ID != receipt.ID || renewed.Note != "" {
		t.Fatalf("renewed as %+v, %v", renewed, err)
	}
	after := find(receipt.ID)
	if !silence.Same(after.EndsAt, now.Add(7*time.Minute)) || !maps.Equal(after.Annotations, made[0].Annotations) || after.Comment != made[0].Comment ||
		!slices.Equal(after.Matchers, s.Matchers) || silence.Reason(&after) != `it's "odd"; OPS-1` {
		t.Errorf("after a renewal %+v, was %+v", after, s)
	}
	longer, err := set.Act(t.Context(), sources.SetSilence{Silence: silence.Extended(after, time.Hour)})
	if got := find(receipt.ID); err != nil || longer.ID != receipt.ID || !silence.Same(got.EndsAt, after.EndsAt.Add(time.Hour)) || !maps.Equal(got.Annotations, made[0].Annotations) {
		t.Errorf("extended to %+v, %v", got, err)
	}
	if _, err := set.Act(t.Context(), sources.ExpireSilence{Silence: after}); err != nil || find(receipt.ID).State != "expired" {
		t.Errorf("not ended: %v", err)
	}

	// As karma's button and amtool write them.
	end := now.Add(15 * time.Minute).UTC().Format(time.RFC3339)
	post(t, url+"/api/v2/silences", map[string]any{
		"matchers": []map[string]any{{"name": "alertname", "value": "A", "isRegex": false, "isEqual": true}, {"name": "instance", "value": "(1|2)", "isRegex": true, "isEqual": true}},
		"startsAt": now.UTC().Truncate(time.Minute).Format(time.RFC3339), "endsAt": end,
		"createdBy": "karma", "comment": "ACK! This alert was acknowledged using karma on Sun, 22 Nov 2026 12:00:00 UTC",
	})
	post(t, url+"/api/v2/silences", map[string]any{
		"matchers": []map[string]any{{"name": "instance", "value": "2", "isRegex": false}}, "startsAt": now.UTC().Format(time.RFC3339Nano), "endsAt": end, "createdBy": "root", "comment": "from a shell",
	})
	alerts = ask(sources.Alerts{}).Alerts
	silences := ask(sources.Silences{}).Silences
	book := silence.NewBook(alerts, silences, time.Now())
	for i := range alerts {
		a := &alerts[i]
		if st := book.Status(a); st.State != silence.Acked || st.Who != "karma" || !strings.HasPrefix(silence.Reason(st.By), "This alert was acknowledged") {
			t.Errorf("%v is %v by %s", a.Labels, st.State, st.Who)
		}
		if a.Labels["instance"] == "2" && (len(book.Holders(a)) != 2 || silence.IsAck(book.Holders(a)[1]) || silence.Owner(book.Holders(a)[1]) != "root") {
			t.Errorf("held by %v", book.Holders(a))
		}
	}
}

func post(t *testing.T, url string, body any) {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(url, "application/json", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", resp.Status, text)
	}
}
