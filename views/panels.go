package views

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// panel is the catalogue's entry with the ID. An unknown ID is a fault of the
// program; it gives an entry whose query names the ID, which a test finds and
// the server refuses.
func panel(id string) *Entry {
	if e := catalogue.Entry(id); e != nil {
		return e
	}
	return &Entry{ID: id, Kind: "stat", Query: "no panel " + id}
}

// over asks the entry over the window on the screen, now for this moment.
func over(v Vars, id string) sources.PromQL {
	e := panel(id)
	return sources.PromQL{Expr: e.Expr(v), Legend: e.legend(v)}
}

// now asks the entry for this moment.
func now(v Vars, id string) sources.Instant {
	e := panel(id)
	return sources.Instant{Expr: e.Expr(v), Legend: e.legend(v)}
}

// course asks the entry over a fixed span, for a sparkline.
func course(v Vars, id string, span time.Duration) sources.PromQL {
	q := over(v, id)
	q.Span = span
	return q
}

// family is the ID and those of the entries that are drawn into its chart.
func family(id string) []string {
	out := []string{id}
	e := panel(id)
	for _, o := range catalogue.Entries() {
		same := e.Stack != "true" && e.Stacked() && o.Stack == e.Stack
		if o.ID != id && (o.Overlay == id || same) {
			out = append(out, o.ID)
		}
	}
	return out
}

// markers are moments to mark in a chart, from the answer to a query for
// timestamps: every distinct value within the window.
type markers struct {
	query sources.Query
	label func(*sources.Series) string
}

// line is what one query adds to a chart.
type line struct {
	entry *Entry
	query sources.PromQL
}

// linesOf asks the entries over the window. A single entry brings its overlays
// and the rest of its stack along.
func linesOf(v Vars, ids ...string) []line {
	if len(ids) == 1 {
		ids = family(ids[0])
	}
	out := make([]line, len(ids))
	for i, id := range ids {
		out[i] = line{panel(id), over(v, id)}
	}
	return out
}

// chart is a panel of a page as data: what it is called, the entries that are
// drawn in it, and by which labels the entries select what the page is about;
// none is the page's own way.
type chart struct {
	title string
	ids   []string
	by    []string
}

// chartPanel draws the entries over the window, in one chart with the unit of
// the first.
func chartPanel(env *ui.Env, title string, v Vars, ids ...string) ui.Panel {
	return linePanel(env, title, v.scale(), nil, linesOf(v, ids...))
}

// linePanel draws lines in one chart with the unit of the first, durations times
// scale, and marks moments in it where there is a query for them.
func linePanel(env *ui.Env, title string, scale float64, m *markers, lines []line) ui.Panel {
	p := ui.Panel{Title: title}
	entries := make([]*Entry, len(lines))
	for i, l := range lines {
		entries[i] = l.entry
		p.Queries = append(p.Queries, l.query)
	}
	hint := blank(entries[0])
	if m == nil {
		p.Blank = hint
	} else {
		p.Queries = append(p.Queries, m.query)
	}
	w, loc := env.Window, env.Location()
	p.Draw = func(b draw.Box, answers []sources.Frame) draw.Block {
		c := draw.Chart{Unit: entries[0].Unit, Start: w.Start, End: w.End, Step: w.Step, Location: loc, Legend: true}
		for i, e := range entries {
			plot(&c, e, frame(answers, i), scale)
		}
		if m != nil {
			c.Markers = m.in(frame(answers, len(entries)), w)
		}
		if len(c.Series) == 0 {
			return draw.Message(b, theme.None, "no data in this window", hint)
		}
		c.Thresholds = append(c.Thresholds, limitLines(entries)...)
		axis(&c, entries[0])
		return c.Draw(b)
	}
	return p
}

// axis sets the ends of the value axis: at zero where no value is below it, and
// at the entry's own maximum.
func axis(c *draw.Chart, e *Entry) {
	low := 0.0
	for _, s := range c.Series {
		for _, p := range s.Points {
			low = min(low, p.V)
		}
	}
	if low == 0 && !slices.Contains([]draw.Unit{"celsius", "hertz"}, e.Unit) {
		c.FixMin = true
	}
	if e.Max != nil {
		c.Max, c.FixMax = *e.Max, true
	}
}

