package logstore

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// parsed is a document on its way in.
type parsed struct {
	id, source string
	tree       map[string]any
}

// parse decodes a document and, with pipeline, normalises it as
// stack/elasticsearch/pipeline-logs-mldemo.yml does. The parsed value has its
// id even when there is an error.
func parse(id string, raw []byte, pipeline bool, now func() time.Time) (parsed, error) {
	d := parsed{id: id}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	err := dec.Decode(&d.tree)
	if err == nil && d.tree == nil {
		err = errors.New("not an object")
	}
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one value")
		}
	}
	if err != nil {
		return d, refuse("document_parsing_exception", "failed to parse: %v", err)
	}
	if pipeline {
		d.tree = normalise(d.tree, now())
		if s, ok := get(d.tree, "event.id").(string); ok && s != "" {
			d.id = s
		}
	}
	if d.id == "" {
		d.id = newID()
	}
	if len(d.id) > 512 {
		return d, refuse("illegal_argument_exception", "id is too long, must be no longer than 512 bytes but was: %d", len(d.id))
	}
	if v := get(d.tree, "@timestamp"); v == nil {
		return d, refuse("document_parsing_exception", "data stream timestamp field [@timestamp] is missing")
	}
	d.source = string(appendTree(make([]byte, 0, len(raw)+128), d.tree))
	return d, nil
}

// appendTree writes a document that was decoded, its names in order. The
// standard encoder does the same in twice the time, and a history is a hundred
// thousand of them.
func appendTree(b []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		b = append(b, '{')
		for i, k := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendJSON(b, k), ':')
			b = appendTree(b, v[k])
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendTree(b, e)
		}
		return append(b, ']')
	case string:
		return appendJSON(b, v)
	case json.Number:
		return append(b, v...)
	case bool:
		return strconv.AppendBool(b, v)
	}
	return append(b, "null"...)
}

// appendJSON writes a string.
func appendJSON(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			var out bytes.Buffer
			enc := json.NewEncoder(&out)
			enc.SetEscapeHTML(false)
			if enc.Encode(s) != nil {
				return append(b, `""`...)
			}
			return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// idBytes is the length of an id that the store makes up.
const idBytes = 15

func newID() string {
	var b [idBytes]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// get is the value at a dotted path, nil when there is none.
func get(tree map[string]any, path string) any {
	for {
		name, rest, deeper := strings.Cut(path, ".")
		if !deeper {
			return tree[name]
		}
		next, ok := tree[name].(map[string]any)
		if !ok {
			return tree[path] // a dotted key that was not expanded
		}
		tree, path = next, rest
	}
}

func remove(tree map[string]any, path string) {
	for {
		name, rest, deeper := strings.Cut(path, ".")
		if !deeper {
			delete(tree, name)
			return
		}
		next, ok := tree[name].(map[string]any)
		if !ok {
			return
		}
		tree, path = next, rest
	}
}
