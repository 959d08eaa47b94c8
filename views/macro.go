package views

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"firewatch/sources"
	"firewatch/ui"
)

// Macros are the words that a query may hold after a dollar. Those that stand
// for matchers are written last within the braces, because PromQL accepts a
// comma after the last matcher and none before the first.
var Macros = []string{
	// Matchers of what is looked at; empty means all.
	"node", "svc", "model", "slo", "gpu", "ctr", "k", "llm", "fs", "dev", "nic", "err",
	// Names of metrics and labels, from the metric profile.
	"lat", "req", "inflight", "route", "status",
	// Durations: the rate interval, the step, the visible range, a window of the panel's choice.
	"ri", "step", "range", "win",
	// A quantile, a threshold, and the suffix of a burn rate's window.
	"q", "thr", "bw",
}

// Vars are the values of macros; a macro without one is empty.
type Vars map[string]string

// With is v and the given names and values; v stays as it is.
func (v Vars) With(pairs ...string) Vars {
	out := maps.Clone(v)
	if out == nil {
		out = Vars{}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// scale is the factor that brings the profile's durations to seconds.
func (v Vars) scale() float64 {
	if s, err := strconv.ParseFloat(v["scale"], 64); err == nil && s > 0 {
		return s
	}
	return 1
}

// known says whether a word starts with a macro: $lat_bucket is $lat and a suffix.
func known(word string) bool { return macro(word) != "" }

// macro is the longest macro that word starts with, and empty when there is none.
func macro(word string) string {
	best := ""
	for _, m := range Macros {
		rest, ok := strings.CutPrefix(word, m)
		if ok && len(m) > len(best) && (rest == "" || rest[0] == '_') {
			best = m
		}
	}
	return best
}

// countRate is a rate of a histogram's count or sum, the part that has another
// form where only a native histogram is stored.
var countRate = regexp.MustCompile(`(rate|increase)\(\$(lat_count|lat_sum|req)\{([^{}]*)\}\[([^\]]+)\]( offset [0-9a-z]+)?\)`)

// native rewrites counts and sums of the latency histogram to those of its native form.
func native(q string, v Vars) string {
	return countRate.ReplaceAllStringFunc(q, func(s string) string {
		m := countRate.FindStringSubmatch(s)
		if m[2] == "req" && v["req"] != "" {
			return s
		}
		fn := "histogram_count"
		if m[2] == "lat_sum" {
			fn = "histogram_sum"
		}
		return fn + "(" + m[1] + "($lat{" + m[3] + "}[" + m[4] + "]" + m[5] + "))"
	})
}

// macrosIn lists the words after a dollar in s.
func macrosIn(s string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(s, "$")
		if !ok {
			return out
		}
		word := wordOf(rest)
		if word != "" {
			out = append(out, word)
		}
		s = rest[len(word):]
	}
}

// wordOf is the lower-case word, underscores within included, that s begins with.
func wordOf(s string) string {
	n := 0
	for n < len(s) && (s[n] >= 'a' && s[n] <= 'z' || s[n] == '_' && n > 0) {
		n++
	}
	return s[:n]
}

// Expr is the entry's query with its macros replaced. Vars named "lat" and "req"
// are names of metrics; "form" is "native" where the histogram is stored only as
// one, which has counts and sums rewritten.
func (e *Entry) Expr(v Vars) string {
	q := e.Query
	if v["form"] == nativeForm {
		q = native(q, v)
	}
	return replace(q, v, quoteName)
}

// legend is the entry's legend with its macros replaced.
func (e *Entry) legend(v Vars) string {
	return replace(e.Legend, v, func(s string) string { return s })
}

// replace puts the values in; names of metrics and labels pass through name.
func replace(s string, v Vars, name func(string) string) string {
	var sb strings.Builder
	for {
		text, rest, ok := strings.Cut(s, "$")
		sb.WriteString(text)
		if !ok {
			return sb.String()
		}
		word := wordOf(rest)
		m := macro(word)
		if m == "" {
			sb.WriteString("$" + word)
			s = rest[len(word):]
			continue
		}
		suffix, rest := word[len(m):], rest[len(word):]
		val := v[m]
		switch m {
		case "lat", "req", "inflight":
			if m == "req" && val == "" {
				val = v["lat"] + "_count"
			}
			if after, ok := strings.CutPrefix(rest, "{"); ok {
				val, rest = selector(val+suffix), after
			} else {
				val = name(val + suffix)
			}
			suffix = ""
		case "route", "status":
			val = name(val)
		case "fs", "dev", "nic":
			if val == "" {
				val = catalogue.Variable(m).Const
			}
		}
		if val == "" {
			// The comma behind a matcher that is not there goes with it.
			rest = strings.TrimPrefix(rest, ",")
		}
		sb.WriteString(val)
		sb.WriteString(suffix)
		s = rest
	}
}

var plainName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)

