package views

import (
	"fmt"
	"time"

	"firewatch/signals/silence"
	"firewatch/signals/watch"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// watchAsks are the questions of the strip: the newest log line only where no
// probe tells how far behind the logs are.
func watchAsks(env *ui.Env) []sources.Query {
	asks := watch.Questions()
	if r := env.Result(watch.Signals); r.Ready() && env.Window.Live && !watch.Probed(&r.Frame) {
		asks = append(asks, watch.Newest)
	}
	return asks
}

// watchStrip is one line about the monitoring itself.
func watchStrip(env *ui.Env) ui.Node {
	return ui.P(ui.Panel{Title: "monitoring", Queries: watchAsks(env), Partial: true, Ticks: true, Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
		return draw.Fit(b, []string{stripLine(b, look(env))})
	}}).Fix(1)
}

// levelOf is a grade on the screen.
func levelOf(g watch.Grade) theme.Level {
	return [...]theme.Level{theme.Good, theme.Info, theme.Warn, theme.Crit}[g]
}

// stripLine says that all is well and of what, or what is wrong, worst first, as
// far as it fits.
func stripLine(b draw.Box, all []watch.Finding) string {
	t := b.Theme
	if len(all) == 0 {
		return t.Dim.Render(" monitoring: waiting for the servers")
	}
	hint := t.Strong.Render("W") + t.Dim.Render(" details ")
	list, out := watch.Problems(all), " "
	if len(list) == 0 {
		out += t.Level(theme.Good).Render(theme.Good.Glyph()+" monitoring ok") + t.Dim.Render(" · ")
		list = all
	}
	room := b.W - draw.Width(out) - draw.Width(hint) - 1
	line := ""
	for i, f := range list {
		next := t.Dim.Render(draw.Line(f.Text))
		if f.Grade > watch.Fine {
			level := levelOf(f.Grade)
			next = t.Level(level).Render(level.Glyph() + " " + draw.Line(f.Text))
		}
		if i > 0 {
			next = t.Dim.Render(" · ") + next
		}
		tail := ""
		if left := len(list) - i - 1; left > 0 {
			tail = t.Dim.Render(fmt.Sprintf(" · %d more", left))
		}
		if used := draw.Width(line); used > 0 && used+draw.Width(next)+draw.Width(tail) > room {
			line += t.Dim.Render(fmt.Sprintf(" · %d more", len(list)-i))
			break
		}
		line += next
	}
	return out + draw.Pad(draw.Cut(line, room), room) + " " + hint
}

// watchPager lists every check with what to do, and the members of the clusters.
func watchPager() ui.Overlay {
	return ui.Reader(ui.ReaderSpec{Title: "the monitoring", Lines: watchLines, Asks: watchAsks})
}

func watchLines(env *ui.Env, w int) []string {
	all, t := look(env), env.Theme
	if len(all) == 0 {
		return []string{"waiting for the servers"}
	}
	var out []string
	for _, f := range all {
		level := levelOf(f.Grade)
		word := level.Word()
		if f.Grade == watch.Unknown {
			word = "unknown"
		}
		head := level.Glyph() + " " + draw.Pad(word, 8) + draw.Pad(f.Check, 15)
		for i, l := range draw.Wrap(f.Text, max(w-draw.Width(head), 10)) {
			if i == 0 {
				out = append(out, t.Level(level).Render(draw.Cut(head, w))+l)
				continue
			}
			out = append(out, draw.Spaces(draw.Width(head))+l)
		}
		if f.Do == "" {
			continue
		}
		for _, l := range draw.Wrap(f.Do, max(w-draw.Width(head), 10)) {
			out = append(out, draw.Spaces(draw.Width(head))+t.Dim.Render(l))
		}
	}
	peers := watch.Peers(func(q sources.Query) watch.Answer { return heard(env, q) })
	if len(peers) == 0 {
		return out
	}
	out = append(out, "", t.Title.Render("members of Alertmanager"))
	for _, p := range peers {
		out = append(out, peerLines(env, &p, w)...)
	}
	if at := env.Result(watch.Signals).At; !env.Window.Live && !at.IsZero() {
		out = append(out, "", t.Dim.Render("The metrics are those of the end of the window, "+clockOf(env, env.Window.End)+": 0 makes it live."))
	}
	return out
}

// peerLines are one member and the silences that it lacks.
func peerLines(env *ui.Env, p *watch.Peer, w int) []string {
	t := env.Theme
	level, text := theme.Good, p.Label()
	add := func(s string) {
		if s != "" {
			text += " · " + s
		}
	}
	if p.Version != "" {
		add("version " + p.Version)
	}
	switch p.Health {
	case "disabled":
		add("alone: it has no peers")
	default:
		add(p.Health)
	}
	if p.Timed {
		switch skew := p.Skew.Round(time.Second); {
		case skew.Abs() <= time.Second:
			add("clock agrees")
		case skew < 0:
			add("clock " + length(-skew) + " behind")
		default:
			add("clock " + length(skew) + " ahead")
		}
	}
	if p.Err != "" {
		level = theme.Warn
		add("does not answer: " + p.Err)
	}
	if len(p.Lacks) > 0 {
		level = theme.Warn
		add("lacks " + draw.Count(len(p.Lacks), "silence"))
	}
	var out []string
	for i, l := range draw.Wrap(text, max(w-2, 1)) {
		head := "  "
		if i == 0 {
			head = level.Glyph() + " "
		}
		out = append(out, t.Level(level).Render(head)+l)
	}
	known := map[string]bool{}
	for i := range p.Missing {
		s := &p.Missing[i]
		known[s.ID] = true
		line := short(s.ID) + " {" + silence.Format(s.Matchers) + "} by " + silence.Owner(s) + " until " + clockOf(env, s.EndsAt)
		for _, l := range draw.Wrap(line, max(w-4, 1)) {
			out = append(out, "    "+t.Dim.Render(l))
		}
	}
	for _, id := range p.Lacks {
		if !known[id] {
			out = append(out, "    "+t.Dim.Render(draw.Cut(id, max(w-4, 0))))
		}
	}
	return out
}
