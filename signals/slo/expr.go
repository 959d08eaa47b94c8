package slo

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// vector is a selector of series within an expression.
type vector struct {
	// from and to are where it stands, its range included.
	from, to int
	// name is empty where only matchers select; matchers are without braces.
	name, matchers string
	// window is what stands in the brackets behind it, empty where there are none.
	window string
}

// text is the selector without its range.
func (v vector) text() string {
	if v.matchers == "" && v.name != "" {
		return v.name
	}
	return v.name + "{" + v.matchers + "}"
}

// aggregations may be followed by their labels instead of a bracket, and so
// could be taken for the name of a metric.
var aggregations = []string{
	"sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values", "bottomk", "topk", "quantile", "limitk", "limit_ratio",
}

// operators are the words between operands; those of labels are followed by names
// of labels in brackets.
var (
	operators   = []string{"and", "or", "unless", "bool", "offset", "atan2", "inf", "nan"}
	labelGroups = []string{"by", "without", "on", "ignoring", "group_left", "group_right"}
)

// vectors finds the selectors of an expression. It reads tokens and no grammar:
// what it cannot tell, such as a subquery, is an error.
func vectors(expr string) ([]vector, error) {
	var out []vector
	for i := 0; i < len(expr); {
		c := expr[i]
		switch {
		case c == '#':
			if n := strings.IndexByte(expr[i:], '\n'); n >= 0 {
				i += n
			} else {
				i = len(expr)
			}
		case c == '"' || c == '\'' || c == '`':
			end, ok := quoted(expr, i)
			if !ok {
				return nil, errors.New("a quote does not close")
			}
			i = end
		case c >= '0' && c <= '9':
			for i < len(expr) && (wordByte(expr[i]) || expr[i] == '.') {
				i++
			}
		case c == '[':
			return nil, errors.New("a range stands behind something that is no selector: a subquery cannot be taken over")
		case c == '{' || wordByte(c):
			start := i
			for i < len(expr) && wordByte(expr[i]) {
				i++
			}
			v := vector{from: start, name: expr[start:i]}
			next := blank(expr, i)
			word := strings.ToLower(v.name)
			switch {
			case slices.Contains(labelGroups, word):
				if next < len(expr) && expr[next] == '(' {
					end := strings.IndexByte(expr[next:], ')')
					if end < 0 {
						return nil, errors.New("a bracket does not close")
					}
					i = next + end + 1
				}
				continue
			case slices.Contains(operators, word), next < len(expr) && expr[next] == '(' && v.name != "":
				continue
			case slices.Contains(aggregations, word) && labelsFollow(expr[next:]):
				continue
			}
			if next < len(expr) && expr[next] == '{' {
				end, ok := closing(expr, next, '}')
				if !ok {
					return nil, errors.New("a brace does not close")
				}
				v.matchers, i = strings.TrimSpace(expr[next+1:end-1]), end
			}
			v.to = i
			if next = blank(expr, i); next < len(expr) && expr[next] == '[' {
				end := strings.IndexByte(expr[next:], ']')
				if end < 0 {
					return nil, errors.New("a bracket does not close")
				}
				v.window, i = strings.TrimSpace(expr[next+1:next+end]), next+end+1
				v.to = i
				if strings.Contains(v.window, ":") {
					return nil, errors.New("it has a subquery, whose length is not the window's alone")
				}
			}
			out = append(out, v)
		default:
			i++
		}
	}
	if len(out) == 0 {
		return nil, errors.New("it selects no series")
	}
	return out, nil
}

func labelsFollow(rest string) bool {
	return strings.HasPrefix(rest, "by") && !wordByte(byteAt(rest, 2)) || strings.HasPrefix(rest, "without") && !wordByte(byteAt(rest, 7))
}

