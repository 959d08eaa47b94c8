package silence

import (
	"errors"
	"fmt"
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
