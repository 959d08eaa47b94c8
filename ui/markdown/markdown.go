// Package markdown draws Markdown for a terminal: headings, lists, tables, code
// blocks and links as styled lines. It parses with goldmark, and it shows HTML
// as the text that it is.
package markdown

import (
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Code is one fenced block of code.
type Code struct {
	// Lang is the first word after the fence, in lower case, such as promql.
	Lang, Text string
}

// Document is a parsed text. It is immutable; the zero value is an empty one.
type Document struct {
	// Front are the fields of the front matter, in order.
	Front []Field
	// Blocks are the fenced blocks of code, from the top.
	Blocks []Code
	source []byte
	root   ast.Node
	// fences says which block a node of the tree is.
	fences map[ast.Node]int
	// breaks keeps the line ends of a paragraph.
	breaks bool
}

// Field is one line of the front matter.
type Field struct{ Name, Value string }

// Parse reads a document such as a runbook. Every text is a document.
func Parse(s string) *Document {
	front, body := split(s)
	d := parse(body)
	d.Front = front
	return d
}

// ParseNote reads a text that is Markdown only lightly, such as an annotation:
// its line ends stay, and it has no front matter.
func ParseNote(s string) *Document {
	d := parse(s)
	d.breaks = true
	return d
}

// newParser knows CommonMark, tables and struck text, and takes bare addresses
// for links.
func newParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(parser.DefaultBlockParsers()...),
		parser.WithInlineParsers(append(parser.DefaultInlineParsers(),
			util.Prioritized(extension.NewStrikethroughParser(), 500),
			util.Prioritized(extension.NewTaskCheckBoxParser(), 0))...),
		parser.WithParagraphTransformers(append(parser.DefaultParagraphTransformers(),
			util.Prioritized(extension.NewTableParagraphTransformer(), 200))...),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	)
}

func parse(s string) *Document {
	d := &Document{source: []byte(s), fences: map[ast.Node]int{}}
	d.root = newParser().Parse(text.NewReader(d.source))
	// The walk never returns an error: its visitor does not.
	_ = ast.Walk(d.root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if f, ok := n.(*ast.FencedCodeBlock); ok && entering {
			d.fences[n] = len(d.Blocks)
			d.Blocks = append(d.Blocks, Code{Lang: strings.ToLower(string(f.Language(d.source))), Text: d.raw(n)})
		}
		return ast.WalkContinue, nil
	})
	return d
}

// raw is the text of a block of code or HTML as it is written.
func (d *Document) raw(n ast.Node) string {
	var out []byte
	lines := n.Lines()
	for i := range lines.Len() {
		s := lines.At(i)
		out = append(out, s.Value(d.source)...)
	}
	if h, ok := n.(*ast.HTMLBlock); ok && h.HasClosure() {
		out = append(out, h.ClosureLine.Value(d.source)...)
	}
	return strings.TrimRight(string(out), "\n")
}

var field = regexp.MustCompile(`^([A-Za-z][\w-]*):\s*(.*)$`)

// split takes the front matter off: the lines between two of three dashes at the
// very top. What is no "name: value" there is left out.
func split(s string) (front []Field, body string) {
	lines := strings.Split(s, "\n")
	if strings.TrimRight(lines[0], " \r") != "---" {
		return nil, s
	}
	end := slices.IndexFunc(lines[1:], func(l string) bool { return strings.TrimRight(l, " \r") == "---" })
	if end < 0 {
		return nil, s
	}
	for _, l := range lines[1 : end+1] {
		if m := field.FindStringSubmatch(strings.TrimRight(l, " \r")); m != nil {
			front = append(front, Field{Name: m[1], Value: strings.Trim(m[2], `[]"'`)})
		}
	}
	return front, strings.Join(lines[end+2:], "\n")
}
