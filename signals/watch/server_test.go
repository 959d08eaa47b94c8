//go:build !race

package watch_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firewatch/demo/embedded/alertserver"
	"firewatch/signals/watch"
	"firewatch/sources"
)

// TestRealPeers looks at two real Alertmanagers that are configured as members
// of one cluster and are none.
func TestRealPeers(t *testing.T) {
	var urls []string
	var servers []*alertserver.Server
	for range 2 {
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
		defer s.Stop()
		urls, servers = append(urls, s.URL()), append(servers, s)
	}
	set, err := sources.Open(map[string]sources.Options{"alertmanager": {URLs: urls}})
	if err != nil {
		t.Fatal(err)
	}
	found := func() string {
		heard := map[sources.Query]watch.Answer{}
		for _, q := range watch.Questions() {
			f, err := set.Query(t.Context(), q, sources.Window{})
			heard[q] = watch.Answer{Frame: f, Err: err, At: time.Now()}
		}
		return text(watch.Problems(watch.Look(time.Now(), func(q sources.Query) watch.Answer { return heard[q] })))
	}
	if got, want := found(), "▲ 2 of 2 peers are not clustered: they share no silences"; !strings.Contains(got, want) || strings.Contains(got, "clock") {
		t.Errorf("%s, want %s", got, want)
	}
	servers[1].Stop()
	if got := found(); !strings.Contains(got, "does not answer") {
		t.Errorf("a member that is gone is not found: %s", got)
	}
}
