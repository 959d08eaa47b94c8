package sources

import "strings"

// Expect is what may follow at a place of a filter, several at once.
type Expect uint8

// What a filter may go on with.
const (
	// ExpectField is the name of a field, or a word of the message.
	ExpectField Expect = 1 << iota
	// ExpectOperator is : < <= > or >=, after a word that may be a field's name.
	ExpectOperator
	// ExpectValue is a value of a field.
	ExpectValue
	// ExpectConnective is and, or, not, or a closing parenthesis where one is open.
	ExpectConnective
)

// A FilterPlace says how a filter may go on at the cursor.
type FilterPlace struct {
	Expect Expect
	// Field is the field whose value or operator is expected, empty for none.
	Field string
	// Word is what is typed of it before the cursor, without quotes and escapes.
	Word string
	// From and To are the bytes of the filter that a completion replaces.
	From, To int
	// Quoted says that a quote is open before the cursor, Open how many
	// parentheses are.
	Quoted bool
	Open   int
}

// CompleteFilter says how a filter that need not parse may go on at a cursor,
// which is a byte of it. It works on what is before the cursor; a word around
// it is replaced whole. After "lucene:" nothing is known: a field is expected.
func CompleteFilter(text string, cursor int) FilterPlace {
	cursor = min(max(cursor, 0), len(text), maxFilterLength)
	p := FilterPlace{Expect: ExpectField, From: cursor, To: cursor}
	if strings.HasPrefix(strings.TrimSpace(text), lucenePrefix) {
		return p
	}
	lex := filterLexer{text: text[:cursor]}
	// Each parenthesis that is open is one of a field's values, or of conditions.
	var fields []string
	within := func() string {
		if len(fields) == 0 {
			return ""
		}
		return fields[len(fields)-1]
	}
	begin := func() (Expect, string) {
		if f := within(); f != "" {
			return ExpectValue, f
		}
		return ExpectField, ""
	}
	var last string // the word that an operator may follow
	for {
		t := lex.next()
		if t.kind == end {
			break
		}
		touches := t.to == cursor && (t.kind == bare || t.kind == wrong && text[t.at] != '{' && text[t.at] != '}')
		if touches {
			p.From, p.Word = t.at, t.text
			p.Quoted = text[t.at] == '"'
			if !p.Quoted {
				for p.To < len(text) && strings.IndexByte(filterSpace+`():<>"{}`, text[p.To]) < 0 {
					p.To++
				}
			}
			break
		}
		switch {
		case t.keyword() != "":
			p.Expect, p.Field = begin()
		case t.kind == open:
			of := ""
			if p.Expect == ExpectValue {
				of = p.Field
			}
			fields = append(fields, of)
			p.Expect, p.Field = begin()
		case t.kind == closing:
			fields = fields[:max(len(fields)-1, 0)]
			p.Expect, p.Field = ExpectConnective, ""
		case t.kind == colon || t.kind == order:
			p.Expect, p.Field = ExpectValue, last
		case p.Expect == ExpectValue:
			p.Expect, p.Field = ExpectConnective, ""
		case within() != "":
			p.Expect = ExpectConnective
		default:
			p.Expect, p.Field = ExpectOperator|ExpectConnective, t.text
		}
		last = t.text
	}
	p.Open = len(fields)
	if p.From < cursor && p.Expect&(ExpectConnective|ExpectOperator) != 0 {
		p.Expect = ExpectConnective // a word is begun that is no operator
	}
	return p
}
