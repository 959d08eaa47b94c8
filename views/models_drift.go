package views

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"firewatch/signals/drift"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// feature is one input of a model, or its score, over the window; what is not known
// is NaN.
type feature struct {
	name string
	// bins are in the order of their values.
	bins []drift.Bin
	drift.Distance
	// samples is the number of live values, enough says whether they suffice.
	samples float64
	enough  bool
	// recorded is what the rules know, over a window of their own.
	recorded recorded
	// invalid and skew are shares of the values.
	invalid, skew float64
}

// driftSpans are the stretches that the bins may be counted over, ascending. A long
// one hides what began a minute ago, a short one has too few values to say.
var driftSpans = []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour}

// driftSpan is the shortest stretch that should have enough values at the rate of the
// last minutes; the window on the screen when that was asked for, or when nothing
// shorter will do.
func (v *models) driftSpan(env *ui.Env, m *served) time.Duration {
	const bins, margin, points = 11, 1.5, 10
	whole := env.Window.Span()
	if v.whole {
		return whole
	}
	course := m.courses["ml.list.rate"]
	rate, n := 0.0, 0.0
	for _, r := range course[max(len(course)-points, 0):] {
		if r == r {
			rate, n = rate+r, n+1
		}
	}
	for _, d := range driftSpans {
		if d < whole && n > 0 && drift.Enough(bins, rate/n*d.Seconds()/margin) {
			return d
		}
	}
	return whole
}

// driftQueries ask for all features of a version: live and trained bins, then by
// feature the index and the values that the rules know, what is invalid and what is
// computed otherwise than in training. The list asks some of them too.
func (v *models) driftQueries(env *ui.Env, m *served) []sources.Query {
	short := latest(env)
	live := m.only(latest(env, m.jobs()...).With("range", seconds(v.driftSpan(env, m))), modelBy...)
	return []sources.Query{
		now(live, "ml.bins.live"), now(m.only(short, "model", "version"), "ml.bins.trained"),
		now(short, "ml.psi"), now(short, "ml.samples"), now(short, "ml.invalid"), now(m.only(short, "model"), "ml.skew"),
	}
}

// drift are the features of a version from the answers so far, worst first.
func (v *models) drift(env *ui.Env, m *served) []*feature {
	return v.bins.get(env, v.driftQueries(env, m), m.key, func(answers []sources.Frame) []*feature { return m.featuresIn(answers) })
}

// featuresIn joins the answers to driftQueries. The bins say which features there are.
func (m *served) featuresIn(answers []sources.Frame) []*feature {
	var out []*feature
	byName := map[string]*feature{}
	each := func(i int, take func(f *feature, s *sources.Series, v float64)) {
		list := frame(answers, i).Series
		for k := range list {
			s := &list[k]
			name := s.Labels["feature"]
			val, ok := s.Last()
			if !ok || val != val || name == "" || i > 1 && !m.about(s.Labels) {
				continue
			}
			f := byName[name]
			if f == nil {
				if i > 1 {
					continue
				}
				f = &feature{name: name, recorded: recorded{name, math.NaN(), math.NaN()}, invalid: math.NaN(), skew: math.NaN()}
				byName[name] = f
				out = append(out, f)
			}
			take(f, s, val)
		}
	}
	each(0, func(f *feature, s *sources.Series, v float64) { f.bin(s.Labels["bin"]).Live += v })
	each(1, func(f *feature, s *sources.Series, v float64) { f.bin(s.Labels["bin"]).Reference += v })
	if m.primary() {
		each(2, func(f *feature, _ *sources.Series, v float64) { f.recorded.psi = v })
		each(3, func(f *feature, _ *sources.Series, v float64) { f.recorded.samples = v })
	}
	each(4, func(f *feature, _ *sources.Series, v float64) { f.invalid = v })
	each(5, func(f *feature, _ *sources.Series, v float64) { f.skew = v })
	for _, f := range out {
		f.measure()
	}
	slices.SortStableFunc(out, func(a, b *feature) int {
		if c := cmp.Compare(b.level(), a.level()); c != 0 {
			return c
		}
		if c := descending(a.JS, b.JS); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
	return out
}

// bin is the one with the name, a new one when there is none.
func (f *feature) bin(name string) *drift.Bin {
	i := slices.IndexFunc(f.bins, func(b drift.Bin) bool { return b.Name == name })
	if i < 0 {
		f.bins = append(f.bins, drift.Bin{Name: name})
		i = len(f.bins) - 1
	}
	return &f.bins[i]
}

// measure works out the distances of the bins.
func (f *feature) measure() {
	drift.Sort(f.bins)
	for _, b := range f.bins {
		f.samples += b.Live
	}
	d, err := drift.Measure(f.bins)
	if err != nil {
		nan := math.NaN()
		d = drift.Distance{PSI: nan, JS: nan, KS: nan}
	}
	f.Distance = d
	f.enough = err == nil && drift.Enough(drift.Used(f.bins), f.samples)
}

// level is that of the index or of the recorded one, whichever is worse; without
// enough values it has none.
func (f *feature) level() theme.Level {
	out := f.recorded.level()
	if f.enough {
		out = max(out, panel("ml.psi").Thresholds.Level(f.PSI))
	}
	return out
}

// span is what the numbers are over, in words.
func (v *models) span(env *ui.Env, m *served) string {
	return "over " + draw.Age(v.driftSpan(env, m))
}

func featureNames(list []*feature) []string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = f.name
	}
	return out
}

