package logstore

import (
	"encoding/json"
	"slices"
	"strings"
)

// seen says whether a document of the streams has had the field.
func (s *Store) seen(streams []*stream, name string) bool {
	return slices.ContainsFunc(streams, func(st *stream) bool { return st.fields[name] })
}

// fieldCaps answers _field_caps: what the fields are and can do.
func (s *Store) fieldCaps(r *request) (any, error) {
	body, err := r.object()
	if err != nil {
		return nil, err
	}
	patterns := strings.Split(r.params.Get("fields"), ",")
	for k, v := range body {
		switch k {
		case "fields":
			patterns = nil
			for _, p := range list(v) {
				patterns = append(patterns, str(p))
			}
		default:
			return nil, unsupported("[" + short(k) + "] in _field_caps")
		}
	}
	if patterns[0] == "" {
		return nil, refuse("action_request_validation_exception", "Validation Failed: 1: no fields specified;")
	}
	var noParents, noMetadata bool
	for f := range strings.SplitSeq(r.params.Get("filters"), ",") {
		switch f {
		case "":
		case "-parent":
			noParents = true
		case "-metadata":
			noMetadata = true
		default:
			return nil, unsupported("the filter [" + short(f) + "] in _field_caps")
		}
	}
	hideEmpty := r.params.Get("include_empty_fields") == "false"
	s.mu.RLock()
	defer s.mu.RUnlock()
	target, err := s.target(r)
	if err != nil {
		return nil, err
	}
	streams := s.names(target)
	fields := map[string]any{}
	add := func(name, kind string, metadata, searchable, aggregatable bool) {
		fields[name] = map[string]any{kind: map[string]any{"type": kind, "metadata_field": metadata, "searchable": searchable, "aggregatable": aggregatable}}
	}
	wanted := func(name string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { return glob(p, name) })
	}
	caps := func(name string, f *field) {
		if !wanted(name) || !s.seen(streams, f.name) && (hideEmpty || !f.declared) {
			return
		}
		add(name, f.kind, false, !f.hidden, f.kind != "text" && !f.hidden)
		for i := strings.LastIndexByte(name, '.'); i > 0 && !noParents; i = strings.LastIndexByte(name[:i], '.') {
			add(name[:i], "object", false, false, false)
		}
	}
	indices := []string{}
	for _, st := range streams {
		indices = append(indices, st.name)
	}
	if len(streams) > 0 {
		for name, f := range s.mapping.fields {
			caps(name, f)
		}
		for name, to := range aliases {
			caps(name, s.mapping.fields[to])
		}
		for _, name := range []string{"_id", "_index"} {
			if !noMetadata && wanted(name) {
				add(name, name, true, true, name == "_index")
			}
		}
	}
	return map[string]any{"indices": indices, "fields": fields}, nil
}

// mappings answers _mapping.
func (s *Store) mappings(r *request) (any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	target, err := s.target(r)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, st := range s.names(target) {
		root := map[string]any{}
		put := func(name string, leaf map[string]any) {
			at := root
			parts := strings.Split(name, ".")
			for _, p := range parts[:len(parts)-1] {
				next, ok := at[p].(map[string]any)
				if !ok {
					next = map[string]any{"properties": map[string]any{}}
					at[p] = next
				}
				at = next["properties"].(map[string]any)
			}
			at[parts[len(parts)-1]] = leaf
		}
		for name, f := range s.mapping.fields {
			if f.declared || st.fields[name] {
				put(name, map[string]any{"type": f.kind})
			}
		}
		for name, to := range aliases {
			put(name, map[string]any{"type": "alias", "path": to})
		}
		out[st.name] = map[string]any{"mappings": map[string]any{"properties": root}}
	}
	return out, nil
}

// termsEnum answers _terms_enum: the values of a keyword that begin with a text.
func (s *Store) termsEnum(r *request) (any, error) {
	body, err := r.object()
	if err != nil {
		return nil, err
	}
	for k := range body {
		if !slices.Contains([]string{"field", "string", "size", "timeout", "case_insensitive", "index_filter"}, k) {
			return nil, unsupported("[" + short(k) + "] in _terms_enum")
		}
	}
	size := 10
	if body["size"] != nil {
		if size, err = natural("size", body["size"]); err != nil {
			return nil, err
		}
	}
	prefix, fold := str(body["string"]), body["case_insensitive"] == true
	if fold {
		prefix = strings.ToLower(prefix)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	target, err := s.target(r)
	if err != nil {
		return nil, err
	}
	want := all
	if body["index_filter"] != nil {
		c := &compiler{m: &s.mapping, now: s.opts.Now()}
		if want, err = c.query(body["index_filter"]); err != nil {
			return nil, err
		}
	}
	if target != nil {
		want = both([]clause{byDoc(func(d *doc) bool { return target[d.stream] }), want})
	}
	terms := []string{}
	if f := s.mapping.field(str(body["field"])); f != nil && (f.kind == "keyword" || f.kind == "ip") {
		for _, seg := range s.segments {
			c := seg.columns[f]
			if c == nil {
				continue
			}
			seen := make([]bool, len(c.values))
			want(seg).each(func(at int) { c.each(at, func(o uint32) { seen[o] = true }) })
			for o, ok := range seen {
				t := c.values[o].text
				if ok && (strings.HasPrefix(t, prefix) || fold && strings.HasPrefix(strings.ToLower(t), prefix)) {
					terms = append(terms, t)
				}
			}
		}
	}
	slices.Sort(terms)
	terms = slices.Compact(terms)
	return map[string]any{
		"_shards": json.RawMessage(shardsJSON(len(s.names(target)))), "terms": terms[:min(size, len(terms))], "complete": true,
	}, nil
}
