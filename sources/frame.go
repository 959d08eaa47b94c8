package sources

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Frame is the answer to one query, as plain data: each query type says which
// fields it fills. A frame is immutable once returned, and so is everything
// that it points to: several panels read it at once.
type Frame struct {
	Series    []Series
	Alerts    []Alert
	Groups    []Group
	Silences  []Silence
	Logs      []*Log
	Rules     []Rule
	Targets   []Target
	Exemplars []Exemplar
	Names     []string
	Metadata  []Metric
	Remarks   []Remark
	// Peers are the members of the clusters that were asked, beside what they said.
	Peers  []Peer
	Status *Status
	// Text is a document of several lines, such as a runbook.
	Text string

	// Total is how many things matched, when the server counted more than it sent.
	Total int
	// Notes are the server's warnings and what was left out, for the panel's border.
	Notes []string
	// Cost is what the answer took.
	Cost Cost
}

// Cost is what one answer took over the wire.
type Cost struct {
	// Requests is the number of HTTP requests, Bytes what came back before
	// decompression ended (decoded bytes), Samples the points or hits decoded.
	Requests, Bytes, Samples int
}

// Empty says whether the frame carries no data at all; notes and cost do not count.
func (f *Frame) Empty() bool {
	return len(f.Series) == 0 && len(f.Alerts) == 0 && len(f.Groups) == 0 && len(f.Silences) == 0 && len(f.Logs) == 0 &&
		len(f.Rules) == 0 && len(f.Targets) == 0 && len(f.Exemplars) == 0 && len(f.Names) == 0 && len(f.Metadata) == 0 &&
		len(f.Remarks) == 0 && f.Status == nil && f.Text == ""
}

// Point is one sample: T in milliseconds since the Unix epoch, V may be NaN or infinite.
type Point struct {
	T int64
	V float64
}

// Series is one labelled line of numbers, oldest first, without duplicate times.
type Series struct {
	// Legend is the query's legend template filled from the labels, or the labels themselves.
	Legend string
	Labels map[string]string
	Points []Point
	// Buckets holds a native histogram's buckets at the same times as Points
	// (whose values are then the counts); nil for floats.
	Buckets [][]Bucket
}

// Bucket is one bucket of a native histogram.
type Bucket struct{ Low, High, Count float64 }

// Last is the newest value, and false when there is none.
func (s *Series) Last() (float64, bool) {
	if len(s.Points) == 0 {
		return 0, false
	}
	return s.Points[len(s.Points)-1].V, true
}

// Values are the values of the points in order; the caller owns the slice.
func (s *Series) Values() []float64 {
	out := make([]float64, len(s.Points))
	for i, p := range s.Points {
		out[i] = p.V
	}
	return out
}

// Alert is one alert as Alertmanager holds it.
type Alert struct {
	// Cluster is the name that the config gives the cluster it is from; empty in a
	// context with one cluster.
	Cluster             string
	Fingerprint         string
	Labels, Annotations map[string]string
	// Exact holds the labels as the server has them when cleaning changed them,
	// else it is nil: see [Alert.ExactLabels]. It is not for the screen.
	Exact               map[string]string
	StartsAt, UpdatedAt time.Time
	EndsAt              time.Time
	// State is active, suppressed or unprocessed.
	State string
	// SilencedBy holds silence ids, InhibitedBy fingerprints, MutedBy time intervals.
	SilencedBy, InhibitedBy, MutedBy []string
	Receivers                        []string
	GeneratorURL                     string
}

// Name is the alertname.
func (a *Alert) Name() string { return a.Labels["alertname"] }

// ExactLabels are the labels as the server has them, for making and evaluating
// matchers. They are not cleaned: draw Labels instead.
func (a *Alert) ExactLabels() map[string]string {
	if a.Exact != nil {
		return a.Exact
	}
	return a.Labels
}

// Severity is the severity label, or "none".
func (a *Alert) Severity() string {
	if s := a.Labels["severity"]; s != "" {
		return s
	}
	return "none"
}

// Group is one group of alerts as Alertmanager routes them.
type Group struct {
	Labels map[string]string
	// Route are the labels that the route adds, for servers that say so (0.34);
	// Muted are the time intervals that keep the group from notifying.
	Route    map[string]string
	Muted    []string
	Receiver string
	// Cluster is the one that it is from; see [Alert].
	Cluster string
	Alerts  []Alert
}

// Peer is one member of a cluster as it answered.
type Peer struct {
	// Cluster is the name of its cluster; see [Alert]. Name is its address.
	Cluster, Name string
	// Err is why it did not answer; empty when it did.
	Err string
	// Version, Health and Time are what it says of itself: Health is ready,
	// settling or disabled, Time its clock, zero when it does not tell.
	Version, Health string
	Time            time.Time
	// Lacks are the ids of silences that other members have had for longer than
	// they need to tell each other, and this one has not.
	Lacks []string
}

