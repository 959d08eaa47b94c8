package watch_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/signals/watch"
	"firewatch/sources"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is what the servers say.
type world map[sources.Query]watch.Answer

func (w world) answer(q sources.Query) watch.Answer { return w[q] }

// well is a world with nothing wrong in it.
func well() world {
	good := func(f sources.Frame) watch.Answer { return watch.Answer{Frame: f, At: noon} }
	peers := []sources.Peer{
		{Name: "am-1:9093", Version: "0.34.0", Health: "ready", Time: noon.Add(-time.Second)},
		{Name: "am-2:9093", Version: "0.34.0", Health: "ready", Time: noon.Add(2 * time.Second)},
	}
	return world{
		sources.Alerts{}: good(sources.Frame{Peers: slices.Clone(peers), Alerts: []sources.Alert{
			{Labels: map[string]string{"alertname": "Watchdog", "severity": "none"}, StartsAt: noon.Add(-75 * time.Hour), UpdatedAt: noon.Add(-time.Minute)},
		}}),
		sources.Silences{}:           good(sources.Frame{Peers: slices.Clone(peers)}),
		sources.Rules{}:              good(sources.Frame{Rules: []sources.Rule{{Name: "Watchdog", Alerting: true, Health: "ok"}, {Name: "a:b", Health: "ok"}}}),
		sources.AlertmanagerStatus{}: good(sources.Frame{Peers: slices.Clone(peers)}),
		sources.PrometheusStatus{}:   good(sources.Frame{Status: &sources.Status{Time: noon}}),
		sources.LogStatus{}:          good(sources.Frame{Status: &sources.Status{Health: "yellow", Time: noon}}),
		watch.Signals:                good(sources.Frame{Series: []sources.Series{signal("targets", 9), signal("lag", 4)}}),
	}
}

func signal(kind string, v float64, labels ...string) sources.Series {
	s := sources.Series{Labels: map[string]string{"watch": kind}, Points: []sources.Point{{T: noon.UnixMilli(), V: v}}}
	for i := 0; i+1 < len(labels); i += 2 {
		s.Labels[labels[i]] = labels[i+1]
	}
	return s
}

func text(all []watch.Finding) string {
	var out []string
	for _, f := range all {
		out = append(out, [...]string{"ok", "?", "▲", "✗"}[f.Grade]+" "+f.Text)
	}
	return strings.Join(out, " | ")
}

func TestNothingWrong(t *testing.T) {
	got := watch.Look(noon, well().answer)
	if want := "ok Watchdog for 3d | ok 2 peers | ok 2 rules | ok 9 targets | ok logs 4s behind | ok clocks agree"; text(got) != want {
		t.Errorf("got  %s\nwant %s", text(got), want)
	}
	if watch.Worst(got) != watch.Fine || len(watch.Problems(got)) != 0 {
		t.Errorf("problems: %s", text(watch.Problems(got)))
	}
}

