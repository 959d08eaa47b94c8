package sources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// get asks for a path whose answer client_golang knows only in part, or not at
// all, and decodes the data of the envelope.
func (p *prometheus) get(ctx context.Context, c *call, path string, params url.Values, into any) error {
	envelope := struct {
		Status string
		Data   any
	}{Data: into}
	if err := p.t.ask(ctx, c, http.MethodGet, path, params, nil, &envelope); err != nil {
		return err
	}
	if envelope.Status != "success" {
		return p.t.undecoded(c, fmt.Errorf("status %q", envelope.Status))
	}
	return nil
}

// rules are decoded here, because client_golang leaves out keepFiringFor.
func (p *prometheus) rules(ctx context.Context, c *call) (Frame, error) {
	var data struct {
		Groups []struct {
			Name, File string
			Interval   float64
			Rules      []struct {
				Type, Name, Query, State, Health, LastError string
				Duration, KeepFiringFor                     float64
				Labels, Annotations                         map[string]string
				LastEvaluation                              time.Time
				Alerts                                      []struct {
					State, Value        string
					ActiveAt            time.Time
					Labels, Annotations map[string]string
				}
			}
		}
	}
	if err := p.get(ctx, c, "/api/v1/rules", nil, &data); err != nil {
		return Frame{}, err
	}
	var f Frame
	for _, g := range data.Groups {
		for _, r := range g.Rules {
			if len(f.Rules) == maxEntries {
				f.Notes = []string{leftOut("rules", maxEntries)}
				return f, nil
			}
			rule := Rule{
				Group: Clean(g.Name), File: Clean(g.File), Name: Clean(r.Name), Query: CleanLines(r.Query),
				Alerting: r.Type == "alerting",
				For:      seconds(r.Duration), KeepFiringFor: seconds(r.KeepFiringFor), Interval: seconds(g.Interval),
				Labels: cleanAll(r.Labels), Annotations: cleanTexts(r.Annotations),
				State: Clean(r.State), Health: Clean(r.Health), LastError: Clean(r.LastError),
				EvaluatedAt: r.LastEvaluation,
			}
			for _, a := range r.Alerts {
				value, _ := strconv.ParseFloat(a.Value, 64)
				rule.Alerts = append(rule.Alerts, RuleAlert{
					Labels: cleanAll(a.Labels), Annotations: cleanTexts(a.Annotations),
					State: Clean(a.State), ActiveAt: a.ActiveAt, Value: value,
				})
			}
			slices.SortFunc(rule.Alerts, func(a, b RuleAlert) int { return strings.Compare(listed(a.Labels), listed(b.Labels)) })
			f.Rules = append(f.Rules, rule)
		}
	}
	return f, nil
}

// targets are decoded here, because client_golang leaves out the interval.
func (p *prometheus) targets(ctx context.Context, c *call) (Frame, error) {
	var data struct {
		ActiveTargets []struct {
			ScrapeURL, LastError, Health, ScrapeInterval string
			LastScrape                                   time.Time
			LastScrapeDuration                           float64
			Labels                                       map[string]string
		}
	}
	if err := p.get(ctx, c, "/api/v1/targets", url.Values{"state": {"active"}}, &data); err != nil {
		return Frame{}, err
	}
	var f Frame
	for _, t := range data.ActiveTargets {
		interval, _ := model.ParseDuration(t.ScrapeInterval)
		labels := cleanAll(t.Labels)
		f.Targets = append(f.Targets, Target{
			Job: labels["job"], Instance: labels["instance"], URL: Clean(t.ScrapeURL), Labels: labels,
			Health: Clean(t.Health), LastError: Clean(t.LastError),
			LastScrape: t.LastScrape, Duration: seconds(t.LastScrapeDuration), Interval: time.Duration(interval),
		})
	}
	slices.SortFunc(f.Targets, func(a, b Target) int {
		return cmp.Or(strings.Compare(a.Job, b.Job), strings.Compare(a.Instance, b.Instance), strings.Compare(a.URL, b.URL))
	})
	if len(f.Targets) > maxEntries {
		f.Targets, f.Notes = f.Targets[:maxEntries:maxEntries], []string{leftOut("targets", maxEntries)}
	}
	return f, nil
}

func (p *prometheus) labelValues(ctx context.Context, q LabelValues, w Window) (Frame, error) {
	name := q.Label
	if !classic.MatchString(name) {
		name = model.EscapeName(name, model.ValueEncodingEscaping) // It becomes part of a path.
	}
	values, warnings, _, err := p.api.LabelValues(ctx, name, matches(q.Match), w.Start, until(w), v1.WithLimit(maxNames+1))
	return nameFrame(values, warnings, "values"), err
}

func (p *prometheus) labelNames(ctx context.Context, q LabelNames, w Window) (Frame, error) {
	names, warnings, _, err := p.api.LabelNames(ctx, matches(q.Match), w.Start, until(w), v1.WithLimit(maxNames+1))
	return nameFrame(names, warnings, "names"), err
}

