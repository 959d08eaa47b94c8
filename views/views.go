// Package views holds the tabs, one file each, and the catalogue of panels that
// they are made of. A tab is an unexported struct that remembers what the user
// chose; it registers itself with add and is seen from outside only as a
// [ui.View]. Nothing here fetches, waits, or keeps a clock.
package views

import (
	"cmp"
	"slices"

	"firewatch/signals/silence"
	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/theme"
)

// registry holds the tabs; it is written only during initialisation.
var registry []registered

type registered struct {
	order int
	make  func() ui.View
}

// add puts a tab into the program; tabs are shown by ascending order.
func add(order int, make func() ui.View) bool {
	registry = append(registry, registered{order, make})
	return true
}

// Options are what the user's configuration says to the tabs. The zero value is
// the defaults.
type Options struct {
	// Silence is how to silence and to acknowledge.
	Silence silence.Settings
	// Saved are filters by the name of the tab, in lower case, and their own.
	Saved map[string]map[string]string
}

// All is [New] with the defaults.
func All() []ui.View { return New(Options{}) }

// New is a fresh instance of every tab, in the order of the screen.
func New(o Options) []ui.View {
	tabs := slices.Clone(registry)
	slices.SortStableFunc(tabs, func(a, b registered) int { return cmp.Compare(a.order, b.order) })
	out := make([]ui.View, len(tabs))
	for i, t := range tabs {
		out[i] = t.make()
		if v, ok := out[i].(interface{ use(Options) }); ok {
			v.use(o)
		}
	}
	return out
}

// at is the i-th element, and false when there is none: lists shrink between a
// key press and the frame before it.
func at[T any](list []T, i int) (T, bool) {
	if i < 0 || i >= len(list) {
		var zero T
		return zero, false
	}
	return list[i], true
}

// frame is the i-th answer, empty when there is none.
func frame(answers []sources.Frame, i int) sources.Frame {
	f, _ := at(answers, i)
	return f
}

// value is the newest value of the frame's first series, and false when there is none.
func value(f sources.Frame) (float64, bool) {
	if len(f.Series) == 0 {
		return 0, false
	}
	return f.Series[0].Last()
}

// worst is the highest of the levels.
func worst(levels ...theme.Level) theme.Level {
	out := theme.None
	for _, l := range levels {
		out = max(out, l)
	}
	return out
}
