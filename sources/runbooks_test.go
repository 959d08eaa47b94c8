package sources

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDocumentsOfADirectory(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(filepath.Dir(dir), "outside.md")
	for path, text := range map[string]string{
		filepath.Join(dir, "High.md"):  "# High\n\x1b[31mred\x1b[0m\n",
		filepath.Join(dir, "empty.md"): " \n",
		filepath.Join(dir, "large.md"): strings.Repeat("x", maxDocument+1),
		outside:                        "secret",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, base := range []string{dir, "file://" + dir} {
		f, err := ask(t, "runbooks", Document{"High.md"}, Options{URL: base})
		if err != nil || strings.TrimSpace(f.Text) != "# High\nred" {
			t.Errorf("%s: %q, %v", base, f.Text, err)
		}
		for name, kind := range map[string]Kind{
			"none.md": BadQuery, "../outside.md": Failed, "empty.md": Failed, "large.md": TooLarge, "": BadQuery, "ftp://x/y": BadQuery, "http://%zz": BadQuery,
		} {
			if _, err := ask(t, "runbooks", Document{name}, Options{URL: base}); err == nil {
				t.Errorf("%q was read", name)
			} else {
				wantKind(t, err, "runbooks", kind)
			}
		}
	}
}

func TestDocumentsOfASite(t *testing.T) {
	var at, auth string
	site := func(name string) *httptest.Server {
		return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			at, auth = name+" "+r.URL.Path, r.Header.Get("Authorization")
			w.Write([]byte("text"))
		}))
	}
	own, other := site("own"), site("other")
	defer own.Close()
	defer other.Close()
	for _, tt := range []struct {
		url, at string
		auth    bool
	}{
		{"runbooks/A.md", "own /docs/runbooks/A.md", true},
		{own.URL + "/docs/A.md", "own /docs/A.md", true},
		{own.URL + "/elsewhere/A.md", "own /elsewhere/A.md", false},
		{other.URL + "/docs/A.md", "other /docs/A.md", false},
	} {
		f, err := ask(t, "runbooks", Document{tt.url}, Options{URL: own.URL + "/docs", Token: "hunter2hunter2"})
		if err != nil || f.Text != "text" || at != tt.at || (auth != "") != tt.auth {
			t.Errorf("%s: %q, %v, reached %q with credentials %q", tt.url, f.Text, err, at, auth)
		}
	}
}
