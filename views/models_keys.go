package views

import (
	tea "charm.land/bubbletea/v2"

	"firewatch/ui"
)

// Keys implements [ui.View].
func (v *models) Keys(env *ui.Env) []ui.Key {
	l := v.list(env)
	listed := v.open == ""
	m, ok := at(l.shown, v.sel.index(l.keys))
	var names []string
	name := v.feature
	if !listed {
		m, ok = v.opened(env), true
		names = featureNames(v.drift(env, m))
		if f, there := at(names, v.features.index(names)); there && name == "" {
			name = f
		}
	}
	off := unless(ok, "no model is selected")
	open := ui.Key{ID: "open", On: []string{"enter"}, Help: "open", Off: off}
	open.Run = func(*ui.Env) tea.Cmd {
		v.open, v.feature, v.features, v.pages = m.key, "", cursor{}, pages{}
		return nil
	}
	if !listed {
		open.Help, open.Off = "feature", unless(name != "", "no feature is counted in bins")
		open.Hidden = v.feature != ""
		if v.feature != "" {
			open.Off = "a feature is open"
		}
		open.Run = func(*ui.Env) tea.Cmd {
			v.feature = name
			return nil
		}
	}
	jump := func(tab, arg string) func(*ui.Env) tea.Cmd {
		return func(env *ui.Env) tea.Cmd { return env.Open(tab, arg) }
	}
	logs, alerts, service := "", "", ""
	if ok {
		logs, alerts, service = phrase("ml.model.name", m.labels["model"]), is("model", m.labels["model"]), m.labels["service"]
		if v.feature != "" {
			logs, alerts = phrase("labels.feature", v.feature), all(alerts, is("feature", v.feature))
		}
	}
	inModel := unless(!listed, "open a model first")
	span := ui.Key{ID: "whole", On: []string{"w"}, Help: "drift over the whole window", Off: inModel, Hidden: listed, Run: func(*ui.Env) tea.Cmd {
		v.whole = !v.whole
		return nil
	}}
	if v.whole {
		span.Help = "drift of late"
	}
	out := append(v.pages.keys(listed || v.feature != ""), []ui.Key{
		open,
		filterKey("models", listed, &v.filter),
		{ID: "logs", On: []string{"L"}, Help: "its logs", Off: off, Run: jump("logs", logs)},
		{ID: "budget", On: []string{"B"}, Help: "its service's budget", Off: joined(off, unless(!ok || service != "", "its metrics do not name a service")), Run: jump("slo", service)},
		{ID: "alerts", On: []string{"A"}, Help: "its alerts", Off: off, Run: jump("alerts", alerts)},
		span,
	}...)
	if listed {
		return append(out, v.sel.keys(l.keys, "")...)
	}
	// The cursor is in the table of features: moving it shows the page with that table.
	moves := v.features.keys(names, unless(v.feature == "", "leave the feature first"))
	for i := range moves {
		run := moves[i].Run
		moves[i].Run = func(env *ui.Env) tea.Cmd {
			v.pages.at = 0
			if env.H-v.headLines(env, m) < panelLines {
				v.pages.at = 1
			}
			return run(env)
		}
	}
	return append(out, moves...)
}
