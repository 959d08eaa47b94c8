package views

import (
	"fmt"
	"math"

	"firewatch/signals/quality"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// qualityLines are the measures over time. There is one version only, so that the
// names need not tell which.
var qualityLines = []stat{
	{id: "ml.f1", label: "F1"}, {id: "ml.precision", label: "precision"},
	{id: "ml.recall", label: "recall"}, {id: "ml.accuracy", label: "accuracy"},
}

// qualityPanel draws what the labels say over time, with the offline F1 as a line.
func (v *models) qualityPanel(env *ui.Env, m *served, loads *markers) ui.Panel {
	exact := m.only(charted(env, m.jobs()...), modelBy...)
	var lines []line
	for _, q := range qualityLines {
		l := line{panel(q.id), over(exact, q.id)}
		l.query.Legend = q.label
		lines = append(lines, l)
	}
	base := *panel("ml.baseline")
	base.Legend = "F1 in training"
	lines = append(lines, line{&base, over(baselineOf(m, exact, "f1"), "ml.baseline")})
	return linePanel(env, "quality", 1, loads, lines)
}

// baselineOf selects the offline evaluation: it has no variant.
func baselineOf(m *served, v Vars, metric string) Vars {
	out := m.only(v, "model", "version")
	if metric != "" {
		out["model"] = all(out["model"], is("metric", metric))
	}
	return out
}

var qualityColumns = []draw.Column{
	{Title: "", W: 1},
	{Title: "measure", Min: 12},
	{Title: "live", W: 14, Right: true},
	{Title: "training", W: 9, Right: true},
	{Title: "differs", W: 8, Right: true},
}

// qualityTable compares the measures over the window with the offline evaluation,
// and says how many labels they rest on, and how late those are.
func (v *models) qualityTable(env *ui.Env, m *served) ui.Panel {
	short := latest(env, m.jobs()...)
	qs := []sources.Query{now(m.only(short, modelBy...), "ml.feedback"), now(baselineOf(m, short, ""), "ml.baseline")}
	p := ui.Panel{Title: "quality against training", Queries: qs, Partial: true, Blank: blank(panel("ml.feedback"))}
	p.Note = "over " + draw.Age(env.Window.Span())
	if late := m.late(); late != "–" {
		p.Note = joined("labels "+late, p.Note)
	}
	p.Draw = func(b draw.Box, answers []sources.Frame) draw.Block {
		s := summaryOf(frame(answers, 0))
		base := map[string]float64{}
		for _, series := range frame(answers, 1).Series {
			if val, ok := series.Last(); ok {
				base[series.Labels["metric"]] = val
			}
		}
		rows := qualityRows(s, base)
		word := fmt.Sprintf("from %s labels", draw.Unit("count").Format(s.N))
		switch {
		case s.N < quality.Few:
			word += ": too few to say"
		case s.Class != "":
			word += "; positive is " + s.Class
		default:
			word += "; means over the classes"
		}
		t := draw.Table{Columns: qualityColumns, Rows: len(rows), Sel: -1, Row: func(i int) []draw.Cell { return rows[i] }}
		return draw.Above(t.Draw(b.Sized(b.W, b.H-1)), draw.Fit(b.Sized(b.W, min(b.H, 1)), []string{b.Theme.Dim.Render(word)}))
	}
	return p
}

// summaryOf are the measures of the answer to ml.feedback.
func summaryOf(f sources.Frame) quality.Summary {
	counts := quality.Matrix{}
	for _, s := range f.Series {
		if n, ok := s.Last(); ok {
			counts.Add(s.Labels["predicted"], s.Labels["actual"], n)
		}
	}
	return counts.Summary()
}

// qualityRows are the cells of the table.
func qualityRows(s quality.Summary, base map[string]float64) [][]draw.Cell {
	var out [][]draw.Cell
	for _, r := range []struct {
		name, metric string
		quality.Measure
	}{
		{"F1", "f1", s.F1}, {"precision", "precision", s.Precision}, {"recall", "recall", s.Recall},
		{"accuracy", "accuracy", s.Accuracy}, {"positive", "positive_rate", s.Positive}, {"MCC", "mcc", s.MCC},
	} {
		dash := draw.Cell{Text: "–", Dim: true}
		cells := []draw.Cell{{}, {Text: r.name}, dash, dash, dash}
		known := r.Value == r.Value && s.N >= quality.Few
		if known {
			cells[2] = draw.Cell{Text: fmt.Sprintf("%.3f", r.Value)}
			if r.Error == r.Error {
				cells[2].Text += fmt.Sprintf(" ±%.3f", r.Error)
			}
		}
		if b, ok := base[r.metric]; ok && b == b {
			cells[3] = draw.Cell{Text: fmt.Sprintf("%.3f", b), Dim: true}
			if known {
				level := differs(r.metric, r.Measure, b, s.N)
				cells[4] = draw.Cell{Text: fmt.Sprintf("%+.3f", r.Value-b), Level: quiet(level)}
				cells[0] = draw.Cell{Text: level.Glyph(), Level: level}
			}
		}
		out = append(out, cells)
	}
	return out
}

// differs grades a measure beside its baseline. F1 has limits of its own; the others
// are a loss when that is clearly more than chance, and the positive rate when it
// changed by half, either way.
func differs(metric string, m quality.Measure, base, n float64) theme.Level {
	d := m.Value - base
	switch {
	case n <= enoughLabels || metric == "mcc":
		return theme.None
	case metric == "f1" && d < lossCrit:
		return theme.Crit
	case metric == "positive_rate" && math.Abs(d) > base/2,
		metric != "positive_rate" && d < lossWarn && (m.Error != m.Error || d < -3*m.Error):
		return theme.Warn
	}
	return theme.Good
}
