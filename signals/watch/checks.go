package watch

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"firewatch/signals/silence"
	"firewatch/sources"
)

// Thresholds of what is worth a word.
const (
	// unsent is how long after the last word of it the Watchdog counts as stuck:
	// Prometheus sends it again every minute or so.
	unsent = 5 * time.Minute
	// skewed is how far clocks may be apart.
	skewed = 30 * time.Second
	// behind is the lag of log lines that is odd, stuck the one at which they do not
	// arrive; silent is the age of the newest line where no probe tells the lag: a
	// store may also be without lines because nobody writes any.
	behind, stuck, silent = time.Minute, 5 * time.Minute, 10 * time.Minute
)

// watchdog looks for the alert that always fires, in each cluster.
func watchdog(now time.Time, answer func(sources.Query) Answer) []Finding {
	a, r := answer(alerts), answer(rules)
	if !a.ready() || a.Err != nil {
		return nil // the cluster's check says why
	}
	ruled := slices.ContainsFunc(r.Frame.Rules, func(r sources.Rule) bool { return r.Alerting && r.Name == "Watchdog" })
	clusters := map[string]*sources.Alert{}
	for _, p := range a.Frame.Peers {
		if p.Err == "" {
			clusters[p.Cluster] = nil
		}
	}
	if len(clusters) == 0 {
		clusters[""] = nil
	}
	for i := range a.Frame.Alerts {
		if w := &a.Frame.Alerts[i]; silence.Heartbeat(w) {
			clusters[w.Cluster] = w
		}
	}
	find := func(g Grade, do, format string, args ...any) Finding {
		return Finding{Check: Watchdog, Grade: g, Text: fmt.Sprintf(format, args...), Do: do}
	}
	var out []Finding
	oldest := time.Duration(0)
	for _, name := range sorted(clusters) {
		in := ""
		if name != "" {
			in = " in " + name
		}
		switch w := clusters[name]; {
		case w != nil && !w.UpdatedAt.IsZero() && a.At.Sub(w.UpdatedAt) > unsent:
			out = append(out, find(Broken, "Prometheus does not send to Alertmanager any more: look at its targets and its log", "the Watchdog%s was last sent %s ago", in, span(a.At.Sub(w.UpdatedAt))))
		case w != nil:
			oldest = max(oldest, now.Sub(w.StartsAt))
		case ruled:
			out = append(out, find(Broken, "alerts do not arrive: check that Prometheus evaluates its rules and is connected to this Alertmanager", "the Watchdog%s is missing", in))
		case r.ready():
			out = append(out, find(Odd, "add a rule named Watchdog with the expression vector(1), so that its absence is noticed", "no Watchdog%s: nothing proves that alerts arrive", in))
		}
	}
	if len(out) == 0 && oldest > 0 {
		out = append(out, find(Fine, "", "Watchdog for %s", span(oldest)))
	}
	return out
}

// counted makes a check of one kind of signal that should not be there.
func counted(check, kind, by string, g Grade, count bool, text, do string, answer func(sources.Query) Answer) []Finding {
	a := answer(Signals)
	list := all(&a.Frame, kind, by)
	if len(list) == 0 {
		return nil
	}
	return []Finding{{Check: check, Grade: g, Text: fmt.Sprintf(text, named(list, count)), Do: do}}
}

func notifications(_ time.Time, answer func(sources.Query) Answer) []Finding {
	return counted(Notifications, "failed", "integration", Broken, true, "notifications failed in the last "+span(recently)+": %s",
		"pages may not reach anybody: check the receiver's address and key, and Alertmanager's log", answer)
}

// delivery is the way from Prometheus to Alertmanager.
func delivery(_ time.Time, answer func(sources.Query) Answer) []Finding {
	out := counted(Delivery, "alone", "instance", Broken, false, "Prometheus %s knows no Alertmanager",
		"alerts fire and nobody hears them: check alerting.alertmanagers in its configuration", answer)
	out = append(out, counted(Delivery, "dropped", "instance", Broken, true, "alerts dropped on the way to Alertmanager in the last "+span(recently)+": %s",
		"Alertmanager is too slow or was away: what was dropped is sent again only while it fires", answer)...)
	return append(out, counted(Delivery, "refused", "alertmanager", Broken, true, "alerts could not be sent in the last "+span(recently)+": to %s",
		"this Alertmanager is down or refuses", answer)...)
}

// evaluation is that of the rules, by their own word and by the counters.
func evaluation(_ time.Time, answer func(sources.Query) Answer) []Finding {
	r := answer(rules)
	if r.Err != nil {
		return unread(Rules, r, "without Prometheus no alert fires: check that it runs and that its address is right")
	}
	var out []Finding
	var failing []string
	var why string
	for i := range r.Frame.Rules {
		if rule := &r.Frame.Rules[i]; rule.Health == "err" {
			failing = append(failing, rule.Name)
			if why == "" {
				why = rule.LastError
			}
		}
	}
	if n := len(failing); n > 0 {
		list := strings.Join(failing[:min(n, shown)], ", ")
		if n > shown {
			list += fmt.Sprintf(" and %d more", n-shown)
		}
		out = append(out, Finding{Rules, Broken, plural(n, "rule") + " cannot be evaluated: " + list, "what it should alert on is not seen: " + why})
	} else {
		out = counted(Rules, "broken", "rule_group", Odd, true, "rules failed in the last "+span(recently)+": %s", "it may be over: alerts of that time may be missing", answer)
	}
	out = append(out, counted(Rules, "missed", "rule_group", Odd, true, "evaluations missed in the last "+span(recently)+": %s",
		"the group takes longer than its interval: records and alerts have gaps", answer)...)
	out = append(out, counted(Rules, "unloaded", "instance", Odd, false, "Prometheus %s runs with an old configuration", "promtool check config shows why", answer)...)
	if len(out) == 0 && len(r.Frame.Rules) > 0 {
		out = []Finding{{Check: Rules, Text: plural(len(r.Frame.Rules), "rule")}}
	}
	return out
}

