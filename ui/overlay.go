package ui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/ui/draw"
)

// grace is how long no key must have come before an overlay that nobody asked
// for by a key takes one, so that what is being typed for something else does
// not answer it.
const grace = 400 * time.Millisecond

// layer is an open overlay.
type layer struct {
	Overlay
	// opened is when it came up, or the last key that it did not take.
	opened time.Time
	// asked is true when a key opened it.
	asked bool
}

// typist is an overlay with a text field.
type typist interface {
	// paste takes text from the clipboard.
	paste(env *Env, text string)
	// cursor is where the terminal's cursor belongs inside the overlay.
	cursor() (x, y int)
}

// low is an overlay that sits above the footer, so that what it changes is seen.
type low interface{ low() }

// overlayKey gives a key to the top overlay.
func (s *Shell) overlayKey(env *Env, k tea.KeyPressMsg) tea.Cmd {
	at := len(s.layers) - 1
	top := s.layers[at]
	if !top.asked && env.Now.Sub(top.opened) < grace {
		s.layers[at].opened = env.Now
		return nil
	}
	closed, cmd := top.Key(env, k)
	if closed && at < len(s.layers) {
		// The key may have opened another one on top, which stays.
		s.layers = slices.Delete(s.layers, at, at+1)
	}
	return cmd
}

func (s *Shell) paste(env *Env, text string) {
	if len(s.layers) == 0 {
		return
	}
	if t, ok := s.layers[len(s.layers)-1].Overlay.(typist); ok {
		t.paste(env, text)
		s.epoch++
	}
}

// spot is the rectangle of an overlay, border included.
func (s *Shell) spot(env *Env, o Overlay) rect {
	w, h := o.Size(env, max(s.w-4, 1), max(s.h-4, 1))
	w, h = min(max(w, 1)+2, s.w), min(max(h, 1)+2, s.h)
	if _, ok := o.(low); ok {
		return rect{0, max(s.h-1-h, 0), s.w, h}
	}
	return rect{(s.w - w) / 2, (s.h - h) / 2, w, h}
}

// cover draws the open overlays over the screen, and says where the cursor belongs.
func (s *Shell) cover(env *Env, base draw.Block) (draw.Block, *tea.Cursor) {
	var cur *tea.Cursor
	for i, l := range s.layers {
		r := s.spot(env, l.Overlay)
		last := i == len(s.layers)-1
		box := draw.Box{W: r.w, H: r.h, Theme: s.theme}
		block := draw.Framed(box, draw.Frame{Title: l.Title(), Focus: last}, func(b draw.Box) draw.Block {
			return draw.Fit(b, l.Draw(env, b))
		})
		base = draw.Overlaid(base, r.x, r.y, block)
		if t, ok := l.Overlay.(typist); ok && last {
			x, y := t.cursor()
			cur = tea.NewCursor(min(r.x+1+x, r.x+r.w-2), min(r.y+1+y, r.y+r.h-2))
		}
	}
	return base, cur
}
