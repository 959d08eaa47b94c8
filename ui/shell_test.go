package ui_test

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
	"firewatch/ui/uitest"
)

// hosts is a small tab: a list with a detail, a badge, and a write.
type hosts struct {
	sel  ui.Selection
	open string
	at   string
}

var up = sources.Instant{Expr: "up"}

func (v *hosts) Name() string { return "hosts" }

func (v *hosts) names(env *ui.Env) []string {
	var out []string
	for _, s := range env.Result(up).Frame.Series {
		out = append(out, s.Legend)
	}
	return out
}

func (v *hosts) Layout(env *ui.Env) ui.Node {
	if v.open != "" {
		return ui.P(ui.Panel{Title: v.open, Queries: []sources.Query{sources.PromQL{Expr: "load{host=\"" + v.open + "\"}"}}, Draw: drawLegends, Blank: "no node_exporter on it?"})
	}
	sel := v.sel.Index(v.names(env))
	list := ui.P(ui.Panel{Title: "list", Queries: []sources.Query{up}, Draw: func(b draw.Box, a []sources.Frame) draw.Block {
		var lines []string
		for i, s := range a[0].Series {
			mark := "  "
			if i == sel {
				mark = "> "
			}
			lines = append(lines, mark+s.Legend)
		}
		return draw.Fit(b, lines)
	}})
	load := ui.P(ui.Panel{Title: "load", Queries: []sources.Query{sources.PromQL{Expr: "load"}}, Draw: drawLegends, Note: "5 m", Blank: "is node_exporter scraped?"})
	return ui.Row(list, load)
}

func drawLegends(b draw.Box, a []sources.Frame) draw.Block {
	var lines []string
	for _, s := range a[0].Series {
		lines = append(lines, s.Legend)
	}
	return draw.Fit(b, lines)
}

func (v *hosts) Keys(env *ui.Env) []ui.Key {
	names := v.names(env)
	enter := ui.Key{ID: "open", On: []string{"enter"}, Help: "open", Run: func(*ui.Env) tea.Cmd {
		v.open = v.sel.ID()
		return nil
	}}
	drop := ui.Key{ID: "drop", On: []string{"D"}, Help: "drop", Writes: true, Run: func(env *ui.Env) tea.Cmd {
		return env.Do(drop{v.sel.ID()})
	}}
	if len(names) == 0 {
		enter.Off, drop.Off = "no host yet", "no host yet"
	}
	return append(v.sel.Keys(names), enter, drop)
}

func (v *hosts) Back(*ui.Env) bool {
	was := v.open
	v.open = ""
	return was != ""
}

func (v *hosts) Open(_ *ui.Env, arg string) error {
	if strings.Contains(arg, "=") {
		return fmt.Errorf("hosts takes a host's name, not %q", arg)
	}
	v.open = arg
	return nil
}

// bells is a tab with a badge that has to be known while it is closed.
type bells struct{}

func (bells) Name() string { return "bells" }

func (bells) Layout(*ui.Env) ui.Node {
	return ui.P(ui.Panel{Title: "firing", Queries: []sources.Query{sources.Alerts{}}, Draw: func(b draw.Box, a []sources.Frame) draw.Block {
		return draw.Fit(b, []string{fmt.Sprint(len(a[0].Alerts), " alerts")})
	}})
}
func (bells) Keys(*ui.Env) []ui.Key   { return nil }
func (bells) Pinned() []sources.Query { return []sources.Query{sources.Alerts{}} }
func (bells) Badge(env *ui.Env) (string, theme.Level) {
	if n := len(env.Result(sources.Alerts{}).Frame.Alerts); n > 0 {
		return fmt.Sprint(n), theme.Crit
	}
	return "", theme.None
}

type drop struct{ host string }

func (drop) Source() string   { return "prometheus" }
func (d drop) String() string { return "drop " + d.host }

func answer(q sources.Query, _ sources.Window) (sources.Frame, error) {
	switch q := q.(type) {
	case sources.Alerts:
		return sources.Frame{Alerts: make([]sources.Alert, 3)}, nil
	case sources.Instant:
		return series("web-1", "web-2", "web-3"), nil
	case sources.PromQL:
		return series(q.Expr), nil
	}
	return sources.Frame{}, nil
}

func series(names ...string) sources.Frame {
	var f sources.Frame
	for _, n := range names {
		f.Series = append(f.Series, sources.Series{Legend: n, Points: []sources.Point{{T: uitest.Start.UnixMilli(), V: 1}}})
	}
	return f
}

func refused(q sources.Query, _ sources.Window) (sources.Frame, error) {
	return sources.Frame{}, &sources.Error{Source: q.Source(), Kind: sources.Unreachable, Err: fmt.Errorf("GET 127.0.0.1:9090: connection refused")}
}

func start(t testing.TB, c uitest.Config) *uitest.Shell {
	t.Helper()
	if c.Views == nil {
		c.Views = []ui.View{&hosts{}, bells{}}
	}
	if c.Answer == nil {
		c.Answer = answer
	}
	return uitest.New(t, c)
}

func asked(s *uitest.Shell) string {
	var out []string
	for _, q := range s.Asked() {
		out = append(out, q.Source()+" "+q.String())
	}
	return strings.Join(out, "; ")
}

func TestFirstFrame(t *testing.T) {
	s := start(t, uitest.Config{})
	if got := asked(s); got != "prometheus up; prometheus load; alertmanager /api/v2/alerts" {
		t.Errorf("asked %s", got)
	}
	holds(t, s.Frame(), "firewatch demo  1 hosts  2 bells 3", "> web-1", "  web-2", "● prometheus <1ms", "last 1h  14:02:11 UTC")
	s.Press("j", "enter")
	if got := asked(s); got != `prometheus load{host="web-2"}` {
		t.Errorf("asked %s", got)
	}
}

// holds fails the test for each text that a frame lacks.
func holds(t *testing.T, frame string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(frame, w) {
			t.Errorf("the frame lacks %q:\n%s", w, frame)
		}
	}
}

// long is a tab with a long name and a short one.
type long struct{ bells }

func (long) Name() string  { return "constellations" }
func (long) Short() string { return "stars" }

func TestTabNames(t *testing.T) {
	s := start(t, uitest.Config{Views: []ui.View{&hosts{}, long{}, bells{}}, H: 24, Kinds: []string{}})
	for _, tc := range []struct {
		w    int
		keys string
		want string
	}{
		{80, "1", "1 hosts  2 constellations 3  3 bells 3"},
		{48, "1", "1 hosts  2 stars 3  3 bells 3"},
		{56, "2", "1 hosts  2 constellations 3  3 bells 3"},
		{48, "2", "1 hosts  2 stars 3  3 bells 3"},
		{46, "2", "1 host  2 stars 3  3 bell 3"},
		{41, "2", "1  2 stars 3  3 3"},
	} {
		s.Resize(tc.w, 24)
		s.Press(tc.keys)
		if got := strings.Split(s.Frame(), "\n")[0]; !strings.Contains(got, tc.want) {
			t.Errorf("%d cells, tab %s: %q, want %q", tc.w, tc.keys, got, tc.want)
		}
	}
}
