package draw

import (
	"strconv"
	"strings"
)

// more says how many were left out.
func more(n int) string { return "… " + strconv.Itoa(n) + " more" }

// others says how many lines have no room in the legend, and how many of them are
// not drawn either.
func others(unnamed, undrawn int) string {
	switch {
	case undrawn == 0:
		return more(unnamed)
	case unnamed == 0:
		return "… " + strconv.Itoa(undrawn) + " not drawn"
	}
	return more(unnamed+undrawn) + ", " + strconv.Itoa(undrawn) + " not drawn"
}

// legend is at most n lines of names and values, the worst first, in as many
// columns as fit; what does not fit and what is not drawn is counted.
func (c Chart) legend(b Box, lines []plotted, undrawn, n int) []string {
	if len(lines) == 0 {
		return nil
	}
	t := b.look()
	word := "max "
	if c.low() {
		word = "min "
	}
	name, now, peak := 1, 1, 1
	for _, l := range lines {
		name = max(name, Width(l.name))
		now = max(now, Width(c.Unit.Format(l.now)))
		peak = max(peak, Width(c.Unit.Format(l.peak)))
	}
	const swatch, between = 3, 3
	rest := swatch + 2 + now
	if b.W >= rest+8+2+len(word)+peak {
		rest += 2 + len(word) + peak
	} else {
		peak = 0
	}
	name = max(min(name, 32, b.W-rest), 0)
	per := max((b.W+between)/(name+rest+between), 1)
	cells := len(lines)
	if undrawn > 0 {
		cells++
	}
	if cells > 1 && per == 1 && n > 1 && b.W >= 2*(rest+10)+between && cells > n {
		per = 2
		name = (b.W-between)/2 - rest
	}
	rows := min((cells+per-1)/per, n)
	var out []string
	var sb strings.Builder
	for r := range rows {
		sb.Reset()
		for k := range per {
			i := k*rows + r
			if i >= cells {
				break
			}
			if k > 0 {
				sb.WriteString(Spaces(between))
			}
			if i == len(lines) || i == rows*per-1 && cells > rows*per {
				// Nothing follows on this line.
				sb.WriteString(t.Dim.Render(Cut(others(len(lines)-i, undrawn), b.W-k*(name+rest+between))))
				break
			}
			l := lines[len(lines)-1-i]
			sb.WriteString(l.ink.of(t).Render(c.swatch(l)) + " ")
			sb.WriteString(t.Text.Render(Pad(l.name, name)) + "  ")
			sb.WriteString(t.Strong.Render(PadLeft(c.Unit.Format(l.now), now)))
			if peak > 0 {
				sb.WriteString(t.Dim.Render("  " + word + PadLeft(c.Unit.Format(l.peak), peak)))
			}
		}
		out = append(out, sb.String())
	}
	return Fit(b.Sized(b.W, rows), out)
}

// swatch is two cells that look like the series.
func (c Chart) swatch(l plotted) string {
	if c.Stack {
		return strings.Repeat(string(fills[l.round%len(fills)]), 2)
	}
	return strings.Repeat(string(charsets[l.round%len(charsets)][0]), 2)
}
