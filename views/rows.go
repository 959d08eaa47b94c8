package views

import (
	"slices"
	"strings"
	"time"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// row is one line of a table whose columns are answers to different queries,
// joined on labels.
type row struct {
	// key is the row's identity: the values of the labels that were joined on.
	key    string
	labels map[string]string
	// values are by the column's entry, courses those of range queries.
	values  map[string]float64
	courses map[string][]float64
}

// columnsOf asks each entry for this moment.
func columnsOf(v Vars, ids ...string) []sources.Query {
	out := make([]sources.Query, len(ids))
	for i, id := range ids {
		out[i] = now(v, id)
	}
	return out
}

// join makes rows of answers: the i-th belongs to the column ids[i], series are
// of one row when the labels named by on are the same. The first answer's series
// decide which rows there are when only is set; otherwise every answer adds its
// own. An ID that is there twice keeps what came first; an answer with several
// points a series is a course and its last point the value.
func join(on []string, only bool, ids []string, answers []sources.Frame) []*row {
	var out []*row
	byKey := map[string]*row{}
	for i, id := range ids {
		f := frame(answers, i)
		for k := range f.Series {
			s := &f.Series[k]
			key := keyOf(on, s.Labels)
			r := byKey[key]
			if r == nil {
				if only && i > 0 || key == "" {
					continue
				}
				r = &row{key: key, labels: map[string]string{}, values: map[string]float64{}, courses: map[string][]float64{}}
				byKey[key] = r
				out = append(out, r)
			}
			for name, val := range s.Labels {
				if _, ok := r.labels[name]; !ok {
					r.labels[name] = val
				}
			}
			if v, ok := s.Last(); ok {
				if _, twice := r.values[id]; !twice {
					r.values[id] = v
				}
			}
			if len(s.Points) > 1 {
				r.courses[id] = s.Values()
			}
		}
	}
	return out
}

// keyOf is the row's identity; it is empty when the series has none of the labels.
func keyOf(on []string, labels map[string]string) string {
	parts := make([]string, len(on))
	found := false
	for i, l := range on {
		parts[i] = labels[l]
		found = found || parts[i] != ""
	}
	if !found {
		return ""
	}
	return strings.Join(parts, "\x1f")
}

// get is the value of a column, and false when the row has none.
func (r *row) get(id string) (float64, bool) {
	v, ok := r.values[id]
	return v, ok && v == v
}

// cell is the column's value in its unit and level, a dash where there is none.
func (r *row) cell(id string) draw.Cell {
	v, ok := r.get(id)
	if !ok {
		return draw.Cell{Text: "–", Dim: true}
	}
	e := panel(id)
	return draw.Cell{Text: e.Unit.Format(v), Level: quiet(e.Thresholds.Level(v))}
}

// meter is the cell with a bar before the text, for ratios.
func (r *row) meter(id string) draw.Cell {
	c := r.cell(id)
	if v, ok := r.get(id); ok {
		c.Meter, c.HasMeter = v, true
	}
	return c
}

// spark is the cell of a column's course alone; where the entry has a maximum the
// rows share its scale.
func (r *row) spark(id string) draw.Cell {
	c := draw.Cell{Spark: r.courses[id], Level: r.cell(id).Level, Top: panel(id).top()}
	if c.Spark == nil {
		c.Spark = []float64{}
	}
	return c
}

// score is how near the row is to its worst threshold among the columns; see
// [Limits.Score].
func (r *row) score(ids ...string) float64 {
	out := 0.0
	for _, id := range ids {
		if v, ok := r.get(id); ok {
			out = max(out, panel(id).Thresholds.Score(v))
		}
	}
	return out
}

// level is the worst level among the columns.
func (r *row) level(ids ...string) theme.Level {
	out := theme.None
	for _, id := range ids {
		if v, ok := r.get(id); ok {
			out = max(out, panel(id).Thresholds.Level(v))
		}
	}
	return out
}

// quiet is l for the cell of a list, where what is good needs no colour.
func quiet(l theme.Level) theme.Level {
	if l == theme.Good {
		return theme.None
	}
	return l
}

// keys are the identities of the rows, for a selection that is kept by identity.
func keys(rows []*row) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.key
	}
	return out
}

// byScore sorts by score, then by key.
func byScore(rows []*row, score func(*row) float64) {
	slices.SortStableFunc(rows, func(a, b *row) int {
		if c := descending(score(a), score(b)); c != 0 {
			return c
		}
		return strings.Compare(a.key, b.key)
	})
}

// matching keeps the rows in which the text occurs in a label's value, case-blind;
// an exclamation mark before it turns that around.
func matching(rows []*row, text string) []*row {
	text = strings.ToLower(strings.TrimSpace(text))
	text, not := strings.CutPrefix(text, "!")
	if text == "" {
		return rows
	}
	var out []*row
	for _, r := range rows {
		hit := false
		for _, v := range r.labels {
			hit = hit || strings.Contains(strings.ToLower(v), text)
		}
		if hit != not {
			out = append(out, r)
		}
	}
	return out
}

// memo keeps what was made of answers until one of them, a query or the key is
// another: a layout is asked for after every message, and most change nothing.
// The zero value is ready.
type memo[T any] struct {
	made  bool
	key   string
	asked []sources.Query
	at    []time.Time
	value T
}

// get is what from gives for the answers to the queries so far.
func (m *memo[T]) get(env *ui.Env, qs []sources.Query, key string, from func([]sources.Frame) T) T {
	same := m.made && m.key == key && slices.Equal(m.asked, qs)
	if len(m.at) != len(qs) {
		m.at = make([]time.Time, len(qs))
	}
	for i, q := range qs {
		at := env.Result(q).At
		same = same && m.at[i].Equal(at)
		m.at[i] = at
	}
	if same {
		return m.value
	}
	answers := make([]sources.Frame, len(qs))
	for i, q := range qs {
		answers[i] = env.Result(q).Frame
	}
	m.made, m.key, m.asked, m.value = true, key, qs, from(answers)
	return m.value
}

// recent is the span of the sparklines in lists.
const recent = 30 * time.Minute