// in lists the moments of the answer that are within the window.
func (m *markers) in(f sources.Frame, w sources.Window) []draw.Marker {
	var out []draw.Marker
	for i := range f.Series {
		s := &f.Series[i]
		last := math.NaN()
		for _, p := range s.Points {
			if p.V == last || p.V != p.V {
				continue
			}
			last = p.V
			at := time.UnixMilli(int64(p.V * 1000)).UTC()
			if at.After(w.Start) && !at.After(w.End) {
				out = append(out, draw.Marker{At: at, Label: m.label(s)})
			}
		}
	}
	slices.SortFunc(out, func(a, b draw.Marker) int { return a.At.Compare(b.At) })
	return slices.CompactFunc(out, func(a, b draw.Marker) bool { return a.At.Equal(b.At) && a.Label == b.Label })
}

// plot puts an entry's answer into the chart. Scale brings durations to seconds.
// An entry that another screen mirrors below the axis is a line like others here:
// in ten lines of text, half the height is too much for a sign.
func plot(c *draw.Chart, e *Entry, f sources.Frame, scale float64) {
	if e.Unit != "seconds" {
		scale = 1
	}
	if e.Kind == "threshold-line" {
		if v, ok := value(f); ok {
			c.Thresholds = append(c.Thresholds, draw.Threshold{Value: v * scale, Level: theme.Info, Label: e.Legend})
		}
		return
	}
	c.Stack = c.Stack || e.Stacked()
	for _, s := range f.Series {
		if scale != 1 {
			s.Points = slices.Clone(s.Points)
			for i := range s.Points {
				s.Points[i].V *= scale
			}
		}
		c.Series = append(c.Series, s)
		c.Names = append(c.Names, named(s.Legend, e.ID))
	}
}

// limitLines are the thresholds of the first entry that has some, as a chart draws them.
// Where the entries differ in them the lines say whose they are.
func limitLines(entries []*Entry) []draw.Threshold {
	var out []draw.Threshold
	var from *Entry
	differ := false
	for _, e := range entries {
		l := e.Thresholds
		switch {
		case l.Warn == nil && l.Crit == nil:
		case from == nil:
			from = e
		default:
			differ = differ || !l.equal(from.Thresholds)
		}
	}
	if from == nil {
		return nil
	}
	whose := from.Legend
	if whose == "" || strings.Contains(whose, "{{") {
		whose = from.ID[strings.LastIndexByte(from.ID, '.')+1:]
	}
	for _, t := range []struct {
		limit *Limit
		level theme.Level
	}{{from.Thresholds.Warn, theme.Warn}, {from.Thresholds.Crit, theme.Crit}} {
		if t.limit == nil {
			continue
		}
		line := draw.Threshold{Value: t.limit.Value, Level: t.level, Below: t.limit.Below}
		if differ {
			line.Label = whose + " " + from.Unit.Format(t.limit.Value)
		}
		out = append(out, line)
	}
	return out
}

// exporters are the origins of metrics by the begin of their names.
var exporters = []struct{ prefix, hint string }{
	{"node_pressure_", "node_exporter, on a kernel that was booted with pressure stall information (psi=1)"},
	{"node_hwmon_", "node_exporter, on a machine with sensors"},
	{"node_", "node_exporter"},
	{"DCGM_", "dcgm-exporter"},
	{"container_", "cadvisor"},
	{"kube_", "kube-state-metrics"},
	{"process_", "the service's Prometheus client library"},
	{"go_", "the service's Prometheus client library for Go"},
	{"ml_", "a model that is instrumented as the handbook says"},
	{"model", "the recording rules of the models"},
	{"slo:", "Sloth, or rules of its form"},
	{"vllm:", "vLLM"},
	{"business_", "the service"},
	{"alertmanager_", "Alertmanager"},
}

var metricName = regexp.MustCompile(`[a-zA-Z_][a-zA-Z0-9_:]*\{|ALERTS`)

// blank says what to do about an entry that nothing answers: the metric that it
// reads, and who exports it.
func blank(e *Entry) string {
	name := strings.TrimSuffix(metricName.FindString(e.Query), "{")
	if name == "" {
		return "the query matches nothing in this window"
	}
	for _, x := range exporters {
		if strings.HasPrefix(name, x.prefix) {
			return "needs " + name + ", from " + x.hint
		}
	}
	return "needs " + name
}

// named is a legend, or what stands for one that is empty.
func named(legend, instead string) string {
	if s := strings.TrimSpace(legend); s != "" && s != "{}" {
		return s
	}
	return instead
}

// msTime is a moment given in milliseconds since the Unix epoch.
func msTime(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// labelsOf are labels in one line, by name, without the metric's.
func labelsOf(labels map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		if k != "__name__" {
			out = append(out, k+"="+labels[k])
		}
	}
	return strings.Join(out, " ")
}
