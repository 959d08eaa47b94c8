package views

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/markdown"
	"firewatch/ui/theme"
)

// runbook is the runbook of the open alert as it is read.
type runbook struct {
	open bool
	// top is the first line on the screen, block the block of code under the cursor.
	top, block int
	// ran is the question of the block that was run, runs which block that was.
	ran  sources.Query
	runs int
	// doc is made of text, page of doc for a width, a block and a theme.
	text string
	doc  *markdown.Document
	page markdown.Page
	key  pageKey
}

type pageKey struct {
	doc   *markdown.Document
	theme *theme.Theme
	w     int
	block int
}

// lines is how far the page can be scrolled.
func (b *runbook) lines() int { return max(len(b.page.Lines), 1) }

// runbookOf is the address that an alert gives of its runbook.
func runbookOf(a *sources.Alert) string {
	return cmp.Or(a.Annotations["runbook_url"], a.Annotations["runbook"])
}

// read brings the runbook in line with what was answered; nil means that there is
// none to be read, yet or at all.
func (b *runbook) read(env *ui.Env, r *alertRow, w int) *markdown.Document {
	text := env.Result(sources.Document{URL: runbookOf(r.alert)}).Frame.Text
	if text == "" {
		b.doc, b.page = nil, markdown.Page{}
		return nil
	}
	if b.doc == nil || b.text != text {
		b.text, b.doc = text, markdown.Parse(text)
		b.block = max(slices.IndexFunc(b.doc.Blocks, runnable), 0)
	}
	if key := (pageKey{b.doc, env.Theme, w, b.block}); key != b.key {
		b.key, b.page = key, b.doc.Layout(env.Theme, w, b.block)
	}
	return b.doc
}

// runnable says whether a block can be run here: questions can, commands cannot.
func runnable(c markdown.Code) bool { return c.Lang == "promql" || c.Lang == "kql" }

// current is the block under the cursor, false when there is none.
func (b *runbook) current() (markdown.Code, bool) {
	if b.doc == nil {
		return markdown.Code{}, false
	}
	return at(b.doc.Blocks, b.block)
}

// see scrolls to the block under the cursor: a third of the screen above it says
// what it is for.
func (b *runbook) see(env *ui.Env) {
	if b.block < len(b.page.At) {
		b.top = max(b.page.At[b.block]-env.H/3, 0)
	}
}

// runbookPanel shows the runbook, with the answer to the block that was run below
// that block.
func (v *alerts) runbookPanel(env *ui.Env, r *alertRow, w, h int) ui.Panel {
	b := &v.opened.book
	url := runbookOf(r.alert)
	// The alert's own answers are there in any case, so that the reason for a
	// runbook that is missing is drawn here and not by the shell.
	p := ui.Panel{Title: titleRunbook, Queries: []sources.Query{firing}, Partial: true, Note: url}
	if url == "" {
		p.Draw = func(b draw.Box, _ []sources.Frame) draw.Block {
			return draw.Message(b, theme.None, r.alert.Name()+" names no runbook", "an annotation runbook_url on its rule would")
		}
		return p
	}
	ask := sources.Document{URL: url}
	p.Queries = append(p.Queries, ask)
	if b.ran != nil {
		p.Queries = append(p.Queries, b.ran)
	}
	doc := b.read(env, r, max(w-4, 1))
	if doc == nil {
		why := absence(env, ask)
		p.Draw = func(box draw.Box, _ []sources.Frame) draw.Block {
			if env.Result(ask).Err == nil {
				return draw.Message(box, theme.None, why)
			}
			return draw.Message(box, theme.Warn, why, "",
				"the alert says "+url+": y copies it, esc goes back",
				"the config says where runbooks are: runbooks: {url: https://… or a directory} under the context's sources")
		}
		return p
	}
	lines := slices.Clone(b.page.Lines)
	if b.ran != nil && b.runs < len(b.page.To) {
		answer := v.answerLines(env, max(w-6, 1))
		for i := range answer {
			answer[i] = "  " + answer[i]
		}
		lines = slices.Insert(lines, b.page.To[b.runs], answer...)
	}
	b.top = min(max(b.top, 0), max(len(lines)-(h-2), 0))
	top := b.top
	if n := len(lines); n > h-2 {
		p.Note = fmt.Sprintf("%s · %d%%", url, 100*min(top+h-2, n)/n)
	}
	p.Draw = func(box draw.Box, _ []sources.Frame) draw.Block {
		out := make([]string, 0, box.H)
		for _, l := range lines[min(top, len(lines)):] {
			out = append(out, " "+l)
		}
		return draw.Fit(box, out)
	}
	return p
}

