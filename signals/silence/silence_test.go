package silence

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
)

func eq(name, value string) sources.Matcher {
	return sources.Matcher{Name: name, Value: value, Equal: true}
}
func ne(name, value string) sources.Matcher { return sources.Matcher{Name: name, Value: value} }
func re(name, value string) sources.Matcher {
	return sources.Matcher{Name: name, Value: value, Regex: true, Equal: true}
}
func nre(name, value string) sources.Matcher {
	return sources.Matcher{Name: name, Value: value, Regex: true}
}

// alert makes one of pairs of label names and values; the first value is the fingerprint too.
func alert(pairs ...string) sources.Alert {
	a := sources.Alert{Labels: map[string]string{}, State: "active", Fingerprint: strings.Join(pairs, "/")}
	for i := 0; i+1 < len(pairs); i += 2 {
		a.Labels[pairs[i]] = pairs[i+1]
	}
	return a
}

func TestMatches(t *testing.T) {
	labels := map[string]string{"alertname": "HighErrorRate", "team": "core", "path": "a\nb", "weird.name": "x"}
	for _, c := range []struct {
		name string
		ms   []sources.Matcher
		want bool
	}{
		{"none at all", nil, false},
		{"equal", []sources.Matcher{eq("team", "core")}, true},
		{"case counts", []sources.Matcher{eq("team", "Core")}, false},
		{"all must hold", []sources.Matcher{eq("team", "core"), eq("alertname", "x")}, false},
		{"missing is empty", []sources.Matcher{eq("zone", "")}, true},
		{"missing is not a value", []sources.Matcher{eq("zone", "a")}, false},
		{"missing is not equal to a value", []sources.Matcher{ne("zone", "a")}, true},
		{"present is not empty", []sources.Matcher{ne("team", "")}, true},
		{"regex", []sources.Matcher{re("team", "core|web")}, true},
		{"regex is anchored at the end", []sources.Matcher{re("team", "cor")}, false},
		{"regex is anchored at the start", []sources.Matcher{re("team", "ore")}, false},
		{"an alternation is anchored as a whole", []sources.Matcher{re("alertname", "High|Rate")}, false},
		{"regex on a missing label sees empty", []sources.Matcher{re("zone", ".*")}, true},
		{"regex wants something of a missing label", []sources.Matcher{re("zone", ".+")}, false},
		{"a dot does not cross a line", []sources.Matcher{re("path", "a.b")}, false},
		{"a dot crosses a line with s", []sources.Matcher{re("path", "(?s)a.b")}, true},
		{"case-blind regex", []sources.Matcher{re("team", "(?i)CORE")}, true},
		{"negative regex", []sources.Matcher{nre("team", "web|db")}, true},
		{"negative regex that hits", []sources.Matcher{nre("team", "c.*")}, false},
		{"negative regex on an unused label mutes everything", []sources.Matcher{nre("example", "x.+")}, true},
		{"the same label twice is and", []sources.Matcher{eq("team", "core"), eq("team", "web")}, false},
		{"names with dots", []sources.Matcher{eq("weird.name", "x")}, true},
	} {
		got, err := Matches(c.ms, labels)
		if err != nil || got != c.want {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
	if _, err := Matches([]sources.Matcher{re("team", "(")}, labels); err == nil || !strings.Contains(err.Error(), "team") {
		t.Errorf("a broken expression gives %v, want an error that names the label", err)
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []sources.Matcher
	}{
		{`severity=critical`, []sources.Matcher{eq("severity", "critical")}},
		{`severity = "critical", team=~"core|x"`, []sources.Matcher{eq("severity", "critical"), re("team", "core|x")}},
		{`{a="b",c!="d",e!~f}`, []sources.Matcher{eq("a", "b"), ne("c", "d"), nre("e", "f")}},
		{`a=b c=d`, []sources.Matcher{eq("a", "b"), eq("c", "d")}},
		{`instance=host:9100`, []sources.Matcher{eq("instance", "host:9100")}},
		{`"foo.bar baz"="x\"y\\z\n"`, []sources.Matcher{eq("foo.bar baz", "x\"y\\z\n")}},
		{`a=""`, []sources.Matcher{eq("a", "")}},
		{`ü="日本"`, []sources.Matcher{eq("ü", "日本")}},
	} {
		got, err := Parse(c.in)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", c.in, got, err, c.want)
		}
	}
	for _, in := range []string{``, `{}`, `a`, `=b`, `a=`, `a="b`, `{a="b"`, `a=~"("`, `a==b`, `a="b"}`, `,`, `a=b{c`} {
		if got, err := Parse(in); err == nil {
			t.Errorf("%s is read as %v, want an error", in, got)
		}
	}
}

func TestFormatIsReadBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	runes := []rune("ab1_.:-\"\\\n\t {}=~!,'`é日|()*+$^")
	text := func(least int) string {
		out := make([]rune, least+r.IntN(6))
		for i := range out {
			out[i] = runes[r.IntN(len(runes))]
		}
		return string(out)
	}
	for range 3000 {
		var ms []sources.Matcher
		for range 1 + r.IntN(4) {
			ms = append(ms, sources.Matcher{Name: text(1), Value: text(0), Equal: r.IntN(2) == 0})
		}
		got, err := Parse(Format(ms))
		if err != nil || !slices.Equal(got, ms) {
			t.Fatalf("%v is read back from %s as %v, %v", ms, Format(ms), got, err)
		}
	}
}

