package views

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// Keys implements [ui.View].
func (v *application) Keys(env *ui.Env) []ui.Key {
	s := v.services(env)
	listed := v.service == ""
	r, ok := at(s.shown, v.sel.index(s.keys))
	if !listed {
		r, ok = v.open(env), true
	}
	off := unless(ok, "no service is selected")
	inList, inService := unless(listed, "leave the service first"), unless(!listed, "open a service first")
	set := func(f func(*ui.Env)) func(*ui.Env) tea.Cmd {
		return func(env *ui.Env) tea.Cmd { f(env); return nil }
	}
	jump := func(tab, arg string) func(*ui.Env) tea.Cmd {
		return func(env *ui.Env) tea.Cmd { return env.Open(tab, arg) }
	}
	name := ""
	if ok {
		name = serviceName(r)
	}
	out := append(v.pages.keys(listed), []ui.Key{
		{ID: "open", On: []string{"enter"}, Help: "open", Off: joined(inList, off), Hidden: !listed, Run: set(func(*ui.Env) {
			v.service, v.route, v.pages = r.key, "", pages{}
		})},
		filterKey("services", listed, &v.filter),
		{ID: "sort", On: []string{"s"}, Help: "sort", Off: inList, Hidden: !listed, Run: set(func(*ui.Env) { v.order = (v.order + 1) % len(serviceOrders) })},
		{ID: "route", On: []string{"o"}, Help: "route", Off: inService, Hidden: listed, Run: set(v.pickRoute)},
		{ID: "compare", On: []string{"v"}, Help: "versus the window before", Off: inService, Hidden: listed, Run: set(func(*ui.Env) { v.compare = !v.compare })},
		{ID: "exemplars", On: []string{"x"}, Help: "exemplars", Off: inService, Hidden: listed, Run: set(v.showExemplars)},
		{ID: "logs", On: []string{"L"}, Help: "its logs", Off: off, Run: jump("logs", phrase("service.name", name))},
		{ID: "alerts", On: []string{"A"}, Help: "its alerts", Off: off, Run: jump("alerts", is("service", name))},
		{ID: "models", On: []string{"M"}, Help: "models", Off: off, Hidden: true, Run: jump("models", "")},
		{ID: "budget", On: []string{"B"}, Help: "its budget", Off: off, Run: jump("slo", name)},
	}...)
	return append(out, v.sel.keys(s.keys, inList)...)
}

// pickRoute offers the busiest routes.
func (v *application) pickRoute(env *ui.Env) {
	o := v.look(env)
	items := []ui.Item{{Key: "0", Label: "all routes", Run: func(*ui.Env) tea.Cmd { v.route = ""; return nil }}}
	if o.counter() != "" {
		was := v.route
		v.route = ""
		q := now(v.request(&o, latest(env, o.row.labels["job"])), "app.traffic.route")
		v.route = was
		label := o.profile.Route.first(o.labels)
		for _, s := range busiest(env.Result(q).Frame.Series) {
			if name := s.Labels[label]; name != "" {
				rate, _ := s.Last()
				items = append(items, ui.Item{Label: name, Note: draw.Unit("rps").Format(rate), Run: func(*ui.Env) tea.Cmd {
					v.route, v.pages.at = name, 0
					return nil
				}})
			}
		}
	}
	env.Show(ui.Menu("route", items))
}

// busiest are the series by value, largest first.
func busiest(list []sources.Series) []sources.Series {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b sources.Series) int {
		x, _ := a.Last()
		y, _ := b.Last()
		return descending(x, y)
	})
	return list
}

// showExemplars lists the traces, newest first.
func (v *application) showExemplars(env *ui.Env) {
	o := v.look(env)
	if o.profile == nil || o.form == noForm || o.form == summaryForm {
		env.Toast(theme.Warn, "no histogram that could carry exemplars")
		return
	}
	q := exemplars(&o, v.request(&o, charted(env, o.row.labels["job"])))
	scale := o.vars(nil).scale()
	env.Show(ui.Pager("exemplars of "+serviceName(o.row), func(env *ui.Env, w int) []string {
		list := env.Result(q).Frame.Exemplars
		if len(list) == 0 {
			return []string{"none in this window: the service has to send them, and Prometheus to keep them", "(--enable-feature=exemplar-storage)"}
		}
		var out []string
		for _, e := range slices.Backward(list) {
			out = append(out, draw.Cut(fmt.Sprintf("%-10s %8s  %s  %s", env.Moment(msTime(e.Point.T)), draw.Unit("seconds").Format(e.Point.V*scale), named(e.TraceID(), "no trace"), labelsOf(e.Series)), w))
		}
		return out
	}))
}
