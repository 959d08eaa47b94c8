package logstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// resolve finds the streams that an index expression names: names, patterns
// and exclusions, separated by commas. Nil stands for all. The lock must be held.
func (s *Store) resolve(expr string, ignoreUnavailable, allowNone bool) (map[*stream]bool, error) {
	if expr == "" || expr == "_all" || expr == "*" {
		return nil, nil
	}
	out := map[*stream]bool{}
	wild := false
	for name := range strings.SplitSeq(expr, ",") {
		no := wild && strings.HasPrefix(name, "-")
		if no {
			name = name[1:]
		}
		if strings.HasPrefix(name, "_") && name != "_all" {
			return nil, refuse("invalid_index_name_exception", "Invalid index name [%s], must not start with '_'.", short(name))
		}
		pattern := strings.Contains(name, "*") || name == "_all"
		wild = wild || pattern
		found := false
		for _, st := range s.streams {
			if name == "_all" || glob(strings.ReplaceAll(name, "?", `\?`), st.name) {
				found = true
				if no {
					delete(out, st)
				} else {
					out[st] = true
				}
			}
		}
		if !found && !no && !pattern && !ignoreUnavailable || !found && !no && pattern && !allowNone {
			return nil, missing(name)
		}
	}
	return out, nil
}

func (s *Store) target(r *request) (map[*stream]bool, error) {
	none := r.params.Get("allow_no_indices")
	return s.resolve(r.index, r.flag("ignore_unavailable"), none == "" || none == "true")
}

// names lists streams in order.
func (s *Store) names(streams map[*stream]bool) (out []*stream) {
	for _, name := range slices.Sorted(maps.Keys(s.streams)) {
		if st := s.streams[name]; streams == nil || streams[st] {
			out = append(out, st)
		}
	}
	return out
}

// search answers _search.
func (s *Store) search(r *request) (any, error) {
	body, err := r.object()
	if err != nil {
		return nil, err
	}
	if err := r.merge(body); err != nil {
		return nil, err
	}
	return s.find(r, body)
}

// merge puts the parameters of the address into the body.
func (r *request) merge(body map[string]any) error {
	if q := r.params.Get("q"); q != "" {
		qs := map[string]any{"query": q}
		for param, name := range map[string]string{"df": "default_field", "default_operator": "default_operator", "lenient": "lenient", "analyze_wildcard": "analyze_wildcard"} {
			if v := r.params.Get(param); v != "" {
				qs[name] = v
			}
		}
		if r.flag("lenient") {
			qs["lenient"] = true
		}
		body["query"] = map[string]any{"query_string": qs}
	}
	for _, name := range []string{"size", "from"} {
		if v := r.params.Get(name); v != "" {
			body[name] = v
		}
	}
	if v := r.params.Get("track_total_hits"); v != "" {
		body["track_total_hits"] = v
		if b, err := strconv.ParseBool(v); err == nil {
			body["track_total_hits"] = b
		}
	}
	if v := r.params.Get("sort"); v != "" {
		var fields []any
		for f := range strings.SplitSeq(v, ",") {
			name, order, ok := strings.Cut(f, ":")
			if !ok {
				order = "asc"
			}
			fields = append(fields, map[string]any{name: order})
		}
		body["sort"] = fields
	}
	if v := r.params.Get("search_type"); v != "" && v != "query_then_fetch" {
		return unsupported("[search_type] " + short(v))
	}
	source := map[string]any{}
	split := func(v string) (out []any) {
		for p := range strings.SplitSeq(v, ",") {
			out = append(out, p)
		}
		return out
	}
	if v := r.params.Get("_source"); v == "true" || v == "false" {
		body["_source"] = v == "true"
	} else if v != "" {
		source["includes"] = split(v)
	}
	if v := r.params.Get("_source_includes"); v != "" {
		source["includes"] = split(v)
	}
	if v := r.params.Get("_source_excludes"); v != "" {
		source["excludes"] = split(v)
	}
	if len(source) > 0 {
		body["_source"] = source
	}
	return nil
}

func (s *Store) find(r *request, body map[string]any) (any, error) {
	start := time.Now()
	s.mu.RLock()
	q, err := s.parseSearch(body)
	s.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	q.typed = r.flag("typed_keys")
	var v view
	if q.pit != "" {
		if r.index != "" {
			return nil, refuse("illegal_argument_exception", "[indices] cannot be used with point in time. Do not specify any index with point in time.")
		}
		s.mu.Lock()
		p, err := s.pit(q.pit, q.keep)
		s.mu.Unlock()
		if err != nil {
			return nil, err
		}
		v, q.streams = p.view, p.streams
	}
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		return nil, errClosed
	}
	if q.pit == "" {
		v = s.view()
		if q.streams, err = s.target(r); err != nil {
			s.mu.RUnlock()
			return nil, err
		}
	}
	shards := len(s.names(q.streams))
	f, err := q.run(v)
	s.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	return q.write(f, time.Since(start), shards, q.pit)
}

