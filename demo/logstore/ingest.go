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
	"strings"
	"time"
)

// parsed is a document on its way in.
type parsed struct {
	id, source string
	tree       map[string]any
}

// parse decodes a document and, with pipeline, normalises it as
// stack/elasticsearch/pipeline-logs-mldemo.json does. The parsed value has its
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
		normalise(d.tree, now())
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
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d.tree); err != nil {
		return d, refuse("document_parsing_exception", "failed to parse: %v", err)
	}
	d.source = strings.TrimSuffix(b.String(), "\n")
	return d, nil
}

// idBytes is the length of an id that the store makes up.
const idBytes = 15

func newID() string {
	var b [idBytes]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// normalise is the pipeline. A step that cannot write, because a parent is no
// object, marks the document rather than losing it.
func normalise(tree map[string]any, now time.Time) {
	expand(tree)
	stamp := now.UTC().Format("2006-01-02T15:04:05.000Z")
	level := tree["level"]
	delete(tree, "level")
	if l := get(tree, "log.level"); l != nil {
		level = l
	}
	if s, ok := level.(string); ok {
		level = strings.ToLower(s)
	} else if level == nil {
		level = "info"
	}
	ok := write(tree, "event.ingested", stamp) && write(tree, "log.level", level)
	fallback := func(name string, v any) {
		if get(tree, name) == nil {
			ok = write(tree, name, v) && ok
		}
	}
	fallback("@timestamp", stamp)
	fallback("ecs.version", "8.17.0")
	fallback("event.kind", "event")
	if n, is := get(tree, "http.response.status_code").(json.Number); is {
		if code, err := n.Float64(); err == nil && code >= 500 {
			fallback("event.outcome", "failure")
		} else if err == nil {
			fallback("event.outcome", "success")
		}
	}
	for _, name := range []string{"agent.ephemeral_id", "agent.id", "input", "log.offset"} {
		remove(tree, name)
	}
	if !ok {
		write(tree, "event.kind", "pipeline_error")
		tags, _ := tree["tags"].([]any)
		tree["tags"] = append(tags, "_ingest_failure")
	}
}

// expand turns dotted keys into objects; a dotted key wins over what it meets.
func expand(tree map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		if !strings.Contains(name, ".") || strings.Trim(name, ".") != name || strings.Contains(name, "..") {
			continue
		}
		v := tree[name]
		delete(tree, name)
		at := tree
		parts := strings.Split(name, ".")
		for _, p := range parts[:len(parts)-1] {
			next, ok := at[p].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[p] = next
			}
			at = next
		}
		at[parts[len(parts)-1]] = v
	}
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

// write writes one value at a dotted path; it is false when a parent is no object.
func write(tree map[string]any, path string, v any) bool {
	for {
		name, rest, deeper := strings.Cut(path, ".")
		if !deeper {
			tree[name] = v
			return true
		}
		next, ok := tree[name].(map[string]any)
		if !ok {
			if tree[name] != nil {
				return false
			}
			next = map[string]any{}
			tree[name] = next
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
