package ui_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/uitest"
)

type undrop struct{ host string }

func (undrop) Source() string   { return "prometheus" }
func (d undrop) String() string { return "restore " + d.host }

func dropped(a sources.Action) (sources.Receipt, error) {
	if d, ok := a.(drop); ok {
		return sources.Receipt{ID: "42", Request: "curl -X DELETE /" + d.host, Undo: undrop(d), Note: "two more went with it"}, nil
	}
	return sources.Receipt{}, nil
}

func acted(s *uitest.Shell) string {
	var out []string
	for _, a := range s.Acted() {
		out = append(out, a.String())
	}
	return strings.Join(out, "; ")
}

func TestWriteUndoAudit(t *testing.T) {
	var audit []ui.AuditEntry
	s := start(t, uitest.Config{Act: dropped, Shell: ui.Config{Audit: func(e ui.AuditEntry) error { audit = append(audit, e); return nil }}})
	s.Asked()
	s.Press("j", "D")
	if got := acted(s); got != "drop web-2" {
		t.Errorf("acted %q", got)
	}
	holds(t, s.Frame(), "done: drop web-2 (two more went with it) · z undoes it")
	if got := asked(s); got != "prometheus up; prometheus load" {
		t.Errorf("after a write %s was asked, want the queries of its source", got)
	}
	s.Press("z")
	if got := acted(s); got != "restore web-2" {
		t.Errorf("undo acted %q", got)
	}
	s.Press("z")
	holds(t, s.Frame(), "nothing to undo")
	if got := acted(s); got != "" {
		t.Errorf("a second undo acted %q", got)
	}
	want := ui.AuditEntry{At: uitest.Start, User: "dana", Context: "demo", Action: "drop web-2", Request: "curl -X DELETE /web-2", ID: "42", Note: "two more went with it"}
	if len(audit) != 2 || audit[0] != want {
		t.Errorf("the audit is %+v", audit)
	}
	s.Press("@")
	holds(t, s.Frame(), "─ command log ─", "● 14:02:11 UTC  dana  drop web-2", "curl -X DELETE /web-2", "ok 42 (<1ms)")
}

func TestWriteFails(t *testing.T) {
	var audit []ui.AuditEntry
	s := start(t, uitest.Config{
		Act: func(a sources.Action) (sources.Receipt, error) {
			return sources.Receipt{}, &sources.Error{Source: a.Source(), Kind: sources.Denied, Err: errors.New("DELETE /web-1: 403 Forbidden")}
		},
		Shell: ui.Config{Audit: func(e ui.AuditEntry) error { audit = append(audit, e); return nil }},
	})
	s.Press("D")
	holds(t, s.Frame(), "✗ prometheus: DELETE /web-1: 403 Forbidden: check the credentials of this source in the config")
	s.Press("j", "k")
	holds(t, s.Frame(), "403 Forbidden")
	s.Advance(2e9)
	s.Press("j")
	lacks(t, s.Frame(), "403 Forbidden")
	if len(audit) != 1 || audit[0].Error != "prometheus: DELETE /web-1: 403 Forbidden" {
		t.Errorf("the audit is %+v", audit)
	}
	if got := acted(s); got != "drop web-1" {
		t.Errorf("a failed write was sent as %q", got)
	}
}

func TestWriteThatIsNotOnRecordIsSaid(t *testing.T) {
	fail := false
	s := start(t, uitest.Config{
		Act: func(a sources.Action) (sources.Receipt, error) {
			if fail {
				return sources.Receipt{}, errors.New("broken pipe")
			}
			return dropped(a)
		},
		Shell: ui.Config{Audit: func(ui.AuditEntry) error { return errors.New("audit file x: no space left on device") }},
	})
	s.Press("D")
	holds(t, s.Frame(), "✗ done, but not on record: audit file x: no space left on device: drop web-1")
	fail = true
	s.Press("j", "D")
	holds(t, s.Frame(), "✗ failed, but not on record: audit file x: no space left on device: drop web-2")
}

