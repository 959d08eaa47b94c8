package views

import (
	"maps"
	"slices"
	"strings"

	"firewatch/sources"
)

// whatIsThere asks once which services have request metrics, by which names, and
// which of the labels that profiles choose among.
var whatIsThere = sources.Instant{Expr: findExpr()}

// findExpr names every metric literally: a server looks such alternatives up
// instead of trying a pattern on all names.
func findExpr() string {
	names, counts, labels := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, p := range profiles {
		for _, n := range []string{p.Lat, p.Req, p.Probe} {
			if n != "" {
				names[n] = true
			}
		}
		if p.Lat != "" {
			counts[p.Lat] = true
		}
		if len(p.Status) > 1 {
			for _, l := range p.Status {
				labels[l] = true
			}
		}
	}
	var plain, buckets []string
	for _, n := range slices.Sorted(maps.Keys(names)) {
		plain = append(plain, n)
		if counts[n] {
			plain = append(plain, n+"_count")
		}
	}
	for _, n := range slices.Sorted(maps.Keys(counts)) {
		buckets = append(buckets, n+"_bucket")
	}
	by := append([]string{"__name__"}, serviceBy...)
	by = append(by, slices.Sorted(maps.Keys(labels))...)
	return "group by (" + strings.Join(by, ", ") + ") ({" + is("__name__", plain...) + `} or {le="+Inf",` + is("__name__", buckets...) + "})"
}

// service is one that has request metrics.
type service struct {
	labels map[string]string
	instrumentation
}

// servicesIn reads the answer to whatIsThere, sorted by key.
func servicesIn(f sources.Frame) []*service {
	names, labels, first := map[string][]string{}, map[string][]string{}, map[string]map[string]string{}
	for i := range f.Series {
		l := f.Series[i].Labels
		key := keyOf(serviceBy, l)
		names[key] = append(names[key], l["__name__"])
		first[key] = l
		for name, val := range l {
			if val != "" && !slices.Contains(labels[key], name) {
				labels[key] = append(labels[key], name)
			}
		}
	}
	var out []*service
	for _, key := range slices.Sorted(maps.Keys(first)) {
		s := &service{labels: first[key], instrumentation: detect(names[key])}
		s.instrumentation.labels = labels[key]
		if s.profile != nil {
			out = append(out, s)
		}
	}
	return out
}

// boringRoutes are left out of every number: machines ask for them.
const boringRoutes = `/metrics|/healthz|/readyz|/-/.*`

// interesting is the matcher that leaves the boring routes out. All names that the
// route may have are in it: a label that does not exist matches.
func interesting(p *profile) string {
	var out []string
	if p != nil {
		for _, r := range p.Route {
			out = append(out, quoteName(r)+`!~"`+boringRoutes+`"`)
		}
	}
	return strings.Join(out, ",")
}

// listExprs are the queries of the list's columns rps, errors and p95 for all of
// the services at once: those of each way to be instrumented, joined by "or".
// Empty ones have nothing to ask.
func listExprs(list []*service, v Vars) [3]string {
	type group struct {
		*service
		jobs []string
	}
	groups := map[string]*group{}
	for _, s := range list {
		key := strings.Join([]string{s.profile.Name, s.form, s.counter(), s.profile.Status.first(s.instrumentation.labels)}, " ")
		if groups[key] == nil {
			groups[key] = &group{service: s}
		}
		if job := s.labels["job"]; !slices.Contains(groups[key].jobs, job) {
			groups[key].jobs = append(groups[key].jobs, job)
		}
	}
	var out [3][]string
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		g := groups[key]
		slices.Sort(g.jobs)
		vars := g.vars(v, is("job", g.jobs...), interesting(g.profile))
		for i, id := range []string{"app.list.rps", "app.list.errors", g.p95()} {
			if id == "" {
				continue
			}
			expr := panel(id).Expr(vars)
			if vars["scale"] != "" && i == 2 {
				expr = "(" + expr + ") * " + vars["scale"]
			}
			out[i] = append(out[i], expr)
		}
	}
	return [3]string{union(out[0]), union(out[1]), union(out[2])}
}

// p95 is the list's entry for the form of the latency metric; empty without one.
func (in *instrumentation) p95() string {
	switch in.form {
	case bothForms, nativeForm:
		return "app.list.p95.native"
	case classicForm:
		return "app.list.p95"
	case summaryForm:
		return "app.list.p95.summary"
	}
	return ""
}

// union is all of the expressions' series, the first's where two have the same labels.
func union(exprs []string) string {
	if len(exprs) == 1 {
		return exprs[0]
	}
	for i, e := range exprs {
		exprs[i] = "(" + e + ")"
	}
	return strings.Join(exprs, " or ")
}
