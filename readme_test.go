package main_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"firewatch/cli"
)

var update = flag.Bool("update", false, "write the generated parts of README.md anew")

func TestReadmeKeyTable(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- keys:begin -->\n", "<!-- keys:end -->"
	before, rest, found := strings.Cut(string(data), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("README.md has lost the marks around its key table")
	}
	want := before + begin + cli.KeyTable() + end + after
	if string(data) == want {
		return
	}
	if !*update {
		t.Fatal("the key table of README.md is stale: run make readme")
	}
	if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestReadmeNamesBothCommands(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"go run ./demo", "go test ./..."} {
		if !strings.Contains(string(data), want) {
			t.Errorf("README.md does not say %q", want)
		}
	}
}
