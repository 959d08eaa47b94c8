package slo

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"firewatch/sources"
)

// The families of rules that Recognise knows.
const (
	FamilySloth      = "sloth"
	FamilyPyrra      = "pyrra"
	FamilyKubernetes = "kubernetes-mixin"
	FamilyBurnRate   = "burn rates"
	FamilyAlert      = "unrecognised burn alert"
)

// Found is an objective that rules were found for.
type Found struct {
	Family string
	// ID is sloth_id, the label slo, or what the recorded metric or the alert is called.
	ID, Service, Name string
	// Objective is what the rules say of it: a target of 0 and a period of 0 where
	// they do not.
	Objective
	// Ratios are the recorded error ratios by their windows, as selectors.
	Ratios map[time.Duration]string
	// Rows are the conditions of its alerts.
	Rows []Window
	// Bad and Total are the rates of events with {{.window}}, empty where the
	// recorded expression was not understood.
	Bad, Total string
	// OverPeriod is the error ratio over the whole period, from what is recorded;
	// empty where nothing of it is.
	OverPeriod string
	// Group is that of its first rule.
	Group string
	// Unknown are what could not be read of its rules.
	Unknown []string

	// query is the recorded expression with the shortest window, recorded the names
	// that begin like increases.
	query    string
	shortest time.Duration
	recorded map[string]time.Duration
}

var (
	ratioName = regexp.MustCompile(`^slo:sli_error:ratio_rate(\d\w*)$`)
	burnName  = regexp.MustCompile(`^(.+):burnrate(\d\w*)$`)
	pastName  = regexp.MustCompile(`^.+:(?:increase|count|sum)(\d\w*)$`)
	ofWindow  = regexp.MustCompile(`:(?:burnrate|ratio_rate)(\d\w*)`)
	// threshold is a factor times a budget: > (14 * (1-0.999)) or > (14.4 * 0.001).
	threshold = regexp.MustCompile(`>=?\s*\(?\s*([\d.]+)\s*\*\s*(?:\(\s*1\s*-\s*([\d.]+)\s*\)|([\d.]+(?:e-?\d+)?))`)
	vectorOf  = regexp.MustCompile(`^(?:vector\()?\s*([\d.]+(?:e-?\d+)?)\s*\)?$`)
	grouped   = regexp.MustCompile(`\bby\s*\(\s*([^()\s][^()]*)\)`)
)

// Recognise finds the objectives that rules are evaluated for: those of Sloth's
// form, of Pyrra's, of kubernetes-mixin's and others with recorded burn rates; an
// alert that looks at two windows of one metric is listed as unrecognised. The
// order is that of the rules.
func Recognise(rules []sources.Rule) []Found {
	r := &recogniser{byKey: map[string]*Found{}}
	for i := range rules {
		if !rules[i].Alerting {
			r.record(&rules[i])
		}
	}
	for i := range rules {
		if rules[i].Alerting {
			r.alert(&rules[i])
		}
	}
	out := make([]Found, 0, len(r.order))
	for _, key := range r.order {
		f := r.byKey[key]
		f.finish()
		out = append(out, *f)
	}
	return out
}

type recogniser struct {
	byKey map[string]*Found
	order []string
}

func (r *recogniser) at(family, id, group string) *Found {
	key := family + "\xff" + id
	f := r.byKey[key]
	if f == nil {
		f = &Found{Family: family, ID: id, Group: group, Ratios: map[time.Duration]string{}, recorded: map[string]time.Duration{}}
		r.byKey[key] = f
		r.order = append(r.order, key)
	}
	return f
}

func window(s string) (time.Duration, bool) {
	d, err := model.ParseDuration(s)
	return time.Duration(d), err == nil && d > 0
}

func constant(query string) float64 {
	if m := vectorOf.FindStringSubmatch(strings.TrimSpace(query)); m != nil {
		if v, err := strconv.ParseFloat(m[1], 64); err == nil {
			return v
		}
	}
	return 0
}

func (r *recogniser) record(rule *sources.Rule) {
	if id := rule.Labels["sloth_id"]; id != "" {
		f := r.at(FamilySloth, id, rule.Group)
		f.Service, f.Name = rule.Labels["sloth_service"], rule.Labels["sloth_slo"]
		switch rule.Name {
		case "slo:objective:ratio":
			f.Target = constant(rule.Query)
		case "slo:time_period:days":
			f.Period = time.Duration(constant(rule.Query) * 24 * float64(time.Hour))
		default:
			if m := ratioName.FindStringSubmatch(rule.Name); m != nil {
				f.ratio(rule, m[1], `sloth_id=`+strconv.Quote(id))
			}
		}
		return
	}
	id := rule.Labels["slo"]
	m := burnName.FindStringSubmatch(rule.Name)
	switch {
	case id != "" && m != nil:
		f := r.at(FamilyPyrra, id, rule.Group)
		f.Name = id
		f.ratio(rule, m[2], `slo=`+strconv.Quote(id))
	case id != "" && rule.Name == "pyrra_objective":
		r.at(FamilyPyrra, id, rule.Group).Target = constant(rule.Query)
	case id != "" && rule.Name == "pyrra_window":
		r.at(FamilyPyrra, id, rule.Group).Period = time.Duration(constant(rule.Query) * float64(time.Second))
	case id != "":
		if m := pastName.FindStringSubmatch(rule.Name); m != nil {
			if d, ok := window(m[1]); ok && d >= 24*time.Hour {
				r.at(FamilyPyrra, id, rule.Group).recorded[rule.Name] = d
			}
		}
	case m != nil:
		family := FamilyBurnRate
		if m[1] == "apiserver_request" {
			family = FamilyKubernetes
		}
		f := r.at(family, m[1], rule.Group)
		f.Name = m[1]
		f.ratio(rule, m[2], "")
	}
}

