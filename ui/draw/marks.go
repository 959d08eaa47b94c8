package draw

import "firewatch/ui/theme"

// drawMarks adds thresholds, markers and the cursor behind what is drawn.
func (c Chart) drawMarks(cv *canvas, at area, s scale, t timeAxis) {
	for _, th := range c.Thresholds {
		c.drawThreshold(cv, at, s, th)
	}
	end := at.x
	for _, m := range c.Markers {
		x := t.at(m.At)
		if x < 0 {
			continue
		}
		for y := range at.h {
			cv.under(at.x+x, at.y+y, '┊', inkAccent)
		}
		label := Line(m.Label)
		if label != "" && at.x+x > end {
			end = cv.write(at.x+x+1, at.y, Cut(label, 16), at.x+at.w, inkAccent)
		}
	}
	if x := t.at(c.Cursor); !c.Cursor.IsZero() && x >= 0 {
		for y := range at.h {
			cv.under(at.x+x, at.y+y, '│', inkAccent)
		}
	}
}

// drawThreshold is a dashed line with its label at the end that covers less of
// the data. One that the axis does not reach is said in the corner.
func (c Chart) drawThreshold(cv *canvas, at area, s scale, th Threshold) {
	if th.Value != th.Value || at.h < 2 {
		return
	}
	label := Line(th.Label)
	if label == "" {
		label = c.Unit.Format(th.Value)
	}
	if g := th.Level.Glyph(); g != " " {
		label = g + " " + label
	}
	k := levelInk(th.Level)
	if th.Level == theme.None {
		k = inkDim
	}
	y := at.y + at.h - 1 - s.row(th.Value, at.h)
	if th.Value > s.hi || th.Value < s.lo {
		arrow := "↑ "
		if th.Value < s.lo {
			arrow = "↓ "
		}
		label = Cut(arrow+label, at.w/2)
		if x := at.x + at.w - Width(label) - 1; free(cv, x, y, Width(label)) {
			cv.write(x, y, label, at.x+at.w, inkDim)
		}
		return
	}
	label = " " + Cut(label, at.w/2) + " "
	n := Width(label)
	right, left := at.x+at.w-n-1, at.x+1
	x := right
	if !free(cv, right, y, n) && free(cv, left, y, n) {
		x = left
	}
	if free(cv, x, y, n) {
		cv.write(x+1, y, label[1:len(label)-1], at.x+at.w, k)
	} else {
		n = 0
	}
	for i := at.x; i < at.x+at.w; i++ {
		if n == 0 || i < x || i >= x+n {
			cv.under(i, y, '╌', k)
		}
	}
}

// free says whether nothing was drawn on n cells from x on.
func free(c *canvas, x, y, n int) bool {
	for i := range n {
		if !c.blank(x+i, y) {
			return false
		}
	}
	return true
}
