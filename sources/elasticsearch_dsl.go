package sources

import "slices"

// levels is the lines that have one of some levels, by whatever name.
func (sc schema) levels(some []string) object {
	names := []string{} // of none it is nothing, not everything
	for _, l := range some {
		for _, n := range levels[l] {
			names = append(names, spellings(n)...)
		}
	}
	var fields []object
	for _, f := range sc.levelFields() {
		fields = append(fields, object{"terms": object{f: names}})
	}
	return object{"bool": object{"should": fields, "minimum_should_match": 1}}
}

// query is the lines that match a filter and a level threshold, and whatever else.
func (sc schema) query(filter, level string, also ...object) (object, error) {
	q, err := sc.filter(filter)
	if err != nil {
		return nil, err
	}
	all := append([]object{q}, also...)
	if i := slices.Index(Levels, canonical(level)); i >= 0 {
		all = append(all, sc.levels(Levels[i:]))
	}
	return object{"bool": object{"filter": all}}, nil
}
