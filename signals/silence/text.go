package silence

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"firewatch/sources"
)

// reserved are the characters that a name or value must be quoted for, white
// space aside, as in Alertmanager's own syntax.
const reserved = "{}!=~,\\\"'`"

// Format writes matchers the way amtool and Alertmanager's pages do, separated
// by commas, what a terminal cannot show being escaped; [Parse] reads it back.
func Format(ms []sources.Matcher) string {
	parts := make([]string, len(ms))
	for i, m := range ms {
		parts[i] = m.String()
	}
	return strings.Join(parts, ", ")
}

// Parse reads matchers such as `alertname="HighErrorRate", team=~"core|web"`:
// separated by commas or blanks, with or without braces around them, quotes
// where a name or value has blanks or one of {}!=~,\"'`. The error says where
// it stopped.
func Parse(text string) ([]sources.Matcher, error) {
	s := strings.TrimSpace(text)
	if strings.HasPrefix(s, "{") {
		if !strings.HasSuffix(s, "}") {
			return nil, errors.New("the brace that opens the matchers is not closed")
		}
		s = s[1 : len(s)-1]
	}
	var out []sources.Matcher
	for {
		s = strings.TrimLeft(s, " \t\r\n,")
		if s == "" {
			break
		}
		m, rest, err := ParseOne(s)
		if err != nil {
			return nil, err
		}
		out, s = append(out, m), rest
	}
	if len(out) == 0 {
		return nil, errors.New("no matcher: write at least one, such as alertname=\"HighErrorRate\"")
	}
	if _, err := Compile(out); err != nil {
		return nil, err
	}
	return out, nil
}

// FormatSets writes several sets of matchers, each in braces; one alone without.
func FormatSets(sets [][]sources.Matcher) string {
	if len(sets) == 1 {
		return Format(sets[0])
	}
	out := make([]string, len(sets))
	for i, ms := range sets {
		out[i] = "{" + Format(ms) + "}"
	}
	return strings.Join(out, " ")
}

// ParseSets reads what [FormatSets] writes: several sets of matchers in braces
// make several silences, what [Parse] reads makes one.
func ParseSets(text string) ([][]sources.Matcher, error) {
	s := strings.TrimSpace(text)
	if !strings.HasPrefix(s, "{") {
		ms, err := Parse(s)
		return [][]sources.Matcher{ms}, err
	}
	var out [][]sources.Matcher
	for s != "" {
		inside, ok := strings.CutPrefix(s, "{")
		if !ok {
			return nil, fmt.Errorf("between two sets of matchers comes nothing, not %q", head(s))
		}
		end := closing(inside)
		if end < 0 {
			return nil, errors.New("the brace that opens the matchers is not closed")
		}
		ms, err := Parse(inside[:end])
		if err != nil {
			return nil, err
		}
		out = append(out, ms)
		s = strings.TrimLeft(inside[end+1:], " \t\r\n,;")
	}
	return out, nil
}

// closing is where the first brace closes that no quotes hold; -1 if none does.
func closing(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case quoted && s[i] == '\\':
			i++
		case !quoted && s[i] == '}':
			return i
		}
	}
	return -1
}

// Join makes one expression of several values that a label should have, since
// all matchers of a silence have to hold and no label has two values: team=core
// and team=web become team=~"core|web". A matcher that says the same as another
// is left out. It returns the labels that were joined, sorted; without any the
// matchers mean what they meant.
func Join(ms []sources.Matcher) (out []sources.Matcher, joined []string) {
	for _, m := range ms {
		at := slices.IndexFunc(out, func(o sources.Matcher) bool { return apart(o, m) })
		switch {
		case slices.Contains(out, m):
		case at < 0:
			out = append(out, m)
		default:
			out[at] = sources.Matcher{Name: m.Name, Value: alternative(out[at]) + "|" + alternative(m), Regex: true, Equal: true}
			joined = append(joined, m.Name)
		}
	}
	slices.Sort(joined)
	return out, slices.Compact(joined)
}

// apart says whether no label can have what both ask of it, one of them being a
// plain value.
func apart(a, b sources.Matcher) bool {
	if a.Name != b.Name || !a.Equal || !b.Equal || a.Regex && b.Regex {
		return false
	}
	if a.Regex {
		a, b = b, a
	}
	ok, err := Matches([]sources.Matcher{b}, map[string]string{a.Name: a.Value})
	return err == nil && !ok
}

// alternative is a matcher's value as a part of an expression.
func alternative(m sources.Matcher) string {
	if m.Regex {
		return m.Value
	}
	return regexp.QuoteMeta(m.Value)
}

// ParseOne reads the matcher that text starts with, and returns what follows it.
func ParseOne(text string) (m sources.Matcher, rest string, err error) {
	name, rest, err := word(text, "a label name")
	if err != nil {
		return m, text, err
	}
	m.Name, rest = name, strings.TrimLeft(rest, " \t")
	for _, op := range []struct {
		text         string
		regex, equal bool
	}{{"=~", true, true}, {"!~", true, false}, {"!=", false, false}, {"=", false, true}} {
		if after, ok := strings.CutPrefix(rest, op.text); ok {
			m.Regex, m.Equal = op.regex, op.equal
			m.Value, rest, err = word(strings.TrimLeft(after, " \t"), "a value for "+name)
			return m, rest, err
		}
	}
	return m, text, fmt.Errorf("after %s comes one of = != =~ !~, not %q", name, head(rest))
}

// word is a quoted string or a run of characters that need no quotes.
func word(s, what string) (value, rest string, err error) {
	if strings.HasPrefix(s, `"`) {
		quoted, err := strconv.QuotedPrefix(s)
		if err != nil {
			return "", s, fmt.Errorf("the quote of %s is not closed: %s", what, head(s))
		}
		value, err = strconv.Unquote(quoted)
		if err != nil {
			return "", s, fmt.Errorf("%s is quoted wrongly: %s", what, head(quoted))
		}
		return value, s[len(quoted):], nil
	}
	end := strings.IndexAny(s, reserved+" \t\r\n")
	if end < 0 {
		end = len(s)
	}
	if end == 0 {
		return "", s, fmt.Errorf("%s is missing before %q: use quotes around special characters", what, head(s))
	}
	return s[:end], s[end:], nil
}

// head is the beginning of s, for an error.
func head(s string) string {
	if len(s) <= 20 {
		return s
	}
	return strings.ToValidUTF8(s[:20], "") + "…"
}
