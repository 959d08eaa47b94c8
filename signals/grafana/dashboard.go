package grafana

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// schemaVersion is that of Grafana 10.2. Newer ones migrate it when they load.
const schemaVersion = 39

// Dashboard is Grafana's own model, as far as this package writes it.
type Dashboard struct {
	UID           string      `json:"uid"`
	Title         string      `json:"title"`
	Description   string      `json:"description,omitempty"`
	Tags          []string    `json:"tags"`
	SchemaVersion int         `json:"schemaVersion"`
	Version       int         `json:"version"`
	Editable      bool        `json:"editable"`
	GraphTooltip  int         `json:"graphTooltip"`
	Refresh       string      `json:"refresh"`
	Time          TimeRange   `json:"time"`
	Timezone      string      `json:"timezone"`
	Links         []Link      `json:"links"`
	Annotations   Annotations `json:"annotations"`
	Templating    Templating  `json:"templating"`
	Panels        []Panel     `json:"panels"`
}

// TimeRange is the window that is shown first.
type TimeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Link leads to other dashboards, by their tags.
type Link struct {
	Title       string   `json:"title"`
	Type        string   `json:"type"`
	Icon        string   `json:"icon"`
	Tooltip     string   `json:"tooltip"`
	Tags        []string `json:"tags"`
	AsDropdown  bool     `json:"asDropdown"`
	TargetBlank bool     `json:"targetBlank"`
	IncludeVars bool     `json:"includeVars"`
	KeepTime    bool     `json:"keepTime"`
}

// Annotations are the marks in every chart.
type Annotations struct {
	List []Annotation `json:"list"`
}

// Annotation is a query for marks.
type Annotation struct {
	Name            string     `json:"name"`
	Datasource      Datasource `json:"datasource"`
	Enable          bool       `json:"enable"`
	Hide            bool       `json:"hide"`
	IconColor       string     `json:"iconColor"`
	Expr            string     `json:"expr"`
	Step            string     `json:"step,omitempty"`
	TitleFormat     string     `json:"titleFormat,omitempty"`
	TextFormat      string     `json:"textFormat,omitempty"`
	UseValueForTime bool       `json:"useValueForTime"`
}

// Templating are the variables.
type Templating struct {
	List []Variable `json:"list"`
}

// Variable is a choice; Query is a string or a [VariableQuery].
type Variable struct {
	Name       string      `json:"name"`
	Label      string      `json:"label,omitempty"`
	Type       string      `json:"type"`
	Datasource *Datasource `json:"datasource,omitempty"`
	Definition string      `json:"definition,omitempty"`
	Query      any         `json:"query"`
	Regex      string      `json:"regex"`
	Refresh    int         `json:"refresh"`
	Sort       int         `json:"sort"`
	Hide       int         `json:"hide"`
	Multi      bool        `json:"multi"`
	IncludeAll bool        `json:"includeAll"`
	AllValue   string      `json:"allValue,omitempty"`
	Current    *Option     `json:"current,omitempty"`
	Options    []Option    `json:"options"`
}

// VariableQuery asks Prometheus for the values of a variable.
type VariableQuery struct {
	Query string `json:"query"`
	RefID string `json:"refId"`
}

// Option is a value of a variable; Text and Value are strings, or lists of them
// where several can be picked.
type Option struct {
	Selected bool `json:"selected"`
	Text     any  `json:"text"`
	Value    any  `json:"value"`
}

// Datasource names a data source, by a variable or its own uid.
type Datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

// Panel is a panel, or a row: only a row has Collapsed, and panels of its own
// while it is folded.
type Panel struct {
	ID              int              `json:"id"`
	Type            string           `json:"type"`
	Title           string           `json:"title"`
	Description     string           `json:"description,omitempty"`
	GridPos         GridPos          `json:"gridPos"`
	Collapsed       *bool            `json:"collapsed,omitempty"`
	Panels          []Panel          `json:"panels,omitzero"`
	Datasource      *Datasource      `json:"datasource,omitempty"`
	Targets         []Target         `json:"targets,omitempty"`
	MaxDataPoints   int              `json:"maxDataPoints,omitempty"`
	Transformations []Transformation `json:"transformations,omitempty"`
	FieldConfig     *FieldConfig     `json:"fieldConfig,omitempty"`
	Options         map[string]any   `json:"options,omitempty"`
}

// GridPos is a place in the grid, which is 24 units wide.
type GridPos struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

// Target is a query: of Prometheus with Expr, of Elasticsearch with Query.
type Target struct {
	RefID        string           `json:"refId"`
	Datasource   Datasource       `json:"datasource"`
	EditorMode   string           `json:"editorMode,omitempty"`
	Expr         string           `json:"expr,omitempty"`
	LegendFormat string           `json:"legendFormat,omitempty"`
	Format       string           `json:"format,omitempty"`
	Instant      bool             `json:"instant,omitempty"`
	Range        bool             `json:"range,omitempty"`
	Exemplar     bool             `json:"exemplar,omitempty"`
	Query        string           `json:"query,omitempty"`
	TimeField    string           `json:"timeField,omitempty"`
	Metrics      []map[string]any `json:"metrics,omitempty"`
	BucketAggs   []map[string]any `json:"bucketAggs,omitzero"`
}

// Transformation changes answers before they are drawn.
type Transformation struct {
	ID      string         `json:"id"`
	Options map[string]any `json:"options"`
}

// FieldConfig says how values are shown: all, and those that a matcher finds.
type FieldConfig struct {
	Defaults  Field      `json:"defaults"`
	Overrides []Override `json:"overrides"`
}

// Field is how values are shown.
type Field struct {
	Unit       string         `json:"unit,omitempty"`
	Decimals   *int           `json:"decimals,omitempty"`
	Min        *float64       `json:"min,omitempty"`
	Max        *float64       `json:"max,omitempty"`
	NoValue    string         `json:"noValue,omitempty"`
	Color      *Color         `json:"color,omitempty"`
	Thresholds *Thresholds    `json:"thresholds,omitempty"`
	Custom     map[string]any `json:"custom,omitempty"`
}

// Color says where a colour comes from.
type Color struct {
	Fixed string `json:"fixedColor,omitempty"`
	Mode  string `json:"mode"`
}

// Thresholds are steps from the lowest value up.
type Thresholds struct {
	Mode  string `json:"mode"`
	Steps []Step `json:"steps"`
}

// Step is a colour from a value on; the first has none.
type Step struct {
	Color string   `json:"color"`
	Value *float64 `json:"value"`
}

// Override is Field for what a matcher finds.
type Override struct {
	Matcher    Matcher    `json:"matcher"`
	Properties []Property `json:"properties"`
}

// Matcher finds fields.
type Matcher struct {
	ID      string `json:"id"`
	Options string `json:"options"`
}

// Property is one property of a field, by its path.
type Property struct {
	ID    string `json:"id"`
	Value any    `json:"value"`
}

// Encode is the dashboard as the JSON that Grafana loads, ending in a newline:
// the same bytes for the same dashboard.
func (d Dashboard) Encode() ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(d); err != nil {
		return nil, fmt.Errorf("write dashboard %s: %w", d.UID, err)
	}
	return out.Bytes(), nil
}