// TestUndoWaitsForTheWriteOnItsWay presses undo before the answer of a second
// write: the first one must not be taken back for it.
func TestUndoWaitsForTheWriteOnItsWay(t *testing.T) {
	s := start(t, uitest.Config{Act: dropped})
	s.Press("D", "j")
	m := s.Model()
	m, second := m.Update(uitest.Key(t, "D"))
	if m, undo := m.Update(uitest.Key(t, "z")); len(runs(undo)) != 0 {
		t.Errorf("undo sent something with a write on its way: %s", m.View().Content)
	}
	holds(t, s.Frame(), "a write is on its way: undo when it is answered")
	for _, msg := range runs(second) {
		s.Send(msg)
	}
	if got := acted(s); got != "drop web-1; drop web-2" {
		t.Errorf("acted %q", got)
	}
	s.Press("z")
	if got := acted(s); got != "restore web-2" {
		t.Errorf("undo acted %q", got)
	}
}

func TestUndoThatFailsCanBeTriedAgain(t *testing.T) {
	fail := true
	s := start(t, uitest.Config{Act: func(a sources.Action) (sources.Receipt, error) {
		if _, ok := a.(undrop); ok && fail {
			return sources.Receipt{}, errors.New("broken pipe")
		}
		return dropped(a)
	}})
	s.Press("D", "z")
	holds(t, s.Frame(), "✗ broken pipe")
	fail = false
	s.Press("z")
	if got := acted(s); got != "drop web-1; restore web-1; restore web-1" {
		t.Errorf("acted %q", got)
	}
}

// TestUndoThatCannotBeDoneMakesWay takes back a write that the server knows
// nothing of any more: the one before it can still be taken back.
func TestUndoThatCannotBeDoneMakesWay(t *testing.T) {
	s := start(t, uitest.Config{Act: func(a sources.Action) (sources.Receipt, error) {
		if a.String() == "restore web-2" {
			return sources.Receipt{}, &sources.Error{Source: a.Source(), Kind: sources.BadQuery, Status: 404, Err: errors.New("no web-2")}
		}
		return dropped(a)
	}})
	s.Press("D", "j", "D", "z")
	holds(t, s.Frame(), "✗ prometheus: no web-2")
	s.Press("z", "z")
	if got := acted(s); got != "drop web-1; drop web-2; restore web-2; restore web-1" {
		t.Errorf("acted %q", got)
	}
}

// TestWriteDuringASwitch begins a write while another context is opened: it goes
// where it was meant to go, and cannot be undone on the other server.
func TestWriteDuringASwitch(t *testing.T) {
	var audit []ui.AuditEntry
	var next []sources.Action
	told := 0
	v := &later{done: func() { told++ }}
	s := start(t, uitest.Config{Views: []ui.View{v}, Act: dropped, Shell: ui.Config{
		Contexts: []string{"demo", "prod"}, Audit: func(e ui.AuditEntry) error { audit = append(audit, e); return nil },
		Switch: func(context.Context, string) (ui.Config, error) {
			return ui.Config{Views: []ui.View{&hosts{}}, Context: "prod", Sources: actor{&next}}, nil
		},
	}})
	s.Press(":")
	s.Type("ctx prod")
	m, opening := s.Model().Update(uitest.Key(t, "enter"))
	m, write := m.Update(uitest.Key(t, "D"))
	if m, again := m.Update(uitest.Key(t, "c")); len(runs(again)) != 0 || strings.Contains(m.View().Content, "context prod") {
		t.Error("a second switch was begun")
	}
	m.Update(uitest.Key(t, "esc"))
	for _, c := range []tea.Cmd{opening, write} {
		for _, msg := range runs(c) {
			s.Send(msg)
		}
	}
	holds(t, s.Frame(), "firewatch prod", "done: drop web-1 in demo")
	lacks(t, s.Frame(), "z undoes it")
	if got := acted(s); got != "drop web-1" || told != 0 {
		t.Errorf("acted %q, and told the view of the old context %d times", got, told)
	}
	if len(audit) != 1 || audit[0].Context != "demo" {
		t.Errorf("the audit is %+v", audit)
	}
	s.Press("z")
	holds(t, s.Frame(), "nothing to undo")
	if len(next) > 0 {
		t.Errorf("the new context was sent %v", next)
	}
}

// later is a view that wants to know how its write ended.
type later struct {
	hosts
	done func()
}

func (v *later) Keys(*ui.Env) []ui.Key {
	return []ui.Key{{ID: "drop", On: []string{"D"}, Help: "drop", Run: func(env *ui.Env) tea.Cmd {
		return env.Then(drop{"web-1"}, func(*ui.Env, sources.Receipt, error) tea.Cmd { v.done(); return nil })
	}}}
}

