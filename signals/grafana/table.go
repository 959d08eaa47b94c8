package grafana

import (
	"slices"
	"strings"
)

// value is what Grafana calls the values of the i-th query of n.
func value(i, n int) string {
	if n == 1 {
		return "Value"
	}
	return "Value #" + ref(i)
}

// joined wraps the queries but a hidden first one, so that they have the labels of
// the keys and no others: rows of several answers are one row when all labels
// that both have are equal.
func joined(c Chart, p *Panel) {
	for i, q := range c.Queries {
		if i > 0 || q.Name != "" {
			p.Targets[i].Expr = "max by (" + strings.Join(c.Keys, ", ") + ") (" + q.Expr + ")"
		}
	}
}

func table(c Chart, p *Panel) {
	joined(c, p)
	hidden := map[string]bool{"Time": true, "__name__": true}
	order, names := map[string]int{}, map[string]string{}
	for i, label := range slices.Concat(c.Keys, c.Beside) {
		order[label] = i
	}
	sort := []map[string]any{}
	for i, q := range c.Queries {
		field := value(i, len(c.Queries))
		if q.Name == "" {
			hidden[field] = true
			continue
		}
		order[field], names[field] = len(c.Keys)+len(c.Beside)+i, q.Name
		p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, column(q))
		if len(sort) == 0 && !q.Limits.none() {
			worse := q.Limits.Crit
			if worse == nil {
				worse = q.Limits.Warn
			}
			sort = append(sort, map[string]any{"displayName": q.Name, "desc": !worse.Below})
		}
	}
	p.Transformations = []Transformation{
		{ID: "merge", Options: map[string]any{}},
		{ID: "organize", Options: map[string]any{"excludeByName": hidden, "indexByName": order, "renameByName": names}},
	}
	f := &p.FieldConfig.Defaults
	f.Custom = map[string]any{"align": "auto", "cellOptions": map[string]any{"type": "auto"}, "filterable": true, "inspect": false}
	f.Unit, f.Thresholds, f.Color = "", Limits{}.steps(), &Color{Mode: "thresholds"}
	p.Options = map[string]any{"showHeader": true, "cellHeight": "sm", "sortBy": sort}
}

// column is how the values of a column are shown: as a bar where they have an
// end, coloured where they have thresholds.
func column(q Query) Override {
	o := Override{Matcher: Matcher{ID: "byName", Options: q.Name}, Properties: []Property{{"unit", units[q.Unit]}}}
	if !q.Limits.none() {
		o.Properties = append(o.Properties, Property{"thresholds", q.Limits.steps()})
	}
	switch {
	case q.Max != nil:
		o.Properties = append(o.Properties, Property{"min", 0}, Property{"max", *q.Max}, Property{"custom.cellOptions", map[string]any{"type": "gauge", "mode": "basic"}})
	case !q.Limits.none():
		o.Properties = append(o.Properties, Property{"custom.cellOptions", map[string]any{"type": "color-text"}})
	}
	return o
}

func matrix(c Chart, p *Panel) {
	p.Transformations = []Transformation{{ID: "groupingToMatrix", Options: map[string]any{
		"rowField": c.Keys[0], "columnField": c.Keys[1], "valueField": value(0, len(c.Queries)),
	}}}
	cell := "auto"
	if !c.Limits.none() {
		cell = "color-text"
	}
	p.FieldConfig.Defaults.Custom = map[string]any{"align": "auto", "cellOptions": map[string]any{"type": cell}, "inspect": false}
	p.Options = map[string]any{"showHeader": true, "cellHeight": "sm"}
}

func bins(c Chart, p *Panel) {
	joined(c, p)
	hidden, names := map[string]bool{"Time": true}, map[string]string{}
	for i, q := range c.Queries {
		names[value(i, len(c.Queries))] = q.Name
	}
	p.Transformations = []Transformation{
		{ID: "merge", Options: map[string]any{}},
		{ID: "organize", Options: map[string]any{"excludeByName": hidden, "indexByName": map[string]int{}, "renameByName": names}},
		{ID: "sortBy", Options: map[string]any{"fields": map[string]any{}, "sort": []map[string]any{{"field": c.Keys[0], "desc": false}}}},
	}
	p.FieldConfig.Defaults.Color = &Color{Mode: "palette-classic"}
	p.FieldConfig.Defaults.Custom = map[string]any{"fillOpacity": 80, "lineWidth": 1}
	p.Options = map[string]any{
		"xField": c.Keys[0], "orientation": "auto", "barWidth": 0.9, "groupWidth": 0.8, "barRadius": 0, "showValue": "never", "stacking": "none",
		"fullHighlight": false, "xTickLabelRotation": 0, "xTickLabelMaxLength": 0, "xTickLabelSpacing": 0,
		"legend":  map[string]any{"calcs": []string{}, "displayMode": "list", "placement": "bottom", "showLegend": true},
		"tooltip": map[string]any{"mode": "multi", "sort": "none"},
	}
}

// Kinds are the words that a chart's kind may be, sorted.
func Kinds() []string {
	out := make([]string, 0, len(shapes))
	for k := range shapes {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
