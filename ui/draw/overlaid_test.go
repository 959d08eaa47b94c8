package draw

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// seen is one cell as a terminal shows it: the character, empty for the right
// half of a wide one, and the sequences that style it.
type seen struct{ text, style string }

// screen is a line as a terminal shows it.
func screen(line string) []seen {
	var out []seen
	style := ""
	for state := byte(0); line != ""; {
		seq, w, n, next := ansi.DecodeSequence(line, state, nil)
		switch {
		case seq == "\x1b[m":
			style = ""
		case strings.HasPrefix(seq, "\x1b["):
			style += seq
		case w > 0:
			out = append(out, seen{seq, style})
			for range w - 1 {
				out = append(out, seen{"", style})
			}
		}
		state, line = next, line[n:]
	}
	return out
}

func TestOverlaid(t *testing.T) {
	for seed := range uint64(3000) {
		d := dice{rand.New(rand.NewPCG(seed, 5))}
		b := box(t, d.IntN(40)+1, d.IntN(5)+1, "dark")
		styled := func(b Box) Block {
			return Fit(b, list(d, 8, func() string {
				s := ""
				for range d.IntN(5) {
					s += b.look().Series(d.IntN(9)).Render(Line(d.word())) + Line(d.word())
				}
				return s
			}))
		}
		base := styled(b)
		in := b.Sized(d.IntN(30), d.IntN(5))
		top := styled(in)
		x0, y0 := d.IntN(60)-15, d.IntN(9)-3
		got := Overlaid(base, x0, y0, top)
		exact(t, "overlaid", b, got)
		for y := range got {
			under, now := screen(base[y]), screen(got[y])
			var over []seen
			if y-y0 >= 0 && y-y0 < len(top) {
				over = screen(top[y-y0])
			}
			for x, c := range now {
				want := under[x]
				if x-x0 >= 0 && x-x0 < len(over) {
					want = over[x-x0]
				}
				if c == want || c.text == " " && (want.text == "" || Width(want.text) == 2) || c.text == " " && want.text == " " {
					continue
				}
				t.Fatalf("seed %d: cell %d,%d is %q, want %q\nbase %q\ntop %q at %d\ngot  %q", seed, x, y, c, want, base[y], over, x0, got[y])
			}
		}
	}
}