func TestFor(t *testing.T) {
	a := alert("alertname", "A", "pod", "p1", "severity", "warning")
	other := alert("alertname", "B", "pod", "p1", "severity", "warning")
	sibling := alert("alertname", "A", "pod", "p2", "severity", "warning")
	superset := alert("alertname", "A", "pod", "p1", "severity", "warning", "zone", "z")
	for _, c := range []struct {
		name    string
		current []sources.Alert
		want    string
		kept    []string
	}{
		{"alone, without the volatile label", []sources.Alert{a, other}, `alertname="A", severity="warning"`, nil},
		{"kept where a sibling would be muted too", []sources.Alert{a, sibling}, `alertname="A", pod="p1", severity="warning"`, []string{"pod"}},
		{"one with more labels is kept out", []sources.Alert{a, superset}, `alertname="A", severity="warning", zone=""`, nil},
		{"gone meanwhile", nil, `alertname="A", severity="warning"`, nil},
	} {
		ms, kept := For(&a, Defaults.Volatile, c.current)
		if Format(ms) != c.want || !slices.Equal(kept, c.kept) {
			t.Errorf("%s: %s kept %v; want %s kept %v", c.name, Format(ms), kept, c.want, c.kept)
		}
	}
	only := alert("pod", "p1")
	if ms, _ := For(&only, Defaults.Volatile, nil); Format(ms) != `pod="p1"` {
		t.Errorf("the only label is left out: %s", Format(ms))
	}
}

func TestCoverIsSmall(t *testing.T) {
	var all []sources.Alert
	for i := range 6 {
		all = append(all, alert("alertname", "HostDown", "instance", fmt.Sprintf("web-%d:9100", i), "pod", "p"+fmt.Sprint(i)))
	}
	got := Cover(all[:3], Defaults.Volatile, all)
	if len(got) != 1 || Format(got[0].Matchers) != `alertname="HostDown", instance=~"web-0:9100|web-1:9100|web-2:9100"` {
		t.Errorf("three hosts of six: %v", got)
	}
	// Two pairs that are not a product stay two silences: a product would mute B on web-1.
	pair := []sources.Alert{alert("alertname", "A", "instance", "1"), alert("alertname", "B", "instance", "2")}
	if got := Cover(pair, Defaults.Volatile, pair); len(got) != 2 {
		t.Errorf("two alerts that differ in two labels: %v, want two silences", got)
	}
	// What a wider silence holds already needs none of its own.
	wide := []sources.Alert{alert("alertname", "A", "instance", "1", "zone", "x"), alert("alertname", "A", "instance", "1")}
	for range 2 {
		if got := Cover(wide, Defaults.Volatile, wide); len(got) != 1 || Format(got[0].Matchers) != `alertname="A", instance="1"` {
			t.Errorf("an alert and one with more labels: %v, want one silence", got)
		}
		slices.Reverse(wide)
	}
	if got := Cover(nil, Defaults.Volatile, all); len(got) != 0 {
		t.Errorf("nothing selected: %v", got)
	}
}

func TestPreview(t *testing.T) {
	alerts := []sources.Alert{
		alert("alertname", "A", "zone", "x", "service", "s1"),
		alert("alertname", "A", "zone", "y", "service", "s2"),
		alert("alertname", "B", "zone", "x"),
		alert("alertname", "B", "zone", "y"),
	}
	e, err := Preview([]sources.Matcher{eq("alertname", "A"), eq("zone", "x")}, alerts)
	if err != nil || len(e.Mutes) != 1 || e.Mutes[0] != &alerts[0] {
		t.Fatalf("mutes %v, %v", e.Mutes, err)
	}
	if len(e.Near) != 2 || e.Near[0].By.Name != "zone" || e.Near[1].By.Name != "alertname" {
		t.Errorf("near misses %v, want the one that differs in zone and the one that differs in alertname", e.Near)
	}
	if e, _ := Preview([]sources.Matcher{re("alertname", "A")}, alerts); len(e.Mutes) != 2 || len(e.Near) != 0 || !slices.Equal(e.Services(), []string{"s1", "s2"}) {
		t.Errorf("one matcher: %+v", e)
	}
	if _, err := Preview([]sources.Matcher{re("a", "(")}, alerts); err == nil {
		t.Error("a broken expression previews")
	}
}

