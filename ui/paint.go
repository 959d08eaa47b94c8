package ui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// painter caches what was drawn: for each panel, in the order of the layout, its
// inside and the framed block around it.
type painter struct {
	cells  []cell
	frames int
}

// cell is the cache of one panel. The inside is drawn anew when inner changes,
// the border when outer does.
type cell struct {
	inner innerKey
	outer outerKey
	body  draw.Block
	block draw.Block
}

// innerKey is everything that the inside of a panel depends on.
type innerKey struct {
	tab      int
	title    string
	w, h     int
	epoch    uint64
	versions uint64
	window   sources.Window
	zone     Zone
	theme    *theme.Theme
	// second is the time where the inside shows one, else 0.
	second int64
}

// outerKey is what the border depends on besides the inside.
type outerKey struct {
	note  string
	level theme.Level
	focus bool
}

// View implements [tea.Model]. It only joins what is cached, as far as nothing changed.
func (s *Shell) View() tea.View {
	s.paint.frames++
	v := tea.NewView("")
	v.AltScreen = true
	v.ReportFocus = true
	v.KeyboardEnhancements.ReportAlternateKeys = true
	v.WindowTitle = s.windowTitle()
	if s.mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	lines, cur := s.lines()
	v.SetContent(strings.Join(lines, "\n"))
	v.Cursor = cur
	return v
}

func (s *Shell) windowTitle() string {
	if len(s.cfg.Views) == 0 {
		return product
	}
	if n := s.attention.loud; n > 0 && s.cfg.Attention.Title {
		return strings.Join(strings.Fields(fmt.Sprintf("▲%d %s %s", n, s.cfg.Context, product)), " ")
	}
	return product + " " + s.cfg.Context + ": " + s.view().Name()
}

// lines is the whole screen, exactly as high and wide as the terminal.
func (s *Shell) lines() (draw.Block, *tea.Cursor) {
	all := draw.Box{W: s.w, H: s.h, Theme: s.theme}
	area := s.area()
	if s.w < minCells || area.h < minLines || len(s.cfg.Views) == 0 {
		return draw.Message(all, theme.Warn, "terminal too small"), nil
	}
	env := s.env()
	out := make(draw.Block, 0, s.h)
	out = append(out, s.header(env)...)
	out = append(out, s.body(env, area)...)
	foot := s.footer(env, area.h)
	out = append(out[:len(out)+1-len(foot)], foot...)
	if len(s.layers) > 0 {
		return s.cover(env, out)
	}
	return out, nil
}

// body joins the panels, line by line: the layout lists them in such an order
// that those of one line come from left to right.
func (s *Shell) body(env *Env, area rect) []string {
	for len(s.paint.cells) < len(s.placed) {
		s.paint.cells = append(s.paint.cells, cell{})
	}
	rows := make([]string, area.h)
	for i, p := range s.placed {
		block := s.panel(env, p, &s.paint.cells[i], s.full || i == s.focus)
		for j, l := range block {
			if y := p.y - area.y + j; y < len(rows) {
				rows[y] += l
			}
		}
	}
	return rows
}

// panel is the block of one panel, from the cache if it may be.
func (s *Shell) panel(env *Env, p placed, c *cell, focus bool) draw.Block {
	if p.w <= 0 || p.h <= 0 {
		return nil
	}
	st := s.state(env, p.Panel)
	in := innerKey{
		tab: s.tab, title: p.Title, w: p.w, h: p.h, epoch: s.epoch, versions: st.versions,
		window: env.Window, zone: s.zone, theme: s.theme,
	}
	if p.Ticks || !st.ready {
		in.second = env.Now.Unix()
	}
	out := outerKey{note: st.note, level: st.level, focus: focus}
	if c.block != nil && c.inner == in && c.outer == out {
		return c.block
	}
	box := draw.Box{W: p.w, H: p.h, Theme: s.theme}
	if len(p.Queries) == 0 && p.Draw == nil {
		c.block = draw.Fit(box, nil)
	} else {
		frame := draw.Frame{Title: p.Title, Note: st.note, Focus: focus, Level: st.level}
		c.block = draw.Framed(box, frame, func(b draw.Box) draw.Block {
			if c.body == nil || c.inner != in {
				c.body = s.inside(env, p.Panel, st, b)
			}
			return c.body
		})
	}
	c.inner, c.outer = in, out
	return c.block
}

