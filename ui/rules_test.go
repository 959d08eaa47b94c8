package ui_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOneLoop holds that state changes only on the event loop: no lock, no
// goroutine and no second ticker in this package and the tabs.
func TestOneLoop(t *testing.T) {
	var files []string
	for _, pattern := range []string{"*.go", "uitest/*.go", "../views/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	seen := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		seen++
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine", name)
			case *ast.ImportSpec:
				if n.Path.Value == `"sync"` {
					t.Errorf("%s imports sync", name)
				}
			case *ast.SelectorExpr:
				x, ok := n.X.(*ast.Ident)
				if !ok {
					break
				}
				call := x.Name + "." + n.Sel.Name
				if (call == "tea.Tick" || call == "tea.Every") && name != "shell.go" {
					t.Errorf("%s keeps a clock: %s", name, call)
				}
				if strings.HasPrefix(name, "../views") && (call == "time.Now" || call == "time.Since" || call == "time.Sleep") {
					t.Errorf("%s keeps a clock: %s", name, call)
				}
			}
			return true
		})
	}
	if seen < 20 {
		t.Errorf("only %d files were read", seen)
	}
}
