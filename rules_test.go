package main_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms says which rooms of this module each room may import. A room that is
// not listed may be imported by nobody but itself.
var rooms = map[string][]string{
	"":         {"cli"},
	"cli":      {"config", "views", "ui", "sources", "signals"},
	"config":   {"sources", "ui/theme"},
	"views":    {"ui", "signals", "sources"},
	"ui":       {"sources"},
	"ui/draw":  {"ui/theme", "sources"},
	"ui/theme": {},
	"signals":  {"sources"},
	"sources":  {"sources/datemath"},
	// What a date means to Elasticsearch is the same for who asks and who answers.
	"sources/datemath": {},
	"stack":            {},
	"demo":             {"demo", "cli", "stack", "docs", "sources/datemath"},
	"docs":             {},
	// What writes files of the stack knows what they are made from.
	"stack/generate": {"signals"},
}

// libraries says which rooms may import a library; everyone else may not.
var libraries = map[string][]string{
	"github.com/spf13/viper":                  {"config"},
	"github.com/prometheus/prometheus":        {"demo"},
	"github.com/prometheus/alertmanager":      {"demo"},
	"github.com/prometheus/node_exporter":     {"demo"},
	"github.com/prometheus/client_golang/api": {"sources"},
	"github.com/elastic/go-elasticsearch/v8":  {"sources"},
	"github.com/elastic/elastic-transport-go": {"sources"},
	"net/http":                                  {"sources", "demo"},
	"charm.land/bubbles/v2":                     {"ui"},
	"charm.land/lipgloss/v2":                    {"ui", "ui/theme", "ui/draw"},
	"charm.land/bubbletea/v2":                   {"ui", "views"},
	"github.com/yuin/goldmark":                  {"ui"},
	"github.com/elastic/go-elasticsearch/v8 ":   {},
	"github.com/charmbracelet/x/exp/teatest/v2": {},
}

// room is the listed room that a folder belongs to.
func room(dir string) string {
	for _, r := range []string{"ui/draw", "ui/theme", "stack/generate", "sources/datemath"} {
		if dir == r || strings.HasPrefix(dir, r+"/") {
			return r
		}
	}
	first, _, _ := strings.Cut(dir, "/")
	if first == "." {
		return ""
	}
	return first
}

// sourceFiles calls visit with every Go file that is not a test and not scratch.
func sourceFiles(t *testing.T, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") || d.Name() == "testdata"):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			visit(filepath.ToSlash(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestArrowsPointOneWay(t *testing.T) {
	files := 0
	sourceFiles(t, func(path string) {
		files++
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			return
		}
		from := room(filepath.ToSlash(filepath.Dir(path)))
		if strings.HasPrefix(path, "ui/uitest/") {
			return // a test fixture in a folder of its own
		}
		for _, imp := range f.Imports {
			what, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Error(err)
				continue
			}
			if inner, ok := strings.CutPrefix(what, "firewatch/"); ok {
				to := room(inner)
				if to == from || from == "views" && strings.HasPrefix(to, "ui/") || from == "ui" && strings.HasPrefix(to, "ui/") || from == "cli" && strings.HasPrefix(to, "ui/") {
					continue
				}
				if !slices.Contains(rooms[from], to) {
					t.Errorf("%s: room %q may not import %s", path, from, what)
				}
				continue
			}
			for lib, who := range libraries {
				if (what == lib || strings.HasPrefix(what, lib+"/")) && !slices.Contains(who, from) {
					t.Errorf("%s: room %q may not import %s", path, from, what)
				}
			}
			if what == "github.com/elastic/go-elasticsearch/v8" {
				t.Errorf("%s: the root package compiles the typed API: use esapi", path)
			}
		}
	})
	if files < 40 {
		t.Errorf("only %d files were read", files)
	}
}

func TestTheScreenHasNoLocks(t *testing.T) {
	banned := regexp.MustCompile(`\bsync\.|\bgo func\b|\bgo [a-z]\w*\(|tea\.Tick\(|time\.Now\(`)
	sourceFiles(t, func(path string) {
		in := room(filepath.ToSlash(filepath.Dir(path)))
		if in != "views" && in != "ui/draw" && in != "ui/theme" && in != "signals" {
			return
		}
		checkLines(t, path, banned, false)
	})
}

func TestNoPlaceholders(t *testing.T) {
	banned := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b|not ` + `implemented`)
	sourceFiles(t, func(path string) { checkLines(t, path, banned, true) })
}

// checkLines reports the lines of a file that match banned, with their comments
// or without.
func checkLines(t *testing.T, path string, banned *regexp.Regexp, comments bool) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(data), "\n") {
		if !comments {
			line, _, _ = strings.Cut(line, "//")
		}
		if m := banned.FindString(line); m != "" {
			t.Errorf("%s:%d: %q does not belong here", path, i+1, m)
		}
	}
}