// state is what the answers of a panel's queries amount to.
type state struct {
	// ready says that Draw can be called.
	ready bool
	// err is the error to show, q its query; waiting is the first query without an answer.
	err      error
	q        sources.Query
	waiting  sources.Query
	since    time.Time
	versions uint64
	note     string
	level    theme.Level
}

// state reads the answers of a panel and words its border.
func (s *Shell) state(env *Env, p *Panel) state {
	st := state{versions: 14695981039346656037}
	if len(p.Queries) == 0 {
		// What it draws may come from any answer.
		st.versions = s.sched.serial
	}
	answered := 0
	var oldest time.Time
	var stale bool
	var note string
	for _, q := range p.Queries {
		e := s.sched.entries[q]
		if e == nil {
			e = &entry{born: env.Now}
		}
		st.versions = (st.versions ^ e.version) * 1099511628211
		if e.Ready() {
			answered++
			if note == "" && len(e.Frame.Notes) > 0 {
				note = e.Frame.Notes[0]
			}
			stale = stale || s.sched.stale(e, q, env.Now)
			if oldest.IsZero() || e.At.Before(oldest) {
				oldest = e.At
			}
		} else if st.waiting == nil {
			st.waiting, st.since = q, e.born
		}
		if e.Err != nil && st.err == nil {
			st.err, st.q = e.Err, q
		}
	}
	st.ready = answered == len(p.Queries) || p.Partial && answered > 0
	st.note, st.level = p.Note, theme.None
	add := func(l theme.Level, text string) {
		if st.note != "" {
			text = st.note + " · " + text
		}
		st.note, st.level = text, max(st.level, l)
	}
	if note != "" {
		add(theme.Warn, note)
	}
	switch {
	case st.err != nil:
		level := theme.Warn
		if s.sched.healthOf(st.q.Source()).dead() {
			level = theme.Crit
		}
		add(level, kindOf(st.err).String())
		if answered > 0 {
			add(level, draw.Age(env.Now.Sub(oldest))+" ago")
		}
	case stale:
		add(theme.Warn, draw.Age(env.Now.Sub(oldest))+" ago")
	}
	return st
}

// inside draws a panel's inside, which is never blank: the data, or why there is none.
func (s *Shell) inside(env *Env, p *Panel, st state, b draw.Box) draw.Block {
	if !st.ready {
		return s.absent(env, st, b)
	}
	frames := make([]sources.Frame, len(p.Queries))
	for i, q := range p.Queries {
		frames[i] = s.result(q).Frame
	}
	if p.Blank != "" && len(p.Queries) > 0 && allEmpty(frames) {
		return s.blank(env, p, b)
	}
	return draw.Fit(b, p.Draw(b, frames))
}

func allEmpty(frames []sources.Frame) bool {
	for i := range frames {
		if !frames[i].Empty() {
			return false
		}
	}
	return true
}

// absent says why there is no answer yet.
func (s *Shell) absent(env *Env, st state, b draw.Box) draw.Block {
	if st.err == nil {
		wait := env.Now.Sub(st.since).Truncate(time.Second)
		text := fmt.Sprintf("waiting for %s… %d s", st.waiting.Source(), int(wait.Seconds()))
		if s.sched.paused {
			text = "refreshing is paused: ctrl+r goes on"
		}
		return draw.Message(b, theme.None, text)
	}
	level := theme.Warn
	if s.sched.healthOf(st.q.Source()).dead() {
		level = theme.Crit
	}
	lines := []string{st.err.Error()}
	if h := kindOf(st.err).Hint(); h != "" {
		lines = append(lines, h)
	}
	return draw.Message(b, level, lines...)
}

// blank says that there is nothing, who said so, when, and to what question.
func (s *Shell) blank(env *Env, p *Panel, b draw.Box) draw.Block {
	q := p.Queries[0]
	at := env.Result(q).At.In(env.Location())
	what := "nothing"
	switch q.(type) {
	case sources.PromQL, sources.Instant:
		what = "0 series"
	}
	lines := []string{fmt.Sprintf("%s answered %s at %s", q.Source(), what, at.Format("15:04:05"))}
	if text := q.String(); text != "" {
		lines = append(lines, "for "+draw.Cut(text, max(3*b.W, 1)))
	}
	lines = append(lines, "", p.Blank)
	return draw.Message(b, theme.None, lines...)
}
