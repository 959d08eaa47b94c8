package markdown

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"

	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// look is how a run of text is set.
type look int

const (
	plain look = iota
	strong
	faint
	code
	link
)

// run is a piece of a paragraph in one look; a line end in it stays.
type run struct {
	text string
	look look
}

// spans are the runs of one line.
type spans []run

// width is the length of runs in one line.
func width(runs []run) int {
	n := 0
	for _, r := range runs {
		n += draw.Width(draw.Line(r.text))
	}
	return n
}

// inline is the text within a block.
func (l *layout) inline(n ast.Node) []run {
	var out []run
	l.walk(n, plain, &out)
	return out
}

func (l *layout) walk(n ast.Node, as look, out *[]run) {
	add := func(s string, k look) {
		if s != "" {
			*out = append(*out, run{s, k})
		}
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			text := c.Value(l.source)
			if as != code && !c.IsRaw() {
				text = util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(text)))
			}
			add(string(text), as)
			switch {
			case c.HardLineBreak() || c.SoftLineBreak() && l.breaks:
				add("\n", as)
			case c.SoftLineBreak():
				add(" ", as)
			}
		case *ast.String:
			add(string(c.Value), as)
		case *ast.CodeSpan:
			var inner []run
			l.walk(c, code, &inner)
			for _, r := range inner {
				add(strings.ReplaceAll(r.text, "\n", " "), code)
			}
		case *ast.Emphasis:
			l.walk(c, max(as, strong), out)
		case *ast.Link:
			l.walk(c, link, out)
			// Where it leads is shown: nothing can be clicked here.
			if to := string(c.Destination); to != "" && to != said(*out) {
				add(" ("+to+")", faint)
			}
		case *ast.AutoLink:
			add(string(c.Label(l.source)), link)
		case *ast.Image:
			add("["+string(c.Destination)+"]", faint)
		case *ast.RawHTML:
			for i := range c.Segments.Len() {
				s := c.Segments.At(i)
				add(string(s.Value(l.source)), faint)
			}
		case *east.TaskCheckBox:
			add(map[bool]string{true: "[x] ", false: "[ ] "}[c.IsChecked], as)
		case *east.Strikethrough:
			l.walk(c, faint, out)
		default:
			l.walk(c, as, out)
		}
	}
}

// said is the text of the last run.
func said(runs []run) string {
	if len(runs) == 0 {
		return ""
	}
	return runs[len(runs)-1].text
}

// flow breaks runs between words into lines of w cells.
func flow(runs []run, w int) []spans {
	var out []spans
	var line spans
	used := 0
	end := func() {
		out = append(out, line)
		line, used = nil, 0
	}
	place := func(s string, k look) {
		if n := len(line); n > 0 && line[n-1].look == k {
			line[n-1].text += s
		} else {
			line = append(line, run{s, k})
		}
		used += draw.Width(s)
	}
	for _, piece := range words(runs) {
		if piece.breaks {
			end()
			continue
		}
		n := 0
		for _, r := range piece.runs {
			n += draw.Width(r.text)
		}
		space := 0
		if piece.space && used > 0 {
			space = 1
		}
		if used > 0 && used+space+n > w {
			end()
			space = 0
		}
		if space > 0 {
			place(" ", piece.gap)
		}
		for _, r := range piece.runs {
			place(r.text, r.look)
		}
		// A word longer than a line is broken inside.
		for used > w {
			head, rest, ok := broken(line, w)
			if !ok {
				break
			}
			line, used = head, 0
			end()
			for _, r := range rest {
				place(r.text, r.look)
			}
		}
	}
	if len(line) > 0 || len(out) == 0 {
		end()
	}
	return out
}

// broken cuts a line after w cells; it is false where nothing fits.
func broken(line spans, w int) (head, rest spans, ok bool) {
	room := w
	for i, r := range line {
		n := draw.Width(r.text)
		if n <= room {
			room -= n
			continue
		}
		fits := strings.TrimRight(ansi.Truncate(r.text, room, ""), " ")
		head, rest = slices.Clone(line[:i]), slices.Clone(line[i:])
		if fits != "" {
			head = append(head, run{fits, r.look})
			rest[0].text = r.text[len(fits):]
		}
		return head, rest, len(head) > 0
	}
	return line, nil, false
}

// word is what is not broken: runs without a blank in them.
type word struct {
	runs []run
	// space says that a blank comes before it, in the look of gap.
	space  bool
	gap    look
	breaks bool
}

// words splits runs at blanks and line ends.
func words(runs []run) []word {
	var out []word
	var cur word
	flush := func() {
		if len(cur.runs) > 0 {
			out = append(out, cur)
		}
		cur = word{}
	}
	for _, r := range runs {
		for i, part := range strings.Split(r.text, "\n") {
			if i > 0 {
				flush()
				out = append(out, word{breaks: true})
			}
			for k, s := range strings.Split(part, " ") {
				if k > 0 {
					flush()
					cur.space, cur.gap = true, r.look
				}
				if s = draw.Line(s); s != "" {
					if len(cur.runs) > 0 && cur.gap != r.look {
						cur.gap = plain
					}
					cur.runs = append(cur.runs, run{s, r.look})
				}
			}
		}
	}
	flush()
	return out
}

// render is the line in the theme's styles; base, if any, is that of plain text.
func (s spans) render(t *theme.Theme, base *theme.Style) string {
	var sb strings.Builder
	for _, r := range s {
		style := t.Text
		switch r.look {
		case plain:
			if base != nil {
				style = *base
			}
		case strong:
			style = t.Strong
		case faint:
			style = t.Dim
		case code, link:
			style = t.Accent
		}
		sb.WriteString(style.Render(r.text))
	}
	return sb.String()
}
