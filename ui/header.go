package ui

import (
	"fmt"
	"time"

	"firewatch/sources"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// product is the program's name, as header and window title print it.
const product = "firewatch"

// run is a piece of a bar in one style.
type run struct {
	style theme.Style
	text  string
}

// join renders runs one after the other, cut to w cells; the rest is filled in
// the style of fill.
func join(runs []run, w int, fill theme.Style) string {
	out, left := "", w
	for _, r := range runs {
		text := draw.Cut(r.text, left)
		left -= draw.Width(text)
		out += r.style.Render(text)
	}
	return out + fill.Render(draw.Spaces(left))
}

func width(runs []run) int {
	n := 0
	for _, r := range runs {
		n += draw.Width(r.text)
	}
	return n
}

// headerLines is 1 where everything fits in one line, else 2. It depends only on
// what does not change by itself, so that the screen does not jump.
func (s *Shell) headerLines() int {
	const status, latency, badge = 38, 7, 3
	need := len(product) + len(s.cfg.Context) + 12 + status
	for _, v := range s.cfg.Views {
		need += len(v.Name()) + 4
		if _, ok := v.(Badger); ok {
			need += badge
		}
	}
	for _, k := range s.cfg.Kinds {
		need += len(k) + latency + 3
	}
	if need <= s.w {
		return 1
	}
	return 2
}

// header is product, context and tabs, then window, clock and sources.
func (s *Shell) header(env *Env) []string {
	name := s.name()
	if s.headerLines() == 2 {
		tabs := s.tabs(env, s.w-width(name))
		return []string{join(append(name, tabs...), s.w, s.theme.Bar), join(s.status(env, s.w), s.w, theme.Style{})}
	}
	st := s.status(env, s.w)
	left := append(name, s.tabs(env, s.w-width(name)-width(st))...)
	room := max(s.w-width(st)-1, 0)
	return []string{join(left, room, s.theme.Bar) + join(append([]run{{theme.Style{}, " "}}, st...), s.w-room, theme.Style{})}
}

// name is the product and the context; production is named in words.
func (s *Shell) name() []run {
	out := []run{{s.theme.Bar, " " + product + " "}}
	if s.cfg.Prod {
		out = append(out, run{s.theme.Prod, " PROD " + s.cfg.Context + " "})
	} else if s.cfg.Context != "" {
		out = append(out, run{s.theme.Bar, s.cfg.Context + " "})
	}
	if s.cfg.ReadOnly {
		out = append(out, run{s.theme.Key, "read-only "})
	}
	return out
}

// tabNames are the ways to name the tabs, from the longest to the shortest: the
// open tab keeps its whole name longer than the others.
var tabNames = []func(name, short string, open bool) string{
	func(name, _ string, _ bool) string { return name },
	func(name, short string, open bool) string {
		if open {
			return name
		}
		return short
	},
	func(_, short string, _ bool) string { return short },
	func(_, short string, open bool) string {
		if open {
			return short
		}
		return short[:min(len(short), 4)]
	},
	func(_, short string, open bool) string {
		if open {
			return short
		}
		return short[:min(len(short), 3)]
	},
	func(_, short string, open bool) string {
		if open {
			return short
		}
		return ""
	},
}

// tabs are the tabs with numbers and badges; where they don't fit, the names of
// those that are not open are shortened, then that of the open one, then the
// others are cut to four letters, then to three, then left out.
func (s *Shell) tabs(env *Env, room int) []run {
	var out []run
	for _, name := range tabNames {
		out = s.tabsNamed(env, name)
		if width(out) <= room {
			break
		}
	}
	return out
}

func (s *Shell) tabsNamed(env *Env, named func(name, short string, open bool) string) []run {
	var out []run
	for i, v := range s.cfg.Views {
		style, short := s.theme.Tab, v.Name()
		if b, ok := v.(Shortener); ok {
			short = b.Short()
		}
		if i == s.tab {
			style = s.theme.TabOn
		}
		name := named(v.Name(), short, i == s.tab)
		text := fmt.Sprintf(" %d", i+1)
		if name != "" {
			text += " " + name
		}
		out = append(out, run{style, text})
		if b, ok := v.(Badger); ok {
			if badge, level := b.Badge(env); badge != "" {
				out = append(out, run{s.theme.Bar, " "}, run{s.theme.Selected(level), badge})
			}
		}
		out = append(out, run{s.theme.Tab, " "})
	}
	return out
}

// status is the window, the clock and the sources, in at most w cells: healthy
// sources lose their latency first, then the names are cut.
func (s *Shell) status(env *Env, w int) []run {
	none := theme.Style{}
	out := []run{{none, " "}, {s.theme.Strong, s.windowText(env)}, {none, "  " + clock(env.Now.In(env.Location()))}}
	warn := s.theme.Level(theme.Warn)
	if s.sched.frozen {
		text := "frozen since " + s.sched.frozenAt.In(env.Location()).Format("15:04")
		if n := s.sched.heldBack(); n > 0 {
			text += fmt.Sprintf(", %d newer", n)
		}
		out = append(out, run{warn, "  " + text})
	}
	if s.sched.paused {
		out = append(out, run{warn, "  paused"})
	}
	for _, d := range []dots{{99, true, "  "}, {99, false, "  "}, {99, false, " "}, {8, false, " "}, {6, false, " "}, {4, false, " "}} {
		src := s.sourceDots(d)
		if width(out)+width(src) <= w || d.name == 4 {
			return append(out, src...)
		}
	}
	return out
}

// dots is how much is said of the sources: so many cells of the name, the
// latency of those that are well, and what is between them.
type dots struct {
	name    int
	latency bool
	gap     string
}

// sourceDots is a dot for each source with its name, and its latency or what is wrong.
func (s *Shell) sourceDots(d dots) []run {
	var out []run
	for i, k := range s.cfg.Kinds {
		level, word := s.sourceState(k)
		name := k
		if len(name) > d.name {
			name = name[:d.name]
		}
		text := " " + name
		if word != "" && (d.latency || level >= theme.Warn) {
			text += " " + word
		}
		glyph := level.Glyph()
		if level == theme.None {
			glyph = "○"
		}
		style := theme.Style{}
		if level >= theme.Warn {
			style = s.theme.Level(level)
		}
		gap := d.gap
		if i == 0 {
			gap = "  "
		}
		out = append(out, run{theme.Style{}, gap}, run{s.theme.Level(level), glyph}, run{style, text})
	}
	return out
}

// sourceState is how a source is, in a level and a word.
func (s *Shell) sourceState(kind string) (theme.Level, string) {
	h := s.sched.health[kind]
	if h != nil && h.dead() {
		return theme.Crit, kindOf(h.err).String()
	}
	switch all, failed, err := s.sched.failing(kind); {
	case failed > 0 && failed == all:
		return theme.Crit, kindOf(err).String()
	case failed > 0:
		return theme.Warn, kindOf(err).String()
	case h == nil || !h.answered:
		return theme.None, ""
	default:
		return theme.Good, latencyText(h.took)
	}
}

func latencyText(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "<1ms"
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1fs", d.Seconds())
}

// windowText is the window in words: its length while it is live, else from when
// to when.
func (s *Shell) windowText(env *Env) string {
	if s.frame.live {
		return "last " + spanText(s.frame.span)
	}
	return rangeText(env.Window, env.Now, env.Location()) + ", not live"
}

func rangeText(w sources.Window, now time.Time, loc *time.Location) string {
	from, to, today := w.Start.In(loc), w.End.In(loc), now.In(loc)
	day := "2006-01-02"
	a, b := from.Format("15:04"), to.Format("15:04")
	if from.Format(day) != today.Format(day) || to.Format(day) != today.Format(day) {
		a = from.Format("Jan 2 15:04")
		if to.Format(day) != from.Format(day) {
			b = to.Format("Jan 2 15:04")
		}
	}
	return a + "–" + b + " " + to.Format("MST")
}
