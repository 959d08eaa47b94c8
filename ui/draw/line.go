package draw

// Line is s as one line of plain text that every terminal measures alike, for
// text that a view styles and joins by itself: line ends and tabs become blanks,
// escape sequences and what draws nothing go.
func Line(s string) string { return tidy(s) }
