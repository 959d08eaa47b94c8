package views

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/slo"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

var _ = add(40, func() ui.View { return &objectives{} })

// objectives lists the SLOs, worst first, above what the business sees; enter
// opens one.
type objectives struct {
	sel    cursor
	filter string
	// open is the id of the SLO that is open; empty shows the list.
	open  string
	pages pages
	memo  memo[[]*objective]
	badge memo[[]*objective]
	found memo[[]slo.Found]
}

// noObjectives is what to do when there are none.
const noObjectives = "no recording rules of Sloth's form (slo:objective:ratio) and none of Pyrra's: generate them with either or with firewatch slo rules, or see stack/slo/slo.yaml and what is made of it"

// Name implements [ui.View].
func (v *objectives) Name() string { return "slo" }

// Layout implements [ui.View].
func (v *objectives) Layout(env *ui.Env) ui.Node {
	if v.open != "" {
		return v.detailLayout(env)
	}
	all := v.all(env)
	shown := v.shown(all)
	t := v.table(shown)
	list := listPanel("objectives", v.queries(env), v.note(all, shown), noObjectives, t, &v.sel, ids(shown))
	strip := ui.P(business(env)).Fix(businessLines(env)).AtLeast(5)
	high := max(len(shown), 3) + tableFrame
	if len(shown) == 0 || env.H-high-businessLines(env) < overviewLines {
		return ui.Col(ui.P(list), strip)
	}
	return ui.Col(ui.P(list).Fix(high), ui.P(v.budgets(env, shown)), strip)
}

// budgets draws what is left of the budgets over the last hours, from the answer
// that the sparklines are made of.
func (v *objectives) budgets(env *ui.Env, shown []*objective) ui.Panel {
	rows := make([]*row, len(shown))
	for i, o := range shown {
		rows[i] = &row{key: o.id, labels: map[string]string{"title": o.title()}}
	}
	asks, on := objectiveQueries(env, ""), "sloth_id"
	ask := asks[len(asks)-1]
	// Where all are of others' rules, theirs are drawn; next to Sloth's form they
	// have their sparkline only.
	if left := budgetsOf(v.recorded(env)); left != "" && !slices.ContainsFunc(shown, func(o *objective) bool { return o.from.Family == "" }) {
		ask, on = sources.PromQL{Expr: left, Span: budgetSpan}, "slo"
	}
	return coursePanel("budget left, last "+draw.Age(budgetSpan), "slo.remaining", ask, []string{on}, rows, v.sel.ID(),
		func(r *row) string { return r.labels["title"] })
}

// all are the objectives from the answers so far.
func (v *objectives) all(env *ui.Env) []*objective {
	found, own := v.recorded(env), len(objectiveQueries(env, ""))
	return v.memo.get(env, v.queries(env), "", func(answers []sources.Frame) []*objective {
		out := append(objectivesIn(answers[:own]), recordedIn(found, answers[own+1:])...)
		byBadness(out)
		return out
	})
}

// queries are those that make the list: the series of Sloth's form, the rules, and
// what those of others record.
func (v *objectives) queries(env *ui.Env) []sources.Query {
	return slices.Concat(objectiveQueries(env, ""), []sources.Query{rules}, recordedQueries(v.recorded(env)))
}

// shown are those that the filter leaves.
func (v *objectives) shown(all []*objective) []*objective {
	if v.filter == "" {
		return all
	}
	text, not := strings.CutPrefix(strings.ToLower(v.filter), "!")
	var out []*objective
	for _, o := range all {
		state, _ := o.state()
		if strings.Contains(strings.ToLower(o.id+" "+o.service+" "+o.name+" "+state), text) != not {
			out = append(out, o)
		}
	}
	return out
}

func ids(list []*objective) []string {
	out := make([]string, len(list))
	for i, o := range list {
		out[i] = o.id
	}
	return out
}

func (v *objectives) note(all, shown []*objective) string {
	if len(all) == 0 {
		return ""
	}
	if v.filter != "" {
		return fmt.Sprintf("%s · %d of %d · worst first", v.filter, len(shown), len(all))
	}
	return fmt.Sprintf("%d · worst first", len(all))
}

