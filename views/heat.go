package views

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// heatPanel draws a histogram over the window, classic or native: one row a
// bucket, the largest values on top.
func heatPanel(env *ui.Env, title string, v Vars, id string, unit draw.Unit) ui.Panel {
	w, loc := env.Window, env.Location()
	scale := v.scale()
	return ui.Panel{Title: title, Queries: []sources.Query{over(v, id)}, Blank: blank(panel(id)), Draw: func(b draw.Box, answers []sources.Frame) draw.Block {
		rows := buckets(frame(answers, 0).Series, w)
		h := draw.Heat{Start: w.Start, End: w.End, Location: loc}
		for _, r := range fold(rows, b.H-1) {
			name := "over " + unit.Format(r.low*scale)
			if !math.IsInf(r.high, 1) {
				name = unit.Format(r.high * scale)
			}
			h.Rows, h.Values = append(h.Rows, name), append(h.Values, r.counts)
		}
		if len(h.Rows) == 0 {
			return draw.Message(b, theme.None, "no data in this window")
		}
		return h.Draw(b)
	}}
}

// rowPanel draws one row of cells a series over the window, such as a CPU's cores.
func rowPanel(env *ui.Env, title string, v Vars, id string) ui.Panel {
	w, loc := env.Window, env.Location()
	return ui.Panel{Title: title, Queries: []sources.Query{over(v, id)}, Blank: blank(panel(id)), Draw: func(b draw.Box, answers []sources.Frame) draw.Block {
		h := draw.Heat{Start: w.Start, End: w.End, Location: loc, Top: panel(id).top()}
		list := slices.Clone(frame(answers, 0).Series)
		slices.SortStableFunc(list, func(a, b sources.Series) int { return natural(a.Legend, b.Legend) })
		for i := range list {
			h.Rows, h.Values = append(h.Rows, list[i].Legend), append(h.Values, aligned(&list[i], w))
		}
		return h.Draw(b)
	}}
}

// natural compares names, numbers by their value.
func natural(a, b string) int {
	x, errA := strconv.Atoi(a)
	y, errB := strconv.Atoi(b)
	if errA == nil && errB == nil {
		return x - y
	}
	return strings.Compare(a, b)
}

// aligned are the series' values at every step of the window, NaN where there is none.
func aligned(s *sources.Series, w sources.Window) []float64 {
	if w.Step <= 0 {
		return nil
	}
	n := int(w.Span()/w.Step) + 1
	out := make([]float64, max(n, 0))
	for i := range out {
		out[i] = math.NaN()
	}
	for _, p := range s.Points {
		i := int(time.UnixMilli(p.T).Sub(w.Start) / w.Step)
		if i >= 0 && i < len(out) {
			out[i] = p.V
		}
	}
	return out
}

// band is one bucket of a histogram over time.
type band struct {
	low, high float64
	counts    []float64
}

// buckets are a histogram's bands at every step of the window, highest first:
// the differences of classic buckets, or native ones merged to powers of two.
func buckets(list []sources.Series, w sources.Window) []band {
	for i := range list {
		if list[i].Buckets != nil {
			return nativeBands(list, w)
		}
	}
	return classicBands(list, w)
}

func classicBands(list []sources.Series, w sources.Window) []band {
	var out []band
	for i := range list {
		le, err := strconv.ParseFloat(list[i].Labels["le"], 64)
		if err == nil {
			out = append(out, band{high: le, counts: aligned(&list[i], w)})
		}
	}
	slices.SortFunc(out, func(a, b band) int { return cmp.Compare(b.high, a.high) })
	for i := range out {
		if i+1 == len(out) {
			break
		}
		below := &out[i+1]
		out[i].low = below.high
		for k := range out[i].counts {
			// Servers scraped at different moments can make a bucket smaller than the one below.
			out[i].counts[k] = max(out[i].counts[k]-below.counts[k], 0)
		}
	}
	return out
}

func nativeBands(list []sources.Series, w sources.Window) []band {
	byPower := map[int]*band{}
	for i := range list {
		s := &list[i]
		for k, p := range s.Points {
			col := int(time.UnixMilli(p.T).Sub(w.Start) / max(w.Step, 1))
			if k >= len(s.Buckets) || col < 0 || p.T < w.Start.UnixMilli() {
				continue
			}
			for _, bu := range s.Buckets[k] {
				if !(bu.High > 0) || math.IsInf(bu.High, 0) {
					continue
				}
				power := int(math.Ceil(math.Log2(bu.High) - 1e-9))
				bd := byPower[power]
				if bd == nil {
					bd = &band{low: math.Exp2(float64(power - 1)), high: math.Exp2(float64(power)), counts: aligned(&sources.Series{}, w)}
					byPower[power] = bd
				}
				if col < len(bd.counts) {
					if bd.counts[col] != bd.counts[col] {
						bd.counts[col] = 0
					}
					bd.counts[col] += bu.Count
				}
			}
		}
	}
	out := make([]band, 0, len(byPower))
	for _, bd := range byPower {
		out = append(out, *bd)
	}
	slices.SortFunc(out, func(a, b band) int { return cmp.Compare(b.high, a.high) })
	return out
}

// fold merges neighbouring bands until at most n are left, after those without
// any count were taken off both ends.
func fold(bands []band, n int) []band {
	idle := func(b band) bool {
		return !slices.ContainsFunc(b.counts, func(v float64) bool { return v > 0 })
	}
	for len(bands) > 1 && idle(bands[0]) {
		bands = bands[1:]
	}
	for len(bands) > 1 && idle(bands[len(bands)-1]) {
		bands = bands[:len(bands)-1]
	}
	if n < 1 || len(bands) <= n {
		return bands
	}
	per := (len(bands) + n - 1) / n
	var out []band
	for group := range slices.Chunk(bands, per) {
		sum := band{low: group[len(group)-1].low, high: group[0].high, counts: slices.Clone(group[0].counts)}
		for _, g := range group[1:] {
			for k, v := range g.counts {
				if sum.counts[k] != sum.counts[k] {
					sum.counts[k] = v
				} else if v == v {
					sum.counts[k] += v
				}
			}
		}
		out = append(out, sum)
	}
	return out
}
