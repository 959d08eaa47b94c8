package views

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"firewatch/signals/drift"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

var _ = add(30, func() ui.View { return &models{} })

// models lists what serves predictions, a row for each version and variant of a
// model, worst first; enter opens one, and enter there one of its features.
type models struct {
	sel    cursor
	filter string
	// open is the key of the version that is open, or words for it from outside: model,
	// version, variant; empty shows the list.
	open string
	// feature is the one that is open within it; empty shows all.
	feature  string
	features cursor
	// whole has the bins counted over the window on the screen, and not just lately.
	whole bool
	pages pages
	memo  memo[modelList]
	bins  memo[[]*feature]
}

// noModels is what to do when there are none.
const noModels = "no ml_model_info: instrument the models as the handbook says, and scrape them"

// Name implements [ui.View].
func (v *models) Name() string { return "models" }

// Layout implements [ui.View].
func (v *models) Layout(env *ui.Env) ui.Node {
	switch {
	case v.open != "" && v.feature != "":
		return v.featureLayout(env)
	case v.open != "":
		return v.versionLayout(env)
	}
	l := v.list(env)
	t := v.table(env, l)
	rows := make([]*row, len(l.shown))
	for i, m := range l.shown {
		rows[i] = m.row
	}
	rate := coursePanel("predictions, last "+draw.Age(recent), "ml.list.rate", course(latest(env), "ml.list.rate", recent), modelBy, rows, v.sel.ID(), modelName)
	quality := chartPanel(env, "quality (F1)", charted(env), "ml.f1")
	list := listPanel("models", v.queries(env), v.note(l), noModels, t, &v.sel, l.keys)
	return overview(env, list, len(l.shown), rate, quality)
}

// modelName is what a version is called in a legend.
func modelName(r *row) string {
	return strings.TrimSpace(r.labels["model"] + " " + r.labels["version"] + " " + r.labels["variant"])
}

var modelTable = []draw.Column{
	{Title: "", W: 1},
	{Title: "model", Min: 12},
	{Title: "variant", W: 7},
	{Title: "state", W: 11},
	{Title: "pred/s", W: 7, Right: true},
	{Title: "share", W: 6, Right: true, Drop: 7},
	{Title: "30m", W: 12, Drop: 3},
	{Title: "p95", W: 6, Right: true, Drop: 1},
	{Title: "errors", W: 7, Right: true},
	{Title: "unsure", W: 7, Right: true, Drop: 6},
	{Title: "drift", W: 16},
	{Title: "F1", W: 6, Right: true},
	{Title: "of base", W: 7, Right: true, Drop: 2},
	{Title: "labels", W: 8, Right: true, Drop: 8},
	{Title: "invalid", W: 7, Right: true, Drop: 5},
	{Title: "trained", W: 7, Right: true, Drop: 9},
	{Title: "loaded", W: 6, Right: true, Drop: 9},
	{Title: "alerts", W: 6, Right: true, Drop: 4},
}

// table draws the rows.
func (v *models) table(env *ui.Env, l modelList) draw.Table {
	columns := modelTable
	if env.Wide(wideScreen) {
		columns = slices.Clone(columns)
		columns[3].W, columns[10].W = 20, 24
	}
	return draw.Table{
		Columns: columns, Rows: len(l.shown), Sel: v.sel.index(l.keys), Empty: "no model matches " + v.filter,
		Row: func(i int) []draw.Cell {
			m := l.shown[i]
			word, level := m.state()
			alerts := draw.Cell{Text: "–", Dim: true}
			if n := len(m.alerts); n > 0 {
				alerts = draw.Cell{Text: fmt.Sprint(n), Level: m.loudest()}
			}
			return []draw.Cell{
				{Text: level.Glyph(), Level: level},
				{Text: m.title(), Match: strings.TrimPrefix(v.filter, "!")}, {Text: m.labels["variant"], Dim: m.labels["variant"] != "primary"},
				{Text: word, Level: quiet(level)},
				m.cell("ml.list.rate"), {Text: percent(m.share), Dim: true}, m.spark("ml.list.rate"), m.cell("ml.list.p95"), m.cell("ml.list.errors"),
				m.cell("ml.list.confidence"), m.driftCell(), m.f1Cell(), m.lossCell(), {Text: m.late(), Dim: true}, m.cell("ml.invalid"),
				m.cell("ml.age"), m.cell("ml.deployed"), alerts,
			}
		},
	}
}