// answerLines are the answer to the block that was run: a line a series with its
// course and its newest value.
func (v *alerts) answerLines(env *ui.Env, w int) []string {
	b, t := &v.opened.book, env.Theme
	res := env.Result(b.ran)
	switch {
	case !res.Ready() && res.Err != nil:
		var out []string
		for _, l := range draw.Wrap(theme.Warn.Glyph()+" "+res.Err.Error(), w) {
			out = append(out, t.Level(theme.Warn).Render(l))
		}
		return out
	case !res.Ready():
		return []string{t.Dim.Render("asking " + b.ran.Source() + "…")}
	case len(res.Frame.Series) == 0:
		return []string{t.Dim.Render("→ 0 series in this window")}
	}
	unit := unitOf(b.ran.String())
	const most, spark = 8, 20
	var out []string
	for i := range res.Frame.Series {
		s := &res.Frame.Series[i]
		if i == most {
			out = append(out, t.Dim.Render(fmt.Sprintf("and %d more: y copies the query", len(res.Frame.Series)-most)))
			break
		}
		last, _ := s.Last()
		value := draw.PadLeft(unit.Format(last), 9)
		name := named(s.Legend, b.ran.String())
		if labels := labelsOf(s.Labels); labels != "" {
			name = labels
		}
		room := max(w-draw.Width(value)-spark-4, 0)
		out = append(out, t.Strong.Render("→ "+value)+" "+t.Accent.Render(draw.Spark(s.Values(), min(spark, w/3)))+" "+t.Dim.Render(draw.Cut(draw.Line(name), room)))
	}
	return out
}

// runKey runs the block under the cursor: PromQL is asked and answered in place,
// a log filter opens the logs.
func (v *alerts) runKey(_ *ui.Env, _ *alertRow) ui.Key {
	b := &v.opened.book
	k := ui.Key{ID: "open", On: []string{"enter"}, Help: "run the block"}
	code, ok := b.current()
	switch {
	case !ok:
		k.Off = "the runbook has no block to run"
	case !runnable(code):
		k.Off = "only promql and kql are run here: y copies the block"
	}
	k.Run = func(env *ui.Env) tea.Cmd {
		if code.Lang == "kql" {
			return env.Open("logs", strings.TrimSpace(code.Text))
		}
		b.see(env)
		b.ran, b.runs = sources.PromQL{Expr: strings.TrimSpace(code.Text)}, b.block
		env.Refresh(b.ran)
		return nil
	}
	return k
}

// bookKeys open the runbook and move between its blocks.
func (v *alerts) bookKeys(off string, r *alertRow) []ui.Key {
	b := &v.opened.book
	blocks := "the runbook is not open: b opens it"
	if b.open {
		blocks = unless(b.doc != nil && len(b.doc.Blocks) > 0, "the runbook has no block of code")
	}
	turn := func(by int) func(*ui.Env) tea.Cmd {
		return func(env *ui.Env) tea.Cmd {
			n := len(b.doc.Blocks)
			b.block = (b.block + by + n) % n
			b.see(env)
			return nil
		}
	}
	return []ui.Key{
		{ID: "next-block", On: []string{"n"}, Help: "next block", Off: blocks, Hidden: !b.open, Run: turn(1)},
		{ID: "prev-block", On: []string{"N"}, Help: "previous block", Off: blocks, Hidden: true, Run: turn(-1)},
		{ID: "runbook", On: []string{"b"}, Help: "runbook", Off: off, Hidden: v.open == "", Run: func(env *ui.Env) tea.Cmd {
			if b.open {
				b.open = false
				return nil
			}
			if v.open == "" {
				v.explain(env, r)
			}
			v.opened.fields.open, v.opened.book.open = false, true
			return nil
		}},
	}
}
