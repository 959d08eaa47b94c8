package views

import (
	"fmt"
	"slices"
	"time"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// lineID is the identity of a line.
type lineID struct{ index, id string }

func idOf(l *sources.Log) lineID { return lineID{l.Index, l.ID} }

// logPlace is where the reader is among lines that keep arriving: the zero value
// follows the newest, otherwise the lines stay where they are.
type logPlace struct {
	held bool
	// sel is the line under the cursor, top the first on the screen, newest the
	// newest there was when it stopped following.
	sel, top, newest lineID
}

// find is the index of a line, from the end, where it most often is; 0 when it
// is not kept any more, since the oldest go first.
func find(list []*sources.Log, id lineID) int {
	for i := len(list) - 1; i > 0; i-- {
		if list[i].ID == id.id && list[i].Index == id.index {
			return i
		}
	}
	return 0
}

// index is the line under the cursor, -1 when there is none.
func (p *logPlace) index(list []*sources.Log) int {
	if !p.held || len(list) == 0 {
		return len(list) - 1
	}
	return find(list, p.sel)
}

// hold puts the cursor on the i-th line and stays there, with h lines on the screen.
func (p *logPlace) hold(list []*sources.Log, i, h int) {
	if len(list) == 0 {
		return
	}
	top := len(list) - h
	if p.held {
		top = find(list, p.top)
	} else {
		p.newest = idOf(list[len(list)-1])
	}
	top = min(max(min(top, len(list)-h), i-h+1, 0), i)
	p.held, p.sel, p.top = true, idOf(list[i]), idOf(list[top])
}

// fresh is how many lines came since it stopped following.
func (p *logPlace) fresh(list []*sources.Log) int {
	if !p.held || len(list) == 0 {
		return 0
	}
	return len(list) - 1 - find(list, p.newest)
}

// lineLook is how lines are printed.
type lineLook struct {
	now  time.Time
	zone ui.Zone
	loc  *time.Location
	wrap bool
}

// draw makes the rows that are on the screen, and no others.
func (p *logPlace) draw(b draw.Box, list []*sources.Log, look lineLook) draw.Block {
	block, _ := p.screen(b, list, look)
	return block
}

// screen is the rows that are on the screen, and the line that each belongs to
// as far as there are lines.
func (p *logPlace) screen(b draw.Box, list []*sources.Log, look lineLook) (draw.Block, []int) {
	fresh := p.fresh(list)
	h := b.H
	if fresh > 0 && h > 1 {
		h--
	}
	sel := p.index(list)
	rows := func(i int) []string { return look.rows(b, list[i], i == sel) }
	var out []string
	var of []int
	if !p.held {
		out, of = upward(len(list)-1, h, rows)
	} else {
		full := false
		for i := find(list, p.top); i < len(list) && len(out) < h; i++ {
			for _, r := range rows(i) {
				out, of = append(out, r), append(of, i)
			}
			full = full || i == sel && len(out) <= h
		}
		if !full {
			out, of = upward(sel, h, rows)
		}
	}
	out, of = out[:min(len(out), h)], of[:min(len(of), h)]
	if fresh > 0 {
		out = append(out, make([]string, h-len(out))...)
		out = append(out, b.Theme.Accent.Render(draw.Cut(fmt.Sprintf("▼ %d new, F or G follows", fresh), b.W)))
	}
	return draw.Fit(b, out), of
}

// upward is the rows that end with the i-th line, at most h, and their lines.
func upward(i, h int, rows func(int) []string) (out []string, of []int) {
	for ; i >= 0 && len(out) < h; i-- {
		for _, r := range slices.Backward(rows(i)) {
			out, of = append(out, r), append(of, i)
		}
	}
	out, of = out[:min(len(out), max(h, 0))], of[:min(len(of), max(h, 0))]
	slices.Reverse(out)
	slices.Reverse(of)
	return out, of
}

// rows are the screen rows of one line, each of the box's width.
func (k lineLook) rows(b draw.Box, l *sources.Log, selected bool) []string {
	t := b.Theme
	level := logLevel(l.Level)
	word := l.Level
	if word == "" {
		word = "-"
	}
	glyph := level.Glyph()
	if level == theme.Info {
		glyph = " "
	}
	time, service := k.time(l.Time), ""
	head := draw.Cut(time+" "+glyph+" "+draw.Pad(draw.Line(word), 5)+" ", b.W)
	if b.W >= 70 {
		service = draw.Pad(draw.Line(l.Service), min(max(b.W/8, 14), 18)) + " "
	}
	message := draw.Line(l.Message)
	if l.Late {
		message = "(late) " + message
	}
	indent := draw.Width(head) + draw.Width(service)
	texts := []string{message}
	if k.wrap && b.W-indent >= 10 {
		texts = draw.Wrap(message, b.W-indent)
	}
	out := make([]string, 0, len(texts))
	for i, s := range texts {
		if i > 0 {
			head, service = draw.Spaces(indent), ""
		}
		s = draw.Pad(s, b.W-indent)
		if selected {
			out = append(out, t.Selected(level).Render(draw.Pad(head+service+s, b.W)))
			continue
		}
		body := t.Text
		switch {
		case level == theme.Crit:
			body = t.Level(level)
		case level == theme.None:
			body = t.Dim
		}
		lead := t.Dim.Render(head)
		if i == 0 && level >= theme.Warn {
			// The same text, the level in its colour.
			lead = t.Dim.Render(time+" ") + t.Level(level).Render(draw.Cut(glyph+" "+draw.Pad(word, 5)+" ", b.W-draw.Width(time)-1))
		}
		out = append(out, draw.Cut(lead+t.Accent.Render(service)+body.Render(s), b.W))
	}
	return out
}

// time is a line's moment in the width of its column.
func (k lineLook) time(at time.Time) string {
	if k.zone == ui.Relative {
		d := k.now.Sub(at)
		if d >= time.Minute && d < time.Hour {
			return fmt.Sprintf("%2dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
		}
		return draw.PadLeft(draw.Age(d), 6)
	}
	at, now := at.In(k.loc), k.now.In(k.loc)
	text := at.Format("15:04:05.000")
	if at.Year() != now.Year() || at.YearDay() != now.YearDay() {
		text = at.Format("Jan 02 15:04")
	}
	if k.zone == ui.UTC {
		text += "Z"
	}
	return text
}
