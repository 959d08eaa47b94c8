package logstore

import (
	"bytes"
	"encoding/json"
	"strings"
)

// sourceFilter says which parts of a document are sent. The zero value sends all.
type sourceFilter struct {
	off                bool
	includes, excludes []string
}

func parseSource(v any) (sourceFilter, error) {
	var f sourceFilter
	switch v := v.(type) {
	case bool:
		f.off = !v
	case string, []any:
		for _, e := range list(v) {
			f.includes = append(f.includes, str(e))
		}
	case map[string]any:
		if err := known("_source", v, "includes", "include", "excludes", "exclude"); err != nil {
			return f, err
		}
		for _, name := range []string{"includes", "include"} {
			for _, e := range list(v[name]) {
				f.includes = append(f.includes, str(e))
			}
		}
		for _, name := range []string{"excludes", "exclude"} {
			for _, e := range list(v[name]) {
				f.excludes = append(f.excludes, str(e))
			}
		}
	default:
		return f, refuse("parsing_exception", "Expected one of [VALUE_BOOLEAN, START_OBJECT] for [_source]")
	}
	return f, nil
}

// apply is the part of a document that is sent; it is false for none.
func (f sourceFilter) apply(source string) ([]byte, bool, error) {
	if f.off {
		return nil, false, nil
	}
	if f.includes == nil && f.excludes == nil {
		return []byte(source), true, nil
	}
	tree, err := decode([]byte(source))
	if err != nil {
		return nil, false, err
	}
	out, _ := f.filter("", tree)
	if out == nil {
		out = map[string]any{}
	}
	b, err := json.Marshal(out)
	return b, true, err
}

// filter is the part of a value that passes, and whether there is any.
func (f sourceFilter) filter(path string, v any) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			p := k
			if path != "" {
				p = path + "." + k
			}
			if kept, ok := f.filter(p, e); ok {
				out[k] = kept
			}
		}
		return out, len(out) > 0
	case []any:
		var out []any
		for _, e := range v {
			if kept, ok := f.filter(path, e); ok {
				out = append(out, kept)
			}
		}
		return out, len(out) > 0 || len(v) == 0 && f.passes(path)
	}
	return v, f.passes(path)
}

func (f sourceFilter) passes(path string) bool {
	return (f.includes == nil || covers(f.includes, path)) && !covers(f.excludes, path)
}

// covers says whether a pattern matches the path or one that it lies under.
func covers(patterns []string, path string) bool {
	for _, p := range patterns {
		for end := len(path); end > 0; end = strings.LastIndexByte(path[:end], '.') {
			if glob(p, path[:end]) {
				return true
			}
		}
	}
	return false
}

// decode reads a JSON object and keeps its numbers as they are written.
func decode(b []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var out map[string]any
	return out, dec.Decode(&out)
}
