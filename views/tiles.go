package views

import (
	"slices"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// stat is one tile of a row: an entry, what it is called, and whether its recent
// course is drawn. An entry whose answer is empty is left out when it is
// optional, and shown as a dash otherwise.
type stat struct {
	id, label string
	spark     bool
	// pick chooses among several series; nil takes the worst, or the first where
	// the entry has no thresholds.
	pick func([]sources.Series) (float64, bool)
	// note stands behind the value.
	note func(sources.Frame) string
}

// statsPanel draws entries as tiles with their value of this moment.
func statsPanel(title string, v Vars, tiles ...stat) ui.Panel {
	return tilesPanel(title, tiles, slices.Repeat([]Vars{v}, len(tiles)))
}

// tilesPanel draws entries as tiles, each with macros of its own. With a spark the
// value is the last of its course over half an hour.
func tilesPanel(title string, tiles []stat, vars []Vars) ui.Panel {
	p := ui.Panel{Title: title, Partial: true}
	for i, t := range tiles {
		if t.spark {
			p.Queries = append(p.Queries, course(vars[i], t.id, recent))
		} else {
			p.Queries = append(p.Queries, now(vars[i], t.id))
		}
	}
	p.Draw = func(b draw.Box, answers []sources.Frame) draw.Block {
		var out []draw.Stat
		for i, t := range tiles {
			f := frame(answers, i)
			e := panel(t.id)
			if len(f.Series) == 0 && e.Optional {
				continue
			}
			scale := 1.0
			if e.Unit == "seconds" {
				scale = vars[i].scale()
			}
			out = append(out, t.draw(e, f, scale))
		}
		return draw.Stats(b, out)
	}
	return p
}

// draw makes the tile of an answer; its values are multiplied by scale.
func (t stat) draw(e *Entry, f sources.Frame, scale float64) draw.Stat {
	s := draw.Stat{Label: t.label, Value: "–"}
	pick := t.pick
	if pick == nil {
		pick = func(list []sources.Series) (float64, bool) { return worstOf(e, list) }
	}
	if v, ok := pick(f.Series); ok {
		v *= scale
		s.Value, s.Level = e.Unit.Format(v), e.Thresholds.Level(v)
	}
	if t.note != nil {
		s.Note = t.note(f)
	}
	if t.spark && len(f.Series) == 1 {
		s.Spark, s.Top = f.Series[0].Values(), e.top()
	}
	return s
}

// worstOf is the value of the series that is nearest to the entry's thresholds.
func worstOf(e *Entry, list []sources.Series) (float64, bool) {
	best, found := 0.0, false
	for i := range list {
		v, ok := list[i].Last()
		if !ok || v != v {
			continue
		}
		if !found || e.Thresholds.Score(v) > e.Thresholds.Score(best) {
			best, found = v, true
		}
	}
	return best, found
}

// topPanel draws the entry's values of this moment as bars, largest first. An
// unlabelled series is called other.
func topPanel(title string, v Vars, id string) ui.Panel {
	e := panel(id)
	return ui.Panel{Title: title, Queries: []sources.Query{now(v, id)}, Blank: blank(e), Draw: func(b draw.Box, answers []sources.Frame) draw.Block {
		var bars []draw.Bar
		for _, s := range frame(answers, 0).Series {
			if val, ok := s.Last(); ok && val == val {
				bars = append(bars, draw.Bar{Label: named(s.Legend, "other"), Text: e.Unit.Format(val), Value: val, Level: e.Thresholds.Level(val)})
			}
		}
		slices.SortStableFunc(bars, func(a, b draw.Bar) int { return descending(a.Value, b.Value) })
		if len(bars) == 0 {
			return draw.Message(b, theme.None, "none")
		}
		return draw.Bars(b, bars, e.top())
	}}
}

// descending compares for a sort with the largest on top and NaN at the end.
func descending(a, b float64) int {
	switch {
	case a == b || a != a && b != b:
		return 0
	case a != a:
		return 1
	case b != b:
		return -1
	case a > b:
		return -1
	}
	return 1
}
