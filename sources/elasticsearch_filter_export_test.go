package sources

import "encoding/json"

// FilterOn is [Filter] for fields of these types.
func FilterOn(types map[string]string, s string) (json.RawMessage, error) {
	q, err := schema{types}.filter(s)
	if err != nil {
		return nil, err
	}
	return json.Marshal(q)
}

// LeavesOf are all the leaves of a document, as a filter sees them.
func LeavesOf(raw []byte) (out []Field) {
	p := Predicate{every: true}
	_ = p.leaves(&scan{b: raw}, nil, 0, &out)
	return out
}
