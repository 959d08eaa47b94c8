package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// Item is one line of a [Menu].
type Item struct {
	// Key chooses the item at once; empty is chosen by the cursor only.
	Key string
	// Label says what it does, Note more; Off why not at the moment.
	Label, Note, Off string
	Run              func(*Env) tea.Cmd
}

// Menu offers a choice: by an item's key, or by cursor and enter.
func Menu(title string, items []Item) Overlay { return &menu{title: title, items: items} }

type menu struct {
	title string
	items []Item
	sel   int
	h     int
}

// Title implements [Overlay].
func (m *menu) Title() string { return m.title }

// Size implements [Overlay].
func (m *menu) Size(_ *Env, w, _ int) (int, int) {
	need := draw.Width(m.title) + 6
	for _, it := range m.items {
		need = max(need, 8+draw.Width(it.Label)+draw.Width(it.note()))
	}
	return min(w, need), max(len(m.items), 1)
}

func (it Item) note() string {
	if it.Off != "" {
		return it.Off
	}
	return it.Note
}

// Draw implements [Overlay].
func (m *menu) Draw(_ *Env, b draw.Box) draw.Block {
	m.h = b.H
	first := max(0, min(m.sel-b.H/2, len(m.items)-b.H))
	var out []string
	for i := first; i < min(len(m.items), first+b.H); i++ {
		it := m.items[i]
		key := draw.Pad(" "+it.Key, 4)
		room := b.W - 4
		note := draw.Cut(it.note(), max(room-draw.Width(it.Label)-3, 0))
		label := draw.Pad(it.Label, max(room-draw.Width(note)-1, 0))
		switch {
		case i == m.sel:
			out = append(out, b.Theme.Select.Render(draw.Pad(key+label+note, b.W)))
		case it.Off != "":
			out = append(out, b.Theme.Dim.Render(key+label+note))
		default:
			out = append(out, b.Theme.Focus.Render(key)+label+b.Theme.Dim.Render(note))
		}
	}
	return draw.Fit(b, out)
}

// Key implements [Overlay].
func (m *menu) Key(env *Env, k tea.KeyPressMsg) (bool, tea.Cmd) {
	names := namesOf(k)
	for _, n := range names {
		for i, it := range m.items {
			if it.Key == n {
				m.sel = i
				return m.choose(env)
			}
		}
		switch n {
		case "esc", "q":
			return true, nil
		case "enter":
			return m.choose(env)
		}
		for _, key := range Cursor(&m.sel, len(m.items)) {
			if slices.Contains(key.On, n) {
				return false, key.Run(env)
			}
		}
	}
	return false, nil
}

func (m *menu) choose(env *Env) (bool, tea.Cmd) {
	if m.sel >= len(m.items) {
		return true, nil
	}
	it := m.items[m.sel]
	if it.Off != "" || it.Run == nil {
		env.Toast(theme.Warn, it.Label+": "+it.Off)
		return false, nil
	}
	return true, it.Run(env)
}
