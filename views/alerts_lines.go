package views

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// lineKind is the lines that say the same but for numbers and names.
type lineKind struct {
	text   string
	level  string
	count  int
	newest time.Time
	// before is how many of them there are in the sample from before the start.
	before int
}

// varying is what differs between two lines of one kind.
var varying = regexp.MustCompile(`"[^"]*"|'[^']*'|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b|\b[0-9a-fA-F]{12,}\b|\b\d[\d.:,]*(?:ns|us|µs|ms|s|m|h|KiB|MiB|GiB|%)?\b|\b\w+-\d+\b`)

// kindText is a line without what varies, with its type of error before it.
func kindText(l *sources.Log) string {
	text := varying.ReplaceAllString(draw.Line(l.Message), "‹›")
	if l.ErrorType != "" && !strings.Contains(text, l.ErrorType) {
		text = l.ErrorType + ": " + text
	}
	return strings.TrimSpace(text)
}

// kindsOf sorts lines into kinds: those that are new since the start first, then
// the most frequent.
func kindsOf(since, before []*sources.Log) []lineKind {
	known := map[string]int{}
	for _, l := range before {
		known[kindText(l)]++
	}
	var out []lineKind
	at := map[string]int{}
	for _, l := range since {
		text := kindText(l)
		i, ok := at[text]
		if !ok {
			i = len(out)
			at[text] = i
			out = append(out, lineKind{text: text, level: l.Level, before: known[text]})
		}
		out[i].count++
		if l.Time.After(out[i].newest) {
			out[i].newest = l.Time
		}
	}
	slices.SortStableFunc(out, func(a, b lineKind) int {
		fresh := func(k lineKind) int { return min(k.before, 1) }
		return cmp.Or(cmp.Compare(fresh(a), fresh(b)), -cmp.Compare(a.count, b.count), strings.Compare(a.text, b.text))
	})
	return out
}

// logNews is what the log lines of an alert amount to.
type logNews struct {
	kinds []lineKind
	lines []*sources.Log
	// since and before count all lines on either side of the start, the rates are
	// per minute; a side that the window does not have is -1.
	since, before         int
	sinceRate, beforeRate float64
}

func newsOf(env *ui.Env, q *questions) logNews {
	s, b := env.Result(q.since), env.Result(q.before)
	n := logNews{kinds: kindsOf(s.Frame.Logs, b.Frame.Logs), lines: s.Frame.Logs, since: s.Frame.Total, before: -1}
	end := env.Window.End
	if env.Window.Live {
		end = env.Now
	}
	from := q.from
	if from.Before(env.Window.Start) {
		from = env.Window.Start
	}
	n.sinceRate = perMinute(n.since, end.Sub(from))
	if q.from.After(env.Window.Start) && b.Ready() {
		n.before, n.beforeRate = b.Frame.Total, perMinute(b.Frame.Total, q.from.Sub(env.Window.Start))
	}
	return n
}

func perMinute(n int, d time.Duration) float64 {
	return float64(n) / max(d.Minutes(), 1)
}

// rate is a count per minute in a few characters.
func rate(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 1:
		return fmt.Sprintf("%.1f", v)
	}
	return draw.Unit("count").Format(float64(int(v + .5)))
}

// newLines says how many log lines came since the start, how many before, and
// which are new.
func newLines(env *ui.Env, _ *alertRow, q *questions) fact {
	f := fact{name: "logs"}
	if q.since == nil {
		f.aside("neither an annotation logs_query nor a label says which lines are its own")
		return f
	}
	if why := absence(env, q.since); why != "" {
		f.aside("%s", why)
		return f
	}
	n := newsOf(env, q)
	level := theme.None
	if n.before >= 0 && n.sinceRate > 2*n.beforeRate && n.since > 0 {
		level = theme.Warn
	}
	lines := "lines"
	if l, ok := q.since.(sources.Lines); ok && l.Level != "" {
		lines = l.Level + " lines"
	}
	text := fmt.Sprintf("%s %s/min since %s (%d)", rate(n.sinceRate), lines, stampOf(env, q.from), n.since)
	if n.since == 0 {
		text = fmt.Sprintf("no %s since %s", lines, stampOf(env, q.from))
	}
	if n.before >= 0 {
		text += fmt.Sprintf(", %s/min before", rate(n.beforeRate))
	}
	f.say(level, "%s", text)
	for i, k := range n.kinds {
		// What was read is a sample of what there is: its counts would not add up to it.
		many := fmt.Sprint(k.count)
		if len(n.lines) < n.since {
			many = "~" + percent(float64(k.count)/float64(len(n.lines)))
		}
		switch {
		case i > 2:
			return f
		case k.before == 0 && n.before >= 0:
			f.say(logLevel(k.level), "new: %s (%s)", k.text, many)
		default:
			f.say(theme.None, "%s (%s)", k.text, many)
		}
	}
	return f
}

// linesPanel lists the kinds of lines since the start, new ones first, and the
// newest lines themselves.
func linesPanel(env *ui.Env, q *questions) ui.Panel {
	p := ui.Panel{Title: titleLines, Partial: true}
	if q.since == nil {
		p.Draw = func(b draw.Box, _ []sources.Frame) draw.Block {
			return draw.Message(b, theme.None, "nothing says which lines are its own", "an annotation logs_query would, in the filter's language")
		}
		return p
	}
	p.Queries = []sources.Query{q.since, q.before}
	n := newsOf(env, q)
	if n.since > 0 {
		p.Note = fmt.Sprintf("%d since %s", n.since, stampOf(env, q.from))
		if len(n.lines) < n.since {
			p.Note = fmt.Sprintf("the last %d of ", len(n.lines)) + p.Note
		}
	}
	p.Blank = "no lines since " + stampOf(env, q.from) + " for " + q.filter
	look := lineLook{now: env.Now, zone: env.Zone, loc: env.Location()}
	p.Draw = func(b draw.Box, _ []sources.Frame) draw.Block {
		t := b.Theme
		var out []string
		room := max(b.H/2, 1)
		for i, k := range n.kinds {
			if i == room {
				break
			}
			word := "     "
			if k.before == 0 && n.before >= 0 {
				word = "new  "
			}
			out = append(out, draw.Cut(t.Accent.Render(word)+t.Dim.Render(draw.PadLeft(fmt.Sprint(k.count), 4)+" ")+t.Level(quiet(logLevel(k.level))).Render(draw.Line(k.text)), b.W))
		}
		if len(out) > 0 && b.H-len(out) > 1 {
			out = append(out, t.Border.Render(strings.Repeat("─", b.W)))
		}
		for _, l := range n.lines[max(len(n.lines)-max(b.H-len(out), 0), 0):] {
			out = append(out, look.rows(b, l, false)...)
		}
		return draw.Fit(b, out)
	}
	return p
}
