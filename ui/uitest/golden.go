package uitest

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Golden compares a frame with testdata/name.golden of the package under test,
// and with -update writes it. A changed golden file is to be read, not only
// accepted.
func Golden(t testing.TB, name, frame string) {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(name)+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(frame), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("no golden file: run the test with -update and read it: %v", err)
	}
	if string(want) != frame {
		t.Errorf("%s differs: run the test with -update and read the difference\n--- want\n%s\n--- got\n%s", path, want, frame)
	}
}
