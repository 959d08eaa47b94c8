//go:build !race

// The race detector would have the server compiled once more; these functions
// start nothing that it could find.

package silence_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"firewatch/demo/embedded/alertserver"
	"firewatch/signals/silence"
	"firewatch/sources"
)

// The preview of a silence is what Alertmanager then does: random silences over
// random alerts, in one server.
func TestPreviewIsWhatHappens(t *testing.T) {
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
	defer server.Stop()
	set, err := sources.Open(map[string]sources.Options{"alertmanager": {URL: server.URL()}})
	if err != nil {
		t.Fatal(err)
	}

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
	post(t, server.URL()+"/api/v2/alerts", posts)
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