func TestFindings(t *testing.T) {
	refused := &sources.Error{Source: "prometheus", Kind: sources.Unreachable, Err: errors.New("refused")}
	change := func(q sources.Query, f func(*sources.Frame)) func(world) {
		return func(w world) {
			a := w[q]
			f(&a.Frame)
			w[q] = a
		}
	}
	signals := func(list ...sources.Series) func(world) {
		return change(watch.Signals, func(f *sources.Frame) { f.Series = append(list, f.Series...) })
	}
	for name, c := range map[string]struct {
		spoil func(world)
		want  string
	}{
		"no watchdog":    {change(sources.Alerts{}, func(f *sources.Frame) { f.Alerts = nil }), "✗ the Watchdog is missing"},
		"stuck watchdog": {change(sources.Alerts{}, func(f *sources.Frame) { f.Alerts[0].UpdatedAt = noon.Add(-9 * time.Minute) }), "✗ the Watchdog was last sent 9m ago"},
		"no rule": {func(w world) {
			change(sources.Alerts{}, func(f *sources.Frame) { f.Alerts = nil })(w)
			change(sources.Rules{}, func(f *sources.Frame) { f.Rules = f.Rules[1:] })(w)
		}, "▲ no Watchdog: nothing proves that alerts arrive"},
		"one cluster of two": {func(w world) {
			for _, q := range []sources.Query{sources.Alerts{}, sources.Silences{}, sources.AlertmanagerStatus{}} {
				change(q, func(f *sources.Frame) { f.Peers[0].Cluster, f.Peers[1].Cluster = "eu", "us" })(w)
			}
			change(sources.Alerts{}, func(f *sources.Frame) { f.Alerts[0].Cluster = "eu" })(w)
		}, "✗ the Watchdog in us is missing"},
		"peer down": {change(sources.Alerts{}, func(f *sources.Frame) { f.Peers[1].Err = "refused" }), ""},
		"peer gone": {func(w world) {
			for _, q := range []sources.Query{sources.Alerts{}, sources.Silences{}, sources.AlertmanagerStatus{}} {
				change(q, func(f *sources.Frame) {
					f.Peers[1] = sources.Peer{Name: "am-2:9093", Err: "refused"}
				})(w)
			}
		}, "▲ peer am-2:9093 does not answer: refused"},
		"lacks": {change(sources.Silences{}, func(f *sources.Frame) { f.Peers[1].Lacks = []string{"s1", "s2"} }), "▲ peer am-2:9093 lacks 2 silences"},
		"versions": {change(sources.AlertmanagerStatus{}, func(f *sources.Frame) { f.Peers[0].Version = "0.33.1" }),
			"▲ the peers run different versions: 0.33.1 on am-1:9093; 0.34.0 on am-2:9093"},
		"alone": {change(sources.AlertmanagerStatus{}, func(f *sources.Frame) { f.Peers[0].Health, f.Peers[1].Health = "disabled", "disabled" }),
			"▲ 2 of 2 peers are not clustered: they share no silences"},
		"joining":       {change(sources.AlertmanagerStatus{}, func(f *sources.Frame) { f.Peers[0].Health = "settling" }), "▲ peer am-1:9093 is still joining its cluster"},
		"notifications": {signals(signal("failed", 2.6, "integration", "email"), signal("failed", 12, "integration", "webhook")), "✗ notifications failed in the last 10m: webhook 12, email 3"},
		"many": {signals(signal("failed", 4, "integration", "a"), signal("failed", 3, "integration", "b"), signal("failed", 2, "integration", "c"), signal("failed", .2)),
			"✗ notifications failed in the last 10m: a 4, b 3, c 2 and 1 more"},
		"delivery": {signals(signal("alone", 0, "instance", "p"), signal("dropped", 3, "instance", "p"), signal("refused", 3, "alertmanager", "a")),
			"✗ Prometheus p knows no Alertmanager | ✗ alerts dropped on the way to Alertmanager in the last 10m: p 3 | ✗ alerts could not be sent in the last 10m: to a 3"},
		"rule": {change(sources.Rules{}, func(f *sources.Frame) { f.Rules[1].Health, f.Rules[1].LastError = "err", "bad" }), "✗ 1 rule cannot be evaluated: a:b"},
		"counters": {signals(signal("broken", 3, "rule_group", "g"), signal("missed", 1, "rule_group", "h"), signal("unloaded", 0, "instance", "p"), signal("unrouted", 0, "instance", "a")),
			"▲ Alertmanager runs with an old configuration: a | ▲ rules failed in the last 10m: g 3 | ▲ evaluations missed in the last 10m: h 1 | ▲ Prometheus p runs with an old configuration"},
		"down":  {signals(signal("down", 2, "job", "node"), signal("down", 1, "job", "jaeger")), "▲ 3 of 9 targets down: node 2, jaeger 1"},
		"blind": {change(watch.Signals, func(f *sources.Frame) { f.Series = f.Series[1:] }), "▲ no scrape targets are known here"},
		"late":  {change(watch.Signals, func(f *sources.Frame) { f.Series[1] = signal("lag", 90) }), "▲ logs arrive 90s late"},
		"stuck": {change(watch.Signals, func(f *sources.Frame) { f.Series[1] = signal("lag", 1000) }), "✗ logs arrive 17m late"},
		"red":   {change(sources.LogStatus{}, func(f *sources.Frame) { f.Status = &sources.Status{Health: "red"} }), "✗ the log store is red: some lines can be neither read nor written"},
		"silent": {func(w world) {
			change(watch.Signals, func(f *sources.Frame) { f.Series = f.Series[:1] })(w)
			w[watch.Newest] = watch.Answer{Frame: sources.Frame{Logs: []*sources.Log{{Time: noon.Add(-time.Hour)}}}, At: noon}
		}, "▲ the newest log line is 60m old"},
		"one clock": {change(sources.PrometheusStatus{}, func(f *sources.Frame) { f.Status = &sources.Status{Time: noon.Add(-10 * time.Minute)} }), "▲ the clock of Prometheus is 10m behind"},
		"our clock": {func(w world) {
			for q, a := range w {
				a.At = a.At.Add(-10 * time.Minute)
				w[q] = a
			}
		}, "▲ this machine's clock is 10m behind"},
		"no prometheus": {func(w world) {
			w[sources.Rules{}] = watch.Answer{Err: refused}
			w[watch.Signals] = watch.Answer{Err: refused}
		}, "? prometheus: refused"},
		"no metrics": {func(w world) { w[watch.Signals] = watch.Answer{Err: refused} }, "? prometheus: refused"},
		"no store":   {func(w world) { w[sources.LogStatus{}] = watch.Answer{Err: refused} }, "? prometheus: refused"},
		"no alertmanager": {func(w world) {
			w[sources.Alerts{}] = watch.Answer{Err: refused}
		}, "? prometheus: refused"},
		"nothing else configured": {func(w world) {
			none := watch.Answer{Err: &sources.Error{Kind: sources.NotConfigured, Err: errors.New("none")}}
			w[sources.Rules{}], w[watch.Signals], w[sources.PrometheusStatus{}], w[sources.LogStatus{}] = none, none, none, none
		}, ""},
	} {
		w := well()
		c.spoil(w)
		found := watch.Problems(watch.Look(noon, w.answer))
		if text(found) != c.want {
			t.Errorf("%s: got  %s\nwant %s", name, text(found), c.want)
		}
		for _, f := range found {
			if f.Do == "" || f.Check == "" {
				t.Errorf("%s: nothing to do about %+v", name, f)
			}
		}
	}
}

func TestNothingHeard(t *testing.T) {
	if got := watch.Look(noon, world{}.answer); len(got) != 0 {
		t.Errorf("of nothing: %s", text(got))
	}
}

func TestPeers(t *testing.T) {
	w := well()
	a := w[sources.Silences{}]
	a.Frame.Silences = []sources.Silence{{ID: "s1", CreatedBy: "sam"}}
	a.Frame.Peers[1].Lacks = []string{"s1", "s2"}
	w[sources.Silences{}] = a
	got := watch.Peers(w.answer)
	if len(got) != 2 || got[1].Name != "am-2:9093" || got[1].Version != "0.34.0" || got[1].Skew != 2*time.Second || len(got[1].Lacks) != 2 {
		t.Fatalf("%+v", got)
	}
	if m := got[1].Missing; len(m) != 1 || m[0].CreatedBy != "sam" {
		t.Errorf("missing: %+v", m)
	}
}

// TestOneQuestion holds the metrics to a single request.
func TestOneQuestion(t *testing.T) {
	n := 0
	for _, q := range watch.Questions() {
		if _, ok := q.(sources.Instant); ok {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d queries of Prometheus", n)
	}
}