// msearch answers several searches, each with its own error.
func (s *Store) msearch(r *request) (any, error) {
	start := time.Now()
	lines := bytes.Split(bytes.TrimSuffix(r.body, []byte("\n")), []byte("\n"))
	if len(lines)%2 != 0 || len(lines) > 200 {
		return nil, refuse("illegal_argument_exception", "_msearch needs pairs of a header and a body, at most 100 of them")
	}
	out := []json.RawMessage{}
	for i := 0; i < len(lines); i += 2 {
		one := *r
		answer, err := func() (any, error) {
			head := request{body: lines[i]}
			h, err := head.object()
			if err != nil {
				return nil, err
			}
			var names []string
			for _, n := range list(h["index"]) {
				names = append(names, str(n))
			}
			if len(names) > 0 {
				one.index = strings.Join(names, ",")
			}
			one.params = maps.Clone(r.params)
			for _, k := range slices.Sorted(maps.Keys(h)) {
				switch k {
				case "index", "preference", "search_type":
				case "ignore_unavailable", "allow_no_indices":
					one.params.Set(k, str(h[k]))
				default:
					return nil, unsupported("[" + short(k) + "] in the header of _msearch")
				}
			}
			one.body = lines[i+1]
			body, err := one.object()
			if err != nil {
				return nil, err
			}
			return s.find(&one, body)
		}()
		if err != nil {
			var ref *refusal
			if !errors.As(err, &ref) || ref.status == 400 && ref.cause == nil { // what does not parse spoils the whole request
				return nil, err
			}
			out = append(out, mustJSON(ref.body()))
			continue
		}
		b := answer.([]byte)
		out = append(out, append(b[:len(b)-1], `,"status":200}`...))
	}
	return map[string]any{"took": time.Since(start).Milliseconds(), "responses": out}, nil
}

// count answers _count.
func (s *Store) count(r *request) (any, error) {
	body, err := r.object()
	if err != nil {
		return nil, err
	}
	if err := r.merge(body); err != nil {
		return nil, err
	}
	for k := range body {
		if k != "query" {
			return nil, refuse("parsing_exception", "request does not support [%s]", short(k))
		}
	}
	body["size"], body["track_total_hits"] = "0", true
	s.mu.RLock()
	defer s.mu.RUnlock()
	q, err := s.parseSearch(body)
	if err != nil {
		return nil, err
	}
	if q.streams, err = s.target(r); err != nil {
		return nil, err
	}
	f, err := q.run(s.view())
	if err != nil {
		return nil, err
	}
	return map[string]any{"count": f.total, "_shards": json.RawMessage(shardsJSON(len(s.names(q.streams))))}, nil
}

// pointInTime opens and closes snapshots.
func (s *Store) pointInTime(r *request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == "DELETE" {
		body, err := r.object()
		if err != nil {
			return nil, err
		}
		id := str(body["id"])
		if s.pits[id] == nil {
			r := failure(404, "search_context_missing_exception", "No search context found for id ["+short(id)+"]")
			return nil, r
		}
		delete(s.pits, id)
		return map[string]any{"succeeded": true, "num_freed": 1}, nil
	}
	keep, err := parseDuration(r.params.Get("keep_alive"))
	if err != nil {
		return nil, err
	}
	if r.index == "" {
		return nil, refuse("action_request_validation_exception", "Validation Failed: 1: [index] is not specified;")
	}
	streams, err := s.target(r)
	if err != nil {
		return nil, err
	}
	id, err := s.openPit(streams, keep)
	if err != nil {
		return nil, err
	}
	return map[string]any{"id": id, "_shards": json.RawMessage(shardsJSON(len(s.names(streams))))}, nil
}

// exists answers HEAD name.
func (s *Store) exists(r *request) (any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, err := s.target(r)
	return nil, err
}

// refresh has nothing to do: a document is found as soon as it is taken in.
func (s *Store) refresh(r *request) (any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	streams, err := s.target(r)
	return map[string]any{"_shards": json.RawMessage(shardsJSON(len(s.names(streams))))}, err
}

// cat answers _cat/indices.
func (s *Store) cat(r *request) (any, error) {
	what, pattern, _ := strings.Cut(r.rest, "/")
	if what != "indices" {
		return nil, unsupported("[_cat/" + short(what) + "]")
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	streams, err := s.resolve(pattern, false, true)
	if err != nil {
		return nil, err
	}
	columns := []string{"health", "status", "index", "uuid", "pri", "rep", "docs.count", "docs.deleted", "store.size", "pri.store.size"}
	if h := r.params.Get("h"); h != "" {
		columns = strings.Split(h, ",")
	}
	var rows []map[string]string
	for _, st := range s.names(streams) {
		all := map[string]string{
			"health": "green", "status": "open", "index": st.name, "uuid": "_na_", "pri": "1", "rep": "0",
			"docs.count": strconv.Itoa(st.docs), "docs.deleted": "0", "store.size": "0b", "pri.store.size": "0b",
		}
		row := map[string]string{}
		for _, c := range columns {
			v, ok := all[c]
			if !ok {
				return nil, unsupported("the column [" + short(c) + "]")
			}
			row[c] = v
		}
		rows = append(rows, row)
	}
	if r.params.Get("format") == "json" {
		if rows == nil {
			rows = []map[string]string{}
		}
		return rows, nil
	}
	var b strings.Builder
	if r.flag("v") {
		fmt.Fprintln(&b, strings.Join(columns, " "))
	}
	for _, row := range rows {
		for i, c := range columns {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(row[c])
		}
		b.WriteByte('\n')
	}
	return plain(b.String()), nil
}