var featureTable = []draw.Column{
	{Title: "", W: 1},
	{Title: "feature", Min: 12},
	{Title: "PSI", W: 6, Right: true},
	{Title: "JS", W: 6, Right: true},
	{Title: "KS", W: 6, Right: true, Drop: 2},
	{Title: "alert's", W: 7, Right: true, Drop: 4},
	{Title: "values", W: 8, Right: true, Drop: 3},
	{Title: "invalid", W: 7, Right: true, Drop: 1},
	{Title: "skew", W: 6, Right: true, Drop: 1},
}

// driftPanel is the table of features, worst first.
func (v *models) driftPanel(env *ui.Env, m *served) ui.Panel {
	list := v.drift(env, m)
	names := featureNames(list)
	t := draw.Table{
		Columns: featureTable, Rows: len(list), Sel: v.features.index(names), Empty: "no feature is counted in bins",
		Row: func(i int) []draw.Cell { return list[i].cells() },
	}
	return listPanel("drift", v.driftQueries(env, m), v.span(env, m), blank(panel("ml.bins.live")), t, &v.features, names)
}

// cells are the row of a feature. Distances of too few values are dim and have no level.
func (f *feature) cells() []draw.Cell {
	level := f.level()
	distance := func(id string, v float64) draw.Cell {
		c := draw.Cell{Text: fmt.Sprintf("%.3f", v), Dim: !f.enough}
		switch {
		case v != v:
			return draw.Cell{Text: "–", Dim: true}
		case f.enough:
			c.Level = quiet(panel(id).Thresholds.Level(v))
		}
		return c
	}
	ratio := func(id string, v float64) draw.Cell {
		if v != v {
			return draw.Cell{Text: "–", Dim: true}
		}
		return draw.Cell{Text: panel(id).Unit.Format(v), Level: quiet(panel(id).Thresholds.Level(v))}
	}
	ks := distance("ml.js", f.KS)
	if ks.Level = theme.None; f.enough && f.KS >= drift.KSWarn {
		ks.Level = map[bool]theme.Level{true: theme.Crit, false: theme.Warn}[f.KS >= drift.KSCrit]
	}
	known := draw.Cell{Text: "–", Dim: true}
	if psi := f.recorded.psi; psi == psi {
		known = draw.Cell{Text: fmt.Sprintf("%.3f", psi), Level: quiet(f.recorded.level()), Dim: !f.recorded.enough()}
	}
	n := draw.Cell{Text: draw.Unit("count").Format(f.samples), Dim: f.enough}
	if !f.enough {
		n.Text += " few"
	}
	return []draw.Cell{
		{Text: level.Glyph(), Level: level}, {Text: f.name}, distance("ml.psi", f.PSI), distance("ml.js", f.JS), ks, known, n,
		ratio("ml.invalid", f.invalid), ratio("ml.skew", f.skew),
	}
}
