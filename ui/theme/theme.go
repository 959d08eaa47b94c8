// Package theme is the only place that names a colour. A theme maps the roles
// that the screen has (text, border, a severity, a series) to terminal styles.
// It imports nothing of this module.
package theme

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// Level grades a value or a row: what a threshold, a severity or a state says.
type Level int

// The levels, from nothing to say to worst.
const (
	None Level = iota
	Good
	Info
	Warn
	Crit
)

// clamped is the nearest level that there is.
func (l Level) clamped() Level { return max(min(l, Crit), None) }

// Word is the level in a word, for screens without colour.
func (l Level) Word() string { return [...]string{"", "ok", "info", "warn", "crit"}[l.clamped()] }

// Glyph is the level as one single-width character, so that no meaning is
// colour alone.
func (l Level) Glyph() string { return [...]string{" ", "●", "○", "▲", "✗"}[l.clamped()] }

// Style wraps a run of text in the escape sequences of one look. The zero value
// leaves the text as it is. Style per run, never per cell.
type Style struct{ on, off string }

// mark is what a style is rendered around once, to learn its sequences.
const mark = "\x00"

// NewStyle learns the sequences of a Lip Gloss style; its layout properties
// (width, padding, border) do not count.
func NewStyle(s lipgloss.Style) Style {
	on, off, _ := strings.Cut(s.Inline(true).UnsetWidth().UnsetHeight().Render(mark), mark)
	return Style{on: on, off: off}
}

// Render is s in this style; an empty s stays empty. A style inside s ends this
// one: render segments one by one and join them.
func (st Style) Render(s string) string {
	if s == "" || st.on == "" {
		return s
	}
	return st.on + s + st.off
}

// Append is Render of text at the end of dst, without a string of its own.
func (st Style) Append(dst, text []byte) []byte {
	if len(text) == 0 {
		return dst
	}
	return append(append(append(dst, st.on...), text...), st.off...)
}

// Theme is one palette. It is immutable once made.
type Theme struct {
	Name string
	// Plain is true where no colour tells the levels and the series apart: what
	// they say has to be said by a glyph, a word or a pattern.
	Plain bool
	// Text is the default, Dim what may be overlooked, Title a panel's name,
	// Strong what should be seen first.
	Text, Dim, Title, Strong Style
	// Border frames a panel, Focus the one that has the keys.
	Border, Focus Style
	// Bar is the header and footer, Tab a tab's name there, TabOn the open one, Key a key.
	Bar, Tab, TabOn, Key Style
	// Select is the row under the cursor, Match a search hit, SelectMatch a hit on
	// that row.
	Select, Match, SelectMatch Style
	// Prod marks a production context.
	Prod Style
	// Accent is for links, prompts and the time cursor.
	Accent           Style
	levels, selected [5]Style
	series           []Style
}

// Level is the style of a level.
func (t *Theme) Level(l Level) Style { return t.levels[l.clamped()] }

// Selected is the style of a level on the row under the cursor.
func (t *Theme) Selected(l Level) Style { return t.selected[l.clamped()] }

// Series is the style of the i-th line of a chart; it repeats after the last.
func (t *Theme) Series(i int) Style { return t.series[max(i, 0)%len(t.series)] }

// Hues is the number of series styles before they repeat; at least 1.
func (t *Theme) Hues() int { return len(t.series) }

// Severity is the level of an alert's severity label.
func Severity(s string) Level {
	switch strings.ToLower(s) {
	case "critical", "page", "error", "fatal", "emergency", "high":
		return Crit
	case "warning", "warn", "ticket", "medium":
		return Warn
	case "info", "none", "low", "notice":
		return Info
	}
	return None
}
