// Package grafana writes panels that are plain data as dashboards of Grafana.
//
// A [Board] says what is asked and how it is shown, in the words of the panel
// catalogue; [Board.Dashboard] makes of it what Grafana 10.2 to 12 load. The
// package knows nothing of a server and never asks one.
package grafana

// Board is a dashboard as plain data. The zero value is a dashboard without panels.
type Board struct {
	// UID names it in addresses and links: letters, digits, - and _, at most 40.
	UID   string
	Title string
	About string
	Tags  []string
	// Choices are what a reader picks before looking, in the order of the bar.
	Choices []Choice
	// Events are marked in every chart.
	Events []Event
	Rows   []Row
	// Logs adds the choice of a log store, for boards with charts of lines.
	Logs bool
}

// Choice is a variable: one value, or several, of a label among the series that
// a selector finds. Queries use it as $Name.
type Choice struct {
	Name, Title  string
	Label        string
	Among        string // a selector, which may use the choices before it
	Several, All bool   // whether several values, and all of them, can be picked
}

// Event marks moments in every chart.
type Event struct {
	Name, Expr string
	// Text and About are templates of labels, such as {{version}}.
	Text, About string
	Color       string
	// Moments says that each distinct value is a moment, in seconds since 1970;
	// otherwise the event lasts as long as there are samples.
	Moments bool
	// Off has the reader turn it on.
	Off bool
}

// Row is a group of charts under a heading; a folded one asks nothing until it
// is opened.
type Row struct {
	Title  string
	Folded bool
	Charts []Chart
}

// The kinds of a chart.
const (
	Stat       = "stat"       // one value, with its course behind it where Spark
	Gauge      = "gauge"      // one value on a scale from 0 to Max
	TimeSeries = "timeseries" // lines over time
	Area       = "area"       // areas over time, on top of each other
	Bars       = "bars"       // bars over time
	Toplist    = "toplist"    // a bar a series, of this moment
	Table      = "table"      // a row for each value of Keys, a column a query
	Bins       = "bins"       // bars by Keys[0], a group a query, of this moment
	Heatmap    = "heatmap"    // a histogram over time
	Heatrow    = "heatrow"    // a row of coloured cells a series, over time
	Matrix     = "matrix"     // Keys[0] down, Keys[1] across, of this moment
	Lines      = "lines"      // log lines: the query is Lucene
)

// Chart is one panel.
type Chart struct {
	// ID has to be the chart's own within its row: the panel's number is made of
	// it, so that it stays when others come and go.
	ID    string
	Title string
	Note  string
	Kind  string
	// Unit is a word of the panel catalogue.
	Unit   string
	Limits Limits
	// Max is the end of the value axis; nil lets the data decide.
	Max   *float64
	Spark bool
	// Keys are labels: see the kinds. Beside are more labels of a table's first
	// query that stand next to the keys; others of it come last.
	Keys, Beside []string
	Queries      []Query
}

// Query is one question of a chart.
type Query struct {
	Expr string
	// Legend names the series, as a template of labels.
	Legend string
	// Name heads a column or a group of bars; a column without one is hidden, and
	// its query only says which rows there are, with all of its labels.
	Name string
	// Unit, Limits and Max are those of a column.
	Unit   string
	Limits Limits
	Max    *float64
	// Mirror draws the values below the axis, Limit as a dashed line.
	Mirror, Limit bool
	// Exemplars asks for traces along with the values.
	Exemplars bool
}

// Limits are thresholds; a nil one does not exist.
type Limits struct{ Warn, Crit *Limit }

// Limit is crossed at and above its value; only above where Strict, and below
// where Below.
type Limit struct {
	Value         float64
	Below, Strict bool
}

// none says that there are no thresholds.
func (l Limits) none() bool { return l.Warn == nil && l.Crit == nil }
