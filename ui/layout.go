package ui

import "firewatch/sources"

// rect is a rectangle of cells.
type rect struct{ x, y, w, h int }

func (r rect) has(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// placed is a panel and the rectangle that it got, border included.
type placed struct {
	*Panel
	rect
}

const (
	minLines = 3
	minCells = 20
)

// place gives every panel of n its rectangle within r, in reading order. The
// rectangles tile r. Kids that would get less than they need are left out, from
// the last one backwards; the one that is left gets what there is.
func place(n Node, r rect, out []placed) []placed {
	if n.Panel != nil {
		return append(out, placed{n.Panel, r})
	}
	if len(n.Kids) == 0 {
		// A hole would shift everything to its right: an empty panel fills it.
		return append(out, placed{&Panel{}, r})
	}
	room := r.h
	if n.Row {
		room = r.w
	}
	at := 0
	for i, size := range extents(n, room) {
		kid := rect{r.x, r.y + at, r.w, size}
		if n.Row {
			kid = rect{r.x + at, r.y, size, r.h}
		}
		at += size
		out = place(n.Kids[i], kid, out)
	}
	return out
}

// extents divides room among the first kids of n, as many as have enough.
func extents(n Node, room int) []int {
	kids := n.Kids
	for len(kids) > 1 && needs(kids, n.Row) > room {
		kids = kids[:len(kids)-1]
	}
	sizes := make([]int, len(kids))
	left, weights := max(room, 0), 0
	for i, k := range kids {
		if k.Size > 0 {
			sizes[i] = min(k.Size, left)
			left -= sizes[i]
		} else {
			weights += max(k.Weight, 1)
		}
	}
	if weights == 0 {
		sizes[len(sizes)-1] += left
		return sizes
	}
	// Who would get less than its minimum by weight gets the minimum, and the
	// others share what that leaves.
	fixed := make([]bool, len(kids))
	for again := true; again; {
		again = false
		for i, k := range kids {
			if k.Size > 0 || fixed[i] || len(kids) == 1 {
				continue
			}
			if least := k.least(n.Row); left*max(k.Weight, 1)/weights < least && weights > max(k.Weight, 1) {
				sizes[i], fixed[i], again = min(least, left), true, true
				left -= sizes[i]
				weights -= max(k.Weight, 1)
			}
		}
	}
	for i, k := range kids {
		if k.Size == 0 && !fixed[i] {
			w := max(k.Weight, 1)
			sizes[i] = left * w / weights
			left -= sizes[i]
			weights -= w
		}
	}
	return sizes
}

// needs is the extent below which not all kids can be shown.
func needs(kids []Node, row bool) int {
	sum := 0
	for _, k := range kids {
		if k.Size > 0 {
			sum += k.Size
		} else {
			sum += k.least(row)
		}
	}
	return sum
}

// least is the smallest extent that the node makes sense in.
func (n Node) least(row bool) int {
	switch {
	case n.Min > 0:
		return n.Min
	case row:
		return minCells
	}
	return minLines
}

// queries lists what the placed panels ask, in reading order.
func queries(list []placed) []sources.Query {
	var out []sources.Query
	for _, p := range list {
		out = append(out, p.Queries...)
	}
	return out
}
