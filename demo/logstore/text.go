package logstore

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// tokens splits text as Elasticsearch's standard analyzer does: at the word
// boundaries of Unicode, in lower case, without what is no letter, number or emoji. It
// stops when f returns false.
func tokens(s string, f func(token string) bool) {
	for it := words.FromString(s); it.Next(); {
		w := it.Value()
		if !wordy(w) {
			continue
		}
		if !f(strings.ToLower(w)) {
			return
		}
	}
}

func wordy(w string) bool {
	for i := 0; i < len(w); i++ {
		c := w[i]
		if c >= utf8.RuneSelf {
			return strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || emoji(r) })
		}
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			return true
		}
	}
	return false
}

// emoji is about the characters that are pictures.
func emoji(r rune) bool { return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF }

func tokenList(s string) (out []string) {
	tokens(s, func(t string) bool { out = append(out, t); return true })
	return out
}

// hasToken says whether a text has a token that passes. Sub is a part that such
// a token must have, in lower case, so that most texts need not be split.
func hasToken(text, sub string, pass func(string) bool) (found bool) {
	if !containsFold(text, sub) {
		return false
	}
	tokens(text, func(t string) bool { found = pass(t); return !found })
	return found
}

// hasPhrase says whether a text has these tokens one after the other. With
// prefix the last one need only begin a token.
func hasPhrase(text string, phrase []string, prefix bool) bool {
	for _, p := range phrase {
		if !containsFold(text, p) {
			return false
		}
	}
	list := tokenList(text)
	for i := 0; i+len(phrase) <= len(list); i++ {
		ok := true
		for j, p := range phrase {
			t := list[i+j]
			if t != p && !(prefix && j == len(phrase)-1 && strings.HasPrefix(t, p)) {
				ok = false
				break
			}
		}
		if ok {
			return true
		}
	}
	return false
}

// containsFold says whether s has sub, which is in lower case, in any case. It
// may say yes wrongly where s is not ASCII, never no.
func containsFold(s, sub string) bool {
	if sub == "" {
		return true
	}
	c := sub[0]
	for i := 0; i+len(sub) <= len(s); i++ {
		b := s[i]
		if b >= utf8.RuneSelf {
			return true
		}
		if lower(b) == c && equalFold(s[i:i+len(sub)], sub) {
			return true
		}
	}
	return strings.IndexFunc(s[max(0, len(s)-len(sub)):], func(r rune) bool { return r >= utf8.RuneSelf }) >= 0
}

func equalFold(s, low string) bool {
	for i := 1; i < len(low); i++ {
		if s[i] >= utf8.RuneSelf {
			return true
		}
		if lower(s[i]) != low[i] {
			return false
		}
	}
	return true
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// glob says whether s matches a pattern of *, ? and \ before a literal one.
func glob(pattern, s string) bool {
	p, i := 0, 0
	star, mark := -1, 0
	for i < len(s) {
		if p < len(pattern) {
			switch c := pattern[p]; {
			case c == '*':
				star, mark = p, i
				p++
				continue
			case c == '?':
				_, w := utf8.DecodeRuneInString(s[i:])
				p, i = p+1, i+w
				continue
			case c == '\\' && p+1 < len(pattern):
				if pattern[p+1] == s[i] {
					p, i = p+2, i+1
					continue
				}
			case c == s[i]:
				p, i = p+1, i+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		_, w := utf8.DecodeRuneInString(s[mark:])
		mark += w
		p, i = star+1, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