// Matcher is one condition on one label, as the silence API has it.
type Matcher struct {
	// Name and Value are exactly those of the server, not cleaned, so that they
	// match: draw [Matcher.String] instead.
	Name, Value string
	// Regex makes Value an anchored RE2 expression; Equal false negates.
	Regex, Equal bool
}

// String is m as Alertmanager writes and reads it, such as path=~"a|b", with
// what a terminal cannot show escaped. A name is quoted too when it is not a
// plain one, or when the value has an escape that Alertmanager reads only beside
// a quoted name.
func (m Matcher) String() string {
	op := "!="
	switch {
	case m.Regex && m.Equal:
		op = "=~"
	case m.Regex:
		op = "!~"
	case m.Equal:
		op = "="
	}
	name, value := labelName(m.Name), strconv.Quote(m.Value)
	if value != `"`+classicEscapes.Replace(m.Value)+`"` {
		name = strconv.Quote(m.Name)
	}
	return name + op + value
}

// classicEscapes writes the three escapes that every version of Alertmanager reads.
var classicEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

// Silence mutes the alerts that all of its matchers match.
type Silence struct {
	// Cluster is where it lives or is to be made; see [Alert].
	Cluster string
	// ID is empty for one that is not made yet.
	ID                 string
	Matchers           []Matcher
	StartsAt, EndsAt   time.Time
	UpdatedAt          time.Time
	CreatedBy, Comment string
	Annotations        map[string]string
	// State is active, pending or expired; empty for one that is not made yet.
	State string
}

// Log is one line.
type Log struct {
	ID, Index string
	// Time is when the producer says that it happened, Ingested when the store
	// took it in (zero when unknown).
	Time, Ingested time.Time
	// Seq orders lines of one time; 0 when unknown.
	Seq int64
	// Level is one of trace, debug, info, warn, error, fatal, or empty.
	Level            string
	Message          string
	Service, Host    string
	TraceID, SpanID  string
	ErrorType, Stack string
	// Late marks a line that arrived after younger ones were shown.
	Late bool
	// Raw is the document as the server sent it. It is not cleaned: draw
	// [Log.Fields] instead.
	Raw json.RawMessage
}

// Field is one leaf of a document, by its dotted name; both parts are cleaned.
type Field struct{ Name, Value string }

// Remark is one thing that a person wrote down while on call.
type Remark struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
	// Who wrote it, in which context of the config.
	Who     string `json:"who"`
	Context string `json:"context"`
	// About is the fingerprint of an alert or the id of a silence; empty for the
	// shift as a whole.
	About string `json:"about,omitempty"`
	Text  string `json:"text"`
}

// Rule is one alerting or recording rule as Prometheus evaluates it.
type Rule struct {
	Group, File, Name, Query string
	// Alerting is false for a recording rule.
	Alerting            bool
	For, KeepFiringFor  time.Duration
	Interval            time.Duration
	Labels, Annotations map[string]string
	// State is inactive, pending or firing; Health ok, err or unknown.
	State, Health, LastError string
	EvaluatedAt              time.Time
	Alerts                   []RuleAlert
}

// RuleAlert is one active alert of a rule.
type RuleAlert struct {
	Labels, Annotations map[string]string
	// State is pending or firing.
	State    string
	ActiveAt time.Time
	Value    float64
}

// Target is one scraped endpoint.
type Target struct {
	Job, Instance, URL string
	Labels             map[string]string
	// Health is up, down or unknown.
	Health, LastError string
	LastScrape        time.Time
	Duration          time.Duration
	Interval          time.Duration
}

// Exemplar is one sample that carries a trace.
type Exemplar struct {
	Series map[string]string
	Labels map[string]string
	Point  Point
}

// TraceID is the trace that the exemplar points to, by the names in use; empty
// when it carries none.
func (e *Exemplar) TraceID() string {
	for _, k := range []string{"trace_id", "traceID", "TraceID", "traceId"} {
		if v := e.Labels[k]; v != "" {
			return v
		}
	}
	return ""
}

// Metric is what a metric says of itself.
type Metric struct{ Name, Type, Unit, Help string }

// Status is a server's word about itself.
type Status struct {
	Version string
	// Health is ready, settling, green, yellow, red or empty.
	Health string
	// Peers are the names or addresses of the cluster's members.
	Peers []string
	// Config is the configuration in force, with secrets masked by the server.
	Config string
	// Time is the server's clock when it answered, from the Date header; zero when absent.
	Time time.Time
	// Features are the capabilities that the server lists, by name.
	Features map[string]bool
}
