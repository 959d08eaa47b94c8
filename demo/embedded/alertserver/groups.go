package alertserver

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/config/receiver"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/inhibit"
	"github.com/prometheus/alertmanager/marker"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/common/model"
)

// maintainGroups is how often the dispatcher drops groups that are empty.
const maintainGroups = 30 * time.Second

// groups is what a configuration decides and a reload replaces: who is
// notified of what, grouped how, muted by what.
type groups struct {
	server   *Server
	marker   marker.GroupMarker
	metrics  *metrics
	dispatch *dispatch.DispatcherMetrics
	pipeline *notify.PipelineBuilder
	started  time.Time
	running  sync.WaitGroup

	dispatcher atomic.Pointer[dispatch.Dispatcher]
	inhibitor  atomic.Pointer[inhibit.Inhibitor]
}

func newGroups(s *Server, m *metrics, mark marker.GroupMarker) *groups {
	flags := featurecontrol.NoopFlags{}
	return &groups{
		server: s, marker: mark, metrics: m, started: time.Now(),
		dispatch: dispatch.NewDispatcherMetrics(false, s.registry, flags),
		pipeline: notify.NewPipelineBuilder(s.registry, flags, eventrecorder.Recorder{}),
	}
}

// list answers GET /api/v2/alerts/groups.
func (g *groups) list(ctx context.Context, routes func(*dispatch.Route) bool, alerts func(*alert.Alert, time.Time) bool) (dispatch.AlertGroups, map[model.Fingerprint][]string, error) {
	return g.dispatcher.Load().Groups(ctx, routes, alerts)
}

// apply builds everything a configuration names before it touches what runs, so
// that a bad one changes nothing.
func (g *groups) apply(conf *config.Config) error {
	s := g.server
	tmpl, err := template.FromGlobs(conf.Templates)
	if err != nil {
		return fmt.Errorf("parse the templates: %w", err)
	}
	tmpl.ExternalURL = s.url
	routes := dispatch.NewRoute(conf.Route, nil)
	receivers, err := g.receivers(conf, routes, tmpl)
	if err != nil {
		return err
	}

	g.halt()
	events := eventrecorder.Recorder{}
	inhibitor := inhibit.NewInhibitor(s.alerts, conf.InhibitRules, s.log, events)
	alone := func() time.Duration { return 0 }
	pipeline := g.pipeline.New(receivers, alone, inhibitor, s.silencer, intervals(conf), g.marker, s.sent, nil)
	s.api.Update(conf, func(ctx context.Context, labels model.LabelSet) {
		g.inhibitor.Load().Mutes(ctx, labels)
		s.silencer.Mutes(ctx, labels)
	})
	dispatcher := dispatch.NewDispatcher(s.alerts, routes, pipeline, g.marker, atLeastMinimum, maintainGroups, nil,
		s.log, events, g.dispatch, tmpl)

	// Inhibitions are known before anything is sent, and each part is shown to
	// the API when it has loaded what is there.
	g.running.Go(inhibitor.Run)
	inhibitor.WaitForLoading()
	g.inhibitor.Store(inhibitor)
	g.running.Go(func() { dispatcher.Run(g.started) })
	dispatcher.WaitForLoading()
	g.dispatcher.Store(dispatcher)
	g.metrics.receivers.Set(float64(len(receivers)))
	g.metrics.inhibitions.Set(float64(len(conf.InhibitRules)))
	return nil
}

// receivers builds the integrations of the receivers that a route names.
func (g *groups) receivers(conf *config.Config, routes *dispatch.Route, tmpl *template.Template) (map[string][]notify.Integration, error) {
	used := map[string]bool{}
	routes.Walk(func(r *dispatch.Route) { used[r.RouteOpts.Receiver] = true })
	built := map[string][]notify.Integration{}
	count := 0
	for _, r := range conf.Receivers {
		if !used[r.Name] {
			continue
		}
		integrations, err := receiver.BuildReceiverIntegrations(r, tmpl, g.server.log)
		if err != nil {
			return nil, fmt.Errorf("receiver %q: %w", r.Name, err)
		}
		built[r.Name] = integrations
		count += len(integrations)
	}
	g.metrics.integrations.Set(float64(count))
	return built, nil
}

func intervals(conf *config.Config) *timeinterval.Intervener {
	named := map[string][]timeinterval.TimeInterval{}
	for _, t := range conf.MuteTimeIntervals {
		named[t.Name] = t.TimeIntervals
	}
	for _, t := range conf.TimeIntervals {
		named[t.Name] = t.TimeIntervals
	}
	return timeinterval.NewIntervener(named)
}

// atLeastMinimum is how long a notification may take: its group interval, and
// never less than the library's minimum.
func atLeastMinimum(d time.Duration) time.Duration { return max(d, notify.MinTimeout) }

// halt stops the parts of the last configuration, if there was one.
func (g *groups) halt() {
	if i := g.inhibitor.Load(); i != nil {
		i.Stop()
	}
	if d := g.dispatcher.Load(); d != nil {
		d.Stop()
	}
}

func (g *groups) stop() {
	g.halt()
	g.running.Wait()
}
