package views

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"firewatch/ui/theme"
)

// Limits are the thresholds of an entry; a nil one does not exist.
type Limits struct {
	Warn *Limit `yaml:"warn"`
	Crit *Limit `yaml:"crit"`
}

// Limit is one threshold. By itself a number is crossed at and above it.
type Limit struct {
	Value float64
	// Below is crossed by values under it ("<x"), Strict only by values above ('>x').
	Below, Strict bool
}

// UnmarshalYAML reads a number, "<x" or ">x".
func (l *Limit) UnmarshalYAML(n *yaml.Node) error {
	s := strings.TrimSpace(n.Value)
	rest, below := strings.CutPrefix(s, "<")
	rest, strict := strings.CutPrefix(rest, ">")
	v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
	if n.Kind != yaml.ScalarNode || err != nil || below && strict {
		return fmt.Errorf("line %d: %q is no threshold: write a number, '<number' or '>number'", n.Line, n.Value)
	}
	*l = Limit{Value: v, Below: below, Strict: strict}
	return nil
}

// crossed says whether v is on the bad side; a NaN is on neither.
func (l *Limit) crossed(v float64) bool {
	switch {
	case l == nil:
		return false
	case l.Below:
		return v < l.Value
	case l.Strict:
		return v > l.Value
	}
	return v >= l.Value
}

// Level grades v; None where there are no thresholds or no value.
func (l Limits) Level(v float64) theme.Level {
	switch {
	case v != v || l.Warn == nil && l.Crit == nil:
		return theme.None
	case l.Crit.crossed(v):
		return theme.Crit
	case l.Warn.crossed(v):
		return theme.Warn
	}
	return theme.Good
}

// equal says whether both have the same thresholds.
func (l Limits) equal(o Limits) bool {
	same := func(a, b *Limit) bool { return a == b || a != nil && b != nil && *a == *b }
	return same(l.Warn, o.Warn) && same(l.Crit, o.Crit)
}

// Score is how near v is to the worse threshold: 1 is at it, above is beyond it.
// It is 0 where there is nothing to compare.
func (l Limits) Score(v float64) float64 {
	t := l.Crit
	if t == nil {
		t = l.Warn
	}
	switch {
	case t == nil || v != v:
		return 0
	case t.Below && v > 0:
		return min(t.Value/v, 10)
	case t.Below, t.Value == 0:
		if t.crossed(v) {
			return 10
		}
		return 0
	}
	return max(v/t.Value, 0)
}
