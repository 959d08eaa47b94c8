package views

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
)

// lookKeys are what can be seen and copied of an alert without changing anything.
func (v *alerts) lookKeys(env *ui.Env, r *alertRow) []ui.Key {
	off := ""
	if r == nil {
		off = unselected
	}
	o := &v.opened
	key := func(id, on, help, why string, hidden bool, run func(*ui.Env) tea.Cmd) ui.Key {
		return ui.Key{ID: id, On: []string{on}, Help: help, Off: cmp.Or(off, why), Hidden: hidden, Run: run}
	}
	var metric, budget place
	noMetric, noBudget := "", ""
	if r != nil {
		var ok bool
		if metric, ok = metricOf(r.alert); !ok {
			noMetric = "its labels name no service, host, model or objective"
		}
		if budget.arg = cmp.Or(r.alert.Labels["sloth_id"], r.alert.Labels["sloth_service"], r.alert.Labels["service"]); budget.arg == "" {
			noBudget = "its labels name no objective and no service"
		}
	}
	keys := v.bookKeys(off, r)
	keys = append(keys,
		key("logs", "L", "its logs", "", false, func(env *ui.Env) tea.Cmd { return env.Open("logs", logsOf(r.alert)) }),
		key("budget", "B", "its budget", noBudget, v.open == "", func(env *ui.Env) tea.Cmd { return env.Open("slo", budget.arg) }),
		key("metric", "M", "its metrics", noMetric, true, func(env *ui.Env) tea.Cmd { return env.Open(metric.tab, metric.arg) }),
		key("describe", "d", "describe", "", true, func(env *ui.Env) tea.Cmd {
			alone := v.open == ""
			if alone {
				v.open, v.opened = r.id, openAlert{}
			}
			o.fields.open, o.fields.alone, o.book.open = true, alone, false
			return nil
		}),
		key("copy", "y", v.copyHelp(), "", true, func(env *ui.Env) tea.Cmd { return env.Copy(v.copied(env, r)) }),
		key("copy-as", "Y", "copy as", "", true, func(env *ui.Env) tea.Cmd { env.Show(ui.Menu("copy", copies(r))); return nil }),
		key("links", "o", "links", "", true, func(env *ui.Env) tea.Cmd { env.Show(ui.Menu("links: enter copies", links(r.alert))); return nil }),
	)
	return append(keys, o.pages.keys(v.open == "")...)
}

// place is a tab and what it is opened at.
type place struct{ tab, arg string }

// metricOf is the tab that shows what an alert is on, by the labels that name it.
func metricOf(a *sources.Alert) (place, bool) {
	l := a.Labels
	switch {
	case l["sloth_id"] != "":
		return place{"slo", l["sloth_id"]}, true
	case l["model"] != "":
		return place{"models", l["model"]}, true
	case l["area"] == "infra" && l["instance"] != "":
		return place{"infrastructure", l["instance"]}, true
	case l["service"] != "":
		return place{"application", l["service"]}, true
	case l["instance"] != "":
		return place{"infrastructure", l["instance"]}, true
	}
	return place{}, false
}

// copied is what y copies: the field or the block under the cursor, the address
// of a runbook that could not be read, else the labels.
func (v *alerts) copied(env *ui.Env, r *alertRow) string {
	switch o := &v.opened; {
	case o.book.open:
		if code, ok := o.book.current(); ok {
			return code.Text
		}
		return runbookOf(r.alert)
	case o.fields.open:
		list := v.fields(env, r)
		f, _ := at(list, o.fields.sel.Index(fieldIDs(list)))
		return f.value
	}
	return labelText(r.alert.ExactLabels())
}

func (v *alerts) copyHelp() string {
	switch o := &v.opened; {
	case o.book.open:
		return "copy the block"
	case o.fields.open:
		return "copy the field"
	}
	return "copy labels"
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
	own := record(r)
	past := ""
	if own != "" {
		past = "ALERTS{" + own + "}"
	}
	return []ui.Item{
		copyItem("l", "labels", labelText(r.alert.ExactLabels()), ""),
		copyItem("f", "fingerprint", r.alert.Fingerprint, "a pending alert has none yet"),
		copyItem("e", "expression", exprOf(r), "its rule is not known"),
		copyItem("p", "history as PromQL", past, "it has no alertname"),
		copyItem("j", "JSON", asJSON(r.alert), ""),
		copyItem("c", "curl", curlOf(r.alert), ""),
		copyItem("s", "summary", r.alert.Annotations["summary"], "it has none"),
	}
}

// curlOf asks Alertmanager for the alert. Where that is stays to be filled in:
// the address of a context may hold what should not be passed on.
func curlOf(a *sources.Alert) string {
	out := `curl -sG "$ALERTMANAGER/api/v2/alerts"`
	labels := a.ExactLabels()
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		filter := "filter=" + sources.Matcher{Name: k, Value: labels[k], Equal: true}.String()
		out += " --data-urlencode '" + strings.ReplaceAll(filter, "'", `'\''`) + "'"
	}
	return out
}

func links(a *sources.Alert) []ui.Item {
	return []ui.Item{
		copyItem("r", "runbook", runbookOf(a), "the alert names none"),
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
