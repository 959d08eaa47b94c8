package views

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
)

// lookKeys are what can be seen and copied of an alert without changing anything.
func (v *alerts) lookKeys(r *alertRow) []ui.Key {
	off := ""
	if r == nil {
		off = unselected
	}
	key := func(id, on, help string, hidden bool, run func(*ui.Env) tea.Cmd) ui.Key {
		return ui.Key{ID: id, On: []string{on}, Help: help, Off: off, Hidden: hidden, Run: run}
	}
	return []ui.Key{
		key("logs", "L", "its logs", false, func(env *ui.Env) tea.Cmd { return env.Open("logs", logsOf(r.alert)) }),
		key("describe", "d", "describe", true, func(env *ui.Env) tea.Cmd {
			env.Show(ui.Pager(r.alert.Name(), func(env *ui.Env, w int) []string { return v.lines(env, draw.Box{W: w, Theme: env.Theme}, r) }))
			return nil
		}),
		key("copy", "y", "copy labels", true, func(env *ui.Env) tea.Cmd { return env.Copy(labelText(r.alert.ExactLabels())) }),
		key("copy-as", "Y", "copy as", true, func(env *ui.Env) tea.Cmd { env.Show(ui.Menu("copy", copies(r))); return nil }),
		key("links", "o", "links, runbook", true, func(env *ui.Env) tea.Cmd { env.Show(ui.Menu("links: enter copies", links(r.alert))); return nil }),
	}
}

// copyItem is a menu item that copies text; an empty text says why it cannot.
func copyItem(key, label, text, missing string) ui.Item {
	it := ui.Item{Key: key, Label: label, Note: draw.Line(text), Run: func(env *ui.Env) tea.Cmd { return env.Copy(text) }}
	if text == "" {
		it.Off = missing
	}
	return it
}

func copies(r *alertRow) []ui.Item {
	expr := linkedExpr(r.alert)
	if r.rule != nil {
		expr = r.rule.Query
	}
	return []ui.Item{
		copyItem("l", "labels", labelText(r.alert.ExactLabels()), ""),
		copyItem("f", "fingerprint", r.alert.Fingerprint, "a pending alert has none yet"),
		copyItem("e", "expression", expr, "its rule is not known"),
		copyItem("s", "summary", r.alert.Annotations["summary"], "it has none"),
	}
}

func links(a *sources.Alert) []ui.Item {
	return []ui.Item{
		copyItem("r", "runbook", a.Annotations["runbook_url"], "the alert names none"),
		copyItem("d", "dashboard", a.Annotations["dashboard"], "the alert names none"),
		copyItem("s", "source", a.GeneratorURL, "the alert names none"),
	}
}

// logsOf is the filter that finds an alert's log lines: the one that its rule
// names, else by the labels that logs have too.
func logsOf(a *sources.Alert) string {
	if q := a.Annotations["logs_query"]; q != "" {
		return q
	}
	for _, k := range []string{"service", "sloth_service"} {
		if s := a.Labels[k]; s != "" {
			return `service.name:` + quoteKQL(s)
		}
	}
	if s := a.Labels["instance"]; s != "" {
		host, _, _ := strings.Cut(s, ":")
		return `host.name:` + quoteKQL(host)
	}
	return ""
}

// quoteKQL is s as one phrase of the log filter.
func quoteKQL(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
