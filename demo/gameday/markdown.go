package gameday

import (
	"fmt"
	"strings"
)

// areaTitles name the areas as the documents do.
var areaTitles = map[string]string{"app": "Application", "ml": "Models", "infra": "Infrastructure", "meta": "The monitoring itself"}

// Markdown is all scenarios as tables, by area, for a document in docs/.
func Markdown() string {
	var b strings.Builder
	for _, area := range Areas {
		fmt.Fprintf(&b, "\n### %s\n\n| scenario | what is broken, and how | alerts (seconds) | not | log lines | spans | notified |\n|---|---|---|---|---|---|---|\n", areaTitles[area])
		for _, s := range Scenarios() {
			if s.Area == area {
				fmt.Fprintf(&b, "| %s |\n", strings.Join(s.cells(), " | "))
			}
		}
	}
	return b.String() + "\n"
}

func (s *Scenario) cells() []string {
	how := s.Breaks
	for _, step := range s.Do {
		how += "<br>" + code(step.String())
	}
	switch {
	case s.Place == Compose:
		how += "<br>compose only: " + code(s.Hand.Break)
	case s.Hand.Break != "":
		how += "<br>on compose: " + code(s.Hand.Break)
	case s.Place == Embedded:
		how += "<br>not on compose"
	}
	var alerts, never, lines, spans, told []string
	for _, a := range s.Alerts {
		text := link(a)
		if a.After > 0 {
			text += fmt.Sprintf(" (%d)", a.After)
		}
		alerts = append(alerts, text)
	}
	for _, a := range s.Inhibited {
		alerts = append(alerts, link(a)+" inhibited")
	}
	for _, a := range s.Never {
		never = append(never, link(a))
	}
	for _, name := range s.Untold {
		never = append(never, "no notification of "+link(Alert{Name: name}))
	}
	for _, l := range s.Lines {
		query := strings.ReplaceAll(l.Query, " AND ", " and ")
		text := code(Line{Query: query, Count: l.Count}.String())
		if l.Absent {
			text = "none of " + code(query)
		}
		lines = append(lines, text)
	}
	for _, p := range s.Spans {
		spans = append(spans, code(p.String()))
	}
	for _, d := range s.Told {
		told = append(told, d.Channel+": "+d.Alert)
	}
	cells := []string{code(s.Name), how}
	for _, list := range [][]string{alerts, never, lines, spans, told} {
		text := strings.Join(list, "<br>")
		if text == "" {
			text = "-"
		}
		cells = append(cells, text)
	}
	return cells
}

func code(text string) string { return "`" + text + "`" }

// link leads from an alert to its runbook.
func link(a Alert) string {
	text := fmt.Sprintf("[%s](runbooks/%s.md)", a.Name, a.Name)
	if a.Where != "" {
		text += " " + code(a.Where)
	}
	return text
}
