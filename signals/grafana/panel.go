package grafana

import "fmt"

// shape is how a kind is drawn: Grafana's panel, its size, and whether it asks for
// this moment.
type shape struct {
	panel   string
	w, h    int
	instant bool
	format  string
	fill    func(Chart, *Panel)
}

// shapes are the kinds. The map is read only.
var shapes = map[string]shape{
	Stat:       {"stat", 3, 4, true, "time_series", stat},
	Gauge:      {"gauge", 3, 4, true, "time_series", gauge},
	TimeSeries: {"timeseries", 8, 8, false, "time_series", timeSeries},
	Area:       {"timeseries", 8, 8, false, "time_series", timeSeries},
	Bars:       {"timeseries", 8, 8, false, "time_series", timeSeries},
	Toplist:    {"bargauge", 8, 8, true, "time_series", toplist},
	Table:      {"table", 24, 9, true, "table", table},
	Bins:       {"barchart", 8, 8, true, "table", bins},
	Heatmap:    {"heatmap", 8, 8, false, "heatmap", heatmap},
	Heatrow:    {"status-history", 8, 8, false, "time_series", heatrow},
	Matrix:     {"table", 8, 8, true, "table", matrix},
	Lines:      {"logs", 24, 9, false, "", lines},
}

// panel is the chart without number and place.
func (c Chart) panel() (Panel, error) {
	s, ok := shapes[c.Kind]
	if !ok {
		return Panel{}, fmt.Errorf("unknown kind %q", c.Kind)
	}
	if err := c.check(); err != nil {
		return Panel{}, err
	}
	instant := s.instant && !(c.Kind == Stat && c.Spark)
	p := Panel{
		Type: s.panel, Title: c.Title, Description: c.Note, GridPos: GridPos{W: s.w, H: s.h}, Datasource: &prometheus,
		FieldConfig: &FieldConfig{Overrides: []Override{}}, Options: map[string]any{},
	}
	for i, q := range c.Queries {
		t := Target{
			RefID: ref(i), Datasource: prometheus, EditorMode: "code", Expr: q.Expr, LegendFormat: q.Legend,
			Format: s.format, Instant: instant, Range: !instant, Exemplar: q.Exemplars && !s.instant,
		}
		if t.LegendFormat == "" && s.format == "time_series" {
			t.LegendFormat = "__auto"
		}
		p.Targets = append(p.Targets, t)
	}
	f := &p.FieldConfig.Defaults
	f.Unit, f.Max = units[c.Unit], c.Max
	if c.Unit == "code" {
		f.Decimals = new(int)
	}
	f.Thresholds = c.Limits.steps()
	f.Color = &Color{Mode: "thresholds"}
	s.fill(c, &p)
	return p, nil
}

// latest has a panel show the newest value of each series.
func latest() map[string]any {
	return map[string]any{"calcs": []string{"lastNotNull"}, "fields": "", "values": false}
}

func stat(c Chart, p *Panel) {
	graph, color := "none", "value"
	if c.Spark {
		graph = "area"
	}
	if c.Limits.none() {
		color = "none"
	}
	p.Options = map[string]any{
		"colorMode": color, "graphMode": graph, "justifyMode": "auto", "orientation": "auto", "textMode": "auto", "reduceOptions": latest(),
	}
}

func gauge(c Chart, p *Panel) {
	f := &p.FieldConfig.Defaults
	f.Min = new(float64)
	if f.Max == nil && c.Unit == "ratio" {
		one := 1.0
		f.Max = &one
	}
	p.Options = map[string]any{"orientation": "auto", "reduceOptions": latest(), "showThresholdLabels": false, "showThresholdMarkers": true}
}

func toplist(c Chart, p *Panel) {
	f := &p.FieldConfig.Defaults
	f.Min = new(float64)
	if c.Limits.none() {
		f.Color = &Color{Mode: "continuous-blues"}
	}
	p.Options = map[string]any{
		"displayMode": "gradient", "orientation": "horizontal", "reduceOptions": latest(), "showUnfilled": true, "valueMode": "color",
		"minVizHeight": 10, "minVizWidth": 0,
	}
}

