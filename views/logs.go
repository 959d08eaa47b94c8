package views

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

var _ = add(60, func() ui.View { return &logs{} })

// logs follows the lines of the log store, newest at the bottom, or shows those
// of the window once that is panned into the past.
type logs struct {
	search logSearch
	// past are the searches that following a trace left, to go back to.
	past []logSearch
	// typed are the filters that were entered, newest last.
	typed []string
	place logPlace
	// doc is the line whose whole document is shown, nil for none: it stays even if
	// the line leaves the list. scroll is its first line where it fills the tab.
	doc    *sources.Log
	scroll int
	// wrap breaks long messages, plain hides the histogram, pretty shows documents
	// as JSON, unfolded shows stack traces whole.
	wrap, plain, pretty, unfolded bool
}

// logSearch is what is looked for.
type logSearch struct{ filter, level string }

// thresholds are the levels to choose from; the empty one is everything, lines
// without a level included.
var thresholds = append([]string{""}, sources.Levels...)

// Columns from which on a document or the facets have room beside the lines.
const docBeside, facetsBeside = 140, 200

// volumeHeight is the lines of the histogram.
func volumeHeight(env *ui.Env) int {
	if env.H < 30 {
		return 6
	}
	return 8
}

// Name implements [ui.View].
func (v *logs) Name() string { return "logs" }

// query asks for the lines: those that arrive, or those of a window in the past.
func (v *logs) query(env *ui.Env) sources.Query {
	if env.Window.Live {
		return sources.Tail{Filter: v.search.filter, Level: v.search.level}
	}
	return sources.Lines{Filter: v.search.filter, Level: v.search.level}
}

func (v *logs) lines(env *ui.Env) []*sources.Log { return env.Result(v.query(env)).Frame.Logs }

// Layout implements [ui.View].
func (v *logs) Layout(env *ui.Env) ui.Node {
	list := v.lines(env)
	if v.reading(env) {
		return ui.P(v.docPanel(env, v.scroll))
	}
	node := ui.P(v.linesPanel(env, list))
	if v.doc != nil {
		node = ui.Row(node.Share(3), ui.P(v.docPanel(env, 0)).Share(2))
	} else if env.Wide(facetsBeside) {
		node = ui.Row(node, ui.Col(ui.P(v.facetPanel("levels", "log.level")), ui.P(v.facetPanel("services", "service.name")), ui.P(v.facetPanel("errors", "error.type"))).Fix(38))
	}
	if v.plain {
		return node
	}
	return ui.Col(ui.P(v.volumePanel(env)).Fix(volumeHeight(env)).AtLeast(volumeHeight(env)), node)
}

// reading says whether a document fills the tab.
func (v *logs) reading(env *ui.Env) bool { return v.doc != nil && !env.Wide(docBeside) }

func (v *logs) linesPanel(env *ui.Env, list []*sources.Log) ui.Panel {
	title := "tail"
	if !env.Window.Live {
		title = "lines"
	}
	look := lineLook{now: env.Now, zone: env.Zone, loc: env.Location(), wrap: v.wrap}
	return ui.Panel{
		Title: title, Queries: []sources.Query{v.query(env)}, Ticks: true, Note: v.note(env, list), Blank: v.blank(),
		Draw: func(b draw.Box, _ []sources.Frame) draw.Block { return v.place.draw(b, list, look) },
		Click: func(env *ui.Env, b draw.Box, _, y int) tea.Cmd {
			if _, of := v.place.screen(b, list, look); y < len(of) {
				v.hold(env, list, of[y])
			}
			return nil
		},
	}
}

// note says what is shown, of how much, and how old its newest line is.
func (v *logs) note(env *ui.Env, list []*sources.Log) string {
	var out []string
	if s := v.search.String(); s != "" {
		out = append(out, s)
	}
	n := draw.Count(len(list), "line")
	if total := env.Result(v.query(env)).Frame.Total; total > len(list) {
		n = fmt.Sprintf("newest %d of %d", len(list), total)
	}
	out = append(out, n)
	if v.place.held && env.Window.Live {
		out = append(out, "held")
	}
	if l, ok := at(list, len(list)-1); ok && env.Window.Live {
		if d := env.Now.Sub(l.Time); d > -time.Second {
			out = append(out, "newest "+draw.Age(max(d, 0)))
		} else {
			out = append(out, "newest "+draw.Age(-d)+" ahead of this clock")
		}
	}
	return strings.Join(out, " · ")
}

