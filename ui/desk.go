package ui

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui/theme"
)

// logged bounds the command log that is kept in memory.
const logged = 200

// AuditEntry is one write, as it is kept.
type AuditEntry struct {
	// At is when it was sent; Took how long the server needed.
	At   time.Time     `json:"at"`
	Took time.Duration `json:"took"`
	// User and Context say who did it where; Action what, in one line.
	User    string `json:"user"`
	Context string `json:"context"`
	Action  string `json:"action"`
	// Request is the write as a command that a person could run, Amtool as one of
	// Alertmanager's own tool; ID names what was written; Note is what the server
	// did beyond it.
	Request string `json:"request,omitempty"`
	Amtool  string `json:"amtool,omitempty"`
	ID      string `json:"id,omitempty"`
	Note    string `json:"note,omitempty"`
	// Error is why it failed; empty when it did not.
	Error string `json:"error,omitempty"`
}

// desk keeps the writes: those on their way, those done, and how to take them back.
type desk struct {
	serial  int
	pending []write
	log     []AuditEntry
	// undo takes the gestures of the user back, the last one last; a gesture may
	// have been several writes.
	undo [][]sources.Action
	// era counts the contexts: what was written in an earlier one is not undone in
	// this one.
	era int
	// leaving quits as soon as nothing is on its way.
	leaving bool
}

// write is an action on its way.
type write struct {
	serial int
	era    int
	action sources.Action
	// undoes is true for one that takes another back.
	undoes bool
	// quiet is true for one that no key asked for.
	quiet bool
	// part is the gesture that it belongs to; nil for one on its own.
	part *gesture
	done func(*Env, sources.Receipt, error) tea.Cmd
}

// actedMsg is the end of a write.
type actedMsg struct {
	serial  int
	receipt sources.Receipt
	err     error
	entry   AuditEntry
	// unrecorded is why the entry could not be put on record.
	unrecorded error
}

func (d *desk) flying() int { return len(d.pending) }

// act implements host.
func (s *Shell) act(a sources.Action, done func(*Env, sources.Receipt, error) tea.Cmd) tea.Cmd {
	return s.write(write{action: a, done: done})
}

// quietly implements host.
func (s *Shell) quietly(a sources.Action, done func(*Env, sources.Receipt, error) tea.Cmd) tea.Cmd {
	return s.write(write{action: a, done: done, quiet: true})
}

// write sends an action, once. A read-only context refuses it here, whatever
// keys a view offers; so does the source's client.
func (s *Shell) write(w write) tea.Cmd {
	a := w.action
	refuse := func(err error) tea.Cmd {
		s.say(theme.Warn, err.Error())
		w.part.over(s, nil, err)
		if w.done == nil {
			return nil
		}
		return w.done(s.env(), sources.Receipt{}, err)
	}
	rec := &Recorder{Sources: s.cfg.Sources, User: s.cfg.User, Context: s.cfg.Context, ReadOnly: s.cfg.ReadOnly, Now: s.cfg.Now, Audit: s.cfg.Audit}
	if err := rec.Allow(a); err != nil {
		return refuse(err)
	}
	for _, p := range s.desk.pending {
		if p.era == s.desk.era && p.action.String() == a.String() {
			return refuse(fmt.Errorf("already on its way: %s", a))
		}
	}
	s.desk.serial++
	w.serial, w.era = s.desk.serial, s.desk.era
	s.desk.pending = append(s.desk.pending, w)
	if !w.quiet {
		s.say(theme.Info, s.brief(a, false)+"…")
	}
	ctx, serial := s.ctx, w.serial
	return func() tea.Msg {
		// Recorded here and not in Update, so that a write is on record even if
		// the program ends before its answer is seen.
		m := actedMsg{serial: serial}
		m.receipt, m.entry, m.err, m.unrecorded = rec.Do(ctx, a)
		return m
	}
}

