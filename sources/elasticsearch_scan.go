package sources

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// A scan reads JSON in place, one pass over the bytes, because a page of hits
// is megabytes of which a line shows a few fields. What it steps over it checks
// only for its end; it never reads past the input.
type scan struct {
	b []byte
	i int
}

var (
	errCut  = errors.New("the JSON ends too early")
	errJSON = errors.New("the JSON is malformed")
)

// next is the first byte of the next token, 0 at the end.
func (s *scan) next() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\r', '\n':
			s.i++
		default:
			return c
		}
	}
	return 0
}

// wrong is the error of a token that is not what it should be.
func (s *scan) wrong() error {
	if s.i >= len(s.b) {
		return errCut
	}
	return errJSON
}

// text reads a string and returns what is between its quotes, escapes and all.
func (s *scan) text() ([]byte, error) {
	if s.next() != '"' {
		return nil, s.wrong()
	}
	start := s.i + 1
	for at := start; ; {
		n := bytes.IndexByte(s.b[at:], '"')
		if n < 0 {
			s.i = len(s.b)
			return nil, errCut
		}
		end := at + n
		slashes := 0
		for end-slashes > start && s.b[end-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			s.i = end + 1
			return s.b[start:end], nil
		}
		at = end + 1
	}
}

// value steps over one value and returns its bytes.
func (s *scan) value() ([]byte, error) {
	switch c := s.next(); c {
	case 0:
		return nil, s.wrong()
	case '"':
		start := s.i
		_, err := s.text()
		return s.b[start:s.i], err
	case '{', '[':
		start := s.i
		for depth := 0; s.i < len(s.b); {
			switch s.b[s.i] {
			case '"':
				if _, err := s.text(); err != nil {
					return nil, err
				}
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					s.i++
					return s.b[start:s.i], nil
				}
			}
			s.i++
		}
		return nil, errCut
	default:
		start := s.i
		for s.i < len(s.b) && strings.IndexByte(" \t\r\n,]}:\"[{", s.b[s.i]) < 0 {
			s.i++
		}
		if start == s.i {
			return nil, errJSON
		}
		return s.b[start:s.i], nil
	}
}

// object reads an object; f is called at each value and must read it.
func (s *scan) object(f func(key []byte) error) error {
	if s.next() != '{' {
		return s.wrong()
	}
	s.i++
	for first := true; ; first = false {
		c := s.next()
		if c == '}' && first {
			s.i++
			return nil
		}
		key, err := s.text()
		if err != nil {
			return err
		}
		if s.next() != ':' {
			return s.wrong()
		}
		s.i++
		if err := f(key); err != nil {
			return err
		}
		switch s.next() {
		case ',':
			s.i++
		case '}':
			s.i++
			return nil
		default:
			return s.wrong()
		}
	}
}

// array reads an array; f is called at each element and must read it.
func (s *scan) array(f func() error) error {
	if s.next() != '[' {
		return s.wrong()
	}
	s.i++
	if s.next() == ']' {
		s.i++
		return nil
	}
	for {
		if err := f(); err != nil {
			return err
		}
		switch s.next() {
		case ',':
			s.i++
		case ']':
			s.i++
			return nil
		default:
			return s.wrong()
		}
	}
}

// unquoted is the text of a scalar: a string without quotes and escapes, any
// other value as it is written, null as nothing.
func unquoted(v []byte) string {
	if len(v) < 2 || v[0] != '"' {
		if string(v) == "null" {
			return ""
		}
		return string(v)
	}
	return unescaped(v[1 : len(v)-1])
}

// unescaped is the text of what stands between quotes.
func unescaped(v []byte) string {
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v)
	}
	var out string
	if json.Unmarshal(append(append([]byte{'"'}, v...), '"'), &out) != nil {
		return string(v)
	}
	return out
}
