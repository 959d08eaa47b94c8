package views

import (
	"math"
	"slices"
	"strings"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// opened is the version that is open; one that the list does not have, or not yet, is
// a row that only has the labels that were given.
func (v *models) opened(env *ui.Env) *served {
	all := v.list(env).all
	for _, m := range all {
		if m.key == v.open {
			return m
		}
	}
	labels := map[string]string{}
	for i, w := range strings.FieldsFunc(v.open, func(r rune) bool { return r == ' ' || r == '\x1f' }) {
		if name, val, ok := strings.Cut(w, "="); ok && slices.Contains(modelBy, name) {
			labels[name] = val
		} else if i < len(modelBy) {
			labels[modelBy[i]] = w
		}
	}
	var found *served
	for _, m := range all {
		same := true
		for l, val := range labels {
			same = same && m.labels[l] == val
		}
		if same && (found == nil || m.labels["variant"] == "primary" && found.labels["variant"] != "primary") {
			found = m
		}
	}
	if found != nil {
		return found
	}
	r := &row{key: v.open, labels: labels, values: map[string]float64{}, courses: map[string][]float64{}}
	return &served{row: r, share: math.NaN()}
}

// only are macros that select the version by those of its labels that a metric has.
func (m *served) only(v Vars, labels ...string) Vars {
	var matchers []string
	for _, l := range labels {
		if val := m.labels[l]; val != "" {
			matchers = append(matchers, is(l, val))
		}
	}
	return v.With("model", all(matchers...))
}

// jobs are the jobs that scrape it, for the intervals of its queries.
func (m *served) jobs() []string {
	if j := m.labels["job"]; j != "" {
		return []string{j}
	}
	return nil
}

// versionLayout shows one version: what it comes to above, drift and the charts below.
func (v *models) versionLayout(env *ui.Env) ui.Node {
	m := v.opened(env)
	long := charted(env, m.jobs()...)
	loads := &markers{query: over(m.only(long, "model"), "ml.loaded"), label: func(s *sources.Series) string {
		return strings.TrimSpace(s.Labels["version"] + " " + strings.TrimPrefix(s.Labels["variant"], "primary"))
	}}
	panels := []ui.Panel{v.driftPanel(env, m), v.binsPanel(env, m)}
	for _, c := range versionCharts {
		vars := m.only(long, c.by...)
		if panel(c.ids[0]).Kind == "heatmap" {
			panels = append(panels, heatPanel(env, c.title, vars, c.ids[0], "number"))
		} else {
			panels = append(panels, linePanel(env, c.title, 1, loads, linesOf(vars, c.ids...)))
		}
	}
	panels = slices.Insert(panels, 4, v.qualityPanel(env, m, loads), v.qualityTable(env, m))
	return v.pages.layout(env, v.head(env, m), v.headLines(env, m), panels)
}

// headLines is the height of the summary: its text, and two lines for each row of
// tiles; where that leaves no room for a chart it makes do with less.
func (v *models) headLines(env *ui.Env, m *served) int {
	const tile, border = 18, 2
	row := max(env.W/tile, 1)
	lines := m.textLines(env.W-border, v.list(env).all) + 2*((10+len(versionStats)+row-1)/row) + border
	return min(lines, max(env.H-panelLines, 12))
}

// versionCharts are the panels of a version besides drift and quality, with the
// labels that their metrics have.
var versionCharts = []chart{
	{"throughput by outcome", []string{"ml.outcomes"}, modelBy},
	{"latency", []string{"ml.latency"}, modelBy},
	{"errors", []string{"ml.errors"}, modelBy},
	{"share of unsure predictions", []string{"ml.confidence"}, modelBy},
	{"scores", []string{"ml.score.heat"}, modelBy},
	{"time by stage", []string{"ml.stages"}, []string{"model", "variant"}},
	{"queue", []string{"ml.queue.depth"}, []string{"model"}},
	{"queue wait", []string{"ml.queue.wait"}, []string{"model"}},
	{"share of positive predictions", []string{"ml.positive"}, modelBy},
	{"invalid values", []string{"ml.invalid.kind"}, []string{"model"}},
}

// versionStats are the tiles that the list does not know already.
var versionStats = []stat{
	{id: "ml.positive", label: "positive"},
	{id: "ml.label.coverage", label: "labelled"},
	{id: "ml.queue.sat", label: "queue full"},
	{id: "ml.replicas", label: "replicas"},
	{id: "ml.shadow.agree", label: "shadow agrees"},
}

// modelWide are the tiles whose metrics are of a model, not of a version.
var modelWide = []string{"ml.queue.sat", "ml.shadow.agree"}

// head is the summary: tiles, what they add up to, and the canary beside the primary.
func (v *models) head(env *ui.Env, m *served) ui.Panel {
	short := latest(env, m.jobs()...)
	// The list's own queries are asked on: the tiles, and a version that is opened from
	// outside, are made of them.
	queries := append(v.queries(env), modelAlerts)
	n := len(queries)
	for _, s := range versionStats {
		labels := modelBy
		if slices.Contains(modelWide, s.id) {
			labels = modelBy[:1]
		}
		queries = append(queries, now(m.only(short, labels...), s.id))
	}
	list := v.list(env).all
	title := strings.TrimSpace(m.title() + " " + m.labels["variant"])
	note := joined(m.labels["framework"], m.labels["stage"])
	return ui.Panel{Title: title, Note: note, Queries: queries, Partial: true, Draw: func(b draw.Box, answers []sources.Frame) draw.Block {
		if len(m.values) == 0 {
			return draw.Message(b, theme.None, "no model "+title+" among those that are served", "esc goes back to the list")
		}
		text := m.text(b, list)
		tiles := m.tiles()
		for i, s := range versionStats {
			f := frame(answers, n+i)
			if len(f.Series) == 0 || s.id == "ml.shadow.agree" && m.labels["variant"] == "canary" {
				continue
			}
			tiles = append(tiles, s.draw(panel(s.id), f, 1))
		}
		return draw.Above(text, draw.Stats(b.Sized(b.W, b.H-len(text)), tiles))
	}}
}

// text is the state and why, what the numbers add up to, and the canary, with a
// blank line below.
func (m *served) text(b draw.Box, list []*served) draw.Block {
	word, level := m.state()
	lines := []string{b.Theme.Level(level).Render(level.Glyph()+" "+word) + b.Theme.Dim.Render(m.because())}
	for _, l := range wrapped(m.says(), b.W) {
		lines = append(lines, b.Theme.Strong.Render(l))
	}
	for _, l := range wrapped(canaryLine(m, list), b.W) {
		lines = append(lines, b.Theme.Text.Render(l))
	}
	return draw.Fit(b.Sized(b.W, min(len(lines)+1, b.H)), lines)
}

// textLines is the height of the text at a width.
func (m *served) textLines(w int, list []*served) int {
	return 2 + len(wrapped(m.says(), w)) + len(wrapped(canaryLine(m, list), w))
}

// wrapped are the lines of a text, none of an empty one.
func wrapped(s string, w int) []string {
	if s == "" {
		return nil
	}
	return draw.Wrap(s, w)
}

// says is what the numbers add up to, when they do.
func (m *served) says() string {
	if s := m.signs().Diagnose(); s != "" {
		return "reads as: " + s
	}
	return ""
}

// tiles are the numbers of the list, larger.
func (m *served) tiles() []draw.Stat {
	tile := func(label, id, note string) draw.Stat {
		c := m.cell(id)
		return draw.Stat{Label: label, Value: c.Text, Level: c.Level, Note: note}
	}
	f1, loss := m.f1Cell(), m.lossCell()
	worst := m.driftCell()
	value, feature, _ := strings.Cut(worst.Text, " ")
	return []draw.Stat{
		tile("predictions", "ml.list.rate", percent(m.share)+" of all"),
		tile("errors", "ml.list.errors", ""),
		tile("p95", "ml.list.p95", ""),
		tile("unsure", "ml.list.confidence", "conf ≤ 0.7"),
		{Label: "drift", Value: value, Note: feature, Level: worst.Level},
		{Label: "F1", Value: f1.Text, Note: loss.Text + " of base", Level: loss.Level},
		{Label: "labels", Value: m.late()},
		tile("invalid values", "ml.invalid", ""),
		tile("trained", "ml.age", "ago"),
		tile("loaded", "ml.deployed", "ago"),
	}
}

// because lists the alerts behind a state.
func (m *served) because() string {
	if len(m.alerts) == 0 {
		return "   no alert about it"
	}
	var out []string
	for _, a := range m.alerts {
		out = append(out, strings.TrimSpace(a.name+" "+a.feature))
	}
	return "   firing: " + strings.Join(out, ", ")
}
