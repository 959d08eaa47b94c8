package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"firewatch/ui/draw"
)

// Pager shows lines to read, scrolled by the moving keys; esc or q leaves. Lines
// is called once a frame with the width to wrap to.
func Pager(title string, lines func(env *Env, w int) []string) Overlay {
	return &pager{title: title, lines: lines}
}

type pager struct {
	title string
	lines func(env *Env, w int) []string
	top   int
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
	p.h = min(h, max(p.n, 1))
	p.top = min(max(p.top, 0), max(p.n-p.h, 0))
	return w, p.h
}

// Draw implements [Overlay].
func (p *pager) Draw(env *Env, b draw.Box) draw.Block {
	all := p.lines(env, b.W-2)
	p.n, p.h = len(all), b.H
	p.top = min(max(p.top, 0), max(p.n-p.h, 0))
	out := make([]string, 0, b.H)
	for _, l := range all[p.top:min(p.top+b.H, p.n)] {
		out = append(out, " "+l)
	}
	return draw.Fit(b, out)
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
		for _, key := range p.keys() {
			for _, on := range key.On {
				if on == n {
					return false, key.Run(env)
				}
			}
		}
	}
	return false, nil
}

func (p *pager) keys() []Key {
	return moves(func(_ *Env, by int, to bool) {
		switch {
		case to:
			p.top = by
		case by > 1 || by < -1:
			p.top += by / max(by, -by) * max(p.h-1, 1)
		default:
			p.top += by
		}
		p.top = min(max(p.top, 0), max(p.n-p.h, 0))
	}, p.n)
}