// actor is a set of sources that only keeps what it is told to do.
type actor struct{ acted *[]sources.Action }

func (actor) Query(context.Context, sources.Query, sources.Window) (sources.Frame, error) {
	return sources.Frame{}, nil
}

func (a actor) Act(_ context.Context, act sources.Action) (sources.Receipt, error) {
	*a.acted = append(*a.acted, act)
	return sources.Receipt{}, nil
}

// writer is a view that writes without asking the key map.
type writer struct {
	hosts
	err error
}

func (w *writer) Keys(*ui.Env) []ui.Key {
	return []ui.Key{{ID: "sneak", On: []string{"S"}, Help: "sneak", Run: func(env *ui.Env) tea.Cmd {
		return env.Then(drop{"web-1"}, func(_ *ui.Env, _ sources.Receipt, err error) tea.Cmd {
			w.err = err
			return nil
		})
	}}, {ID: "note", On: []string{"N"}, Help: "note", Run: func(env *ui.Env) tea.Cmd { return env.Do(sources.AddNote{}) }}}
}

func TestReadOnlyStillTakesNotes(t *testing.T) {
	recorded := 0
	s := start(t, uitest.Config{Views: []ui.View{&writer{}}, Shell: ui.Config{ReadOnly: true, Audit: func(ui.AuditEntry) error { recorded++; return nil }}})
	s.Press("N")
	if got := acted(s); got != "note: " || recorded != 1 {
		t.Errorf("acted %q, %d on record", got, recorded)
	}
}

func TestReadOnly(t *testing.T) {
	w := &writer{}
	s := start(t, uitest.Config{Views: []ui.View{w}, Shell: ui.Config{ReadOnly: true, Audit: func(ui.AuditEntry) error { t.Error("a write that was not done is on record"); return nil }}})
	holds(t, s.Frame(), "demo read-only")
	s.Press("S")
	holds(t, s.Frame(), "context demo is read-only: not done: drop web-1")
	var e *sources.Error
	if !errors.As(w.err, &e) || e.Kind != sources.ReadOnly {
		t.Errorf("the view was told %v", w.err)
	}
	if got := acted(s); got != "" {
		t.Errorf("acted %q in a read-only context", got)
	}
	s = start(t, uitest.Config{Shell: ui.Config{ReadOnly: true}})
	s.Press("D")
	holds(t, s.Frame(), "drop: context demo is read-only")
	s.Press(":")
	s.Type("drop")
	s.Press("enter")
	if got := acted(s); got != "" {
		t.Errorf("acted %q through the palette", got)
	}
}

func TestQuitWaitsForAWrite(t *testing.T) {
	s := start(t, uitest.Config{})
	m := s.Model()
	m, cmd := m.Update(uitest.Key(t, "D"))
	_, again := m.Update(uitest.Key(t, "D"))
	if n := len(runs(again)); n != 0 {
		t.Errorf("the same write was sent twice: %d commands", n)
	}
	if _, quit := m.Update(uitest.Key(t, "ctrl+c")); quits(quit) {
		t.Error("ctrl+c quits with a write on its way")
	}
	for _, msg := range runs(cmd) {
		if _, cmd = m.Update(msg); quits(cmd) {
			return
		}
	}
	t.Error("the program does not quit after the write")
}

// runs runs a command and lists what it leads to.
func runs(c tea.Cmd) []tea.Msg {
	if c == nil {
		return nil
	}
	switch m := c().(type) {
	case nil:
		return nil
	case tea.BatchMsg:
		var out []tea.Msg
		for _, k := range m {
			out = append(out, runs(k)...)
		}
		return out
	default:
		return []tea.Msg{m}
	}
}

func quits(c tea.Cmd) bool {
	for _, m := range runs(c) {
		if _, ok := m.(tea.QuitMsg); ok {
			return true
		}
	}
	return false
}

