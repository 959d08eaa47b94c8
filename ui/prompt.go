package ui

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// PromptSpec is a line of text that is asked for.
type PromptSpec struct {
	// Title is in the border; Initial is in the field at first; Hint is below it.
	Title, Initial, Hint string
	// Complete lists what may be meant by the text so far, whole lines, best
	// first; tab takes the chosen one. What follows three blanks is shown as an
	// explanation and not taken.
	Complete func(*Env, string) []string
	// Asks are the queries that Complete reads; they stay answered while it is open.
	Asks func(*Env) []sources.Query
	// Check says what is wrong with the text; enter does not take it then.
	Check func(string) error
	// Live is told of every change, for a filter that shows while it is typed; it
	// is given Initial again when the prompt is left by esc.
	Live func(*Env, string)
	// Done is what enter does.
	Done func(*Env, string) tea.Cmd
	// History are earlier lines, oldest first, for the up key.
	History []string
}

// Prompt asks for a line of text above the footer.
func Prompt(p PromptSpec) Overlay {
	return &prompt{PromptSpec: p, input: newInput(p.Initial), at: len(p.History), pick: -1}
}

// offers bounds the completions that are shown.
const offers = 8

type prompt struct {
	PromptSpec
	input textinput.Model
	// at is the line of the history that is shown; its end is the draft.
	at    int
	draft string
	// found are the completions of the text, pick the chosen one or -1.
	found   []string
	pick    int
	touched bool
}

func (p *prompt) low() {}

// Queries implements [Asker].
func (p *prompt) Queries(env *Env) []sources.Query {
	if p.Asks == nil {
		return nil
	}
	return p.Asks(env)
}

// Title implements [Overlay].
func (p *prompt) Title() string { return p.PromptSpec.Title }

// Size implements [Overlay].
func (p *prompt) Size(env *Env, w, _ int) (int, int) {
	p.complete(env)
	return w + 2, 2 + min(len(p.found), offers)
}

func (p *prompt) complete(env *Env) {
	if p.Complete != nil {
		p.found = p.Complete(env, p.input.Value())
		p.pick = min(p.pick, len(p.found)-1)
	}
}

// Draw implements [Overlay].
func (p *prompt) Draw(_ *Env, b draw.Box) draw.Block {
	p.input.SetWidth(max(b.W-2, 1))
	var out []string
	first := max(0, min(p.pick-offers+1, len(p.found)-offers))
	for i, f := range p.found[first:min(len(p.found), first+offers)] {
		if first+i == p.pick {
			out = append(out, b.Theme.Select.Render(draw.Pad(" "+f, b.W)))
		} else {
			out = append(out, b.Theme.Dim.Render(draw.Cut(" "+f, b.W)))
		}
	}
	foot := b.Theme.Dim.Render(draw.Cut(" "+p.Hint, b.W))
	if err := p.wrong(); err != nil {
		foot = b.Theme.Level(theme.Warn).Render(draw.Cut(" ▲ "+err.Error(), b.W))
	}
	return draw.Fit(b, append(out, foot, " "+p.input.View()))
}

func (p *prompt) wrong() error {
	if p.Check == nil {
		return nil
	}
	return p.Check(p.input.Value())
}

// Key implements [Overlay].
func (p *prompt) Key(env *Env, k tea.KeyPressMsg) (bool, tea.Cmd) {
	switch k.String() {
	case "esc":
		if p.Live != nil && p.touched {
			p.Live(env, p.Initial)
		}
		return true, nil
	case "enter":
		if p.wrong() != nil {
			return false, nil
		}
		if p.Done == nil {
			return true, nil
		}
		return true, p.Done(env, p.input.Value())
	case "tab":
		p.complete(env)
		if len(p.found) > 0 {
			take, _, _ := strings.Cut(p.found[max(p.pick, 0)], "   ")
			p.set(env, strings.TrimRight(take, " "))
			p.pick = -1
		}
	case "shift+tab", "ctrl+p":
		p.move(-1)
	case "ctrl+n":
		p.move(1)
	case "down":
		if p.at < len(p.History) {
			p.recall(env, p.at+1)
		} else {
			p.move(1)
		}
	case "up":
		if p.pick >= 0 {
			p.move(-1)
		} else {
			p.recall(env, p.at-1)
		}
	default:
		p.feed(env, k)
	}
	return false, nil
}

// move chooses another completion.
func (p *prompt) move(by int) { p.pick = min(max(p.pick+by, -1), len(p.found)-1) }

// recall shows another line of the history.
func (p *prompt) recall(env *Env, i int) {
	if i < 0 || i > len(p.History) {
		return
	}
	if p.at == len(p.History) {
		p.draft = p.input.Value()
	}
	p.at = i
	if i == len(p.History) {
		p.set(env, p.draft)
	} else {
		p.set(env, p.History[i])
	}
}

// feed gives a message to the field and tells of the change.
func (p *prompt) feed(env *Env, msg tea.Msg) {
	was := p.input.Value()
	p.input, _ = p.input.Update(msg)
	if v := p.input.Value(); v != was {
		p.pick = -1
		p.changed(env, v)
	}
}

func (p *prompt) set(env *Env, v string) {
	p.input.SetValue(v)
	p.input.CursorEnd()
	p.changed(env, v)
}

func (p *prompt) changed(env *Env, v string) {
	p.touched = true
	if p.Live != nil {
		p.Live(env, v)
	}
}

func (p *prompt) paste(env *Env, text string) { p.feed(env, tea.PasteMsg{Content: text}) }

func (p *prompt) cursor() (x, y int) { return 1 + inputColumn(p.input), 1 + min(len(p.found), offers) }
