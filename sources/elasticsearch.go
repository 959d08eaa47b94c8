package sources

import "time"

// Levels are the log levels from least to most severe.
var Levels = []string{"trace", "debug", "info", "warn", "error", "fatal"}

// Lines asks the log store for the newest lines of the window that match. The
// answer is in Frame.Logs, oldest first, and Frame.Total counts all matches.
type Lines struct {
	// Filter is what a user typed: see [Filter] for its language. Empty matches all.
	Filter string
	// Level is a threshold: this level and worse; empty is all, lines without a
	// level included.
	Level string
	// Limit bounds the lines; 0 means 500.
	Limit int
}

// Source implements [Query].
func (Lines) Source() string { return "elasticsearch" }

// String implements [Query].
func (q Lines) String() string { return q.Filter }

// Tail follows the lines that match as they arrive. Each answer holds all lines
// kept so far, oldest first, at most Limit: the source remembers its cursor, so
// that a refresh asks only for what is new. The window does not count.
type Tail struct {
	Filter, Level string
	// Limit bounds the lines kept; 0 means 5000.
	Limit int
}

// Source implements [Query].
func (Tail) Source() string { return "elasticsearch" }

// String implements [Query].
func (q Tail) String() string { return q.Filter }

// Every implements [Refresher]: a tail that lags three seconds is no tail.
func (Tail) Every() time.Duration { return time.Second }

// Histogram counts the matching lines over the window by level; the answer is in
// Frame.Series, one a level in the order of [Levels] with the label "level"
// (empty for lines without one), points at the start of each bucket.
type Histogram struct {
	Filter, Level string
	// Buckets is the number wished for; 0 means 60.
	Buckets int
}

// Source implements [Query].
func (Histogram) Source() string { return "elasticsearch" }

// String implements [Query].
func (q Histogram) String() string { return q.Filter }

// Facet counts the top values of a field among the matching lines of the window;
// the answer is in Frame.Series, most frequent first, the value in the legend
// and in the label "value".
type Facet struct {
	Field, Filter, Level string
	// Size bounds the values; 0 means 10.
	Size int
}

// Source implements [Query].
func (Facet) Source() string { return "elasticsearch" }

// String implements [Query].
func (q Facet) String() string { return q.Field + ": " + q.Filter }

// Fields asks for the fields of the indices; the answer is in Frame.Metadata,
// by name, Type being the mapping's.
type Fields struct{}

// Source implements [Query].
func (Fields) Source() string { return "elasticsearch" }

// String implements [Query].
func (Fields) String() string { return "_field_caps?fields=*" }

// LogStatus asks for version and cluster health; the answer is in Frame.Status.
type LogStatus struct{}

// Source implements [Query].
func (LogStatus) Source() string { return "elasticsearch" }

// String implements [Query].
func (LogStatus) String() string { return "_cluster/health" }
