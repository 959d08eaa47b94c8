// Package route reads how an Alertmanager notifies from the configuration that
// the server shows of itself: which receivers an alert reaches and how often,
// which intervals keep a route quiet, and which rule inhibits what. It does no
// I/O; the secrets in such a configuration have been masked by the server.
package route

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"firewatch/signals/silence"
	"firewatch/sources"
)

// What Alertmanager takes where the root route says nothing.
const (
	groupWait      = 30 * time.Second
	groupInterval  = 5 * time.Minute
	repeatInterval = 4 * time.Hour
)

// Tree is a configuration made ready. It is safe for concurrent use.
type Tree struct {
	root      *node
	receivers map[string][]string
	inhibit   []rule
}

// Route is one way that an alert takes to a receiver.
type Route struct {
	// Path are the matchers from the root's children down to the route; empty for
	// the root itself.
	Path []string
	// Receiver is who is told, Integrations by what, such as slack or pagerduty.
	Receiver     string
	Integrations []string
	// GroupBy are the labels that make a group; "..." alone means all.
	GroupBy []string
	// Wait is the time before a group's first notification, Interval before news
	// of it, Repeat before the same again.
	Wait, Interval, Repeat time.Duration
	// Mute and Active name the intervals in which the route is quiet, and outside
	// of which it is.
	Mute, Active []string
}

type node struct {
	Route
	match silence.Set
	// all is true for a node without matchers, which every alert passes.
	all, goOn bool
	kids      []*node
}

// wireRoute is a route as the file has it.
type wireRoute struct {
	Receiver      string            `yaml:"receiver"`
	GroupBy       []string          `yaml:"group_by"`
	GroupWait     *model.Duration   `yaml:"group_wait"`
	GroupInterval *model.Duration   `yaml:"group_interval"`
	Repeat        *model.Duration   `yaml:"repeat_interval"`
	Match         map[string]string `yaml:"match"`
	MatchRE       map[string]string `yaml:"match_re"`
	Matchers      []string          `yaml:"matchers"`
	Mute          []string          `yaml:"mute_time_intervals"`
	Active        []string          `yaml:"active_time_intervals"`
	Continue      bool              `yaml:"continue"`
	Routes        []*wireRoute      `yaml:"routes"`
}

type wireConfig struct {
	Route     *wireRoute             `yaml:"route"`
	Receivers []map[string]yaml.Node `yaml:"receivers"`
	Inhibit   []wireInhibit          `yaml:"inhibit_rules"`
}

// Parse reads a configuration, as /api/v2/status gives it. Parts that it does
// not need may be anything.
func Parse(config string) (*Tree, error) {
	var w wireConfig
	if err := yaml.Unmarshal([]byte(config), &w); err != nil {
		return nil, fmt.Errorf("read Alertmanager's configuration: %w", err)
	}
	if w.Route == nil {
		return nil, errors.New("read Alertmanager's configuration: it has no route")
	}
	t := &Tree{receivers: map[string][]string{}}
	for _, r := range w.Receivers {
		var name string
		var by []string
		for key, value := range r {
			if key == "name" {
				name = value.Value
			} else if kind, ok := strings.CutSuffix(key, "_configs"); ok && len(value.Content) > 0 {
				by = append(by, kind)
			}
		}
		slices.Sort(by)
		t.receivers[sources.Clean(name)] = by
	}
	var err error
	root := Route{Wait: groupWait, Interval: groupInterval, Repeat: repeatInterval}
	if t.root, err = t.build(w.Route, root, 0); err != nil {
		return nil, err
	}
	t.root.all = true // the root takes every alert, whatever it says
	for i := range w.Inhibit {
		r, err := w.Inhibit[i].rule()
		if err != nil {
			return nil, fmt.Errorf("read Alertmanager's configuration: inhibit rule %d: %w", i+1, err)
		}
		t.inhibit = append(t.inhibit, r)
	}
	return t, nil
}

// maxDepth bounds the nesting of routes.
const maxDepth = 64

func (t *Tree) build(w *wireRoute, parent Route, depth int) (*node, error) {
	n := &node{Route: parent, goOn: w.Continue}
	ms, err := matchers(w.Matchers, w.Match, w.MatchRE)
	if err == nil {
		n.match, err = silence.Compile(ms)
	}
	if err == nil && depth > maxDepth {
		err = errors.New("it is nested too deeply")
	}
	if err != nil {
		return nil, fmt.Errorf("read Alertmanager's configuration: a route of receiver %s: %w", sources.Clean(w.Receiver), err)
	}
	n.all = len(ms) == 0
	if depth > 0 {
		n.Path = append(slices.Clone(parent.Path), "{"+silence.Format(ms)+"}")
	}
	if w.Receiver != "" {
		n.Receiver = sources.Clean(w.Receiver)
	}
	n.Integrations = t.receivers[n.Receiver]
	if w.GroupBy != nil {
		n.GroupBy = each(w.GroupBy)
	}
	for from, to := range map[*model.Duration]*time.Duration{w.GroupWait: &n.Wait, w.GroupInterval: &n.Interval, w.Repeat: &n.Repeat} {
		if from != nil {
			*to = time.Duration(*from)
		}
	}
	n.Mute, n.Active = each(w.Mute), each(w.Active) // a route does not inherit these
	for _, kid := range w.Routes {
		if kid == nil {
			continue
		}
		k, err := t.build(kid, n.Route, depth+1)
		if err != nil {
			return nil, err
		}
		n.kids = append(n.kids, k)
	}
	return n, nil
}

func each(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = sources.Clean(s)
	}
	return out
}

// matchers joins the three ways to write them.
func matchers(texts []string, equal, regex map[string]string) ([]sources.Matcher, error) {
	var out []sources.Matcher
	for _, text := range texts {
		ms, err := silence.Parse(text)
		if err != nil {
			return nil, err
		}
		out = append(out, ms...)
	}
	for _, k := range slices.Sorted(maps.Keys(equal)) {
		out = append(out, sources.Matcher{Name: k, Value: equal[k], Equal: true})
	}
	for _, k := range slices.Sorted(maps.Keys(regex)) {
		out = append(out, sources.Matcher{Name: k, Value: regex[k], Regex: true, Equal: true})
	}
	return out, nil
}

// Match lists the routes that an alert with these labels takes, in the order of
// the file; there is at least one.
func (t *Tree) Match(labels map[string]string) []Route {
	var out []Route
	t.root.take(labels, &out)
	return out
}

// take adds the routes below n that the labels take, and says whether there is one.
func (n *node) take(labels map[string]string, out *[]Route) bool {
	if !n.all && !n.match.Match(labels) {
		return false
	}
	below := false
	for _, k := range n.kids {
		if k.take(labels, out) {
			below = true
			if !k.goOn {
				break
			}
		}
	}
	if !below {
		*out = append(*out, n.Route)
	}
	return true
}
