package views

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/uitest"
)

// walkFile shows the walk to its readers; it is written by this test with -update.
const walkFile = "../docs/walk.md"

// walk is a session that is written down: each step is the keys of it, what was
// typed, and what is on the screen then.
type walk struct {
	s    *uitest.Shell
	text strings.Builder
	keys int
}

// step presses keys and types what begins with "type "; a line of words, the keys
// and the frame a second later are written down.
func (w *walk) step(words string, keys ...string) {
	var names []string
	for _, k := range keys {
		if text, ok := strings.CutPrefix(k, "type "); ok {
			w.s.Type(text)
			names = append(names, "“"+text+"”")
			continue
		}
		w.s.Press(k)
		w.keys++
		names = append(names, "`"+k+"`")
	}
	w.s.Advance(time.Second)
	fmt.Fprintf(&w.text, "\n## %s\n\n", words)
	if len(names) > 0 {
		fmt.Fprintf(&w.text, "Keys: %s\n\n", strings.Join(names, " "))
	}
	fmt.Fprintf(&w.text, "```text\n%s```\n", w.s.Frame())
}

// TestWalk goes from a page to the hand-over in twelve keys.
func TestWalk(t *testing.T) {
	const most = 12
	s := startStory(t, newStory(t), uitest.Config{W: 112, H: 34, Shell: ui.Config{Zone: ui.Local}})
	w := &walk{s: s}
	fmt.Fprintf(&w.text, "# From a page to the hand-over\n\nA page has come; whoever is on call opens the alerts tab. %d keys and three lines of text later the alert is\nunderstood, acknowledged, its noise muted, and the next shift knows. The frames are written by a test.\n", most)
	w.step("The page is on top")
	says(t, s, "✗ critical")
	w.step("Explain: what is measured, what changed, what it costs, who was told", "enter")
	says(t, s, "31.0% > 5.0%", "12.4", "4 times in 7 days", "fraud 1.5.0 loaded", "new: request failed: model backend unavailable", "42% of the budget left", "oncall (pagerduty)", "nobody: a takes it")
	w.step("Acknowledge, with a reason", "a", "type rolling back to 1.4.0", "enter")
	acted := s.Acted()
	if len(acted) != 1 {
		t.Fatalf("acted: %v", acted)
	}
	if ack, ok := acted[0].(sources.SetSilence); !ok || !silence.IsAck(&ack.Silence) || !strings.Contains(ack.Silence.Comment, "rolling back to 1.4.0") {
		t.Errorf("no acknowledgement: %+v", acted[0])
	}
	// The loud one that is left is on top of what is left, below the page.
	line := func() int {
		return slices.IndexFunc(strings.Split(s.Frame(), "\n"), func(l string) bool { return strings.Contains(l, "FeatureStoreSlow") })
	}
	w.step("Back to the list, to the noise beside it", "esc", "j", "j")
	if line() < 0 {
		t.Errorf("no noise in\n%s", s.Frame())
	}
	w.step("Mute it for an hour", "S", "2", "y")
	acted = s.Acted()
	if len(acted) != 1 {
		t.Fatalf("acted: %v\n%s", acted, s.Frame())
	}
	if mute := acted[0].(sources.SetSilence).Silence; silence.IsAck(&mute) || !strings.Contains(silence.Format(mute.Matchers), "FeatureStoreSlow") || mute.EndsAt.Sub(s.Now()) > time.Hour {
		t.Errorf("not the noise, or not for an hour: %+v", mute)
	}
	w.step("Note what the next one should know", "n", "type slow since fraud 1.5.0: it asks once for each item", "enter")
	w.step("Hand over: y copies it as Markdown, w writes a file", "H")
	says(t, s, "HighErrorRate fraud-scorer", "acked by dana", "rolling back to 1.4.0", "FeatureStoreSlow")
	s.Press("G")
	says(t, s, "slow since fraud 1.5.0: it asks once for each item")
	if w.keys > most {
		t.Errorf("%d keys, want at most %d", w.keys, most)
	}
	fmt.Fprintf(&w.text, "\n%d keys in all.\n", w.keys)
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(walkFile, []byte(w.text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(walkFile)
	if err != nil {
		t.Fatal(err)
	}
	if w.text.String() != string(want) {
		t.Errorf("%s is stale: run the test with -update and read it", walkFile)
	}
}
