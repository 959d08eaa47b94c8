package ui_test

import (
	"math/rand/v2"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/uitest"
)

// TestAnyKeys presses keys at random, with the terminal resized and the servers
// failing in between: whatever happens, the screen fits the terminal.
func TestAnyKeys(t *testing.T) {
	keys := []string{
		"1", "2", "3", "[", "]", "tab", "shift+tab", "enter", "esc", ":", "?", "r", "ctrl+r", "p", "t", "+", "-", "{", "}", "0", "f", "c", "@", "z",
		"f2", "ctrl+l", "j", "k", "g", "G", "ctrl+d", "ctrl+u", "pgup", "pgdown", "D", "y", "n", "a", "space", "backspace", "up", "down", "left", "x",
	}
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 7))
		s := start(t, uitest.Config{Views: []ui.View{&hosts{}, bells{}, wall{4}}, Act: dropped, Shell: ui.Config{
			Mouse: true, Contexts: []string{"demo", "prod"}, Switch: switchless,
		}})
		answers := []func(sources.Query, sources.Window) (sources.Frame, error){answer, refused, waves, failing(sources.Timeout, "slow"), failing(sources.BadQuery, "no\x1b[31m")}
		for range 400 {
			switch r.IntN(12) {
			case 0:
				s.Resize(r.IntN(140), r.IntN(50))
			case 1:
				s.Advance(time.Duration(r.IntN(8000)) * time.Millisecond)
			case 2:
				s.Answer(answers[r.IntN(len(answers))])
			case 3:
				s.Send(tea.MouseClickMsg{X: r.IntN(140), Y: r.IntN(50), Button: tea.MouseLeft})
			case 4:
				s.Send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
			default:
				s.Press(keys[r.IntN(len(keys))])
			}
			s.Frame()
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
