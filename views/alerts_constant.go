package views

import (
	"math"
	"strconv"
	"strings"
)

// constant is the value of an expression that is made of plain numbers, such as
// (14.4 * 0.001); false for any other.
func constant(expr string) (float64, bool) {
	c := calculation{rest: strings.TrimSpace(expr)}
	v := c.sum(0)
	return v, !c.wrong && c.rest == "" && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// calculation reads an expression from the left; wrong is set by what is no
// number, operator or bracket.
type calculation struct {
	rest  string
	wrong bool
}

// next takes one of the characters, 0 when none of them comes next.
func (c *calculation) next(of string) byte {
	c.rest = strings.TrimLeft(c.rest, " \t\n")
	if c.rest == "" || strings.IndexByte(of, c.rest[0]) < 0 {
		return 0
	}
	b := c.rest[0]
	c.rest = c.rest[1:]
	return b
}

func (c *calculation) sum(depth int) float64 {
	v := c.product(depth)
	for {
		switch c.next("+-") {
		case '+':
			v += c.product(depth)
		case '-':
			v -= c.product(depth)
		default:
			return v
		}
	}
}

func (c *calculation) product(depth int) float64 {
	v := c.atom(depth)
	for {
		switch c.next("*/%") {
		case '*':
			v *= c.atom(depth)
		case '/':
			v /= c.atom(depth)
		case '%':
			v = math.Mod(v, c.atom(depth))
		default:
			return v
		}
	}
}

// atom is a number with its sign, or a bracket.
func (c *calculation) atom(depth int) float64 {
	sign := 1.0
	for s := c.next("+-"); s != 0; s = c.next("+-") {
		if s == '-' {
			sign = -sign
		}
	}
	if depth > maxDepth {
		c.wrong = true
		return 0
	}
	if c.next("(") != 0 {
		v := c.sum(depth + 1)
		c.wrong = c.wrong || c.next(")") == 0
		return sign * v
	}
	text := number.FindString(c.rest)
	v, err := strconv.ParseFloat(text, 64)
	c.wrong = c.wrong || err != nil
	c.rest = strings.TrimLeft(c.rest[len(text):], " \t\n")
	return sign * v
}
