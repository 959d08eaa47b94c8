package ui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// helpPager lists the keys of the open tab and of the shell.
func (s *Shell) helpPager() Overlay {
	return Pager("keys", func(env *Env, w int) []string {
		out := s.keyLines(s.view().Name()+": this tab", s.viewKeys(env), w)
		return append(out, append([]string{""}, s.keyLines("everywhere", s.shellKeys(), w)...)...)
	})
}

func (s *Shell) keyLines(title string, keys []Key, w int) []string {
	out := []string{s.theme.Strong.Render(title)}
	// What the footer shows comes first: it is what the tab is for.
	keys = slices.Clone(keys)
	slices.SortStableFunc(keys, func(a, b Key) int { return rank(a) - rank(b) })
	for _, k := range keys {
		if k.Help == "" {
			continue
		}
		name := keyNames(k)
		if name == "" {
			name = ":" + k.ID
		}
		line := s.theme.Focus.Render(draw.Pad(name, 16)) + " " + draw.Cut(k.Help, max(w-18, 1))
		if k.Off != "" {
			line += s.theme.Dim.Render(draw.Cut("  not now: "+k.Off, max(w-18-draw.Width(k.Help), 0)))
		}
		out = append(out, line)
	}
	return out
}

func rank(k Key) int {
	if k.Hidden {
		return 1
	}
	return 0
}

// contextMenu offers the other contexts.
func (s *Shell) contextMenu() Overlay {
	var items []Item
	for i, name := range s.cfg.Contexts {
		it := Item{Label: name, Run: func(*Env) tea.Cmd { return s.switchTo(name) }}
		if i < 9 {
			it.Key = fmt.Sprint(i + 1)
		}
		if strings.EqualFold(name, s.cfg.Context) {
			it.Note = "open"
		}
		items = append(items, it)
	}
	return Menu("context", items)
}

// commandLog lists the writes of this session, newest first.
func (s *Shell) commandLog() Overlay {
	return Pager("command log", func(env *Env, w int) []string {
		if len(s.desk.log) == 0 && s.desk.flying() == 0 {
			return []string{"nothing was written in this session"}
		}
		var out []string
		for _, p := range s.desk.pending {
			out = append(out, s.theme.Level(theme.Info).Render("… "+p.action.String()), "")
		}
		for i := len(s.desk.log) - 1; i >= 0; i-- {
			out = append(out, s.logLines(env, s.desk.log[i], w)...)
		}
		return out
	})
}

func (s *Shell) logLines(env *Env, e AuditEntry, w int) []string {
	level, end := theme.Good, "ok "+e.ID
	if e.Error != "" {
		level, end = theme.Crit, e.Error
	}
	head := fmt.Sprintf("%s  %s  %s", e.At.In(env.Location()).Format("15:04:05 MST"), e.User, e.Action)
	out := []string{s.theme.Level(level).Render(draw.Cut(level.Glyph()+" "+draw.Line(head), w))}
	for _, command := range []string{e.Request, e.Amtool} {
		if command == "" {
			continue
		}
		for _, l := range draw.Wrap(draw.Line(command), max(w-2, 1)) {
			out = append(out, "  "+s.theme.Dim.Render(l))
		}
	}
	for _, l := range draw.Wrap(fmt.Sprintf("%s (%s)", strings.TrimSpace(draw.Line(end)), latencyText(e.Took)), max(w-2, 1)) {
		out = append(out, "  "+l)
	}
	if e.Note != "" {
		out = append(out, "  "+draw.Cut(draw.Line(e.Note), max(w-2, 1)))
	}
	return append(out, "")
}
