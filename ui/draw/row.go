package draw

import "firewatch/ui/theme"

// row writes a line of styled segments and joins those of one style.
type row struct {
	done  []byte
	style theme.Style
	// run is the text collected in style, w the cells written so far.
	run []byte
	w   int
}

// add appends text that is n cells wide.
func (r *row) add(st theme.Style, s string, n int) {
	if s == "" {
		return
	}
	if st != r.style {
		r.flush()
		r.style = st
	}
	r.run = append(r.run, s...)
	r.w += n
}

// flush ends the run of one style.
func (r *row) flush() {
	r.done = r.style.Append(r.done, r.run)
	r.run = r.run[:0]
}

// String is the line; the row is empty afterwards and can be used again.
func (r *row) String() string {
	r.flush()
	s := string(r.done)
	r.done = r.done[:0]
	r.w, r.style = 0, theme.Style{}
	return s
}