func timeSeries(c Chart, p *Panel) {
	f := &p.FieldConfig.Defaults
	f.Color = &Color{Mode: "palette-classic"}
	custom := map[string]any{
		"drawStyle": "line", "lineWidth": 1, "fillOpacity": 0, "showPoints": "auto", "spanNulls": false,
		"stacking": map[string]any{"mode": "none", "group": "A"}, "thresholdsStyle": map[string]any{"mode": "off"},
	}
	if !c.Limits.none() {
		custom["thresholdsStyle"] = map[string]any{"mode": "dashed"}
	}
	if c.Unit != "celsius" && c.Unit != "hertz" {
		// Zero is on the axis unless a value is below it.
		custom["axisSoftMin"] = 0
	}
	switch c.Kind {
	case Area:
		custom["fillOpacity"], custom["stacking"] = 60, map[string]any{"mode": "normal", "group": "A"}
	case Bars:
		custom["drawStyle"], custom["fillOpacity"] = "bars", 60
	}
	f.Custom = custom
	p.Options = map[string]any{
		"legend":  map[string]any{"calcs": []string{"lastNotNull", "max"}, "displayMode": "table", "placement": "bottom", "showLegend": true},
		"tooltip": map[string]any{"mode": "multi", "sort": "desc"},
	}
	for i, q := range c.Queries {
		o := Override{Matcher: Matcher{ID: "byFrameRefID", Options: ref(i)}}
		if q.Mirror {
			o.Properties = append(o.Properties, Property{"custom.transform", "negative-Y"})
		}
		if q.Limit {
			o.Properties = append(o.Properties,
				Property{"custom.lineStyle", map[string]any{"fill": "dash", "dash": []int{10, 10}}},
				Property{"custom.fillOpacity", 0},
				Property{"custom.stacking", map[string]any{"mode": "none", "group": "A"}},
				Property{"color", Color{Mode: "fixed", Fixed: "orange"}})
		}
		if len(o.Properties) > 0 {
			p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, o)
		}
	}
}

func heatmap(c Chart, p *Panel) {
	for i := range p.Targets {
		p.Targets[i].LegendFormat = "{{le}}"
	}
	p.FieldConfig.Defaults = Field{}
	p.Options = map[string]any{
		"calculate": false, "cellGap": 1, "showValue": "never",
		"color": map[string]any{
			"mode": "scheme", "scheme": "Oranges", "fill": "dark-orange", "scale": "exponential", "exponent": 0.5, "steps": 64, "reverse": false,
		},
		"exemplars": map[string]any{"color": "rgba(255,0,255,0.7)"}, "filterValues": map[string]any{"le": 1e-9},
		"legend": map[string]any{"show": true}, "rowsFrame": map[string]any{"layout": "auto"},
		"tooltip": map[string]any{"mode": "single", "show": true, "yHistogram": false},
		"yAxis":   map[string]any{"axisPlacement": "left", "reverse": false, "unit": units[c.Unit]},
	}
}

// cells is about how many columns of cells there is room for.
const cells = 100

func heatrow(_ Chart, p *Panel) {
	f := &p.FieldConfig.Defaults
	f.Min, f.Color, f.Thresholds = new(float64), &Color{Mode: "continuous-GrYlRd"}, nil
	f.Custom = map[string]any{"fillOpacity": 80, "lineWidth": 0}
	p.MaxDataPoints = cells
	p.Options = map[string]any{
		"showValue": "never", "rowHeight": 0.9, "colWidth": 0.9,
		"legend":  map[string]any{"calcs": []string{}, "displayMode": "list", "placement": "bottom", "showLegend": false},
		"tooltip": map[string]any{"mode": "single", "sort": "none"},
	}
}

func lines(c Chart, p *Panel) {
	p.Datasource, p.FieldConfig = &elasticsearch, &FieldConfig{Overrides: []Override{}}
	p.Targets = nil
	for i, q := range c.Queries {
		p.Targets = append(p.Targets, Target{
			RefID: ref(i), Datasource: elasticsearch, Query: q.Expr, TimeField: "@timestamp", BucketAggs: []map[string]any{},
			Metrics: []map[string]any{{"id": "1", "type": "logs", "settings": map[string]any{"limit": "100"}}},
		})
	}
	p.Options = map[string]any{
		"showTime": true, "showLabels": false, "showCommonLabels": false, "wrapLogMessage": true, "prettifyLogMessage": false,
		"enableLogDetails": true, "dedupStrategy": "none", "sortOrder": "Descending",
	}
}
