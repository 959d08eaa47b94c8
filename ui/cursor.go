package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// Cursor is the keys that move *sel within n rows, hidden from the footer. The
// selection is clamped when a key moves it; a list that shrank meanwhile is the
// caller's to clamp when it draws.
func Cursor(sel *int, n int) []Key {
	return moves(func(env *Env, by int, to bool) {
		i := *sel + by
		if to {
			i = by
		}
		*sel = min(max(i, 0), max(n-1, 0))
	}, n)
}

// moves is the one table of moving keys; move gets a distance, or with to a
// place, where n-1 is the last row.
func moves(move func(env *Env, by int, to bool), n int) []Key {
	key := func(id, help string, by func(*Env) (int, bool), on ...string) Key {
		return Key{ID: id, On: on, Help: help, Hidden: true, Run: func(env *Env) tea.Cmd {
			d, to := by(env)
			move(env, d, to)
			return nil
		}}
	}
	rel := func(d int) func(*Env) (int, bool) { return func(*Env) (int, bool) { return d, false } }
	abs := func(i int) func(*Env) (int, bool) { return func(*Env) (int, bool) { return i, true } }
	page := func(num, den int) func(*Env) (int, bool) {
		return func(env *Env) (int, bool) { return num * max(env.H/den, 1), false }
	}
	return []Key{
		key("down", "next row", rel(1), "j", "down"),
		key("up", "previous row", rel(-1), "k", "up"),
		key("top", "first row", abs(0), "g", "home"),
		key("bottom", "last row", abs(max(n-1, 0)), "G", "end"),
		key("half-down", "half a page down", page(1, 2), "ctrl+d"),
		key("half-up", "half a page up", page(-1, 2), "ctrl+u"),
		key("page-down", "a page down", page(1, 1), "pgdown"),
		key("page-up", "a page up", page(-1, 1), "pgup"),
	}
}

// Selected is the index of the row whose identity is *sel, so that a refresh
// which moves the row moves the cursor with it. A row that is gone leaves the
// cursor on the first row, and *sel on that row's identity; an empty list gives
// -1 and keeps *sel. Where a vanished row should leave the cursor in its place,
// use a [Selection].
func Selected[T any](list []T, id func(*T) string, sel *string) int {
	for i := range list {
		if id(&list[i]) == *sel {
			return i
		}
	}
	if len(list) == 0 {
		return -1
	}
	*sel = id(&list[0])
	return 0
}

// Selection is a cursor in a list, kept by identity: when the list is sorted
// anew it stays on its row, when the row vanishes it stays at its place. The
// zero value is on the first row.
type Selection struct {
	id string
	at int
}

// Index is where the cursor is among the rows with these identities; -1 when
// there are none.
func (s *Selection) Index(ids []string) int {
	if len(ids) == 0 {
		return -1
	}
	i := s.at
	if i < 0 || i >= len(ids) || ids[i] != s.id {
		i = slices.Index(ids, s.id)
	}
	if i < 0 {
		i = min(max(s.at, 0), len(ids)-1)
	}
	s.at, s.id = i, ids[i]
	return i
}

// ID is the identity of the row under the cursor, as of the last [Selection.Index].
func (s *Selection) ID() string { return s.id }

// Set puts the cursor on the row with this identity, from the next
// [Selection.Index] on.
func (s *Selection) Set(id string) { s.id = id }

// Keys are the keys that move the cursor among these rows, hidden from the footer.
func (s *Selection) Keys(ids []string) []Key {
	return moves(func(_ *Env, by int, to bool) {
		if len(ids) == 0 {
			return
		}
		i := s.Index(ids) + by
		if to {
			i = by
		}
		s.at = min(max(i, 0), len(ids)-1)
		s.id = ids[s.at]
	}, len(ids))
}
