package views

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"firewatch/sources"
	"firewatch/ui"
)

// questions are what is asked about an open alert. They follow from the alert
// and its rule alone, so that they stay the same from one refresh to the next.
type questions struct {
	// expr is the rule's expression, conds its operands.
	expr  string
	conds []condition
	// left and right are the measured expression and, where it is none of the
	// numbers, the limit of each condition that is drawn.
	left, right []sources.Query
	// episodes are the alert's own record over the window, week its firing over
	// seven days; changes are starts, loaded models and versions; budget is the
	// objectives that it is about. Any may be nil. Status is the configuration of its
	// Alertmanager.
	episodes, week, changes, budget, status sources.Query
	// since and before are the log lines from a little before the start on, and
	// those until then; nil where nothing says which lines are its own.
	since, before sources.Query
	from          time.Time
	filter        string
}

const (
	// drawn is how many conditions of an expression are measured.
	drawn = 2
	// weekSpan is how far the history reaches, weekPoints how finely: two minutes.
	weekSpan   = 7 * 24 * time.Hour
	weekPoints = 5040
	// leadIn is how long before its alert a fault may have begun to show in the logs.
	leadIn = 5 * time.Minute
	// sampled is how many log lines are read on each side of the start.
	sampled = 60
)

// questionsOf are the questions about an alert.
func questionsOf(r *alertRow) questions {
	q := questions{status: configuredFor(r), expr: exprOf(r), from: r.alert.StartsAt.Add(-leadIn).Truncate(time.Second)}
	if r.active != nil && r.active.ActiveAt.Before(r.alert.StartsAt) && !r.active.ActiveAt.IsZero() {
		q.from = r.active.ActiveAt.Add(-leadIn).Truncate(time.Second)
	}
	q.conds = conditions(q.expr)
	if q.conds == nil && q.expr != "" {
		q.conds = []condition{{Left: q.expr, Value: math.NaN()}}
	}
	for _, c := range q.conds[:min(len(q.conds), drawn)] {
		q.left = append(q.left, sources.PromQL{Expr: c.Left})
		var right sources.Query
		if c.moves() {
			right = sources.PromQL{Expr: c.Right}
		}
		q.right = append(q.right, right)
	}
	if own := record(r); own != "" {
		q.episodes = sources.PromQL{Expr: "ALERTS{" + own + "}"}
		q.week = sources.PromQL{Expr: `ALERTS{` + own + `,alertstate="firing"}`, Span: weekSpan, Points: weekPoints}
	}
	if of := origin(r.alert.Labels); of != "" {
		q.changes = sources.PromQL{Expr: `{__name__=~"` + startMetrics + `|.+_build_info",` + of + `}`}
	}
	if m := objectiveOf(r.alert.Labels); m != "" {
		// What is left is asked for as of now and as of the start, in one question.
		const left = "slo:period_error_budget_remaining:ratio"
		q.budget = sources.Instant{Expr: `{__name__=~"slo:objective:ratio|slo:time_period:days|` + left + `|slo:current_burn_rate:ratio",` + m + `} or label_replace(` +
			left + `{` + m + `} @ ` + strconv.FormatInt(began(r).Unix(), 10) + `, "__name__", "` + leftBefore + `", "", "")`}
	}
	if q.filter = logsOf(r.alert); q.filter != "" {
		level := "error"
		if r.alert.Annotations["logs_query"] != "" {
			level = "" // who wrote the rule knows which lines matter
		}
		at := q.from.UTC().Format(time.RFC3339)
		q.since = sources.Lines{Filter: "(" + q.filter + `) and @timestamp >= "` + at + `"`, Level: level, Limit: sampled}
		q.before = sources.Lines{Filter: "(" + q.filter + `) and @timestamp < "` + at + `"`, Level: level, Limit: sampled}
	}
	return q
}

// all lists the questions, the most urgent first: a slow link answers in turn.
func (q *questions) all() []sources.Query {
	out := []sources.Query{firing, silenced, rules}
	for _, one := range slices.Concat(q.left, q.right, []sources.Query{q.episodes, q.since, q.before, q.changes, q.budget, q.status, q.week}) {
		if one != nil && !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

// exprOf is the expression behind an alert: the rule's, else that in its link.
func exprOf(r *alertRow) string {
	if r.rule != nil {
		return strings.TrimSpace(r.rule.Query)
	}
	return strings.TrimSpace(linkedExpr(r.alert))
}

// record selects the alert in Prometheus's own record of alerts. Alertmanager's
// labels may be more than those, by the external ones: where the rule does not
// list the alert, only the labels that say what it is on are taken.
func record(r *alertRow) string {
	labels := map[string]string{}
	if r.active != nil {
		labels = r.active.Labels
	} else {
		for _, k := range []string{"alertname", "severity", "service", "model", "version", "feature", "sloth_id", "instance", "mountpoint", "device"} {
			if v := r.alert.Labels[k]; v != "" {
				labels[k] = v
			}
		}
	}
	if labels["alertname"] == "" {
		return ""
	}
	var out []string
	for _, p := range sortedPairs(labels, nil) {
		out = append(out, is(p.Name, p.Value))
	}
	return strings.Join(out, ",")
}

// leftBefore names what was left of a budget when the alert began.
const leftBefore = "slo:before"

// startMetrics are the metrics whose values are moments of a start or a load.
const startMetrics = "process_start_time_seconds|ml_model_loaded_timestamp_seconds"

// origin selects the processes behind an alert; empty where its labels name none.
func origin(labels map[string]string) string {
	if s := cmp.Or(labels["service"], labels["sloth_service"]); s != "" {
		return is("service", s)
	}
	var out []string
	for _, k := range []string{"job", "instance", "model"} {
		if v := labels[k]; v != "" {
			out = append(out, is(k, v))
		}
	}
	return strings.Join(out, ",")
}

// objectiveOf selects the objectives that an alert is about; empty for none.
func objectiveOf(labels map[string]string) string {
	if id := labels["sloth_id"]; id != "" {
		return is("sloth_id", id)
	}
	if s := cmp.Or(labels["sloth_service"], labels["service"]); s != "" {
		return is("sloth_service", s)
	}
	return ""
}

// absence says why a question has no answer yet; empty when it has one. The
// answer that came before a failure still counts.
func absence(env *ui.Env, q sources.Query) string {
	r := env.Result(q)
	switch {
	case r.Ready():
		return ""
	case r.Err != nil:
		return "not known: " + r.Err.Error()
	}
	return "asking " + q.Source() + "…"
}