func byteAt(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

func wordByte(c byte) bool {
	return c == '_' || c == ':' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// blank is where the white space at i ends.
func blank(s string, i int) int {
	for i < len(s) && strings.IndexByte(" \t\r\n", s[i]) >= 0 {
		i++
	}
	return i
}

// quoted is the end of the string that begins at i.
func quoted(s string, i int) (int, bool) {
	for k := i + 1; k < len(s); k++ {
		switch {
		case s[k] == '\\' && s[i] != '`':
			k++
		case s[k] == s[i]:
			return k + 1, true
		}
	}
	return len(s), false
}

// closing is the end of what opens at i, past the bracket that closes it.
func closing(s string, i int, with byte) (int, bool) {
	open, depth := s[i], 0
	for k := i; k < len(s); k++ {
		switch s[k] {
		case '"', '\'', '`':
			end, ok := quoted(s, k)
			if !ok {
				return len(s), false
			}
			k = end - 1
		case open:
			depth++
		case with:
			if depth--; depth == 0 {
				return k + 1, true
			}
		}
	}
	return len(s), false
}

// parts are the operands of an operator that stands outside of all brackets; one
// part is the expression itself. Brackets around the whole are taken off.
func parts(expr, operator string) []string {
	expr = bare(expr)
	var out []string
	from := 0
	for i := 0; i < len(expr); i++ {
		switch c := expr[i]; {
		case c == '"' || c == '\'' || c == '`':
			if end, ok := quoted(expr, i); ok {
				i = end - 1
			}
		case c == '(' || c == '{' || c == '[':
			if end, ok := closing(expr, i, map[byte]byte{'(': ')', '{': '}', '[': ']'}[c]); ok {
				i = end - 1
			}
		case strings.HasPrefix(expr[i:], operator):
			if wordByte(operator[0]) && (i > 0 && wordByte(expr[i-1]) || wordByte(byteAt(expr, i+len(operator)))) {
				continue
			}
			out = append(out, strings.TrimSpace(expr[from:i]))
			from = i + len(operator)
			i = from - 1
		}
	}
	return append(out, strings.TrimSpace(expr[from:]))
}

// bare is an expression without brackets around the whole of it.
func bare(expr string) string {
	for {
		expr = strings.TrimSpace(expr)
		if !strings.HasPrefix(expr, "(") {
			return expr
		}
		if end, ok := closing(expr, 0, ')'); !ok || end != len(expr) {
			return expr
		}
		expr = expr[1 : len(expr)-1]
	}
}

// windowed is an expression with the placeholder for the length of its ranges.
// A placeholder in another's spelling is replaced, a fixed range too; selectors
// without any range are wrapped in the function over, such as rate. Increases
// become rates, since one of each would make no ratio, and what is recorded of the
// events is their rate.
func windowed(expr, over string) (string, error) {
	expr, err := ranged(expr, over)
	return perSecond(expr), err
}

// perSecond has rate for increase.
func perSecond(expr string) string {
	var b strings.Builder
	for i := 0; i < len(expr); {
		end := i + 1
		switch c := expr[i]; {
		case c == '"' || c == '\'' || c == '`':
			end, _ = quoted(expr, i)
		case wordByte(c):
			for end < len(expr) && wordByte(expr[end]) {
				end++
			}
		}
		word := expr[i:end]
		if word == "increase" && byteAt(expr, blank(expr, end)) == '(' {
			word = "rate"
		}
		b.WriteString(word)
		i = end
	}
	return b.String()
}

func ranged(expr, over string) (string, error) {
	expr = strings.TrimSpace(foreign.ReplaceAllLiteralString(expr, "[{{.window}}]"))
	if placeholder.MatchString(expr) {
		return placeholder.ReplaceAllLiteralString(expr, "{{.window}}"), nil
	}
	all, err := vectors(expr)
	if err != nil {
		return "", err
	}
	fixed := ""
	for _, v := range all {
		if v.window != "" {
			if fixed != "" && v.window != fixed {
				return "", fmt.Errorf("it has ranges of %s and %s: write [{{.window}}] for the one that follows the window", fixed, v.window)
			}
			fixed = v.window
		}
	}
	var b strings.Builder
	last := 0
	for _, v := range all {
		b.WriteString(expr[last:v.from])
		switch {
		case v.window != "":
			b.WriteString(v.text() + "[{{.window}}]")
		case fixed != "":
			b.WriteString(v.text())
		default:
			b.WriteString(over + "(" + v.text() + "[{{.window}}])")
		}
		last = v.to
	}
	return b.String() + expr[last:], nil
}
