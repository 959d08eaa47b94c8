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
	// shortScreen is the height below which the head is on the first page only.
	shortScreen = 30
)

// tileLines is the height of a panel of n tiles with their courses.
func tileLines(env *ui.Env, n int) int {
	const tile, lines, border = 18, 3, 2
	row := max(env.W/tile, 1)
	return (n+row-1)/row*lines + border
}

// layout puts head, lines high, above a grid of panels, and turns the pages of
// the grid. On a screen too short for both, the head and what fits below it are
// the first page, and the other panels follow.
func (p *pages) layout(env *ui.Env, head ui.Panel, lines int, panels []ui.Panel) ui.Node {
	columns := max(env.W/panelCells, 1)
	fits := func(h int) int { return columns * max(h/panelLines, 0) }
	beside := fits(env.H - lines)
	short := env.H < shortScreen || beside == 0
	var groups [][]ui.Panel
	if short {
		beside = min(beside, len(panels))
		groups = append([][]ui.Panel{panels[:beside]}, even(panels[beside:], max(fits(env.H), 1))...)
	} else {
		groups = even(panels, beside)
	}
	if len(groups) == 0 {
		groups = [][]ui.Panel{nil}
	}
	p.n = len(groups)
	p.at = min(max(p.at, 0), p.n-1)
	shown := slices.Clone(groups[p.at])
	page := ""
	if p.n > 1 {
		page = fmt.Sprintf("page %d of %d", p.at+1, p.n)
	}
	var rows []ui.Node
	if short && p.at > 0 {
		shown[0].Note = joined(joined(shown[0].Note, head.Title), page)
	} else {
		head.Note = joined(head.Note, page)
		node := ui.P(head)
		if len(shown) > 0 {
			node = node.Fix(lines)
		}
		rows = append(rows, node)
	}
	for group := range slices.Chunk(shown, columns) {
		var kids []ui.Node
		for _, panel := range group {
			kids = append(kids, ui.P(panel))
		}
		rows = append(rows, ui.Row(kids...))
	}
	return ui.Col(rows...)
}

// even cuts the panels into as few groups of at most n as there can be, of nearly
// the same size: that reads better than a last page that is nearly empty.
func even(panels []ui.Panel, n int) [][]ui.Panel {
	if len(panels) == 0 {
		return nil
	}
	groups := (len(panels) + n - 1) / n
	return slices.Collect(slices.Chunk(panels, (len(panels)+groups-1)/groups))
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