var objectiveTable = []draw.Column{
	{Title: "", W: 1},
	{Title: "objective", Min: 26},
	{Title: "state", W: 15},
	{Title: "target", W: 7, Right: true, Drop: 2},
	{Title: "now", W: 8, Right: true, Drop: 4},
	{Title: "budget left", W: 14, Right: true},
	{Title: "budget 6h", W: 12, Drop: 5},
	{Title: "burn", W: 7, Right: true},
	{Title: "gone in", W: 8, Right: true, Drop: 1},
	{Title: "period", W: 6, Right: true, Drop: 3},
}

func (v *objectives) table(shown []*objective) draw.Table {
	return draw.Table{
		Columns: objectiveTable, Rows: len(shown), Sel: v.sel.index(ids(shown)), Empty: "no objective matches " + v.filter,
		Row: func(i int) []draw.Cell {
			o := shown[i]
			state, level := o.state()
			return []draw.Cell{
				{Text: level.Glyph(), Level: level},
				{Text: o.title(), Match: strings.TrimPrefix(v.filter, "!")},
				{Text: state, Level: quiet(level)},
				{Text: percent(o.Target)}, {Text: percent(o.sli())},
				o.budgetCell(),
				{Spark: append([]float64{}, o.course...), Level: quiet(budgetLevel(o.left))},
				{Text: draw.Unit("times").Format(o.burn), Level: quiet(o.burnLevel())},
				{Text: o.exhaustion(), Level: quiet(level)},
				{Text: draw.Unit("duration").Format(o.Period.Seconds()), Dim: true},
			}
		},
	}
}

// title is the service and the objective's name, or the id where there are none.
func (o *objective) title() string {
	if o.service == "" || o.name == "" {
		return o.id
	}
	return o.service + " " + o.name
}

// budgetCell is the share that is left with a bar; over a young stack's few hours
// it is marked as a value over part of the period.
func (o *objective) budgetCell() draw.Cell {
	c := draw.Cell{Text: percent(o.left), Level: quiet(budgetLevel(o.left))}
	if !math.IsNaN(o.left) {
		c.Meter, c.HasMeter = max(o.left, 0), true
		if o.young {
			c.Text = "~" + c.Text
		}
	}
	return c
}

// budgetLevel grades the budget by the catalogue's thresholds.
func budgetLevel(left float64) theme.Level {
	if math.IsNaN(left) {
		return theme.None
	}
	return panel("slo.remaining").Thresholds.Level(left)
}

// burnLevel grades the burn: from 1 on the budget does not last.
func (o *objective) burnLevel() theme.Level {
	if math.IsNaN(o.burn) {
		return theme.None
	}
	return panel("slo.burn.now").Thresholds.Level(o.burn)
}

// exhaustion is when the budget is gone at the burn over an hour, or the longest
// window below that: five minutes of errors do not end a month.
func (o *objective) exhaustion() string {
	burn, length := o.burn, time.Duration(0)
	for d, e := range o.errors {
		if d <= time.Hour && d > length {
			burn, length = o.Burn(e), d
		}
	}
	d, ends := o.Exhaustion(o.left, burn)
	switch {
	case math.IsNaN(o.left) || math.IsNaN(burn):
		return "–"
	case !ends:
		return "holds"
	case d <= 0:
		return "gone"
	}
	return draw.Age(d)
}

// percent is a ratio with as many digits as a target of three nines needs.
func percent(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case v > 0.99 && v < 1:
		return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", v*100), "0"), ".") + "%"
	case math.Abs(v) >= 10:
		return fmt.Sprintf("%.0f%%", v*100)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", v*100), ".0") + "%"
}

// businessStats are the tiles below the list.
var businessStats = []stat{
	{id: "biz.requests", label: "transactions", spark: false},
	{id: "biz.success", label: "success", spark: false},
	{id: "biz.users", label: "users in 5m", spark: true},
	{id: "biz.amount", label: "amount", pick: sum},
	{id: "biz.lost", label: "fraud let through"},
	{id: "biz.friction", label: "good declined"},
	{id: "biz.sla", label: "SLA 30d"},
}

// sum adds up the series of an answer.
func sum(list []sources.Series) (float64, bool) {
	total, any := 0.0, false
	for i := range list {
		if v, ok := list[i].Last(); ok && v == v {
			total, any = total+v, true
		}
	}
	return total, any
}

