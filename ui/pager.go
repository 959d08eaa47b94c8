package ui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// Pager shows lines to read, scrolled by the moving keys; esc or q leaves. Lines
// is called once a frame with the width to wrap to.
func Pager(title string, lines func(env *Env, w int) []string) Overlay {
	return Reader(ReaderSpec{Title: title, Lines: lines})
}

// ReaderSpec is a text to read with things that can be done to it.
type ReaderSpec struct {
	Title string
	// Lines is called once a frame with the width to wrap to.
	Lines func(env *Env, w int) []string
	// Actions are keys beside those that scroll and leave; the last line names them.
	Actions func(*Env) []Key
	// Asks are the queries that the text is made of; they stay answered while it is open.
	Asks func(*Env) []sources.Query
}

// Reader is [Pager] with actions.
func Reader(r ReaderSpec) Overlay {
	return &pager{title: r.Title, lines: r.Lines, actions: r.Actions, asks: r.Asks}
}

type pager struct {
	title   string
	lines   func(env *Env, w int) []string
	actions func(*Env) []Key
	asks    func(*Env) []sources.Query
	top     int
	// h and n are the box's lines and the text's as they were drawn last.
	h, n int
}

// Title implements [Overlay].
func (p *pager) Title() string {
	if p.n > p.h && p.h > 0 {
		return fmt.Sprintf("%s  %d–%d of %d", p.title, p.top+1, min(p.top+p.h, p.n), p.n)
	}
	return p.title
}

// Size implements [Overlay].
func (p *pager) Size(env *Env, w, h int) (int, int) {
	w = min(w, 100)
	p.n = len(p.lines(env, w-2))
	p.h = max(min(h-p.foot(), max(p.n, 1)), 0)
	p.top = min(max(p.top, 0), max(p.n-p.h, 0))
	return w, p.h + p.foot()
}

// foot is how many lines the actions take.
func (p *pager) foot() int {
	if p.actions == nil {
		return 0
	}
	return 1
}

// Queries implements [Asker].
func (p *pager) Queries(env *Env) []sources.Query {
	if p.asks == nil {
		return nil
	}
	return p.asks(env)
}

// Draw implements [Overlay].
func (p *pager) Draw(env *Env, b draw.Box) draw.Block {
	all := p.lines(env, b.W-2)
	p.n, p.h = len(all), max(b.H-p.foot(), 0)
	p.top = min(max(p.top, 0), max(p.n-p.h, 0))
	out := make([]string, 0, b.H)
	for _, l := range all[p.top:min(p.top+p.h, p.n)] {
		out = append(out, " "+l)
	}
	if p.actions == nil {
		return draw.Fit(b, out)
	}
	for len(out) < p.h {
		out = append(out, "")
	}
	foot := ""
	for _, k := range p.actions(env) {
		if k.Hidden || len(k.On) == 0 {
			continue
		}
		next := " " + b.Theme.Strong.Render(keyLabel(k)) + " " + b.Theme.Dim.Render(k.Help) + " "
		if draw.Width(foot)+draw.Width(next) > b.W {
			break
		}
		foot += next
	}
	return draw.Fit(b, append(out, foot))
}

// Key implements [Overlay].
func (p *pager) Key(env *Env, k tea.KeyPressMsg) (bool, tea.Cmd) {
	names := namesOf(k)
	for _, n := range names {
		switch n {
		case "esc", "q", "enter", "?":
			return true, nil
		case "space":
			n = "pgdown"
		}
		for _, key := range p.keys(env) {
			if !slices.Contains(key.On, n) {
				continue
			}
			if key.Off != "" {
				env.Toast(theme.Warn, key.Help+": "+key.Off)
				return false, nil
			}
			return false, key.Run(env)
		}
	}
	return false, nil
}

func (p *pager) keys(env *Env) []Key {
	var own []Key
	if p.actions != nil {
		own = p.actions(env)
	}
	return append(own, moves(func(_ *Env, by int, to bool) {
		switch {
		case to:
			p.top = by
		case by > 1 || by < -1:
			p.top += by / max(by, -by) * max(p.h-1, 1)
		default:
			p.top += by
		}
		p.top = min(max(p.top, 0), max(p.n-p.h, 0))
	}, p.n)...)
}
