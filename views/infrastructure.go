package views

import (
	"fmt"
	"slices"
	"strings"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

var _ = add(10, func() ui.View { return &infrastructure{} })

// infrastructure lists the hosts, worst first; enter opens one.
type infrastructure struct {
	sel    cursor
	filter string
	// sorted is the order of the list: empty is worst first, otherwise u, s or e.
	sorted string
	// host is the instance that is open, or a name of it from outside; empty shows the list.
	host  string
	pages pages
	memo  memo[hosts]
}

// hosts are the rows of the list.
type hosts struct {
	// all are in no order; shown are those that the filter leaves, in the order of the list.
	all, shown []*row
	// keys are the identities of those that are shown.
	keys []string
	// down are the instances that Prometheus fails to scrape, with the reason.
	down map[string]string
}

// The columns of the fleet table, by what they tell.
var (
	fleetUse   = []string{"infra.fleet.cpu", "infra.fleet.mem", "infra.fleet.disk", "infra.fleet.io"}
	fleetFull  = []string{"infra.fleet.load", "infra.fleet.psi"}
	fleetOther = []string{"infra.fleet.rx", "infra.fleet.tx", "infra.fleet.temp", "infra.fleet.uptime"}
)

// fleet are the entries of the table in the order of its queries; the first says
// which hosts there are. Those of fleetCourses follow again, for sparklines.
var (
	fleet        = slices.Concat([]string{"infra.fleet.name"}, fleetUse, fleetFull, fleetOther, []string{"infra.fleet.alerts"})
	fleetCourses = []string{"infra.fleet.cpu", "infra.fleet.mem"}
)

// noHosts is what to do when there are none.
const noHosts = "node_exporter gives these metrics: add its job to Prometheus' scrape_configs"

// Name implements [ui.View].
func (v *infrastructure) Name() string { return "infrastructure" }

// Short implements [ui.Shortener].
func (v *infrastructure) Short() string { return "infra" }

// Layout implements [ui.View].
func (v *infrastructure) Layout(env *ui.Env) ui.Node {
	if v.host != "" {
		return v.hostLayout(env)
	}
	h := v.hosts(env)
	t := v.table(env, h)
	vars := latest(env)
	trend := func(title, id string) ui.Panel {
		return coursePanel(title+", last "+draw.Age(recent), id, course(vars, id, recent), []string{"instance"}, h.shown, v.sel.ID(), hostName)
	}
	list := listPanel("hosts", v.queries(env), v.note(h), noHosts, t, &v.sel, h.keys)
	return overview(env, list, len(h.shown), trend("cpu", "infra.fleet.cpu"), trend("memory", "infra.fleet.mem"))
}

// queries are those of the table.
func (v *infrastructure) queries(env *ui.Env) []sources.Query {
	vars := latest(env)
	out := columnsOf(vars, fleet...)
	for _, id := range fleetCourses {
		out = append(out, course(vars, id, recent))
	}
	return out
}

// hosts are the rows from the answers so far.
func (v *infrastructure) hosts(env *ui.Env) hosts {
	qs := append(v.queries(env), sources.Targets{})
	return v.memo.get(env, qs, v.sorted+" "+v.filter, func(answers []sources.Frame) hosts {
		h := hosts{
			all:  join([]string{"instance"}, true, slices.Concat(fleet, fleetCourses), answers),
			down: downIn(answers[len(answers)-1].Targets),
		}
		h.shown = slices.Clone(matching(h.all, v.filter))
		v.order(h)
		h.keys = keys(h.shown)
		return h
	})
}

// order sorts what is shown by what was chosen; a host that does not answer is worst.
func (v *infrastructure) order(h hosts) {
	byScore(h.shown, func(r *row) float64 {
		alerts, _ := r.get("infra.fleet.alerts")
		_, seen := r.get("infra.fleet.cpu")
		switch {
		case v.sorted == "u":
			return r.score(fleetUse...)
		case v.sorted == "s":
			return r.score(fleetFull...)
		case h.down[r.key] != "":
			return 100
		case v.sorted == "e":
			return alerts
		case !seen:
			return 50
		}
		// An alert outweighs a threshold of this table: somebody wanted to be told.
		return r.score(fleet...) + min(alerts, 5)
	})
}

// downIn are the instances of the targets that do not answer, with the reason.
func downIn(targets []sources.Target) map[string]string {
	out := map[string]string{}
	for _, t := range targets {
		if t.Health == "down" {
			out[t.Instance] = named(t.LastError, "down")
		}
	}
	return out
}

// hostName is what a host is called: its own name, and whether it is real.
func hostName(r *row) string {
	name := named(r.labels["nodename"], r.labels["instance"])
	if r.labels["simulated"] == "true" {
		name += " (simulated)"
	}
	return name
}

var fleetColumns = []draw.Column{
	{Title: "", W: 1},
	{Title: "host", Min: 14},
	{Title: "cpu", W: 6, Right: true},
	{Title: "cpu 30m", W: 14, Drop: 8},
	{Title: "load", W: 5, Right: true, Drop: 3},
	{Title: "mem", W: 6, Right: true},
	{Title: "mem 30m", W: 14, Drop: 9},
	{Title: "disk", W: 6, Right: true},
	{Title: "io", W: 6, Right: true, Drop: 2},
	{Title: "rx", W: 9, Right: true, Drop: 5},
	{Title: "tx", W: 9, Right: true, Drop: 6},
	{Title: "stall", W: 6, Right: true, Drop: 4},
	{Title: "temp", W: 6, Right: true, Drop: 7},
	{Title: "up", W: 6, Right: true, Drop: 7},
	{Title: "alerts", W: 6, Right: true, Drop: 1},
}

// wideScreen is the width from which a number has room for a bar before it.
const wideScreen = 150

// table draws the rows.
func (v *infrastructure) table(env *ui.Env, h hosts) draw.Table {
	columns := fleetColumns
	number := (*row).cell
	if env.Wide(wideScreen) {
		number = (*row).meter
		columns = slices.Clone(columns)
		for _, i := range []int{2, 5, 7} {
			columns[i].W = 14
		}
	}
	t := draw.Table{
		Columns: columns, Rows: len(h.shown), Sel: v.sel.index(h.keys), Empty: "no host matches " + v.filter,
		Sorted: map[string]int{"u": 3, "s": 5, "e": 15}[v.sorted], Desc: true,
	}
	t.Row = func(i int) []draw.Cell {
		r := h.shown[i]
		name := draw.Cell{Text: hostName(r), Match: strings.TrimPrefix(v.filter, "!")}
		state, level := stateOf(r, h.down)
		if level == theme.Crit && state == "down" {
			name.Text, name.Level = name.Text+" down", level
		}
		alerts := r.cell("infra.fleet.alerts")
		if n, ok := r.get("infra.fleet.alerts"); ok && n > 0 {
			alerts.Level = theme.Crit
		}
		return []draw.Cell{
			{Text: level.Glyph(), Level: level}, name,
			number(r, "infra.fleet.cpu"), r.spark("infra.fleet.cpu"), r.cell("infra.fleet.load"),
			number(r, "infra.fleet.mem"), r.spark("infra.fleet.mem"), number(r, "infra.fleet.disk"), r.cell("infra.fleet.io"),
			r.cell("infra.fleet.rx"), r.cell("infra.fleet.tx"), r.cell("infra.fleet.psi"), r.cell("infra.fleet.temp"),
			r.cell("infra.fleet.uptime"), alerts,
		}
	}
	return t
}

// stateOf is a host's state in a word, and its level.
func stateOf(r *row, down map[string]string) (string, theme.Level) {
	if down[r.key] != "" {
		return "down", theme.Crit
	}
	if _, ok := r.get("infra.fleet.cpu"); !ok {
		return "no data", theme.Warn
	}
	l := max(r.level(fleet...), theme.Good)
	return l.Word(), l
}

// note is what the border says: the filter, the numbers and the order.
func (v *infrastructure) note(h hosts) string {
	if len(h.all) == 0 {
		return ""
	}
	note := fmt.Sprint(len(h.all))
	if v.filter != "" {
		note = fmt.Sprintf("%s · %d of %d", v.filter, len(h.shown), len(h.all))
	}
	order := map[string]string{"": "worst first", "u": "by utilisation", "s": "by saturation", "e": "by errors"}[v.sorted]
	return joined(note, order)
}

// Badge implements [ui.Badger]: the targets that do not answer.
func (v *infrastructure) Badge(env *ui.Env) (string, theme.Level) {
	n := 0
	for _, t := range env.Result(sources.Targets{}).Frame.Targets {
		if t.Health == "down" {
			n++
		}
	}
	if n == 0 {
		return "", theme.None
	}
	return fmt.Sprintf("%s%d", theme.Crit.Glyph(), n), theme.Crit
}

// Pinned implements [ui.Badger]. Every tab reads the scrape interval off the targets.
func (v *infrastructure) Pinned() []sources.Query { return []sources.Query{sources.Targets{}} }

// Back implements [ui.Backer].
func (v *infrastructure) Back(*ui.Env) bool {
	switch {
	case v.host != "":
		v.host = ""
	case v.filter != "":
		v.filter = ""
	default:
		return false
	}
	return true
}

// Open implements [ui.Opener]: arg is a host's name or instance; none is the list.
func (v *infrastructure) Open(_ *ui.Env, arg string) error {
	v.host, v.pages = strings.TrimSpace(arg), pages{}
	return nil
}

// Complete implements [ui.Completer].
func (v *infrastructure) Complete(env *ui.Env, arg string) []string {
	var names []string
	for _, r := range v.hosts(env).all {
		names = append(names, named(r.labels["nodename"], r.labels["instance"]))
	}
	return beginning(arg, names)
}
