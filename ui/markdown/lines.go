package markdown

import (
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"

	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// Page is a document laid out for a width.
type Page struct {
	// Lines are styled and at most as wide as was asked for.
	Lines []string
	// At is the line of each block's first line of code, To the one after its last.
	At, To []int
}

// Layout breaks the document into lines of w cells. The block with the index
// chosen is marked as the one that keys act on; -1 marks none.
func (d *Document) Layout(t *theme.Theme, w, chosen int) Page {
	l := &layout{Document: d, theme: t, chosen: chosen, page: Page{At: make([]int, len(d.Blocks)), To: make([]int, len(d.Blocks))}}
	if len(d.Front) > 0 {
		var parts []string
		for _, f := range d.Front {
			parts = append(parts, f.Name+" "+f.Value)
		}
		for _, s := range draw.Wrap(strings.Join(parts, " · "), w) {
			l.page.Lines = append(l.page.Lines, t.Dim.Render(s))
		}
		l.gap = true
	}
	if d.root != nil {
		l.blocks(d.root, w, margin{})
	}
	return l.page
}

// margin is what stands before the lines of a block: first before its first one,
// rest before the others.
type margin struct{ first, rest string }

// deeper adds to a margin on the right.
func (m margin) deeper(first, rest string) margin { return margin{m.first + first, m.rest + rest} }

// next is the margin of the line after the first.
func (m margin) next() margin { return margin{m.rest, m.rest} }

type layout struct {
	*Document
	theme  *theme.Theme
	chosen int
	page   Page
	// gap says that a blank line comes before the next block.
	gap bool
}

// least is the narrowest column of text; in a narrower one the margins go.
const least = 4

// put adds a line, after the blank one that separates it from the block before.
func (l *layout) put(m *margin, s string, w int) {
	if l.gap && len(l.page.Lines) > 0 {
		l.page.Lines = append(l.page.Lines, l.theme.Dim.Render(draw.Cut(strings.TrimRight(m.rest, " "), w)))
	}
	l.gap = false
	line := l.theme.Dim.Render(m.first) + s
	if draw.Width(m.first)+draw.Width(s) > w {
		line = draw.Cut(line, w)
	}
	l.page.Lines = append(l.page.Lines, line)
	*m = m.next()
}

// blocks lays out the children of n, one below the other, in w cells.
func (l *layout) blocks(n ast.Node, w int, m margin) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		l.block(c, w, m)
		m = m.next()
	}
}

func (l *layout) block(n ast.Node, w int, m margin) {
	room := max(w-draw.Width(m.first), min(w, least))
	switch n := n.(type) {
	case *ast.Heading:
		s := l.inline(n)
		for _, line := range flow(s, room) {
			l.put(&m, line.render(l.theme, &l.theme.Title), w)
		}
		l.gap = n.Level < 3
	case *ast.Paragraph, *ast.TextBlock:
		for _, line := range flow(l.inline(n), room) {
			l.put(&m, line.render(l.theme, nil), w)
		}
		_, tight := n.(*ast.TextBlock)
		l.gap = !tight
	case *ast.List:
		l.list(n, w, m)
	case *ast.FencedCodeBlock:
		l.code(n, l.fences[n], w, m)
	case *ast.CodeBlock:
		l.code(n, -1, w, m)
	case *ast.Blockquote:
		l.blocks(n, w, m.deeper("│ ", "│ "))
		l.gap = true
	case *ast.ThematicBreak:
		l.put(&m, l.theme.Border.Render(strings.Repeat("─", room)), w)
		l.gap = true
	case *east.Table:
		l.table(n, room, w, m)
	case *ast.HTMLBlock:
		for _, s := range draw.Wrap(l.raw(n), room) {
			l.put(&m, l.theme.Dim.Render(s), w)
		}
		l.gap = true
	default:
		l.blocks(n, w, m)
	}
}

// list numbers or dots the items; a loose list has blank lines between them.
func (l *layout) list(n *ast.List, w int, m margin) {
	i := n.Start
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		mark := "• "
		if n.IsOrdered() {
			mark = fmt.Sprintf("%d. ", i)
			i++
		}
		l.blocks(c, w, m.deeper(mark, draw.Spaces(draw.Width(mark))))
		m = m.next()
		l.gap = !n.IsTight
	}
	l.gap = true
}

// code keeps the lines as they are, wrapped where they are too long, behind a
// bar; index is the block among [Document.Blocks], -1 for one that is none.
func (l *layout) code(n ast.Node, index, w int, m margin) {
	bar := "│ "
	style, edge := l.theme.Accent, l.theme.Border
	if index >= 0 && index == l.chosen {
		bar, edge = "▌ ", l.theme.Focus
	}
	room := max(w-draw.Width(m.first)-2, min(w, least))
	lines := draw.Wrap(strings.ReplaceAll(l.raw(n), "\t", "    "), room)
	first := true
	for _, s := range lines {
		l.put(&m, edge.Render(bar)+style.Render(s), w)
		if first && index >= 0 {
			l.page.At[index] = len(l.page.Lines) - 1
		}
		first = false
	}
	if index >= 0 {
		if first {
			l.page.At[index] = len(l.page.Lines)
		}
		l.page.To[index] = len(l.page.Lines)
	}
	l.gap = true
}

// table draws the columns side by side; where they are too wide for it, all
// give way in proportion, and their cells are wrapped.
func (l *layout) table(n *east.Table, room, w int, m margin) {
	var rows [][][]run
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		var cells [][]run
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, l.inline(c))
		}
		rows = append(rows, cells)
	}
	if len(rows) == 0 {
		return
	}
	widths := columns(rows, room)
	for i, cells := range rows {
		parts := make([][]spans, len(widths))
		high := 0
		for k := range widths {
			if k < len(cells) {
				parts[k] = flow(cells[k], widths[k])
				high = max(high, len(parts[k]))
			}
		}
		for y := range high {
			var sb strings.Builder
			for k, width := range widths {
				cell := ""
				if y < len(parts[k]) {
					var style *theme.Style
					if i == 0 {
						style = &l.theme.Strong
					}
					cell = parts[k][y].render(l.theme, style)
				}
				if k > 0 {
					sb.WriteString(l.theme.Border.Render(" │ "))
				}
				sb.WriteString(draw.Pad(cell, width))
			}
			l.put(&m, sb.String(), w)
		}
		if i == 0 {
			total := 3 * (len(widths) - 1)
			for _, width := range widths {
				total += width
			}
			l.put(&m, l.theme.Border.Render(strings.Repeat("─", total)), w)
		}
	}
	l.gap = true
}

// columns are the widths of a table's columns within room.
func columns(rows [][][]run, room int) []int {
	var want []int
	for _, cells := range rows {
		for k, c := range cells {
			if k == len(want) {
				want = append(want, 1)
			}
			want[k] = max(want[k], width(c))
		}
	}
	room -= 3 * (len(want) - 1)
	total := 0
	for _, v := range want {
		total += v
	}
	// The widest gives way until all fit: short columns stay whole.
	for total > room {
		widest := 0
		for k := range want {
			if want[k] > want[widest] {
				widest = k
			}
		}
		if want[widest] <= 3 {
			break
		}
		want[widest]--
		total--
	}
	return want
}
