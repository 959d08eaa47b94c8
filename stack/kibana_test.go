package stack_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"testing"
)

// TestKibanaShowsFieldsThatExist follows the saved objects to the mapping.
func TestKibanaShowsFieldsThatExist(t *testing.T) {
	fields := mappedFields(t)
	type object struct {
		ID, Type   string
		Attributes struct {
			Title, FieldAttrs, FieldFormatMap string
			Columns                           []string
			Sort                              [][]string
			Meta                              struct{ SearchSourceJSON string } `json:"kibanaSavedObjectMeta"`
		}
		References []struct{ ID, Name, Type string }
	}
	known, seen := map[string]string{}, map[string]int{}
	for l := range bytes.SplitSeq(bytes.TrimSpace(logFile(t, "kibana/saved-objects.ndjson")), []byte("\n")) {
		var o object
		if err := json.Unmarshal(l, &o); err != nil {
			t.Fatal(err)
		}
		seen[o.Type]++
		var used []string
		for _, m := range []string{o.Attributes.FieldAttrs, o.Attributes.FieldFormatMap} {
			var by map[string]any
			if m != "" {
				if err := json.Unmarshal([]byte(m), &by); err != nil {
					t.Error(err)
				}
			}
			used = slices.AppendSeq(used, maps.Keys(by))
		}
		used = append(used, o.Attributes.Columns...)
		for _, s := range o.Attributes.Sort {
			used = append(used, s[0])
		}
		if o.Type == "search" {
			var source struct {
				Query        struct{ Query, Language string }
				IndexRefName string
			}
			if err := json.Unmarshal([]byte(o.Attributes.Meta.SearchSourceJSON), &source); err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`([\w.@]+): `).FindAllStringSubmatch(source.Query.Query, -1) {
				used = append(used, m[1])
			}
			if len(o.References) != 1 || o.References[0].Name != source.IndexRefName || known[o.References[0].ID] != o.References[0].Type {
				t.Errorf("%s does not find its data view: %v, %s", o.ID, o.References, source.IndexRefName)
			}
		}
		for _, name := range used {
			if !fields[name] {
				t.Errorf("%s uses %s, which is not in the mapping", o.ID, name)
			}
		}
		known[o.ID] = o.Type
	}
	if seen["index-pattern"] != 1 || seen["search"] < 1 {
		t.Errorf("the saved objects are %v", seen)
	}
}
