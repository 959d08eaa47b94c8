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
	// id is [rowID]; a pending alert, which has no fingerprint yet, is known by its
	// labels. name is the alertname.
	id     string
	alert  *sources.Alert
	name   string
	status silence.Status
	level  theme.Level
	// rank orders by severity, the Watchdog below all.
	rank int8
	rule *sources.Rule
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
	// all are the rows, worst first; ids finds one by its identity, nil until it is
	// asked for one.
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
	t.all, t.loud, t.ids = make([]*alertRow, 0, len(list)), map[theme.Level]int{}, nil
	t.several, t.inhibited = false, false
	from := newRuleFinder(rules)
	t.mute = ready && len(from.named[watchdog]) > 0
	// One piece of memory for all rows: there may be thousands, at every refresh.
	rows := make([]alertRow, len(list))
	for i := range list {
		a, row := &list[i], &rows[i]
		*row = alertRow{id: alert.ID(a), alert: a, name: a.Name(), status: t.book.Status(a), level: severity(a)}
		row.rank = int8(row.level)
		if silence.Heartbeat(a) {
			t.mute, row.rank = false, int8(theme.None)-1
		}
		t.several = t.several || a.Cluster != list[0].Cluster
		t.inhibited = t.inhibited || row.status.State == silence.Inhibited
		row.rule, row.active = from.find(a)
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
	slices.SortFunc(t.all, worstFirst)
}

// worstFirst orders by severity, loud ones before those that somebody has, then
// oldest first; the Watchdog is last.
func worstFirst(a, b *alertRow) int {
	if a.rank != b.rank {
		return int(b.rank) - int(a.rank)
	}
	if a.status.State != b.status.State {
		return int(a.status.State) - int(b.status.State)
	}
	if n := a.alert.StartsAt.Compare(b.alert.StartsAt); n != 0 {
		return n
	}
	return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.id, b.id))
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
	return &alertRow{id: "pending " + labelText(a.ExactLabels()), alert: &a, name: a.Name(), status: silence.Status{State: silence.Pending}, level: severity(&a), rank: int8(severity(&a)), rule: rule, active: p}
}

// ruleFinder finds the rules of alerts.
type ruleFinder struct {
	named map[string][]*sources.Rule
	// alerts are a rule's own alerts, exprs the expressions in links that were
	// taken apart already.
	alerts map[*sources.Rule]*ruleAlerts
	exprs  map[string]string
}

func newRuleFinder(rules []sources.Rule) *ruleFinder {
	f := &ruleFinder{map[string][]*sources.Rule{}, map[*sources.Rule]*ruleAlerts{}, map[string]string{}}
	for i := range rules {
		if rules[i].Alerting {
			f.named[rules[i].Name] = append(f.named[rules[i].Name], &rules[i])
		}
	}
	return f
}

// find is the rule that an alert comes from, among those of its name: by the
// rule's own list of alerts, else by the expression in the alert's link, else by
// the labels that the rule sets.
func (f *ruleFinder) find(a *sources.Alert) (*sources.Rule, *sources.RuleAlert) {
	named := f.named[a.Name()]
	if len(named) == 0 {
		return nil, nil
	}
	for _, r := range named {
		if f.alerts[r] == nil {
			f.alerts[r] = newRuleAlerts(r)
		}
		if p := f.alerts[r].find(a.Labels); p != nil {
			return r, p
		}
	}
	expr, known := f.exprs[a.GeneratorURL]
	if !known {
		expr = linkedExpr(a)
		f.exprs[a.GeneratorURL] = expr
	}
	if expr != "" {
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

// ruleAlerts finds a rule's own alerts by labels, for each set of label names
// that they have; there is seldom more than one.
type ruleAlerts struct {
	names [][]string
	by    []map[string]*sources.RuleAlert
	key   []byte
}

func newRuleAlerts(r *sources.Rule) *ruleAlerts {
	x := &ruleAlerts{}
	for i := range r.Alerts {
		p := &r.Alerts[i]
		k := slices.IndexFunc(x.names, func(names []string) bool {
			for _, n := range names {
				if _, ok := p.Labels[n]; !ok {
					return false
				}
			}
			return len(names) == len(p.Labels)
		})
		if k < 0 {
			k = len(x.names)
			x.names = append(x.names, slices.Sorted(maps.Keys(p.Labels)))
			x.by = append(x.by, make(map[string]*sources.RuleAlert, len(r.Alerts)))
		}
		x.keyOf(x.names[k], p.Labels)
		if _, twice := x.by[k][string(x.key)]; !twice {
			x.by[k][string(x.key)] = p
		}
	}
	return x
}

// keyOf makes the key of the named labels; Alertmanager's alerts have the external
// labels as well, which are left out so.
func (x *ruleAlerts) keyOf(names []string, labels map[string]string) {
	x.key = x.key[:0]
	for _, n := range names {
		x.key = append(append(x.key, labels[n]...), 0)
	}
}

func (x *ruleAlerts) find(labels map[string]string) *sources.RuleAlert {
	for k, names := range x.names {
		x.keyOf(names, labels)
		if p := x.by[k][string(x.key)]; p != nil {
			return p
		}
	}
	return nil
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
func (t *alertRows) byID(id string) *alertRow {
	if id == "" {
		return nil
	}
	if t.ids == nil {
		t.ids = make(map[string]*alertRow, len(t.all))
		for _, r := range t.all {
			t.ids[r.id] = r
		}
	}
	return t.ids[id]
}

// labelText is a label set as matchers, sorted by name.
func labelText(labels map[string]string) string {
	var ms []sources.Matcher
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		ms = append(ms, sources.Matcher{Name: k, Value: labels[k], Equal: true})
	}
	return "{" + silence.Format(ms) + "}"
}
