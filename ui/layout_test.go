package ui

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestPlace(t *testing.T) {
	a, b, c := P(Panel{Title: "a"}), P(Panel{Title: "b"}), P(Panel{Title: "c"})
	for _, tc := range []struct {
		name string
		node Node
		w, h int
		want string
	}{
		{"one", a, 80, 20, "a 0,0 80x20"},
		{"shares", Row(a, b), 81, 20, "a 0,0 40x20; b 40,0 41x20"},
		{"weights", Row(a.Share(3), b), 80, 20, "a 0,0 60x20; b 60,0 20x20"},
		{"fixed", Row(a, b.Fix(30)), 100, 20, "a 0,0 70x20; b 70,0 30x20"},
		{"column", Col(a.Fix(5), b, c), 80, 20, "a 0,0 80x5; b 0,5 80x7; c 0,12 80x8"},
		{"nested", Col(a.Fix(4), Row(b, c)), 80, 20, "a 0,0 80x4; b 0,4 40x16; c 40,4 40x16"},
		{"last is dropped", Row(a, b, c), 50, 20, "a 0,0 25x20; b 25,0 25x20"},
		{"two are dropped", Row(a, b, c), 30, 20, "a 0,0 30x20"},
		{"own least", Row(a, b.AtLeast(50)), 60, 20, "a 0,0 60x20"},
		{"weight below the least", Row(a.Share(9), b.AtLeast(30)), 100, 20, "a 0,0 70x20; b 70,0 30x20"},
		{"fixed only", Row(a.Fix(20), b.Fix(20)), 80, 20, "a 0,0 20x20; b 20,0 60x20"},
		{"fixed is too much", Row(a.Fix(60), b.Fix(60)), 80, 20, "a 0,0 80x20"},
		{"the first stays", Row(a.Fix(60)), 40, 20, "a 0,0 40x20"},
		{"lines", Col(a, b, c), 80, 7, "a 0,0 80x3; b 0,3 80x4"},
		{"no kids", Row(a, Col()), 80, 20, "a 0,0 40x20;  40,0 40x20"},
		{"nothing", a, 0, 0, "a 0,0 0x0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out []string
			for _, p := range place(tc.node, rect{0, 0, tc.w, tc.h}, nil) {
				out = append(out, fmt.Sprintf("%s %d,%d %dx%d", p.Title, p.x, p.y, p.w, p.h))
			}
			if got := strings.Join(out, "; "); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// TestTiles holds that panels cover every cell exactly once, and that those of
// one line come from left to right.
func TestTiles(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var random func(depth int) Node
	random = func(depth int) Node {
		n := Node{Row: r.IntN(2) == 0}
		if depth == 0 || r.IntN(3) == 0 {
			n = P(Panel{})
		} else {
			for range r.IntN(4) {
				n.Kids = append(n.Kids, random(depth-1))
			}
		}
		n.Size, n.Weight, n.Min = max(r.IntN(40)-20, 0), r.IntN(4), max(r.IntN(30)-15, 0)
		return n
	}
	for range 3000 {
		w, h := r.IntN(200), r.IntN(60)
		list := place(random(3), rect{0, 0, w, h}, nil)
		right := make([]int, h)
		for _, p := range list {
			for y := p.y; y < p.y+p.h; y++ {
				if y < 0 || y >= h || right[y] != p.x {
					t.Fatalf("%dx%d: line %d: a panel at %d, the one before ends elsewhere: %+v", w, h, y, p.x, list)
				}
				right[y] += p.w
			}
		}
		for y, x := range right {
			if x != w {
				t.Fatalf("%dx%d: line %d ends at %d: %+v", w, h, y, x, list)
			}
		}
	}
}
