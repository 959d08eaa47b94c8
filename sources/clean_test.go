package sources

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "disk 93% full", "disk 93% full"},
		{"letters", "héllo wörld 日本 ✓", "héllo wörld 日本 ✓"},
		{"colour", "a\x1b[31;1mred\x1b[0mb", "aredb"},
		{"cursor", "a\x1b[2J\x1b[1;1Hb\x1b[?1049hc", "abc"},
		{"osc title", "a\x1b]0;owned\x07b", "ab"},
		{"osc 52", "a\x1b]52;c;cm0gLXJmIC8=\x1b\\b", "ab"},
		{"hyperlink", "\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\", "text"},
		{"dcs", "a\x1bP+q544e\x1b\\b", "ab"},
		{"apc pm sos", "a\x1b_x\x1b\\b\x1b^y\x1b\\c\x1bXz\x1b\\d", "abcd"},
		{"charset and reset", "a\x1b(0b\x1bcc\x1b7d", "abcd"},
		{"c1 csi bytes", "a\x9b31mb", "ab"},
		{"c1 osc bytes", "a\x9d0;t\x9cb", "ab"},
		{"c1 csi runes", "a\u009b31mb", "ab"},
		{"c1 dcs runes", "a\u0090q\u009cb", "ab"},
		{"other c1 byte", "a\x84b", "a\ufffdb"},
		{"other c1 rune", "a\u0084b", "ab"},
		{"osc without end", "a\x1b]0;the rest stays", "a0;the rest stays"},
		{"osc broken by a line", "a\x1b]0;x\ny\x07b", "a0;x⏎yb"},
		{"csi without end", "a\x1b[31", "a31"},
		{"lonely escape", "a\x1b", "a"},
		{"escape before a letter of many bytes", "a\x1bé", "aé"},
		{"controls", "a\x00\x07\x08b\x7f", "ab"},
		{"tab", "a\tb", "a b"},
		{"lines", "a\r\nb\nc\rd\u2028e\n", "a⏎b⏎c⏎d⏎e"},
		{"bidi", "user\u202eexe.txt\u2066\u2069\u200f", "userexe.txt"},
		{"zero width", "a\u200b\u200d\ufeff\u00ad\u2060b", "ab"},
		{"tags and selectors", "a\U000e0041\ufe0f\U000e0100b", "ab"},
		{"fillers", "a\u3164\u115f\uffa0\u034fb", "ab"},
		{"bad utf-8", "a\xff\xfe\xc3b\xe2\x82", "a\ufffdb\ufffd"},
		{"stacked marks", "a" + strings.Repeat("\u0301", 50) + "b", "a" + strings.Repeat("\u0301", 4) + "b"},
		{"mark at the start", "\u0301a", "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Clean(tt.in); got != tt.want {
				t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestCleanLines(t *testing.T) {
	if got, want := CleanLines("at\tx\r\n\x1b[1m  at y\u202e\n\u0301z\n\n\x00"), "at    x\n  at y\nz"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCleanBounds(t *testing.T) {
	for _, part := range []string{"x", "é", "日", "\x1b]", "\x9d", "\u009d", "\x80", "\x1b[", "\u0301"} {
		got := Clean(strings.Repeat(part, 3*maxLine/len(part)))
		if len(got) > 3*maxLine+len("…") || !strings.HasSuffix(got, "…") || !utf8.ValidString(got) {
			t.Errorf("%q: %d bytes, ends in %q", part, len(got), got[max(0, len(got)-8):])
		}
	}
}

func TestCleanKeepsWithoutAllocating(t *testing.T) {
	for _, s := range []string{"", "GET /predict 200 in 12ms", "größer als 日本"} {
		if n := testing.AllocsPerRun(100, func() { Clean(s) }); n != 0 {
			t.Errorf("Clean(%q) allocates %v times", s, n)
		}
	}
	m := map[string]string{"job": "api", "größe": "日本"}
	if n := testing.AllocsPerRun(100, func() { cleanAll(m) }); n != 0 {
		t.Errorf("cleanAll allocates %v times", n)
	}
}

func TestCleanAll(t *testing.T) {
	got := cleanAll(map[string]string{"a\x1b[1m": "x\x07", "b": "y"})
	if len(got) != 2 || got["a"] != "x" || got["b"] != "y" {
		t.Errorf("got %q", got)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{
		"plain", "a\x1b[31mb", "\x9b1m\x9d0;x\x9c", "\u202eabc\u0301", "\xff\xc3\x28", "a\x1b]52;c;x\x1b\\b\r\n\tc", "\x1b\x1b[\u200b31m",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, lines := range []bool{false, true} {
			got := clean(s, maxLine, lines)
			if !utf8.ValidString(got) {
				t.Fatalf("%q gave invalid UTF-8 %q", s, got)
			}
			for _, r := range got {
				if r == '\n' && lines {
					continue
				}
				if unicode.IsControl(r) || invisible(r) || breaksLine(r) {
					t.Fatalf("%q gave %q with %U", s, got, r)
				}
			}
			if ansi.Strip(got) != got {
				t.Fatalf("%q gave %q, in which a terminal still sees a sequence", s, got)
			}
			if again := clean(got, maxLine, lines); len(got) <= maxLine && again != got {
				t.Fatalf("%q gave %q, and that %q", s, got, again)
			}
		}
	})
}

func BenchmarkClean(b *testing.B) {
	for name, s := range map[string]string{
		"ascii":  strings.Repeat("GET /predict 200 in 12ms ", 8),
		"utf8":   strings.Repeat("größer 日本 ", 12),
		"colour": strings.Repeat("\x1b[32mINFO\x1b[0m request done ", 8),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			for b.Loop() {
				Clean(s)
			}
		})
	}
}