// acted takes the end of a write in.
func (s *Shell) acted(env *Env, m actedMsg) tea.Cmd {
	var w write
	for i, p := range s.desk.pending {
		if p.serial == m.serial {
			w = p
			s.desk.pending = append(s.desk.pending[:i:i], s.desk.pending[i+1:]...)
			break
		}
	}
	if w.action == nil {
		return nil
	}
	s.epoch++
	s.desk.log = append(s.desk.log, m.entry)
	s.desk.log = s.desk.log[max(0, len(s.desk.log)-logged):]
	away := ""
	if w.era != s.desk.era {
		away = " in " + m.entry.Context
	}
	if m.err != nil {
		text := m.err.Error()
		if h := kindOf(m.err).Hint(); h != "" {
			text += ": " + h
		}
		if away != "" {
			text = "failed" + away + ": " + text
		}
		s.say(theme.Crit, text)
	} else if !w.quiet {
		text := s.brief(w.action, true) + away
		if m.receipt.Note != "" {
			text += " (" + m.receipt.Note + ")"
		}
		if w.part == nil && m.receipt.Undo != nil && !w.undoes && w.era == s.desk.era {
			s.desk.undo = append(s.desk.undo, []sources.Action{m.receipt.Undo})
			text += " · z undoes it"
		}
		s.say(theme.Good, text)
	}
	w.part.over(s, m.receipt.Undo, m.err)
	if m.unrecorded != nil {
		result := "done"
		if m.err != nil {
			result = "failed"
		}
		s.say(theme.Crit, fmt.Sprintf("%s, but not on record: %v: %s", result, m.unrecorded, w.action))
	}
	var cmd tea.Cmd
	if w.era == s.desk.era {
		// What was written shows in the answers of its source.
		s.sched.againOf(w.action.Source())
		if w.done != nil {
			cmd = w.done(env, m.receipt, m.err)
		}
	}
	if s.desk.leaving && s.desk.flying() == 0 {
		return tea.Batch(cmd, tea.Quit)
	}
	return cmd
}

// brief is an action in few enough words for the footer; the command log has all.
func (s *Shell) brief(a sources.Action, done bool) string {
	switch b, ok := a.(sources.Briefer); {
	case ok:
		return b.Brief(s.cfg.Now().In(s.env().Location()), done)
	case done:
		return "done: " + a.String()
	}
	return a.String()
}

// undoLast takes the last write back that can be taken back. While one is on its
// way it is not known what that is: the one before would be taken for it.
func (s *Shell) undoLast() tea.Cmd {
	if slices.ContainsFunc(s.desk.pending, func(w write) bool { return !w.quiet }) {
		s.say(theme.Warn, "a write is on its way: undo when it is answered")
		return nil
	}
	n := len(s.desk.undo)
	if n == 0 {
		s.say(theme.Warn, "nothing to undo")
		return nil
	}
	last := s.desk.undo[n-1]
	s.desk.undo = s.desk.undo[:n-1]
	var cmds []tea.Cmd
	var again []sources.Action
	left := len(last)
	for _, a := range slices.Backward(last) {
		cmds = append(cmds, s.write(write{action: a, undoes: true, done: func(_ *Env, _ sources.Receipt, err error) tea.Cmd {
			// What the server refuses as it is now, it refuses tomorrow too: kept, it
			// would bar the way to the writes before it.
			if err != nil && kindOf(err) != sources.BadQuery {
				again = append([]sources.Action{a}, again...)
			}
			if left--; left == 0 && len(again) > 0 {
				s.desk.undo = append(s.desk.undo, again)
			}
			return nil
		}}))
	}
	return tea.Sequence(cmds...)
}

// quit ends the program; a write on its way is waited for, unless asked twice.
func (s *Shell) quit() tea.Cmd {
	if s.desk.flying() > 0 && !s.desk.leaving {
		s.desk.leaving = true
		s.say(theme.Warn, "waiting for a write to be answered: press again to quit without")
		return nil
	}
	s.sched.stop()
	return tea.Quit
}
