//go:build !race

package sources

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/demo/embedded/alertserver"
)

// realMember starts a real Alertmanager that knows no other.
func realMember(t *testing.T) *alertserver.Server {
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
	s, err := alertserver.Start(alertserver.Options{ConfigFile: conf, DataDir: filepath.Join(dir, "data"), Listener: l})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// TestPeersDiverge has two real servers that do not tell each other anything, as
// two members do whose cluster port is blocked: a silence is on one of them.
func TestPeersDiverge(t *testing.T) {
	one, two := realMember(t), realMember(t)
	s, err := newAlertmanager(Options{URLs: []string{one.URL(), two.URL()}})
	if err != nil {
		t.Fatal(err)
	}
	am := s.(*alertmanager)
	r, err := am.Act(t.Context(), SetSilence{Silence{
		Matchers: []Matcher{{Name: "alertname", Value: "Noise", Equal: true}}, EndsAt: time.Now().Add(time.Hour), CreatedBy: "dana", Comment: "c",
	}})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() (lacking []string) {
		t.Helper()
		f, err := am.Query(t.Context(), Silences{}, Window{})
		if err != nil || len(f.Silences) != 1 || f.Silences[0].ID != r.ID {
			t.Fatalf("%+v, %v", f.Silences, err)
		}
		for _, p := range f.Peers {
			if p.Err != "" || p.Time.IsZero() || time.Since(p.Time).Abs() > time.Minute {
				t.Errorf("%+v", p)
			}
			if slices.Contains(p.Lacks, r.ID) {
				lacking = append(lacking, p.Name)
			}
		}
		return lacking
	}
	if lacking := ask(); len(lacking) != 0 {
		t.Errorf("a fresh silence is missed on %v before the members could have told each other", lacking)
	}
	am.now = func() time.Time { return time.Now().Add(gossip + time.Second) }
	if lacking := ask(); len(lacking) != 1 {
		t.Errorf("it is missed on %v, want one of the two", lacking)
	}
	f, err := am.Query(t.Context(), AlertmanagerStatus{}, Window{})
	if err != nil || len(f.Peers) != 2 {
		t.Fatalf("%+v, %v", f.Peers, err)
	}
	for _, p := range f.Peers {
		if p.Version != alertserver.Version || p.Health != "disabled" {
			t.Errorf("%+v", p)
		}
	}
	two.Stop()
	f, err = am.Query(t.Context(), Alerts{}, Window{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.Peers {
		if down := p.Name == strings.TrimPrefix(strings.TrimSuffix(two.URL(), "/"), "http://"); down != (p.Err != "") {
			t.Errorf("after one was stopped: %+v", p)
		}
	}
}
