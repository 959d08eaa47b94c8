package stack_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// block is a plugin with its options, or a condition with what depends on it.
type block struct {
	name    string
	options map[string]any // string, []any or map[string]any
	inner   []block
}

// pipelineParser reads the configuration language of Logstash.
type pipelineParser struct {
	text []rune
	at   int
}

func (p *pipelineParser) fail(want string) error {
	line := 1 + strings.Count(string(p.text[:min(p.at, len(p.text))]), "\n")
	return fmt.Errorf("line %d: want %s, found %.30q", line, want, string(p.text[min(p.at, len(p.text)):]))
}

func (p *pipelineParser) space() {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case unicode.IsSpace(c):
			p.at++
		case c == '#':
			for p.at < len(p.text) && p.text[p.at] != '\n' {
				p.at++
			}
		default:
			return
		}
	}
}

func (p *pipelineParser) take(s string) bool {
	p.space()
	if !strings.HasPrefix(string(p.text[p.at:min(p.at+len(s), len(p.text))]), s) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *pipelineParser) word() string {
	p.space()
	from := p.at
	for p.at < len(p.text) && (unicode.IsLetter(p.text[p.at]) || unicode.IsDigit(p.text[p.at]) || strings.ContainsRune("_-.", p.text[p.at])) {
		p.at++
	}
	return string(p.text[from:p.at])
}

func (p *pipelineParser) quoted() (string, bool) {
	p.space()
	if p.at >= len(p.text) || p.text[p.at] != '"' && p.text[p.at] != '\'' {
		return "", false
	}
	quote, from := p.text[p.at], p.at+1
	for p.at = from; p.at < len(p.text); p.at++ {
		if p.text[p.at] == quote && p.text[p.at-1] != '\\' {
			p.at++
			return string(p.text[from : p.at-1]), true
		}
	}
	return "", false
}

func (p *pipelineParser) value() (any, error) {
	if p.take("[") {
		list := []any{}
		for !p.take("]") {
			if len(list) > 0 && !p.take(",") {
				return nil, p.fail("a comma in the array")
			}
			v, err := p.value()
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	if p.take("{") {
		hash := map[string]any{}
		for !p.take("}") {
			k, ok := p.quoted()
			if !ok {
				if k = p.word(); k == "" {
					return nil, p.fail("a key of the hash")
				}
			}
			if !p.take("=>") {
				return nil, p.fail("=>")
			}
			v, err := p.value()
			if err != nil {
				return nil, err
			}
			hash[k] = v
		}
		return hash, nil
	}
	if s, ok := p.quoted(); ok {
		return s, nil
	}
	if w := p.word(); w != "" {
		return w, nil
	}
	return nil, p.fail("a value")
}

// operand is a field, a list, a string or a number of a condition.
func (p *pipelineParser) operand() error {
	p.space()
	if p.take("(") {
		if err := p.condition(); err != nil {
			return err
		}
		if !p.take(")") {
			return p.fail(")")
		}
		return nil
	}
	if p.at+1 < len(p.text) && p.text[p.at] == '[' && !strings.ContainsRune("\"'", p.text[p.at+1]) {
		for p.at < len(p.text) && p.text[p.at] == '[' {
			from := p.at
			for p.at < len(p.text) && p.text[p.at] != ']' {
				p.at++
			}
			if p.at == from+1 || p.at >= len(p.text) {
				return p.fail("a field reference")
			}
			p.at++
		}
		return nil
	}
	_, err := p.value()
	return err
}

func (p *pipelineParser) condition() error {
	for {
		for p.take("!") {
		}
		if err := p.operand(); err != nil {
			return err
		}
		for _, op := range []string{"==", "!=", "<=", ">=", "<", ">", "=~", "!~", "not in", "in"} {
			if p.take(op) {
				if err := p.operand(); err != nil {
					return err
				}
				break
			}
		}
		if !slices.ContainsFunc([]string{"and", "or", "xor", "nand"}, p.take) {
			return nil
		}
	}
}

// blocks reads plugins and conditions up to the closing brace.
func (p *pipelineParser) blocks() (out []block, err error) {
	if !p.take("{") {
		return nil, p.fail("{")
	}
	for !p.take("}") {
		b := block{name: p.word(), options: map[string]any{}}
		switch b.name {
		case "":
			return nil, p.fail("a plugin")
		case "else":
			if len(out) == 0 || out[len(out)-1].name != "if" {
				return nil, p.fail("an if before the else")
			}
			if p.take("if") {
				if err := p.condition(); err != nil {
					return nil, err
				}
			}
			b.name = "if"
			fallthrough
		case "if":
			if b.inner == nil && string(p.text[p.at-2:p.at]) == "if" {
				if err := p.condition(); err != nil {
					return nil, err
				}
			}
			if b.inner, err = p.blocks(); err != nil {
				return nil, err
			}
		default:
			if !p.take("{") {
				return nil, p.fail("the options of " + b.name)
			}
			for !p.take("}") {
				name := p.word()
				if name == "" || !p.take("=>") {
					return nil, p.fail("an option of " + b.name)
				}
				if _, twice := b.options[name]; twice {
					return nil, p.fail(name + " once")
				}
				if b.options[name], err = p.value(); err != nil {
					return nil, err
				}
			}
		}
		out = append(out, b)
	}
	return out, nil
}

// parsePipeline returns the sections of a pipeline by name.
func parsePipeline(text string) (map[string][]block, error) {
	p := &pipelineParser{text: []rune(text)}
	out := map[string][]block{}
	for p.space(); p.at < len(p.text); p.space() {
		section := p.word()
		if !slices.Contains([]string{"input", "filter", "output"}, section) {
			return nil, p.fail("input, filter or output")
		}
		blocks, err := p.blocks()
		if err != nil {
			return nil, err
		}
		out[section] = append(out[section], blocks...)
	}
	return out, nil
}

// plugins calls visit with every plugin, those of conditions as well.
func plugins(blocks []block, visit func(block)) {
	for _, b := range blocks {
		if b.name != "if" {
			visit(b)
		}
		plugins(b.inner, visit)
	}
}

// TestLogstashGrammar keeps the parser from accepting anything.
func TestLogstashGrammar(t *testing.T) {
	for text, ok := range map[string]bool{
		`input { beats { port => 5044 } } # end`:                                                         true,
		`filter { if [a][b.c] in ["x", "y"] and ![d] { mutate { } } else if [e] { } else { json { } } }`: true,
		`filter { mutate { add_field => { "a" => "b" c => 1 } gsub => ["a", '\d"', "}"] } }`:             true,
		`filter { else { mutate { } } }`:                                                                 false,
		`filter { mutate { a => } }`:                                                                     false,
		`filter { mutate { a => ["b" "c"] } }`:                                                           false,
		`filter { mutate { a = "b" } }`:                                                                  false,
		`filter { mutate { a => "b" a => "c" } }`:                                                        false,
		`filter { mutate { a => "b }`:                                                                    false,
		`filters { }`:                                                                                    false,
		`filter { if [a { mutate { } } }`:                                                                false,
	} {
		if _, err := parsePipeline(text); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}
