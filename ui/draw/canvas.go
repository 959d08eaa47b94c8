package draw

import (
	"bytes"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"firewatch/ui/theme"
)

// ink numbers the styles that a canvas draws with.
type ink uint8

// The inks: text roles, then the five levels, then the series.
const (
	inkText ink = iota
	inkDim
	inkBorder
	inkAccent
	inkLevel
	inkSeries = inkLevel + ink(theme.Crit) + 1
)

// maxInks bounds the series that have an ink of their own; more share them.
const maxInks = 200

func levelInk(l theme.Level) ink { return inkLevel + ink(l) }
func seriesInk(i int) ink        { return inkSeries + ink(i%maxInks) }
func (k ink) of(t *theme.Theme) theme.Style {
	switch {
	case k >= inkSeries:
		return t.Series(int(k - inkSeries))
	case k >= inkLevel:
		return t.Level(theme.Level(k - inkLevel))
	case k == inkDim:
		return t.Dim
	case k == inkBorder:
		return t.Border
	case k == inkAccent:
		return t.Accent
	}
	return t.Text
}

// canvas is a rectangle of characters, each with its ink, to be drawn on in any
// order. A zero rune is a blank; covered marks the right half of a wide one.
type canvas struct {
	w, h  int
	runes []rune
	inks  []ink
}

const covered rune = -1

func newCanvas(w, h int) *canvas {
	return &canvas{w: w, h: h, runes: make([]rune, w*h), inks: make([]ink, w*h)}
}

// set puts one single-width character; outside of the canvas it does nothing.
func (c *canvas) set(x, y int, r rune, k ink) {
	if x < 0 || y < 0 || x >= c.w || y >= c.h {
		return
	}
	i := y*c.w + x
	// Half a wide character cannot stay.
	if c.runes[i] == covered {
		c.runes[i-1] = ' '
	}
	if x+1 < c.w && c.runes[i+1] == covered {
		c.runes[i+1] = ' '
	}
	c.runes[i], c.inks[i] = r, k
}

// blank says whether nothing was drawn at x, y.
func (c *canvas) blank(x, y int) bool {
	return x >= 0 && y >= 0 && x < c.w && y < c.h && c.runes[y*c.w+x] == 0
}

// under is set where nothing was drawn yet.
func (c *canvas) under(x, y int, r rune, k ink) {
	if c.blank(x, y) {
		c.set(x, y, r, k)
	}
}

// write puts cleaned text from x on, cut before the cell end, and returns the cell
// behind it. A blank in s covers what was there.
func (c *canvas) write(x, y int, s string, end int, k ink) int {
	if y < 0 || y >= c.h {
		return x
	}
	for _, r := range Cut(s, min(end, c.w)-x) {
		n := 1
		if r >= utf8.RuneSelf && !single(r) {
			n = ansi.StringWidthWc(string(r))
		}
		if n == 0 {
			continue
		}
		c.set(x, y, r, k)
		if n == 2 {
			c.set(x+1, y, covered, k)
		}
		x += n
	}
	return x
}

// block renders the canvas, one escape sequence a run of equal ink.
func (c *canvas) block(t *theme.Theme) Block {
	out := make(Block, c.h)
	var line, buf []byte
	for y := range out {
		line = line[:0]
		row, inks := c.runes[y*c.w:(y+1)*c.w], c.inks[y*c.w:(y+1)*c.w]
		for x := 0; x < len(row); {
			// Blanks before a run need no style; blanks within it keep it going.
			from := x
			for x < len(row) && (row[x] == 0 || row[x] == ' ') {
				x++
			}
			line = append(line, Spaces(x-from)...)
			if x == len(row) {
				break
			}
			k, end := inks[x], x
			buf = buf[:0]
			for ; x < len(row); x++ {
				r := row[x]
				if r == 0 || r == ' ' {
					buf = append(buf, ' ')
					continue
				}
				if inks[x] != k {
					break
				}
				if r != covered {
					buf = utf8.AppendRune(buf, r)
				}
				end = x + 1
			}
			x = end
			// The blanks that were run over at the end belong to the next run.
			line = k.of(t).Append(line, bytes.TrimRight(buf, " "))
		}
		out[y] = string(line)
	}
	return out
}
