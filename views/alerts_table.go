package views

import (
	"strings"
	"time"

	"firewatch/signals/route"
	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// table is the list, in w cells.
func (v *alerts) table(env *ui.Env, w int) draw.Table {
	columns := []draw.Column{
		{Title: "severity", W: 10}, {Title: "alert", W: 24}, {Title: "state", W: 9}, {Title: "for", W: 5, Right: true},
		{Title: "who, why", W: 16, Drop: 2}, {Title: "where", W: 20, Drop: 3}, {Title: "summary", Min: 12, Drop: 1},
	}
	if w >= 170 {
		columns[4].W = 30
	}
	if len(v.noise.known) > 0 {
		columns = append(columns, draw.Column{Title: "noise", W: 6, Right: true, Drop: 4})
	}
	if v.rows.several {
		columns = append(columns, draw.Column{Title: "cluster", W: 8})
	}
	// The summary is the last, since it takes what is left.
	columns[6], columns[len(columns)-1] = columns[len(columns)-1], columns[6]
	lines := v.list.lines
	return draw.Table{Columns: columns, Rows: len(lines), Sel: v.sel.Index(v.list.ids), Empty: v.empty(), Marked: v.marked(), Row: func(i int) []draw.Cell {
		if lines[i].row == nil {
			return v.headingCells(env, lines[i].group)
		}
		cells := v.rowCells(env, lines[i])
		if len(v.noise.known) > 0 {
			cells = append(cells, draw.Cell{Text: noiseText(lines[i].row.noise), Dim: true})
		}
		if v.rows.several {
			cells = append(cells, draw.Cell{Text: lines[i].row.alert.Cluster, Dim: lines[i].row.quiet()})
		}
		cells[6], cells[len(cells)-1] = cells[len(cells)-1], cells[6]
		return cells
	}}
}

func (v *alerts) headingCells(env *ui.Env, g *alertGroup) []draw.Cell {
	quiet := g.counts[silence.Firing] == 0
	level := g.level
	if quiet {
		level = theme.None
	}
	return []draw.Cell{
		{Text: g.level.Glyph() + " " + g.worst.alert.Severity(), Level: level, Dim: quiet},
		{Text: g.title(&v.marks), Span: true, Tail: g.tail(env.Now), Dim: quiet},
	}
}

func (v *alerts) rowCells(env *ui.Env, l alertLine) []draw.Cell {
	r := l.row
	quiet := r.quiet()
	level := r.level
	if quiet {
		level = theme.None
	}
	state := r.status.State.String()
	if r.status.Settling {
		state += "…"
	}
	name := r.alert.Name()
	if l.group != nil {
		name = "  " + name
	}
	if r.noise != nil && r.noise.Flaps() {
		name += " " + flapGlyph
	}
	return []draw.Cell{
		{Text: r.level.Glyph() + " " + r.alert.Severity(), Level: level, Dim: quiet},
		{Text: name, Dim: quiet},
		{Text: state, Dim: quiet},
		{Text: draw.Age(env.Now.Sub(r.alert.StartsAt)), Dim: quiet},
		{Text: v.reason(env, r), Dim: quiet},
		{Text: where(r.alert.Labels), Dim: quiet},
		{Text: r.alert.Annotations["summary"], Dim: quiet},
	}
}

// reason is who has an alert and for how long, or what keeps it quiet, in few words.
func (v *alerts) reason(env *ui.Env, r *alertRow) string {
	s := &r.status
	switch s.State {
	case silence.Acked, silence.Silenced:
		if s.Who == "" {
			return "silence " + short(s.Cause)
		}
		return s.Who + ", " + draw.Age(s.Until.Sub(env.Now)) + " left"
	case silence.Inhibited:
		if rule := v.inhibitedBy(env, r); rule != "" {
			return s.Cause + ", rule " + rule
		}
	case silence.Pending:
		if r.rule != nil && r.rule.For > 0 {
			return "fires " + soon(r.alert.StartsAt.Add(r.rule.For).Sub(env.Now))
		}
	case silence.Firing, silence.Muted:
	}
	return s.Cause
}

// soon is a time to come; one that is over has not been noticed yet.
func soon(d time.Duration) string {
	if d < time.Second {
		return "any moment"
	}
	return "in " + draw.Age(d)
}

// configured asks for the configuration, which has the routes and the names of
// the inhibition rules.
var configured = sources.AlertmanagerStatus{}

// configuredFor is configured of the alert's own cluster.
func configuredFor(r *alertRow) sources.Query {
	return sources.AlertmanagerStatus{Cluster: r.alert.Cluster}
}

// inhibitors is the configuration as it was read last.
type inhibitors struct {
	at   time.Time
	tree *route.Tree
}

// inhibitedBy is the name of the rule that holds an alert back; empty when it has
// none, is not known, or when there are several clusters, each with rules of its own.
func (v *alerts) inhibitedBy(env *ui.Env, r *alertRow) string {
	res := env.Result(configured)
	if v.rows.several || res.Frame.Status == nil {
		return ""
	}
	if c := &v.routes; c.tree == nil || !c.at.Equal(res.At) {
		c.at = res.At
		c.tree, _ = route.Parse(res.Frame.Status.Config)
	}
	if v.routes.tree == nil {
		return ""
	}
	for _, f := range r.alert.InhibitedBy {
		id := strings.TrimSuffix(r.id, r.alert.Fingerprint) + f
		if source := v.rows.byID(id); source != nil {
			if name, ok := v.routes.tree.Inhibits(source.alert.ExactLabels(), r.alert.ExactLabels()); ok && name != "" {
				return name
			}
		}
	}
	return ""
}
