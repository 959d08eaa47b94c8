package sources

import (
	"strings"
	"unicode"
	"unicode/utf8"

	uax29 "github.com/clipperhouse/uax29/v2/words"
)

// maxToken is the characters of the longest word of a text; what is longer is
// several.
const maxToken = 255

// eachWord splits text as Elasticsearch's standard analyzer does: at the word
// boundaries of Unicode, in lower case, without what is no letter, number or
// emoji. It stops when f returns false.
func eachWord(s string, f func(word string) bool) {
	for it := uax29.FromString(s); it.Next(); {
		w := it.Value()
		if !wordy(w) {
			continue
		}
		w = strings.ToLower(w)
		for len(w) > maxToken && utf8.RuneCountInString(w) > maxToken {
			cut := 0
			for range maxToken {
				_, n := utf8.DecodeRuneInString(w[cut:])
				cut += n
			}
			if !f(w[:cut]) {
				return
			}
			w = w[cut:]
		}
		if !f(w) {
			return
		}
	}
}

func wordy(w string) bool {
	for i := 0; i < len(w); i++ {
		c := w[i]
		if c >= utf8.RuneSelf {
			return strings.ContainsFunc(w[i:], func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || emoji(r) })
		}
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			return true
		}
	}
	return false
}

// emoji is about the characters that are pictures.
func emoji(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF
}

func wordList(s string) (out []string) {
	eachWord(s, func(w string) bool { out = append(out, w); return true })
	return out
}

// hasWord says whether a text has a word that passes. Part is what such a word
// has in it, in lower case, so that most texts need not be split.
func hasWord(text, part string, pass func(string) bool) (found bool) {
	if !mayHave(text, part) {
		return false
	}
	eachWord(text, func(w string) bool { found = pass(w); return !found })
	return found
}

// hasWords says whether a text has these words one after the other.
func hasWords(text string, list []string) bool {
	for _, w := range list {
		if !mayHave(text, w) {
			return false
		}
	}
	if len(list) == 1 {
		return hasWord(text, list[0], func(w string) bool { return w == list[0] })
	}
	all := wordList(text)
	for i := 0; i+len(list) <= len(all); i++ {
		n := 0
		for n < len(list) && all[i+n] == list[n] {
			n++
		}
		if n == len(list) {
			return true
		}
	}
	return false
}

// mayHave says whether s has part, which is in lower case, in any case. It may
// say yes wrongly where one of them is not ASCII, never no.
func mayHave(s, part string) bool {
	if part == "" {
		return true
	}
	low := part[0]
	if low >= utf8.RuneSelf {
		return true
	}
	up := low
	if 'a' <= low && low <= 'z' {
		up = low - 'a' + 'A'
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			return true
		case c != low && c != up:
		default:
			n := 1
			for n < len(part) && i+n < len(s) && (s[i+n] == part[n] || 'A' <= s[i+n] && s[i+n] <= 'Z' && s[i+n]+'a'-'A' == part[n]) {
				n++
			}
			if n == len(part) || i+n < len(s) && s[i+n] >= utf8.RuneSelf || part[n] >= utf8.RuneSelf {
				return true
			}
		}
	}
	return false
}

// globbed says whether s is the parts of a pattern, anything between them.
func globbed(parts []string, s string) bool {
	last := len(parts) - 1
	if last == 0 {
		return s == parts[0]
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	for _, p := range parts[1:last] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return strings.HasSuffix(s, parts[last])
}
