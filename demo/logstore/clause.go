package logstore

// A clause finds the documents of a segment that satisfy one condition. The
// caller owns the set. It may hold documents younger than the view, which the
// search takes away.
type clause func(*segment) *set

func all(s *segment) *set { return first(len(s.docs)) }
func none(*segment) *set  { return &set{} }

func either(list []clause) clause {
	switch len(list) {
	case 0:
		return none
	case 1:
		return list[0]
	}
	return func(s *segment) *set {
		out := list[0](s)
		for _, c := range list[1:] {
			out.or(c(s))
		}
		return out
	}
}

func both(list []clause) clause {
	switch len(list) {
	case 0:
		return all
	case 1:
		return list[0]
	}
	return func(s *segment) *set {
		out := list[0](s)
		for _, c := range list[1:] {
			if out.empty() {
				return out
			}
			out.and(c(s))
		}
		return out
	}
}

func except(yes, no clause) clause {
	return func(s *segment) *set {
		out := yes(s)
		out.not(no(s))
		return out
	}
}

// atLeast is the documents that satisfy n of the clauses.
func atLeast(n int, list []clause) clause {
	switch {
	case n <= 0:
		return all
	case n == 1:
		return either(list)
	case n > len(list):
		return none
	case n == len(list):
		return both(list)
	}
	return func(s *segment) *set {
		counts := make([]int, len(s.docs))
		for _, c := range list {
			c(s).each(func(at int) { counts[at]++ })
		}
		var out set
		for at, k := range counts {
			if k >= n {
				out.put(at)
			}
		}
		return &out
	}
}

// values is the documents with a value of the field that passes.
func values(f *field, pass func(*value) bool) clause {
	return func(s *segment) *set {
		if c := s.columns[f]; c != nil {
			return c.where(pass)
		}
		return &set{}
	}
}

func byDoc(pass func(*doc) bool) clause {
	return func(s *segment) *set {
		var out set
		for i := range s.docs {
			if pass(&s.docs[i]) {
				out.put(i)
			}
		}
		return &out
	}
}
