package sources

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
)

// curl is a request as a command for a shell, without secrets.
func (t *transport) curl(method, at string, body []byte) string {
	args := append([]string{"curl", "-X", method}, t.flags...)
	if body != nil {
		args = append(args, "-H 'Content-Type: application/json'", "-d "+shellQuoted(string(body)))
	}
	return strings.Join(append(args, shellQuoted(Clean(t.base.JoinPath(at).String()))), " ")
}

// shellQuoted is s as one word of a POSIX shell.
func shellQuoted(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// JSON encodes v on one line so that a terminal shows all of it: what draws
// nothing is escaped.
func JSON(v any) ([]byte, error) { return visibleJSON(v) }

// visibleJSON encodes v so that a terminal shows all of it: what draws nothing
// is escaped.
func visibleJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	plain := strings.TrimSuffix(b.String(), "\n")
	b.Reset()
	for _, r := range plain {
		switch {
		case !invisible(r) && !breaksLine(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes(), nil
}
