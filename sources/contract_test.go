//go:build !race

// The race detector would have the servers compiled once more, which takes longer
// than every other step together; what runs in this process is raced by the
// other tests.

package sources_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"firewatch/demo/embedded"
	"firewatch/sources"
)

const patience = 30 * time.Second

// TestServers holds the sources to what a real Prometheus and a real
// Alertmanager do.
func TestServers(t *testing.T) {
	s, err := embedded.Start(t.Context(), embedded.Options{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}()
	t.Run("alertmanager", func(t *testing.T) { testAlertmanager(t, s.URLs.Alertmanager, abilities{utf8: true, annotations: true}) })
	t.Run("prometheus", func(t *testing.T) { testPrometheus(t, s.URLs.Prometheus) })
}

// open makes a source of one kind.
func open(t *testing.T, kind string, o sources.Options) sources.Set {
	t.Helper()
	set, err := sources.Open(map[string]sources.Options{kind: o})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func query(t *testing.T, set sources.Set, q sources.Query, w sources.Window) sources.Frame {
	t.Helper()
	f, err := set.Query(t.Context(), q, w)
	if err != nil {
		t.Fatalf("%T %s: %v", q, q, err)
	}
	return f
}

func act(t *testing.T, set sources.Set, a sources.Action) sources.Receipt {
	t.Helper()
	r, err := set.Act(t.Context(), a)
	if err != nil {
		t.Fatalf("%s: %v", a, err)
	}
	return r
}

// live is the newest window, as the console would ask for it.
func live(span time.Duration) sources.Window { return sources.At(time.Now(), span, 240, true) }

// eventually waits until ok, for servers that take their time.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		if ok() {
			tick.Stop()
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("waited %s for %s", patience, what)
		case <-tick.C:
		}
	}
}

// raw asks a server without the code under test.
func raw(t *testing.T, method, url string, body, into any) {
	t.Helper()
	var send io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		send = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, send)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %s %v", method, url, resp.Status, all, err)
	}
	if into != nil {
		if err := json.Unmarshal(all, into); err != nil {
			t.Fatalf("%s: %v", url, err)
		}
	}
}

// refused checks kind and words of an error.
func refused(t *testing.T, err error, kind sources.Kind, words ...string) {
	t.Helper()
	e, ok := err.(*sources.Error)
	if !ok || e.Kind != kind {
		t.Fatalf("got %T %v, want one of kind %s", err, err, kind)
	}
	for _, w := range words {
		if !strings.Contains(fmt.Sprint(err), w) {
			t.Errorf("%v, should say %q", err, w)
		}
	}
}
