package stack_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestSetupRenewsKeys runs setup.sh again and again on one folder of keys: what
// expires is made anew while the old one is good still, and nothing else is.
func TestSetupRenewsKeys(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("setup.sh needs curl")
	}
	var made []string
	var refuse atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasPrefix(r.URL.Path, "/_cluster/health"):
			io.WriteString(w, `{"status":"green"}`)
		case r.URL.Path != "/_security/api_key":
			io.WriteString(w, `{"acknowledged":true}`)
		case refuse.Load():
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `{"error":"may not"}`)
		default:
			var request struct{ Name string }
			if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
				t.Error(err)
			}
			made = append(made, request.Name)
			fmt.Fprintf(w, `{"id":"i","name":%q,"api_key":"k","encoded":"%s-%d"}`, request.Name, request.Name, len(made))
		}
	}))
	defer server.Close()
	keys := t.TempDir()
	setup := func() (string, error) {
		made = nil
		cmd := exec.CommandContext(t.Context(), "sh", "setup/setup.sh")
		cmd.Env = append(os.Environ(), "ES_URL="+server.URL, "KIBANA_URL=", "ES_API_KEY=", "ES_API_KEY_FILE=", "ES_CACERT=", "SETUP_WAIT=10", "ES_KEYS_DIR="+keys)
		said, err := cmd.CombinedOutput()
		if strings.Contains(string(said), "reader-1") || strings.Contains(string(said), "writer-2") {
			t.Errorf("a key is shown:\n%s", said)
		}
		return string(said), err
	}
	age := func(days int) {
		t.Helper()
		at := time.Now().AddDate(0, 0, -days)
		for _, name := range []string{"console-reader", "logstash-writer"} {
			if err := os.Chtimes(filepath.Join(keys, name+".key"), at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, step := range []struct {
		name string
		days int
		want []string
	}{
		{"first", 0, []string{"console-reader", "logstash-writer"}},
		{"at once again", 0, nil},
		{"after 59 days", 59, nil},
		{"after 62 days", 62, []string{"console-reader"}}, // the other one has no end
		{"after that", 0, nil},
	} {
		if step.days > 0 {
			age(step.days)
		}
		if said, err := setup(); err != nil || !slices.Equal(made, step.want) {
			t.Fatalf("%s: made %v, want %v (%v)\n%s", step.name, made, step.want, err, said)
		}
	}

	age(62)
	path := filepath.Join(keys, "console-reader.key")
	old, err := os.ReadFile(path)
	if err != nil || strings.TrimSpace(string(old)) != "console-reader-1" {
		t.Fatalf("the key is %q (%v)", old, err)
	}
	refuse.Store(true)
	if said, err := setup(); err == nil {
		t.Errorf("a refusal goes unsaid:\n%s", said)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != string(old) {
		t.Errorf("a refused renewal leaves %q (%v)", now, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read the key: %v", info.Mode())
	}
}
