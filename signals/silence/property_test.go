package silence

import (
	"math/rand/v2"
	"slices"
	"testing"

	"firewatch/sources"
)

// What random labels are made of: names that need quotes, values that mean
// something in an expression, in quotes or across lines.
var (
	oddNames  = []string{"service", "instance", "pod", "replica", "zone", "http.route", "größe", "space name", `quo"te`}
	oddValues = []string{"a", "b", "c.d", "c-d", "(e|f)", "a|b", "$", "^a$", `\d+`, `C:\x`, "[a]", "x\ny", "日本 🔥", `say "hi"`, "a*", ".*", " "}
)

// someAlerts are alerts with random labels, no two alike within a cluster; about
// a third of the labels are missing.
func someAlerts(r *rand.Rand, most int, clusters ...string) []sources.Alert {
	var out []sources.Alert
	seen := map[string]bool{}
	values := oddValues
	if r.IntN(2) == 0 {
		values = values[r.IntN(len(values)-3):][:3] // alike ones, so that covers can be joined
	}
	names := oddNames[:2+r.IntN(len(oddNames)-1)]
	for range 1 + r.IntN(most) {
		pairs := []string{"alertname", oddValues[r.IntN(2)]}
		for _, n := range names {
			if r.IntN(3) > 0 {
				pairs = append(pairs, n, values[r.IntN(len(values))])
			}
		}
		a := alert(pairs...)
		a.Cluster = clusters[r.IntN(len(clusters))]
		if id := identity(&a); !seen[id] {
			seen[id] = true
			out = append(out, a)
		}
	}
	return out
}

// Whatever is selected of random alerts, the silences mute exactly that, and an
// ack or a silence of one alert exactly that one.
func TestCoverIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for round := range 10_000 {
		alerts := someAlerts(r, 14, [][]string{{""}, {"eu", "us"}}[r.IntN(2)]...)
		var selected []sources.Alert
		chosen := map[string]bool{}
		for _, a := range alerts {
			if r.IntN(3) == 0 {
				selected = append(selected, a)
				chosen[identity(&a)] = true
			}
		}
		parts := Cover(selected, Defaults.Volatile, alerts)
		if len(parts) > len(selected) {
			t.Fatalf("round %d: %d silences for %d alerts", round, len(parts), len(selected))
		}
		exact(t, round, parts, alerts, chosen)
		var sets [][]sources.Matcher
		for _, p := range parts {
			sets = append(sets, p.Matchers)
		}
		if len(sets) > 0 {
			if again, err := ParseSets(FormatSets(sets)); err != nil || !slices.EqualFunc(again, sets, slices.Equal[[]sources.Matcher]) {
				t.Fatalf("round %d: %s is read back as %v, %v", round, FormatSets(sets), again, err)
			}
		}
		one := &alerts[r.IntN(len(alerts))]
		ms, _ := For(one, Defaults.Volatile, alerts)
		exact(t, round, []Part{{one.Cluster, ms}}, alerts, map[string]bool{identity(one): true})
		// The text of the form loses nothing on the way.
		back, err := Parse(Format(ms))
		if joined, names := Join(back); err != nil || !slices.Equal(back, ms) || !slices.Equal(joined, ms) || len(names) > 0 {
			t.Fatalf("round %d: %v is read back as %v, joined %v, %v", round, ms, back, joined, err)
		}
	}
}

// exact says which alerts are muted and should not be, or the other way around.
func exact(t *testing.T, round int, parts []Part, alerts []sources.Alert, chosen map[string]bool) {
	t.Helper()
	for i := range alerts {
		a := &alerts[i]
		muted := slices.ContainsFunc(parts, func(p Part) bool {
			ok, err := Matches(p.Matchers, a.ExactLabels())
			if err != nil {
				t.Fatal(err)
			}
			return ok && p.Cluster == a.Cluster
		})
		if muted != chosen[identity(a)] {
			t.Fatalf("round %d: %v in %q muted %v, selected %v, by %v of %v", round, a.Labels, a.Cluster, muted, chosen[identity(a)], parts, alerts)
		}
	}
}

func TestJoin(t *testing.T) {
	for _, c := range []struct{ in, want, joined string }{
		{`team=core, team=web`, `team=~"core|web"`, "team"},
		{`team=core, team=web, team="a.b"`, `team=~"core|web|a\\.b"`, "team"},
		{`a=b, team=core, c=d, team=core`, `a="b", team="core", c="d"`, ""},
		{`team=core, team=~"c.*"`, `team="core", team=~"c.*"`, ""},
		{`team=core, team=~"w.*"`, `team=~"core|w.*"`, "team"},
		{`team=~"w.*", team=core`, `team=~"w.*|core"`, "team"},
		{`team=~"a.*", team=~".*b"`, `team=~"a.*", team=~".*b"`, ""},
		{`team=core, team!=web`, `team="core", team!="web"`, ""},
		{`zone="", zone=x`, `zone=~"|x"`, "zone"},
	} {
		ms, err := Parse(c.in)
		if err != nil {
			t.Fatal(err)
		}
		got, joined := Join(ms)
		if Format(got) != c.want || len(joined) > 1 || len(joined) == 1 && joined[0] != c.joined || len(joined) == 0 && c.joined != "" {
			t.Errorf("%s becomes %s, joined %v; want %s, %s", c.in, Format(got), joined, c.want, c.joined)
		}
	}
}
