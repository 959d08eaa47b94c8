package sources

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// maxAlerts and maxSilences bound one answer: Alertmanager knows no pages.
	maxAlerts   = 10_000
	maxSilences = 5_000
	// peerGrace is how long the other members are waited for once one has answered.
	peerGrace = 2 * time.Second
	// gossip is how long the members of a cluster are given to tell each other of a
	// silence before one that lacks it is said to disagree.
	gossip = 30 * time.Second
)

var _ = register("alertmanager", newAlertmanager)

// alertmanager asks all members of one cluster and writes to one of them.
type alertmanager struct {
	members []*transport
	// told are the alerts that each member told last.
	told []toldAlerts
	// silent says of each member whether its last answer failed to come.
	silent   []atomic.Bool
	readOnly bool
	grace    time.Duration
	// settle is how long after a broken write its outcome is looked for again.
	settle []time.Duration
	now    func() time.Time
}

func newAlertmanager(o Options) (Source, error) {
	if len(o.Clusters) > 0 {
		return newClusters(o)
	}
	return newCluster(o)
}

func newCluster(o Options) (*alertmanager, error) {
	am := &alertmanager{readOnly: o.ReadOnly, grace: peerGrace, settle: []time.Duration{0, 300 * time.Millisecond, time.Second}, now: time.Now}
	addresses := o.URLs
	if o.URL != "" || len(o.URLs) == 0 {
		addresses = append([]string{o.URL}, o.URLs...)
	}
	for _, a := range addresses {
		one := o
		one.URL = a
		t, err := newTransport("alertmanager", one)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(am.members, func(m *transport) bool { return *m.base == *t.base }) {
			am.members = append(am.members, t)
		}
	}
	am.silent = make([]atomic.Bool, len(am.members))
	am.told = make([]toldAlerts, len(am.members))
	return am, nil
}

// Query implements [Source].
func (am *alertmanager) Query(ctx context.Context, q Query, _ Window) (Frame, error) {
	ctx, c := begin(ctx, strings.TrimPrefix(q.String(), "/api/v2/"))
	var f Frame
	var err error
	switch q := q.(type) {
	case Alerts:
		f, err = am.alerts(ctx, c)
	case Groups:
		f, err = am.groups(ctx, c)
	case Silences:
		f, err = am.silences(ctx, c)
	case AlertmanagerStatus:
		f, err = am.status(ctx, c)
	default:
		return Frame{}, unsupported("alertmanager", q)
	}
	if err != nil {
		return Frame{}, err
	}
	f.Cost = c.spent(len(f.Alerts) + len(f.Groups) + len(f.Silences))
	return f, nil
}

// wireAlert is an alert as the API sends it.
type wireAlert struct {
	Fingerprint                 string
	Labels, Annotations         map[string]string
	StartsAt, UpdatedAt, EndsAt time.Time
	GeneratorURL                string
	Receivers                   []struct{ Name string }
	Status                      struct {
		State                            string
		SilencedBy, InhibitedBy, MutedBy []string
	}
}

func (w *wireAlert) alert() Alert {
	a := Alert{
		Fingerprint: Clean(w.Fingerprint), Labels: cleanAll(w.Labels), Annotations: cleanTexts(w.Annotations),
		StartsAt: w.StartsAt, UpdatedAt: w.UpdatedAt, EndsAt: w.EndsAt, State: Clean(w.Status.State),
		SilencedBy: cleanEach(w.Status.SilencedBy), InhibitedBy: cleanEach(w.Status.InhibitedBy), MutedBy: cleanEach(w.Status.MutedBy),
		GeneratorURL: Clean(w.GeneratorURL),
	}
	if !maps.Equal(a.Labels, w.Labels) {
		a.Exact = w.Labels
	}
	for _, r := range w.Receivers {
		a.Receivers = append(a.Receivers, Clean(r.Name))
	}
	return a
}

func cleanEach(list []string) []string {
	for i, s := range list {
		list[i] = Clean(s)
	}
	return list
}

func (am *alertmanager) alerts(ctx context.Context, c *call) (Frame, error) {
	said, err := everywhere[alertsAnswer](ctx, am, c, "/api/v2/alerts", nil)
	if err != nil {
		return Frame{}, err
	}
	f := Frame{Alerts: together(slices.Collect(answers(said))), Notes: absent(said), Peers: peers(said)}
	f.Total = len(f.Alerts)
	if len(f.Alerts) > maxAlerts {
		f.Alerts = f.Alerts[:maxAlerts:maxAlerts]
		f.Notes = append(f.Notes, fmt.Sprintf("%d alerts, only the worst %d are shown", f.Total, maxAlerts))
	}
	return f, nil
}

