package theme

import (
	"image/color"
	"math"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
)

// luminance is a colour's, as WCAG 2 defines it.
func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	part := func(v uint32) float64 {
		x := float64(v) / 0xffff
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*part(r) + 0.7152*part(g) + 0.0722*part(b)
}

// contrast is the ratio between two colours, 1 to 21.
func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// grounds are the terminal backgrounds that the palettes are made for: the one
// they suggest and the plain one.
var grounds = map[string][]string{"dark": {"#0d1117", "#000000"}, "colorblind": {"#0d1117", "#000000"}, "light": {"#ffffff", "#f6f8fa"}}

func TestContrast(t *testing.T) {
	for name, backgrounds := range grounds {
		p := palettes[name]
		type pair struct {
			what   string
			fg, bg color.Color
			least  float64
		}
		pairs := []pair{{"bar", p.barText, p.bar, 4.5}, {"bar dim", p.dim, p.bar, 4.5}, {"bar accent", p.accent, p.bar, 4.5}, {"selection", p.selText, p.sel, 4.5}, {"prod", p.prodText, p.prod, 4.5}}
		for i, c := range []color.Color{p.good, p.info, p.warn, p.crit} {
			pairs = append(pairs, pair{"selected " + Level(i+1).Word(), c, p.sel, 4.5})
		}
		for _, g := range backgrounds {
			bg := hex(g)
			pairs = append(pairs, pair{"text", p.text, bg, 7}, pair{"dim", p.dim, bg, 4.5}, pair{"strong", p.strong, bg, 7}, pair{"accent", p.accent, bg, 4.5}, pair{"border", p.border, bg, 1.7})
			for i, c := range []color.Color{p.good, p.info, p.warn, p.crit} {
				pairs = append(pairs, pair{Level(i + 1).Word(), c, bg, 4.5})
			}
			for i, c := range p.series {
				pairs = append(pairs, pair{"series " + string(rune('0'+i)), c, bg, 4.5})
			}
		}
		for _, x := range pairs {
			if got := contrast(x.fg, x.bg); got < x.least {
				t.Errorf("%s: %s %v on %v has a contrast of %.2f, at least %.1f", name, x.what, x.fg, x.bg, got, x.least)
			}
		}
	}
}

// TestDistinct holds that the levels and the series of a palette differ.
func TestDistinct(t *testing.T) {
	for _, name := range Names() {
		th, err := New(name)
		if err != nil {
			t.Fatal(err)
		}
		if th.Plain != (name == "mono") {
			t.Errorf("%s: Plain is %v", name, th.Plain)
		}
		if th.Plain {
			continue
		}
		seen := map[Style]Level{}
		for l := Good; l <= Crit; l++ {
			if other, ok := seen[th.Level(l)]; ok {
				t.Errorf("%s: %s looks like %s", name, l.Word(), other.Word())
			}
			seen[th.Level(l)] = l
		}
		for i := range palettes[name].series {
			for k := range i {
				if th.Series(i) == th.Series(k) {
					t.Errorf("%s: series %d looks like series %d", name, i, k)
				}
			}
		}
	}
}

func TestMonoHasNoColour(t *testing.T) {
	th, err := New("mono")
	if err != nil {
		t.Fatal(err)
	}
	styles := []Style{th.Text, th.Dim, th.Title, th.Strong, th.Border, th.Focus, th.Bar, th.Tab, th.TabOn, th.Key, th.Select, th.Match, th.SelectMatch, th.Prod, th.Accent, th.Series(0), th.Series(5)}
	for l := None; l <= Crit; l++ {
		styles = append(styles, th.Level(l), th.Selected(l))
	}
	for _, s := range styles {
		got := s.Render("x")
		for _, code := range []string{"3", "4", "9", "10"} {
			for n := range 8 {
				if strings.Contains(got, "["+code+string(rune('0'+n))+"m") || strings.Contains(got, ";"+code+string(rune('0'+n))) {
					t.Errorf("%q sets a colour", got)
				}
			}
		}
	}
	for _, s := range []Style{th.Select, th.SelectMatch, th.Selected(Crit), th.Selected(None), th.Bar, th.Prod} {
		if !strings.Contains(s.Render("x"), "7") {
			t.Errorf("%q is not reversed", s.Render("x"))
		}
	}
}

func TestStyle(t *testing.T) {
	bold := NewStyle(lipgloss.NewStyle().Bold(true))
	framed := NewStyle(lipgloss.NewStyle().Bold(true).Padding(1).Width(20).Border(lipgloss.NormalBorder()))
	for _, c := range []struct {
		name  string
		style Style
		in    string
		want  string
	}{
		{"zero", Style{}, "a", "a"},
		{"no colour", NewStyle(lipgloss.NewStyle()), "a", "a"},
		{"empty text", bold, "", ""},
		{"bold", bold, "a b", "\x1b[1ma b\x1b[m"},
		{"layout does not count", framed, "a", "\x1b[1ma\x1b[m"},
	} {
		if got := c.style.Render(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if got := string(c.style.Append([]byte("<"), []byte(c.in))); got != "<"+c.want {
			t.Errorf("%s: appended %q, want %q", c.name, got, "<"+c.want)
		}
	}
}

func TestLevels(t *testing.T) {
	th, err := New("dark")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []Level{-3, None, Good, Info, Warn, Crit, 12} {
		if len([]rune(l.Glyph())) != 1 {
			t.Errorf("level %d: glyph %q", l, l.Glyph())
		}
		if th.Level(l) == (Style{}) || th.Selected(l) == (Style{}) {
			t.Errorf("level %d has no style", l)
		}
	}
	if th.Series(-1) != th.Series(0) || th.Series(8) != th.Series(0) {
		t.Error("series styles do not repeat")
	}
	for s, want := range map[string]Level{"critical": Crit, "Page": Crit, "warning": Warn, "info": Info, "none": Info, "": None, "odd": None} {
		if got := Severity(s); got != want {
			t.Errorf("severity %q is %v", s, got)
		}
	}
}

func TestUnknownName(t *testing.T) {
	if _, err := New("neon"); err == nil || !strings.Contains(err.Error(), `"neon"`) || !strings.Contains(err.Error(), "dark") {
		t.Errorf("error is %v", err)
	}
}
