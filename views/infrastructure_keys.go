package views

import (
	tea "charm.land/bubbletea/v2"

	"firewatch/ui"
)

// Keys implements [ui.View].
func (v *infrastructure) Keys(env *ui.Env) []ui.Key {
	h := v.hosts(env)
	listed := v.host == ""
	r, ok := at(h.shown, v.sel.index(h.keys))
	if !listed {
		r, ok = v.open(env), true
	}
	off := unless(ok, "no host is selected")
	inList := unless(listed, "leave the host first")
	order := func(by, help string) ui.Key {
		return ui.Key{ID: "by-" + help, On: []string{by}, Help: "by " + help, Off: inList, Hidden: !listed, Run: func(*ui.Env) tea.Cmd {
			if v.sorted == by {
				v.sorted = ""
			} else {
				v.sorted = by
			}
			return nil
		}}
	}
	out := append(v.pages.keys(listed), []ui.Key{
		{ID: "open", On: []string{"enter"}, Help: "open", Off: joined(inList, off), Hidden: !listed, Run: func(*ui.Env) tea.Cmd {
			v.host, v.pages = r.key, pages{}
			return nil
		}},
		filterKey("hosts", listed, &v.filter),
		order("u", "utilisation"), order("s", "saturation"), order("e", "errors"),
		{ID: "logs", On: []string{"L"}, Help: "its logs", Off: off, Run: func(env *ui.Env) tea.Cmd {
			return env.Open("logs", phrase("host.name", named(r.labels["nodename"], r.key)))
		}},
		{ID: "alerts", On: []string{"A"}, Help: "its alerts", Off: off, Run: func(env *ui.Env) tea.Cmd {
			return env.Open("alerts", is("instance", r.labels["instance"]))
		}},
	}...)
	return append(out, v.sel.keys(h.keys, inList)...)
}
