package views

import (
	"math"
	"regexp"
	"slices"
	"strings"

	"firewatch/ui/draw"
)

// condition is one operand of an alerting expression, taken apart at its
// comparison: Left is what is measured, Op and Right what it must not pass.
type condition struct {
	// Joint is how it goes with the one before it: and, unless, or; empty for the
	// first.
	Joint string
	// Left is the measured expression; Op one of the comparisons, "absent" where
	// the alert is that there is none, empty where nothing is compared.
	Left, Op string
	// Right is the limit as it is written, Value its number, NaN where it is an
	// expression itself.
	Right string
	Value float64
}

// fixed says whether the limit is a number.
func (c *condition) fixed() bool { return c.Op != "" && !math.IsNaN(c.Value) }

// moves says whether the limit is an expression of its own.
func (c *condition) moves() bool { return c.Right != "" && math.IsNaN(c.Value) }

// breached says whether a value passes a limit.
func (c *condition) breached(v, limit float64) bool {
	switch c.Op {
	case ">":
		return v > limit
	case ">=":
		return v >= limit
	case "<":
		return v < limit
	case "<=":
		return v <= limit
	case "==":
		return v == limit
	case "!=":
		return v != limit && v == v
	}
	return false
}

// below says whether low values are the bad ones.
func (c *condition) below() bool { return c.Op == "<" || c.Op == "<=" }

var (
	number = regexp.MustCompile(`^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?`)
	// nameLike finds the name of a metric or a function.
	nameLike = regexp.MustCompile(`(?:^|[^\w.])[A-Za-z_:{\x80-\x{10FFFF}]`)
	// modifiers is what may come between an operator and its right side.
	modifiers = regexp.MustCompile(`^\s*(?:(?:on|ignoring)\s*\([^()]*\)\s*)?(?:(?:group_left|group_right)\s*(?:\([^()]*\))?\s*)?`)
	missing   = regexp.MustCompile(`^(?:absent|absent_over_time)\s*\(`)
	ranged    = regexp.MustCompile(`\[[^\[\]]*\]\s*$`)
)

var mirrored = map[string]string{"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}

// maxDepth bounds how deep brackets around whole operands are looked into.
const maxDepth = 8

// conditions takes an expression apart where that is certain; nil where it is not:
// brackets or quotes that do not close, a comparison that gives 0 and 1 instead
// of filtering, several comparisons in one operand.
func conditions(expr string) []condition { return split(uncommented(expr), 0) }

func split(expr string, depth int) []condition {
	marks, ok := scan(expr)
	if !ok || depth > maxDepth || strings.TrimSpace(expr) == "" {
		return nil
	}
	var out []condition
	joint, from := "", 0
	var compared []operator
	operand := func(to int) bool {
		list := operandOf(expr, from, to, compared, depth)
		if list == nil {
			return false
		}
		list[0].Joint = joint
		out = append(out, list...)
		return true
	}
	for _, m := range marks {
		if m.compares {
			compared = append(compared, m)
			continue
		}
		if !operand(m.at) {
			return nil
		}
		joint, compared = m.text, nil
		from = m.end + len(modifiers.FindString(expr[m.end:]))
	}
	if !operand(len(expr)) {
		return nil
	}
	return out
}

// operandOf is what stands between two set operators.
func operandOf(expr string, from, to int, compared []operator, depth int) []condition {
	if from > to {
		return nil
	}
	text := strings.TrimSpace(expr[from:to])
	switch {
	case text == "" || len(compared) > 1:
		return nil
	case len(compared) == 0 && enclosed(text):
		return split(text[1:len(text)-1], depth+1)
	case len(compared) == 0:
		if m := missing.FindString(text); m != "" && enclosed(text[len(m)-1:]) {
			inner := ranged.ReplaceAllString(text[len(m):len(text)-1], "")
			return []condition{{Left: strings.TrimSpace(inner), Op: "absent", Value: math.NaN()}}
		}
		return []condition{{Left: text, Value: math.NaN()}}
	}
	op := compared[0]
	if op.at < from || op.end > to {
		return nil
	}
	left, right := strings.TrimSpace(expr[from:op.at]), strings.TrimSpace(modifiers.ReplaceAllString(expr[op.end:to], ""))
	c := condition{Left: left, Op: op.text, Right: right, Value: math.NaN()}
	if _, ok := constant(left); ok {
		c.Left, c.Right, c.Op = right, left, mirrored[op.text]
	}
	if c.Left == "" || c.Right == "" || strings.HasPrefix(right, "bool") && !wordByte(byteAt(right, 4)) || !nameLike.MatchString(c.Left) {
		return nil
	}
	if v, ok := constant(c.Right); ok {
		c.Value = v
	} else if !nameLike.MatchString(c.Right) {
		return nil // neither a number nor a name: a duration, or nothing that can be asked for
	}
	return []condition{c}
}

func byteAt(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return ' '
}

// enclosed says whether one pair of brackets is around all of s.
func enclosed(s string) bool {
	if len(s) < 2 || s[0] != '(' || s[len(s)-1] != ')' {
		return false
	}
	depth := 0
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case isQuote(c):
			i += max(quoted(s[i:]), 1)
			continue
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 && i < len(s)-1 {
				return false
			}
		}
		i++
	}
	return depth == 0
}

