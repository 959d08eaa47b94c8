package views

import (
	"regexp"
	"strconv"
	"strings"

	"firewatch/ui/draw"
)

// comparison is an alerting expression taken apart: Left is what is measured, Op
// and Value what it must not pass.
type comparison struct {
	Left, Op string
	Value    float64
}

var number = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)

// compared takes an expression apart where that is certain: one comparison of an
// expression with a plain number, alone or as the first operand of and or
// unless, which only filter it. Otherwise it says false, and the expression is
// shown as it is.
func compared(expr string) (comparison, bool) {
	first, ops, ok := operands(expr)
	if !ok || len(ops) != 1 {
		return comparison{}, false
	}
	op := ops[0]
	left, right := strings.TrimSpace(first[:op.at]), strings.TrimSpace(first[op.at+len(op.text):])
	if number.MatchString(left) {
		left, right, op.text = right, left, mirrored[op.text]
	}
	if left == "" || number.MatchString(left) || !number.MatchString(right) {
		return comparison{}, false
	}
	v, err := strconv.ParseFloat(right, 64)
	return comparison{Left: left, Op: op.text, Value: v}, err == nil
}

var mirrored = map[string]string{"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}

type operator struct {
	text string
	at   int
}

// operands is the part of expr before the first and or unless outside of
// brackets, and the comparisons outside of brackets in it. It gives up on or,
// on a comment and on brackets or quotes that do not close.
func operands(expr string) (first string, ops []operator, ok bool) {
	depth := 0
	for i := 0; i < len(expr); {
		c := expr[i]
		switch {
		case c == '#':
			return "", nil, false
		case c == '"' || c == '\'' || c == '`':
			n := quoted(expr[i:])
			if n == 0 {
				return "", nil, false
			}
			i += n
		case strings.IndexByte("([{", c) >= 0:
			depth++
			i++
		case strings.IndexByte(")]}", c) >= 0:
			if depth--; depth < 0 {
				return "", nil, false
			}
			i++
		case wordByte(c):
			start := i
			for i < len(expr) && (wordByte(expr[i]) || expr[i] >= '0' && expr[i] <= '9') {
				i++
			}
			if depth > 0 {
				continue
			}
			switch strings.ToLower(expr[start:i]) {
			case "and", "unless":
				// The rest must be sound as well, and free of or.
				if _, _, ok := operands(expr[i:]); !ok {
					return "", nil, false
				}
				return expr[:start], ops, true
			case "or", "bool":
				return "", nil, false
			}
		case depth == 0 && strings.IndexByte("<>=!", c) >= 0:
			n := 1
			if i+1 < len(expr) && expr[i+1] == '=' {
				n = 2
			}
			text := expr[i : i+n]
			if mirrored[text] == "" {
				return "", nil, false
			}
			ops = append(ops, operator{text, i})
			i += n
		default:
			i++
		}
	}
	return expr, ops, depth == 0
}

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

var oneMetric = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{[^{}]*\})?$`)

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
	return unit
}
