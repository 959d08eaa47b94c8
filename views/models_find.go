package views

import (
	"math"
	"slices"
	"strings"

	"firewatch/signals/drift"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/theme"
)

// served is one version of a model in one variant, and what is known of it.
type served struct {
	*row
	// share is its part of the model's traffic, that of shadows apart; NaN when unknown.
	share float64
	// features is the recorded drift of its inputs and scores, worst first; only
	// that of the primary is recorded.
	features []recorded
	// alerts are those that fire about it.
	alerts []modelAlert
}

// recorded is what the rules say about one feature; what they do not is NaN.
type recorded struct {
	name         string
	psi, samples float64
}

// enough says whether the index means something: the rules' bins are deciles.
func (r recorded) enough() bool { return r.psi == r.psi && drift.Enough(10, r.samples) }

// level is that of the index; None without enough values.
func (r recorded) level() theme.Level {
	if !r.enough() {
		return theme.None
	}
	return panel("ml.psi").Thresholds.Level(r.psi)
}

type modelAlert struct {
	name, feature string
	level         theme.Level
}

// modelList are the rows: all in no order, shown those that the filter leaves,
// worst first, with their keys.
type modelList struct {
	all, shown []*served
	keys       []string
}

// modelBy are the labels that make a row.
var modelBy = []string{"model", "version", "variant"}

// The columns of the list. Those of modelColumns are of one version and variant
// each, the first says which there are; those of modelExtras have other labels,
// and are joined by hand in this order.
var (
	modelColumns = []string{
		"ml.models", "ml.list.errors", "ml.list.p95", "ml.list.confidence", "ml.f1", "ml.list.labels", "ml.age", "ml.deployed",
	}
	modelExtras = []string{"ml.psi", "ml.samples", "ml.invalid", "ml.list.delay"}
)

// modelAlerts asks for what fires about models, for the badge and the rows.
var modelAlerts = sources.Instant{Expr: `max by (alertname, severity, model, version, variant, feature) (ALERTS{alertstate="firing",area="ml"})`}

// queries are those of the list: the columns, the course of the rate, what is joined
// by hand, and the baseline of F1.
func (v *models) queries(env *ui.Env) []sources.Query {
	vars := latest(env)
	out := columnsOf(vars, modelColumns...)
	out = append(out, course(vars, "ml.list.rate", recent))
	out = append(out, columnsOf(vars, modelExtras...)...)
	return append(out, now(vars.With("model", is("metric", "f1")), "ml.baseline"))
}

// list are the rows from the answers so far.
func (v *models) list(env *ui.Env) modelList {
	qs := append(v.queries(env), modelAlerts)
	return v.memo.get(env, qs, v.filter, func(answers []sources.Frame) modelList {
		l := modelList{all: servedIn(answers)}
		var kept []*row
		for _, m := range l.all {
			kept = append(kept, m.row)
		}
		kept = matching(kept, v.filter)
		for _, m := range l.all {
			if slices.Contains(kept, m.row) {
				l.shown = append(l.shown, m)
			}
		}
		slices.SortStableFunc(l.shown, func(a, b *served) int {
			if c := descending(a.badness(), b.badness()); c != 0 {
				return c
			}
			return strings.Compare(a.key, b.key)
		})
		for _, m := range l.shown {
			l.keys = append(l.keys, m.key)
		}
		return l
	})
}

// servedIn joins the answers to the list's queries and to modelAlerts.
func servedIn(answers []sources.Frame) []*served {
	n := len(modelColumns) + 1
	var out []*served
	for _, r := range join(modelBy, true, append(slices.Clone(modelColumns), "ml.list.rate"), answers[:min(n, len(answers))]) {
		out = append(out, &served{row: r, share: math.NaN()})
	}
	byFeature := map[*served]map[string]*recorded{}
	each := func(i int, take func(m *served, s *sources.Series, v float64)) {
		f := frame(answers, n+i)
		for k := range f.Series {
			s := &f.Series[k]
			val, ok := s.Last()
			if !ok || val != val {
				continue
			}
			for _, m := range out {
				if m.about(s.Labels) {
					take(m, s, val)
				}
			}
		}
	}
	feature := func(m *served, s *sources.Series) *recorded {
		if byFeature[m] == nil {
			byFeature[m] = map[string]*recorded{}
		}
		name := s.Labels["feature"]
		if byFeature[m][name] == nil {
			byFeature[m][name] = &recorded{name: name, psi: math.NaN(), samples: math.NaN()}
		}
		return byFeature[m][name]
	}
	each(0, func(m *served, s *sources.Series, v float64) {
		if m.primary() {
			feature(m, s).psi = v
		}
	})
	each(1, func(m *served, s *sources.Series, v float64) {
		if m.primary() {
			feature(m, s).samples = v
		}
	})
	each(2, func(m *served, _ *sources.Series, v float64) {
		if was, ok := m.get("ml.invalid"); (!ok || v > was) && !m.shadow() {
			m.values["ml.invalid"] = v
		}
	})
	each(3, func(m *served, _ *sources.Series, v float64) { m.values["ml.list.delay"] = v })
	each(4, func(m *served, _ *sources.Series, v float64) { m.values["ml.baseline"] = v })
	each(5, func(m *served, s *sources.Series, _ float64) {
		if m.shadow() && s.Labels["version"] == "" {
			return
		}
		m.alerts = append(m.alerts, modelAlert{s.Labels["alertname"], s.Labels["feature"], theme.Severity(s.Labels["severity"])})
	})
	for _, m := range out {
		for _, f := range byFeature[m] {
			m.features = append(m.features, *f)
		}
		slices.SortFunc(m.features, func(a, b recorded) int {
			if c := descending(a.psi, b.psi); c != 0 {
				return c
			}
			return strings.Compare(a.name, b.name)
		})
	}
	shares(out)
	return out
}

// shadow says whether nobody acts on what it predicts: what is said of the model as a
// whole is not about it.
func (m *served) shadow() bool { return m.labels["variant"] == "shadow" }

// primary says whether it decides: what is recorded by version is of its values.
func (m *served) primary() bool { return m.labels["variant"] == "primary" || m.labels["variant"] == "" }

// about says whether a series is of this version: of the labels that make a row
// those that it has have to agree, and there has to be one.
func (m *served) about(labels map[string]string) bool {
	found := false
	for _, l := range modelBy {
		if val := labels[l]; val != "" {
			if val != m.labels[l] {
				return false
			}
			found = true
		}
	}
	return found
}

// shares are the parts of each model's traffic. A shadow gets a copy of it, so that
// it does not count for the others.
func shares(list []*served) {
	total := map[string]float64{}
	for _, m := range list {
		if rate, ok := m.get("ml.list.rate"); ok && !m.shadow() {
			total[m.labels["model"]] += rate
		}
	}
	for _, m := range list {
		if rate, ok := m.get("ml.list.rate"); ok && total[m.labels["model"]] > 0 {
			m.share = rate / total[m.labels["model"]]
		}
	}
}

// title is the model with its version.
func (m *served) title() string {
	return strings.TrimSpace(m.labels["model"] + " " + m.labels["version"])
}
