package views

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
)

// folded is how many lines of a stack trace are shown until it is unfolded.
const folded = 4

// docPanel shows a whole document; the lines are asked for all the same.
func (v *logs) docPanel(env *ui.Env, scroll int) ui.Panel {
	l := v.doc
	return ui.Panel{Title: "line", Queries: []sources.Query{v.query(env)}, Partial: true, Note: l.Index, Ticks: true, Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
		lines := v.docLines(env, b, l)
		return draw.Fit(b, lines[min(scroll, max(len(lines)-b.H, 0)):])
	}}
}

// shownApart are the fields that a document shows by other means.
var shownApart = []string{"message", "error.stack_trace"}

// docLines are a line's time, message, stack trace and fields, or its JSON.
func (v *logs) docLines(env *ui.Env, b draw.Box, l *sources.Log) []string {
	t := b.Theme
	level := logLevel(l.Level)
	head := t.Level(level).Render(strings.TrimSpace(level.Glyph()+" "+l.Level)) + " " + t.Accent.Render(draw.Line(l.Service)) + " " +
		t.Dim.Render(l.Time.In(env.Location()).Format("2006-01-02 15:04:05.000 MST")+" · "+draw.Age(env.Now.Sub(l.Time))+" ago")
	out := []string{head, ""}
	if v.pretty {
		return append(out, prettyJSON(l.Raw)...)
	}
	for _, s := range strings.Split(l.Message, "\n") {
		out = append(out, draw.Wrap(s, b.W)...)
	}
	out = append(out, v.stackLines(b, l)...)
	var pairs []draw.Pair
	if d := l.Ingested.Sub(l.Time); !l.Ingested.IsZero() && d > 0 {
		pairs = append(pairs, draw.Pair{Name: "stored after", Value: draw.Unit("seconds").Format(d.Seconds())})
	}
	for _, f := range l.Fields() {
		if !slices.Contains(shownApart, f.Name) {
			pairs = append(pairs, draw.Pair{Name: f.Name, Value: f.Value + inWords(f)})
		}
	}
	return append(append(out, ""), draw.Pairs(b, pairs)...)
}

// inWords is a field's value again as a person reads it, where the schema says
// what it is: event.duration counts nanoseconds.
func inWords(f sources.Field) string {
	if f.Name != "event.duration" {
		return ""
	}
	ns, err := strconv.ParseFloat(f.Value, 64)
	if err != nil {
		return ""
	}
	return " = " + draw.Unit("seconds").Format(ns/1e9)
}

func (v *logs) stackLines(b draw.Box, l *sources.Log) []string {
	if l.Stack == "" && l.ErrorType == "" {
		return nil
	}
	t := b.Theme
	out := []string{"", t.Title.Render(draw.Line(strings.TrimSpace("error " + l.ErrorType)))}
	stack := strings.Split(strings.TrimRight(l.Stack, "\n"), "\n")
	rest := 0
	if !v.unfolded && len(stack) > folded+1 {
		rest, stack = len(stack)-folded, stack[:folded]
	}
	for _, s := range stack {
		if s != "" {
			out = append(out, draw.Wrap(s, b.W)...)
		}
	}
	if rest > 0 {
		out = append(out, t.Dim.Render(fmt.Sprintf("… %d more lines: u unfolds", rest)))
	}
	return out
}

// prettyJSON is a document in lines, safe to print.
func prettyJSON(raw json.RawMessage) []string {
	var buf bytes.Buffer
	if err := json.Indent(&buf, raw, "", "  "); err != nil {
		return []string{"the document is not JSON: " + err.Error()}
	}
	return strings.Split(sources.CleanLines(buf.String()), "\n")
}

func millis(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
