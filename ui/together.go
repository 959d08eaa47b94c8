package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui/theme"
)

// gesture is several writes that one key asked for.
type gesture struct {
	era               int
	left, all, failed int
	undo              []sources.Action
	// first is the first failure.
	first error
}

// together implements host.
func (s *Shell) together(as []sources.Action, done func(*Env, int, sources.Receipt, error) tea.Cmd) tea.Cmd {
	if done == nil {
		done = func(*Env, int, sources.Receipt, error) tea.Cmd { return nil }
	}
	var part *gesture
	if len(as) > 1 {
		part = &gesture{era: s.desk.era, left: len(as), all: len(as)}
	}
	var cmds []tea.Cmd
	for i, a := range as {
		cmds = append(cmds, s.write(write{action: a, part: part, done: func(env *Env, r sources.Receipt, err error) tea.Cmd {
			return done(env, i, r, err)
		}}))
	}
	// One after the other: a server that is in trouble gets no burst.
	return tea.Sequence(cmds...)
}

// over counts one write of the gesture as answered; after the last one it says
// what became of all, and they can be undone as one.
func (g *gesture) over(s *Shell, undo sources.Action, err error) {
	if g == nil {
		return
	}
	g.left--
	if err != nil {
		g.failed++
		if g.first == nil {
			g.first = err
		}
	} else if undo != nil {
		g.undo = append(g.undo, undo)
	}
	if g.left > 0 {
		return
	}
	offer := ""
	if len(g.undo) > 0 && g.era == s.desk.era {
		s.desk.undo = append(s.desk.undo, g.undo)
		offer = " · z undoes them together"
	}
	if g.failed > 0 {
		s.say(theme.Crit, fmt.Sprintf("%d of %d writes failed: %v%s", g.failed, g.all, g.first, offer))
		return
	}
	s.say(theme.Good, fmt.Sprintf("all %d writes are done%s", g.all, offer))
}