// until is the end of w for a question about names: a live window has none, so
// that what is younger than its last step is known as well.
func until(w Window) time.Time {
	if w.Live {
		return time.Time{}
	}
	return w.End
}

func matches(selector string) []string {
	if selector == "" {
		return nil
	}
	return []string{selector}
}

func nameFrame[T ~string](names []T, warnings v1.Warnings, what string) Frame {
	f := Frame{Notes: notes(warnings)}
	for _, n := range names {
		f.Names = append(f.Names, Clean(string(n)))
	}
	slices.Sort(f.Names)
	if len(f.Names) > maxNames {
		f.Names = f.Names[:maxNames:maxNames]
		f.Notes = append(f.Notes, leftOut(what, maxNames))
	}
	return f
}

func (p *prometheus) metadata(ctx context.Context, q MetricMetadata) (Frame, error) {
	all, err := p.api.Metadata(ctx, q.Name, "")
	if err != nil {
		return Frame{}, err
	}
	var f Frame
	for name, entries := range all {
		for _, m := range entries {
			f.Metadata = append(f.Metadata, Metric{Name: Clean(name), Type: Clean(string(m.Type)), Unit: Clean(m.Unit), Help: Clean(m.Help)})
		}
	}
	slices.SortFunc(f.Metadata, func(a, b Metric) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Type, b.Type), strings.Compare(a.Help, b.Help))
	})
	if len(f.Metadata) > maxNames {
		f.Metadata, f.Notes = f.Metadata[:maxNames:maxNames], []string{leftOut("metrics", maxNames)}
	}
	return f, nil
}

func (p *prometheus) exemplars(ctx context.Context, q Exemplars, w Window) (Frame, int, error) {
	all, err := p.api.QueryExemplars(ctx, q.Expr, w.Start, w.End)
	if err != nil {
		return Frame{}, 0, err
	}
	var f Frame
	for _, s := range all {
		series := cleanSet(s.SeriesLabels)
		for _, e := range s.Exemplars {
			f.Exemplars = append(f.Exemplars, Exemplar{
				Series: series, Labels: cleanSet(e.Labels), Point: Point{int64(e.Timestamp), float64(e.Value)},
			})
		}
	}
	samples := len(f.Exemplars)
	slices.SortStableFunc(f.Exemplars, func(a, b Exemplar) int {
		return cmp.Or(cmp.Compare(a.Point.T, b.Point.T), cmp.Compare(a.Point.V, b.Point.V),
			strings.Compare(listed(a.Series), listed(b.Series)), strings.Compare(listed(a.Labels), listed(b.Labels)))
	})
	if samples > maxEntries {
		f.Exemplars = slices.Clone(f.Exemplars[samples-maxEntries:])
		f.Notes = []string{fmt.Sprintf("%d exemplars, only the newest %d are shown", samples, maxEntries)}
	}
	return f, samples, nil
}

// status puts together what the server says of itself. Servers that only speak
// the query API have neither build information nor a list of features.
func (p *prometheus) status(ctx context.Context, c *call) (Frame, error) {
	s := &Status{}
	build, err := p.api.Buildinfo(ctx)
	if lacks(err) {
		_, _, _, err = p.api.Query(ctx, "1", time.Time{})
	}
	if err != nil {
		return Frame{}, err
	}
	s.Version = Clean(build.Version)
	switch err := p.t.ask(ctx, c, http.MethodGet, "/-/ready", nil, nil, nil); {
	case err == nil:
		s.Health = "ready"
	case isKind(err, Busy):
		s.Health = "settling"
	case !lacks(err):
		return Frame{}, err
	}
	var features map[string]map[string]bool
	if err := p.get(ctx, c, "/api/v1/features", nil, &features); err != nil && !lacks(err) && !isKind(err, Busy) {
		return Frame{}, err
	}
	for group, list := range features {
		for name, on := range list {
			if s.Features == nil {
				s.Features = map[string]bool{}
			}
			s.Features[Clean(group+"."+name)] = on
		}
	}
	s.Time = c.clock()
	return Frame{Status: s}, nil
}

// lacks says whether the server answered that it has no such path.
func lacks(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Kind == NotThis || e.Status == http.StatusNotFound)
}

func isKind(err error, k Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == k
}

func cleanSet(set model.LabelSet) map[string]string {
	out := make(map[string]string, len(set))
	for k, v := range set {
		out[Clean(string(k))] = Clean(string(v))
	}
	return out
}

// cleanTexts cleans annotations, which may have several lines.
func cleanTexts(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[Clean(k)] = CleanLines(v)
	}
	return out
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func leftOut(what string, most int) string {
	return fmt.Sprintf("more than %d %s, the others are left out", most, what)
}
