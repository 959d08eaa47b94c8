package views

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/uitest"
)

var fakeSizes = [][2]int{{80, 24}, {120, 40}, {200, 60}}

// fakeStates bring a shell into a state that every tab has to cope with.
var fakeStates = []struct {
	name   string
	answer func(sources.Query, sources.Window) (sources.Frame, error)
	after  func(*uitest.Shell)
}{
	{"ok", fakeWorld{}.answer, nil},
	{"empty", fakeNothing, nil},
	{"down", fakeDown, nil},
	{"stale", fakeWorld{}.answer, func(s *uitest.Shell) {
		s.Answer(fakeDown)
		s.Advance(2 * time.Minute)
	}},
}

// TestFrames draws every tab in every state and size; each alone, so that a frame
// changes only with its own tab.
func TestFrames(t *testing.T) {
	for i, v := range All() {
		for _, state := range fakeStates {
			for _, size := range fakeSizes {
				name := fmt.Sprintf("frames/%s-%s-%dx%d", v.Name(), state.name, size[0], size[1])
				t.Run(name, func(t *testing.T) {
					s := uitest.New(t, uitest.Config{Views: All()[i : i+1], W: size[0], H: size[1], Answer: state.answer})
					s.Advance(time.Second)
					if state.after != nil {
						state.after(s)
					}
					uitest.Golden(t, name, s.Frame())
				})
			}
		}
	}
}

// TestWideLabels draws every tab with labels that no column holds, down to a
// terminal of one cell: the driver checks the size of every frame.
func TestWideLabels(t *testing.T) {
	for _, v := range All() {
		s := uitest.New(t, uitest.Config{Views: All(), Answer: fakeWorld{wide: true}.answer, Shell: ui.Config{Open: v.Name()}})
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}, {300, 100}, {40, 10}, {20, 5}, {3, 3}, {1, 1}, {80, 1}, {1, 24}} {
			s.Resize(size[0], size[1])
			if s.Frame() == "" {
				t.Errorf("%s draws nothing at %v", v.Name(), size)
			}
		}
		s.Resize(120, 40)
		s.Press("j", "enter")
		for _, size := range [][2]int{{80, 24}, {200, 60}, {20, 5}, {1, 1}} {
			s.Resize(size[0], size[1])
			s.Styled()
		}
	}
}

// TestFewQueries holds the lists to the number of requests that a refresh may cost.
func TestFewQueries(t *testing.T) {
	const most = 15
	for _, v := range All() {
		s := uitest.New(t, uitest.Config{Views: All(), W: 200, H: 60, Answer: fakeWorld{}.answer, Shell: ui.Config{Open: v.Name()}})
		s.Advance(time.Second)
		s.Asked()
		// A refresh asks everything once more, of the tail apart.
		s.Advance(6 * time.Second)
		asked := map[sources.Query]bool{}
		for _, q := range s.Asked() {
			asked[q] = true
		}
		pinned := 0
		for _, other := range All() {
			if b, ok := other.(ui.Badger); ok {
				pinned += len(b.Pinned())
			}
		}
		if n := len(asked); n == 0 || n > most+pinned {
			t.Errorf("%s asks %d queries a refresh, %d of them pinned: at most %d of its own", v.Name(), n, pinned, most)
		}
	}
}

func TestAll(t *testing.T) {
	var names []string
	for _, v := range All() {
		names = append(names, v.Name())
	}
	got := strings.Join(names, " ")
	for _, want := range []string{"infrastructure", "application"} {
		if !strings.Contains(got, want) {
			t.Errorf("no tab %s in %s", want, got)
		}
	}
	if a, b := All(), All(); len(a) > 0 && a[0] == b[0] {
		t.Error("All gives the same instance twice")
	}
	if err := ui.Validate(All(), nil); err != nil {
		t.Errorf("the keys of the tabs get in each other's way: %v", err)
	}
}