// business is what a product manager reads: transactions, money and users over
// the window.
func business(env *ui.Env) ui.Panel {
	p := statsPanel("business", charted(env), businessStats...)
	p.Note = "over " + draw.Age(env.Window.Span())
	p.Blank = "needs business_transactions_total and its kin, from the service"
	return p
}

// businessLines is the height of the tiles: one row of them where it is wide.
func businessLines(env *ui.Env) int {
	if env.Wide(wideScreen) {
		return 5
	}
	return 8
}

// Badge implements [ui.Badger]: the objectives that burn or are exhausted.
func (v *objectives) Badge(env *ui.Env) (string, theme.Level) {
	n, level := 0, theme.None
	for _, s := range env.Result(burningNow).Frame.Series {
		l := theme.Warn
		if s.Labels["sloth_severity"] == "page" {
			l = theme.Crit
		}
		n, level = n+1, max(level, l)
	}
	if n == 0 {
		return "", theme.None
	}
	return fmt.Sprintf("%s%d", level.Glyph(), n), level
}

// burningNow asks for the alerts of objectives, for the badge.
var burningNow = sources.Instant{Expr: `max by (sloth_id, sloth_severity) (ALERTS{alertstate="firing",sloth_id!="",sloth_severity!=""})`}

// Pinned implements [ui.Badger].
func (v *objectives) Pinned() []sources.Query { return []sources.Query{burningNow} }

// Back implements [ui.Backer].
func (v *objectives) Back(*ui.Env) bool {
	switch {
	case v.open != "":
		v.open = ""
	case v.filter != "":
		v.filter = ""
	default:
		return false
	}
	return true
}

// Open implements [ui.Opener]: arg is an id, which opens it, or part of a name,
// which filters the list; none is the list.
func (v *objectives) Open(env *ui.Env, arg string) error {
	v.open, v.filter, v.pages = "", "", pages{}
	arg = strings.TrimSpace(arg)
	for _, o := range v.all(env) {
		if o.id == arg {
			v.open = arg
			return nil
		}
	}
	v.filter = arg
	return nil
}

// Complete implements [ui.Completer].
func (v *objectives) Complete(env *ui.Env, arg string) []string {
	return beginning(arg, ids(v.all(env)))
}

// Keys implements [ui.View].
func (v *objectives) Keys(env *ui.Env) []ui.Key {
	all := v.all(env)
	shown := v.shown(all)
	listed := v.open == ""
	o, ok := at(shown, v.sel.index(ids(shown)))
	if !listed {
		o, ok = v.opened(all)
	}
	off := unless(ok, "no objective is selected")
	if o == nil {
		o = &objective{}
	}
	noService := joined(off, unless(o.service != "", "its rules name no service"))
	alerts := is("sloth_id", o.id)
	if o.from.Family == slo.FamilyPyrra {
		alerts = is("slo", o.id)
	}
	inList := unless(listed, "leave the objective first")
	jump := func(tab string, arg func() string) func(*ui.Env) tea.Cmd {
		return func(env *ui.Env) tea.Cmd { return env.Open(tab, arg()) }
	}
	out := []ui.Key{
		{ID: "open", On: []string{"enter"}, Help: "open", Off: joined(inList, off), Hidden: !listed, Run: func(*ui.Env) tea.Cmd {
			v.open, v.pages = o.id, pages{}
			return nil
		}},
		filterKey("objectives", listed, &v.filter),
		{ID: "logs", On: []string{"L"}, Help: "its logs", Off: noService, Run: jump("logs", func() string { return phrase("service.name", o.service) })},
		{ID: "service", On: []string{"M"}, Help: "its service", Off: noService, Run: jump("application", func() string { return o.service })},
		{ID: "alerts", On: []string{"A"}, Help: "its alerts", Off: off, Run: jump("alerts", func() string { return alerts })},
	}
	out = append(out, v.pages.keys(listed)...)
	return append(out, v.sel.keys(ids(shown), inList)...)
}

// opened is the objective that is open.
func (v *objectives) opened(all []*objective) (*objective, bool) {
	for _, o := range all {
		if o.id == v.open {
			return o, true
		}
	}
	return nil, false
}