// uncommented is expr without its comments.
func uncommented(expr string) string {
	if !strings.Contains(expr, "#") {
		return expr
	}
	var sb strings.Builder
	for i := 0; i < len(expr); {
		c := expr[i]
		if n := 0; isQuote(c) {
			if n = quoted(expr[i:]); n == 0 {
				return expr
			}
			sb.WriteString(expr[i : i+n])
			i += n
			continue
		}
		if c == '#' {
			n := strings.IndexByte(expr[i:], '\n')
			if n < 0 {
				break
			}
			i += n
			continue
		}
		sb.WriteByte(c)
		i++
	}
	return sb.String()
}

// operator is one outside of brackets: a comparison, or and, or, unless.
type operator struct {
	text     string
	compares bool
	at, end  int
}

// scan lists the operators outside of brackets. It gives up on brackets or quotes
// that do not close.
func scan(expr string) (marks []operator, ok bool) {
	depth := 0
	for i := 0; i < len(expr); {
		c := expr[i]
		switch {
		case isQuote(c):
			n := quoted(expr[i:])
			if n == 0 {
				return nil, false
			}
			i += n
		case strings.IndexByte("([{", c) >= 0:
			depth++
			i++
		case strings.IndexByte(")]}", c) >= 0:
			if depth--; depth < 0 {
				return nil, false
			}
			i++
		case wordByte(c):
			start := i
			for i < len(expr) && (wordByte(expr[i]) || expr[i] >= '0' && expr[i] <= '9') {
				i++
			}
			word := strings.ToLower(expr[start:i])
			if depth == 0 && slices.Contains([]string{"and", "or", "unless"}, word) {
				marks = append(marks, operator{word, false, start, i})
			}
		case depth == 0 && strings.IndexByte("<>=!", c) >= 0:
			n := 1
			if i+1 < len(expr) && expr[i+1] == '=' {
				n = 2
			}
			text := expr[i : i+n]
			if mirrored[text] == "" {
				return nil, false
			}
			marks = append(marks, operator{text, true, i, i + n})
			i += n
		case c >= '0' && c <= '9' || c == '.':
			// A number or a duration is no word: the letters in it belong to it.
			for i < len(expr) && (wordByte(expr[i]) || expr[i] >= '0' && expr[i] <= '9' || expr[i] == '.') {
				i++
			}
		default:
			i++
		}
	}
	return marks, depth == 0
}

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

func wordByte(c byte) bool {
	return c == '_' || c == ':' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// quoted is the length of the string literal that s starts with, 0 if it does not end.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return i + 1
		case s[i] == '\\' && s[0] != '`':
			i++
		}
	}
	return 0
}

var (
	oneMetric = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{[^{}]*\})?$`)
	// rated is a recorded rate, by the way that rules are named: level:metric:rate5m.
	rated = regexp.MustCompile(`:rate\d+[smhd]$`)
)

// unitOf guesses the unit of an expression that is one metric by the words of
// its name; everything else is a number.
func unitOf(expr string) draw.Unit {
	m := oneMetric.FindStringSubmatch(expr)
	if m == nil {
		return "number"
	}
	words := strings.FieldsFunc(m[1], func(r rune) bool { return r == '_' || r == ':' })
	unit := draw.Unit("number")
	for _, w := range words {
		switch w {
		case "ratio":
			return "ratio"
		case "count", "total", "bucket", "sum":
			return "number"
		case "seconds":
			unit = "seconds"
		case "bytes":
			unit = "bytes"
		case "celsius":
			unit = "celsius"
		}
	}
	if rated.MatchString(m[1]) {
		switch unit {
		case "number":
			return "rps"
		case "bytes":
			return "Bps"
		}
	}
	return unit
}
