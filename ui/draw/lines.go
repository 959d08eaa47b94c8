package draw

import (
	"math"
	"strings"

	"github.com/guptarohit/asciigraph"
)

// area is a rectangle of a canvas.
type area struct{ x, y, w, h int }

// charsets are the characters of lines: the next one for each round of the
// theme's colours, so that lines of one colour still differ. The order is that of
// asciigraph's set: horizontal, vertical, the four corners as it names them,
// end cap and start cap.
var charsets = [...][8]rune{
	{'─', '│', '╭', '╮', '╰', '╯', '╴', '╶'},
	{'═', '║', '╔', '╗', '╚', '╝', '═', '═'},
	{'━', '┃', '┏', '┓', '┗', '┛', '╸', '╺'},
	{'╌', '╎', '┌', '┐', '└', '┘', '╌', '╌'},
	{'┅', '┇', '┲', '┱', '┺', '┹', '┅', '┅'},
}

// private is where the characters begin by which lines are told apart in what
// asciigraph returns; it is in Unicode's area for private use.
const private = 0xe000

// plotSets has asciigraph draw the i-th line with characters of its own.
var plotSets = func() []asciigraph.CharSet {
	out := make([]asciigraph.CharSet, maxLines)
	for i := range out {
		r := func(k int) string { return string(rune(private + 8*i + k)) }
		out[i] = asciigraph.CharSet{
			Horizontal: r(0), VerticalLine: r(1), ArcDownRight: r(2), ArcDownLeft: r(3),
			ArcUpRight: r(4), ArcUpLeft: r(5), EndCap: r(6), StartCap: r(7),
		}
	}
	return out
}()

// drawLines plots lines, at most maxLines of them, the last on top of the others. The geometry is
// asciigraph's; its values are rows, so that it need not scale or round them,
// and its characters are private ones that say which line they belong to.
// Colours are the theme's, and so are not asked of it.
func drawLines(c *canvas, at area, s scale, lines []plotted) {
	var data [][]float64
	var drawn []plotted
	for _, l := range lines {
		if !l.any() {
			continue
		}
		// asciigraph draws the way from one column to the next: the last column
		// needs one to go to.
		row := make([]float64, at.w+1)
		for x := range at.w {
			row[x] = math.NaN()
			if v := l.columns[x]; !math.IsNaN(v) {
				row[x] = float64(s.row(v, at.h))
			}
		}
		row[at.w] = row[at.w-1]
		data, drawn = append(data, row), append(drawn, l)
	}
	if len(data) == 0 || at.h < 2 || at.w < 1 {
		return
	}
	text := asciigraph.PlotMany(data,
		asciigraph.Height(at.h-1), asciigraph.LowerBound(0), asciigraph.UpperBound(float64(at.h-1)),
		asciigraph.Offset(1), asciigraph.YAxisValueFormatter(func(float64) string { return "" }),
		asciigraph.SeriesChars(plotSets[:len(data)]...))
	y := 0
	for l := range strings.SplitSeq(text, "\n") {
		x := -1
		for _, r := range l {
			if n := int(r) - private; n >= 0 && n < 8*len(drawn) && x >= 0 && x < at.w {
				p := drawn[n/8]
				c.set(at.x+x, at.y+y, charsets[p.round%len(charsets)][n%8], p.ink)
			}
			x++
		}
		y++
	}
}