func (v *logs) blank() string {
	if v.search == (logSearch{}) {
		return "no lines: check the index pattern in the config, and that something is shipped to it"
	}
	return "no line matches " + v.search.String() + ": esc clears it, < lowers the level"
}

// String is the search as a border shows it, empty for none.
func (s logSearch) String() string {
	switch {
	case s.level == "":
		return s.filter
	case s.filter == "":
		return "level>=" + s.level
	}
	return "level>=" + s.level + " " + s.filter
}

func (v *logs) volumePanel(env *ui.Env) ui.Panel {
	w, loc := env.Window, env.Location()
	q := sources.Histogram{Filter: v.search.filter, Level: v.search.level, Buckets: max(env.W-12, 10)}
	return ui.Panel{Title: "volume", Queries: []sources.Query{q}, Draw: func(b draw.Box, answers []sources.Frame) draw.Block {
		c := draw.Columns{Series: frame(answers, 0).Series, Start: w.Start, End: w.End, Step: w.Step, Location: loc, Unit: "count"}
		for _, s := range c.Series {
			c.Levels = append(c.Levels, logLevel(s.Labels["level"]))
			if len(s.Points) > 1 {
				c.Step = millis(s.Points[1].T - s.Points[0].T)
			}
		}
		return c.Draw(b)
	}}
}

func (v *logs) facetPanel(title, field string) ui.Panel {
	q := sources.Facet{Field: field, Filter: v.search.filter, Level: v.search.level}
	return ui.Panel{Title: title, Queries: []sources.Query{q}, Blank: "no line has " + field, Draw: func(b draw.Box, answers []sources.Frame) draw.Block {
		var bars []draw.Bar
		for _, s := range frame(answers, 0).Series {
			n, _ := s.Last()
			bar := draw.Bar{Label: s.Labels["value"], Text: draw.Unit("count").Format(n), Value: n}
			if field == "log.level" {
				bar.Level = logLevel(bar.Label)
			}
			bars = append(bars, bar)
		}
		return draw.Bars(b, bars, 0)
	}}
}

// Back implements [ui.Backer]: out of the document, back from a trace, out of
// the filter.
func (v *logs) Back(*ui.Env) bool {
	switch {
	case v.doc != nil:
		v.doc = nil
	case len(v.past) > 0:
		v.search, v.past = v.past[len(v.past)-1], v.past[:len(v.past)-1]
	case v.search != logSearch{}:
		v.search = logSearch{}
	default:
		return false
	}
	return true
}

// leading is a threshold at the beginning of a filter.
var leading = regexp.MustCompile(`(?i)^level\s*>=\s*([a-z]+)(?:\s+and\s+|\s+|$)`)

// Open implements [ui.Opener]: arg is a filter, after a threshold such as
// level>=warn if there is one.
func (v *logs) Open(_ *ui.Env, arg string) error {
	s := logSearch{filter: strings.TrimSpace(arg)}
	if m := leading.FindStringSubmatch(s.filter); m != nil {
		level, rest := strings.ToLower(m[1]), s.filter[len(m[0]):]
		if !slices.Contains(thresholds[1:], level) {
			return fmt.Errorf("%q is not a level: one of %s", m[1], strings.Join(thresholds[1:], ", "))
		}
		// With or it is one condition among others, which the filter knows too.
		if !strings.HasPrefix(strings.ToLower(rest), "or ") {
			s = logSearch{filter: rest, level: level}
		}
	}
	if _, err := sources.Filter(s.filter); err != nil {
		return err
	}
	v.past = nil
	v.look(s)
	return nil
}

// Complete implements [ui.Completer].
func (v *logs) Complete(env *ui.Env, arg string) []string {
	var out []string
	for _, l := range sources.Levels {
		if s := "level>=" + l; arg != s && strings.HasPrefix(s, arg) {
			out = append(out, s)
		}
	}
	return append(out, v.complete(env, arg)...)
}

// logLevel is the level of a line for the screen.
func logLevel(level string) theme.Level {
	switch level {
	case "fatal", "error":
		return theme.Crit
	case "warn":
		return theme.Warn
	case "info":
		return theme.Info
	}
	return theme.None
}

// sameTrace looks for the lines of the trace that a line belongs to.
func (v *logs) sameTrace(l *sources.Log) tea.Cmd {
	v.past = append(v.past, v.search)
	v.look(logSearch{filter: "trace.id:" + quoteKQL(l.TraceID)})
	return nil
}

// look looks for something else, from its newest line on.
func (v *logs) look(s logSearch) { v.search, v.doc, v.place = s, nil, logPlace{} }