// ratio takes a recorded error ratio over.
func (f *Found) ratio(rule *sources.Rule, text, matcher string) {
	d, ok := window(text)
	if !ok {
		f.unknown("the window of " + rule.Name)
		return
	}
	v := vector{name: rule.Name, matchers: matcher}
	f.Ratios[d] = v.text()
	if f.shortest == 0 || d < f.shortest {
		f.shortest, f.query = d, rule.Query
	}
}

func (f *Found) unknown(what string) {
	if !slices.Contains(f.Unknown, what) {
		f.Unknown = append(f.Unknown, what)
	}
}

func (r *recogniser) alert(rule *sources.Rule) {
	var f *Found
	if id := rule.Labels["sloth_id"]; id != "" && r.byKey[FamilySloth+"\xff"+id] != nil {
		f = r.at(FamilySloth, id, rule.Group)
	} else if id := rule.Labels["slo"]; id != "" && r.byKey[FamilyPyrra+"\xff"+id] != nil {
		f = r.at(FamilyPyrra, id, rule.Group)
	}
	all, err := vectors(rule.Query)
	for i := 0; f == nil && err == nil && i < len(all); i++ {
		name := all[i].name
		if m := ratioName.FindStringSubmatch(name); m != nil {
			if v := quotedValue(all[i].matchers, "sloth_id"); v != "" {
				f = r.byKey[FamilySloth+"\xff"+v]
			}
		} else if m := burnName.FindStringSubmatch(name); m != nil {
			f = cmp.Or(r.byKey[FamilyKubernetes+"\xff"+m[1]], r.byKey[FamilyBurnRate+"\xff"+m[1]])
		}
	}
	if f != nil {
		f.conditions(rule)
		return
	}
	if err == nil && twoWindows(rule.Query, all) {
		f := r.at(FamilyAlert, rule.Name, rule.Group)
		f.Name = rule.Name
		f.unknown("what is good and bad: its expression compares two windows of one metric")
	}
}

// quotedValue is the value that a matcher asks a label to have.
func quotedValue(matchers, label string) string {
	_, rest, ok := strings.Cut(matchers, label+"=")
	if !ok || rest == "" {
		return ""
	}
	end, closed := quoted(rest, 0)
	if v, err := strconv.Unquote(rest[:end]); closed && err == nil {
		return v
	}
	return ""
}

// twoWindows says whether an expression joins two windows of one metric.
func twoWindows(query string, all []vector) bool {
	if len(parts(query, "and")) < 2 {
		return false
	}
	first := map[string]string{}
	for _, v := range all {
		name, length := v.name, v.window
		if m := regexp.MustCompile(`^(.*rate)(\d+[smhdw])$`).FindStringSubmatch(name); m != nil && length == "" {
			name, length = m[1], m[2]
		}
		if w, ok := first[name]; length != "" && ok && w != length {
			return true
		}
		if length != "" {
			first[name] = length
		}
	}
	return false
}

// conditions reads the rows of the burn table from an alert: its windows stand in
// the names of what is compared, each with a threshold, two of them make a row.
func (f *Found) conditions(rule *sources.Rule) {
	names, limits := ofWindow.FindAllStringSubmatch(rule.Query, -1), threshold.FindAllStringSubmatch(rule.Query, -1)
	if len(names) == 0 && len(limits) == 0 {
		return // an alert on absence, or on what is left
	}
	if len(names) != len(limits) || len(names)%2 != 0 {
		if len(limits) > 0 {
			f.unknown("the conditions of the alert " + rule.Name)
		}
		return
	}
	severity := "ticket"
	switch cmp.Or(rule.Labels["sloth_severity"], rule.Labels["severity"]) {
	case "page", "critical":
		severity = "page"
	}
	for i := 0; i < len(names); i += 2 {
		a, okA := window(names[i][1])
		b, okB := window(names[i+1][1])
		factor, err := strconv.ParseFloat(limits[i][1], 64)
		if !okA || !okB || err != nil || limits[i][1] != limits[i+1][1] {
			f.unknown("the conditions of the alert " + rule.Name)
			continue
		}
		// Share stays the factor until the period is known.
		f.Rows = append(f.Rows, Window{Severity: severity, Long: max(a, b), Short: min(a, b), Share: factor})
		if f.Target == 0 {
			if v, err := strconv.ParseFloat(limits[i][2], 64); err == nil {
				f.Target = v
			} else if v, err := strconv.ParseFloat(limits[i][3], 64); err == nil {
				f.Target = math.Round((1-v)*1e9) / 1e9
			}
		}
	}
}
