package logstore

import (
	"bytes"
	"errors"
	"strings"
	"time"
)

// checkName refuses names that Elasticsearch refuses too.
func checkName(name string) error {
	switch {
	case name == "" || len(name) > 255 || name != strings.ToLower(name) || strings.ContainsAny(name, `\/*?"<>| ,#:`) || strings.ContainsAny(name[:1], "-_+."):
		r := refuse("invalid_index_name_exception", "Invalid index name [%s]", short(name))
		r.extra = map[string]any{"index_uuid": "_na_", "index": short(name)}
		return r
	}
	return nil
}

// pipeline reads the parameter of that name: the pipeline of the template
// unless it is _none.
func (r *request) pipeline() (bool, error) {
	switch p := r.params.Get("pipeline"); p {
	case "", "logs-mldemo":
		return true, nil
	case "_none":
		return false, nil
	default:
		return false, refuse("illegal_argument_exception", "pipeline with id [%s] does not exist", short(p))
	}
}

// index takes in one document: POST name/_doc, or PUT name/_create/id.
func (s *Store) index(r *request) (any, error) {
	if op := r.params.Get("op_type"); op != "" && op != "create" && (op != "index" || r.rest != "") {
		return nil, onlyCreate()
	}
	if r.rest != "" && !strings.Contains(r.URL.Path, "/_create/") && r.params.Get("op_type") != "create" {
		return nil, onlyCreate()
	}
	pipeline, err := r.pipeline()
	if err != nil {
		return nil, err
	}
	id, err := s.put(r.index, r.rest, r.body, pipeline)
	if err != nil {
		return nil, err
	}
	return created(written(r.index, id)), nil
}

func onlyCreate() error {
	return refuse("illegal_argument_exception", "only write ops with an op_type of create are allowed in data streams")
}

func written(index, id string) map[string]any {
	return map[string]any{
		"_index": index, "_id": id, "_version": 1, "result": "created", "_seq_no": 0, "_primary_term": 1,
		"_shards": map[string]int{"total": 1, "successful": 1, "failed": 0},
	}
}

// bulk takes in lines of an action and a document each. Every document is
// taken or refused by itself.
func (s *Store) bulk(r *request) (any, error) {
	pipeline, err := r.pipeline()
	if err != nil {
		return nil, err
	}
	if len(r.body) == 0 {
		return nil, refuse("parse_exception", "request body is required")
	}
	if r.body[len(r.body)-1] != '\n' {
		return nil, refuse("illegal_argument_exception", `The bulk request must be terminated by a newline [\n]`)
	}
	start := s.opts.Now()
	items, failed := []any{}, false
	lines := bytes.Split(r.body[:len(r.body)-1], []byte("\n"))
	for i := 0; i < len(lines); i++ {
		if len(bytes.TrimSpace(lines[i])) == 0 {
			continue
		}
		head, err := decode(lines[i])
		if err != nil || len(head) != 1 {
			return nil, refuse("illegal_argument_exception", "Malformed action/metadata line [%d], expected an object with one action", i+1)
		}
		for op, v := range head {
			meta, ok := v.(map[string]any)
			if !ok || op != "create" && op != "index" && op != "update" && op != "delete" {
				return nil, refuse("illegal_argument_exception", "Malformed action/metadata line [%d], expected field [create], [delete], [index] or [update] but found [%s]", i+1, short(op))
			}
			name, id := str(meta["_index"]), str(meta["_id"])
			if name == "" {
				name = r.index
			}
			var err error
			switch {
			case op == "delete":
				err = onlyCreate()
			case i+1 == len(lines):
				return nil, refuse("action_request_validation_exception", "Validation Failed: 1: no document after action/metadata line [%d];", i+1)
			case op == "update" || op == "index" && (id != "" || strings.HasPrefix(name, "logs-")):
				i++
				err = onlyCreate()
			default:
				i++
				var got string
				if got, err = s.put(name, id, lines[i], pipeline); got != "" {
					id = got
				}
			}
			item := written(name, id)
			item["status"] = 201
			if err != nil {
				failed = true
				var ref *refusal
				if !errors.As(err, &ref) {
					return nil, err
				}
				item = map[string]any{"_index": name, "_id": id, "status": ref.status, "error": map[string]any{"type": ref.kind, "reason": ref.reason}}
			}
			items = append(items, map[string]any{op: item})
		}
	}
	return map[string]any{"took": s.opts.Now().Sub(start) / time.Millisecond, "errors": failed, "items": items}, nil
}
