package draw

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"firewatch/ui/theme"
)

func names(n, sel int) Table {
	return Table{Columns: []Column{{Title: "name"}}, Rows: n, Sel: sel, Row: func(i int) []Cell { return []Cell{{Text: fmt.Sprintf("row-%d.", i)}} }}
}

// TestTableScrolls holds that only rows in view are asked for, that the one
// under the cursor is among them, and that At agrees with what was drawn.
func TestTableScrolls(t *testing.T) {
	for rows := range 12 {
		for h := range 9 {
			for sel := -1; sel <= rows+1; sel++ {
				tab := names(rows, sel)
				row, asked := tab.Row, []int{}
				tab.Row = func(i int) []Cell { asked = append(asked, i); return row(i) }
				b := box(t, 30, h, "dark")
				got := tab.Draw(b)
				if len(asked) > max(h-1, 0) {
					t.Fatalf("%d rows in %d lines, cursor %d: %v were asked for", rows, h, sel, asked)
				}
				if sel >= 0 && sel < rows && h > 1 && !slices.Contains(asked, sel) {
					t.Fatalf("%d rows in %d lines: cursor %d is not in view: %v", rows, h, sel, asked)
				}
				for y := range h + 2 {
					i := tab.At(b, y)
					if i >= 0 && !strings.Contains(ansi.Strip(got[y]), fmt.Sprintf("row-%d.", i)) {
						t.Fatalf("%d rows in %d lines, cursor %d: line %d is said to be row %d: %q", rows, h, sel, y, i, ansi.Strip(got[y]))
					}
					if i < 0 && y < h && strings.Contains(got[y], "row-") {
						t.Fatalf("%d rows in %d lines, cursor %d: line %d is said to be no row: %q", rows, h, sel, y, ansi.Strip(got[y]))
					}
				}
			}
		}
	}
}

// TestTableSelection holds that the look of the row under the cursor reaches
// over its whole width, whatever is in its cells.
func TestTableSelection(t *testing.T) {
	for _, name := range theme.Names() {
		tab := hosts(3, 1)
		tab.Marked = func(i int) bool { return i == 1 }
		b := box(t, 120, 8, name)
		selected, other := screen(tab.Draw(b)[2]), screen(tab.Draw(b)[1])
		for x, c := range selected {
			if !strings.Contains(c.style, "48;2;") && !strings.Contains(c.style, "7m") && !strings.Contains(c.style, ";7") {
				t.Errorf("%s: cell %d %q has style %q", name, x, c.text, c.style)
				break
			}
		}
		for x, c := range other {
			if strings.Contains(c.style, "48;2;") || strings.Contains(c.style, "7m") && name == "mono" {
				t.Errorf("%s: cell %d %q of another row has style %q", name, x, c.text, c.style)
				break
			}
		}
	}
}

func TestTableDrops(t *testing.T) {
	columns := []Column{{Title: "aaaa", W: 6}, {Title: "bbbb", W: 6, Drop: 2}, {Title: "cccc", Min: 6}, {Title: "dddd", W: 6, Drop: 1}, {Title: "eeee", W: 6, Drop: 2}}
	for w, want := range map[int]string{
		40: "aaaa bbbb cccc dddd eeee", 34: "aaaa bbbb cccc dddd eeee", 33: "aaaa bbbb cccc dddd", 26: "aaaa cccc dddd", 19: "aaaa cccc", 12: "aaaa", 5: "aaaa",
	} {
		head := Table{Columns: columns, Sel: -1}.Draw(box(t, w, 1, "dark"))[0]
		if got := strings.Join(strings.Fields(ansi.Strip(head)), " "); got != want {
			t.Errorf("in %d cells: %q, want %q", w, got, want)
		}
	}
}

func TestTableSpans(t *testing.T) {
	table := Table{Columns: []Column{{Title: "a", W: 3}, {Title: "b", W: 4}, {Title: "c"}}, Rows: 2, Sel: -1, Row: func(i int) []Cell {
		if i == 0 {
			return []Cell{{Text: "x"}, {Text: "a heading of its own", Span: true, Tail: "12 rows"}, {Text: "never"}}
		}
		return []Cell{{Text: "x"}, {Text: "y"}, {Text: "z"}}
	}}
	for w, want := range map[int]string{
		40: "x   a heading of its own         12 rows", 24: "x   a heading o… 12 rows", 14: "x   a… 12 rows", 10: "x   12 ro…",
	} {
		lines := table.Draw(box(t, w, 3, "dark"))
		if got := ansi.Strip(lines[1]); got != want {
			t.Errorf("in %d cells: %q, want %q", w, got, want)
		}
		if got := strings.Fields(ansi.Strip(lines[2])); got[0] != "x" {
			t.Errorf("the row below is %q", got)
		}
	}
}

func TestTableSaysLevels(t *testing.T) {
	for _, c := range []struct {
		cell Cell
		want string
	}{
		{Cell{Text: "97%", Level: theme.Crit}, "✗ 97%"},
		{Cell{Text: "81%", Level: theme.Warn}, "▲ 81%"},
		{Cell{Text: "12%", Level: theme.Good}, "12%"},
		{Cell{Text: "critical", Level: theme.Crit}, "critical"},
		{Cell{Text: "▲ slow", Level: theme.Warn}, "▲ slow"},
		{Cell{Text: "down", Level: theme.Crit}, "down"},
		{Cell{Text: "", Level: theme.Crit}, ""},
		{Cell{Text: "123456789", Level: theme.Crit}, "✗123456789"},
		{Cell{Text: "1234567890", Level: theme.Crit}, "1234567890"},
		{Cell{Text: "12345678901", Level: theme.Crit}, "123456789…"},
	} {
		tab := Table{Columns: []Column{{W: 10}}, Rows: 1, Sel: -1, Row: func(int) []Cell { return []Cell{c.cell} }}
		if got := strings.TrimRight(ansi.Strip(tab.Draw(box(t, 10, 2, "mono"))[1]), " "); got != c.want {
			t.Errorf("%q at level %s is %q, want %q", c.cell.Text, c.cell.Level.Word(), got, c.want)
		}
	}
}

func TestTablePosition(t *testing.T) {
	for _, c := range []struct {
		rows, sel int
		want      string
	}{{340, 11, "12/340"}, {340, -1, "340"}, {0, 0, ""}, {3, 9, "3/3"}} {
		if got := names(c.rows, c.sel).Position(); got != c.want {
			t.Errorf("row %d of %d is %q, want %q", c.sel, c.rows, got, c.want)
		}
	}
}

func TestMatch(t *testing.T) {
	b := box(t, 40, 2, "dark")
	tab := Table{Columns: []Column{{}}, Rows: 1, Sel: -1, Row: func(int) []Cell { return []Cell{{Text: "Straße Error ERROR x", Match: "error"}} }}
	hit := 0
	for _, c := range screen(tab.Draw(b)[1]) {
		if strings.Contains(c.style, "4") && c.style == screen(b.Theme.Match.Render("x"))[0].style {
			hit++
		}
	}
	if hit != 10 {
		t.Errorf("%d cells are highlighted, want 10", hit)
	}
}