// driftCell is the worst recorded index with its feature, or why there is none.
func (m *served) driftCell() draw.Cell {
	worst, ok := m.worstFeature()
	switch {
	case ok:
		return draw.Cell{Text: fmt.Sprintf("%.2f %s", worst.psi, worst.name), Level: quiet(worst.level())}
	case len(m.features) > 0:
		return draw.Cell{Text: fmt.Sprintf("n<%d", enoughValues), Dim: true}
	}
	return draw.Cell{Text: "–", Dim: true}
}

// enoughValues is how many values the recorded index needs, whose bins are deciles.
var enoughValues = func() int {
	n := 1
	for !drift.Enough(10, float64(n)) {
		n++
	}
	return n
}()

// f1Cell is F1, unless there are too few labels to say.
func (m *served) f1Cell() draw.Cell {
	if n, ok := m.get("ml.list.labels"); ok && n < fewLabels {
		return draw.Cell{Text: fmt.Sprintf("n<%d", fewLabels), Dim: true}
	}
	return m.cell("ml.f1")
}

// lossCell is how far F1 is from the offline evaluation.
func (m *served) lossCell() draw.Cell {
	loss, ok := m.loss()
	if !ok {
		return draw.Cell{Text: "–", Dim: true}
	}
	return draw.Cell{Text: fmt.Sprintf("%+.2f", loss), Level: quiet(m.lossLevel())}
}

// late is how long labels take, of which quality knows nothing yet.
func (m *served) late() string {
	d, ok := m.get("ml.list.delay")
	if !ok {
		return "–"
	}
	return draw.Age(time.Duration(d*float64(time.Second))) + " late"
}

// note is what the border says: the filter, the numbers and the order.
func (v *models) note(l modelList) string {
	switch {
	case len(l.all) == 0:
		return ""
	case v.filter != "":
		return fmt.Sprintf("%s · %d of %d · worst first", v.filter, len(l.shown), len(l.all))
	}
	return fmt.Sprintf("%d · worst first", len(l.all))
}

// Badge implements [ui.Badger]: the models with an alert to act on.
func (v *models) Badge(env *ui.Env) (string, theme.Level) {
	level, names := theme.None, map[string]bool{}
	for _, s := range env.Result(modelAlerts).Frame.Series {
		if l := theme.Severity(s.Labels["severity"]); l >= theme.Warn {
			level, names[s.Labels["model"]] = max(level, l), true
		}
	}
	if len(names) == 0 {
		return "", theme.None
	}
	return fmt.Sprintf("%s%d", level.Glyph(), len(names)), level
}

// Pinned implements [ui.Badger].
func (v *models) Pinned() []sources.Query { return []sources.Query{modelAlerts} }

// Back implements [ui.Backer]: out of the feature first, then the version, then the filter.
func (v *models) Back(*ui.Env) bool {
	switch {
	case v.open != "" && v.feature != "":
		v.feature = ""
	case v.open != "":
		v.open = ""
	case v.filter != "":
		v.filter = ""
	default:
		return false
	}
	return true
}

// Open implements [ui.Opener]: arg is a model, then perhaps its version and its
// variant; without those it is what serves as primary. A word such as feature=amount
// opens the feature within it. None is the list.
func (v *models) Open(_ *ui.Env, arg string) error {
	v.open, v.feature, v.features, v.pages = "", "", cursor{}, pages{}
	var words []string
	for _, w := range strings.Fields(arg) {
		if f, ok := strings.CutPrefix(w, "feature="); ok {
			v.feature = f
		} else {
			words = append(words, w)
		}
	}
	v.open = strings.Join(words, " ")
	if v.open == "" && v.feature != "" {
		v.feature = ""
		return errors.New("a feature is one of a model: models MODEL VERSION VARIANT feature=NAME")
	}
	return nil
}

// Complete implements [ui.Completer].
func (v *models) Complete(env *ui.Env, arg string) []string {
	var names []string
	for _, m := range v.list(env).all {
		names = append(names, m.labels["model"], strings.TrimSpace(m.title()+" "+m.labels["variant"]))
	}
	return beginning(arg, names)
}
