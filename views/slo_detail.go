package views

import (
	"fmt"
	"math"
	"time"

	"firewatch/signals/slo"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// detailLayout shows one objective: what it comes to and its burn table above,
// the course of its budget, errors and events below.
func (v *objectives) detailLayout(env *ui.Env) ui.Node {
	which := is("sloth_id", v.open)
	vars := charted(env).With("slo", which)
	o, found := v.opened(v.all(env))
	head := v.head(env, o, found)
	var panels []ui.Panel
	for _, c := range objectiveCharts {
		p := chartPanel(env, c.title, vars, c.ids...)
		if c.ids[0] == "slo.errors" {
			budgetLine(env, &p, o)
		}
		panels = append(panels, p)
	}
	if found && o.from.Family != "" {
		panels = recordedCharts(env, o)
	}
	return v.pages.layout(env, head, headLines, panels)
}

// objectiveCharts are the panels of an objective.
var objectiveCharts = []chart{
	{title: "budget left", ids: []string{"slo.remaining"}},
	{title: "error ratio over 5m", ids: []string{"slo.errors"}},
	{title: "events", ids: []string{"slo.events.bad", "slo.events.total"}},
	{title: "burn rate", ids: []string{"slo.burn.now"}},
}

// headLines is the height of the summary with its burn table.
const headLines = 10

// head is the summary: the state in a sentence, the budget, and the burn table.
func (v *objectives) head(env *ui.Env, o *objective, found bool) ui.Panel {
	title := v.open
	if found {
		title = o.title()
	}
	// The first answers are the list's own, so that a detail that is opened from
	// outside finds its objective.
	asks := append(v.queries(env), now(latest(env).With("slo", is("sloth_id", v.open)), "slo.since"))
	return ui.Panel{Title: title, Queries: asks, Partial: true, Draw: func(b draw.Box, answers []sources.Frame) draw.Block {
		if !found {
			return draw.Message(b, theme.None, "no objective "+v.open+" among the recorded ones", "esc goes back to the list")
		}
		age, known := value(frame(answers, len(answers)-1))
		return o.summary(b, env, time.Duration(age*float64(time.Second)), known)
	}}
}

// summary draws the head.
func (o *objective) summary(b draw.Box, env *ui.Env, age time.Duration, known bool) draw.Block {
	t := b.Theme
	state, level := o.state()
	lines := []string{
		t.Level(level).Render(level.Glyph()+" "+state) + t.Text.Render(fmt.Sprintf("   objective %s over %s · now %s · burn %s · gone in %s",
			percent(o.Target), draw.Unit("duration").Format(o.Period.Seconds()), percent(o.sli()), draw.Unit("times").Format(o.burn), o.exhaustion())),
		t.Text.Render("budget left ") + t.Level(budgetLevel(o.left)).Render(draw.Meter(max(o.left, 0), 20)+" "+percent(o.left)) + t.Dim.Render(o.coverage(age, known)),
		t.Dim.Render(o.meaning()),
	}
	head := draw.Fit(b.Sized(b.W, min(len(lines), b.H)), lines)
	return draw.Above(head, burnTable(o.rows()).Draw(b.Sized(b.W, b.H-len(head))))
}

// coverage says over how much of the period the value is known.
func (o *objective) coverage(age time.Duration, known bool) string {
	if !known || age >= o.Period-time.Hour {
		return ""
	}
	return fmt.Sprintf("   over %s of %s: the data is no older", draw.Age(age), draw.Unit("duration").Format(o.Period.Seconds()))
}

// meaning says what the numbers cost in events and time.
func (o *objective) meaning() string {
	budget := o.Budget()
	if math.IsNaN(budget) {
		return "the objective is not between 0 and 100 %"
	}
	return fmt.Sprintf("%s of 10 000 events may fail; burn 1 spends the budget in %s", draw.Unit("count").Format(budget*10000), draw.Unit("duration").Format(o.Period.Seconds()))
}

var burnColumns = []draw.Column{
	{Title: "", W: 1},
	{Title: "raises", W: 7},
	{Title: "when both burn over", W: 20, Right: true},
	{Title: "long", W: 7, Right: true},
	{Title: "burn", W: 9, Right: true},
	{Title: "short", W: 7, Right: true},
	{Title: "burn", W: 9, Right: true},
	{Title: "budget spent", W: 13, Right: true, Drop: 1},
	{Title: "state", Min: 8},
}

// burnTable is the multi-window multi-burn-rate table: a row fires when both of
// its windows burn faster than its factor.
func burnTable(rows []slo.Condition) draw.Table {
	return draw.Table{Columns: burnColumns, Rows: len(rows), Sel: -1, Empty: "no windows", Row: func(i int) []draw.Cell {
		c := rows[i]
		state := c.State()
		level := map[string]theme.Level{"fires": theme.Warn, "ending": theme.Info, "starting": theme.Info, "ok": theme.Good}[state]
		if state == "fires" && c.Severity == "page" {
			level = theme.Crit
		}
		burn := func(v float64) draw.Cell {
			cell := draw.Cell{Text: draw.Unit("times").Format(v)}
			if v > c.Threshold {
				cell.Level = max(level, theme.Warn)
			}
			return cell
		}
		return []draw.Cell{
			{Text: level.Glyph(), Level: level}, {Text: c.Severity}, {Text: draw.Unit("times").Format(c.Threshold)},
			{Text: draw.Unit("duration").Format(c.Long.Seconds()), Dim: true}, burn(c.LongBurn),
			{Text: draw.Unit("duration").Format(c.Short.Seconds()), Dim: true}, burn(c.ShortBurn),
			{Text: percent(c.LongBurn * c.Share / c.Threshold)}, {Text: state, Level: quiet(level)},
		}
	}}
}

// budgetLine draws the objective's budget into the chart of its error ratio, as a
// threshold: above the line the budget does not last the period.
func budgetLine(env *ui.Env, p *ui.Panel, o *objective) {
	if o == nil {
		return
	}
	budget, plot := o.Budget(), p.Draw
	w, loc := env.Window, env.Location()
	p.Draw = func(b draw.Box, answers []sources.Frame) draw.Block {
		series := frame(answers, 0).Series
		if len(series) == 0 || math.IsNaN(budget) {
			return plot(b, answers)
		}
		return draw.Chart{
			Series: series, Names: []string{"errors"}, Unit: "ratio", Start: w.Start, End: w.End, Step: w.Step, Location: loc, Legend: true, FixMin: true,
			Thresholds: []draw.Threshold{{Value: budget, Level: theme.Warn, Label: "budget"}},
		}.Draw(b)
	}
}
