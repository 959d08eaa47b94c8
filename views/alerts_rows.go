package views

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"firewatch/signals/alert"
	"firewatch/signals/incident"
	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/theme"
)

// alertRow is one alert with what is known around it.
type alertRow struct {
	// id is [rowID]; a pending alert, which has no fingerprint yet, is known by its labels.
	id     string
	alert  *sources.Alert
	status silence.Status
	level  theme.Level
	rule   *sources.Rule
	// active is the rule's own view of the alert, nil when it has none.
	active *sources.RuleAlert
	// noise is how often it has fired of late, nil when that is not known.
	noise *incident.Noise
}

// alertRows joins the answers about alerts, silences and rules; it is made anew
// only when one of them changed.
type alertRows struct {
	key alertKey
	// version changes with every join.
	version uint64
	ready   bool
	// several is true when the alerts are of several clusters, inhibited when one
	// is held back by another.
	several, inhibited bool
	// all are the rows, worst first; ids finds one by its identity.
	all []*alertRow
	ids map[string]*alertRow
	// mute is true when a rule should have a Watchdog fire and none does: what else
	// fires may not arrive either.
	mute bool
	// loud counts the alerts that nobody holds, by level.
	loud map[theme.Level]int
	book *silence.Book
	// current are Alertmanager's alerts, pending ones not among them.
	current  []sources.Alert
	silences []sources.Silence
}

// watchdog is the alert that [silence.Heartbeat] knows.
const watchdog = "Watchdog"

// alertKey says what the rows were made of; an answer is known by its time and
// its first element.
type alertKey struct {
	alerts, silences, rules time.Time
	alert                   *sources.Alert
	silence                 *sources.Silence
	rule                    *sources.Rule
}

// update joins the answers anew where one of them is another.
func (t *alertRows) update(env *ui.Env) {
	a, s, r := env.Result(firing), env.Result(silenced), env.Result(rules)
	key := alertKey{a.At, s.At, r.At, first(a.Frame.Alerts), first(s.Frame.Silences), first(r.Frame.Rules)}
	if t.book != nil && key == t.key {
		return
	}
	t.key = key
	t.join(env.Now, a.Ready(), a.Frame.Alerts, s.Frame.Silences, r.Frame.Rules)
}

func first[T any](list []T) *T {
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}

func (t *alertRows) join(now time.Time, ready bool, list []sources.Alert, silences []sources.Silence, rules []sources.Rule) {
	t.ready, t.current, t.silences = ready, list, silences
	t.book = silence.NewBook(list, silences, now)
	t.version++
	t.all, t.loud = make([]*alertRow, 0, len(list)), map[theme.Level]int{}
	t.several, t.inhibited = false, false
	byName := map[string][]*sources.Rule{}
	for i := range rules {
		if rules[i].Alerting {
			byName[rules[i].Name] = append(byName[rules[i].Name], &rules[i])
		}
	}
	t.mute = ready && len(byName[watchdog]) > 0
	for i := range list {
		a := &list[i]
		t.mute = t.mute && !silence.Heartbeat(a)
		row := &alertRow{id: rowID(a), alert: a, status: t.book.Status(a), level: severity(a)}
		t.several = t.several || a.Cluster != list[0].Cluster
		t.inhibited = t.inhibited || row.status.State == silence.Inhibited
		row.rule, row.active = ruleOf(a, byName[a.Name()])
		t.all = append(t.all, row)
		if row.status.State == silence.Firing {
			t.loud[row.level]++
		}
	}
	for i := range rules {
		for k := range rules[i].Alerts {
			if p := &rules[i].Alerts[k]; p.State == "pending" {
				t.all = append(t.all, pendingRow(&rules[i], p))
			}
		}
	}
	slices.SortStableFunc(t.all, worstFirst)
	t.ids = make(map[string]*alertRow, len(t.all))
	for _, r := range t.all {
		t.ids[r.id] = r
	}
}

// rowID is the identity of an alert among those of all clusters.
func rowID(a *sources.Alert) string {
	if a.Cluster == "" {
		return a.Fingerprint
	}
	return a.Cluster + "/" + a.Fingerprint
}

// worstFirst orders by severity, loud ones before those that somebody has, then
// oldest first; the Watchdog is last.
func worstFirst(a, b *alertRow) int {
	rank := func(r *alertRow) int {
		if silence.Heartbeat(r.alert) {
			return int(theme.None) - 1
		}
		return int(r.level)
	}
	return cmp.Or(
		-cmp.Compare(rank(a), rank(b)),
		cmp.Compare(a.status.State, b.status.State),
		a.alert.StartsAt.Compare(b.alert.StartsAt),
		cmp.Compare(a.alert.Name(), b.alert.Name()),
		cmp.Compare(a.id, b.id),
	)
}

// severity is the level of an alert; one that fires on purpose has none.
func severity(a *sources.Alert) theme.Level {
	if a.Severity() == "none" {
		return theme.None
	}
	return theme.Severity(a.Severity())
}

func pendingRow(rule *sources.Rule, p *sources.RuleAlert) *alertRow {
	a := alert.Pending(rule, p)
	return &alertRow{id: "pending " + labelText(a.ExactLabels()), alert: &a, status: silence.Status{State: silence.Pending}, level: severity(&a), rule: rule, active: p}
}

// ruleOf finds the rule that an alert comes from among those of its name: by the
// rule's own list of alerts, else by the expression in the alert's link, else by
// the labels that the rule sets.
func ruleOf(a *sources.Alert, named []*sources.Rule) (*sources.Rule, *sources.RuleAlert) {
	for _, r := range named {
		for i := range r.Alerts {
			// Alertmanager's alert has the external labels as well.
			if within(r.Alerts[i].Labels, a.Labels) {
				return r, &r.Alerts[i]
			}
		}
	}
	if expr := linkedExpr(a); expr != "" {
		for _, r := range named {
			if r.Query == expr {
				return r, nil
			}
		}
	}
	for _, r := range named {
		fits := true
		for k, v := range r.Labels {
			fits = fits && (strings.Contains(v, "{{") || a.Labels[k] == v)
		}
		if fits {
			return r, nil
		}
	}
	return nil, nil
}

func within(part, whole map[string]string) bool {
	for k, v := range part {
		if whole[k] != v {
			return false
		}
	}
	return true
}

// linkedExpr is the expression in the link that Prometheus puts on its alerts.
func linkedExpr(a *sources.Alert) string {
	u, err := url.Parse(a.GeneratorURL)
	if err != nil {
		return ""
	}
	return u.Query().Get("g0.expr")
}

// byID is the row of that identity, nil if there is none.
func (t *alertRows) byID(id string) *alertRow { return t.ids[id] }

// labelText is a label set as matchers, sorted by name.
func labelText(labels map[string]string) string {
	var ms []sources.Matcher
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		ms = append(ms, sources.Matcher{Name: k, Value: labels[k], Equal: true})
	}
	return "{" + silence.Format(ms) + "}"
}