// quoteName is the name of a metric or label as PromQL writes it outside of a
// selector: in quotes when it has other characters than letters, digits, _ and :.
func quoteName(name string) string {
	if name == "" || plainName.MatchString(name) {
		return name
	}
	return strconv.Quote(name)
}

// selector begins a selector for the metric: its name and an open brace. A name
// that needs quotes goes inside the braces.
func selector(metric string) string {
	if metric == "" || plainName.MatchString(metric) {
		return metric + "{"
	}
	return "{" + strconv.Quote(metric) + ","
}

// is is the matcher of the series whose label has one of the values: none means
// that it does not matter and gives the empty string.
func is(label string, values ...string) string {
	switch len(values) {
	case 0:
		return ""
	case 1:
		return quoteName(label) + "=" + strconv.Quote(values[0])
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = regexp.QuoteMeta(v)
	}
	return quoteName(label) + "=~" + strconv.Quote(strings.Join(quoted, "|"))
}

// all joins matchers, leaving empty ones out.
func all(matchers ...string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(matchers), func(s string) bool { return s == "" }), ",")
}

// seconds is d as PromQL writes a duration, whole seconds and at least one.
func seconds(d time.Duration) string {
	return fmt.Sprintf("%ds", max(int64((d+time.Second-1)/time.Second), 1))
}

// usualScrape is the scrape interval where nobody says it.
const usualScrape = 15 * time.Second

// scrape is the scrape interval of the jobs, the longest where they differ; of
// all targets the most frequent one when no job is given or known. It reads the
// answer to [sources.Targets], which the infrastructure tab keeps pinned.
func scrape(env *ui.Env, jobs ...string) time.Duration {
	longest := time.Duration(0)
	count := map[time.Duration]int{}
	for _, t := range env.Result(sources.Targets{}).Frame.Targets {
		if t.Interval <= 0 {
			continue
		}
		count[t.Interval]++
		if slices.Contains(jobs, t.Job) {
			longest = max(longest, t.Interval)
		}
	}
	if longest > 0 {
		return longest
	}
	best := usualScrape
	for _, d := range slices.SortedFunc(maps.Keys(count), func(a, b time.Duration) int { return cmp.Compare(b, a) }) {
		if count[d] > count[best] {
			best = d
		}
	}
	return best
}

// charted are the durations for queries over the window on the screen.
func charted(env *ui.Env, jobs ...string) Vars {
	s := scrape(env, jobs...)
	return Vars{
		"ri": seconds(max(4*s, env.Window.Step+s)),
		// An increase needs two samples to say anything.
		"step":  seconds(max(env.Window.Step, 2*s)),
		"range": seconds(env.Window.Span()),
	}
}

// latest are the durations for queries about this moment.
func latest(env *ui.Env, jobs ...string) Vars {
	v := charted(env, jobs...)
	v["ri"] = seconds(max(4*scrape(env, jobs...), time.Minute))
	return v
}
