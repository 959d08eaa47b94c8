package ui_test

import (
	"errors"
	"testing"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/uitest"
)

// sweeper drops several hosts by one key.
type sweeper struct{ told []int }

func (*sweeper) Name() string           { return "sweeper" }
func (*sweeper) Layout(*ui.Env) ui.Node { return ui.P(ui.Panel{Title: "all"}) }
func (w *sweeper) Keys(*ui.Env) []ui.Key {
	return []ui.Key{{ID: "sweep", On: []string{"D"}, Help: "drop all", Run: func(env *ui.Env) tea.Cmd {
		return env.Together([]sources.Action{drop{"web-1"}, drop{"web-2"}, drop{"web-3"}}, func(_ *ui.Env, i int, _ sources.Receipt, err error) tea.Cmd {
			if err == nil {
				w.told = append(w.told, i)
			}
			return nil
		})
	}}}
}

// Several writes of one key are taken back by one, the last first.
func TestTogether(t *testing.T) {
	w := &sweeper{}
	s := start(t, uitest.Config{Views: []ui.View{w}, Act: dropped})
	s.Press("D")
	holds(t, s.Frame(), "● all 3 writes are done · z undoes them together")
	if got := acted(s); got != "drop web-1; drop web-2; drop web-3" || len(w.told) != 3 {
		t.Errorf("acted %q, told of %v", got, w.told)
	}
	s.Press("z")
	if got := acted(s); got != "restore web-3; restore web-2; restore web-1" {
		t.Errorf("undo acted %q", got)
	}
	s.Press("z")
	holds(t, s.Frame(), "nothing to undo")
}

// What fails is said, what was done can be taken back, and what could not be
// taken back can be tried again.
func TestTogetherInPart(t *testing.T) {
	w, broken := &sweeper{}, "drop web-2"
	s := start(t, uitest.Config{Views: []ui.View{w}, Act: func(a sources.Action) (sources.Receipt, error) {
		if a.String() == broken {
			return sources.Receipt{}, errors.New("broken pipe")
		}
		return dropped(a)
	}})
	s.Press("D")
	holds(t, s.Frame(), "✗ 1 of 3 writes failed: broken pipe · z undoes them together")
	broken = "restore web-3"
	s.Press("z")
	broken = ""
	s.Press("z")
	if got := acted(s); got != "drop web-1; drop web-2; drop web-3; restore web-3; restore web-1; restore web-3" {
		t.Errorf("acted %q", got)
	}
}
