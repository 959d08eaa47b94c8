package ui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"firewatch/sources"
	"firewatch/ui/draw"
)

// Attention is how a new page makes itself noticed where nobody looks at the
// screen. The zero value is silent.
type Attention struct {
	// Bell rings the terminal's bell; Title puts the number of pages into the
	// window's title.
	Bell, Title bool
	// Notify is the sequence that asks the terminal for a notification: osc9, osc777,
	// auto for the one that the environment suggests; anything else asks for none.
	Notify string
	// Severity lists the severities that are pages.
	Severity []string
}

// Alarm is an alert that fires and that nobody holds.
type Alarm struct {
	// ID names this firing of it: one that fires again later is another.
	ID       string
	Severity string
	// Text says in a line what it is.
	Text string
}

// Alarmer is implemented by a view that knows of pages.
type Alarmer interface {
	// Alarms lists what fires and nobody holds; false while that is not known. It is
	// called after every message: the same slice means that nothing changed.
	Alarms(*Env) ([]Alarm, bool)
}

// maxHeard bounds the firings that are remembered, maxNotice the text of a
// notification, in cells.
const maxHeard, maxNotice = 10_000, 160

// attention knows which pages were noticed.
type attention struct {
	// heard are the firings that there were at the start or that rang since.
	heard map[string]bool
	// first and n tell the list of the last call from another one.
	first *Alarm
	n     int
	// loud is how many pages there are.
	loud int
}

// attend rings once for the pages that are new. Those of the first list are
// known: whoever starts the console sees them.
func (s *Shell) attend(env *Env) tea.Cmd {
	var all []Alarm
	known := false
	for _, v := range s.cfg.Views {
		a, ok := v.(Alarmer)
		if !ok {
			continue
		}
		list, ok := a.Alarms(env)
		if !ok {
			return nil
		}
		known = true
		if all == nil {
			all = list
		} else {
			all = append(slices.Clone(all), list...)
		}
	}
	at := &s.attention
	var first *Alarm
	if len(all) > 0 {
		first = &all[0]
	}
	if !known || at.heard != nil && at.first == first && at.n == len(all) {
		return nil
	}
	at.first, at.n = first, len(all)
	var fresh []Alarm
	fire := map[string]bool{}
	for _, a := range all {
		if !slices.Contains(s.cfg.Attention.Severity, a.Severity) {
			continue
		}
		fire[a.ID] = true
		if !at.heard[a.ID] {
			fresh = append(fresh, a)
		}
	}
	at.loud = len(fire)
	starting := at.heard == nil
	if starting {
		at.heard = map[string]bool{}
	}
	for _, a := range fresh {
		at.heard[a.ID] = true
	}
	if len(at.heard) > maxHeard {
		for id := range at.heard {
			if !fire[id] {
				delete(at.heard, id)
			}
		}
	}
	if starting || len(fresh) == 0 {
		return nil
	}
	seq := notification(s.cfg.Attention.Notify, s.cfg.Getenv, product+" "+s.cfg.Context, noticeText(fresh))
	if s.cfg.Attention.Bell {
		seq += "\a"
	}
	if seq == "" {
		return nil
	}
	return tea.Raw(seq)
}

// noticeText is what a notification says of pages.
func noticeText(pages []Alarm) string {
	if len(pages) == 1 {
		return pages[0].Severity + ": " + pages[0].Text
	}
	var names []string
	for _, p := range pages {
		name, _, _ := strings.Cut(p.Text, " ")
		names = append(names, name)
	}
	slices.Sort(names)
	return fmt.Sprintf("new pages, %d: %s", len(pages), strings.Join(slices.Compact(names), ", "))
}

// notification is the sequence that has the terminal show a text, wrapped so
// that tmux and screen let it through; empty where there is none.
func notification(how string, env func(string) string, title, text string) string {
	if how == "auto" {
		how = notifyBy(env)
	}
	title, text = oscText(title, 40), oscText(text, maxNotice)
	var seq string
	switch how {
	case "osc9":
		// ConEmu takes what begins with a digit for a command; the title does not.
		seq = "\x1b]9;" + title + ": " + text + "\x1b\\"
	case "osc777":
		seq = "\x1b]777;notify;" + strings.ReplaceAll(title, ";", ",") + ";" + text + "\x1b\\"
	default:
		return ""
	}
	switch {
	case env("TMUX") != "":
		return ansi.TmuxPassthrough(seq)
	case env("STY") != "":
		return ansi.ScreenPassthrough(seq, 0)
	}
	return seq
}

// notifyBy is the sequence that the terminal is likely to know. One that knows
// neither passes over both.
func notifyBy(env func(string) string) string {
	term := env("TERM")
	switch {
	case term == "" || term == "dumb" || term == "linux":
		return "off"
	case env("VTE_VERSION") != "", env("KONSOLE_VERSION") != "", strings.HasPrefix(term, "rxvt"), strings.HasPrefix(term, "foot"):
		return "osc777"
	}
	return "osc9"
}

// oscText is text that can be part of a control string: no control characters,
// and nothing whose bytes some terminal takes for the end of the string.
func oscText(s string, w int) string {
	s = draw.Cut(draw.Line(sources.Clean(s)), w)
	return strings.Map(func(r rune) rune {
		if strings.Contains(string(r), "\x9c") {
			return '?'
		}
		return r
	}, s)
}

// Sequences that have the terminal keep its window's title and set it again.
const pushTitle, popTitle = "\x1b[22;2t", "\x1b[23;2t"
