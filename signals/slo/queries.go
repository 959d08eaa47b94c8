package slo

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// prom is a duration as Prometheus writes it.
func prom(d time.Duration) string { return model.Duration(d).String() }

// Queries returns the rates of bad and of all events over a window, each one
// series, as PromQL that can be put into an expression as it stands in brackets.
func (s SLI) Queries(window time.Duration) (bad, total string) {
	if l := s.Latency; l != nil {
		return l.queries(prom(window))
	}
	fill := func(query string) string {
		return placeholder.ReplaceAllLiteralString(strings.TrimSpace(query), prom(window))
	}
	total = fill(s.Events.Total)
	if s.Events.Bad != "" {
		return fill(s.Events.Bad), total
	}
	return atom(total) + " - " + atom(fill(s.Events.Good)), total
}

func (l *Latency) queries(window string) (bad, total string) {
	selector := strings.TrimSuffix(strings.TrimSpace(l.Selector), ",")
	rate := func(suffix, matchers string) string {
		return "sum(rate(" + l.Histogram + suffix + "{" + matchers + "}[" + window + "]))"
	}
	if l.Native {
		all := rate("", selector)
		return "histogram_fraction(" + bound(l.Under) + ", +Inf, " + all + ") * histogram_count(" + all + ")", "histogram_count(" + all + ")"
	}
	le := `le="` + bound(l.Under) + `"`
	if selector != "" {
		le = selector + ", " + le
	}
	total = rate("_count", selector)
	return total + " - " + rate("_bucket", le), total
}

// bound is a bucket's bound as Prometheus 3 stores it: always a float.
func bound(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e6 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// atom puts an expression in brackets.
func atom(query string) string { return "(" + query + ")" }