func TestGuard(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var alerts []sources.Alert
	for i := range 12 {
		alerts = append(alerts, alert("alertname", "A", "severity", "warning", "service", fmt.Sprintf("s%d", i/6), "instance", fmt.Sprint(i)))
	}
	alerts = append(alerts, alert("alertname", "Watchdog", "severity", "none"))
	for _, c := range []struct {
		name string
		ms   []sources.Matcher
		d    time.Duration
		want []string
	}{
		{"narrow", []sources.Matcher{eq("alertname", "A"), eq("instance", "1")}, time.Hour, nil},
		{"negative only", []sources.Matcher{nre("example", "x.+")}, time.Hour, []string{"nearly everything", "13 alerts", "2 services", "Watchdog"}},
		{"a regex that takes everything", []sources.Matcher{re("alertname", ".*")}, time.Hour, []string{"nearly everything", "13 alerts", "2 services", "Watchdog"}},
		{"only severity", []sources.Matcher{eq("severity", "critical")}, time.Hour, []string{"alerts of every kind"}},
		{"only env", []sources.Matcher{eq("env", "prod")}, time.Hour, []string{"alerts of every kind"}},
		{"nothing named", []sources.Matcher{eq("team", "core"), eq("zone", "z")}, time.Hour, []string{"alertname, service or instance"}},
		{"named by regex only", []sources.Matcher{re("instance", "1|2")}, time.Hour, []string{"alertname, service or instance"}},
		{"too many", []sources.Matcher{eq("alertname", "A")}, time.Hour, []string{"12 alerts", "2 services"}},
		{"too long", []sources.Matcher{eq("alertname", "B")}, 31 * 24 * time.Hour, []string{"31 days"}},
		{"the dead man's switch", []sources.Matcher{eq("alertname", "Watchdog")}, time.Hour, []string{"Watchdog"}},
		{"twice the same label", []sources.Matcher{eq("instance", "1"), eq("instance", "2")}, time.Hour, []string{"cannot be both"}},
		{"broken", []sources.Matcher{re("a", "(")}, time.Hour, []string{"regular expression"}},
	} {
		got := Guard(sources.Silence{Matchers: c.ms, StartsAt: now, EndsAt: now.Add(c.d)}, alerts, Defaults.Policy)
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i], c.want[i]) {
				t.Errorf("%s: %q, want %q in it", c.name, got[i], c.want[i])
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{a="b", c=~"d|e"}`, `"x y"!="\u00e9\x1b", b!~c`, `a=b c=d`, `=`, `{`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ms, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(Format(ms))
		if err != nil || !slices.Equal(again, ms) {
			t.Errorf("%q is read as %v, and that as %v, %v", text, ms, again, err)
		}
	})
}

func FuzzUntil(f *testing.F) {
	for _, s := range []string{"2h", "until 09:00", "monday 9:00", "2026-11-23 09:00", "1w2d3h4m5s"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 22, 16, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		if end, err := Until(text, now, time.UTC); err == nil && !end.After(now) {
			t.Errorf("%q ends %v, which is not after now", text, end)
		}
	})
}

func TestClustersAreApart(t *testing.T) {
	labels := map[string]string{"alertname": "A", "pod": "1"}
	eu := sources.Alert{Cluster: "eu", Fingerprint: "f", Labels: labels}
	us := sources.Alert{Cluster: "us", Fingerprint: "f", Labels: map[string]string{"alertname": "A", "pod": "2"}}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s := ackOf(eu, By{User: "ops"}, eu, us)
	if s.Cluster != "eu" || len(s.Matchers) != 1 {
		t.Errorf("an ack in eu: %+v", s)
	}
	s.ID, s.State = "s", "active"
	b := NewBook([]sources.Alert{eu, us}, []sources.Silence{s}, now)
	if len(b.Holders(&eu)) != 1 || len(b.Holders(&us)) != 0 || len(b.Unused([]sources.Alert{us})) != 1 {
		t.Error("a silence of one cluster holds an alert of another")
	}
	s.EndsAt = now.Add(time.Minute)
	if _, ok := Defaults.Renewal(s, s.EndsAt, []sources.Alert{us}, now); ok {
		t.Error("a lease is renewed for an alert of another cluster")
	}
	if _, ok := Defaults.Renewal(s, s.EndsAt, []sources.Alert{eu}, now); !ok {
		t.Error("a lease is not renewed")
	}
}
