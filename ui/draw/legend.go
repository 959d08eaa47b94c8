package draw

import (
	"strconv"
	"strings"
)

// more says how many were left out.
func more(n int) string { return "… " + strconv.Itoa(n) + " more" }

// legend is at most n lines of names and values, the worst first, in as many
// columns as fit; what does not fit is counted.
func (c Chart) legend(b Box, lines []plotted, n int) []string {
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
	if len(lines) > 1 && per == 1 && n > 1 && b.W >= 2*(rest+10)+between && len(lines) > n {
		per = 2
		name = (b.W-between)/2 - rest
	}
	rows := min((len(lines)+per-1)/per, n)
	var out []string
	var sb strings.Builder
	for r := range rows {
		sb.Reset()
		for k := range per {
			i := k*rows + r
			if i >= len(lines) {
				break
			}
			if k > 0 {
				sb.WriteString(Spaces(between))
			}
			if i == rows*per-1 && len(lines) > rows*per {
				sb.WriteString(t.Dim.Render(Pad(more(len(lines)-i), name+rest)))
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