func scrapes(_ time.Time, answer func(sources.Query) Answer) []Finding {
	a := answer(Signals)
	if a.Err != nil {
		// What the rules' check says of Prometheus need not be said twice.
		if r := answer(rules); r.Err != nil {
			return nil
		}
		return unread(Scrapes, a, "the metrics about the monitoring itself cannot be read")
	}
	if !a.ready() {
		return nil
	}
	down := all(&a.Frame, "down", "job")
	sum := 0.
	for _, s := range down {
		sum += s.value
	}
	targets, ok := signalled(&a.Frame, "targets")
	switch {
	case !ok:
		return []Finding{{Scrapes, Odd, "no scrape targets are known here", "Prometheus scrapes nothing, or what is asked only reads what others scraped: without their metrics the monitoring cannot be watched"}}
	case len(down) == 0:
		return []Finding{{Check: Scrapes, Text: plural(int(targets), "target")}}
	}
	return []Finding{{Scrapes, Odd, fmt.Sprintf("%.0f of %s down: %s", sum, plural(int(targets), "target"), named(down, true)), "what they measure is not seen; /targets of Prometheus says why"}}
}

// logs is the store's health and how far behind it is.
func logs(now time.Time, answer func(sources.Query) Answer) []Finding {
	st, sig, newest := answer(store), answer(Signals), answer(Newest)
	if st.Err != nil {
		return unread(Logs, st, "logs cannot be read; alerts do not depend on them")
	}
	var out []Finding
	if s := st.Frame.Status; s != nil && s.Health == "red" {
		out = append(out, Finding{Logs, Broken, "the log store is red: some lines can be neither read nor written", "_cluster/allocation/explain says why"})
	}
	lag, known := signalled(&sig.Frame, "lag")
	if known && !math.IsInf(lag, 0) {
		text := "logs arrive " + span(time.Duration(lag*float64(time.Second))) + " late"
		do := "the shipper, the pipeline or the store is stuck"
		switch {
		case lag > stuck.Seconds():
			out = append(out, Finding{Logs, Broken, text, do})
		case lag > behind.Seconds():
			out = append(out, Finding{Logs, Odd, text, do})
		case len(out) == 0:
			out = append(out, Finding{Check: Logs, Text: "logs " + span(time.Duration(lag*float64(time.Second))) + " behind"})
		}
		return out
	}
	if n := len(newest.Frame.Logs); n > 0 {
		age := now.Sub(newest.Frame.Logs[n-1].Time)
		switch {
		case age > silent:
			out = append(out, Finding{Logs, Odd, "the newest log line is " + span(age) + " old", "nobody writes, or lines do not arrive: compare with a host's own log"})
		case len(out) == 0:
			out = append(out, Finding{Check: Logs, Text: "newest line " + span(max(age, 0)) + " ago"})
		}
	}
	return out
}

// clocks compares ours with each server's.
func clocks(_ time.Time, answer func(sources.Query) Answer) []Finding {
	type clock struct {
		name string
		skew time.Duration
	}
	var list []clock
	for _, p := range Peers(answer) {
		if p.Timed {
			list = append(list, clock{"Alertmanager " + p.Label(), p.Skew})
		}
	}
	for name, q := range map[string]sources.Query{"Elasticsearch": store, "Prometheus": server} {
		if a := answer(q); a.Frame.Status != nil && !a.Frame.Status.Time.IsZero() {
			list = append(list, clock{name, a.Frame.Status.Time.Sub(a.At)})
		}
	}
	slices.SortFunc(list, func(a, b clock) int { return strings.Compare(a.name, b.name) })
	var off []clock
	for _, c := range list {
		if c.skew.Abs() > skewed {
			off = append(off, c)
		}
	}
	if len(list) == 0 {
		return nil
	}
	if len(off) == 0 {
		return []Finding{{Check: Clocks, Text: "clocks agree"}}
	}
	low, high := off[0].skew, off[0].skew
	for _, c := range off {
		low, high = min(low, c.skew), max(high, c.skew)
	}
	// Where all servers are off by the same, it is not they who are.
	if len(off) == len(list) && len(off) > 1 && high-low < skewed {
		return []Finding{{Clocks, Odd, "this machine's clock is " + span(low) + " " + side(-low), "ages and ends on this screen are wrong by that much: set this machine's clock"}}
	}
	var out []Finding
	for _, c := range off {
		out = append(out, Finding{Clocks, Odd, "the clock of " + c.name + " is " + span(c.skew) + " " + side(c.skew), "silences and alerts there begin and end at other times than it seems: check its time service"})
	}
	return out
}

func side(d time.Duration) string {
	if d < 0 {
		return "behind"
	}
	return "ahead"
}
