package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"firewatch/sources"
	"firewatch/ui/theme"
)

// format is how a list is printed; it implements [pflag.Value], so that a wrong
// one is an error of the flag.
type format string

var formats = []string{"table", "json", "csv"}

func (f *format) String() string { return string(*f) }

// Type implements [pflag.Value].
func (f *format) Type() string { return strings.Join(formats, "|") }

// Set implements [pflag.Value].
func (f *format) Set(s string) error {
	if !slices.Contains(formats, s) {
		return fmt.Errorf("one of %s", strings.Join(formats, ", "))
	}
	*f = format(s)
	return nil
}

// flag declares the flag for it.
func (f *format) flag(flags *pflag.FlagSet) {
	*f = "table"
	flags.VarP(f, "output", "o", "table for people, json with RFC 3339 times, or csv")
}

// listing is what a command lists, for all formats.
type listing struct {
	// columns are the headings of the table, rows its cells; the last column may be
	// cut at the edge of a terminal.
	columns []string
	rows    [][]string
	// level colours a cell, where there is colour; nil for none.
	level func(row, column int) theme.Level
	// heads are lines before rows, by the index of the row.
	heads map[int]string
	// fields are the headings of the CSV, records its lines.
	fields  []string
	records [][]string
	// objects is what JSON is made of, a list.
	objects any
}

// print writes a list in one piece.
func (at *place) print(f format, l listing) error {
	var b bytes.Buffer
	switch f {
	case "json":
		text, err := sources.JSON(l.objects)
		if err == nil {
			err = json.Indent(&b, text, "", "  ")
		}
		if err != nil {
			return err
		}
		b.WriteByte('\n')
	case "csv":
		w := csv.NewWriter(&b)
		if err := w.WriteAll(append([][]string{l.fields}, l.records...)); err != nil {
			return err
		}
	default:
		at.table(&b, l)
	}
	_, err := at.out.Write(b.Bytes())
	return err
}

// table writes columns as wide as what is in them.
func (at *place) table(b io.Writer, l listing) {
	if len(l.rows) == 0 {
		return
	}
	width, look := at.terminal()
	widths := make([]int, len(l.columns))
	for _, row := range append([][]string{l.columns}, l.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], ansi.StringWidth(oneLine(cell)))
		}
	}
	line := func(cells []string, paint func(column int, s string) string) {
		var out strings.Builder
		used := 0
		for i, cell := range cells {
			cell = oneLine(cell)
			if width > 0 && i == len(cells)-1 {
				cell = ansi.Truncate(cell, max(width-used, 1), "…")
			}
			pad := ""
			if i < len(cells)-1 {
				pad = strings.Repeat(" ", widths[i]-ansi.StringWidth(cell)+2)
			}
			used += ansi.StringWidth(cell) + len(pad)
			out.WriteString(paint(i, cell) + pad)
		}
		fmt.Fprintln(b, strings.TrimRight(out.String(), " "))
	}
	line(l.columns, func(_ int, s string) string { return strings.ToUpper(s) })
	for r, row := range l.rows {
		if head, ok := l.heads[r]; ok {
			fmt.Fprintln(b, head)
		}
		line(row, func(c int, s string) string {
			if look == nil || l.level == nil || l.level(r, c) == theme.None {
				return s
			}
			return look.Level(l.level(r, c)).Render(s)
		})
	}
}

// terminal is the width of the terminal that is written to and its colours; 0
// and nil where there is none, and no colours where NO_COLOR is set.
func (at *place) terminal() (int, *theme.Theme) {
	f, ok := at.out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, nil
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 0
	}
	name := themeName(at.theme)
	if os.Getenv("NO_COLOR") != "" || name == "mono" {
		return width, nil
	}
	look, err := theme.New(name)
	if err != nil {
		return width, nil
	}
	return width, look
}

// oneLine is a text without line breaks.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// matcher recognises an argument that is one matcher whose quotes the shell took.
var matcher = regexp.MustCompile("^([!-]?[^\\s{}!=~,\\\\\"'`@]+\\s*(?:=~|!~|!=|=))([^\"].*)$")

// termOf is an argument in the language that check reads: where that fails and it
// is one matcher, the value gets the quotes that the shell has taken from it.
func termOf(arg string, check func(string) error) string {
	if check(arg) == nil {
		return arg
	}
	m := matcher.FindStringSubmatch(arg)
	if m == nil {
		return arg
	}
	if quoted := m[1] + strconv.Quote(m[2]); check(quoted) == nil {
		return quoted
	}
	return arg
}