func TestCopy(t *testing.T) {
	t.Setenv("TMUX", "")
	v := &copier{}
	s := start(t, uitest.Config{Views: []ui.View{v}})
	s.Messages()
	v.text = "rate(x[5m])"
	s.Press("y")
	holds(t, s.Frame(), "copied 11 characters")
	if n := len(s.Messages()); n != 1 {
		t.Errorf("%d messages to the terminal, want the copy", n)
	}
	// Inside tmux it is sent both ways, since which one passes is up to its options.
	t.Setenv("TMUX", "/tmp/tmux-0/default,1,0")
	s.Press("y")
	holds(t, s.Frame(), "copied 11 characters · tmux needs")
	plain := "\x1b]52;c;cmF0ZSh4WzVtXSk=\a"
	want := plain + "\x1bPtmux;\x1b" + plain + "\x1b\\"
	if got := s.Messages(); len(got) != 1 || got[0] != (tea.RawMsg{Msg: want}) {
		t.Errorf("inside tmux %q was sent, want %q", got, want)
	}
	v.text = ""
	s.Press("y")
	holds(t, s.Frame(), "nothing to copy")
	v.text = strings.Repeat("x", 80_000)
	s.Press("y")
	holds(t, s.Frame(), "80000 characters are more than a terminal takes")
	if n := len(s.Messages()); n != 0 {
		t.Errorf("%d messages to the terminal, want none", n)
	}
}

type copier struct{ text string }

func (*copier) Name() string { return "copier" }
func (*copier) Layout(*ui.Env) ui.Node {
	return ui.P(ui.Panel{Title: "x", Draw: func(b draw.Box, _ []sources.Frame) draw.Block { return draw.Fit(b, nil) }})
}
func (v *copier) Keys(*ui.Env) []ui.Key {
	return []ui.Key{{ID: "copy", On: []string{"y"}, Help: "copy", Run: func(env *ui.Env) tea.Cmd { return env.Copy(v.text) }}}
}

// hush is an action that can be said in few words.
type hush struct{ drop }

func (hush) Brief(_ time.Time, done bool) string {
	return map[bool]string{true: "hushed web-1", false: "hushing web-1"}[done]
}

func TestBriefToasts(t *testing.T) {
	var audit []ui.AuditEntry
	v := &opener{}
	v.show = func() ui.Overlay {
		return ui.Confirm("hush?", nil, "", func(env *ui.Env) tea.Cmd { return env.Do(hush{drop{"web-1 and all that hangs on it"}}) })
	}
	s := start(t, uitest.Config{Views: []ui.View{v}, Act: func(sources.Action) (sources.Receipt, error) {
		return sources.Receipt{Undo: undrop{"web-1"}}, nil
	}, Shell: ui.Config{Audit: func(e ui.AuditEntry) error { audit = append(audit, e); return nil }}})
	s.Press("o")
	m, cmd := s.Model().Update(uitest.Key(t, "y"))
	if f := m.View().Content; !strings.Contains(f, "hushing web-1…") {
		t.Errorf("it does not say what is being done:\n%s", f)
	}
	for _, msg := range runs(cmd) {
		s.Send(msg)
	}
	holds(t, s.Frame(), "● hushed web-1 · z undoes it")
	if len(audit) != 1 || audit[0].Action != "drop web-1 and all that hangs on it" {
		t.Errorf("the audit is %+v", audit)
	}
	s.Press("@")
	holds(t, s.Frame(), "drop web-1 and all that hangs on it")
}

// TestLongToasts has more to say than a line holds: it takes up to three, on any
// screen, and one while a dialog is open.
func TestLongToasts(t *testing.T) {
	words := strings.Repeat("the disk is full ", 11) + "end."
	s := start(t, uitest.Config{W: 80, H: 24, Act: func(sources.Action) (sources.Receipt, error) { return sources.Receipt{}, errors.New(words) }})
	before := strings.Split(s.Frame(), "\n")
	s.Press("D")
	after := strings.Split(s.Frame(), "\n")
	holds(t, s.Frame(), "end.")
	for i, l := range after[:21] {
		if i > 1 && l != before[i] {
			t.Errorf("line %d is %q, was %q", i+1, l, before[i])
		}
	}
	for _, l := range after[21:24] {
		if !strings.Contains(l, "disk") {
			t.Errorf("the toast is not in the last three lines:\n%s", s.Frame())
		}
	}
	s.Press("?")
	lacks(t, s.Frame(), "end.")
	s.Press("esc")
	for _, size := range [][2]int{{20, 6}, {40, 5}, {30, 24}, {200, 60}} {
		s.Resize(size[0], size[1])
		s.Styled()
	}
	lacks(t, s.Frame(), "disk is full\n")
}
