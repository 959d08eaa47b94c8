package theme

import (
	"fmt"
	"image/color"
	"slices"

	"charm.land/lipgloss/v2"
)

// palette is what a theme is made of. A nil colour is the terminal's own.
type palette struct {
	text, dim, strong, border, accent color.Color
	barText, bar, selText, sel        color.Color
	prodText, prod                    color.Color
	good, info, warn, crit            color.Color
	series                            []color.Color
	// reverse marks selection and bars by reverse video instead of a background.
	reverse bool
}

// palettes are the themes by name. The colour-blind palette takes its hues from
// Okabe and Ito's set, which stays apart under the common deficiencies, with the
// blue lightened until it can be read on a dark ground.
var palettes = map[string]palette{
	"dark": {
		text: hex("#d5d9e0"), dim: hex("#848d97"), strong: hex("#ffffff"), border: hex("#3d444d"), accent: hex("#58a6ff"),
		barText: hex("#d5d9e0"), bar: hex("#1c2128"), selText: hex("#ffffff"), sel: hex("#2d3a4d"), prodText: hex("#ffffff"), prod: hex("#b62324"),
		good: hex("#3fb950"), info: hex("#58a6ff"), warn: hex("#e3b341"), crit: hex("#ff7b72"),
		series: hexes("#58a6ff", "#3fb950", "#e3b341", "#bc8cff", "#ff9a62", "#39c5cf", "#ff7b9c", "#9ea7b3"),
	},
	"light": {
		text: hex("#1f2328"), dim: hex("#5c656f"), strong: hex("#000000"), border: hex("#b8c0c9"), accent: hex("#0550ae"),
		barText: hex("#1f2328"), bar: hex("#e6eaef"), selText: hex("#000000"), sel: hex("#cfe3fa"), prodText: hex("#ffffff"), prod: hex("#cf222e"),
		good: hex("#116329"), info: hex("#0550ae"), warn: hex("#845300"), crit: hex("#b3161f"),
		series: hexes("#0550ae", "#116329", "#845300", "#6639ba", "#b35900", "#1b6a75", "#a3246b", "#57606a"),
	},
	"colorblind": {
		text: hex("#d5d9e0"), dim: hex("#8a929d"), strong: hex("#ffffff"), border: hex("#444c56"), accent: hex("#56b4e9"),
		barText: hex("#d5d9e0"), bar: hex("#1c2128"), selText: hex("#ffffff"), sel: hex("#22314a"), prodText: hex("#000000"), prod: hex("#e69f00"),
		good: hex("#56b4e9"), info: hex("#9ea7b3"), warn: hex("#f0e442"), crit: hex("#f0833a"),
		series: hexes("#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7", "#7a8cff", "#d55e00", "#bbbbbb"),
	},
	"16": {
		dim: lipgloss.BrightBlack, strong: lipgloss.BrightWhite, border: lipgloss.BrightBlack, accent: lipgloss.Cyan,
		prodText: lipgloss.BrightWhite, prod: lipgloss.Red,
		good: lipgloss.Green, info: lipgloss.Cyan, warn: lipgloss.Yellow, crit: lipgloss.Red,
		series:  []color.Color{lipgloss.Cyan, lipgloss.Green, lipgloss.Yellow, lipgloss.Magenta, lipgloss.Blue, lipgloss.BrightCyan, lipgloss.BrightMagenta, lipgloss.White},
		reverse: true,
	},
	"mono": {reverse: true, series: []color.Color{nil}},
}

// Names lists the themes, sorted.
func Names() []string {
	out := make([]string, 0, len(palettes))
	for n := range palettes {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// New makes the theme of that name: dark, light, colorblind, 16 (the terminal's
// own colours) or mono (bold, underline and reverse video only). Another name
// is an error that lists them.
func New(name string) (*Theme, error) {
	p, ok := palettes[name]
	if !ok {
		return nil, fmt.Errorf("unknown theme %q: known are %v", name, Names())
	}
	base := lipgloss.NewStyle()
	fg := func(c color.Color) lipgloss.Style {
		if c == nil {
			return base
		}
		return base.Foreground(c)
	}
	on := func(s lipgloss.Style, bg color.Color) lipgloss.Style {
		if p.reverse || bg == nil {
			return s.Reverse(true)
		}
		return s.Background(bg)
	}
	t := &Theme{
		Name: name, Plain: name == "mono",
		Text: NewStyle(fg(p.text)), Dim: NewStyle(fg(p.dim)), Title: NewStyle(fg(p.text).Bold(true)), Strong: NewStyle(fg(p.strong).Bold(true)),
		Border: NewStyle(fg(p.border)), Focus: NewStyle(fg(p.accent).Bold(true)),
		Bar: NewStyle(on(fg(p.barText), p.bar)), Tab: NewStyle(on(fg(p.dim), p.bar)), TabOn: NewStyle(on(fg(p.accent).Bold(true).Underline(true), p.bar)),
		Key:    NewStyle(on(fg(p.accent).Bold(true), p.bar)),
		Select: NewStyle(on(fg(p.selText).Bold(true), p.sel)), Match: NewStyle(fg(p.warn).Bold(true).Underline(true)),
		SelectMatch: NewStyle(on(fg(p.warn).Bold(true).Underline(true), p.sel)),
		Prod:        NewStyle(fg(p.prodText).Bold(true).Background(orNoColor(p.prod))), Accent: NewStyle(fg(p.accent)),
	}
	if p.prod == nil {
		t.Prod = NewStyle(base.Bold(true).Reverse(true))
	}
	for l, c := range []color.Color{p.text, p.good, p.info, p.warn, p.crit} {
		s, x := fg(c), on(fg(c).Bold(true), p.sel)
		if l == int(Crit) {
			s = s.Bold(true)
		}
		t.levels[l], t.selected[l] = NewStyle(s), NewStyle(x)
	}
	for _, c := range p.series {
		t.series = append(t.series, NewStyle(fg(c)))
	}
	return t, nil
}

func orNoColor(c color.Color) color.Color {
	if c == nil {
		return lipgloss.NoColor{}
	}
	return c
}

func hex(s string) color.Color { return lipgloss.Color(s) }

func hexes(s ...string) []color.Color {
	out := make([]color.Color, len(s))
	for i, c := range s {
		out[i] = lipgloss.Color(c)
	}
	return out
}
