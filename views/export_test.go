package views

// Is lets the external tests quote matchers as the views do.
func Is(label string, values ...string) string { return is(label, values...) }
