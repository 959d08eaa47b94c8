package views

import (
	"fmt"
	"testing"

	"firewatch/ui"
)

// panelsOf lists the titles of a layout, in reading order.
func panelsOf(n ui.Node) []string {
	if n.Panel != nil {
		return []string{n.Panel.Title}
	}
	var out []string
	for _, k := range n.Kids {
		out = append(out, panelsOf(k)...)
	}
	return out
}

// TestPages puts every panel on exactly one page, whatever the screen.
func TestPages(t *testing.T) {
	for _, w := range []int{-3, 0, 1, 57, 58, 80, 120, 200, 400} {
		for _, h := range []int{-3, 0, 1, 5, 8, 9, 21, 29, 30, 37, 57, 120} {
			for n := range 20 {
				var list []ui.Panel
				for i := range n {
					list = append(list, ui.Panel{Title: fmt.Sprint(i)})
				}
				env := &ui.Env{W: w, H: h}
				var p pages
				seen := map[string]int{}
				for at := 0; ; at++ {
					p.at = at
					shown := panelsOf(p.layout(env, ui.Panel{Title: "head"}, tileLines(env, 8), list))
					if at == 0 && shown[0] != "head" {
						t.Fatalf("%dx%d, %d panels: the first page begins with %s", w, h, n, shown[0])
					}
					for _, s := range shown {
						seen[s]++
					}
					if at >= p.n-1 {
						break
					}
				}
				delete(seen, "head")
				for title, times := range seen {
					if times != 1 {
						t.Fatalf("%dx%d, %d panels: %s is on %d pages", w, h, n, title, times)
					}
				}
				if len(seen) != n {
					t.Fatalf("%dx%d: %d of %d panels are on no page", w, h, n-len(seen), n)
				}
			}
		}
	}
}

// TestPagesStay keeps the page in range when the screen grows.
func TestPagesStay(t *testing.T) {
	list := make([]ui.Panel, 12)
	p := pages{at: 99}
	p.layout(&ui.Env{W: 80, H: 21}, ui.Panel{}, 5, list)
	if p.at != p.n-1 || p.n < 3 {
		t.Errorf("page %d of %d", p.at, p.n)
	}
	p.layout(&ui.Env{W: 300, H: 100}, ui.Panel{}, 5, list)
	if p.at != 0 || p.n != 1 {
		t.Errorf("page %d of %d where all fits", p.at, p.n)
	}
}
