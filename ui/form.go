package ui

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// FormField is one line of a [Form].
type FormField struct {
	// Name is the label and the key of the value; Value is what is there at first.
	Name, Value string
	// Hint says beside the field what belongs there.
	Hint string
	// Check says what is wrong with a value; the form is not submitted then.
	Check func(string) error
	// Optional marks a field that enter passes over; tab reaches it.
	Optional bool
}

// Form asks for several values with a preview of what they lead to. Tab, up and
// down move between the fields; enter on the last one that is not optional, or
// ctrl+s, submits; esc leaves. It is an [Overlay] and an [Asker]; use it by pointer.
type Form struct {
	Heading string
	Fields  []FormField
	// Preview draws, below the fields, what the values would do; nil draws none.
	Preview func(env *Env, values map[string]string, b draw.Box) draw.Block
	// Asks are the queries that the preview reads.
	Asks func(env *Env, values map[string]string) []sources.Query
	// Submit does it; an error is shown and keeps the form open.
	Submit func(env *Env, values map[string]string) (tea.Cmd, error)

	inputs []textinput.Model
	at     int
	err    error
	name   int
}

// open makes the fields once.
func (f *Form) open() {
	if f.inputs != nil || len(f.Fields) == 0 {
		return
	}
	for _, field := range f.Fields {
		f.inputs = append(f.inputs, newInput(field.Value))
		f.name = max(f.name, draw.Width(field.Name))
	}
}

// Values are the values as they are.
func (f *Form) Values() map[string]string {
	f.open()
	out := map[string]string{}
	for i, field := range f.Fields {
		out[field.Name] = f.inputs[i].Value()
	}
	return out
}

// Set changes a value, as a preset does.
func (f *Form) Set(name, value string) {
	f.open()
	for i, field := range f.Fields {
		if field.Name == name {
			f.inputs[i].SetValue(value)
			f.inputs[i].CursorEnd()
		}
	}
}

// Title implements [Overlay].
func (f *Form) Title() string { return f.Heading }

// Size implements [Overlay].
func (f *Form) Size(_ *Env, w, h int) (int, int) {
	f.open()
	if f.Preview != nil {
		return min(w, 110), min(h, len(f.Fields)+2+max(h/2, 8))
	}
	return min(w, 90), len(f.Fields) + 2
}

// Queries implements [Asker].
func (f *Form) Queries(env *Env) []sources.Query {
	if f.Asks == nil {
		return nil
	}
	return f.Asks(env, f.Values())
}

// Draw implements [Overlay].
func (f *Form) Draw(env *Env, b draw.Box) draw.Block {
	f.open()
	var out []string
	for i, field := range f.Fields {
		label := draw.PadLeft(field.Name, f.name+1) + "  "
		style := b.Theme.Dim
		if i == f.at {
			style = b.Theme.Focus
		}
		room := max(b.W-draw.Width(label)-1, 1)
		in := &f.inputs[i]
		hint := field.Hint
		if err := check(field, in.Value()); err != nil {
			hint = "▲ " + err.Error()
		}
		width := min(max(room-draw.Width(hint)-2, room/2), room)
		in.SetWidth(max(width-1, 1))
		note := draw.Cut(hint, room-width)
		if hint != field.Hint {
			note = b.Theme.Level(theme.Warn).Render(note)
		} else {
			note = b.Theme.Dim.Render(note)
		}
		out = append(out, style.Render(label)+draw.Pad(in.View(), width)+note)
	}
	foot := b.Theme.Dim.Render(" tab next field · ctrl+s do it · esc leave it")
	if f.err != nil {
		foot = b.Theme.Level(theme.Crit).Render(draw.Cut(" ✗ "+f.err.Error(), b.W))
	}
	out = append(out, "", foot)
	if f.Preview != nil {
		out = append(out, f.Preview(env, f.Values(), b.Sized(b.W, b.H-len(out)))...)
	}
	return draw.Fit(b, out)
}

func check(f FormField, v string) error {
	if f.Check == nil {
		return nil
	}
	return f.Check(v)
}

// Key implements [Overlay].
func (f *Form) Key(env *Env, k tea.KeyPressMsg) (bool, tea.Cmd) {
	f.open()
	switch k.String() {
	case "esc":
		return true, nil
	case "tab", "down":
		f.move(1)
	case "shift+tab", "up":
		f.move(-1)
	case "enter":
		for i := f.at + 1; i < len(f.Fields); i++ {
			if !f.Fields[i].Optional {
				f.at = i
				return false, nil
			}
		}
		return f.submit(env)
	case "ctrl+s":
		return f.submit(env)
	default:
		f.feed(k)
	}
	return false, nil
}

func (f *Form) feed(msg tea.Msg) {
	if len(f.inputs) > 0 {
		f.err = nil
		f.inputs[f.at], _ = f.inputs[f.at].Update(msg)
	}
}

func (f *Form) move(by int) {
	if n := len(f.inputs); n > 0 {
		f.at = (f.at + by + n) % n
	}
}

func (f *Form) submit(env *Env) (bool, tea.Cmd) {
	for i, field := range f.Fields {
		if err := check(field, f.inputs[i].Value()); err != nil {
			f.at, f.err = i, err
			return false, nil
		}
	}
	if f.Submit == nil {
		return true, nil
	}
	cmd, err := f.Submit(env, f.Values())
	f.err = err
	return err == nil, cmd
}

func (f *Form) paste(_ *Env, text string) { f.feed(tea.PasteMsg{Content: text}) }

func (f *Form) cursor() (x, y int) {
	if len(f.inputs) == 0 {
		return 0, 0
	}
	return f.name + 3 + inputColumn(f.inputs[f.at]), f.at
}
