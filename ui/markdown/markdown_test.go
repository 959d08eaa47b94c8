package markdown_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"firewatch/ui/markdown"
	"firewatch/ui/theme"
)

func dark(t testing.TB) *theme.Theme {
	t.Helper()
	th, err := theme.New("dark")
	if err != nil {
		t.Fatal(err)
	}
	return th
}

func plain(page markdown.Page) []string {
	out := make([]string, len(page.Lines))
	for i, l := range page.Lines {
		out[i] = strings.TrimRight(ansi.Strip(l), " ")
	}
	return out
}

func TestLayout(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		w    int
		want []string
	}{
		"nothing":           {"", 20, nil},
		"paragraphs":        {"one\ntwo *three* **four**\n\nfive", 30, []string{"one two three four", "", "five"}},
		"words wrap":        {"a longer line than fits here", 12, []string{"a longer", "line than", "fits here"}},
		"a long word":       {"x " + strings.Repeat("y", 15), 10, []string{"x", "yyyyyyyyyy", "yyyyy"}},
		"wide characters":   {"数据库数据库", 5, []string{"数据", "库数", "据库"}},
		"headings":          {"# One\n## Two\ntext", 20, []string{"One", "", "Two", "", "text"}},
		"tight list":        {"- a\n- b\n  - c", 20, []string{"• a", "• b", "  • c"}},
		"numbers":           {"3. a b c d\n4. e", 8, []string{"3. a b c", "   d", "4. e"}},
		"a link":            {"see [the page](a.md) or <https://example.net/x>", 60, []string{"see the page (a.md) or https://example.net/x"}},
		"code span":         {"run `a  b` now", 20, []string{"run a b now"}},
		"escapes":           {`5 \* 3 &lt; \d &#65;`, 30, []string{`5 * 3 < \d A`}},
		"html stays text":   {"a <b>c</b>\n\n<div>\nx\n</div>", 30, []string{"a <b>c</b>", "", "<div>", "x", "</div>"}},
		"quote":             {"> a b c\n> d", 6, []string{"│ a b", "│ c d"}},
		"fence":             {"```promql\nup == 0\n\nx\n```", 20, []string{"│ up == 0", "│", "│ x"}},
		"fence in an item":  {"1. do\n\n   ```kql\n   a:b\n   ```\n\n2. then", 20, []string{"1. do", "", "   │ a:b", "", "2. then"}},
		"rule":              {"a\n\n---\n", 4, []string{"a", "", "────"}},
		"table":             {"| a | b |\n|---|---|\n| one `x` | two |", 30, []string{"a     │ b", "───────────", "one x │ two"}},
		"narrow table":      {"| a | b |\n|---|---|\n| one two three | four |", 14, []string{"a       │ b", "──────────────", "one two │ four", "three   │"}},
		"front matter":      {"---\nalert: A\nrelated: [B, C]\n---\n# T", 40, []string{"alert A · related B, C", "", "T"}},
		"dashes are a rule": {"---\nno end", 10, []string{"──────────", "", "no end"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := plain(markdown.Parse(c.text).Layout(dark(t), c.w, -1)); !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestNotesKeepTheirLines(t *testing.T) {
	got := plain(markdown.ParseNote("first **look**:\nthen `up`\n\nsee https://example.net").Layout(dark(t), 40, -1))
	want := []string{"first look:", "then up", "", "see https://example.net"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Every runbook of the stack, at widths that no text fits in as well: no line is
// wider than was asked for, and each block is where the page says.
func TestRunbooks(t *testing.T) {
	files, err := filepath.Glob("../../docs/runbooks/*.md")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d runbooks: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := markdown.Parse(string(text))
		if len(d.Front) == 0 || len(d.Blocks) == 0 {
			t.Errorf("%s: %d fields, %d blocks", file, len(d.Front), len(d.Blocks))
		}
		for _, w := range []int{1, 7, 40, 78, 120} {
			page := d.Layout(dark(t), w, 0)
			for _, l := range page.Lines {
				if n := ansi.StringWidth(l); n > w {
					t.Fatalf("%s at %d: a line of %d cells: %q", file, w, n, ansi.Strip(l))
				}
			}
			if w < 78 {
				continue
			}
			for i, b := range d.Blocks {
				first, _, _ := strings.Cut(b.Text, "\n")
				lines := page.Lines[page.At[i]:page.To[i]]
				if len(lines) == 0 || !strings.Contains(ansi.Strip(lines[0]), strings.TrimSpace(first[:min(len(first), 8)])) {
					t.Errorf("%s at %d: block %d, %q, is not at line %d", file, w, i, first, page.At[i])
				}
			}
		}
	}
}

func FuzzLayout(f *testing.F) {
	f.Add("# a\n\n| b |\n|-|\n| `c` |\n\n> - ```promql\n>   up", 12)
	f.Add("数据 [x](y) <b>\n\n1. a\n\n   b", 3)
	th := dark(f)
	f.Fuzz(func(t *testing.T, text string, w int) {
		if w = w % 200; w < 1 || len(text) > 4096 {
			t.Skip()
		}
		began := time.Now()
		for _, d := range []*markdown.Document{markdown.Parse(text), markdown.ParseNote(text)} {
			for _, l := range d.Layout(th, w, 0).Lines {
				if n := ansi.StringWidth(l); n > w {
					t.Errorf("a line of %d cells in %d: %q", n, w, l)
				}
			}
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