// together are the alerts of all members, worst first; what one member says alone
// is in that order already.
func together(said []alertsAnswer) []Alert {
	if len(said) == 1 {
		return said[0].alerts
	}
	newest := map[string]Alert{}
	for _, answer := range said {
		for _, a := range answer.alerts {
			merge(newest, a)
		}
	}
	return slices.SortedFunc(maps.Values(newest), worstFirst)
}

// merge keeps the newest word of all members about one alert. Members mark an
// alert as suppressed each in its own time, so that mark wins over its absence
// between equals.
func merge(newest map[string]Alert, a Alert) {
	old, ok := newest[a.Fingerprint]
	if !ok || a.UpdatedAt.After(old.UpdatedAt) || a.UpdatedAt.Equal(old.UpdatedAt) && old.State != "suppressed" && a.State == "suppressed" {
		newest[a.Fingerprint] = a
	}
}

func worstFirst(a, b Alert) int {
	return cmp.Or(cmp.Compare(rank(a.Severity()), rank(b.Severity())), a.StartsAt.Compare(b.StartsAt),
		strings.Compare(a.Name(), b.Name()), strings.Compare(a.Fingerprint, b.Fingerprint))
}

// rank orders the severities in use, worst first.
func rank(severity string) int {
	switch strings.ToLower(severity) {
	case "emergency", "fatal":
		return 0
	case "critical", "page":
		return 1
	case "error", "high":
		return 2
	case "warning", "warn", "ticket", "medium":
		return 3
	case "info", "low", "notice":
		return 5
	case "none", "":
		return 6
	}
	return 4
}

func (am *alertmanager) groups(ctx context.Context, c *call) (Frame, error) {
	type group struct {
		Labels, RouteLabels map[string]string
		Receiver            struct{ Name string }
		Muted               []string
		Alerts              []wireAlert
	}
	said, err := everywhere[[]group](ctx, am, c, "/api/v2/alerts/groups", nil)
	if err != nil {
		return Frame{}, err
	}
	type merged struct {
		Group
		alerts map[string]Alert
	}
	all := map[string]*merged{}
	for list := range answers(said) {
		for _, g := range list {
			labels, receiver := cleanAll(g.Labels), Clean(g.Receiver.Name)
			key := receiver + "\x00" + listed(labels)
			if all[key] == nil {
				all[key] = &merged{Group{Labels: labels, Receiver: receiver, Route: cleanAll(g.RouteLabels), Muted: cleanEach(g.Muted)}, map[string]Alert{}}
			}
			for i := range g.Alerts {
				merge(all[key].alerts, g.Alerts[i].alert())
			}
		}
	}
	f := Frame{Notes: absent(said), Peers: peers(said)}
	left := maxAlerts
	for _, key := range slices.Sorted(maps.Keys(all)) {
		g := all[key]
		g.Alerts = slices.SortedFunc(maps.Values(g.alerts), worstFirst)
		if left -= len(g.Alerts); left < 0 {
			f.Notes = append(f.Notes, fmt.Sprintf("more than %d alerts, the groups behind are left out", maxAlerts))
			break
		}
		f.Groups = append(f.Groups, g.Group)
	}
	return f, nil
}

// wireSilence is a silence as the API sends and takes it. The start is kept as
// text, because a change must give it back as it was.
type wireSilence struct {
	ID          string            `json:"id,omitempty"`
	Matchers    []wireMatcher     `json:"matchers"`
	StartsAt    string            `json:"startsAt"`
	EndsAt      string            `json:"endsAt"`
	CreatedBy   string            `json:"createdBy"`
	Comment     string            `json:"comment"`
	Annotations map[string]string `json:"annotations,omitempty"`

	UpdatedAt string                  `json:"updatedAt,omitempty"`
	Status    *struct{ State string } `json:"status,omitempty"`
}

// wireMatcher always says isRegex, which the API requires, and isEqual, which
// versions before 0.22 did not know and read as true.
type wireMatcher struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	IsRegex bool   `json:"isRegex"`
	IsEqual *bool  `json:"isEqual,omitempty"`
}

