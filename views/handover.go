package views

import (
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/signals/incident"
	"firewatch/signals/watch"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/markdown"
)

// shifts are the lengths that a hand-over looks back, as its key cycles them.
var shifts = []time.Duration{8 * time.Hour, 12 * time.Hour, 24 * time.Hour}

// maxShift bounds what may be asked for: a week of samples is what one answer holds well.
const maxShift = 7 * 24 * time.Hour

// shiftLength reads how far to look back.
func shiftLength(arg string) (time.Duration, error) {
	d, err := time.ParseDuration(strings.TrimSpace(arg))
	if err != nil || d < 10*time.Minute || d > maxShift {
		return 0, fmt.Errorf("%q is no length of a shift: write it like 8h or 90m, up to 168h", arg)
	}
	return d, nil
}

// handover is a report while it is read. Once everything was answered it stays
// as it is: what is copied is what was read.
type handover struct {
	shift incident.Shift
	text  string
	done  bool
	// lines are the text laid out for a width.
	lines []string
	of    string
	w     int
}

// handOver shows the hand-over of the shift that ends now.
func handOver(env *ui.Env, length time.Duration) ui.Overlay {
	h := &handover{shift: incident.Shift{Context: env.Context, Length: length}}
	return ui.Reader(ui.ReaderSpec{Title: "hand-over", Lines: h.layout, Actions: h.keys, Asks: h.asks})
}

// asks are its questions until they are answered.
func (h *handover) asks(*ui.Env) []sources.Query {
	if h.done {
		return nil
	}
	return h.shift.Questions()
}

// gather makes the text of what is known so far.
func (h *handover) gather(env *ui.Env) {
	if h.done {
		return
	}
	settled := true
	r := h.shift.Gather(env.User, env.Now, env.Location(), func(q sources.Query) (sources.Frame, error) {
		switch got := env.Result(q); {
		case got.Ready():
			return got.Frame, nil
		case got.Err != nil:
			return sources.Frame{}, got.Err
		}
		settled = false
		return sources.Frame{}, fmt.Errorf("%s: not answered yet: %s", q.Source(), draw.Cut(draw.Line(q.String()), 60))
	})
	if !env.Window.Live {
		r.Missing = append(r.Missing, "what Prometheus knows of the time after "+env.Window.End.In(env.Location()).Format("15:04 MST")+": the window on the screen ends there, 0 makes it live")
	}
	r.Problems = incident.Problems(look(env))
	h.text, h.done = incident.Handover(r), settled
}

func (h *handover) layout(env *ui.Env, w int) []string {
	h.gather(env)
	if h.of != h.text || h.w != w {
		h.of, h.w, h.lines = h.text, w, markdown.Parse(h.text).Layout(env.Theme, w, -1).Lines
	}
	return h.lines
}

func (h *handover) keys(*ui.Env) []ui.Key {
	next := shifts[0]
	for i, s := range shifts[:len(shifts)-1] {
		if s == h.shift.Length {
			next = shifts[i+1]
		}
	}
	return []ui.Key{
		{ID: "copy", On: []string{"y"}, Help: "copy as Markdown", Run: func(env *ui.Env) tea.Cmd { h.gather(env); return env.Copy(h.text) }},
		{ID: "write", On: []string{"w"}, Help: "write a file", Run: func(env *ui.Env) tea.Cmd { h.gather(env); env.Show(h.prompt(env)); return nil }},
		{ID: "since", On: []string{"s"}, Help: "the last " + draw.Age(h.shift.Length) + ", next " + draw.Age(next), Run: func(*ui.Env) tea.Cmd {
			h.shift.Length, h.done = next, false
			return nil
		}},
		{ID: "again", On: []string{"r"}, Help: "anew", Run: func(env *ui.Env) tea.Cmd {
			for _, q := range h.shift.Questions() {
				env.Refresh(q)
			}
			h.done = false
			return nil
		}},
	}
}

// prompt asks for the file's name.
func (h *handover) prompt(env *ui.Env) ui.Overlay {
	name := "handover-" + fileName(env.Context) + "-" + env.Now.In(env.Location()).Format(time.DateOnly) + ".md"
	return ui.Prompt(ui.PromptSpec{Title: "write the hand-over to", Initial: name, Hint: "a new file that only you can read", Check: func(s string) error {
		if strings.TrimSpace(s) == "" {
			return errors.New("name a file")
		}
		return nil
	}, Done: func(env *ui.Env, path string) tea.Cmd {
		return env.Do(sources.SaveFile{Path: strings.TrimSpace(path), Text: h.text})
	}})
}

// fileName is a name without what a file's cannot have.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '-'
	}, s)
}

// look is what is found about the monitoring by the answers that there are.
func look(env *ui.Env) []watch.Finding {
	return watch.Look(env.Now, func(q sources.Query) watch.Answer { return heard(env, q) })
}

// heard is the state of a question for the package watch.
func heard(env *ui.Env, q sources.Query) watch.Answer {
	r := env.Result(q)
	return watch.Answer{Frame: r.Frame, Err: r.Err, At: r.At}
}
