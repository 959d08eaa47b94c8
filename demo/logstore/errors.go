package logstore

import (
	"fmt"
	"strings"
)

// refusal is an error in Elasticsearch's shape.
type refusal struct {
	status       int
	kind, reason string
	// extra are further fields of the error object.
	extra map[string]any
	// cause is the root cause; nil means the error itself.
	cause *refusal
}

func (r *refusal) Error() string { return r.kind + ": " + r.reason }

func failure(status int, kind, reason string) *refusal {
	return &refusal{status: status, kind: kind, reason: reason}
}

// refuse is a request that is wrong, or that the log store does not support.
func refuse(kind, format string, args ...any) *refusal {
	return failure(400, kind, fmt.Sprintf(format, args...))
}

// unsupported is a request that Elasticsearch would answer and the log store does not.
func unsupported(what string) *refusal {
	return refuse("illegal_argument_exception", "%s is not supported by firewatch's embedded log store", what)
}

func conflict(id string) *refusal {
	return failure(409, "version_conflict_engine_exception",
		fmt.Sprintf("[%s]: version conflict, document already exists (current version [1])", id))
}

func missing(index string) *refusal {
	r := failure(404, "index_not_found_exception", fmt.Sprintf("no such index [%s]", index))
	r.extra = map[string]any{"resource.type": "index_or_alias", "resource.id": index, "index_uuid": "_na_", "index": index}
	return r
}

// body is the answer that carries the error.
func (r *refusal) body() map[string]any {
	root := r
	if r.cause != nil {
		root = r.cause
	}
	cause := map[string]any{"type": root.kind, "reason": root.reason}
	top := map[string]any{"type": r.kind, "reason": r.reason}
	for k, v := range r.extra {
		cause[k], top[k] = v, v
	}
	top["root_cause"] = []any{cause}
	return map[string]any{"error": top, "status": r.status}
}

// short bounds a piece of a request that an error repeats.
func short(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:77], "") + "..."
	}
	return s
}
