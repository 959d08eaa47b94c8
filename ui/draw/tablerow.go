package draw

import (
	"strings"
	"unicode/utf8"

	"firewatch/ui/theme"
)

// header is the line of titles; the sorted column has an arrow.
func (t Table) header(r *row, b Box, l tableLayout) string {
	th := b.look()
	if l.mark {
		r.add(th.Dim, Spaces(min(markWidth, l.w)), min(markWidth, l.w))
	}
	for i, c := range t.Columns {
		w := l.widths[i]
		if w < 0 {
			continue
		}
		t.between(r, l, th.Dim)
		title, style := Line(c.Title), th.Dim
		if t.Sorted == i+1 {
			arrow := "↑"
			if t.Desc {
				arrow = "↓"
			}
			title, style = Cut(title, max(w-1, 0))+arrow, th.Strong
		}
		if c.Right {
			title = PadLeft(title, w)
		} else {
			title = Pad(title, w)
		}
		r.add(style, title, w)
	}
	r.add(th.Dim, Spaces(b.W-r.w), b.W-r.w)
	return r.String()
}

// between adds the blanks before a column that is not the first.
func (t Table) between(r *row, l tableLayout, st theme.Style) {
	start := 0
	if l.mark {
		start = markWidth
	}
	if r.w > start {
		r.add(st, Spaces(l.gap), l.gap)
	}
}

// palette is how one row's parts are styled; the row under the cursor has its own.
type palette struct {
	theme    *theme.Theme
	selected bool
	// text is for what has no level, blanks included; dim for what may be overlooked.
	text, dim, match theme.Style
}

func (p palette) level(l theme.Level) theme.Style {
	switch {
	case l == theme.None:
		return p.text
	case p.selected:
		return p.theme.Selected(l)
	}
	return p.theme.Level(l)
}

// line writes row i, without the scroll bar.
func (t Table) line(r *row, b Box, l tableLayout, i int, cells []Cell) {
	th := b.look()
	p := palette{theme: th, text: th.Text, dim: th.Dim, match: th.Match}
	if i == t.Sel {
		p = palette{theme: th, selected: true, text: th.Select, dim: th.Select, match: th.SelectMatch}
	}
	if l.mark && l.w >= markWidth {
		if t.Marked(i) {
			r.add(p.text, "✓ ", markWidth)
		} else {
			r.add(p.text, Spaces(markWidth), markWidth)
		}
	}
	for k, c := range t.Columns {
		w := l.widths[k]
		if w < 0 {
			continue
		}
		t.between(r, l, p.text)
		if k < len(cells) && cells[k].Span {
			cells[k].spread(r, p, l.w-r.w)
			break
		}
		if k < len(cells) {
			cells[k].draw(r, p, w, l.texts[k], c.Right)
		} else {
			r.add(p.text, Spaces(w), w)
		}
	}
	r.add(p.text, Spaces(l.w-r.w), l.w-r.w)
}

// draw writes a cell of exactly w cells; its text beside a bar gets beside cells.
func (c *Cell) draw(r *row, p palette, w, beside int, right bool) {
	style := p.level(c.Level)
	if c.Dim && c.Level == theme.None {
		style = p.dim
	}
	text := c.label(w)
	n := Width(text)
	switch {
	case c.HasMeter || c.Spark != nil:
		// The text has its own place at the right, so that the bars line up.
		room := w
		if beside > 0 {
			room -= beside + 1
		}
		if room >= 2 {
			s := ""
			if c.HasMeter {
				s = Meter(c.Meter, room)
			} else {
				s = SparkUpTo(c.Spark, room, c.Top)
			}
			if c.Level == theme.None && !p.selected {
				r.add(p.theme.Accent, s, room)
			} else {
				r.add(style, s, room)
			}
			w -= room
		}
		right = true
	}
	if right {
		r.add(p.text, Spaces(w-n), w-n)
	}
	c.highlight(r, style, p.match, text)
	if !right {
		r.add(p.text, Spaces(w-n), w-n)
	}
}

// spread writes text and tail over w cells.
func (c *Cell) spread(r *row, p palette, w int) {
	style := p.level(c.Level)
	if c.Dim && c.Level == theme.None {
		style = p.dim
	}
	tail := Cut(Line(c.Tail), w)
	n := Width(tail)
	text := Cut(Line(clip(c.Text, w)), max(w-n-1, 0))
	c.highlight(r, style, p.match, text)
	gap := w - n - Width(text)
	r.add(p.text, Spaces(gap), gap)
	r.add(p.text, tail, n)
}

// label is the text in at most w cells, with the level's glyph where the level
// is one to act on and the text does not say it.
func (c *Cell) label(w int) string {
	s := Line(clip(c.Text, w))
	if c.Level < theme.Warn || s == "" || telling(s) {
		return Cut(s, w)
	}
	n, g := Width(s), c.Level.Glyph()
	switch {
	case n+2 <= w:
		return g + " " + s
	case n+1 <= w:
		return g + s
	}
	return Cut(s, w)
}

// telling says whether a text says by itself how bad it is: a glyph, a severity, a state.
func telling(s string) bool {
	if first, _ := utf8.DecodeRuneInString(s); first >= utf8.RuneSelf && strings.ContainsRune("●○▲▼✗✓↑↓█", first) {
		return true
	}
	if theme.Severity(s) != theme.None {
		return true
	}
	switch strings.ToLower(s) {
	case "crit", "down", "firing", "pending", "err", "failed", "unreachable", "stale", "yes", "no":
		return true
	}
	return false
}

// highlight writes text with the places that match in another style.
func (c *Cell) highlight(r *row, style, match theme.Style, text string) {
	if c.Match == "" {
		r.add(style, text, Width(text))
		return
	}
	for text != "" {
		i, n := indexFold(text, c.Match)
		if i < 0 {
			break
		}
		r.add(style, text[:i], Width(text[:i]))
		r.add(match, text[i:i+n], Width(text[i:i+n]))
		text = text[i+n:]
	}
	r.add(style, text, Width(text))
}

// indexFold is where needle first occurs in s whatever the case, and how many
// bytes of s it takes there; -1 when it does not.
func indexFold(s, needle string) (int, int) {
	count := utf8.RuneCountInString(needle)
	for i := range s {
		end, k := i, 0
		for ; k < count && end < len(s); k++ {
			_, n := utf8.DecodeRuneInString(s[end:])
			end += n
		}
		if k < count {
			break
		}
		if strings.EqualFold(s[i:end], needle) {
			return i, end - i
		}
	}
	return -1, 0
}

// clip cuts what cannot be within w cells off a long text, so that measuring
// the rest stays cheap.
func clip(s string, w int) string {
	most := 32 * (w + 1)
	if len(s) <= most {
		return s
	}
	for !utf8.RuneStart(s[most]) && most > 0 {
		most--
	}
	return s[:most]
}
