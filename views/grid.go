package views

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"firewatch/ui"
)

// pages shows more panels than fit, page by page, so that nothing is dropped
// without a word. The zero value is on the first page.
type pages struct {
	at int
	// n is the number of pages of the last layout.
	n int
}

const (
	// panelLines and panelCells are what a chart needs to be read.
	panelLines, panelCells = 9, 58
	// shortScreen is the height below which the head of a page gets a page of its own.
	shortScreen = 30
)

// layout puts head, lines high, above a grid of panels, and turns the pages of
// the grid; a screen that is too short for both has the head as its first page.
// The page is told to the head's title.
func (p *pages) layout(env *ui.Env, head ui.Panel, lines int, panels []ui.Panel) ui.Node {
	short := env.H < shortScreen
	room := env.H
	if !short {
		room -= lines
	}
	columns := max(env.W/panelCells, 1)
	slots := columns * max(room/panelLines, 1)
	grids := max((len(panels)+slots-1)/slots, 1)
	// Even pages read better than a last one that is nearly empty.
	slots = max((len(panels)+grids-1)/grids, 1)
	p.n = grids
	if short {
		p.n++
	}
	p.at = min(max(p.at, 0), p.n-1)
	if p.n > 1 {
		head.Note = joined(head.Note, fmt.Sprintf("page %d of %d", p.at+1, p.n))
	}
	if short && p.at == 0 {
		return ui.P(head)
	}
	first := p.at
	if short {
		first--
	}
	shown := panels[min(first*slots, len(panels)):min((first+1)*slots, len(panels))]
	if short && len(shown) > 0 {
		shown = slices.Clone(shown)
		shown[0].Note = joined(joined(shown[0].Note, head.Title), fmt.Sprintf("page %d of %d", p.at+1, p.n))
	}
	var rows []ui.Node
	for group := range slices.Chunk(shown, columns) {
		var kids []ui.Node
		for _, panel := range group {
			kids = append(kids, ui.P(panel))
		}
		rows = append(rows, ui.Row(kids...))
	}
	if short {
		return ui.Col(rows...)
	}
	return ui.Col(append([]ui.Node{ui.P(head).Fix(lines)}, rows...)...)
}

// keys turn the pages; hidden has them out of the footer where they mean nothing.
func (p *pages) keys(hidden bool) []ui.Key {
	turn := func(by int) func(*ui.Env) tea.Cmd {
		return func(*ui.Env) tea.Cmd {
			p.at = min(max(p.at+by, 0), max(p.n-1, 0))
			return nil
		}
	}
	off := ""
	if p.n < 2 {
		off = "everything is on the screen"
	}
	if hidden {
		off = "nothing is open"
	}
	return []ui.Key{
		{ID: "next-page", On: []string{"l", "right"}, Help: "next page", Off: off, Hidden: hidden || p.n < 2, Run: turn(1)},
		{ID: "prev-page", On: []string{"h", "left"}, Help: "previous page", Off: off, Hidden: true, Run: turn(-1)},
	}
}

// joined are two notes with a dot between them, or the one that is not empty.
func joined(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return a + " · " + b
}