// silence is w with its texts as they are.
func (w *wireSilence) silence() Silence {
	s := Silence{
		ID: w.ID, StartsAt: moment(w.StartsAt), EndsAt: moment(w.EndsAt), UpdatedAt: moment(w.UpdatedAt),
		CreatedBy: w.CreatedBy, Comment: w.Comment, Annotations: w.Annotations,
	}
	for _, m := range w.Matchers {
		s.Matchers = append(s.Matchers, Matcher{Name: m.Name, Value: m.Value, Regex: m.IsRegex, Equal: m.IsEqual == nil || *m.IsEqual})
	}
	if w.Status != nil {
		s.State = w.Status.State
	}
	if s.Annotations == nil {
		s.Annotations = map[string]string{} // None, which nil would not say in a change.
	}
	return s
}

// cleaned is s for the screen. Matchers stay as they are: they must match, and
// [Matcher.String] is what is drawn.
func (s Silence) cleaned() Silence {
	s.ID, s.State, s.CreatedBy, s.Comment = Clean(s.ID), Clean(s.State), Clean(s.CreatedBy), CleanLines(s.Comment)
	s.Annotations = cleanTexts(s.Annotations)
	return s
}

func moment(s string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, s)
	return t
}

func (am *alertmanager) silences(ctx context.Context, c *call) (Frame, error) {
	// A server before 0.34 knows no such parameters and sends all anyway.
	all := url.Values{"active": {"true"}, "pending": {"true"}, "expired": {"true"}}
	said, err := everywhere[[]wireSilence](ctx, am, c, "/api/v2/silences", all)
	if err != nil {
		return Frame{}, err
	}
	newest, has := map[string]Silence{}, make([]map[string]bool, len(said))
	for i, w := range said {
		has[i] = map[string]bool{}
		for k := range w.said {
			s := w.said[k].silence().cleaned()
			has[i][s.ID] = true
			if old, ok := newest[s.ID]; !ok || s.UpdatedAt.After(old.UpdatedAt) {
				newest[s.ID] = s
			}
		}
	}
	f := Frame{Silences: slices.SortedFunc(maps.Values(newest), nextToEnd), Notes: absent(said), Peers: peers(said), Total: len(newest)}
	apart := map[string]bool{}
	for i := range f.Peers {
		for _, s := range f.Silences {
			if p := &f.Peers[i]; p.Err == "" && !has[i][s.ID] && s.State != "expired" && am.now().Sub(s.UpdatedAt) > gossip {
				p.Lacks = append(p.Lacks, s.ID)
				apart[s.ID] = true
			}
		}
	}
	if n := len(apart); n > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("the peers disagree: %d silences are not on all of them", n))
	}
	if len(f.Silences) > maxSilences {
		f.Silences = f.Silences[:maxSilences:maxSilences]
		f.Notes = append(f.Notes, fmt.Sprintf("%d silences, only %d are shown", f.Total, maxSilences))
	}
	return f, nil
}

// nextToEnd orders active, pending, expired; those to come by their end, those
// gone the latest first.
func nextToEnd(a, b Silence) int {
	order := map[string]int{"active": 1, "pending": 2, "expired": 3}
	byEnd := a.EndsAt.Compare(b.EndsAt)
	if a.State == "expired" {
		byEnd = -byEnd
	}
	return cmp.Or(cmp.Compare(order[a.State], order[b.State]), byEnd, strings.Compare(a.ID, b.ID))
}

func (am *alertmanager) status(ctx context.Context, c *call) (Frame, error) {
	type status struct {
		VersionInfo struct{ Version string }
		Cluster     struct {
			Status string
			Peers  []struct{ Name, Address string }
		}
		Config struct{ Original string }
	}
	said, err := everywhere[status](ctx, am, c, "/api/v2/status", nil)
	if err != nil {
		return Frame{}, err
	}
	f := Frame{Notes: absent(said), Peers: peers(said)}
	var first status
	for i := len(said) - 1; i >= 0; i-- {
		if p := &f.Peers[i]; p.Err == "" {
			first = said[i].said
			p.Version, p.Health = Clean(first.VersionInfo.Version), Clean(first.Cluster.Status)
		}
	}
	s := &Status{Version: Clean(first.VersionInfo.Version), Config: CleanLines(first.Config.Original), Time: c.clock()}
	switch s.Health = Clean(first.Cluster.Status); s.Health {
	case "disabled": // A single server without a cluster is ready when it answers.
		s.Health = "ready"
	}
	for _, p := range first.Cluster.Peers {
		s.Peers = append(s.Peers, Clean(cmp.Or(p.Address, p.Name)))
	}
	slices.Sort(s.Peers)
	f.Status = s
	return f, nil
}
