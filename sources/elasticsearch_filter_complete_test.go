package sources

import (
	"strings"
	"testing"
)

func TestCompleteFilter(t *testing.T) {
	const field, operator, value, connective = ExpectField, ExpectOperator, ExpectValue, ExpectConnective
	tests := []struct {
		text   string // | is the cursor
		expect Expect
		field  string
		word   string
		span   string // what a completion replaces
	}{
		{"|", field, "", "", ""},
		{"  |", field, "", "", ""},
		{"ser|", field, "", "ser", "ser"},
		{"service.na|me: x", field, "", "service.na", "service.name"},
		{"service.name |", operator | connective, "service.name", "", ""},
		{"service.name:|", value, "service.name", "", ""},
		{"service.name: |", value, "service.name", "", ""},
		{"service.name: che|", value, "service.name", "che", "che"},
		{"service.name: che|ck and x", value, "service.name", "che", "check"},
		{`service.name: "che|`, value, "service.name", "che", `"che`},
		{`service.name: "a b|`, value, "service.name", "a b", `"a b`},
		{`"service.name": |`, value, "service.name", "", ""},
		{"service.name: checkout |", connective, "", "", ""},
		{"service.name: checkout a|", connective, "", "a", "a"},
		{`service.name: "checkout" |`, connective, "", "", ""},
		{"service.name: checkout and |", field, "", "", ""},
		{"service.name: checkout AND ht|", field, "", "ht", "ht"},
		{"service.name: checkout and not |", field, "", "", ""},
		{"not |", field, "", "", ""},
		{"no|", field, "", "no", "no"},
		{"(|", field, "", "", ""},
		{"(a: b |", connective, "", "", ""},
		{"(a: b) |", connective, "", "", ""},
		{"(a: b) or (c|", field, "", "c", "c"},
		{"a: (|", value, "a", "", ""},
		{"a: (x |", connective, "", "", ""},
		{"a: (x or |", value, "a", "", ""},
		{"a: (x or not y|", value, "a", "y", "y"},
		{"a: (x or (y and z|", value, "a", "z", "z"},
		{"a: (x or (y and z) |", connective, "", "", ""},
		{"a: (x or y) |", connective, "", "", ""},
		{"a: (x or y) and |", field, "", "", ""},
		{"status >= |", value, "status", "", ""},
		{"status >= 5|", value, "status", "5", "5"},
		{"status >|", value, "status", "", ""},
		{"status >= 500 |", connective, "", "", ""},
		{"timeout |", operator | connective, "timeout", "", ""},
		{`user: a\:b|`, value, "user", "a:b", `a\:b`},
		{"labels.*: |", value, "labels.*", "", ""},
		{"lucene: a|", field, "", "", ""},
		{"日本: 語|", value, "日本", "語", "語"},
		{")|", connective, "", "", ""},
	}
	for _, tt := range tests {
		at := strings.IndexByte(tt.text, '|')
		text := tt.text[:at] + tt.text[at+1:]
		p := CompleteFilter(text, at)
		if p.Expect != tt.expect || p.Field != tt.field || p.Word != tt.word || text[p.From:p.To] != tt.span {
			t.Errorf("%s: %+v replaces %q", tt.text, p, text[p.From:p.To])
		}
	}
	if p := CompleteFilter(`a: (b or (c and "d`, 18); p.Open != 2 || !p.Quoted {
		t.Errorf("two parentheses and a quote are open: %+v", p)
	}
}
